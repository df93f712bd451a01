// An operator pauses an agent: its jobs wait without an attempt, also over a restart, and go on.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;
afterEach(async () => {
  await scene?.end();
  scene = undefined;
});

async function parked(count) {
  await until(`${count} parked jobs`, async () =>
    (await scene.status()).queues[0].parked.agent_unavailable === count);
}

test('a paused agent finishes what is in flight, and the rest waits for resume', async () => {
  scene = await makeScene({ model: { 'latency-ms': 1000 } });
  scene.status = () => scene.host.status();
  const inFlight = scene.run({ note: 'in-flight' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  const pause = await scene.host.cli('agents', 'pause', 'echo');
  assert.deepEqual([pause.code, pause.stdout], [0, "agent 'echo' is paused\n"]);
  const waiting = await Promise.all(['one', 'two', 'three'].map((note) =>
    scene.queue.add('generate-reading', { agentId: 'echo', note })));
  assert.equal((await inFlight).outcome, 'completed');
  await parked(3);
  await scene.host.stop();
  await scene.host.start();
  assert.match((await scene.host.cli('agents')).stdout, /paused since 20/);
  await parked(3);
  assert.equal(scene.model.journal().length, 1, 'nothing was asked meanwhile');
  assert.equal((await scene.host.cli('agents', 'resume', 'echo')).code, 0);
  const values = await Promise.all(waiting.map((job) =>
    job.waitUntilFinished(scene.events, 30_000)));
  assert.deepEqual(values.map(({ outcome }) => outcome), Array(3).fill('completed'));
  for (const { id } of waiting) {
    assert.equal((await scene.queue.getJob(id)).attemptsMade, 1, 'waiting costs no attempt');
  }
});

test('an unknown agent is answered with the nearest name', async () => {
  scene = await makeScene();
  const { code, stderr } = await scene.host.cli('agents', 'pause', 'ecco');
  assert.equal(code, 1);
  assert.match(stderr, /no agent 'ecco'; the nearest is 'echo'/);
});
