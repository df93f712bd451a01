// Idempotency-Key: a request that is repeated gives the reading of the first, also when they come
// at once, and when the host is killed in between.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { birth, order } from '../support/orders.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';
import { killAgainAndAgain, seed } from './kills.mjs';

let scene;
let target;
let guarded; // behind keys

const secrets = { one: 'secret-of-the-first', two: 'secret-of-the-other', board: 'secret-to-look-only' };

before(async () => {
  scene = await makeScene({ start: false });
  const listener = join(scene.folder, 'http.sock');
  scene.host.configure({ http: { listen: `unix:${listener}`,
    keys: `one:execute:${secrets.one}, two:execute:${secrets.two}, board:read:${secrets.board}` } });
  await scene.host.start();
  target = { socketPath: scene.host.socket };
  guarded = { socketPath: listener };
});

after(async () => {
  await scene.end();
});

const body = { agentId: 'echo', context: 'A new team', ...birth };
const readings = () => scene.host.rows('SELECT id, status FROM coach_readings');
// What stays the same when it is said again.
const lasting = ({ readingId, jobId, chartId, status, pollUrl }) =>
  ({ readingId, jobId, chartId, status, pollUrl });

test('a repeated request is answered the same, with a fresh token', async () => {
  const before = readings().length;
  const first = await order(target, body, { key: 'repeat' });
  assert.equal(first.status, 200);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  await until('the reading', () => readings().every(({ status }) => status === 'completed'));
  const second = await order(target, body, { key: 'repeat' });
  assert.equal(second.status, 200);
  assert.equal(second.headers['idempotent-replayed'], 'true');
  assert.deepEqual(lasting(second.json), lasting(first.json));
  assert.match(second.json.readToken, /^\d+\./);
  assert.equal(readings().length, before + 1);
});

test('a repeated request that names its reading is answered the same, and adds no job', async () => {
  const named = { ...body, readingId: 'AAAAAAAA-1111-4222-8333-444444444444' };
  const first = await order(target, named, { key: 'named' });
  assert.equal(first.status, 200);
  await until('the reading', () => readings().every(({ status }) => status === 'completed'));
  await scene.queue.obliterate({ force: true });
  const second = await order(target, named, { key: 'named' });
  assert.equal(second.headers['idempotent-replayed'], 'true');
  assert.deepEqual(lasting(second.json), lasting(first.json));
  assert.equal(await scene.queue.getJobCountByTypes('waiting', 'active', 'completed'), 0);
});

test('many that come at once make one reading and one job', async () => {
  const before = readings().length;
  const answers = await Promise.all(Array.from({ length: 20 }, () =>
    order(target, body, { key: 'many' })));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(new Set(answers.map(({ json }) => json.readingId)).size, 1);
  const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
  assert.equal(replayed.length, 19);
  assert.equal(readings().length, before + 1);
  const jobs = await scene.queue.getJobs();
  const { jobId } = answers[0].json;
  assert.equal(jobs.filter(({ id }) => id === jobId).length, 1);
});

test('another body under the same key is refused, down to the last byte', async () => {
  const text = JSON.stringify(body);
  assert.equal((await order(target, text, { key: 'other' })).status, 200);
  for (const other of [{ ...body, context: 'Another' }, `${text} `]) {
    const { status, json } = await order(target, other, { key: 'other' });
    assert.equal(status, 409);
    assert.equal(json.code, 'IDEMPOTENCY_MISMATCH');
    assert.equal(json.details.field, 'Idempotency-Key');
  }
});

test('the key of one API key is nothing to another', async () => {
  const ask = (name) => order(guarded, body,
    { key: 'shared', headers: { 'x-api-key': secrets[name] ?? name } });
  const [one, two, again] = [await ask('one'), await ask('two'), await ask('one')];
  assert.notEqual(one.json.readingId, two.json.readingId);
  assert.equal(again.json.readingId, one.json.readingId);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal((await ask('nobody-knows-this-one')).status, 401);
  assert.equal((await ask('board')).status, 403);
});

test('without a key every request is one of its own', async () => {
  const [first, second] = [await order(target, body), await order(target, body)];
  assert.notEqual(first.json.readingId, second.json.readingId);
});

test('a key has 1 to 255 visible ASCII characters', async () => {
  assert.equal((await order(target, body, { key: '~'.repeat(255) })).status, 200);
  for (const key of ['', 'x'.repeat(256), 'with space', 'caf\u00e9', 'tab\tin']) {
    const { status, json } = await order(target, body, { key });
    assert.equal(status, 400, `'${key}'`);
    assert.equal(json.code, 'VALIDATION_ERROR');
    assert.equal(json.details.field, 'Idempotency-Key');
  }
});

test('what was refused may be sent again, corrected, under its key', async () => {
  const wrong = await order(target, { ...body, birthTime: '25:00' }, { key: 'corrected' });
  assert.equal(wrong.status, 400);
  const right = await order(target, body, { key: 'corrected' });
  assert.equal(right.status, 200);
  assert.equal(right.headers['idempotent-replayed'], undefined);
});

test(`kill -9 among duplicates: one reading, one job (seed ${seed})`, async () => {
  await killAgainAndAgain(8);
});
