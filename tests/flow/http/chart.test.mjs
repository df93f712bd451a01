// The chart routes: computed, kept, given back; wrong birth data are refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { berlin, birth, order } from '../support/orders.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';
import { request } from '../support/services.mjs';

let scene;
let target;

before(async () => {
  scene = await makeScene();
  target = { socketPath: scene.host.socket };
});

after(async () => {
  await scene.end();
});

async function ask(path, body) {
  const answer = await request(target, path, body === undefined ? {}
    : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: answer.status, json: JSON.parse(answer.text) };
}
const calculate = (body) => ask('/api/chart/calculate', body);

test('a chart is computed, kept, and given back the same', async () => {
  const userId = '4f6f1d6c-6b3c-4e57-9d6e-0b7d9b0b9a11';
  const { status, json } = await calculate({ ...birth, userId });
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(json.success, true);
  assert.equal(json.source, 'agenthost');
  assert.equal(json.version, json.chart.engine.version);
  assert.equal(json.chart.birth_utc, '1990-01-15T13:30:00Z');
  const [kept] = scene.host.rows('SELECT * FROM charts WHERE id = ?', json.chartId);
  assert.equal(kept.user_id, userId);
  assert.equal(kept.birth_date, '1990-01-15');
  assert.deepEqual(JSON.parse(kept.chart_data), json.chart);
  for (const id of [json.chartId, json.chartId.toUpperCase()]) {
    assert.deepEqual(await ask(`/api/chart/${id}`), { status: 200, json });
  }
});

test('a body of more than birth data take is refused', async () => {
  const text = JSON.stringify(birth);
  assert.equal((await calculate(text.padEnd(16384))).status, 200);
  const { status, json } = await calculate(text.padEnd(16385));
  assert.deepEqual([status, json.details.field], [400, 'body']);
});

test('the same birth gives the same id, another one another', async () => {
  const id = async (change) => (await calculate({ ...birth, ...change })).json.chartId;
  assert.equal(await id({}), await id({ birthTime: '14:30:00' }));
  assert.notEqual(await id({}), await id({ birthTime: '14:31' }));
});

test('the calculated chart can be what a reading is about', async () => {
  const { json } = await calculate({ ...birth, birthTime: '08:15' });
  const answer = (await order(target, { agentId: 'echo', chartId: json.chartId })).json;
  assert.equal(answer.chartId, json.chartId);
  const content = await until('the reading', () => scene.host.rows(
    'SELECT content FROM reading_versions WHERE reading_id = ?', answer.readingId)[0]?.content);
  assert.deepEqual(JSON.parse(content).chart, json.chart);
});

test('a chart that somebody sent says so', async () => {
  const { engine, ...chart } = (await calculate(birth)).json.chart;
  assert.ok(engine);
  const { chartId } = (await order(target, { agentId: 'echo', chart })).json;
  const { json } = await ask(`/api/chart/${chartId}`);
  assert.equal(json.source, 'given');
  assert.deepEqual(json.chart, chart);
});

const refused = [
  ['no JSON', '{', 'body'],
  ['no object', '[]', 'body'],
  ['nothing', {}, 'birthDate'],
  ['no time', { ...birth, birthTime: undefined }, 'birthTime'],
  ['a place by its name only', { ...birth, birthPlace: 'Berlin' }, 'birthPlace'],
  ['an unknown zone', { ...birth, birthPlace: { ...berlin, timezone: 'Europe/Atlantis' } },
    'birthPlace.timezone'],
  ['a time that came twice', { ...birth, birthDate: '2024-10-27', birthTime: '02:30' }, 'fold'],
  ['a time that never was', { ...birth, birthDate: '2024-03-31', birthTime: '02:30' },
    'birthTime'],
  ['a user without a UUID', { ...birth, userId: 'ada' }, 'userId'],
  ['what belongs to a reading', { ...birth, agentId: 'echo' }, 'agentId'],
];

for (const [what, body, field] of refused) {
  test(`${what} is refused, naming ${field}`, async () => {
    const { status, json } = await calculate(body);
    assert.equal(status, 400, JSON.stringify(json));
    assert.equal(json.code, 'VALIDATION_ERROR');
    assert.ok(json.details.fields.some((one) => one.field === field), JSON.stringify(json));
  });
}

test('an unknown chart is 404, a wrong id 400, several people 501', async () => {
  const unknown = await ask('/api/chart/00000000-0000-4000-8000-000000000000');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.json.code, 'NOT_FOUND');
  assert.equal((await ask('/api/chart/7')).status, 400);
  const composite = await ask('/api/chart/composite', { persons: [] });
  assert.equal(composite.status, 501);
  assert.equal(composite.json.code, 'NOT_IMPLEMENTED');
});
