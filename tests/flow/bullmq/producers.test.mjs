// The scenarios that producers take part in, with producers and listeners of older versions; the
// newest is in all other tests.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { closeQueue } from '../support/closing.mjs';
import {
  atEnd, ended, flowProducer, Host, listen, Server, sleep, startsOf, started, steps, until,
} from './suite.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));

const versions = ['bullmq-5.0', 'bullmq-5.30', 'bullmq-5.81'].map((name) => ({
  bullmq: require(name), version: require(`${name}/package.json`).version,
}));

/** A queue and its events of that version, beside our worker. */
async function scene(t, { bullmq }, options = {}) {
  const server = await Server.start(t);
  const connection = { path: server.socket };
  const queue = new bullmq.Queue('script', { connection });
  const events = new bullmq.QueueEvents('script', { connection, lastEventId: '0' });
  for (const peer of [queue, events]) peer.on('error', () => {});
  atEnd(t, async () => {
    await events.close();
    await closeQueue(queue);
  });
  await events.waitUntilReady();
  await queue.waitUntilReady();
  const host = await Host.start(t, server, options);
  return { server, queue, events, host };
}

for (const producer of versions) {
  const { bullmq, version } = producer;
  const name = (text) => `70 with BullMQ ${version}, scenario ${text}`;

  test(name('1: a return value resolves waitUntilFinished'), async (t) => {
    const { queue, events } = await scene(t, producer);
    const job = await queue.add('n', { hello: 'world' });
    assert.deepEqual(await job.waitUntilFinished(events, 5000), { hello: 'world' });
    assert.equal(await job.getState(), 'completed');
    const done = await queue.getJob(job.id);
    assert.deepEqual(done.returnvalue, { hello: 'world' });
    assert.equal(done.attemptsMade, 1);
    assert.ok(done.finishedOn >= done.processedOn);
  });

  test(name('3: jobs that were added before the start run in order'), async (t) => {
    const { queue, host } = await scene(t, producer, { hold: 1 });
    await queue.addBulk(['a', 'b', 'c', 'd'].map((each) => ({ name: each, data: {} })));
    host.tell({ do: 'start' });
    await ended(host, 4);
    assert.deepEqual(started(host), ['a', 'b', 'c', 'd']);
  });

  test(name('4: last in, first out when asked for'), async (t) => {
    const { queue, host } = await scene(t, producer, { hold: 1 });
    for (const each of ['a', 'b', 'c']) await queue.add(each, {}, { lifo: true });
    host.tell({ do: 'start' });
    await ended(host, 3);
    assert.deepEqual(started(host), ['c', 'b', 'a']);
  });

  test(name('6: a failure carries reason, trace and attempts'), async (t) => {
    const { queue, events } = await scene(t, producer);
    const exhausted = listen(events, 'retries-exhausted');
    const job = await queue.add('n', steps({ do: 'fail', reason: 'no good', trace: 'at x' }));
    await assert.rejects(job.waitUntilFinished(events, 5000), /no good/);
    const failed = await queue.getJob(job.id);
    assert.deepEqual([failed.failedReason, failed.stacktrace, failed.attemptsMade], ['no good', ['at x'], 1]);
    await until(() => exhausted.length === 1, 'the event');
  });

  test(name('8: two failures of three attempts, then success'), async (t) => {
    const { queue, events, host } = await scene(t, producer);
    const job = await queue.add('n', steps({ do: 'failTimes', times: 2 }, 'complete'), { attempts: 3 });
    await job.waitUntilFinished(events, 5000);
    await ended(host, 3);
    assert.equal((await queue.getJob(job.id)).attemptsMade, 3);
  });

  test(name('10: fixed and exponential backoff hold the next attempt back'), async (t) => {
    const { queue, events, host } = await scene(t, producer, { concurrency: 2 });
    const fixed = await queue.add('n', steps({ do: 'failTimes', times: 1 }), {
      attempts: 2, backoff: { type: 'fixed', delay: 400 },
    });
    const doubled = await queue.add('n', steps({ do: 'failTimes', times: 2 }), {
      attempts: 3, backoff: { type: 'exponential', delay: 200 },
    });
    await host.event('ended', ({ id, end }) => id === fixed.id && end === 'retrying');
    assert.equal(await fixed.getState(), 'delayed');
    await Promise.all([fixed, doubled].map((job) => job.waitUntilFinished(events, 5000)));
    await ended(host, 5);
    const [f1, f2] = startsOf(host, fixed.id);
    assert.ok(f2 - f1 >= 400, `${f2 - f1} ms`);
    const [e1, e2, e3] = startsOf(host, doubled.id);
    assert.ok(e2 - e1 >= 200 && e3 - e2 >= 400, `${e2 - e1} ${e3 - e2} ms`);
  });

  test(name('15: removeOnComplete and removeOnFail are obeyed'), async (t) => {
    const { queue, host } = await scene(t, producer);
    for (let i = 0; i < 3; i++) await queue.add('n', {}, { removeOnComplete: 2 });
    for (let i = 0; i < 3; i++) await queue.add('n', steps('fail'), { removeOnFail: { age: 3600, count: 1 } });
    await queue.add('n', {}, { removeOnComplete: true });
    await ended(host, 7);
    const { completed, failed } = await queue.getJobCounts('completed', 'failed');
    assert.deepEqual([completed, failed], [2, 1]);
  });

  test(name('17: a delayed job wakes a worker that waits'), async (t) => {
    const { queue, events } = await scene(t, producer);
    await sleep(200); // it blocks
    const job = await queue.add('n', {}, { delay: 800 });
    assert.equal(await job.getState(), 'delayed');
    await job.waitUntilFinished(events, 5000);
    const { processedOn, timestamp } = await queue.getJob(job.id);
    assert.ok(processedOn - timestamp >= 800 && processedOn - timestamp < 1300, `${processedOn - timestamp} ms`);
  });

  test(name('18: jobs that are due together stay in order'), async (t) => {
    const { queue, host } = await scene(t, producer);
    await queue.add('far', {}, { delay: 60000 });
    const timestamp = Date.now();
    for (const each of ['x', 'y', 'z']) await queue.add(each, {}, { delay: 400, timestamp });
    await ended(host, 3);
    assert.deepEqual(started(host), ['x', 'y', 'z']);
  });

  test(name('20: a job wakes a worker that waits'), async (t) => {
    const { queue, events } = await scene(t, producer);
    await sleep(200); // it blocks
    const job = await queue.add('n', {});
    await job.waitUntilFinished(events, 2000);
    const { processedOn, timestamp } = await queue.getJob(job.id);
    assert.ok(processedOn - timestamp < 200, `${processedOn - timestamp} ms`);
  });

  test(name('21: priorities in order, none first'), async (t) => {
    const { queue, host } = await scene(t, producer, { hold: 1 });
    for (const [each, priority] of [['d', 3], ['b', 1], ['c', 2], ['c2', 2], ['a', 0]]) {
      await queue.add(each, {}, priority > 0 ? { priority } : {});
    }
    host.tell({ do: 'start' });
    await ended(host, 5);
    assert.deepEqual(started(host), ['a', 'b', 'c', 'c2', 'd']);
  });

  test(name('36: pause and resume'), async (t) => {
    const { queue, host } = await scene(t, producer);
    await queue.pause();
    for (const each of ['a', 'b']) await queue.add(each, {});
    await sleep(300);
    assert.equal(host.all('job').length, 0);
    await queue.resume();
    await ended(host, 2);
    assert.deepEqual(started(host), ['a', 'b']);
  });

  test(name('39: a parent waits for its children and has their values'), async (t) => {
    const { server, events } = await scene(t, producer);
    const flow = flowProducer(t, server, bullmq.FlowProducer);
    const tree = await flow.add({
      name: 'parent', queueName: 'script', data: {}, children: [
        { name: 'c1', queueName: 'script', data: { n: 1 } },
        { name: 'c2', queueName: 'script', data: { n: 2 }, opts: { priority: 2 } },
        { name: 'c3', queueName: 'script', data: { n: 3 }, opts: { delay: 200 } },
      ],
    });
    await tree.job.waitUntilFinished(events, 5000);
    const values = Object.values(await tree.job.getChildrenValues());
    assert.deepEqual(values.map(({ n }) => n).sort(), [1, 2, 3]);
  });

  test(name('41: a failed child fails its parent'), async (t) => {
    const { server, events } = await scene(t, producer);
    const flow = flowProducer(t, server, bullmq.FlowProducer);
    const tree = await flow.add({
      name: 'parent', queueName: 'script', data: {}, children: [
        { name: 'c', queueName: 'script', data: steps('fail'), opts: { failParentOnFailure: true } },
      ],
    });
    const key = `bull:script:${tree.children[0].job.id}`;
    await assert.rejects(tree.job.waitUntilFinished(events, 5000), new RegExp(`child ${key} failed`));
  });

  if (version !== '5.0.0') { // which knows neither schedulers nor deduplication
    test(name('46: a job scheduler is advanced, one job pending at any time'), async (t) => {
      const { queue, host } = await scene(t, producer);
      await queue.upsertJobScheduler('every', { every: 300 }, { name: 'tick', data: { a: 1 } });
      await ended(host, 4);
      await host.stop();
      const next = await queue.getJobs(['waiting', 'delayed']);
      // Version 5.30 keeps no data with a scheduler: workers of version 6 have none to give on.
      const data = version === '5.30.0' ? {} : { a: 1 };
      assert.deepEqual(next.map((job) => [job.data, job.repeatJobKey]), [[data, 'every']]);
    });

    test(name('51: a second job of that deduplication id is none until the first has ended'), async (t) => {
      const { queue, host } = await scene(t, producer, { hold: 1 });
      const deduplication = { id: 'once' };
      const first = await queue.add('a', {}, { deduplication });
      assert.equal((await queue.add('b', {}, { deduplication })).id, first.id);
      host.tell({ do: 'start' });
      await ended(host, 1);
      assert.notEqual((await queue.add('c', {}, { deduplication })).id, first.id);
      await ended(host, 2);
      assert.deepEqual(started(host), ['a', 'c']);
    });
  }

  test(name('54: the worker is listed'), async (t) => {
    const { queue, events } = await scene(t, producer);
    const workers = await queue.getWorkers();
    // Version 5.0 knows nothing of workers with a name.
    assert.equal(workers.length, version === '5.0.0' ? 0 : 1);
    await (await queue.add('n', {})).waitUntilFinished(events, 5000);
  });

  test(name('55: rows of the log are there'), async (t) => {
    const { queue, events } = await scene(t, producer);
    const progress = listen(events, 'progress');
    const job = await queue.add('n', steps({ do: 'progress', percent: 40 }, { do: 'log', row: 'hello' }));
    await job.waitUntilFinished(events, 5000);
    assert.deepEqual((await queue.getJobLogs(job.id)).logs, ['hello']);
    assert.equal((await queue.getJob(job.id)).progress, 40);
    await until(() => progress.length === 1, 'the event');
    assert.equal(progress[0].data, 40);
  });
}
