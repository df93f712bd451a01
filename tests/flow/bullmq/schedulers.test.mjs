// Job schedulers: the worker makes the next job when it fetches one.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import {
  all, atEnd, bullmq, ended, heard, Host, NodeWorker, Server, sleep, steps, until,
} from './suite.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const EVERY_MS = 400;

/** Ids of the jobs that are still to come. */
async function pending(queue) {
  const jobs = await queue.getJobs(['waiting', 'delayed', 'prioritized', 'paused']);
  return jobs.map(({ id }) => id);
}

/** The slots that a host was given jobs of, oldest first, from their ids. */
const slotsOf = (host) => host.all('job').map(({ id }) => Number(id.slice(id.lastIndexOf(':') + 1)));

test('46 a scheduler runs on its slots, one job pending at any time', async (t) => {
  const { server, queue, host } = await all(t);
  await queue.upsertJobScheduler('every', { every: EVERY_MS }, { name: 'tick', data: { a: 1 } });
  for (let seen = 0; seen < 5; ) {
    const ids = await pending(queue);
    assert.ok(ids.length <= 1, `${ids}`);
    seen = host.all('ended').length;
    await sleep(2);
  }
  await host.stop();
  await heard(host);
  const ran = host.all('job');
  assert.ok(ran.every(({ id, name }) => /^repeat:every:\d+$/.test(id) && name === 'tick'));
  const slots = slotsOf(host);
  for (let i = 2; i < slots.length; i++) {
    assert.equal(slots[i] - slots[i - 1], EVERY_MS);
  }
  for (const [i, { at }] of ran.entries()) {
    assert.ok(at >= slots[i] - 1, `run ${i} began ${slots[i] - at} ms too early`);
  }
  // As many as were made: those that ran and the one to come.
  const redis = server.client(t);
  assert.equal(Number(await redis.hget('bull:script:repeat:every', 'ic')), ran.length + 1);
  assert.equal((await pending(queue)).length, 1);
  const [done] = await queue.getCompleted();
  assert.deepEqual([done.data, done.repeatJobKey], [{ a: 1 }, 'every']);
});

test('46 the next job has the options of the template, and counts', async (t) => {
  const { queue, host } = await all(t);
  await queue.upsertJobScheduler('every', { every: EVERY_MS }, {
    name: 'tick', data: { a: 1 },
    opts: { priority: 3, attempts: 4, backoff: { type: 'fixed', delay: 7 }, removeOnFail: 5, keepLogs: 2 },
  });
  await ended(host, 3);
  await host.stop();
  const [next] = await queue.getJobs(['delayed', 'waiting', 'prioritized']);
  const { priority, attempts, backoff, removeOnFail, keepLogs, repeat } = next.opts;
  assert.deepEqual({ priority, attempts, backoff, removeOnFail, keepLogs },
    { priority: 3, attempts: 4, backoff: { type: 'fixed', delay: 7 }, removeOnFail: 5, keepLogs: 2 });
  assert.equal(repeat.every, EVERY_MS);
  await heard(host);
  assert.equal(repeat.count, host.all('job').length + 1);
});

/** The hashes and the entry in line that a worker left of the scheduler, without times. */
async function traceOf(t, server) {
  const redis = server.client(t);
  const scheduler = await redis.hgetall('bull:script:repeat:one');
  const [id] = await redis.zrange('bull:script:delayed', 0, -1);
  const { name, data, opts, rjk } = await redis.hgetall(`bull:script:${id}`);
  const parsed = JSON.parse(opts);
  const hide = (record, ...names) => names.filter((each) => each in record)
    .forEach((each) => { record[each] = 'TIME'; });
  hide(parsed, 'jobId', 'delay', 'timestamp', 'prevMillis');
  hide(parsed.repeat, 'offset');
  hide(scheduler, 'offset');
  return { scheduler, name, data, opts: parsed, rjk };
}

test('46 a scheduler advanced by ours and by Node leaves the same', async (t) => {
  const traces = [];
  for (const isOurs of [true, false]) {
    const server = await Server.start(t);
    const { queue } = await bullmq(t, server);
    for (const repeat of [{ every: 3600000 }, { pattern: '0 0 3 * * *', tz: 'Europe/Berlin', limit: 9 }]) {
      await queue.upsertJobScheduler('one', { ...repeat, immediately: repeat.pattern !== undefined }, {
        name: 'tick', data: { ü: [1, {}] }, opts: { attempts: 2, priority: 4, removeOnComplete: { age: 60 } },
      });
      // The job that stands is the first one; it is due now.
      const [job] = await queue.getDelayed();
      await job?.promote();
      const count = await queue.getCompletedCount();
      const worker = isOurs ? await Host.start(t, server)
        : new NodeWorker('script', async () => {}, { connection: { path: server.socket } });
      await until(async () => (await queue.getCompletedCount()) > count, 'the first job');
      await (isOurs ? worker.drain() : worker.close());
      traces.push({ isOurs, ...(await traceOf(t, server)) });
      await queue.removeJobScheduler('one');
    }
  }
  const of = (which) => traces.filter(({ isOurs }) => isOurs === which).map(({ isOurs, ...trace }) => trace);
  assert.deepEqual(of(true), of(false));
});

test('48 limit and endDate end a scheduler, startDate begins it', async (t) => {
  const { queue, host } = await all(t);
  await queue.upsertJobScheduler('limited', { every: 200, limit: 3 }, { name: 'limited' });
  const now = Date.now();
  await queue.upsertJobScheduler('ending', { every: 200, endDate: now + 700 }, { name: 'ending' });
  await queue.upsertJobScheduler('later', { every: 200, startDate: now + 1500, limit: 1 }, { name: 'later' });
  await host.event('job', ({ name }) => name === 'later');
  await sleep(600);
  await heard(host);
  const named = (name) => host.all('job').filter((job) => job.name === name);
  assert.equal(named('limited').length, 3);
  assert.ok(named('ending').length >= 2 && named('ending').length <= 5, `${named('ending').length}`);
  assert.ok(named('ending').every(({ at }) => at <= now + 1000));
  assert.equal(named('later').length, 1);
  assert.ok(named('later')[0].at >= now + 1500);
  assert.deepEqual(await pending(queue), []);
});

test('49 a scheduler goes on when its jobs fail, and a retry adds no second one', async (t) => {
  const { queue, host } = await all(t);
  await queue.upsertJobScheduler('every', { every: EVERY_MS }, { name: 'tick', data: steps('fail') });
  await until(() => host.all('ended').length >= 3, 'three failures');
  await host.stop();
  const before = await pending(queue);
  assert.equal(before.length, 1);
  const [failed] = await queue.getFailed();
  await failed.retry();
  await queue.retryJobs({ state: 'failed' });
  host.tell({ do: 'start' });
  const count = (await heard(host), host.all('ended').length);
  await until(() => host.all('ended').length >= count + 4, 'the retries and the next');
  await host.stop();
  assert.equal((await pending(queue)).length, 1);
});

test('49 a job of a scheduler that stalls again and again fails only when the scheduler is gone', async (t) => {
  const options = { 'lock-ms': 300, 'stalled-ms': 200, 'max-stalled': 0 };
  const server = await Server.start(t);
  const { queue, events } = await bullmq(t, server);
  await queue.upsertJobScheduler('hourly', { every: 3600000 }, {
    name: 'tick', data: steps({ do: 'wait', ms: 60000 }),
  });
  const stalled = [];
  events.on('stalled', ({ jobId }) => stalled.push(jobId));
  for (let i = 0; i < 3; i++) {
    if (i === 2) await queue.removeJobScheduler('hourly');
    const host = await Host.start(t, server, { ...options, state: `mortal${i}` });
    await (i === 2 ? until(async () => (await queue.getFailedCount()) === 1, 'the failure') : host.event('job'));
    await host.kill();
  }
  const [failed] = await queue.getFailed();
  assert.equal(failed.failedReason, 'job stalled more than allowable limit');
  assert.ok(stalled.length >= 2);
});

test('50 a scheduler whose id looks like one of an older version is advanced', async (t) => {
  const { queue, host } = await all(t);
  const id = 'name:with::five:colons:200';
  await queue.upsertJobScheduler(id, { every: 200 }, { name: 'tick' });
  await ended(host, 3);
  await host.stop();
  await heard(host);
  assert.ok(host.all('job').every((job) => job.id.startsWith(`repeat:${id}:`)));
  assert.equal((await pending(queue)).length, 1);
});

/** BullMQ's Queue of that version, with two repeatable jobs of the old kind. */
async function repeatables(t, server, name) {
  const queue = new (require(name).Queue)('script', { connection: { path: server.socket } });
  queue.on('error', () => {});
  atEnd(t, () => queue.close());
  await queue.add('every', {}, { repeat: { every: 200 } });
  await queue.add('pattern', {}, { repeat: { pattern: '* * * * * *' } });
}

test('50 repeatable jobs of BullMQ 5.0 run once more, and the host says why there is no next', async (t) => {
  const { server, queue, host } = await all(t);
  host.expected = /Legacy repeatable job metadata is not supported in BullMQ v6/;
  await repeatables(t, server, 'bullmq-5.0');
  await ended(host, 2);
  await sleep(300);
  await heard(host);
  assert.deepEqual(host.all('job').map(({ name }) => name).sort(), ['every', 'pattern']);
  assert.match(host.errors, /every::::200.*Legacy repeatable/);
  assert.match(host.errors, /pattern::::\* \* \* \* \* \*.*Legacy repeatable/);
  assert.deepEqual(await pending(queue), []);
});

for (const name of ['bullmq-5.30', 'bullmq-5.81']) {
  test(`50 repeatable jobs of later versions are advanced: ${name}`, async (t) => {
    const { server, queue, host } = await all(t);
    await repeatables(t, server, name);
    const count = (kind) => host.all('job').filter((job) => job.name === kind).length;
    await until(() => count('every') >= 4 && count('pattern') >= 2, 'their runs');
    await host.stop();
    assert.equal((await pending(queue)).length, 2);
  });
}
