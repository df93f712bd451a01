// A reading's row when its job goes another way than most: another queue's job wants the same
// reading, the queue itself fails the job.
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

const row = () => scene.host.rows('select * from coach_readings where id = ?', readingId)[0];

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

for (const [reason, code] of [
  ['job stalled more than allowable limit', 'STALLED'],
  ['child bull:x:1 failed', 'CHILD_FAILED'],
]) {
  test(`the row of a job that the queue fails itself is closed: ${code}`, async () => {
    scene = await makeScene({
      settings: { 'provider.openai': { retries: 0 } }, model: { fault: 'cut=2,first=1' },
    });
    const job = await scene.queue.add('n', { agentId: 'echo', readingId },
      { attempts: 3, backoff: 500 });
    await until('the first attempt failed', async () => await job.getState() === 'delayed');
    assert.equal(row().status, 'processing');
    await scene.redis.client().hset(`bull:readings:${job.id}`, 'defa', reason);
    await until('the row is closed', () => row().status === 'failed');
    assert.equal(JSON.parse(row().error).code, code);
    assert.equal((await scene.queue.getJob(job.id)).failedReason, reason);
  });
}
