// Which job runs when, where it is our own affair; tests/flow/bullmq holds the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, sleep, until } from './harness.mjs';

test('an idle worker picks up a job at once', async (t) => {
  const { queue, events, host } = await all(t);
  await sleep(300); // it blocks by now
  const before = Date.now();
  const job = await queue.add('n', {});
  await job.waitUntilFinished(events, 5000);
  await host.event('job');
  assert.ok(host.all('job')[0].at - before < 100);
});

test('obliterate between two jobs of one id keeps them apart', async (t) => {
  const { queue, events, host } = await all(t);
  const first = await queue.add('n', { which: 'first' });
  await first.waitUntilFinished(events, 5000);
  await queue.obliterate({ force: true });
  const second = await queue.add('n', { which: 'second' });
  assert.equal(second.id, first.id);
  await until(async () => (await second.getState()) === 'completed', 'the second job');
  const [one, two] = host.all('job').map((job) => job.job);
  assert.notEqual(one, two);
});
