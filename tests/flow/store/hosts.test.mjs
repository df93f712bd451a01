// Two hosts on one queue and one Supabase project, each with its own state directory: they share
// the work, and one that dies leaves its part to the other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeFolder, until } from '../support/process.mjs';
import { Supabase, secretKey } from '../support/postgrest.mjs';
import { Model, Redis } from '../support/services.mjs';

const jobsCount = 40;
let supabase;
let redis;
let model;
let queue;
const hosts = [];

before(async () => {
  const folder = makeFolder();
  supabase = await new Supabase().start();
  redis = await new Redis(folder).start();
  model = await new Model(folder).start({ 'latency-ms': 100 });
  queue = redis.queue();
  for (const name of ['one', 'two']) {
    const host = new Host(join(folder, name), { redis, model, settings: {
      queue: { concurrency: 4, lock: '2s', stalled: '1s' },
      store: { driver: 'supabase', url: supabase.url, key: secretKey } } });
    host.installTestAgent('echo');
    hosts.push(await host.start());
  }
});

after(async () => {
  for (const host of hosts) {
    await host.stop();
  }
  await model?.stop();
  await redis?.stop();
  await supabase?.stop();
});

const addMany = () => queue.addBulk(Array.from({ length: jobsCount }, (_, i) =>
  ({ name: 'generate-reading', data: { agentId: 'echo', note: `note-${i}` } })));

const untilAllEnded = () => until('all jobs to end', async () => {
  const counts = await queue.getJobCounts();
  assert.equal(counts.failed, 0);
  return counts.completed === jobsCount;
}, 60_000);

async function assertOnce() {
  assert.equal(supabase.sql(`SELECT count(*), min(current_version), max(current_version)
    FROM coach_readings WHERE status = 'completed'`), `${jobsCount}|1|1`);
  assert.equal(supabase.sql('SELECT count(*) FROM reading_versions'), String(jobsCount));
  for (const job of await queue.getCompleted(0, jobsCount)) {
    assert.equal(job.attemptsMade, 1, `job ${job.id}`);
    assert.equal(job.returnvalue.version, 1, `job ${job.id}`);
  }
}

async function clear() {
  await queue.obliterate({ force: true });
  supabase.sql('TRUNCATE coach_readings, reading_versions, model_calls, charts');
}

// The share of each host: what its log says it completed.
const completedBy = (host) => host.logLines().filter(({ msg }) => /^completed in/.test(msg)).length;

test('two hosts share the work', async () => {
  const asked = model.journal().length;
  await addMany();
  await untilAllEnded();
  await assertOnce();
  const shares = hosts.map(completedBy);
  assert.equal(shares[0] + shares[1], jobsCount);
  assert.ok(Math.min(...shares) >= jobsCount / 5, `shares ${shares}`);
  assert.equal(model.journal().length, asked + jobsCount);
  await clear();
});

test('what a killed host worked on is finished by the other', async () => {
  const before = hosts.map(completedBy);
  await addMany();
  await until('both to be at work', () => hosts.every((host, i) => completedBy(host) > before[i]));
  await hosts[0].kill();
  await untilAllEnded();
  await assertOnce();
  await clear();
});
