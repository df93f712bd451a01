// Ending in order: no claim stays behind, whatever was in the air when the signal came, and what does not
// end in time goes back.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const ends = 25;

let scene;
afterEach(async () => {
  await scene?.end();
  scene = undefined;
});

test('a drained host leaves no job active', async () => {
  scene = await makeScene({ start: false, settings: { queue: { concurrency: 1 } } });
  scene.host.installTestAgent('verdicts', { agent: 'verdicts' });
  await scene.queue.addBulk(Array.from({ length: 20_000 }, () => (
    { name: 'verdicts', data: { do: 'decline' }, opts: { removeOnComplete: true } })));
  for (let i = 0; i < ends; i++) {
    const before = await scene.queue.getWaitingCount();
    await scene.host.start();
    await until('some jobs', async () => await scene.queue.getWaitingCount() < before - 20);
    await scene.host.stop();
    assert.equal(await scene.queue.getActiveCount(), 0, `end ${i + 1}`);
  }
});

test('what does not end within drain_timeout is handed back without an attempt, for the next host', async () => {
  scene = await makeScene({
    model: { 'latency-ms': 60_000 }, settings: { limits: { drain_timeout: '1s' } },
  });
  const job = await scene.queue.add('generate-reading', { agentId: 'echo', note: 'long' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  const began = Date.now();
  await scene.host.stop();
  const took = Date.now() - began;
  assert.ok(took >= 1000 && took < 5000, `${took} ms`);
  assert.equal(await job.getState(), 'waiting');
  const back = await scene.queue.getJob(job.id);
  assert.deepEqual([back.attemptsMade, back.stalledCounter], [0, 0]);
  await scene.model.set({ 'latency-ms': 0 });
  await scene.host.start();
  assert.equal((await job.waitUntilFinished(scene.events, 20_000)).outcome, 'completed');
  assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 1);
});
