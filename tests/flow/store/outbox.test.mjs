// Readings made before their jobs: both drivers give the same answers, and of requests that come
// at once one makes the reading.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from '../support/process.mjs';
import { Supabase, lostAnswer, secretKey } from '../support/postgrest.mjs';
import { Store, begin, by, failure, userId } from './script.mjs';

const absentId = '33333333-2222-4333-8444-555555555555';
const idOf = (number) => `${String(number).padStart(8, '0')}-2222-4333-8444-555555555555`;
const at = (number, command) => ({ ...command, readingId: idOf(number) });
const create = (number, job, more = {}) =>
  at(number, { ...begin(job), clientName: 'A "Client"', ...more });
const keyed = { caller: 'site', key: 'k "1"', hash: 'h' };
const all = { queue: 'readings', beforeMs: 9e12 };

const { payload: payloadText } = begin('a');
const payload = JSON.parse(payloadText);
const applied = { applied: true };
const stale = { applied: false };
const created = (number, job) => ({ created: 'created', readingId: idOf(number),
  jobKey: by(job).jobKey, payload: null });
const unqueued = (number, job) => ({ readingId: idOf(number), jobKey: by(job).jobKey, run: 1,
  agentId: 'business', payload });
const row = (number, job) => ({ id: idOf(number), status: 'pending', agentId: 'business',
  jobKey: by(job).jobKey, run: 1, queue: 'readings', currentVersion: 0, isHeld: true, payload });

// Written as a database would not write them; the id is made of the text.
const spaced = '{ "type" : "Generator","b":1.50,"a":1e2,\n"engine":"\\u00e9"}';
const given = '{"type":"Manifestor","authority":"ego" }';
function chartId(text) {
  const hash = createHash('sha256').update(text).digest('hex');
  const bytes = createHash('sha1').update(Buffer.from('d8c78df3981a45cb9c72670a88847498', 'hex'))
    .update(`chart:${hash}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// [verb, command, answer]
const scenes = {
  'a reading is there before its job, which finds it': [
    ['create', create(1, 'a', { chart: spaced }), created(1, 'a')],
    ['create', create(1, 'a', { chart: spaced }), created(1, 'a')],
    ['create', create(1, 'b'), { error: 'invalid' }],
    ['getChart', { chartId: chartId(spaced) }, { json: spaced }],
    ['openRows', all, []],
    ['unqueuedRows', { ...all, queue: 'others' }, []],
    ['unqueuedRows', { ...all, beforeMs: 1000 }, []],
    ['unqueuedRows', all, [unqueued(1, 'a')]],
    ['getRow', { readingId: idOf(1) }, row(1, 'a')],
    ['begin', at(1, begin('b')), { begun: 'busy', holder: by('a').jobKey }],
    ['begin', at(1, begin('a')), { begun: 'resume', run: 1, version: 1 }],
    ['unqueuedRows', all, []],
    ['openRows', all,
      [{ readingId: idOf(1), jobKey: by('a').jobKey, run: 1, status: 'pending' }]],
    ['getRow', { readingId: idOf(1) }, { ...row(1, 'a'), enqueuedAt: true }],
    ['fail', at(1, failure('a')), applied],
    ['getRow', { readingId: idOf(1) }, { ...row(1, 'a'), enqueuedAt: true, status: 'failed',
      isHeld: false, error: { code: 'TIMEOUT', message: 'no answer within "60 s"',
        retryable: true } }],
  ],
  'a repeated request gets the reading it made first': [
    ['create', create(2, 'c', keyed), created(2, 'c')],
    ['create', create(2, 'c', keyed), created(2, 'c')],
    ['create', create(3, 'd', keyed), { ...created(2, 'c'), created: 'known', payload }],
    ['create', create(3, 'd', { ...keyed, hash: 'other' }),
      { created: 'mismatch', readingId: '', jobKey: '', payload: null }],
    ['getRow', { readingId: idOf(3) }, { error: 'not found' }],
    ['create', create(3, 'd', { ...keyed, caller: 'app', hash: 'other' }), created(3, 'd')],
  ],
  'rows wait until their jobs are known to be added': [
    ['unqueuedRows', { ...all, limit: 1 }, [unqueued(2, 'c')]],
    ['unqueuedRows', all, [unqueued(2, 'c'), unqueued(3, 'd')]],
    ['enqueued', at(2, by('d')), stale],
    ['enqueued', at(2, by('c', 2)), stale],
    ['enqueued', at(2, by('c')), applied],
    ['enqueued', at(2, by('c')), applied],
    ['fail', at(3, failure('d')), applied],
    ['unqueuedRows', all, []],
  ],
  'a chart is one row whoever puts it': [
    ['putChart', { chart: given, userId, birth: '{"birthDate":"1969-07-20"}' }, applied],
    ['putChart', { chart: given }, applied],
    ['getChart', { chartId: chartId(given) }, { json: given }],
  ],
  'what is not there': [
    ['getRow', { readingId: absentId }, { error: 'not found' }],
    ['getRow', { readingId: 'no uuid' }, { error: 'not found' }],
    ['getReading', { readingId: 'no uuid' }, { error: 'not found' }],
    ['getChart', { chartId: absentId }, { error: 'not found' }],
    ['getChart', { chartId: 'no uuid' }, { error: 'not found' }],
    ['enqueued', { ...by('a'), readingId: absentId }, stale],
  ],
};

let supabase;
let stores;
const openSupabase = () =>
  new Store({ driver: 'supabase', url: supabase.url, key: secretKey }).untilUp();

before(async () => {
  supabase = await new Supabase().start();
  const path = join(makeFolder(), 'readings.db');
  stores = { sqlite: await new Store({ driver: 'sqlite', path }).untilUp(),
    supabase: await openSupabase() };
});

after(async () => {
  try {
    for (const store of Object.values(stores ?? {})) {
      assert.deepEqual(await store.close(), { code: 0, signal: null }, store.log);
    }
  } finally {
    await supabase?.stop();
  }
});

// What an answer says, without what differs from run to run.
function plain(verb, answer) {
  if (answer.error !== undefined) {
    return { error: answer.error };
  }
  if (answer.payload !== undefined) { // the same value, not the same text
    return { ...answer, payload: answer.payload === '' ? null : JSON.parse(answer.payload) };
  }
  if (answer.json === undefined || verb === 'getChart') {
    return answer;
  }
  const json = JSON.parse(answer.json);
  for (const part of [json].flat()) {
    delete part.updatedAt;
    if (part.enqueuedAt !== undefined) {
      part.enqueuedAt = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(part.enqueuedAt);
    }
  }
  return json;
}

for (const [what, steps] of Object.entries(scenes)) {
  test(what, async () => {
    for (const [verb, command, expected] of steps) {
      for (const [driver, store] of Object.entries(stores)) {
        assert.deepEqual(plain(verb, await store.ask(verb, command)), expected,
          `${driver}: ${verb} ${JSON.stringify(command)}`);
      }
    }
  });
}

// In PostgreSQL.
const make = async (number, job, more) =>
  (await stores.supabase.ask('create', create(number, job, more))).created;
const countOf = (job) => Number(supabase.sql(
  `SELECT count(*) FROM coach_readings WHERE job_key LIKE '%:${job}:%'`));

test('of equal requests that reach the database at once one makes the reading', async () => {
  const rival = await openSupabase();
  for (let round = 0; round < 10; round++) {
    const key = { ...keyed, key: `round ${round}` };
    const answers = await Promise.all([stores.supabase, rival].flatMap((store, which) =>
      Array.from({ length: 8 }, (_, i) => store.ask('create',
        create(1000 * (round + 1) + 100 * which + i, 'e', { ...key, chart: spaced })))));
    const first = answers.filter((answer) => answer.created === 'created');
    assert.equal(first.length, 1, JSON.stringify(answers));
    for (const answer of answers.filter((other) => other !== first[0])) {
      assert.equal(answer.created, 'known', JSON.stringify(answer));
      assert.equal(answer.readingId, first[0].readingId);
    }
  }
  assert.equal(countOf('e'), 10);
  await rival.close();
});

test('a reading whose answer is lost on the way is made once', async () => {
  for (const [number, key] of [[10, {}], [11, { ...keyed, key: 'lost' }]]) {
    supabase.gateway.faults.push({ ...lostAnswer, only: /create/ });
    assert.equal(await make(number, 'l', key), 'created');
    assert.deepEqual(supabase.gateway.faults, []);
  }
  assert.equal(countOf('l'), 2);
});

test('a key is forgotten when its time is over, others a hundred at a time', async () => {
  const key = { ...keyed, key: 'old' };
  const keep = (hours) => supabase.sql(`UPDATE agenthost_idempotency_keys
    SET created_at = now() - interval '${hours} hours' WHERE key = 'old'`);
  const count = () => Number(supabase.sql("SELECT count(*) FROM agenthost_idempotency_keys"));
  assert.equal(await make(20, 'f', key), 'created');
  keep(23.9);
  assert.equal(await make(21, 'f', key), 'known');
  keep(24.1);
  assert.equal(await make(21, 'f', key), 'created');
  const before = count();
  supabase.sql(`INSERT INTO agenthost_idempotency_keys SELECT 'gone', i, 'h', gen_random_uuid(),
    'j', now() - interval '25 hours' FROM generate_series(1, 150) i`);
  assert.equal(await make(22, 'f', { ...key, key: 'x' }), 'created');
  assert.equal(count(), before + 51);
  assert.equal(await make(23, 'f', { ...key, key: 'y' }), 'created');
  assert.equal(count(), before + 2);
});

test('a refused request leaves neither key nor chart', async () => {
  const chart = '{"type":"Reflector"}';
  const key = { ...keyed, key: 'refused', chart };
  assert.equal((await stores.supabase.ask('create', create(1, 'g', key))).error, 'invalid');
  assert.equal((await stores.supabase.ask('getChart', { chartId: chartId(chart) })).error,
    'not found');
  assert.equal(await make(30, 'g', key), 'created');
});

test('rows come as many as fit into an answer, the first one always', async () => {
  for (const store of Object.values(stores)) {
    for (const [number, bytes] of [[41, 600_000], [42, 600_000], [43, 1_200_000]]) {
      await store.ask('create', create(number, 'h', { queue: 'large',
        payload: JSON.stringify({ text: 'x'.repeat(bytes) }) }));
    }
    for (const number of [41, 42, 43]) {
      const { json } = await store.ask('unqueuedRows', { ...all, queue: 'large' });
      assert.deepEqual(JSON.parse(json).map(({ readingId }) => readingId), [idOf(number)]);
      await store.ask('enqueued', at(number, by('h')));
    }
  }
});

// What a host from before this schema sends: the chart's value alone.
test('a chart of an older host is kept, and its text as soon as somebody knows it', async () => {
  const chart = '{"type" : "Projector"}';
  const id = chartId(chart);
  const hash = createHash('sha256').update(chart).digest('hex');
  const { readingId, jobKey } = at(50, by('i'));
  await stores.supabase.ask('begin', at(50, begin('i')));
  await stores.supabase.ask('processing', at(50, by('i')));
  const answer = await fetch(`${supabase.url}/rest/v1/rpc/agenthost_complete`, {
    method: 'POST', headers: { apikey: secretKey, 'content-type': 'application/json' },
    body: JSON.stringify({ p_reading_id: readingId, p_job_key: jobKey, p_run: 1, p_content: {},
      p_return_value: {}, p_chart: JSON.parse(chart), p_chart_id: id, p_input_hash: hash,
      p_outcome: 'completed' }) });
  assert.deepEqual(await answer.json(), applied);
  const { json } = await stores.supabase.ask('getChart', { chartId: id });
  assert.equal(json, '{"type": "Projector"}');
  assert.deepEqual(await stores.supabase.ask('putChart', { chart }), applied);
  assert.deepEqual(await stores.supabase.ask('getChart', { chartId: id }), { json: chart });
});
