// Bad agents beside a good one in a whole host: each has the job it deserves, a cell whose end is
// told, and nobody else notices.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Arena } from './arena.mjs';
import { rows } from './rows.mjs';

// What only the sandbox keeps in; where there is none, for sanitizers, these are no tests.
const needsSandbox = ({ without, cell }) => /signal/.test(cell.source) || // sanitizers take signals
  without.some((each) => /^(calls|calls-loading|files|memory)$/.test(each));
const judged = rows.filter((row) => process.env.WITHOUT_SANDBOX !== '1' || !needsSandbox(row));

const arena = new Arena(judged);
const short = (text) => text.replace(/\s+/g, ' ').slice(0, 110);

before(() => arena.start());

after(async () => {
  await arena.end();
  console.log('\nagent | what it tries | its job | its cell');
  for (const { name, tries, seen } of judged) {
    console.log(`${name} | ${tries} | ${short(seen?.job ?? '-')} | ${short(seen?.cell ?? '-')}`);
  }
});

test('there are at least thirty, each with a name of its own', () => {
  assert.ok(rows.length >= 30);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
});

for (const row of judged) {
  test(`${row.name}: ${row.tries}`, () => arena.judge(row));
}
