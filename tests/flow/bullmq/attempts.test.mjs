// Failures, attempts, backoff.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, ended, listen, sleep, startsOf, steps, until } from './suite.mjs';

test('6 a failure carries reason and trace, is told, counts one attempt', async (t) => {
  const { queue, events } = await all(t);
  const told = listen(events, 'failed');
  const job = await queue.add('n', steps({ do: 'fail', reason: 'nö good', trace: 'no good\n at x' }));
  await assert.rejects(job.waitUntilFinished(events, 5000), /nö good/);
  const failed = await queue.getJob(job.id);
  assert.equal(await failed.getState(), 'failed');
  assert.equal(failed.failedReason, 'nö good');
  assert.deepEqual(failed.stacktrace, ['no good\n at x']);
  assert.equal(failed.attemptsMade, 1);
  assert.ok(failed.finishedOn >= failed.processedOn);
  await until(() => told.length > 0, 'the event');
  assert.deepEqual(told, [{ event: 'failed', jobId: job.id, failedReason: 'nö good', prev: 'active' }]);
});

test('8 two failures of three attempts, then success, and no failed event', async (t) => {
  const { queue, events, host } = await all(t);
  const told = listen(events, 'failed', 'completed');
  const job = await queue.add('n', steps({ do: 'failTimes', times: 2 }, 'complete'), { attempts: 3 });
  await job.waitUntilFinished(events, 5000);
  const done = await queue.getJob(job.id);
  assert.equal(done.attemptsMade, 3);
  assert.equal(done.attemptsStarted, 3);
  await ended(host, 3);
  assert.deepEqual(host.all('ended').map((event) => event.end), ['retrying', 'retrying', 'completed']);
  await until(() => told.length > 0, 'the event');
  assert.deepEqual(told.map(({ event }) => event), ['completed']);
});

test('9 attempts used up tell retries-exhausted, successes do not', async (t) => {
  const { queue, events, host } = await all(t);
  const told = listen(events, 'retries-exhausted', 'completed');
  for (let i = 0; i < 3; i++) await queue.add('n', {}, { attempts: 1 });
  const job = await queue.add('n', steps('fail'), { attempts: 1 });
  const twice = await queue.add('n', steps('fail'), { attempts: 2 });
  await ended(host, 6);
  await until(() => told.length === 5, 'the events');
  assert.deepEqual(told.slice(3), [
    { event: 'retries-exhausted', jobId: job.id, attemptsMade: '1' },
    { event: 'retries-exhausted', jobId: twice.id, attemptsMade: '2' },
  ]);
  assert.equal(await twice.getState(), 'failed');
});

test('10 fixed backoff waits in delayed with that delay', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'failTimes', times: 1 }), {
    attempts: 2, backoff: { type: 'fixed', delay: 1000 },
  });
  await host.event('ended', (event) => event.end === 'retrying');
  assert.equal(await job.getState(), 'delayed');
  assert.equal((await queue.getJob(job.id)).delay, 1000);
  await job.waitUntilFinished(events, 5000);
  await ended(host, 2);
  const [first, second] = startsOf(host, job.id);
  assert.ok(second - first >= 1000, `${second - first} ms`);
  const number = await queue.add('n', steps({ do: 'failTimes', times: 1 }), { attempts: 2, backoff: 200 });
  await number.waitUntilFinished(events, 5000);
  await ended(host, 4);
  const [third, fourth] = startsOf(host, number.id);
  assert.ok(fourth - third >= 200, `${fourth - third} ms`);
});

test('11 exponential backoff doubles; jitter stays between its share and the whole', async (t) => {
  const { queue, events, host } = await all(t, { concurrency: 8 });
  const doubled = await queue.add('n', steps({ do: 'failTimes', times: 2 }), {
    attempts: 3, backoff: { type: 'exponential', delay: 500 },
  });
  const jittered = [];
  for (let i = 0; i < 6; i++) {
    jittered.push(await queue.add('n', steps({ do: 'failTimes', times: 1 }), {
      attempts: 2, backoff: { type: 'fixed', delay: 400, jitter: 0.5 },
    }));
  }
  await until(() => host.all('ended').length >= 7, 'the first attempts');
  const delays = await Promise.all(jittered.map(async (job) => (await queue.getJob(job.id)).delay));
  assert.ok(delays.every((delay) => delay >= 200 && delay <= 400), `${delays}`);
  assert.ok(new Set(delays).size > 1, `${delays}`);
  await doubled.waitUntilFinished(events, 5000);
  await ended(host, 15);
  const [one, two, three] = startsOf(host, doubled.id);
  assert.ok(two - one >= 500 && three - two >= 1000, `${two - one} ${three - two} ms`);
  for (const [i, job] of jittered.entries()) {
    const [first, second] = startsOf(host, job.id);
    assert.ok(second - first >= delays[i], `${second - first} of ${delays[i]} ms`);
  }
});

test('13 an unrecoverable failure ends a job with attempts left', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'fail', final: true }), { attempts: 4 });
  await assert.rejects(job.waitUntilFinished(events, 5000), /it failed/);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  await sleep(200);
  assert.equal(host.all('job').length, 1);
});

test('14 stackTraceLimit keeps the last traces, 0 none', async (t) => {
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
