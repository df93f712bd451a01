// POST /api/orchestrator/execute: from birth data to a completed row, with BullMQ's own classes
// looking on; and all that is refused, naming the field.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { berlin, birth, order } from '../support/orders.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';
import { request } from '../support/services.mjs';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const inputs = {
  type: 'object',
  required: ['context'],
  properties: {
    context: { type: 'string', minLength: 1, maxLength: 20 },
    style: { type: 'string', enum: ['klar', 'empathisch', 'einfühlsam'] },
    do: { type: 'string' },
    long: { type: 'string' },
  },
};
let scene;
let target;

before(async () => {
  scene = await makeScene({ start: false, settings: { store: { busy_timeout: '500ms' } } });
  scene.host.installTestAgent('picky', { agent: 'verdicts',
    manifest: { chart: 'required', priority: 3, inputs } });
  scene.host.installTestAgent('plain', { manifest: { chart: 'none' } });
  await scene.host.start();
  target = { socketPath: scene.host.socket };
});

after(async () => {
  await scene.end();
});

const send = (body, options) => order(target, body, options);
const good = { agentId: 'picky', context: 'A new team', ...birth };

async function accepted(body, options) {
  const answer = await send(body, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const row = (id) => scene.host.rows('SELECT * FROM coach_readings WHERE id = ?', id)[0];
const completed = (id) => until(`reading ${id}`, () => row(id)?.status === 'completed');
const contentOf = (id) => JSON.parse(scene.host.rows(
  'SELECT content FROM reading_versions WHERE reading_id = ?', id)[0].content);

test('birth data become a chart, a row, a job, and a completed reading', async () => {
  const progress = [];
  const listen = ({ jobId, data }) => progress.push([jobId, data]);
  scene.events.on('progress', listen);
  const userId = '4F6F1D6C-6B3C-4E57-9D6E-0B7D9B0B9A11';
  const answer = await accepted({ ...good, userId, clientName: 'Ada' });
  const { readingId } = answer;
  assert.match(readingId, uuid);
  assert.match(answer.chartId, uuid);
  assert.equal(answer.success, true);
  assert.equal(answer.status, 'pending');
  assert.equal(answer.jobId, `${readingId}-1`);
  assert.equal(answer.pollUrl, `/api/orchestrator/status/${readingId}`);
  assert.equal(answer.eventsUrl,
    `/api/orchestrator/events/${readingId}?token=${answer.readToken}`);
  assert.ok(Date.parse(answer.readTokenExpiresAt) > Date.now());

  const job = await scene.queue.getJob(answer.jobId);
  const value = await job.waitUntilFinished(scene.events, 20_000);
  assert.equal(value.readingId, readingId);
  assert.equal(value.outcome, 'completed');
  await until('the last progress', () =>
    progress.some(([id, data]) => id === answer.jobId && Number(data) === 100));
  scene.events.off('progress', listen);
  const seen = progress.filter(([id]) => id === answer.jobId).map(([, data]) => Number(data));
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  assert.ok(seen.includes(10) && seen.includes(30), seen.join());

  assert.equal(job.name, 'generate-reading');
  assert.equal(job.opts.priority, 3);
  assert.equal(job.opts.attempts, 3);
  assert.deepEqual(job.opts.backoff, { type: 'exponential', delay: 5000 });
  assert.deepEqual(job.opts.removeOnComplete, { age: 86400 });
  assert.deepEqual(job.opts.removeOnFail, { age: 604800 });
  assert.deepEqual(job.data,
    { ...good, userId, clientName: 'Ada', readingId, chartId: answer.chartId });

  const kept = row(readingId);
  assert.equal(kept.status, 'completed');
  assert.equal(kept.reading_type, 'picky');
  assert.equal(kept.user_id, userId);
  assert.equal(kept.client_name, 'Ada');
  assert.equal(kept.current_version, 1);
  assert.notEqual(kept.enqueued_at, null);
  const [chart] = scene.host.rows('SELECT * FROM charts WHERE id = ?', answer.chartId);
  assert.equal(chart.birth_date, '1990-01-15');
  assert.deepEqual(contentOf(readingId).chart, JSON.parse(chart.chart_data));
});

test('a chart that is sent is kept under its id, and can be named afterwards', async () => {
  const { readingId } = await accepted(good);
  await completed(readingId);
  const { chart } = contentOf(readingId);
  const sent = { ...chart, note: 'mine' };
  const first = await accepted({ agentId: 'picky', context: 'x', chart: sent });
  await completed(first.readingId);
  assert.deepEqual(contentOf(first.readingId).chart, sent);
  const job = await scene.queue.getJob(first.jobId);
  assert.deepEqual(job.data, { agentId: 'picky', context: 'x', readingId: first.readingId,
    chartId: first.chartId });
  const second = await accepted({ agentId: 'picky', context: 'x', chartId: first.chartId });
  assert.equal(second.chartId, first.chartId);
  await completed(second.readingId);
  assert.deepEqual(contentOf(second.readingId).chart, sent);
});

test('an agent without charts gets none, and no priority', async () => {
  const answer = await accepted({ agentId: 'plain', anything: 1 });
  assert.equal(answer.chartId, null);
  await completed(answer.readingId);
  assert.equal((await scene.queue.getJob(answer.jobId)).opts.priority ?? 0, 0);
});

test('the reading may be named; a name that is taken is refused', async () => {
  const readingId = '6E4A1F0E-9C1D-4B58-A5D5-2F0F6E0C7B21';
  const answer = await accepted({ ...good, readingId });
  assert.equal(answer.readingId, readingId.toLowerCase());
  await completed(answer.readingId);
  const { status, json } = await send({ ...good, readingId });
  assert.equal(status, 400);
  assert.equal(json.details.field, 'readingId');
  assert.match(json.details.remedy, /exists already/);
});

test('a body of many kilobytes is read as well', async () => {
  const long = 'ä'.repeat(60_000);
  const { readingId, jobId } = await accepted({ ...good, long });
  await completed(readingId);
  assert.equal((await scene.queue.getJob(jobId)).data.long, long);
});

const refused = [
  ['no JSON', '{', 'body'],
  ['no object', '[]', 'body'],
  ['too much data', { ...good, long: 'x'.repeat(300_000) }, 'body'],
  ['a body that is too long', { ...good, long: 'x'.repeat(500_000) }, 'body'],
  ['no agent', { ...good, agentId: undefined }, 'agentId'],
  ['an agent that is no text', { ...good, agentId: 1 }, 'agentId'],
  ['a missing field of the agent', { ...good, context: undefined }, 'context'],
  ['an empty one', { ...good, context: '' }, 'context'],
  ['one of 21 characters', { ...good, context: 'ä'.repeat(21) }, 'context'],
  ['a word that is none of the list', { ...good, style: 'klra' }, 'style', /perhaps 'klar'/],
  ['an unknown field', { ...good, contxt: 'x' }, 'contxt', /perhaps 'context'/],
  ['no birth data', { agentId: 'picky', context: 'x' }, 'birthDate'],
  ['no time', { ...good, birthTime: undefined }, 'birthTime'],
  ['no zone', { ...good, birthPlace: { name: 'Berlin' } }, 'birthPlace.timezone'],
  ['an unknown zone', { ...good, birthPlace: { ...berlin, timezone: 'Europe/Atlantis' } },
    'birthPlace.timezone'],
  ['a place as a text', { ...good, birthPlace: 'Berlin' }, 'birthPlace'],
  ['a latitude that is none', { ...good, birthPlace: { ...berlin, latitude: 91 } },
    'birthPlace.latitude'],
  ['a longitude that is none', { ...good, birthPlace: { ...berlin, longitude: -181 } },
    'birthPlace.longitude'],
  ['a day that is not in the calendar', { ...good, birthDate: '2023-02-29' }, 'birthDate'],
  ['a time that the clock left out', { ...good, birthDate: '2024-03-31', birthTime: '02:30' },
    'birthTime', /from 2024-03-31 02:00:00 to/],
  ['a time that came twice', { ...good, birthDate: '2024-10-27', birthTime: '02:30' }, 'fold'],
  ['a user without a UUID', { ...good, userId: 'ada' }, 'userId'],
  ['a reading without a UUID', { ...good, readingId: '1' }, 'readingId'],
  ['a chart that contradicts itself', { agentId: 'picky', context: 'x', chart: {} }, 'chart.type'],
  ['a chart nobody has', { agentId: 'picky', context: 'x', chartId:
    '00000000-0000-4000-8000-000000000000' }, 'chartId'],
  ['chart and chartId', { agentId: 'picky', context: 'x', chart: {}, chartId:
    '00000000-0000-4000-8000-000000000000' }, 'chartId'],
  ['a URL to call back', { ...good, callbackUrl: 'https://example.org' }, 'callbackUrl'],
  ['what the agent itself refuses', { ...good, do: 'refuse-input' }, 'do', /must be something/],
];

for (const [what, body, field, remedy = /./] of refused) {
  test(`${what} is refused, naming ${field}, and leaves nothing behind`, async () => {
    const rows = () => scene.host.rows('SELECT count(*) AS n FROM coach_readings')[0].n;
    const before = rows();
    const { status, json } = await send(body);
    assert.equal(status, 400, JSON.stringify(json));
    assert.equal(json.success, false);
    assert.equal(json.code, 'VALIDATION_ERROR');
    const problem = json.details.fields.find((one) => one.field === field);
    assert.ok(problem, JSON.stringify(json));
    assert.match(problem.remedy, remedy);
    assert.equal(rows(), before);
  });
}

test('all wrong fields are named at once', async () => {
  const { json } = await send({ ...good, context: 1, style: 'x', userId: 1, birthTime: '25:00' });
  assert.deepEqual(json.details.fields.map(({ field }) => field).sort(),
    ['birthTime', 'context', 'style', 'userId']);
  assert.equal(json.details.field, json.details.fields[0].field);
});

test('an unknown agent is 404 with the nearest one', async () => {
  const { status, json } = await send({ ...good, agentId: 'pikcy' });
  assert.equal(status, 404);
  assert.equal(json.code, 'UNKNOWN_AGENT');
  assert.deepEqual(json.details,
    { field: 'agentId', remedy: "there is no agent 'pikcy'; perhaps 'picky'" });
});

test('fold says which of two moments is meant', async () => {
  const twice = { ...good, birthDate: '2024-10-27', birthTime: '02:30' };
  const [first, second] = [await accepted({ ...twice, fold: 0 }), await accepted({ ...twice,
    fold: 1 })];
  assert.notEqual(first.chartId, second.chartId);
  await completed(second.readingId);
  assert.equal(contentOf(second.readingId).chart.birth_utc, '2024-10-27T01:30:00Z');
});

test('an agent that crashes over a request does not spoil the attempts of its job', async () => {
  scene.host.installTestAgent('verdicts', { agent: 'verdicts' });
  await scene.host.cli('reload', '--wait');
  const { status, json } = await order(target, { agentId: 'verdicts', do: 'crash-input', ...birth });
  assert.equal(status, 200, JSON.stringify(json));
  const job = await until('the job to fail', async () => {
    const one = await scene.queue.getJob(json.jobId);
    return one.failedReason?.startsWith('POISON') && one;
  }, 60_000);
  assert.equal(job.attemptsMade, 2);
});

test('Prefer: wait gives the reading itself, when it ends in time', async () => {
  const waiting = { headers: { prefer: 'wait=20' } };
  const { headers, json } = await send(good, waiting);
  assert.equal(headers['preference-applied'], 'wait=20');
  assert.equal(json.status, 'completed');
  assert.equal(json.reading.id, json.readingId);
  assert.equal(json.reading.versions[0].content.agent, 'picky');
  const { json: failed } = await send({ ...good, do: 'invalid' }, waiting);
  assert.equal(failed.status, 'failed');
  assert.equal(failed.reading.error.code, 'VALIDATION_ERROR');
});

test('a repeated request may wait for what the first one began', async () => {
  const body = { ...good, context: 'twice' };
  const first = await send(body, { key: 'wait' });
  const { headers, json } = await send(body, { key: 'wait', headers: { prefer: 'wait=20' } });
  assert.equal(json.readingId, first.json.readingId);
  assert.equal(headers['idempotent-replayed'], 'true');
  assert.equal(json.status, 'completed');
  assert.equal(json.reading.id, json.readingId);
});

test('an agent that crashes over the check refuses nothing: its job finds out', async () => {
  const { readingId } = await accepted({ ...good, do: 'crash-input' });
  await until('the job to fail', () => row(readingId).status === 'failed' || row(readingId).error);
});

test('a store that is away is 503, to be tried again', async () => {
  const release = scene.host.lockStore();
  try {
    const { status, headers, json } = await send(good);
    assert.equal(status, 503, JSON.stringify(json));
    assert.match(headers['retry-after'], /^\d+$/);
  } finally {
    release();
  }
});

test('more requests than the host works on at once are 503; the others are done', async () => {
  const release = scene.host.lockStore();
  let isLocked = true;
  const answers = await Promise.all(Array.from({ length: 200 }, async () => {
    const answer = await send({ agentId: 'plain' });
    if (answer.json.code === 'BUSY' && isLocked) { // the others wait for the store
      isLocked = false;
      release();
    }
    return answer;
  }));
  const count = (check) => answers.filter(check).length;
  assert.ok(count(({ json }) => json.code === 'BUSY') > 0);
  assert.ok(count(({ status }) => status === 200) > 0);
  for (const { status, headers, text } of answers) {
    assert.ok(status === 200 || (status === 503 && headers['retry-after'] !== undefined), text);
  }
  await accepted({ agentId: 'plain' });
});

test('a caller who leaves changes nothing: the reading is written', async () => {
  const readingId = '0d3b5a52-2f0f-4b0e-8a3e-6f2f7a4f1c02';
  const release = scene.host.lockStore();
  const body = JSON.stringify({ ...good, readingId });
  const outgoing = http.request({ ...target, method: 'POST', path: '/api/orchestrator/execute',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } });
  outgoing.on('error', () => {});
  outgoing.end(body);
  await until('the host to wait for the store', async () => {
    const status = await scene.host.status();
    return status.store.queued > 0;
  });
  outgoing.destroy();
  release();
  await completed(readingId);
});

test('while Redis is away a reading is accepted, and written when it is back', async () => {
  await scene.redis.program.end('SIGKILL');
  await until('the host to notice', async () =>
    (await request(target, '/readyz')).status === 503);
  const answers = await Promise.all(Array.from({ length: 3 }, () => accepted(good)));
  for (const { readingId } of answers) {
    assert.equal(row(readingId).status, 'pending');
    assert.equal(row(readingId).enqueued_at, null);
  }
  await scene.redis.start();
  for (const { readingId } of answers) {
    await until(`reading ${readingId}`, () => row(readingId).status === 'completed', 40_000);
    assert.notEqual(row(readingId).enqueued_at, null);
  }
  const said = scene.host.logLines().filter(({ msg }) => /whose readings waited for them/.test(msg));
  assert.ok(said.some(({ msg, level }) => /added 3 jobs/.test(msg) && level === 'info'),
    JSON.stringify(said));
});

test('a host that is ending takes no more', async () => {
  await scene.model.set({ 'latency-ms': 2000 });
  const { readingId } = await accepted(good);
  await until('the job to run', () => row(readingId).status === 'processing');
  assert.equal((await request(target, '/api/drain', { method: 'POST', body: '{}' })).status, 202);
  const { status, headers, json } = await send(good);
  assert.equal(status, 503, JSON.stringify(json));
  assert.match(headers['retry-after'], /^\d+$/);
  await scene.host.program.exited;
  assert.equal(row(readingId).status, 'completed');
});
