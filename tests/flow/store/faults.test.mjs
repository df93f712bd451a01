// What stands between the store and its database misbehaves: every verb has its effect once, what
// can be mended by waiting is waited for, and what cannot is told at once.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { until } from '../support/process.mjs';
import { Supabase, htmlError, jsonError, lostAnswer, noAnswer, publishableKey,
  secretKey } from '../support/postgrest.mjs';
import { Store, begin, by, complete, failure, readingId, usage } from './script.mjs';

const applied = { applied: true };
let supabase;
let stores = [];

before(async () => {
  supabase = await new Supabase().start();
});

after(async () => {
  await supabase?.stop();
});

afterEach(async () => {
  for (const store of stores) {
    await store.close();
  }
  stores = [];
  supabase.gateway.faults = [];
  supabase.sql('TRUNCATE coach_readings, reading_versions, model_calls, charts');
});

function connect(options = {}) {
  const store = new Store({ driver: 'supabase', url: supabase.url, key: secretKey, ...options });
  stores.push(store);
  return store;
}

const open = async (options) => connect(options).untilUp();
const fault = (...faults) => { supabase.gateway.faults = faults; };
const status = async (store) => (await store.ask('status')).status;
const count = (table) => Number(supabase.sql(`SELECT count(*) FROM ${table}`));
const row = () => supabase.sql('SELECT status, current_version, is_held FROM coach_readings');
const warnings = (store) => store.log.split('\n').filter((line) => /"warning"/.test(line));

// A reading that job a works on.
async function working(store) {
  assert.equal((await store.ask('begin', begin('a'))).begun, 'new');
  assert.deepEqual(await store.ask('processing', by('a')), applied);
}

const passing = {
  'an HTML page of the gateway': htmlError(),
  'an empty error': { before: [503, {}, ''] },
  'no connection to the database': jsonError(503, { code: 'PGRST001', message: 'no connection' }),
  'no place in the pool': jsonError(504, { code: 'PGRST003', message: 'timed out' }),
  'a deadlock': jsonError(500, { code: '40P01', message: 'deadlock detected' }),
  'a statement that took too long': jsonError(500, { code: '57014', message: 'canceled' }),
  'too many requests': jsonError(429, { message: 'slow down' }),
};
for (const [what, each] of Object.entries(passing)) {
  test(`one time it is tried again at once: ${what}`, async () => {
    const store = await open();
    fault(each, each);
    await working(store);
    assert.equal(row(), 'processing|0|t');
    const { up, retries, lastError } = await status(store);
    assert.deepEqual({ up, retries, lastError }, { up: true, retries: 2, lastError: null });
  });
}

test('Retry-After is waited for when it is short', async () => {
  const store = await open();
  fault(htmlError(503, { 'retry-after': '1' }));
  const started = performance.now();
  assert.equal((await store.ask('begin', begin('a'))).begun, 'new');
  assert.ok(performance.now() - started >= 990);
});

test('a longer Retry-After takes the store down for as long', async () => {
  const store = await open();
  fault(htmlError(503, { 'retry-after': '4' }));
  const started = performance.now();
  assert.equal((await store.ask('begin', begin('a'))).error, 'again');
  assert.ok(performance.now() - started < 3000, 'the job is parked meanwhile');
  await store.untilUp();
  assert.ok(performance.now() - started >= 3900);
});

test('three failures take the store down; what is asked then is answered at once', async () => {
  const store = await open();
  fault(htmlError(), htmlError(), htmlError(), htmlError());
  const { error, text } = await store.ask('begin', begin('a'));
  assert.equal(error, 'again');
  assert.match(text, /http 502/);
  const seen = supabase.gateway.seen.length;
  assert.equal((await store.ask('begin', begin('a'))).error, 'again');
  assert.equal(supabase.gateway.seen.length, seen, 'nothing is sent to a store that is down');
  assert.match((await status(store)).lastError, /http 502/);
  await store.untilUp();
  await working(store);
  assert.equal(warnings(store).length, 1, store.log);
  assert.match(store.log, /is back after/);
});

// Whatever is lost on the way is sent again: the effect must be there once.
const lost = {
  begin: async (store) => {
    fault(lostAnswer);
    assert.deepEqual(await store.ask('begin', begin('a')), { begun: 'resume', run: 1, version: 1 });
    assert.equal(row(), 'pending|0|t');
  },
  processing: async (store) => {
    await store.ask('begin', begin('a'));
    fault(lostAnswer);
    assert.deepEqual(await store.ask('processing', by('a')), applied);
    assert.equal(row(), 'processing|0|t');
  },
  complete: async (store) => {
    await working(store);
    fault(lostAnswer, lostAnswer);
    assert.deepEqual(await store.ask('complete', complete('a')), applied);
    assert.equal(row(), 'completed|1|f');
    assert.equal(count('reading_versions'), 1);
  },
  fail: async (store) => {
    await working(store);
    fault(lostAnswer, lostAnswer);
    assert.deepEqual(await store.ask('fail', failure('a')), applied);
    assert.equal(row(), 'failed|0|f');
  },
  usage: async (store) => {
    fault(lostAnswer);
    const answer = await store.ask('usage', usage('a', 'call-1'));
    assert.deepEqual(answer, { applied: false }, 'the first row stays');
    assert.equal(supabase.sql('SELECT call_id, total_tokens FROM model_calls'), 'call-1|1600');
  },
};
for (const [verb, play] of Object.entries(lost)) {
  test(`the lost answer of ${verb} leaves its effect once`, async () => {
    await play(await open());
  });
}

test('an answer that does not come in time is asked for again', async () => {
  const store = await open({ 'timeout-ms': 400 });
  await working(store);
  fault(noAnswer, noAnswer);
  assert.deepEqual(await store.ask('complete', complete('a')), applied);
  assert.equal(count('reading_versions'), 1);
  fault(noAnswer, noAnswer, noAnswer);
  const { error, text } = await store.ask('getReading', { readingId });
  assert.equal(error, 'again');
  assert.match(text, /timed? ?out/i);
});

test('a PostgREST that dies is missed and found again', async () => {
  const store = await open();
  await working(store);
  await supabase.killPostgrest();
  assert.equal((await store.ask('complete', complete('a'))).error, 'again');
  assert.equal((await status(store)).up, false);
  await supabase.startPostgrest();
  await store.untilUp();
  assert.deepEqual(await store.ask('complete', complete('a')), applied);
  assert.equal(count('reading_versions'), 1);
});

test('a database that restarts is missed and found again', async () => {
  const store = await open();
  await working(store);
  await supabase.database.end('SIGINT');
  assert.equal((await store.ask('complete', complete('a'))).error, 'again');
  await supabase.runDatabase();
  await store.untilUp();
  assert.deepEqual(await store.ask('complete', complete('a')), applied);
  assert.equal(row(), 'completed|1|f');
});

const wrongKeys = { 'no key of this project': 'sb_secret_of-another-project',
  'a key for front ends': publishableKey };
for (const [what, key] of Object.entries(wrongKeys)) {
  test(`a wrong key is named and never shown: ${what}`, async () => {
    const store = connect({ key });
    await until('the complaint', async () => (await status(store)).lastError !== null);
    const { up, lastError } = await status(store);
    assert.equal(up, false);
    assert.match(lastError, /is key in \[store\] the service key\?/);
    assert.equal((await store.ask('begin', begin('a'))).error, 'again');
    assert.ok(!`${store.log}${lastError}`.includes(key));
  });
}

test('an older key, which is a token, works too', async () => {
  const store = await open({ key: supabase.serviceToken() });
  await working(store);
});

test('missing migrations are named, and used when they come', async () => {
  const rename = (from, to) => supabase.sql(`ALTER FUNCTION ${from}() RENAME TO ${to};
    NOTIFY pgrst, 'reload schema'`);
  rename('agenthost_open', 'away');
  const store = connect();
  await until('the complaint', async () => (await status(store)).lastError !== null);
  assert.match((await status(store)).lastError, /are the migrations applied\?/);
  rename('away', 'agenthost_open');
  await store.untilUp();
});

test('what does not speak JSON is no store', async () => {
  fault({ before: [200, { 'content-type': 'text/html' }, '<html>Please log in</html>'] });
  const store = connect();
  await until('the complaint', async () => (await status(store)).lastError !== null);
  assert.match((await status(store)).lastError, /does not speak JSON/);
});

test('another database behind the same address is not written to', async () => {
  const rename = (sql) => supabase.sql(`UPDATE agenthost_meta SET value = ${sql}
    WHERE key = 'store_uuid' RETURNING value`);
  const store = await open();
  const name = (await store.ask('status')).uuid;
  rename("'99999999-2222-4333-8444-555555555555'");
  fault(htmlError(), htmlError(), htmlError());
  assert.equal((await store.ask('begin', begin('a'))).error, 'again');
  await until('the complaint', async () => /another store/.test((await status(store)).lastError));
  assert.equal((await store.ask('status')).uuid, name);
  rename(`'${name}'`);
  await store.untilUp();
});

// JSON that PostgreSQL does not take. Waiting would not help.
const refused = {
  'a NUL': '{"text":"a\\u0000b"}',
  'half a character': '{"text":"\\ud83c"}',
  'a number beyond all sizes': '{"text":1e999999}',
};
for (const [what, text] of Object.entries(refused)) {
  test(`what the database cannot keep is invalid and leaves the store up: ${what}`, async () => {
    const store = await open();
    assert.equal((await store.ask('begin', begin('a', 1, { payload: text }))).error, 'invalid');
    await working(store);
    assert.equal((await store.ask('complete', complete('a', 1, { content: text }))).error, 'invalid');
    assert.equal((await store.ask('complete', complete('a', 1, { chart: text }))).error, 'invalid');
    assert.equal((await status(store)).up, true);
    assert.deepEqual(await store.ask('fail', failure('a')), applied);
    assert.equal(row(), 'failed|0|f');
  });
}

test('no more than so many verbs wait', async () => {
  const store = await open({ concurrency: 1, 'timeout-ms': 60_000 });
  fault(noAnswer);
  const onWire = 1;
  const waiting = 4096;
  const asked = Array.from({ length: onWire + waiting }, (_, i) =>
    store.ask('usage', usage('a', `call-${i}`)).catch(() => 'never'));
  const { error, text } = await store.ask('usage', usage('a', 'one too many'));
  assert.equal(error, 'again');
  assert.match(text, /too much waits/);
  assert.equal((await status(store)).queued, onWire + waiting);
  store.child.kill('SIGKILL');
  assert.ok((await Promise.all(asked)).every((answer) => answer === 'never'));
});

test('what is queued when it closes is written', async () => {
  const store = await open({ concurrency: 2 });
  const asked = Array.from({ length: 40 }, (_, i) => store.ask('usage', usage('a', `call-${i}`)));
  const closed = store.close();
  assert.ok((await Promise.all(asked)).every((answer) => answer.applied));
  assert.deepEqual(await closed, { code: 0, signal: null });
  assert.equal(count('model_calls'), 40);
});
