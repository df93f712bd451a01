// Counting the jobs of the queues, and emptying them in an emergency.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene, host, queue, api;

before(async () => {
  scene = await makeScene({
    model: { bytes: 200, events: 10 },
    settings: { queue: { names: 'readings, other' }, 'provider.openai': { retries: 0 } },
  });
  ({ host, queue } = scene);
  api = new Api({ socketPath: host.socket });
});

afterEach(async () => {
  await scene.model.set({ fault: '', 'latency-ms': 0 });
  await queue.resume();
  await until('nothing active', async () => (await queue.getActiveCount()) === 0);
  assert.equal((await api.ask('POST', '/clean-queue')).status, 200);
});

after(async () => {
  await scene?.end();
});

async function order() {
  const answer = await api.ask('POST', '/execute', { body: { agentId: 'echo' } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.readingId;
}

async function stats(query = '') {
  const answer = await api.ask('GET', `/queue-stats${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const none = { waiting: 0, active: 0, completed: 0, failed: 0, delayed: 0, total: 0 };

test('jobs are counted by state, over all queues and for each', async () => {
  await api.poll(await order(), { status: 'completed', jobStatus: 'completed' });
  await scene.model.set({ fault: 'status=400' });
  await api.poll(await order(), { status: 'failed', jobStatus: 'failed' });
  await scene.model.set({ fault: '' });
  await queue.pause();
  await Promise.all([order(), order()]);
  await queue.add('generate-reading', { agentId: 'echo' }, { priority: 3 });
  await queue.add('generate-reading', { agentId: 'echo' }, { delay: 600_000 });
  await scene.redis.queue('other').add('generate-reading', { agentId: 'echo' }, { delay: 600_000 });
  const seen = await stats();
  const readings = { waiting: 3, active: 0, completed: 1, failed: 1, delayed: 1, total: 6 };
  const other = { ...none, delayed: 1, total: 1 };
  assert.deepEqual(seen, { success: true, stats: { ...readings, delayed: 2, total: 7 },
    queues: { readings: { ...readings, parked: 0 }, other: { ...other, parked: 0 } } });
  const one = await stats('?queue=other');
  assert.deepEqual(one, { success: true, stats: other, queues: { other: { ...other, parked: 0 } } });
  const unknown = await api.ask('GET', '/queue-stats?queue=nobodys');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.json.code, 'NOT_FOUND');
});

test('a parked job counts as waiting, and is told apart for its queue', async () => {
  await queue.add('generate-reading', { agentId: 'unknown-agent' });
  await until('the park', async () => (await stats()).queues.readings.parked === 1);
  const { stats: all, queues } = await stats();
  assert.deepEqual(all, { ...none, waiting: 1, total: 1 });
  assert.deepEqual(queues.readings, { ...none, waiting: 1, total: 1, parked: 1 });
});

test('emptying removes what is not active, and closes the readings at once', async () => {
  await scene.model.set({ 'latency-ms': 1500 });
  const active = await order();
  await api.poll(active, { jobStatus: 'active', progress: 30 });
  await queue.pause();
  const waiting = await Promise.all(Array.from({ length: 50 }, order));
  const followed = api.events(waiting[7]);
  await followed.find('status', ({ event }) => event === 'status');
  const answer = await api.ask('POST', '/clean-queue', { body: { queue: 'readings' } });
  assert.deepEqual(answer.json, { success: true, removed: 50 });
  for (const readingId of waiting) {
    const status = await api.status(readingId);
    assert.equal(status.status, 'failed');
    assert.equal(status.error.code, 'JOB_GONE');
    assert.equal(status.jobStatus, 'failed');
  }
  await followed.ended;
  assert.equal(followed.last.event, 'failed');
  assert.equal(followed.last.data.code, 'JOB_GONE');
  assert.equal((await stats()).stats.waiting, 0);
  await api.poll(active, { status: 'completed' });
  const retried = await api.ask('POST', `/retry/${waiting[3]}`);
  assert.equal(retried.status, 200, retried.text);
  await queue.resume();
  await api.poll(waiting[3], { status: 'completed' });
});

test('a queue that is not served is 404, and other bodies are refused', async () => {
  const unknown = await api.ask('POST', '/clean-queue', { body: { queue: 'nobodys' } });
  assert.equal(unknown.status, 404, unknown.text);
  const wrong = await api.ask('POST', '/clean-queue', { body: { name: 'readings' } });
  assert.equal(wrong.status, 400);
  assert.equal(wrong.json.details.field, 'name');
});
