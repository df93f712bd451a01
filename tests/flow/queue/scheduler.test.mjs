// Job schedulers of BullMQ, advanced by us, when something goes wrong meanwhile; what must hold of them
// otherwise is in tests/flow/bullmq/schedulers.test.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all, atEnd, bullmq, catchUp, Host, loseReplyTo, NodeWorker, Server, sleep, steps, until, watchCommands,
} from './harness.mjs';

const UPDATE_SCHEDULER = '4da21b4a6efa92d4c0bdfc40e803ecc1e9ab4eb5'; // SHA-1 of updateJobScheduler
const done = { name: 'tick', data: steps({ do: 'complete', value: 1 }) };
const dueOf = (id) => Number(id.split(':').at(-1));
const never = { pattern: '0 0 1 1 *', tz: 'UTC' }; // comes when it is promoted

/** The scheduler's jobs that have not run yet. */
async function pending(queue) {
  return (await queue.getJobs(['delayed', 'waiting', 'prioritized'])).filter((job) => job?.repeatJobKey);
}

/** Promotes the one pending job, waits for its end, gives the one that then is pending. */
async function runNow(queue, host) {
  const [job, ...others] = await pending(queue);
  assert.equal(others.length, 0);
  await job.promote();
  await host.event('ended', ({ id }) => id === job.id);
  return (await pending(queue)).find(({ id }) => id !== job.id);
}

test('the next job is what a Node worker would have made', async (t) => {
  const server = await Server.start(t);
  const redis = server.client(t);
  const opts = {
    attempts: 3, backoff: { type: 'exponential', delay: 20, jitter: 0.5 }, removeOnComplete: { age: 60, count: 9 }, removeOnFail: 7,
    priority: 4, keepLogs: 5, stackTraceLimit: 2, sizeLimit: 9000, lifo: false, telemetry: { metadata: '{"traceparent":"00-1"}', omitContext: false },
  };
  const end = Date.now() + 400 * 86400000;
  const repeats = [
    { pattern: '*/7 * * * *', tz: 'Asia/Tokyo', limit: 40, endDate: end },
    { every: 3600000, limit: 5, endDate: new Date(end) }, { every: 3600000, offset: 60000 }, { pattern: '0 0 1 1 *', startDate: Date.now() + 5000 },
  ];
  for (const [n, repeat] of repeats.entries()) {
    const made = [];
    for (const kind of ['node', 'host']) {
      const { queue } = await bullmq(t, server, `${kind}${n}`);
      await queue.upsertJobScheduler('s', repeat, { ...done, opts });
      const [first] = await pending(queue);
      if ((await first.getState()) === 'delayed') await first.promote(); // every begins at once
      const worker = kind === 'node'
        ? new NodeWorker(queue.name, async () => 1, { connection: { path: server.socket } })
        : await Host.start(t, server, { queue: queue.name, state: `state${n}` });
      atEnd(t, () => worker.close());
      const next = await until(async () => (await pending(queue)).find((job) => job.id !== first.id), 'the next job');
      await until(async () => (await queue.getCompletedCount()) === 1, 'the job to complete');
      await worker.close();
      const hash = await redis.hgetall(`bull:${queue.name}:${next.id}`);
      const nextOpts = JSON.parse(hash.opts);
      const due = dueOf(next.id);
      assert.ok(nextOpts.timestamp > Date.now() - 15000);
      assert.equal(nextOpts.jobId, next.id);
      if (repeat.pattern) assert.equal(nextOpts.prevMillis, due);
      for (const key of ['timestamp', 'delay', 'jobId', 'prevMillis']) delete nextOpts[key];
      if (nextOpts.repeat.startDate && !repeat.startDate) delete nextOpts.repeat.startDate;
      if (repeat.every && !repeat.offset) delete nextOpts.repeat.offset;
      made.push({ opts: nextOpts, rjk: hash.rjk, name: hash.name, data: hash.data, priority: hash.priority, fields: Object.keys(hash).sort() });
    }
    assert.deepEqual(made[1], made[0]);
    assert.equal(made[1].opts.attempts, 3);
    assert.equal(made[1].opts.tm, '{"traceparent":"00-1"}');
    assert.equal(made[1].opts.repeat.count, 2);
  }
});

test('what cannot be advanced is said once, and its job runs', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  host.expected = /scheduler '/;
  const cases = [
    [{ pattern: 'H * * * *' }, /scheduler 's\d', pattern 'H \* \* \* \*': minute 'H': 'H' is not supported/],
    [{ pattern: '0 9 * * *', tz: 'Europe/Atlantis' }, /scheduler 's\d', pattern '0 9 \* \* \*': the zone database has no 'Europe\/Atlantis'/],
    [{ pattern: '0 9 * * *', every: 1000 }, /scheduler 's\d': its job has both pattern and every/],
    [{}, /scheduler 's\d': its job has neither pattern nor every/],
    [{ pattern: 5 }, /scheduler 's\d': its option pattern is a number, not a string/],
    [{ every: 1000, endDate: 'tomorrow' }, /scheduler 's\d': its option endDate is a string, not a number/],
  ];
  for (const [n, [repeat, reason]] of cases.entries()) {
    const id = `s${n}`;
    await queue.upsertJobScheduler(id, never, done);
    const [job] = await pending(queue);
    const key = `bull:script:${job.id}`;
    const opts = { ...JSON.parse(await redis.hget(key, 'opts')), repeat: { count: 1, ...repeat } };
    await redis.hset(key, 'opts', JSON.stringify(opts));
    const said = host.errors.length;
    assert.equal(await runNow(queue, host), undefined);
    assert.equal(await job.getState(), 'completed');
    assert.match(host.errors.slice(said), reason);
    assert.equal(host.errors.slice(said).split('\n').filter((line) => line.includes('"error"')).length, 1);
    assert.equal(await redis.zscore('bull:script:repeat', id), String(dueOf(job.id))); // left alone
    await queue.removeJobScheduler(id);
    await job.remove();
  }
});

test('a reply that is lost costs neither the job nor the next one', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const host = await Host.start(t, await loseReplyTo(t, server, UPDATE_SCHEDULER));
  await queue.upsertJobScheduler('s', { every: 3600000 }, done);
  const first = await host.event('ended');
  assert.equal(first.end, 'completed');
  const [next, ...others] = await pending(queue);
  assert.equal(others.length, 0);
  assert.equal(dueOf(next.id) - dueOf(first.id), 3600000);
  assert.equal((await queue.getJobScheduler('s')).iterationCount, 2);
});

test('with full memory a job does not end before its next one is safe', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 1 });
  const redis = server.client(t);
  await queue.upsertJobScheduler('s', never, done);
  await queue.add('first', steps({ do: 'wait', ms: 500 }, { do: 'complete', value: 1 }));
  const job = await until(async () => (await pending(queue))[0], 'the job');
  await host.event('job');
  await job.promote();
  await redis.config('SET', 'maxmemory', '1'); // an ending, and what it fetches, still goes through
  await host.event('job', ({ id }) => id === job.id);
  await sleep(700);
  assert.equal(await job.getState(), 'active');
  assert.equal(host.all('ended').length, 1);
  assert.match((await host.status()).trouble, /does not take a job's next run: .*OOM/);
  await redis.config('SET', 'maxmemory', '0');
  await host.event('ended', ({ id }) => id === job.id);
  assert.equal((await pending(queue)).length, 1);
});

test('what Redis refuses for good is given up, and the job ends', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  host.expected = /scheduler '/;
  const spoilt = async (id, spoil) => {
    await queue.upsertJobScheduler(id, never, done);
    const [job] = await pending(queue);
    await spoil();
    await job.promote();
    await host.event('ended', (event) => event.id === job.id && event.end === 'completed');
  };
  await spoilt('half', () => redis.hset('bull:script:repeat:half', 'ic', 'many'));
  assert.match(host.errors, /scheduler 'half', pattern '0 0 1 1 \*': Redis failed half way/);
  await spoilt('whole', () => redis.multi().del('bull:script:repeat').set('bull:script:repeat', 'x').exec());
  assert.match(host.errors, /scheduler 'whole', pattern '0 0 1 1 \*': .*WRONGTYPE/);
  assert.equal(host.errors.split('\n').filter((line) => line.includes('"level":"error"')).length, 2);
});

test('killed while it runs, the job runs again and has one successor', async (t) => {
  const { queue, host } = await all(t);
  await queue.upsertJobScheduler('s', never, { name: 'tick', data: steps({ do: 'wait', ms: 300 }, { do: 'complete', value: 1 }) });
  const [job] = await pending(queue);
  await job.promote();
  await host.event('job');
  await until(async () => (await pending(queue)).length === 1, 'the next job');
  await host.kill();
  host.spawn();
  await host.event('ended', ({ id, end }) => id === job.id && end === 'completed');
  assert.equal((await pending(queue)).length, 1);
  assert.equal((await queue.getJobScheduler('s')).iterationCount, 2);
});

test('one command a run', async (t) => {
  const { server, queue, host } = await all(t);
  const seen = await watchCommands(t, server);
  await queue.upsertJobScheduler('s', { every: 50 }, done);
  await until(() => host.all('ended').length >= 10, 'ten runs');
  await queue.removeJobScheduler('s');
  await host.stop();
  await catchUp(server.client(t), seen);
  const told = seen.filter((args) => args.includes(UPDATE_SCHEDULER) || args[1]?.includes('Updates a job scheduler')).length;
  assert.ok(Math.abs(told - host.all('job').length) <= 1, `${told} for ${host.all('job').length} runs`);
  assert.equal(seen.filter((args) => args[0].toLowerCase() === 'hexists' && args[1] === 'bull:script:repeat:s').length, 0);
});

test('shared with a Node worker, each run is one run', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const ran = new Map();
  const count = (id) => ran.set(id, (ran.get(id) ?? 0) + 1);
  const node = new NodeWorker('script', async (job) => count(job.id), { connection: { path: server.socket }, concurrency: 2 });
  node.on('error', () => {});
  atEnd(t, () => node.close());
  const host = await Host.start(t, server, { concurrency: 2 });
  for (let i = 0; i < 4; i++) await queue.upsertJobScheduler(`s${i}`, { every: 60 + 10 * i }, done);
  await queue.upsertJobScheduler('seconds', { pattern: '* * * * * *' }, done);
  let most = 0;
  await until(async () => {
    most = Math.max(most, (await pending(queue)).length);
    return host.all('ended').length > 40 && ran.size > 40;
  }, 'both to have run many', 30000);
  for (const id of ['s0', 's1', 's2', 's3', 'seconds']) await queue.removeJobScheduler(id);
  await host.stop();
  host.all('ended').forEach(({ id }) => count(id));
  assert.ok([...ran.values()].every((times) => times === 1));
  assert.ok(most <= 5, `${most} pending`);
  for (const id of ['s0', 's3']) { // no slot is left out
    const dues = [...ran.keys()].filter((key) => key.startsWith(`repeat:${id}:`)).map(dueOf).sort((a, b) => a - b);
    const every = id === 's0' ? 60 : 90;
    dues.slice(1).forEach((due, i) => assert.equal((due - dues[i]) % every, 0));
  }
});
