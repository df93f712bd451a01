// Two hosts on one queue and one Supabase project, each with its own state directory: they share
// the work, and one that dies leaves its part to the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usePair } from '../support/pair.mjs';
import { until } from '../support/process.mjs';

const jobsCount = 40;
const pair = usePair({ model: { 'latency-ms': 100 },
  settings: { queue: { concurrency: 4, lock: '2s', stalled: '1s' } } });

const addMany = () => pair.queue.addBulk(Array.from({ length: jobsCount }, (_, i) =>
  ({ name: 'generate-reading', data: { agentId: 'echo', note: `note-${i}` } })));

const untilAllEnded = () => until('all jobs to end', async () => {
  const counts = await pair.queue.getJobCounts();
  assert.equal(counts.failed, 0);
  return counts.completed === jobsCount;
}, 60_000);

async function assertOnce() {
  assert.equal(pair.supabase.sql(`SELECT count(*), min(current_version), max(current_version)
    FROM coach_readings WHERE status = 'completed'`), `${jobsCount}|1|1`);
  assert.equal(pair.supabase.sql('SELECT count(*) FROM reading_versions'), String(jobsCount));
  for (const job of await pair.queue.getCompleted(0, jobsCount)) {
    assert.equal(job.attemptsMade, 1, `job ${job.id}`);
    assert.equal(job.returnvalue.version, 1, `job ${job.id}`);
  }
}

async function clear() {
  await pair.queue.obliterate({ force: true });
  pair.supabase.sql('TRUNCATE coach_readings, reading_versions, model_calls, charts');
}

// The share of each host: what its log says it completed.
const completedBy = (host) => host.logLines().filter(({ msg }) => /^completed in/.test(msg)).length;

test('two hosts share the work', async () => {
  const asked = pair.model.journal().length;
  await addMany();
  await untilAllEnded();
  await assertOnce();
  const shares = pair.hosts.map(completedBy);
  assert.equal(shares[0] + shares[1], jobsCount);
  assert.ok(Math.min(...shares) >= jobsCount / 5, `shares ${shares}`);
  assert.equal(pair.model.journal().length, asked + jobsCount);
  await clear();
});

test('what a killed host worked on is finished by the other', async () => {
  const before = pair.hosts.map(completedBy);
  await addMany();
  await until('both to be at work', () => pair.hosts.every((host, i) => completedBy(host) > before[i]));
  await pair.hosts[0].kill();
  await untilAllEnded();
  await assertOnce();
  await clear();
});
