// Requests for readings on a Supabase project: two hosts with one store, duplicates to both of
// them, answers of the store that are lost, and a store that is away.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { birth, order } from '../support/orders.mjs';
import { usePair } from '../support/pair.mjs';
import { htmlError, lostAnswer } from '../support/postgrest.mjs';
import { until } from '../support/process.mjs';

const pair = usePair();

afterEach(() => {
  pair.supabase.gateway.faults = [];
});

const body = { agentId: 'echo', ...birth };
const target = (number) => ({ socketPath: pair.hosts[number % pair.hosts.length].socket });
const row = (id) => JSON.parse(pair.supabase.sql(
  `SELECT row_to_json(r) FROM coach_readings r WHERE id = '${id}'`));
const completed = (id) => until(`reading ${id}`, () => row(id).status === 'completed', 40_000);
const count = () => Number(pair.supabase.sql('SELECT count(*) FROM coach_readings'));

test('duplicates to two hosts make one reading and one job', async () => {
  const before = count();
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    order(target(i), body, { key: 'many' })));
  assert.ok(answers.every(({ status }) => status === 200), JSON.stringify(answers));
  const ids = new Set(answers.map(({ json }) => json.readingId));
  assert.equal(ids.size, 1);
  assert.equal(answers.filter(({ headers }) => headers['idempotent-replayed']).length, 11);
  assert.equal(new Set(answers.map(({ json }) => json.chartId)).size, 1);
  const [id] = ids;
  await completed(id);
  assert.equal(count(), before + 1);
  assert.equal((await pair.queue.getJobs()).filter((job) => job.id.startsWith(id)).length, 1);
  assert.equal((await order(target(0), { ...body, context: 'x' }, { key: 'many' })).status, 409);
});

test('an answer of the store that is lost costs nothing', async () => {
  pair.supabase.gateway.faults = [{ ...lostAnswer, only: /create/ }];
  const before = count();
  const first = await order(target(0), body, { key: 'lost' });
  const again = first.status === 200 ? first : await order(target(1), body, { key: 'lost' });
  assert.equal(again.status, 200, again.text);
  await completed(again.json.readingId);
  assert.equal(count(), before + 1);
});

test('a store that is away is 503, to be tried again', async () => {
  pair.supabase.gateway.faults = Array.from({ length: 50 }, () => htmlError(503));
  const { status, headers, json } = await order(target(0), body, { key: 'away' });
  assert.equal(status, 503, JSON.stringify(json));
  assert.match(headers['retry-after'], /^\d+$/);
  pair.supabase.gateway.faults = [];
  const answer = await until('the store to be back', async () => {
    const one = await order(target(0), body, { key: 'away' });
    return one.status === 200 && one;
  });
  await completed(answer.json.readingId);
});
