// Bad agents beside a good one in a whole host: each has the job it deserves, a cell whose end is
// told, and nobody else notices.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Arena } from './arena.mjs';
import { rows } from './rows.mjs';

const arena = new Arena(rows);
const short = (text) => text.replace(/\s+/g, ' ').slice(0, 110);

before(() => arena.start());

after(async () => {
  await arena.end();
  console.log('\nagent | what it tries | its job | its cell');
  for (const { name, tries, seen } of rows) {
    console.log(`${name} | ${tries} | ${short(seen?.job ?? '-')} | ${short(seen?.cell ?? '-')}`);
  }
});

test('there are at least thirty, each with a name of its own', () => {
  assert.ok(rows.length >= 30);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
});

for (const row of rows) {
  test(`${row.name}: ${row.tries}`, async (context) => {
    const needsSandbox = row.without.some((each) => /^(calls|calls-loading|files|memory)$/.test(each)) ||
      /signal/.test(row.cell.source); // sanitizers take signals for themselves
    if (needsSandbox && arena.sandbox.startsWith('none')) {
      context.skip('built without a sandbox');
      return;
    }
    await arena.judge(row);
  });
}
