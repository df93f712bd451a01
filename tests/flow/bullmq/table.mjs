// The table of scenarios in docs/bullmq.md, made of the names of the tests. Run alone it prints the
// rows of those that hold.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('.', import.meta.url);
const peers = JSON.parse(readFileSync(new URL('../../npm/package.json', here), 'utf8')).dependencies;

/** The pinned versions, oldest first; the last one is the judge. */
export const versions = Object.keys(peers).filter((name) => /^bullmq(-|$)/.test(name))
  .map((name) => peers[name].replace(/^.*@/, ''))
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

/** Tests by scenario: {number: [{text, file}]}. What varies within a test's name follows its last
 *  colon and is left out. */
function namedTests() {
  const found = {};
  for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort()) {
    const source = readFileSync(new URL(file, here), 'utf8');
    for (const [, , number, name] of source.matchAll(/^ *test\((['`])(\d+) (.*)\1,/gm)) {
      const text = name.replace(/\\'/g, '\'').replace(/:[^:]*\$\{.*$/, '');
      (found[number] ??= []).push({ text, file });
    }
    const older = [...source.matchAll(/^ *test\(name\('(\d+): /gm)].map(([, number]) => number);
    if (older.length > 0) {
      const text = `scenarios ${older.join(', ')} with producers and listeners of BullMQ ` +
        `${versions.slice(0, -1).join(', ')}`;
      found[70] = [{ text, file }];
    }
  }
  return found;
}

/** Rows of the table of what holds. */
export function rows() {
  return Object.entries(namedTests()).map(([number, tests]) => {
    const files = [...new Set(tests.map(({ file }) => file))]
      .map((file) => `[${file.replace('.test.mjs', '')}](../tests/flow/bullmq/${file})`);
    return `| ${number} | ${tests.map(({ text }) => text).join('; ')} | ${files.join(', ')} |`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(rows().join('\n'));
}
