// The main job: added by BullMQ in Node, worked on by the host, finished for BullMQ; what is left in
// Redis and in the store, and the same by the command line.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sourceDir, until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const { chart } = JSON.parse(
  readFileSync(join(sourceDir, 'etc/examples/charts/apollo-11.json'), 'utf8'));
let scene, queue, events, host;

before(async () => {
  scene = await makeScene({ model: { 'latency-ms': 50, 'tokens-per-second': 50 } });
  ({ queue, events, host } = scene);
});

after(async () => {
  await scene?.end();
});

// RFC 9562, version 5.
function uuid5(namespace, name) {
  const hash = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name).digest().subarray(0, 16);
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return hash.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

test('waitUntilFinished gives the return value, and the store holds the reading', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-000000000001';
  const job = await queue.add('generate-reading',
    { agentId: 'echo', readingId, userId: 'user-1', birthDate: '1969-07-20', chart });
  const value = await job.waitUntilFinished(events, 20_000);
  assert.equal(value.readingId, readingId);
  assert.equal(value.version, 1);
  assert.equal(value.outcome, 'completed');
  assert.deepEqual(Object.keys(value.agent).sort(), ['id', 'image', 'version']);
  assert.equal(value.agent.id, 'echo');
  assert.match(value.agent.image, /^[0-9a-f]{64}$/);
  assert.equal(value.model, 'standin');
  assert.equal(value.usage.totalTokens, value.usage.promptTokens + value.usage.completionTokens);
  assert.equal(value.usage.costUsd, null);
  assert.deepEqual(Object.keys(value.durationMs).sort(), ['model', 'own', 'queue']);
  assert.ok(value.durationMs.model >= 50);
  assert.ok(value.content.text.length > 1000);

  const again = await queue.getJob(job.id);
  assert.equal(await again.getState(), 'completed');
  assert.deepEqual(again.returnvalue, value);
  assert.equal(again.progress, 100);

  const [row] = host.rows('SELECT * FROM coach_readings WHERE id = ?', readingId);
  assert.equal(row.status, 'completed');
  assert.equal(row.user_id, 'user-1');
  assert.equal(row.reading_type, 'echo');
  assert.equal(row.job_key, `bull:readings:${job.id}:${job.timestamp}`);
  const [version] = host.rows('SELECT * FROM reading_versions WHERE reading_id = ?', readingId);
  assert.equal(version.version_number, 1);
  assert.deepEqual(JSON.parse(version.return_value), value);
  const content = JSON.parse(version.content);
  assert.deepEqual(content.chart, chart);
  assert.equal(content.text, value.content.text);
  assert.equal(content.agent, 'echo');
  const [kept] = host.rows('SELECT * FROM charts WHERE id = ?', version.chart_id);
  assert.deepEqual(JSON.parse(kept.chart_data), chart);
  assert.equal(kept.birth_date, '1969-07-20');
  const calls = host.rows('SELECT * FROM model_calls WHERE reading_id = ?', readingId);
  assert.equal(calls.length, 1);
  assert.equal(calls[0].success, 1);
  assert.equal(calls[0].total_tokens, value.usage.totalTokens);
  assert.equal(calls[0].estimated_cost_usd, null);
  assert.equal(calls[0].request_hash, scene.model.journal()[0].sha256, 'of the bytes sent');
});

test('getWorkers lists the host', async () => {
  const workers = await queue.getWorkers();
  assert.equal(workers.length, 1);
});

test('progress is whole numbers that never fall, from 10 to 100', async () => {
  const seen = [];
  const listen = ({ data }) => seen.push(data);
  events.on('progress', listen);
  await scene.run({ note: 'progress', chart });
  await until('the last of it', () => seen.at(-1) === 100);
  events.off('progress', listen);
  assert.ok(seen.every(Number.isInteger), String(seen));
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  for (const mark of [10, 30, 70, 90, 100]) {
    assert.ok(seen.includes(mark), `${mark} of ${seen}`);
  }
});

test('a job without readingId gets the UUIDv5 of its job key', async () => {
  const job = await queue.add('echo', { note: 'bare' });
  const { readingId } = await job.waitUntilFinished(events, 20_000);
  assert.equal(readingId, uuid5('d8c78df3-981a-45cb-9c72-670a88847498',
    `bull:readings:${job.id}:${job.timestamp}`));
});

test('a second job for a completed reading gets the stored result, and asks nobody', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-000000000002';
  const first = await scene.run({ readingId, note: 'first' });
  const asked = scene.model.journal().length;
  const second = await scene.run({ readingId, note: 'second' });
  assert.deepEqual(second, first);
  assert.equal(scene.model.journal().length, asked);
});

test('regenerate, and a retry of the finished job, each write the next version', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-000000000003';
  await scene.run({ readingId, note: 'one' });
  const job = await queue.add('x', { agentId: 'echo', readingId, note: 'two', regenerate: true });
  assert.equal((await job.waitUntilFinished(events, 20_000)).version, 2);
  const finished = await queue.getJob(job.id);
  await finished.retry('completed');
  await until('the third version', async () =>
    (await queue.getJob(job.id)).returnvalue?.version === 3);
  const versions = host.rows(
    'SELECT version_number AS n, run FROM reading_versions WHERE reading_id = ? ORDER BY 1', readingId);
  assert.deepEqual(versions.map(({ n, run }) => [n, run]), [[1, 1], [2, 1], [3, 2]]);
});

test('two jobs for one new reading at once make one version', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-000000000004';
  const values = await Promise.all(['a', 'b'].map((note) => scene.run({ readingId, note })));
  assert.deepEqual(values.map(({ version }) => version), [1, 1]);
  assert.deepEqual(values[0], values[1]);
  const [{ n }] = host.rows('SELECT count(*) AS n FROM reading_versions WHERE reading_id = ?', readingId);
  assert.equal(n, 1);
});

test('removeOnComplete takes the job away and leaves the reading', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-000000000005';
  const job = await queue.add('x', { agentId: 'echo', readingId }, { removeOnComplete: true });
  await until('the reading', () =>
    host.rows('SELECT status FROM coach_readings WHERE id = ?', readingId)[0]?.status === 'completed');
  await until('the job to go', async () => (await queue.getJob(job.id)) === undefined);
});

test('the command line adds a job, waits for it, and shows the reading', async () => {
  const added = await host.cli('enqueue', 'echo', '--wait', '--data', JSON.stringify({ note: 'cli' }));
  assert.equal(added.code, 0, added.stderr);
  const { readingId } = (await queue.getJobs(['completed'], 0, 0))[0].returnvalue;
  const got = await host.cli('--json', 'get', readingId);
  assert.equal(got.code, 0, got.stderr);
  const reading = JSON.parse(got.stdout);
  assert.equal((reading.reading ?? reading).status, 'completed');
  assert.equal((await host.cli('get', 'f0e0d0c0-0000-4000-8000-00000000ffff')).code, 1);
});

test('a finished job leaves no run record, lease or lock', async () => {
  const client = scene.redis.client();
  const keys = await client.keys('bull:readings:*');
  assert.deepEqual(keys.filter((key) => /:(lock|agenthost:(run|lease|cancel):.*)$/.test(key)), []);
});
