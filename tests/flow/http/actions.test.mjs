// What can be done about a reading that was accepted: cancel it, retry it, write it anew, wait.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene, host, queue, api;

before(async () => {
  scene = await makeScene({
    start: false,
    model: { bytes: 200, events: 10 },
    settings: { 'provider.openai': { retries: 0 }, 'agent.patient': { provider: 'keyless' },
      'provider.keyless': { base_url: 'http://127.0.0.1:9/v1', model: 'none' } },
  });
  ({ host, queue } = scene);
  host.installTestAgent('patient');
  await host.start();
  api = new Api({ socketPath: host.socket });
});

afterEach(async () => {
  await queue.resume();
  await scene.model.set({ fault: '', 'latency-ms': 0, 'tokens-per-second': 0 });
});

after(async () => {
  await scene?.end();
});

async function order(headers, agentId = 'echo') {
  const answer = await api.ask('POST', '/execute', { body: { agentId }, headers });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

async function post(path, body) {
  return api.ask('POST', path, { body });
}

async function refused(path, status, code) {
  const answer = await post(path);
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
}

// A reading whose job has failed for good.
async function orderFailing() {
  await scene.model.set({ fault: 'status=400' });
  const { readingId, jobId } = await order();
  await api.poll(readingId, { status: 'failed', jobStatus: 'failed' });
  await scene.model.set({ fault: '' });
  return { readingId, jobId };
}

async function orderCompleted() {
  const { readingId } = await order();
  await api.poll(readingId, { status: 'completed', jobStatus: 'completed' });
  return readingId;
}

function checkAccepted(json, readingId) {
  assert.equal(json.readingId, readingId);
  assert.equal(json.status, 'pending');
  assert.equal(json.pollUrl, `/api/orchestrator/status/${readingId}`);
  assert.equal(json.eventsUrl, `/api/orchestrator/events/${readingId}?token=${json.readToken}`);
}

test('unknown readings are 404 and what is no UUID is 400, for every action', async () => {
  for (const action of ['cancel', 'retry', 'regenerate', 'token']) {
    await refused(`/${action}/${randomUUID()}`, 404, 'NOT_FOUND');
    await refused(`/${action}/no-uuid`, 400, 'VALIDATION_ERROR');
  }
});

test('a waiting reading is cancelled before it begins', async () => {
  await queue.pause();
  const { readingId } = await order();
  const asked = scene.model.journal().length;
  const answer = await post(`/cancel/${readingId}`, { reason: 'ordered by mistake' });
  assert.deepEqual(answer.json, { success: true, readingId, status: 'cancelling' });
  await queue.resume();
  const status = (await api.poll(readingId, { status: 'failed' })).at(-1);
  assert.equal(status.error.code, 'CANCELLED');
  assert.equal(status.error.message, 'ordered by mistake');
  assert.equal(scene.model.journal().length, asked);
});

test('a reading that was cancelled is retried, whatever was asked of its last run', async () => {
  await queue.pause();
  const { readingId, jobId } = await order();
  assert.equal((await post(`/cancel/${readingId}`)).status, 200);
  await queue.resume();
  await api.poll(readingId, { status: 'failed', jobStatus: 'failed' });
  const { timestamp } = await queue.getJob(jobId); // a second request comes too late
  await scene.redis.client().set(queue.toKey(`agenthost:cancel:${jobId}:${timestamp}`), 'too late',
    'PX', 60_000);
  assert.equal((await post(`/retry/${readingId}`)).status, 200);
  const status = (await api.poll(readingId, { jobStatus: 'completed' })).at(-1);
  assert.equal(status.status, 'completed');
});

test('an active reading is cancelled, and its model call ended', async () => {
  await scene.model.set({ 'latency-ms': 20_000 });
  const { readingId } = await order();
  await api.poll(readingId, { jobStatus: 'active', progress: 30 });
  const events = api.events(readingId);
  await until('the call', async () => (await scene.model.stats()).active === 1);
  assert.equal((await post(`/cancel/${readingId}`)).status, 200);
  await events.ended;
  assert.equal(events.last.event, 'failed');
  assert.equal(events.last.data.code, 'CANCELLED');
  await until('the end of the call', async () => (await scene.model.stats()).active === 0);
  await refused(`/cancel/${readingId}`, 409, 'CONFLICT');
});

test('a parked reading is cancelled without waiting for what it was parked for', async () => {
  const { readingId } = await order({}, 'patient');
  await until('the park', async () => (await api.status(readingId)).parked !== undefined);
  const before = Date.now();
  assert.equal((await post(`/cancel/${readingId}`, { reason: null })).status, 200);
  const status = (await api.poll(readingId, { status: 'failed' })).at(-1);
  assert.equal(status.error.code, 'CANCELLED');
  assert.ok(Date.now() - before < 10_000);
});

test('a reason must be a short text, and nothing else is taken', async () => {
  await queue.pause();
  const { readingId } = await order();
  for (const [body, field] of [[{ reason: 3 }, 'reason'], [{ reason: 'x'.repeat(513) }, 'reason'],
    [{ cause: 'x' }, 'cause'], [[], 'body'], ['{', 'body']]) {
    const answer = await post(`/cancel/${readingId}`, body);
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json.details.field, field);
  }
  assert.equal((await api.status(readingId)).status, 'pending');
});

test('a failed reading is retried by its own job', async () => {
  const { readingId, jobId } = await orderFailing();
  await queue.pause();
  const answer = await post(`/retry/${readingId}`);
  assert.equal(answer.status, 200, answer.text);
  checkAccepted(answer.json, readingId);
  assert.equal(answer.json.jobId, jobId);
  const status = await api.status(readingId);
  assert.equal(status.status, 'pending');
  assert.equal(status.jobStatus, 'waiting');
  await refused(`/retry/${readingId}`, 409, 'CONFLICT');
  const events = api.events(readingId);
  await events.find('status', ({ event }) => event === 'status');
  await queue.resume();
  await events.ended;
  assert.deepEqual(events.last.data, { readingId, version: 1 });
});

test('a failed reading whose job is gone gets a new one', async () => {
  const { readingId, jobId } = await orderFailing();
  await (await queue.getJob(jobId)).remove();
  await queue.pause();
  const answer = await post(`/retry/${readingId}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.jobId, `${readingId}-1`);
  assert.equal((await api.status(readingId)).status, 'pending');
  await refused(`/retry/${readingId}`, 409, 'CONFLICT');
  await queue.resume();
  await api.poll(readingId, { status: 'completed' });
  assert.equal((await api.reading(readingId)).versions.length, 1);
});

test('only a failed reading is retried, only a completed one is written anew', async () => {
  const completed = await orderCompleted();
  await refused(`/retry/${completed}`, 409, 'CONFLICT');
  const { readingId } = await orderFailing();
  await refused(`/regenerate/${readingId}`, 409, 'CONFLICT');
  await queue.pause();
  const pending = await order();
  await refused(`/retry/${pending.readingId}`, 409, 'CONFLICT');
  await refused(`/regenerate/${pending.readingId}`, 409, 'CONFLICT');
});

test('a completed reading is written anew, and can be followed meanwhile', async () => {
  const readingId = await orderCompleted();
  await queue.pause();
  const answer = await post(`/regenerate/${readingId}`);
  assert.equal(answer.status, 200, answer.text);
  checkAccepted(answer.json, readingId);
  assert.equal(answer.json.version, 2);
  assert.equal(answer.json.jobId, `${readingId}-2`);
  const waiting = await api.status(readingId);
  assert.deepEqual(waiting, { success: true, readingId, status: 'pending', jobStatus: 'waiting',
    progress: 0, hasResult: true });
  await refused(`/regenerate/${readingId}`, 409, 'CONFLICT');
  await scene.model.set({ 'latency-ms': 200, 'tokens-per-second': 50 });
  const events = api.events(readingId);
  await events.find('status', ({ event }) => event === 'status');
  await queue.resume();
  await events.ended;
  assert.ok(events.kinds.includes('delta'));
  assert.deepEqual(events.last.data, { readingId, version: 2 });
  assert.equal(events.text, (await api.reading(readingId)).versions.at(-1).content.text);
  const reading = await api.reading(readingId);
  assert.equal(reading.currentVersion, 2);
  assert.equal((await api.status(readingId)).status, 'completed');
});

test('when writing anew fails the old version stays, and it can be tried again', async () => {
  const readingId = await orderCompleted();
  await scene.model.set({ fault: 'status=400' });
  await queue.pause();
  assert.equal((await post(`/regenerate/${readingId}`)).status, 200);
  const events = api.events(readingId);
  await events.find('status', ({ event }) => event === 'status');
  await queue.resume();
  await events.ended;
  assert.equal(events.last.event, 'failed', JSON.stringify(events.seen));
  const status = (await api.poll(readingId, { jobStatus: 'failed' })).at(-1);
  assert.equal(status.status, 'completed');
  assert.equal(status.hasResult, true);
  assert.equal(status.error.code, events.last.data.code);
  await scene.model.set({ fault: '' });
  await queue.pause();
  const again = await post(`/regenerate/${readingId}`);
  assert.equal(again.json.jobId, `${readingId}-2`);
  const waiting = await api.status(readingId);
  assert.equal(waiting.status, 'pending');
  assert.equal(waiting.jobStatus, 'waiting');
  assert.equal(waiting.error, undefined);
  await refused(`/regenerate/${readingId}`, 409, 'CONFLICT');
  const second = api.events(readingId);
  await second.find('status', ({ event }) => event === 'status');
  await queue.resume();
  await second.ended;
  assert.deepEqual(second.last.data, { readingId, version: 2 });
  await api.poll(readingId, { status: 'completed', jobStatus: 'completed' });
  assert.equal((await api.reading(readingId)).currentVersion, 2);
});

test('writing anew that is cancelled before it begins has failed, and can be tried again', async () => {
  const readingId = await orderCompleted();
  await queue.pause();
  assert.equal((await post(`/regenerate/${readingId}`)).status, 200);
  const events = api.events(readingId);
  await events.find('status', ({ event }) => event === 'status');
  assert.equal((await post(`/cancel/${readingId}`, { reason: 'not now' })).status, 200);
  await queue.resume();
  await events.ended;
  assert.equal(events.last.event, 'failed', JSON.stringify(events.seen));
  assert.deepEqual(events.last.data, { code: 'CANCELLED', message: 'not now' });
  const status = (await api.poll(readingId, { jobStatus: 'failed' })).at(-1);
  assert.equal(status.status, 'completed');
  assert.deepEqual(status.error, { code: 'CANCELLED', message: 'not now', retryable: false });
  const again = await post(`/regenerate/${readingId}`);
  assert.equal(again.status, 200, again.text);
  assert.equal(again.json.jobId, `${readingId}-2`);
  const done = (await api.poll(readingId, { status: 'completed', jobStatus: 'completed' })).at(-1);
  assert.equal(done.error, undefined);
  assert.equal((await api.reading(readingId)).currentVersion, 2);
});

test('a job for writing anew that failed is retried also after a restart', async () => {
  const readingId = await orderCompleted();
  await queue.pause();
  assert.equal((await post(`/regenerate/${readingId}`)).status, 200);
  await host.stop();
  await host.start();
  await refused(`/regenerate/${readingId}`, 409, 'CONFLICT'); // it waits
  const { timestamp } = await queue.getJob(`${readingId}-2`);
  await scene.redis.client().set(
    queue.toKey(`agenthost:cancel:${readingId}-2:${timestamp}`), 'not now', 'PX', 60_000);
  await queue.resume();
  await until('the failure', async () => (await queue.getJob(`${readingId}-2`)).isFailed());
  await queue.pause();
  const again = await post(`/regenerate/${readingId}`);
  assert.equal(again.status, 200, again.text);
  assert.equal(again.json.jobId, `${readingId}-2`);
  assert.equal((await api.status(readingId)).status, 'pending');
  await queue.resume();
  await api.poll(readingId, { status: 'completed', jobStatus: 'completed' });
  assert.equal((await api.reading(readingId)).currentVersion, 2);
});

test('a new job of a failed reading is cancelled before it begins, and retried', async () => {
  const { readingId, jobId } = await orderFailing();
  await (await queue.getJob(jobId)).remove();
  await queue.pause();
  assert.equal((await post(`/retry/${readingId}`)).status, 200);
  assert.equal((await post(`/cancel/${readingId}`)).status, 200);
  await queue.resume();
  const status = (await api.poll(readingId, { status: 'failed', jobStatus: 'failed' })).at(-1);
  assert.equal(status.error.code, 'CANCELLED');
  const again = await post(`/retry/${readingId}`);
  assert.equal(again.status, 200, again.text);
  await api.poll(readingId, { status: 'completed', jobStatus: 'completed' });
});

test('a second attempt at writing anew is cancelled while it waits', async () => {
  const readingId = await orderCompleted();
  await scene.model.set({ fault: 'status=400' });
  assert.equal((await post(`/regenerate/${readingId}`)).status, 200);
  await api.poll(readingId, { status: 'completed', jobStatus: 'failed' });
  await queue.pause();
  assert.equal((await post(`/regenerate/${readingId}`)).status, 200);
  assert.equal((await post(`/cancel/${readingId}`)).status, 200);
  await queue.resume();
  const status = (await api.poll(readingId, { status: 'completed', jobStatus: 'failed' })).at(-1);
  assert.equal(status.error.code, 'CANCELLED');
});

test('Prefer: wait answers when the reading has ended', async () => {
  await scene.model.set({ 'latency-ms': 300 });
  const answer = await api.ask('POST', '/execute',
    { body: { agentId: 'echo' }, headers: { prefer: 'respond-async, wait=20' } });
  assert.equal(answer.headers['preference-applied'], 'wait=20');
  assert.equal(answer.json.status, 'completed');
  assert.deepEqual(answer.json.reading, await api.reading(answer.json.readingId));
  await scene.model.set({ fault: 'status=400' });
  const failed = await order({ prefer: 'wait=20' });
  assert.equal(failed.status, 'failed');
  assert.equal(failed.reading.status, 'failed');
  assert.equal(failed.reading.error.retryable, false);
});

test('Prefer: wait answers when the time is over, and is cut to a minute', async () => {
  await scene.model.set({ 'latency-ms': 3000 });
  const before = Date.now();
  const answer = await order({ prefer: 'wait=1' });
  assert.ok(Date.now() - before >= 990);
  assert.equal(answer.status, 'processing');
  assert.equal(answer.reading, undefined);
  const long = await api.ask('POST', '/execute',
    { body: { agentId: 'echo' }, headers: { prefer: 'wait=3600' } });
  assert.equal(long.headers['preference-applied'], 'wait=60');
  assert.equal(long.json.status, 'completed');
});

test('a wait that is no number of seconds is refused before anything is done', async () => {
  const count = () => host.rows('SELECT count(*) AS n FROM coach_readings')[0].n;
  const before = count();
  for (const prefer of ['wait', 'wait=', 'wait=x', 'wait=-1', 'wait=1.5', 'x, wait=1s']) {
    const answer = await api.ask('POST', '/execute',
      { body: { agentId: 'echo' }, headers: { prefer } });
    assert.equal(answer.status, 400, prefer);
    assert.equal(answer.json.details.field, 'Prefer');
  }
  assert.equal(count(), before);
  for (const prefer of ['wait=0', 'waiting=3', 'respond-async']) {
    const answer = await api.ask('POST', '/execute',
      { body: { agentId: 'echo' }, headers: { prefer } });
    assert.equal(answer.status, 200, prefer);
    assert.equal(answer.headers['preference-applied'], undefined);
  }
});

test('a fresh token opens its reading', async () => {
  const readingId = await orderCompleted();
  const { json } = await post(`/token/${readingId}`);
  assert.equal(json.readingId, readingId);
  assert.ok(Date.parse(json.readTokenExpiresAt) > Date.now() + 14 * 60_000);
  for (const route of ['status', 'reading']) {
    const mine = await api.ask('GET', `/${route}/${readingId}?token=${json.readToken}`);
    assert.equal(mine.status, 200, mine.text);
  }
  const events = api.events(readingId, { query: `?token=${json.readToken}` });
  await events.ended;
  assert.equal(events.last.event, 'done');
});
