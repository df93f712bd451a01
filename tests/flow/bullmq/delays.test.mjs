// Jobs that start later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, ended, sleep, started, stream, until } from './suite.mjs';

test('17 a delayed job starts when due: delayed, waiting, active', async (t) => {
  const { server, queue, events } = await all(t);
  const job = await queue.add('n', {}, { delay: 2000 });
  assert.equal(await job.getState(), 'delayed');
  await job.waitUntilFinished(events, 8000);
  const done = await queue.getJob(job.id);
  const waited = done.processedOn - done.timestamp;
  assert.ok(waited >= 2000 && waited < 2400, `started after ${waited} ms`);
  assert.equal(done.delay, 0);
  const told = (await stream(server.client(t))).filter(({ jobId }) => jobId === job.id);
  assert.deepEqual(told.map(({ event, prev }) => [event, prev]), [
    ['added', undefined], ['delayed', undefined], ['waiting', 'delayed'], ['active', 'waiting'],
    ['completed', 'active'],
  ]);
  assert.equal(Number(told[1].delay), done.timestamp + 2000); // when it is due
});

test('18 a shorter delay overtakes a longer one; those due together stay in order', async (t) => {
  const { queue, host } = await all(t);
  await queue.add('far', {}, { delay: 60000 });
  await sleep(100);
  const timestamp = Date.now();
  for (const name of ['x', 'y', 'z']) await queue.add(name, {}, { delay: 500, timestamp });
  await ended(host, 3);
  assert.deepEqual(started(host), ['x', 'y', 'z']);
  const late = host.all('job')[0].at - timestamp;
  assert.ok(late >= 500 && late < 900, `${late} ms`);
});

test('19 a lost marker costs a delayed job no more than the drain delay', async (t) => {
  const { server, queue, events } = await all(t, { 'drain-delay-ms': 1000 });
  await sleep(200);
  const job = await queue.add('n', {}, { delay: 1500 });
  await server.client(t).del('bull:script:marker');
  await job.waitUntilFinished(events, 8000);
  const { processedOn, timestamp } = await queue.getJob(job.id);
  assert.ok(processedOn - timestamp < 3000, `${processedOn - timestamp} ms`);
});

test('20 a job added while the worker waits for a delayed one starts at once', async (t) => {
  const { queue, events } = await all(t);
  await (await queue.add('first', {})).waitUntilFinished(events, 5000);
  await sleep(200); // drained, blocked
  await queue.add('later', {}, { delay: 3000 });
  await sleep(200); // blocked until then
  const job = await queue.add('now', {});
  await job.waitUntilFinished(events, 2000);
  const { processedOn, timestamp } = await queue.getJob(job.id);
  assert.ok(processedOn - timestamp < 200, `${processedOn - timestamp} ms`);
  await until(async () => (await queue.getCompletedCount()) === 3, 'the delayed one');
});
