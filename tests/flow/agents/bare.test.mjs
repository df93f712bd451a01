// The proof that the tests of bad agents test something: with its defence left out each one's
// test fails, and what the defence is there for is seen to happen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from './arena.mjs';
import { rows } from './rows.mjs';

for (const row of rows) {
  test(`${row.name}, without ${row.without.join(', ')}`, async () => {
    const arena = new Arena([row], { without: row.without, patienceMs: 5000 });
    try {
      await arena.start();
      await assert.rejects(arena.judge(row), assert.AssertionError, 'its test fails');
      const { job, cell, hostLog } = row.seen;
      console.log(`${row.name} | ${job.slice(0, 100)} | ${cell.slice(0, 100)}`);
      assert.match(`${job}\n${cell}\n${hostLog}`, row.bare, 'and this is what it did');
    } finally {
      await arena.end();
    }
  });
}
