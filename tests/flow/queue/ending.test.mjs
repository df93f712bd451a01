// How jobs end, where it is our own affair; tests/flow/bullmq holds the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, steps, until } from './harness.mjs';

test('an unknown backoff fails the job and says so', async (t) => {
  const { queue, events } = await all(t);
  const job = await queue.add('n', steps('fail'), { attempts: 3, backoff: { type: 'lunar', delay: 1 } });
  await assert.rejects(job.waitUntilFinished(events, 5000), /unknown backoff strategy 'lunar'/);
});

test('progress never goes backwards', async (t) => {
  const { queue, events } = await all(t);
  const seen = [];
  events.on('progress', (event) => seen.push(event.data));
  const marks = [10, 30, 20, 70].map((percent) => ({ do: 'progress', percent }));
  const job = await queue.add('n', steps(...marks));
  await job.waitUntilFinished(events, 5000);
  await until(() => seen.length === 3, 'progress events');
  assert.deepEqual(seen, [10, 30, 70]);
  assert.equal((await queue.getJob(job.id)).progress, 70);
});

test('a re-run of an ended job is the next run', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add('n', steps('fail'));
  await job.waitUntilFinished(events, 5000).catch(() => {});
  await (await queue.getJob(job.id)).retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  await until(() => host.all('ended').length === 2, 'the second run');
  const done = await queue.add('n', steps('complete'));
  await done.waitUntilFinished(events, 5000);
  await (await queue.getJob(done.id)).retry('completed');
  await until(() => host.all('ended').length === 4, 'the second run');
  assert.deepEqual(host.all('job').map((event) => event.run), [1, 2, 1, 2]);
});

test('an id whose record is gone is failed, others go on', async (t) => {
  const { server, queue, events, host } = await all(t);
  await server.client(t).lpush('bull:script:wait', 'ghost');
  const job = await queue.add('n', {});
  await job.waitUntilFinished(events, 5000);
  await host.event('condemned', (event) => /record is gone/.test(event.reason));
  assert.equal(await queue.getFailedCount(), 1);
  assert.equal(await queue.getActiveCount(), 0);
});

test('a job condemned by a child or by stalling is failed without a start', async (t) => {
  const { server, queue, host } = await all(t, { hold: 1 });
  const job = await queue.add('n', {}, { attempts: 3 });
  await server.client(t).hset(`bull:script:${job.id}`, 'defa', 'child bull:x:1 failed');
  host.tell({ do: 'start' });
  await host.event('condemned');
  const failed = await queue.getJob(job.id);
  assert.equal(failed.failedReason, 'child bull:x:1 failed');
  assert.equal(await failed.getState(), 'failed');
  assert.equal(host.all('job').length, 0);
});
