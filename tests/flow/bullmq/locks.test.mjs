// Locks, and what becomes of jobs whose worker died.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all, assertCounts, atEnd, bulk, bullmq, ended, flowProducer, hasty, heard, Host, listen, NodeWorker,
  Server, sleep, started, steps, until,
} from './suite.mjs';

test('24 the locks of 57 jobs at once outlive eight times their duration', async (t) => {
  const { server, queue, events, host } = await all(t, { concurrency: 57, 'lock-ms': 250, 'stalled-ms': 200 });
  const stalled = listen(events, 'stalled');
  await queue.addBulk(bulk(57, steps({ do: 'wait', ms: 2500 })));
  await until(() => host.all('job').length === 57, '57 claims');
  const redis = server.client(t);
  const keys = host.all('job').map(({ id }) => `bull:script:${id}:lock`);
  const before = await redis.mget(keys);
  assert.ok(before.every(Boolean));
  await sleep(2000);
  assert.deepEqual(await redis.mget(keys), before);
  await ended(host, 57);
  assert.ok(host.all('ended').every(({ end }) => end === 'completed'));
  assert.deepEqual(stalled, []);
});

test('25 a finish without the lock is refused and logged, the job comes back once', async (t) => {
  const { server, queue, events, host } = await all(t, { ...hasty, 'lock-ms': 3000 });
  const job = await queue.add('n', steps({ do: 'wait', ms: 300 }, { do: 'complete', value: 1 }));
  await host.event('job');
  await server.client(t).del(`bull:script:${job.id}:lock`);
  await host.event('ended', (event) => event.end === 'lost');
  assert.match(host.errors, /Missing lock for job 1\. moveToFinished/);
  assert.equal(await job.waitUntilFinished(events, 8000), 1);
  await heard(host);
  assert.equal(host.all('job').length, 2);
  const { attemptsMade, stalledCounter } = await queue.getJob(job.id);
  assert.deepEqual([attemptsMade, stalledCounter], [1, 1]);
});

test('25 a finish under a stolen lock is refused and logged, the thief keeps the job', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  const job = await queue.add('n', steps({ do: 'wait', ms: 300 }));
  await host.event('job');
  await redis.set(`bull:script:${job.id}:lock`, 'somebody else', 'PX', 60000);
  await host.event('ended', (event) => event.end === 'lost');
  assert.match(host.errors, /Lock mismatch for job 1\. Cmd moveToFinished from active/);
  assert.equal(await job.getState(), 'active');
  assert.equal(await redis.get(`bull:script:${job.id}:lock`), 'somebody else');
});

test('25 a stolen lock is seen at the renewal, and the job let go', async (t) => {
  const { server, queue, host } = await all(t, { 'lock-ms': 400 });
  const redis = server.client(t);
  const job = await queue.add('n', steps({ do: 'wait', ms: 60000 }));
  await host.event('job');
  await redis.set(`bull:script:${job.id}:lock`, 'somebody else', 'PX', 60000);
  await host.event('disowned');
  await host.event('ended', (event) => event.end === 'lost');
  assert.equal(await job.getState(), 'active');
  assert.match(host.errors, /could not renew lock for job 1/);
});

test('26 nothing stays marked as stalled when a job finishes', async (t) => {
  const { server, queue, events, host } = await all(t, { 'lock-ms': 60000, 'stalled-ms': 100 });
  const redis = server.client(t);
  const job = await queue.add('n', steps({ do: 'wait', ms: 800 }));
  await host.event('job');
  await until(() => redis.sismember('bull:script:stalled', job.id), 'the mark of a stalled check');
  await job.waitUntilFinished(events, 5000);
  assert.equal(await redis.scard('bull:script:stalled'), 0);
});

/** A host that is killed in the middle of its jobs, and another one that takes over. */
async function death(t, options, add) {
  const server = await Server.start(t);
  const { queue, events } = await bullmq(t, server);
  const stalled = listen(events, 'stalled');
  const mortal = await Host.start(t, server, { ...hasty, ...options, state: 'mortal' });
  const jobs = await add(server, queue);
  await until(() => mortal.all('job').length === jobs.length, 'the claims');
  await mortal.kill();
  const at = Date.now();
  const heir = await Host.start(t, server, { ...hasty, ...options, state: 'heir' });
  return { server, queue, events, stalled, jobs, heir, at };
}

test('27 four jobs of a killed host are told as stalled and completed by another', async (t) => {
  const { queue, stalled, jobs, heir, at } = await death(t, { concurrency: 4 },
    (_, queue) => queue.addBulk(bulk(4, steps({ do: 'wait', ms: 300 }))));
  await until(() => stalled.length === 4, 'four stalled');
  // lockDuration + stalledInterval and some time for a busy machine
  assert.ok(Date.now() - at < 400 + 300 + 1000, `${Date.now() - at} ms`);
  await ended(heir, 4);
  await assertCounts(queue, { completed: 4 });
  assert.deepEqual(stalled.map(({ jobId }) => jobId).sort(), jobs.map(({ id }) => id).sort());
  for (const { id } of jobs) assert.equal((await queue.getJob(id)).stalledCounter, 1);
});

test('28 stalled more often than allowed it fails, and a retry completes it', async (t) => {
  const { queue, events, jobs: [job], heir } = await death(t, { 'max-stalled': 0 },
    async (_, queue) => [await queue.add('n', steps('open', { do: 'wait', ms: 300 }))]);
  await assert.rejects(job.waitUntilFinished(events, 8000), /job stalled more than allowable limit/);
  const failed = await queue.getJob(job.id);
  assert.equal(failed.failedReason, 'job stalled more than allowable limit');
  assert.deepEqual([failed.attemptsStarted, failed.attemptsMade, failed.stalledCounter], [2, 1, 1]);
  await heard(heir);
  assert.equal(heir.all('job').length, 0);
  await failed.retry();
  await failed.waitUntilFinished(events, 5000);
  const done = await queue.getJob(job.id);
  assert.equal(await done.getState(), 'completed');
  assert.equal(done.stalledCounter, 1);
});

for (const [option, becomes] of [
  ['failParentOnFailure', 'failed'],
  ['continueParentOnFailure', 'completed'],
  ['ignoreDependencyOnFailure', 'completed'],
  ['removeDependencyOnFailure', 'completed'],
]) {
  test(`29 a child that stalled too often does to its parent what its option says: ${option}`, async (t) => {
    let tree;
    const { events, heir } = await death(t, { 'max-stalled': 0 }, async (server) => {
      tree = await flowProducer(t, server).add({
        name: 'parent', queueName: 'script', data: {}, children: [
          { name: 'child', queueName: 'script', data: steps({ do: 'wait', ms: 300 }), opts: { [option]: true } },
        ],
      });
      return tree.children;
    });
    const end = tree.job.waitUntilFinished(events, 8000);
    if (becomes === 'failed') await assert.rejects(end, /child bull:script:.* failed/);
    else await end;
    await heard(heir);
    assert.deepEqual(started(heir), becomes === 'failed' ? [] : ['parent']);
    assert.equal(await tree.children[0].job.getState(), 'failed');
    assert.equal(await tree.job.getState(), becomes);
  });
}

test('30 a job longer than its lock is never stalled', async (t) => {
  const { server, queue, events, host } = await all(t, { 'lock-ms': 300, 'stalled-ms': 200 });
  const stalled = listen(events, 'stalled');
  const job = await queue.add('n', steps({ do: 'wait', ms: 1500 }, { do: 'complete', value: 'ours' }));
  await host.event('job');
  const node = new NodeWorker('script', async () => 'stolen', {
    connection: { path: server.socket }, stalledInterval: 200,
  });
  atEnd(t, () => node.close());
  assert.equal(await job.waitUntilFinished(events, 5000), 'ours');
  const done = await queue.getJob(job.id);
  assert.deepEqual([done.attemptsStarted, done.stalledCounter], [1, 0]);
  assert.deepEqual(stalled, []);
});
