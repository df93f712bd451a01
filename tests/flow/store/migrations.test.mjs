// The migrations meet what is there: tables of the system before this one, and older schemas.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { Supabase, secretKey } from '../support/postgrest.mjs';
import { Store, begin, by, complete, readingId, userId } from './script.mjs';

const pendingId = '22222222-2222-4333-8444-555555555555';
const chart = JSON.stringify({ type: 'Projector', profile: '1/3' });
const applied = { applied: true };

let supabase;
let store;
afterEach(async () => {
  await store?.close();
  await supabase?.stop();
});

const connect = () => new Store({ driver: 'supabase', url: supabase.url, key: secretKey });

// As their documents describe them; one reading is done, one was never worked on.
const earlier = `
  CREATE TABLE charts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid,
    birth_date date, birth_time time, birth_place jsonb, chart_data jsonb, type text, profile text,
    authority text, strategy text, definition text, incarnation_cross jsonb, chart_version text,
    calculation_engine text, created_at timestamptz DEFAULT now());
  CREATE TABLE coach_readings (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid,
    reading_type text, client_name text, status text, current_version integer, metadata jsonb,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), notes text);
  CREATE TABLE reading_versions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reading_id uuid REFERENCES coach_readings (id), version_number integer, content jsonb,
    created_at timestamptz DEFAULT now(), UNIQUE (reading_id, version_number));
  INSERT INTO coach_readings (id, user_id, reading_type, status, current_version, notes) VALUES
    ('${readingId}', '${userId}', 'business', 'completed', 1, 'kept'),
    ('${pendingId}', '${userId}', 'business', 'pending', 0, NULL);
  INSERT INTO reading_versions (reading_id, version_number, content)
    VALUES ('${readingId}', 1, '{"text":"from before"}');`;

test('readings of the system before this one are read, and go on', async () => {
  supabase = await new Supabase().start((project) => {
    project.psql('-U', 'owner', '-c', earlier);
    project.migrate();
  });
  store = await connect().untilUp();
  const reading = async (id) => JSON.parse((await store.ask('getReading', { readingId: id })).json);
  assert.deepEqual((await reading(readingId)).versions.map(({ content }) => content.text),
    ['from before']);

  const done = await store.ask('begin', begin('a'));
  assert.deepEqual(JSON.parse(done.value), { readingId, version: 1, outcome: 'completed' });
  for (const [id, version] of [[readingId, 2], [pendingId, 1]]) {
    const more = { readingId: id };
    assert.deepEqual(await store.ask('begin', begin('b', 1, { regenerate: true, ...more })),
      { begun: 'new', run: 1, version });
    assert.deepEqual(await store.ask('processing', by('b', 1, id)), applied);
    assert.deepEqual(await store.ask('complete', complete('b', 1, { chart, ...more })), applied);
    assert.equal((await reading(id)).currentVersion, version);
  }
  assert.equal(supabase.sql(`SELECT notes FROM coach_readings WHERE id = '${readingId}'`), 'kept');
  assert.equal(supabase.sql('SELECT birth_date, birth_time FROM charts'), '1969-07-20|20:17:00');

  const { data } = await supabase.frontEnd(userId).from('reading_versions').select('version_number');
  assert.equal(data.length, 3);
});

test('a host waits for the migrations it needs', async () => {
  supabase = await new Supabase().start((project) => project.migrate(2));
  store = connect();
  await until('the complaint', async () =>
    /migrations/.test((await store.ask('status')).status.lastError));
  assert.equal((await store.ask('begin', begin('a'))).error, 'again');
  supabase.migrate();
  await store.untilUp();
  assert.equal((await store.ask('begin', begin('a'))).begun, 'new');
});
