// A reading followed to its end by server-sent events.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { UnrecoverableError, Worker } = require('bullmq');
let scene, host, queue, api;

before(async () => {
  scene = await makeScene({
    model: { bytes: 600, events: 30 },
    settings: {
      'provider.openai': { retries: 0 },
      limits: { answer_bytes_max: '2MB', result_bytes_max: '2MB' },
    },
  });
  ({ host, queue } = scene);
  host.installTestAgent('verdicts', { agent: 'verdicts' });
  host.installTestAgent('quiet', { manifest: { stream: false } });
  await host.cli('reload', '--wait');
  api = new Api({ socketPath: host.socket });
});

afterEach(() => scene.model.set({ fault: '', 'latency-ms': 0, 'tokens-per-second': 0, bytes: 600,
  events: 30 }));

after(async () => {
  await scene?.end();
});

async function add(data, options) {
  const readingId = randomUUID();
  const job = await queue.add('generate-reading', { agentId: 'echo', readingId, ...data }, options);
  await until('the row', async () => (await api.status(readingId)).success);
  return { readingId, job };
}

// The echo agent's text is the model's answer.
async function textOf(readingId) {
  return (await api.reading(readingId)).versions.at(-1).content.text;
}

function checkOrder(seen) {
  for (let i = 1; i < seen.length; i++) {
    assert.ok(seen[i].id > seen[i - 1].id, JSON.stringify(seen.slice(i - 1, i + 1)));
  }
  assert.equal(seen[0].event, 'status');
}

test('the deltas make the model\'s text, and done is the last event', async () => {
  await scene.model.set({ 'latency-ms': 300, 'tokens-per-second': 100 });
  const { readingId } = await add({});
  const events = api.events(readingId);
  assert.equal(await events.opened, 200);
  assert.match(events.response.headers['content-type'], /^text\/event-stream/);
  assert.equal(events.response.headers['cache-control'], 'no-store');
  const seen = await events.ended;
  checkOrder(seen);
  assert.ok(seen.filter(({ event }) => event === 'delta').length > 5, JSON.stringify(events.kinds));
  assert.equal(events.text, await textOf(readingId));
  assert.deepEqual(events.last.event, 'done');
  assert.deepEqual(events.last.data, { readingId, version: 1 });
  assert.ok(!events.kinds.includes('reset'));
});

test('who comes late gets the text so far as one delta', async () => {
  await scene.model.set({ 'tokens-per-second': 40 });
  const { readingId } = await add({});
  const early = api.events(readingId);
  await until('some text', () => early.text.length > 150);
  const so_far = early.text;
  const late = api.events(readingId);
  const first = await late.find('delta', ({ event }) => event === 'delta');
  assert.ok(first.data.text.startsWith(so_far));
  await Promise.all([early.ended, late.ended]);
  assert.equal(late.text, early.text);
  assert.equal(late.text, await textOf(readingId));
  checkOrder(late.seen);
});

test('a reading that has ended tells its end at once', async () => {
  const { readingId, job } = await add({});
  await job.waitUntilFinished(scene.events, 20_000);
  const before = Date.now();
  const events = api.events(readingId);
  const seen = await events.ended;
  assert.ok(Date.now() - before < 800, 'without waiting for another look');
  assert.deepEqual(seen.map(({ event, data }) => [event, data]), [
    ['status', { status: 'completed', jobStatus: 'completed', progress: 100 }],
    ['done', { readingId, version: 1 }],
  ]);
  checkOrder(seen);
});

test('a correction round throws the text away and streams another', async () => {
  await scene.model.set({ 'latency-ms': 200, 'tokens-per-second': 100 });
  const { readingId } = await add({ agentId: 'verdicts', do: 'reask:1' });
  const events = api.events(readingId);
  const seen = await events.ended;
  checkOrder(seen);
  assert.equal(events.kinds.filter((kind) => kind === 'reset').length, 1, String(events.kinds));
  const at = events.kinds.indexOf('reset');
  assert.ok(events.kinds.slice(0, at).includes('delta'));
  const [section] = (await api.reading(readingId)).versions[0].content.sections;
  assert.equal(events.text, section.text);
});

test('a stream that broke off is void, and the retry streams anew', async () => {
  await scene.model.set({ 'latency-ms': 200, 'tokens-per-second': 100, fault: 'cut=10,first=1' });
  const { readingId } = await add({}, { attempts: 2, backoff: 10 });
  const events = api.events(readingId);
  await events.ended;
  assert.equal(events.last.event, 'done');
  assert.equal(events.kinds.filter((kind) => kind === 'reset').length, 1, String(events.kinds));
  assert.equal(events.text, await textOf(readingId));
});

test('a failure is the last event, and the status agrees', async () => {
  await scene.model.set({ 'latency-ms': 200, fault: 'finish=content_filter' });
  const { readingId } = await add({});
  const events = api.events(readingId);
  await events.ended;
  assert.equal(events.last.event, 'failed');
  assert.equal(events.last.data.code, 'REFUSED');
  const status = await api.status(readingId);
  assert.equal(status.status, 'failed');
  assert.deepEqual({ code: status.error.code, message: status.error.message }, events.last.data);
  const again = api.events(readingId);
  await again.ended;
  assert.deepEqual(again.kinds, ['status', 'failed']);
  assert.deepEqual(again.last.data, events.last.data);
});

test('after a cut connection Last-Event-ID goes on where it was', async () => {
  await scene.model.set({ 'latency-ms': 200, 'tokens-per-second': 30 });
  const { readingId } = await add({});
  const first = api.events(readingId);
  await until('some text', () => first.text.length > 100);
  first.cut();
  const before = first.text, { id } = first.last;
  const reader = api.events(readingId);
  await until('more than was seen', () => reader.text.length > before.length + 40);
  reader.cut();
  const second = api.events(readingId, { lastId: id });
  await second.ended;
  assert.ok(!second.kinds.includes('reset'), String(second.kinds));
  assert.equal(before + second.text, await textOf(readingId));
  assert.ok(second.seen[0].id > id);
});

test('a last id that means nothing begins anew', async () => {
  await scene.model.set({ 'latency-ms': 300, 'tokens-per-second': 50 });
  const { readingId } = await add({});
  for (const lastId of ['17', 'x', '-4']) {
    const events = api.events(readingId, { lastId });
    await events.find('reset', ({ event }) => event === 'reset');
    assert.deepEqual(events.kinds.slice(0, 2), ['status', 'reset']);
    events.cut();
  }
});

test('an agent with stream:false shows no deltas', async () => {
  await scene.model.set({ 'latency-ms': 200, 'tokens-per-second': 100 });
  const { readingId } = await add({ agentId: 'quiet' });
  const events = api.events(readingId);
  await events.ended;
  assert.deepEqual([...new Set(events.kinds)], ['status', 'done']);
});

test('a reader who does not read is let go, and harms nobody', async () => {
  await scene.model.set({ 'latency-ms': 200, bytes: 1_000_000, events: 300, 'tokens-per-second': 300 });
  const { readingId } = await add({});
  const deaf = api.events(readingId);
  await deaf.opened;
  deaf.response.pause();
  const reader = api.events(readingId);
  await reader.ended;
  assert.equal(reader.last.event, 'done', JSON.stringify(reader.kinds.slice(-3)));
  deaf.response.resume();
  await deaf.ended;
  assert.notEqual(deaf.last?.event, 'done');
  assert.equal((await host.get('/healthz')).status, 200);
});

test('no more than so many follow one reading', async () => {
  await scene.model.set({ 'latency-ms': 1000 });
  const { readingId } = await add({});
  const all = Array.from({ length: 16 }, () => api.events(readingId));
  await Promise.all(all.map((events) => events.find('status', ({ event }) => event === 'status')));
  const more = api.events(readingId);
  assert.equal(await more.opened, 503);
  assert.ok(more.response.headers['retry-after']);
  await Promise.all(all.map((events) => events.ended));
  assert.ok(all.every((events) => events.last.event === 'done'));
});

test('a job that runs elsewhere is followed by looking at it', async () => {
  await scene.model.set({ 'latency-ms': 3000 });
  const busy = await Promise.all(Array.from({ length: 4 }, () => add({})));
  await until('all slots taken', async () => (await queue.getActiveCount()) === 4);
  const { json: { readingId } } = await api.ask('POST', '/execute', { body: { agentId: 'echo' } });
  const events = api.events(readingId);
  const worker = new Worker('readings', async (job) => {
    await job.updateProgress(42);
    await events.find('its progress', ({ data }) => data.progress === 42);
    throw new UnrecoverableError('no such luck');
  }, { connection: scene.redis.connection() });
  await events.find('its failure', ({ data }) => data.jobStatus === 'failed');
  const seen = events.seen.map(({ data: { jobStatus, progress } }) => `${jobStatus} ${progress}`);
  assert.deepEqual(seen.filter((status) => status !== 'active 0'),
    ['waiting 0', 'active 42', 'failed 42']);
  events.cut();
  await worker.close();
  await Promise.all(busy.map(({ job }) => job.waitUntilFinished(scene.events, 20_000)));
});

test('a silent stream is kept awake by comments', async () => {
  await scene.model.set({ 'latency-ms': 16_000 });
  const { readingId } = await add({});
  const events = api.events(readingId);
  await events.ended;
  assert.equal(events.last.event, 'done');
  assert.equal(events.comments, 1);
});

test('a killed host: the reader comes back to the next one and gets the end', async () => {
  await scene.model.set({ 'tokens-per-second': 20 });
  const { readingId } = await add({});
  const before = api.events(readingId);
  await until('some text', () => before.text.length > 50);
  const { id } = before.last;
  await host.kill();
  await before.ended;
  await host.start();
  const after = api.events(readingId, { lastId: id });
  await after.ended;
  assert.deepEqual(after.kinds.slice(0, 2), ['status', 'reset'], 'what was shown is void');
  assert.ok(after.seen[0].id > id);
  assert.equal(after.last.event, 'done');
  assert.equal(after.text, await textOf(readingId));
});
