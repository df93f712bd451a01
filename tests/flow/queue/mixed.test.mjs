// A Node worker and two hosts on one queue, one of them killed again and again: every job ends once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd, bullmq, Host, NodeWorker, Server, sleep, steps, until } from './harness.mjs';

const JOBS = 3000;

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

test('three workers and ten deaths, each job ends once', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const ended = new Map();
  const redis = server.client(t);
  for (let n = 1; n <= JOBS; n += 500) {
    await queue.addBulk(
      Array.from({ length: 500 }, (_, i) => ({
        name: 'n',
        data: { n: n + i, ...plan(n + i) },
        opts: {
          attempts: 3,
          priority: (n + i) % 13 === 0 ? 5 : undefined,
          backoff: (n + i) % 10 === 0 ? { type: 'fixed', delay: 30 } : undefined,
        },
      })),
    );
  }
  const node = new NodeWorker('script', processInNode, {
    connection: { path: server.socket }, concurrency: 2, lockDuration: 2000, stalledInterval: 1000, maxStalledCount: 20,
  });
  node.on('error', () => {});
  atEnd(t, () => node.close());
  const common = { concurrency: 8, 'lock-ms': 2000, 'stalled-ms': 1000, 'max-stalled': 20 };
  const mortal = await Host.start(t, server, { state: 'mortal', ...common });
  await Host.start(t, server, { state: 'other', ...common });
  for (let i = 0; i < 10; i++) {
    await sleep(20 + Math.random() * 120);
    await mortal.kill();
    mortal.spawn();
  }
  const counts = () => queue.getJobCounts('completed', 'failed');
  await until(async () => {
    const { completed, failed } = await counts();
    return completed + failed >= JOBS;
  }, 'all jobs', 60000);
  const failed = await queue.getFailed(0, JOBS);
  const completed = await queue.getCompleted(0, JOBS);
  for (const job of [...failed, ...completed]) ended.set(job.data.n, job);
  assert.equal(ended.size, JOBS);
  assert.equal(failed.length, Math.floor(JOBS / 11));
  for (const job of completed) {
    assert.equal(job.returnvalue, job.data.n);
    assert.equal(job.attemptsMade, job.data.n % 5 === 0 ? 2 : 1, `job ${job.data.n}`);
  }
  await until(async () => (await redis.llen('bull:script:active')) === 0, 'active to be empty');
  assert.equal(await queue.getDelayedCount(), 0);
  // What belongs to runs went with them; a Node worker knows nothing of records it did not make.
  await until(async () => (await redis.keys('bull:script:agenthost:lease:*')).length === 0, 'no lease');
});
