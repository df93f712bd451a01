// What stands between the store and its database misbehaves: every verb has its effect once, what
// can be mended by waiting is waited for, and what cannot is told at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/process.mjs';
import { htmlError, jsonError, lostAnswer, noAnswer, publishableKey } from '../support/postgrest.mjs';
import { useProject } from './project.mjs';
import { begin, by, complete, failure, usage } from './script.mjs';

const applied = { applied: true };
const { connect, count, fault, open, project, row, status, warnings, working } = useProject();

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

test('three failures take the store down; what is asked then is answered at once', async () => {
  const store = await open();
  fault(htmlError(), htmlError(), htmlError(), htmlError());
  const { error, text } = await store.ask('begin', begin('a'));
  assert.equal(error, 'again');
  assert.match(text, /http 502/);
  const seen = project.supabase.gateway.seen.length;
  assert.equal((await store.ask('begin', begin('a'))).error, 'again');
  assert.equal(project.supabase.gateway.seen.length, seen, 'nothing is sent to a store that is down');
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
    assert.equal(project.supabase.sql('SELECT call_id, total_tokens FROM model_calls'), 'call-1|1600');
  },
};
for (const [verb, play] of Object.entries(lost)) {
  test(`the lost answer of ${verb} leaves its effect once`, async () => {
    await play(await open());
  });
}

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
  const store = await open({ key: project.supabase.serviceToken() });
  await working(store);
});

test('missing migrations are named, and used when they come', async () => {
  const rename = (from, to) => project.supabase.sql(`ALTER FUNCTION ${from}() RENAME TO ${to};
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
