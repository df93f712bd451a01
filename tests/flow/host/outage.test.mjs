// Services that go away and come back, and a host that takes over from another: no job is lost, none costs an
// attempt, no answer is asked for twice.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;
let expected = [];
afterEach(async () => {
  await scene?.end({ expected });
  scene = undefined;
  expected = [];
});

const asked = () => scene.model.journal().length;
const active = async () => (await scene.model.stats()).active;
const add = (note, options) => scene.queue.add('x', { agentId: 'echo', note }, options);

async function assertDone(job) {
  const value = await job.waitUntilFinished(scene.events, 30_000);
  assert.equal(value.version, 1);
  assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 1, 'only the last one counts');
}

test('a store that is locked parks new jobs and keeps their answers', async () => {
  scene = await makeScene({
    settings: { store: { busy_timeout: '50ms' } }, model: { 'latency-ms': 300 },
  });
  const answered = await add('answered');
  await until('the request', async () => (await active()) === 1);
  const release = scene.host.lockStore();
  const early = await add('early');
  for (const job of [answered, early]) {
    await until('the job to be parked', async () => (await job.getState()) === 'delayed');
    assert.match((await scene.queue.getJobLogs(job.id)).logs.join('\n'), /store/);
  }
  assert.equal((await scene.host.status()).store.up, false);
  assert.match((await scene.host.get('/readyz')).text, /store: sqlite .* is not usable: .*lock/);
  assert.equal(asked(), 1);
  release();
  await assertDone(answered);
  await assertDone(early);
  assert.equal(asked(), 2, 'the answer was kept');
  assert.equal((await scene.host.status()).store.up, true);
});

test('an answer that comes while Redis is down is kept and not asked for again', async () => {
  scene = await makeScene({ model: { 'latency-ms': 500 }, redis: ['--appendonly', 'yes',
    '--appendfsync', 'always'] });
  const job = await add('over an outage');
  await until('the request', async () => (await active()) === 1);
  await scene.redis.program.end('SIGKILL');
  await until('the answer', async () => (await active()) === 0);
  await scene.redis.start('--appendonly', 'yes', '--appendfsync', 'always');
  await until('the job to end', async () => (await job.getState()) === 'completed');
  await assertDone(job);
  assert.equal(asked(), 1);
  expected = [/redis/i];
});

test('a new process takes over from one that drains, on the same state directory', async () => {
  scene = await makeScene({ model: { 'latency-ms': 500 }, settings: { queue: { concurrency: 1 } } });
  const working = await add('working');
  await until('the request', async () => (await active()) === 1);
  const waiting = await add('waiting');
  const next = new Host(scene.folder, { settings: scene.host.settings });
  next.log = `${scene.host.log}.next`;
  const starting = next.start();
  await until('it to say that it waits', () => /wait/.test(next.program.output()));
  assert.deepEqual(await scene.host.stop(), { code: 0, signal: null });
  await starting;
  try {
    await assertDone(working);
    await assertDone(waiting);
    assert.equal(asked(), 2);
  } finally {
    await next.stop();
  }
});
