// The verbs of host/store/store.h, called one after the other: both drivers give the same answers
// and leave the same rows.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from '../support/process.mjs';
import { Supabase, secretKey } from '../support/postgrest.mjs';
import { Store, begin, by, complete, failure, readingId, usage } from './script.mjs';

const otherId = '22222222-2222-4333-8444-555555555555';
const absentId = '33333333-2222-4333-8444-555555555555';
const other = (command) => ({ ...command, readingId: otherId });
const chart = JSON.stringify({ type: 'Projector', profile: '1/3', authority: 'splenic',
  strategy: 'wait', definition: 'single', incarnationCross: { name: 'Sphinx' }, engine: 'agenthost 1',
  version: '1', gates: [1, 2] });
const applied = { applied: true };
const stale = { applied: false };
const value = (job, run = 1) => complete(job, run).value;

// [verb, command, answer]; an error's text is for people and is not compared, and of a reading
// only what is named here is told in advance.
const scenes = {
  'a job begins, comes back, and keeps others out': [
    ['begin', begin('a'), { begun: 'new', run: 1, version: 1 }],
    ['begin', begin('a'), { begun: 'resume', run: 1, version: 1 }],
    ['begin', begin('b'), { begun: 'busy', holder: by('a').jobKey }],
    ['complete', complete('a'), { error: 'invalid' }],
    ['processing', by('b'), stale],
    ['processing', by('a', 2), stale],
    ['processing', by('a'), applied],
    ['processing', by('a'), applied],
    ['begin', begin('a'), { begun: 'resume', run: 1, version: 1 }],
    ['complete', complete('b'), stale],
    ['fail', failure('b'), stale],
    ['getReading', { readingId }, { status: 'processing', versions: [] }],
  ],
  'it is completed once, however often it is told': [
    ['usage', usage('a', 'call-1'), applied],
    ['usage', usage('a', 'call-1', { model: 'another' }), stale],
    ['usage', usage('a', 'call-2', { inputTokens: -1, outputTokens: -1, totalTokens: -1,
      costUsd: undefined, success: false, code: 'TIMEOUT' }), applied],
    ['complete', complete('a', 1, { chart }), applied],
    ['complete', complete('a', 1, { content: '{"text":"late"}' }), applied],
    ['complete', complete('b'), stale],
    ['fail', failure('a'), stale],
    ['processing', by('a'), stale],
    ['begin', begin('a'), { begun: 'done', value: value('a') }],
    ['begin', begin('b'), { begun: 'done', value: value('a') }],
    ['getReading', { readingId }, { status: 'completed', currentVersion: 1,
      versions: [{ version: 1, content: { text: 'by a 1' } }], metadata: { outcome: 'completed' } }],
  ],
  'another version is written while the reading stays completed': [
    ['begin', begin('b', 1, { regenerate: true }), { begun: 'new', run: 1, version: 2 }],
    ['begin', begin('c', 1, { regenerate: true }), { begun: 'busy', holder: by('b').jobKey }],
    ['begin', begin('c', 1, { regenerate: true, takeover: by('a').jobKey }),
      { begun: 'busy', holder: by('b').jobKey }],
    ['begin', begin('c', 1, { regenerate: true, takeover: by('b').jobKey }),
      { begun: 'new', run: 1, version: 2 }],
    ['processing', by('b'), stale],
    ['processing', by('c'), applied],
    ['getReading', { readingId }, { status: 'completed', currentVersion: 1 }],
    ['fail', failure('c'), applied],
    ['fail', failure('c'), applied],
    ['getReading', { readingId }, { status: 'completed', currentVersion: 1 }],
  ],
  'a job that is run again writes the next version': [
    ['begin', begin('a', 2), { begun: 'new', run: 2, version: 2 }],
    ['processing', by('a', 1), stale],
    ['processing', by('a', 2), applied],
    ['complete', complete('a', 2, { chart }), applied],
    ['begin', begin('a', 1), { begun: 'done', value: value('a', 2) }],
    ['begin', begin('d'), { begun: 'done', value: value('a', 2) }],
    ['getReading', { readingId }, { status: 'completed', currentVersion: 2, versions: [
      { version: 1, content: { text: 'by a 1' } }, { version: 2, content: { text: 'by a 2' } }] }],
  ],
  'a reading fails and is taken up again': [
    ['begin', other(begin('e')), { begun: 'new', run: 1, version: 1 }],
    ['fail', other(failure('e')), applied],
    ['getReading', { readingId: otherId }, { status: 'failed', versions: [],
      error: { code: 'TIMEOUT', message: 'no answer within "60 s"', retryable: true } }],
    ['openRows', { queue: 'readings', beforeMs: 9e12 }, []],
    ['begin', other(begin('f')), { begun: 'new', run: 1, version: 1 }],
    ['processing', other(by('f')), applied],
    ['openRows', { queue: 'readings', beforeMs: 9e12 },
      [{ readingId: otherId, jobKey: by('f').jobKey, run: 1, status: 'processing' }]],
    ['openRows', { queue: 'others', beforeMs: 9e12 }, []],
    ['openRows', { queue: 'readings', beforeMs: 1000 }, []],
    ['complete', other(complete('f', 1, { chart })), applied],
    ['openRows', { queue: 'readings', beforeMs: 9e12 }, []],
  ],
  'what is not there': [
    ['getReading', { readingId: absentId }, { error: 'not found' }],
    ['processing', by('a', 1, absentId), stale],
    ['complete', { ...complete('a'), readingId: absentId }, stale],
    ['fail', { ...failure('a'), readingId: absentId }, stale],
  ],
};

// What both keep, under the same names in both.
const tables = {
  coach_readings: `SELECT id, user_id, reading_type, status, current_version, job_key, run, queue
    FROM coach_readings ORDER BY id`,
  reading_versions: `SELECT reading_id, version_number, job_key, run, chart_id
    FROM reading_versions ORDER BY reading_id, version_number`,
  charts: `SELECT id, input_hash, type, profile, authority, strategy, definition, chart_version,
    calculation_engine, user_id, birth_date, birth_time FROM charts ORDER BY id`,
  model_calls: `SELECT call_id, reading_id, job_key, run, agent, provider, model, input_tokens,
    output_tokens, total_tokens, estimated_cost_usd, first_token_ms, duration_ms, error_code,
    request_hash, request_id FROM model_calls ORDER BY call_id`,
};

let supabase;
const drivers = {};

before(async () => {
  supabase = await new Supabase().start();
  const path = join(makeFolder(), 'readings.db');
  drivers.sqlite = {
    store: await new Store({ driver: 'sqlite', path }).untilUp(),
    rows(sql) {
      const database = new DatabaseSync(path, { readOnly: true });
      try {
        return database.prepare(sql).all().map((row) => ({ ...row }));
      } finally {
        database.close();
      }
    },
  };
  drivers.supabase = {
    store: await new Store({ driver: 'supabase', url: supabase.url, key: secretKey }).untilUp(),
    rows: (sql) => JSON.parse(
      supabase.sql(`SELECT coalesce(json_agg(t), '[]') FROM (${sql}) t`)),
  };
});

after(async () => {
  try {
    for (const { store } of Object.values(drivers)) {
      assert.deepEqual(await store.close(), { code: 0, signal: null }, store.log);
    }
  } finally {
    await supabase?.stop();
  }
});

const isTime = (text) => assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

// What an answer says, without what differs from run to run.
function plain(answer) {
  if (answer.error !== undefined) {
    return { error: answer.error };
  }
  if (answer.json === undefined) {
    return answer;
  }
  const json = JSON.parse(answer.json);
  for (const part of [json, ...(json.versions ?? [])].flat()) {
    for (const name of ['createdAt', 'updatedAt']) {
      if (part[name] !== undefined) {
        isTime(part[name]);
        delete part[name];
      }
    }
  }
  return json;
}

for (const [what, steps] of Object.entries(scenes)) {
  test(what, async () => {
    for (const [verb, command, expected] of steps) {
      const answers = [];
      for (const { store } of Object.values(drivers)) {
        answers.push(plain(await store.ask(verb, command)));
      }
      const about = `${verb} ${JSON.stringify(command)}`;
      assert.deepEqual(answers[1], answers[0], about);
      const isReading = answers[0].versions !== undefined;
      const wanted = isReading ? { ...answers[0], ...expected } : expected;
      assert.deepEqual(answers[0], wanted, about);
    }
  });
}

for (const [table, sql] of Object.entries(tables)) {
  test(`both drivers leave the same rows: ${table}`, () => {
    const [sqlite, postgres] = Object.values(drivers).map(({ rows }) => rows(sql));
    assert.ok(sqlite.length > 0);
    assert.deepEqual(postgres, sqlite);
  });
}

test('a store is named once, and differs from every other', async () => {
  const names = [];
  for (const { store } of Object.values(drivers)) {
    names.push((await store.ask('status')).uuid);
  }
  assert.match(names[0], /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(names[0], names[1]);
  assert.equal(names[1], supabase.sql(
    "SELECT value FROM agenthost_meta WHERE key = 'store_uuid'"));
});

test('a large text comes back as it went, and old versions make room for new ones', async () => {
  const id = '44444444-2222-4333-8444-555555555555';
  const text = 'Grüße "aus" \\ Wien \u2028 🌍\n'.repeat(90_000); // 3 MB, as JSON more
  for (const [name, { store }] of Object.entries(drivers)) {
    for (const [i, job] of ['a', 'b', 'c', 'd'].entries()) {
      const command = { readingId: id, regenerate: true };
      assert.equal((await store.ask('begin', { ...begin(job), ...command })).version, i + 1, name);
      assert.deepEqual(await store.ask('processing', by(job, 1, id)), applied);
      assert.deepEqual(await store.ask('complete', { ...complete(job), readingId: id,
        content: JSON.stringify({ text: `${i} ${text}` }) }), applied, name);
    }
    const reading = JSON.parse((await store.ask('getReading', { readingId: id })).json);
    assert.equal(reading.currentVersion, 4);
    const kept = reading.versions.map(({ version }) => version);
    assert.ok(kept.length > 0 && kept.length < 4, `${name}: ${kept}`);
    assert.equal(kept.at(-1), 4);
    assert.equal(reading.versions.at(-1).content.text, `3 ${text}`);
  }
});
