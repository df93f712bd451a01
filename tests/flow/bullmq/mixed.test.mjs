// Node workers and two hosts on one queue, one of them killed again and again.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import {
  assertCounts, atEnd, bullmq, Host, NodeWorker, Server, sleep, steps, until,
} from './suite.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { Worker: OlderWorker } = require('bullmq-5.81');

const JOBS = 10000;
const DEATHS = 20;

/** What a job does is decided by its number, so that Node and host do the same. */
function plan(n) {
  if (n % 11 === 0) return steps({ do: 'fail', final: true });
  if (n % 5 === 0) return steps('open', { do: 'failTimes', times: 1 }, { do: 'complete', value: n });
  if (n % 7 === 0) return steps({ do: 'wait', ms: 20 }, { do: 'complete', value: n });
  if (n % 3 === 0) return steps('open', { do: 'answer', json: n }, { do: 'complete', value: n });
  return steps({ do: 'complete', value: n });
}

async function processInNode(job) {
  const n = job.data.n;
  if (n % 11 === 0) throw Object.assign(new Error('it failed'), { name: 'UnrecoverableError' });
  if (n % 5 === 0 && job.attemptsMade < 1) throw new Error('not yet');
  if (n % 7 === 0) await sleep(20);
  return n;
}

const optionsOf = (n) => ({
  attempts: 3,
  priority: n % 13 === 0 ? 5 : undefined,
  backoff: n % 10 === 0 ? { type: 'fixed', delay: 30 } : undefined,
});

async function addAll(queue) {
  for (let first = 1; first <= JOBS; first += 500) {
    await queue.addBulk(Array.from({ length: 500 }, (_, i) => first + i).map((n) => (
      { name: 'n', data: { n, ...plan(n) }, opts: optionsOf(n) })));
  }
}

test('66 10 000 jobs, Node workers of two versions, two hosts, twenty deaths: each job ends once', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const redis = server.client(t);
  await addAll(queue);
  const byNode = [NodeWorker, OlderWorker].map((Worker) => {
    const seen = { count: 0 };
    const node = new Worker('script', (job) => processInNode(job).finally(() => seen.count++), {
      connection: { path: server.socket }, concurrency: 2, lockDuration: 2000, stalledInterval: 1000,
      maxStalledCount: 20,
    });
    node.on('error', () => {});
    atEnd(t, () => node.close());
    return seen;
  });
  const common = { concurrency: 8, 'lock-ms': 2000, 'stalled-ms': 1000, 'max-stalled': 20 };
  const mortal = await Host.start(t, server, { state: 'mortal', ...common });
  const other = await Host.start(t, server, { state: 'other', ...common });
  for (let i = 0; i < DEATHS; i++) {
    await sleep(20 + Math.random() * 120);
    await mortal.kill();
    mortal.spawn();
  }
  await until(async () => {
    const { completed, failed } = await queue.getJobCounts('completed', 'failed');
    return completed + failed >= JOBS;
  }, 'all jobs', 120000);
  const failed = await queue.getFailed(0, JOBS);
  const completed = await queue.getCompleted(0, JOBS);
  const numbers = new Set([...failed, ...completed].map((job) => job.data.n));
  assert.equal(numbers.size, JOBS);
  assert.equal(failed.length, Math.floor(JOBS / 11));
  for (const job of completed) {
    assert.equal(job.returnvalue, job.data.n);
    assert.equal(job.attemptsMade, job.data.n % 5 === 0 ? 2 : 1, `job ${job.data.n}`);
  }
  await assertCounts(queue, { completed: completed.length, failed: failed.length });
  assert.ok(byNode.every(({ count }) => count > 0) && other.all('job').length > 0, 'each had its share');
  // What belongs to runs went with them; a Node worker knows nothing of records it did not make.
  await until(async () => (await redis.keys('bull:script:agenthost:lease:*')).length === 0, 'no lease');
  await until(async () => (await redis.scard('bull:script:stalled')) === 0, 'nothing marked as stalled', 5000);
});
