// Ending in order while the queue is full of short jobs: no claim stays behind, whatever was in the
// air when the signal came.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const ends = 25;

test('a drained host leaves no job active', async () => {
  const scene = await makeScene({ start: false, settings: { queue: { concurrency: 1 } } });
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
  await scene.end();
});
