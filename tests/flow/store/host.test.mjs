// The whole program on a Supabase project: jobs come by BullMQ, readings go to PostgreSQL, and a
// front end reads there what belongs to its user.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { order } from '../support/orders.mjs';
import { makeFolder, until } from '../support/process.mjs';
import { Supabase, htmlError, lostAnswer, secretKey } from '../support/postgrest.mjs';
import { Model, Redis } from '../support/services.mjs';

const userId = 'aaaaaaaa-2222-4333-8444-555555555555';
const strangerId = 'bbbbbbbb-2222-4333-8444-555555555555';
const birth = { birthDate: '1969-07-20', birthTime: '20:17',
  birthPlace: { name: 'Houston', latitude: 29.76, longitude: -95.37, timezone: 'America/Chicago' } };

let folder;
let supabase;
let redis;
let model;
let queue;
let events;
let host;
let hosts = 0;

before(async () => {
  folder = makeFolder();
  supabase = await new Supabase().start();
  redis = await new Redis(folder).start();
  model = await new Model(folder).start();
  queue = redis.queue();
  events = await redis.events();
});

after(async () => {
  await model?.stop();
  await redis?.stop();
  await supabase?.stop();
});

afterEach(async () => {
  supabase.gateway.faults = [];
  await host?.stop();
  host = undefined;
  await queue.obliterate({ force: true });
});

function makeHost(store = {}) {
  host = new Host(join(folder, `host${++hosts}`), { redis, model, settings: {
    store: { driver: 'supabase', url: supabase.url, key: secretKey, ...store } } });
  host.installTestAgent('echo');
  return host;
}

const add = (data, options) => queue.add('generate-reading', { agentId: 'echo', ...data }, options);
const ended = (job) => job.waitUntilFinished(events, 30_000);
const parked = (job) => until('the job to be parked', async () => await job.getState() === 'delayed');
const row = (id) => JSON.parse(supabase.sql(
  `SELECT row_to_json(r) FROM coach_readings r WHERE id = '${id}'`));

async function rowsOf(query) {
  const { data, error } = await query;
  assert.equal(error, null);
  return data;
}

async function isDenied(query) {
  const { data, error, status } = await query;
  assert.equal(data, null);
  assert.equal(error.code, '42501', JSON.stringify(error));
  assert.ok(status === 401 || status === 403);
}

test('a reading is read by the user it belongs to, and by nobody else', async () => {
  await makeHost().start();
  const { readingId, ...value } = await ended(await add({ userId, ...birth }));
  assert.equal(value.version, 1);
  assert.equal(value.content, undefined, 'the front end has it from the store');
  const stored = row(readingId);
  assert.equal(stored.status, 'completed');
  assert.equal(stored.user_id, userId);

  const [reading] = await rowsOf(supabase.frontEnd(userId).from('coach_readings')
    .select('id, status, current_version, reading_type, reading_versions(version_number, content, chart_id)')
    .eq('id', readingId));
  assert.equal(reading.status, 'completed');
  assert.equal(reading.current_version, 1);
  assert.equal(reading.reading_type, 'echo');
  const [version] = reading.reading_versions;
  assert.equal(version.version_number, 1);
  assert.ok(version.content.text.length > 100);
  assert.equal(version.content.agent, 'echo');
  const [chart] = await rowsOf(supabase.frontEnd(userId).from('charts').select()
    .eq('id', version.chart_id));
  assert.equal(chart.birth_date, birth.birthDate);
  assert.equal(chart.type, version.content.chart.type);
  assert.equal(supabase.sql(`SELECT count(*) FROM model_calls WHERE reading_id = '${readingId}'`), '1');

  for (const table of ['coach_readings', 'reading_versions', 'charts']) {
    assert.deepEqual(await rowsOf(supabase.frontEnd(strangerId).from(table).select()), []);
    await isDenied(supabase.frontEnd().from(table).select());
  }
  for (const table of ['model_calls', 'agenthost_idempotency_keys', 'agenthost_meta']) {
    await isDenied(supabase.frontEnd(userId).from(table).select());
  }
});

test('a reading that is asked for over HTTP is seen by its user from the first moment', async () => {
  await makeHost().start();
  await model.set({ 'latency-ms': 400 });
  const target = { socketPath: host.socket };
  const { status, json } = await order(target, { agentId: 'echo', userId, clientName: 'Neil',
    context: 'A step', ...birth });
  assert.equal(status, 200, JSON.stringify(json));
  const { readingId, chartId } = json;
  const look = async (user) => (await rowsOf(supabase.frontEnd(user).from('coach_readings')
    .select('status, client_name, reading_versions(content, chart_id)').eq('id', readingId)))[0];
  const early = await look(userId);
  assert.ok(['pending', 'processing'].includes(early.status));
  assert.equal(early.client_name, 'Neil');
  assert.deepEqual(early.reading_versions, []);
  assert.equal(await look(strangerId), undefined);

  await until('the reading', async () => (await look(userId)).status === 'completed', 30_000);
  await model.set({ 'latency-ms': 0 });
  const [version] = (await look(userId)).reading_versions;
  assert.equal(version.chart_id, chartId);
  const [chart] = await rowsOf(supabase.frontEnd(userId).from('charts').select().eq('id', chartId));
  assert.equal(chart.birth_place.name, birth.birthPlace.name);
  assert.deepEqual(chart.chart_data, version.content.chart);
  const answer = JSON.parse((await host.get(`/api/orchestrator/reading/${readingId}`)).text);
  assert.deepEqual(answer.reading.versions[0].content, version.content);
});

test('a front end changes nothing', async () => {
  await makeHost().start();
  const { readingId } = await ended(await add({ userId }));
  for (const client of [supabase.frontEnd(userId), supabase.frontEnd()]) {
    const readings = client.from('coach_readings');
    await isDenied(readings.update({ status: 'failed' }).eq('id', readingId).select());
    await isDenied(readings.delete().eq('id', readingId).select());
    await isDenied(readings.insert({ user_id: userId }).select());
    await isDenied(client.from('reading_versions').update({ content: {} }).eq('reading_id', readingId)
      .select());
    await isDenied(client.rpc('agenthost_open'));
    await isDenied(client.rpc('agenthost_get_reading',
      { p_reading_id: readingId, p_bytes_max: 1000 }));
    await isDenied(client.rpc('agenthost_fail', { p_reading_id: readingId,
      p_job_key: row(readingId).job_key, p_run: 1, p_error: {} }));
  }
  assert.equal(row(readingId).status, 'completed');
});

test('nothing the migrations made is open to front ends but reading one\'s own', () => {
  assert.equal(supabase.sql(`SELECT string_agg(proname, ' ') FROM pg_proc,
    unnest(ARRAY['anon', 'authenticated']) role WHERE pronamespace = 'public'::regnamespace
    AND has_function_privilege(role, oid, 'EXECUTE') AND proname <> 'agenthost_user'`), '');
  assert.equal(supabase.sql(`SELECT string_agg(relname, ' ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity`), '');
  assert.equal(supabase.sql(`SELECT string_agg(relname || ' ' || role || ' ' || right_, ', ')
    FROM pg_class, unnest(ARRAY['anon', 'authenticated']) role,
      unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) right_
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND has_table_privilege(role, oid, right_)`), '');
});

test('the migrations may be applied again, under rows', () => {
  const rows = supabase.sql('SELECT count(*) FROM reading_versions');
  supabase.migrate();
  assert.equal(supabase.sql('SELECT count(*) FROM reading_versions'), rows);
  assert.notEqual(rows, '0');
});

test('answers the store lost on the way cost nothing twice', async () => {
  await makeHost().start();
  const asked = model.journal().length;
  const verbs = ['begin', 'processing', 'usage', 'complete'];
  supabase.gateway.faults = verbs.map((verb) => ({ ...lostAnswer, only: new RegExp(`_${verb}$`) }));
  const job = await add({ userId });
  const value = await ended(job);
  assert.deepEqual(supabase.gateway.faults, []);
  assert.equal(value.version, 1);
  assert.equal(row(value.readingId).current_version, 1);
  assert.equal(model.journal().length, asked + 1);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
});

// As when a host that was stopped for a while comes back, and its answer is in before it hears that
// the job is not its own any more.
test('a run whose reading another host completes meanwhile takes that reading', async () => {
  const name = 'agenthost_processing';
  const args = '(p_reading_id uuid, p_job_key text, p_run integer)';
  supabase.sql(`ALTER FUNCTION public.${name} RENAME TO ${name}_own;
    CREATE FUNCTION public.${name}${args} RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN
      PERFORM public.${name}_own(p_reading_id, p_job_key, p_run);
      PERFORM public.agenthost_complete(p_reading_id, p_job_key, p_run, '{"text":"the other''s"}',
        json_build_object('readingId', p_reading_id, 'version', 1, 'outcome', 'completed'),
        NULL, NULL, NULL, 'completed');
      RETURN public.${name}_own(p_reading_id, p_job_key, p_run);
    END $$; NOTIFY pgrst, 'reload schema'`);
  try {
    await makeHost().start();
    const asked = model.journal().length;
    const job = await add({ note: 'twice' });
    const { readingId, version, outcome } = await ended(job);
    assert.deepEqual({ version, outcome }, { version: 1, outcome: 'completed' });
    assert.equal(row(readingId).status, 'completed');
    assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
    assert.equal(model.journal().length, asked, 'nothing was paid');
  } finally {
    supabase.sql(`DROP FUNCTION public.${name}; ALTER FUNCTION public.${name}_own RENAME TO ${name};
      NOTIFY pgrst, 'reload schema'`);
  }
});

test('a store that goes away parks jobs and keeps their answers', async () => {
  await makeHost().start();
  await model.set({ 'latency-ms': 400 });
  const asked = model.journal().length;
  const answered = await add({ userId });
  await until('the request', async () => (await model.stats()).active === 1);
  await supabase.killPostgrest();
  await parked(answered);
  const early = await add({ userId });
  await parked(early);
  assert.match((await queue.getJobLogs(early.id)).logs.join('\n'), /store/);
  assert.equal((await host.status()).store.up, false);
  assert.match((await host.get('/readyz')).text, /store: supabase .* is not usable: \S/);
  await model.set({ 'latency-ms': 0 });
  await supabase.startPostgrest();
  for (const job of [answered, early]) {
    assert.equal((await ended(job)).version, 1);
    assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  }
  assert.equal(model.journal().length, asked + 2, 'the answer was kept');
});

test('a store that is down at the start is waited for', async () => {
  await supabase.killPostgrest();
  await makeHost().start({ untilReady: false });
  const job = await add({ userId });
  assert.equal((await host.get('/readyz')).status, 503);
  await until('the reason', async () =>
    /store: supabase .* is not usable: http 502/.test((await host.get('/readyz')).text));
  assert.match((await host.cli('status')).stdout, /waiting for the store/);
  assert.equal(await job.getState(), 'waiting');
  await supabase.startPostgrest();
  assert.equal((await ended(job)).version, 1);
  assert.equal((await host.get('/readyz')).status, 200);
});

test('a key that is wrong is named where an operator looks, and nowhere shown', async () => {
  const key = 'sb_secret_of-another-project';
  await makeHost({ key }).start({ untilReady: false });
  const job = await add({ userId });
  await until('the reason', async () =>
    /is key in \[store\] the service key\?/.test((await host.get('/readyz')).text));
  assert.equal(await job.getState(), 'waiting');
  const said = host.program.output() + (await host.cli('status')).stdout
    + (await host.cli('config')).stdout + (await host.get('/metrics')).text;
  assert.ok(!said.includes(key));
});

// What PostgreSQL cannot keep must not wait for it to change its mind.
test('an answer that the database refuses fails its job', async () => {
  makeHost().installTestAgent('verdicts', { agent: 'verdicts' });
  await host.start();
  const job = await queue.add('n', { agentId: 'verdicts', userId, do: 'half' },
    { attempts: 3, backoff: 100 });
  await assert.rejects(ended(job), /^Error: BAD_ANSWER: the store: /);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  await until('the row is closed', () => supabase.sql(`SELECT status, error ->> 'code'
    FROM coach_readings WHERE payload ->> 'do' = 'half'`) === 'failed|BAD_ANSWER');
  assert.equal((await host.status()).store.up, true);
});

test('job data that the database refuses fails the job', async () => {
  await makeHost().start();
  const note = JSON.parse('"\\ud83c"'); // half a character: JSON knows it, PostgreSQL does not
  for (const data of [{ userId, note }, { userId: 'user-1' }]) {
    const job = await add(data, { attempts: 3, backoff: 100 });
    await assert.rejects(ended(job), /VALIDATION_ERROR: /);
    assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  }
});

test('a gateway that has its bad minutes delays readings and loses none', async () => {
  await makeHost().start();
  supabase.gateway.faults = Array.from({ length: 40 }, (_, i) =>
    ({ ...(i % 3 === 0 ? lostAnswer : htmlError()), only: /^(?!agenthost_open$)/ }));
  const jobs = await Promise.all(Array.from({ length: 20 }, () => add({ userId })));
  for (const job of jobs) {
    assert.equal((await ended(job)).version, 1);
    assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  }
  assert.equal(supabase.sql(`SELECT count(*) FROM coach_readings WHERE is_held
    OR status IN ('pending', 'processing')`), '0');
});
