// How jobs end, as Node sees it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, bullmq, Host, Server, steps, until } from './harness.mjs';

test('values of every kind come back', async (t) => {
  const { queue, events } = await all(t);
  for (const value of ['text', 7, null, true, [1, [2]], { a: { b: 'ü€😀' } }]) {
    const job = await queue.add('n', steps({ do: 'complete', value }));
    assert.deepEqual(await job.waitUntilFinished(events, 5000), value);
  }
  const echoed = await queue.add('n', { hello: 'world' });
  assert.deepEqual(await echoed.waitUntilFinished(events, 5000), { hello: 'world' });
  assert.equal(await queue.getActiveCount(), 0);
});

test('jobs added before the start run in order', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  await queue.addBulk([1, 2, 3, 4, 5].map((n) => ({ name: 'n', data: { n } })));
  const host = await Host.start(t, server);
  await until(() => host.all('ended').length === 5, 'five jobs');
  assert.deepEqual(host.all('job').map((job) => job.id), ['1', '2', '3', '4', '5']);
});

test('a failure carries reason and trace', async (t) => {
  const { queue, events } = await all(t);
  const job = await queue.add('n', steps({ do: 'fail', reason: 'no good', trace: 'no good\n at x' }));
  await assert.rejects(job.waitUntilFinished(events, 5000), /no good/);
  const failed = await queue.getJob(job.id);
  assert.equal(await failed.getState(), 'failed');
  assert.equal(failed.failedReason, 'no good');
  assert.deepEqual(failed.stacktrace, ['no good\n at x']);
  assert.equal(failed.attemptsMade, 1);
  assert.ok(failed.finishedOn >= failed.processedOn);
});

test('two failures of three attempts, then success', async (t) => {
  const { queue, events, host } = await all(t);
  const failures = [];
  events.on('failed', (event) => failures.push(event));
  const job = await queue.add('n', steps({ do: 'failTimes', times: 2 }, 'complete'), { attempts: 3 });
  await job.waitUntilFinished(events, 5000);
  const done = await queue.getJob(job.id);
  assert.equal(done.attemptsMade, 3);
  assert.equal(done.attemptsStarted, 3);
  assert.deepEqual(failures, []);
  await until(() => host.all('ended').length === 3, 'all three endings');
  assert.deepEqual(host.all('ended').map((event) => event.end), ['retrying', 'retrying', 'completed']);
});

test('attempts used up tell retries-exhausted', async (t) => {
  const { queue, events } = await all(t);
  const told = new Promise((resolve) => events.once('retries-exhausted', resolve));
  await queue.add('n', steps('fail'), { attempts: 2 });
  assert.equal((await told).attemptsMade, '2');
});

test('a final failure is not retried', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'fail', final: true }), { attempts: 4 });
  await assert.rejects(job.waitUntilFinished(events, 5000));
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  assert.equal(host.all('job').length, 1);
});

test('fixed backoff delays, exponential doubles', async (t) => {
  const { queue, events, host } = await all(t, { concurrency: 2 });
  const fixed = await queue.add('f', steps({ do: 'failTimes', times: 1 }), {
    attempts: 2,
    backoff: { type: 'fixed', delay: 300 },
  });
  const doubled = await queue.add('e', steps({ do: 'failTimes', times: 2 }), {
    attempts: 3,
    backoff: { type: 'exponential', delay: 150 },
  });
  await host.event('ended', (event) => event.id === fixed.id && event.end === 'retrying');
  assert.equal((await queue.getJob(fixed.id)).delay, 300);
  await Promise.all([fixed, doubled].map((job) => job.waitUntilFinished(events, 5000)));
  await until(() => host.all('ended').length === 5, 'all five endings'); // told on another pipe
  const starts = (id) => host.all('job').filter((job) => job.id === id).map((job) => job.at);
  const [f1, f2] = starts(fixed.id);
  assert.ok(f2 - f1 >= 300, `${f2 - f1}`);
  const [e1, e2, e3] = starts(doubled.id);
  assert.ok(e2 - e1 >= 150 && e3 - e2 >= 300, `${e2 - e1} ${e3 - e2}`);
});

test('an unknown backoff fails the job and says so', async (t) => {
  const { queue, events } = await all(t);
  const job = await queue.add('n', steps('fail'), { attempts: 3, backoff: { type: 'lunar', delay: 1 } });
  await assert.rejects(job.waitUntilFinished(events, 5000), /unknown backoff strategy 'lunar'/);
});

test('stackTraceLimit keeps the last traces', async (t) => {
  const { queue, events } = await all(t);
  const run = async (opts) => {
    const job = await queue.add('n', steps('fail'), { attempts: 3, ...opts });
    await assert.rejects(job.waitUntilFinished(events, 5000));
    return (await queue.getJob(job.id)).stacktrace.length;
  };
  assert.equal(await run({}), 3);
  assert.equal(await run({ stackTraceLimit: 1 }), 1);
  assert.equal(await run({ stackTraceLimit: 0 }), 0);
});

test('progress never goes backwards, rows are logged and limited', async (t) => {
  const { queue, events } = await all(t);
  const seen = [];
  events.on('progress', (event) => seen.push(event.data));
  const marks = [10, 30, 20, 70].map((percent) => ({ do: 'progress', percent }));
  const rows = ['one', 'two', 'three', 'four'].map((row) => ({ do: 'log', row }));
  const job = await queue.add('n', steps(...marks, ...rows), { keepLogs: 3 });
  await job.waitUntilFinished(events, 5000);
  await until(() => seen.length === 3, 'progress events');
  assert.deepEqual(seen, [10, 30, 70]);
  assert.equal((await queue.getJob(job.id)).progress, 70);
  assert.deepEqual((await queue.getJobLogs(job.id)).logs, ['two', 'three', 'four']);
});

test('removeOnComplete and removeOnFail in every form', async (t) => {
  const { queue, events } = await all(t);
  const run = async (data, opts) => {
    const job = await queue.add('n', data, opts);
    await job.waitUntilFinished(events, 5000).catch(() => {});
    return job;
  };
  const gone = await run(steps('complete'), { removeOnComplete: true });
  assert.equal(await queue.getJob(gone.id), undefined);
  await run(steps('fail'), { removeOnFail: true });
  assert.equal(await queue.getFailedCount(), 0);
  for (let i = 0; i < 4; i++) await run(steps('complete'), { removeOnComplete: 2 });
  assert.equal(await queue.getCompletedCount(), 2);
  for (let i = 0; i < 4; i++) await run(steps('fail'), { removeOnFail: { age: 3600, count: 3 } });
  assert.equal(await queue.getFailedCount(), 3);
});

test('the worker is listed by name, also after its connections were killed', async (t) => {
  const { server, queue, events } = await all(t);
  const names = async () => (await queue.getWorkers()).map((worker) => worker.rawname);
  await until(async () => (await names()).length === 1, 'the worker in the list');
  assert.match((await names())[0], /^bull:c2NyaXB0:w:.+-[0-9a-f]{8}$/);
  await server.client(t).client('KILL', 'TYPE', 'normal');
  await until(async () => (await names()).length === 1, 'the worker in the list again');
  const job = await queue.add('n', {});
  await job.waitUntilFinished(events, 5000);
  assert.match((await queue.getJob(job.id)).processedBy, /-[0-9a-f]{8}$/);
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

test('a clean end finishes what runs and exits with 0', async (t) => {
  const { queue, host } = await all(t);
  const first = await queue.add('n', steps({ do: 'wait', ms: 300 }));
  await host.event('job');
  const second = await queue.add('n', {});
  assert.equal(await host.drain(), 0);
  assert.equal(await first.getState(), 'completed');
  assert.equal(await second.getState(), 'waiting');
});
