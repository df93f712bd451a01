// An operator pauses a queue, and resumes it, also one that BullMQ 5 had paused.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;
let expected;
afterEach(async () => {
  await scene?.end({ expected });
  scene = expected = undefined;
});

const verb = (word, name = 'readings') => scene.host.cli('queue', word, name);
const isPaused = async () => (await scene.host.status()).queues[0].paused;

test('a paused queue starts nothing, says so, and goes on at a resume', async () => {
  scene = await makeScene();
  assert.equal(await isPaused(), false);
  const paused = await verb('pause');
  assert.deepEqual([paused.code, paused.stdout],
    [0, "the queue 'readings' is paused: what runs goes on, nothing is started\n"]);
  await until('the status to say it', isPaused);
  assert.match((await scene.host.cli('status')).stdout, /queue readings .*, paused/);
  assert.equal(await scene.queue.isPaused(), true);
  const job = await scene.queue.add('generate-reading', { agentId: 'echo' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(await job.getState(), 'waiting');
  assert.equal((await verb('resume')).code, 0);
  assert.equal((await job.waitUntilFinished(scene.events, 30_000)).outcome, 'completed');
  await until('the status to say it', async () => !(await isPaused()));
});

test('a resume brings back what BullMQ 5 set aside, beside what version 6 added', async () => {
  scene = await makeScene();
  assert.equal((await verb('pause')).code, 0);
  const old = await scene.queue.add('generate-reading', { agentId: 'echo', note: 'old' });
  const client = scene.redis.client();
  await client.rename('bull:readings:wait', 'bull:readings:paused'); // as version 5 pauses
  const late = await scene.queue.add('generate-reading', { agentId: 'echo', note: 'late' });
  assert.equal((await verb('resume')).code, 0);
  for (const job of [old, late]) {
    assert.equal((await job.waitUntilFinished(scene.events, 30_000)).outcome, 'completed');
  }
  assert.equal(await client.exists('bull:readings:paused'), 0);
});

test('a paused queue with producers of BullMQ 5 is warned of, once', async () => {
  expected = [/a resume by a version before 6 loses jobs/];
  scene = await makeScene();
  const client = scene.redis.client();
  await client.hset('bull:readings:meta', 'version', 'bullmq:5.81.5');
  for (const word of ['pause', 'resume', 'pause']) assert.equal((await verb(word)).code, 0);
  const told = () => scene.host.program.output().match(/BullMQ 5\.81\.5 is among its producers/g)?.length ?? 0;
  await until('the warning', async () => told() > 0);
  await until('the status to say it', isPaused);
  assert.equal(told(), 1);
});

test('a queue of no host and a wrong word are answered', async () => {
  scene = await makeScene();
  const other = await verb('pause', 'others');
  assert.equal(other.code, 1);
  assert.match(other.stderr, /does not serve the queue 'others'/);
  assert.equal((await verb('stop')).code, 2);
});
