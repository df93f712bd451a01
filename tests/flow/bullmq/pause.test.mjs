// Pausing: the queue's, and the host's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, assertCounts, bulk, ended, heard, listen, sleep, steps, until } from './suite.mjs';

test('36 a paused queue starts nothing, due jobs come to wait, a resume starts them', async (t) => {
  const { queue, events, host } = await all(t, { 'drain-delay-ms': 500 });
  const told = listen(events, 'paused', 'resumed');
  await queue.pause();
  await queue.add('n', {});
  const due = await queue.add('due', {}, { delay: 300 });
  await sleep(1500); // longer than delay and drain delay
  assert.equal(host.all('job').length, 0);
  assert.equal(await due.getState(), 'waiting');
  await queue.resume();
  await ended(host, 2);
  await assertCounts(queue, { completed: 2 });
  await until(() => told.length === 2, 'both events');
  assert.deepEqual(told.map(({ event }) => event), ['paused', 'resumed']);
});

test('36 a job that runs when the queue is paused ends, its retry waits', async (t) => {
  const { queue, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'wait', ms: 300 }, { do: 'failTimes', times: 1 }), { attempts: 2 });
  await host.event('job');
  await queue.pause();
  await host.event('ended', ({ end }) => end === 'retrying');
  await sleep(200);
  assert.equal(await job.getState(), 'waiting');
  assert.equal(host.all('job').length, 1);
  await queue.resume();
  await ended(host, 2);
  await assertCounts(queue, { completed: 1 });
});

test('37 7 100 jobs that BullMQ 5 parked in its paused list run after a resume', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 50 });
  const redis = server.client(t);
  await host.stop();
  const count = 7100;
  for (let i = 0; i < count; i += 710) await queue.addBulk(bulk(710, {}));
  // What BullMQ 5 makes of them.
  await redis.multi().rename('bull:script:wait', 'bull:script:paused').del('bull:script:marker')
    .hset('bull:script:meta', 'paused', 1).exec();
  host.tell({ do: 'start' });
  await sleep(300);
  assert.equal(host.all('job').length, 0);
  await queue.resume();
  await until(async () => (await queue.getCompletedCount()) === count, 'all jobs', 60000);
  await assertCounts(queue, { completed: count });
  assert.equal(await redis.exists('bull:script:paused'), 0);
  await heard(host);
  assert.equal(host.all('job').length, count);
});

test('38 the host stops claiming at once, lets run what runs, and starts again', async (t) => {
  const { queue, host } = await all(t);
  await sleep(200); // it blocks
  const before = Date.now();
  await host.stop();
  assert.ok(Date.now() - before < 1000);
  const missed = await queue.add('n', {});
  await sleep(300);
  assert.equal(await missed.getState(), 'waiting');
  host.tell({ do: 'start' });
  await ended(host, 1);
  const running = await queue.add('n', steps({ do: 'wait', ms: 400 }));
  await host.event('job', ({ id }) => id === running.id);
  await host.stop();
  const next = await queue.add('n', {});
  await ended(host, 2);
  await sleep(100);
  assert.equal(await running.getState(), 'completed');
  assert.equal(await next.getState(), 'waiting');
  host.tell({ do: 'start' });
  await ended(host, 3);
});
