// A limit that lasts longer than anybody waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, ended, until } from './suite.mjs';

test('35 while a limit lasts due jobs are moved to waiting within 30 s', async (t) => {
  const { queue, host } = await all(t, { 'limiter-max': 1, 'limiter-ms': 120000 });
  await queue.add('n', {});
  await ended(host, 1);
  await queue.add('limited', {});
  const job = await queue.add('due', {}, { delay: 1000 });
  const before = Date.now();
  await until(async () => (await job.getState()) === 'waiting', 'the move', 40000);
  const took = Date.now() - before;
  assert.ok(took >= 1000 && took < 32000, `${took} ms`);
  assert.equal(host.all('job').length, 1);
});
