// docs/bullmq.md tells what the tests of this folder hold, no more and no less.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rows, versions } from './table.mjs';

const page = readFileSync(new URL('../../../docs/bullmq.md', import.meta.url), 'utf8');

/** Rows of the table below that heading. */
function rowsBelow(heading) {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `docs/bullmq.md has a section '${heading}'`);
  return section.split('\n').filter((line) => /^\| \d+ \|/.test(line));
}

const numberOf = (row) => Number(row.split('|')[1]);

test('what holds is what the tests are called', () => {
  assert.deepEqual(rowsBelow('What holds'), rows());
});

test('each scenario stands in one table, those that do not hold with a reason', () => {
  const others = [...rowsBelow('What is not there yet'), ...rowsBelow('What does not apply')];
  for (const row of others) assert.match(row, /^\| \d+ \| .{10,} \| .{20,} \|$/);
  const numbers = [...rows(), ...others].map(numberOf).sort((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: 70 }, (_, i) => i + 1));
});

test('at least sixty scenarios hold', () => {
  assert.ok(rows().length >= 60, `${rows().length}`);
});

test('the versions are those that are pinned', () => {
  assert.equal(versions.length, 4);
  for (const version of versions) assert.match(page, new RegExp(`\\b${version.replaceAll('.', '\\.')}\\b`));
});
