// A hundred times kill -9 among duplicates of one request: a hundred readings, a hundred jobs. The
// seed is printed; AGENTHOST_SEED sets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAgainAndAgain, seed } from './kills.mjs';

test(`a hundred kills among duplicates (seed ${seed})`, async (t) => {
  const counts = await killAgainAndAgain(100);
  t.diagnostic(`killed with ${JSON.stringify(counts)}`);
  assert.ok(counts.nothing > 0 && counts.written > 0);
});
