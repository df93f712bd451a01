// A hundred times kill -9 among duplicates of one request: a hundred readings, a hundred jobs. The
// seed is printed; AGENTHOST_SEED sets it.
import { test } from 'node:test';
import { killAgainAndAgain, seed } from './kills.mjs';

test(`a hundred kills among duplicates (seed ${seed})`, async () => {
  await killAgainAndAgain(100);
});
