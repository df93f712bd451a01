// A hundred times kill -9 among duplicates of one request: a hundred readings, a hundred jobs. The
// seed is printed; AGENTHOST_SEED sets it, and AGENTHOST_TRIES how often (by hand: 1000).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAgainAndAgain, seed } from './kills.mjs';

const tries = Number(process.env.AGENTHOST_TRIES ?? 100);

test(`${tries} kills among duplicates (seed ${seed})`, async (t) => {
  const counts = await killAgainAndAgain(tries);
  t.diagnostic(`killed with ${JSON.stringify(counts)}`);
  assert.ok(counts.nothing > 0 && counts.written > 0);
});
