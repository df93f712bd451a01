// What a running job tells: progress, rows of its log, and how long the stream of events gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, assertCounts, bulk, ended, listen, steps, stream, until } from './suite.mjs';

test('5 progress in whole numbers arrives as event and in the job', async (t) => {
  const { queue, events } = await all(t);
  const told = listen(events, 'progress');
  const marks = [0, 10, 30, 99, 100].map((percent) => ({ do: 'progress', percent }));
  const job = await queue.add('n', steps(...marks));
  await job.waitUntilFinished(events, 5000);
  assert.equal((await queue.getJob(job.id)).progress, 100);
  await until(() => told.length === 5, 'the events');
  assert.deepEqual(told.map(({ jobId, data }) => [jobId, data]),
    [0, 10, 30, 99, 100].map((percent) => [job.id, percent]));
});

test('5 500 marks leave a short stream when it is to be short', async (t) => {
  const { server, queue, events } = await all(t);
  const redis = server.client(t);
  await redis.hset('bull:script:meta', 'opts.maxLenEvents', 10);
  const marks = Array.from({ length: 500 }, (_, n) => ({ do: 'progress', percent: Math.floor(n / 5) }));
  const job = await queue.add('n', steps(...marks));
  await job.waitUntilFinished(events, 10000);
  assert.equal((await queue.getJob(job.id)).progress, 99);
  assert.ok((await redis.xlen('bull:script:events')) < 510);
});

test('55 rows are in the job\'s log, keepLogs keeps the last ones', async (t) => {
  const { queue, events } = await all(t);
  const rows = ['one', 'zwei ü€', 'three', 'four'];
  const data = steps(...rows.map((row) => ({ do: 'log', row })));
  const all4 = await queue.add('n', data);
  await all4.waitUntilFinished(events, 5000);
  assert.deepEqual(await queue.getJobLogs(all4.id), { logs: rows, count: 4 });
  const last3 = await queue.add('n', data, { keepLogs: 3 });
  await last3.waitUntilFinished(events, 5000);
  assert.deepEqual((await queue.getJobLogs(last3.id)).logs, rows.slice(1));
});

for (const most of [0, 20]) {
  test(`67 the stream of events is trimmed to maxLenEvents: ${most}`, async (t) => {
    const { server, queue, host } = await all(t, { hold: 1 });
    const redis = server.client(t);
    await redis.hset('bull:script:meta', 'opts.maxLenEvents', most);
    await queue.addBulk(bulk(300, {}));
    host.tell({ do: 'start' });
    await ended(host, 300);
    await assertCounts(queue, { completed: 300 });
    // Each finish trims first, by whole nodes of a stream, which hold 100 entries.
    const left = await stream(redis);
    assert.ok(left.length <= most + 100, `${left.length} events`);
    assert.ok(left.length > 0);
  });
}
