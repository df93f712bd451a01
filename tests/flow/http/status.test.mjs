// Where a reading stands, asked again and again: by its status, by its events, by BullMQ's own.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene, host, queue, api;

before(async () => {
  scene = await makeScene({
    model: { bytes: 400, events: 20 },
    settings: { 'provider.openai': { retries: 0 }, 'agent.echo': { max_tokens: 40 } },
  });
  ({ host, queue } = scene);
  host.installTestAgent('verdicts', { agent: 'verdicts' });
  await host.cli('reload', '--wait');
  api = new Api({ socketPath: host.socket });
});

afterEach(() => scene.model.set({ fault: '', 'latency-ms': 0, 'tokens-per-second': 0 }));

after(async () => {
  await scene?.end();
});

async function add(data, options) {
  const readingId = randomUUID();
  const job = await queue.add('generate-reading', { agentId: 'echo', readingId, ...data }, options);
  return { readingId, job };
}

test('an unknown reading is 404, what is no UUID 400, and upper case is the same reading', async () => {
  for (const route of ['status', 'reading', 'events']) {
    const unknown = await api.ask('GET', `/${route}/${randomUUID()}`);
    assert.equal(unknown.status, 404, unknown.text);
    assert.equal(unknown.json.code, 'NOT_FOUND');
    const wrong = await api.ask('GET', `/${route}/not-a-uuid`);
    assert.equal(wrong.status, 400, wrong.text);
    assert.equal(wrong.json.details.field, 'readingId');
  }
  const { readingId, job } = await add({});
  await job.waitUntilFinished(scene.events, 20_000);
  const status = await api.status(readingId.toUpperCase());
  assert.equal(status.readingId, readingId);
});

test('polling, events and QueueEvents agree on the progress', async () => {
  await scene.model.set({ 'latency-ms': 50, 'tokens-per-second': 10 });
  const told = [];
  const listen = ({ jobId, data }) => told.push([jobId, data]);
  scene.events.on('progress', listen);
  const { readingId, job } = await add({});
  await until('the row', async () => (await api.status(readingId)).success);
  const events = api.events(readingId);
  const polled = await api.poll(readingId, { status: 'completed', jobStatus: 'completed' });
  await until('the last progress', () => told.some(([id, data]) => id === job.id && data === 100));
  scene.events.off('progress', listen);
  const seen = (await events.ended).filter(({ event }) => event === 'status')
    .map(({ data }) => data.progress);
  const queued = told.filter(([id]) => id === job.id).map(([, data]) => data);
  const asked = polled.map(({ progress }) => progress);
  for (const row of [seen, queued, asked]) {
    assert.deepEqual(row, [...row].sort((a, b) => a - b), 'never backwards');
    assert.equal(row.at(-1), 100);
  }
  assert.ok(queued.some((progress) => progress > 30 && progress < 70), String(queued));
  const known = new Set([0, ...queued]);
  assert.ok(seen.every((progress) => known.has(progress)), `${seen} of ${queued}`);
  assert.ok(asked.every((progress) => known.has(progress)), `${asked} of ${queued}`);
  assert.deepEqual([...new Set(polled.map(({ status }) => status))].at(-1), 'completed');
  assert.ok(polled.some(({ status, jobStatus }) => status === 'processing' && jobStatus === 'active'));
  assert.ok(polled.slice(0, -2).every(({ hasResult, status }) => !hasResult || status === 'completed'));
  assert.equal(polled.at(-1).hasResult, true);
});

test('a completed reading is given with its versions', async () => {
  const { readingId, job } = await add({});
  const value = await job.waitUntilFinished(scene.events, 20_000);
  const reading = await api.reading(readingId);
  assert.equal(reading.id, readingId);
  assert.equal(reading.status, 'completed');
  assert.equal(reading.currentVersion, 1);
  assert.equal(reading.versions[0].content.text, value.content.text);
});

test('a failed one says why; an attempt that failed is delayed until the next', async () => {
  await scene.model.set({ fault: 'status=500' });
  const { readingId } = await add({}, { attempts: 2, backoff: 1500 });
  const delayed = (await api.poll(readingId, { jobStatus: 'delayed' })).at(-1);
  assert.equal(delayed.status, 'processing');
  assert.equal(delayed.parked, undefined);
  const failed = (await api.poll(readingId, { status: 'failed' })).at(-1);
  assert.equal(failed.jobStatus, 'failed');
  assert.equal(failed.hasResult, false);
  assert.equal(failed.error.code, 'NETWORK_ERROR');
  assert.equal(typeof failed.error.message, 'string');
  assert.equal(failed.error.retryable, true);
  assert.equal((await api.reading(readingId)).error.code, 'NETWORK_ERROR');
});

test('a parked one waits, and says for what and since when', async () => {
  const before = Date.now();
  await scene.model.set({ fault: 'status=429,retry-after=6' });
  const { readingId } = await add({});
  const parked = (await api.poll(readingId, { jobStatus: 'waiting' })).at(-1);
  assert.equal(parked.status, 'processing');
  assert.equal(parked.parked.reason, 'rate_limit');
  assert.ok(Date.parse(parked.parked.since) >= before - 1 && Date.parse(parked.parked.since) <= Date.now());
  await scene.model.set({ fault: '' });
  const done = (await api.poll(readingId, { status: 'completed' })).at(-1);
  assert.equal(done.parked, undefined);
});

test('without its job the reading says what the row says', async () => {
  const { readingId, job } = await add({});
  await job.waitUntilFinished(scene.events, 20_000);
  await until('its end', async () => (await job.getState()) === 'completed');
  await job.remove();
  const status = await api.status(readingId);
  assert.deepEqual(status, { success: true, readingId, status: 'completed', jobStatus: 'completed',
    progress: 100, hasResult: true });
});

test('a failed job that BullMQ retries shows as pending or processing again', async () => {
  await scene.model.set({ fault: 'status=400' });
  const { readingId, job } = await add({});
  await api.poll(readingId, { status: 'failed' });
  await scene.model.set({ fault: '', 'latency-ms': 300 });
  await queue.pause();
  const failed = await queue.getJob(job.id);
  await failed.retry('failed');
  const waiting = await api.status(readingId);
  assert.equal(waiting.status, 'pending');
  assert.equal(waiting.jobStatus, 'waiting');
  assert.equal(waiting.error, undefined);
  await queue.resume();
  const seen = await api.poll(readingId, { status: 'completed' });
  assert.ok(seen.every(({ status }) => status !== 'failed'), JSON.stringify(seen));
});
