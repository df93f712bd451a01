// The store's services stay away for a while, or come back as others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/process.mjs';
import { htmlError, noAnswer } from '../support/postgrest.mjs';
import { useProject } from './project.mjs';
import { begin, by, complete, readingId } from './script.mjs';

const applied = { applied: true };
const { count, fault, open, project, row, status, working } = useProject();

test('a longer Retry-After takes the store down for as long', async () => {
  const store = await open();
  fault(htmlError(503, { 'retry-after': '4' }));
  const started = performance.now();
  assert.equal((await store.ask('begin', begin('a'))).error, 'again');
  assert.ok(performance.now() - started < 3000, 'the job is parked meanwhile');
  await store.untilUp();
  assert.ok(performance.now() - started >= 3900);
});

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
  await project.supabase.killPostgrest();
  assert.equal((await store.ask('complete', complete('a'))).error, 'again');
  assert.equal((await status(store)).up, false);
  await project.supabase.startPostgrest();
  await store.untilUp();
  assert.deepEqual(await store.ask('complete', complete('a')), applied);
  assert.equal(count('reading_versions'), 1);
});

test('a database that restarts is missed and found again', async () => {
  const store = await open();
  await working(store);
  await project.supabase.database.end('SIGINT');
  assert.equal((await store.ask('complete', complete('a'))).error, 'again');
  await project.supabase.runDatabase();
  await store.untilUp();
  assert.deepEqual(await store.ask('complete', complete('a')), applied);
  assert.equal(row(), 'completed|1|f');
});

test('another database behind the same address is not written to', async () => {
  const rename = (sql) => project.supabase.sql(`UPDATE agenthost_meta SET value = ${sql}
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
