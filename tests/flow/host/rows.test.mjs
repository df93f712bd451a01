// A reading's row when its job goes another way than most: another queue's job wants the same
// reading.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const readingId = 'f0e0d0c0-0000-4000-8000-0000000000b1';

let scene;
afterEach(async () => {
  await scene?.end();
  scene = undefined;
});

test('a job of another queue does not take over the reading of one that still runs', async () => {
  scene = await makeScene({
    settings: { queue: { names: 'readings, others' } }, model: { 'latency-ms': 1000 },
  });
  const events = await scene.redis.events('others');
  const first = scene.run({ readingId });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  const other = await scene.redis.queue('others').add('n', { agentId: 'echo', readingId });
  const value = await first;
  assert.equal(value.version, 1);
  assert.deepEqual(await other.waitUntilFinished(events, 20_000), value);
  assert.equal((await scene.model.stats()).requests, 1);
});
