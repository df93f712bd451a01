// What is asked of a queue from outside its jobs: counts, a look at one, retrying, emptying.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, atEnd, FlowProducer, steps, until } from './harness.mjs';

const base = 'bull:script:';
const keyOf = (job) => `${base}${job.id}:${job.timestamp}`;
const look = async (host, job) => {
  const { event, at, state, progress, attempts, reason, parked } =
    await host.ask({ do: 'look', job: keyOf(job) }, 'looked');
  return { state, progress, attempts, reason, parked };
};
const plain = { progress: -1, attempts: 0, reason: '', parked: '' };
const counts = async (host) => (await host.ask({ do: 'counts' }, 'counted')).counts;
const none = {
  waiting: 0, prioritized: 0, paused: 0, active: 0, delayed: 0, parked: 0, completed: 0, failed: 0,
  'waiting-children': 0,
};
const park = { do: 'park', reason: 'no_model', ms: 60000 };

test('counts are those of BullMQ, the parked apart from the delayed', async (t) => {
  const { queue, host } = await all(t, { concurrency: 5 });
  assert.deepEqual(await counts(host), none);
  await queue.addBulk([
    { name: 'n', data: steps('complete') }, { name: 'n', data: steps('fail') },
    { name: 'n', data: steps('fail') }, { name: 'n', data: steps(park) },
    { name: 'n', data: steps('hang') },
  ]);
  await until(() => host.all('ended').length === 4, 'four endings');
  await host.stop();
  await queue.add('n', {});
  await queue.add('n', {}, { priority: 2 });
  for (const delay of [50000, 60000]) await queue.add('n', {}, { delay });
  assert.deepEqual(await counts(host), {
    ...none, waiting: 1, prioritized: 1, active: 1, delayed: 2, parked: 1, completed: 1, failed: 2,
  });
  const { delayed, waiting, active, completed, failed } = await queue.getJobCounts();
  assert.deepEqual([waiting, active, delayed, completed, failed], [1, 1, 3, 1, 2]);
});

test('a look tells the state, and what the job has said of itself', async (t) => {
  const { queue, host } = await all(t, { concurrency: 9 });
  const add = (what, opts) => queue.add('n', what, opts);
  const active = await add(steps({ do: 'progress', percent: 30 }, 'hang'));
  const done = await add(steps('complete'));
  const failed = await add(steps({ do: 'fail', reason: 'CODE: why "so"' }));
  const backoff = await add(steps('fail'), { attempts: 2, backoff: 60000 });
  const parked = await add(steps(park));
  await until(() => host.all('ended').length === 4, 'four endings');
  await host.stop();
  const waiting = await add({});
  const first = await add({}, { priority: 1 });
  const later = await add({}, { delay: 60000 });
  assert.deepEqual(await look(host, active), { ...plain, state: 'active', progress: 30 });
  assert.deepEqual(await look(host, done), { ...plain, state: 'completed', attempts: 1 });
  assert.deepEqual(await look(host, failed),
    { ...plain, state: 'failed', attempts: 1, reason: 'CODE: why "so"' });
  assert.deepEqual(await look(host, backoff),
    { ...plain, state: 'delayed', attempts: 1, reason: 'it failed' });
  assert.deepEqual(await look(host, parked), { ...plain, state: 'delayed', parked: 'no_model' });
  assert.ok(Math.abs(host.all('looked').at(-1).since - Date.now()) < 60000);
  assert.deepEqual(await look(host, waiting), { ...plain, state: 'waiting' });
  assert.deepEqual(await look(host, first), { ...plain, state: 'prioritized' });
  assert.deepEqual(await look(host, later), { ...plain, state: 'delayed' });
  const gone = { ...plain, state: 'unknown' };
  assert.deepEqual(await look(host, { id: waiting.id, timestamp: waiting.timestamp + 1 }), gone);
  assert.deepEqual(await look(host, { id: 'never', timestamp: 1 }), gone);
  assert.equal((await host.ask({ do: 'look', job: 'other:queue:1:1' }, 'looked')).state, 'unknown');
  await waiting.updateProgress({ any: 'thing' });
  await first.updateProgress(12.5);
  assert.equal((await look(host, waiting)).progress, -1);
  assert.equal((await look(host, first)).progress, 12);
  await parked.promote(); // by hand: no longer set aside
  assert.deepEqual(await look(host, parked), { ...plain, state: 'waiting' });
});

test('a parent that waits for its children is told as that', async (t) => {
  const { server, host } = await all(t, { hold: 1 });
  const flows = new FlowProducer({ connection: { path: server.socket } });
  atEnd(t, () => flows.close());
  const { job } = await flows.add({
    name: 'parent', queueName: 'script', children: [{ name: 'child', queueName: 'script' }],
  });
  assert.deepEqual(await look(host, job), { ...plain, state: 'waiting-children' });
  assert.deepEqual(await counts(host), { ...none, waiting: 1, 'waiting-children': 1 });
});

test('a retried job keeps its priority', async (t) => {
  const { server, queue, host } = await all(t);
  const jobs = [];
  for (const priority of [9, 4]) jobs.push(await queue.add('n', steps('fail'), { priority }));
  await until(() => host.all('ended').length === 2, 'two failures');
  await host.stop();
  await queue.add('n', {}, { priority: 4 });
  for (const job of jobs) assert.equal((await host.ask({ do: 'retry', job: keyOf(job) }, 'retried')).was, true);
  const order = await server.client(t).zrange(`${base}prioritized`, 0, -1);
  assert.deepEqual(order, ['3', jobs[1].id, jobs[0].id]);
  host.tell({ do: 'start' });
  await until(() => host.all('job').length === 5, 'all of them');
  assert.deepEqual(host.all('job').slice(2).map(({ id }) => id), order);
});

test('a retry writes what job.retry() writes', async (t) => {
  const { server, queue, host } = await all(t);
  const opts = { attempts: 2, lifo: true };
  const [one, two] = await Promise.all([queue.add('n', steps('fail'), opts), queue.add('n', steps('fail'), opts)]);
  await until(() => host.all('ended').filter((event) => event.end === 'failed').length === 2, 'two failures');
  await host.stop();
  await queue.add('n', {}); // what is retried with lifo comes before it
  await (await queue.getJob(one.id)).retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  assert.equal((await host.ask({ do: 'retry', job: keyOf(two) }, 'retried')).was, true);
  const client = server.client(t);
  const hashes = await Promise.all([one, two].map((job) => client.hgetall(base + job.id)));
  assert.deepEqual({ ...hashes[0], timestamp: 0 }, { ...hashes[1], timestamp: 0 });
  assert.equal(hashes[1].agenthost, '1'); // the next run is another one
  assert.equal(hashes[1].atm, undefined);
  assert.deepEqual((await client.lrange(`${base}wait`, 1, 2)), [one.id, two.id]);
  host.tell({ do: 'start' });
  await until(() => host.all('ended').filter((event) => event.end === 'failed').length === 4, 'both again');
  assert.equal(host.all('job').filter((event) => event.id === two.id).at(-1).run, 2);
});

test('a retry of a deduplicated job is the same from Node and from here', async (t) => {
  const { server, queue, host } = await all(t);
  const client = server.client(t);
  const add = (id) => queue.add('n', steps('fail'), { deduplication: { id } });
  const ids = ['of-node', 'of-ours'];
  const jobs = [];
  await host.stop();
  for (const id of ids) {
    jobs.push(await add(id));
    assert.equal((await add(id)).id, jobs.at(-1).id); // no second one while the first waits
  }
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 2, 'both failures');
  await host.stop();
  await (await queue.getJob(jobs[0].id)).retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  assert.equal((await host.ask({ do: 'retry', job: keyOf(jobs[1]) }, 'retried')).was, true);
  const [node, ours] = await Promise.all(jobs.map(async (job, i) => {
    const { timestamp, opts, deid, ...rest } = await client.hgetall(base + job.id);
    assert.equal(deid, ids[i]);
    assert.deepEqual(JSON.parse(opts).de, { id: ids[i] });
    return { ...rest, holder: await client.get(`${base}de:${ids[i]}`) };
  }));
  assert.deepEqual(ours, node);
  assert.equal(await queue.getWaitingCount(), 2);
});

test('what was cancelled too late does not cancel the retry', async (t) => {
  const { server, queue, host } = await all(t);
  const client = server.client(t);
  const job = await queue.add('n', steps('open', 'fail'));
  await host.event('ended', ({ end }) => end === 'failed');
  await host.stop();
  host.tell({ do: 'cancel', job: keyOf(job) });
  await until(async () => (await client.keys(`${base}agenthost:cancel:*`)).length === 1, 'the request');
  assert.equal((await host.ask({ do: 'retry', job: keyOf(job) }, 'retried')).was, true);
  assert.deepEqual(await client.keys(`${base}agenthost:cancel:*`), []);
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 2, 'the second run');
  assert.doesNotMatch((await queue.getJob(job.id)).failedReason, /CANCELLED/);
});

test('a retry that is refused leaves the cancel request to the run it is for', async (t) => {
  const { server, queue, host } = await all(t);
  const client = server.client(t);
  await host.stop();
  const job = await queue.add('n', steps('open', 'complete'));
  host.tell({ do: 'cancel', job: keyOf(job) });
  assert.equal((await host.ask({ do: 'retry', job: keyOf(job) }, 'retried')).was, false);
  assert.equal((await client.keys(`${base}agenthost:cancel:*`)).length, 1);
});

test('only a failed job is retried', async (t) => {
  const { queue, host } = await all(t, { concurrency: 2 });
  const done = await queue.add('n', steps('complete'));
  const active = await queue.add('n', steps('hang'));
  const failed = await queue.add('n', steps('fail'));
  await until(() => host.all('ended').length === 2, 'two endings');
  const retry = async (job) => {
    const { was, error } = await host.ask({ do: 'retry', job: keyOf(job) }, 'retried');
    assert.equal(error, '');
    return was;
  };
  assert.equal(await retry(done), false);
  assert.equal(await retry(active), false);
  assert.equal(await retry({ id: failed.id, timestamp: failed.timestamp - 1 }), false);
  assert.equal(await retry({ id: 'never', timestamp: 1 }), false);
  assert.equal((await host.ask({ do: 'retry', job: 'other:queue:1:1' }, 'retried')).was, false);
  await failed.remove();
  assert.equal(await retry(failed), false);
  assert.equal(await done.getState(), 'completed');
});

test('emptying leaves the active job, schedulers and what others need', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 1000 });
  const client = server.client(t);
  const jobs = (count, data, opts) => Array.from({ length: count }, () => ({ name: 'n', data, opts }));
  await queue.addBulk([
    ...jobs(450, steps('complete')), ...jobs(10, steps('fail')), ...jobs(450, steps(park)),
    ...jobs(1, steps('hang')),
  ]);
  await until(() => host.all('ended').length === 910, 'the endings');
  await host.stop();
  await queue.addBulk([...jobs(450, {}), ...jobs(250, {}, { priority: 7 }), ...jobs(3, {}, { delay: 60000 })]);
  await client.rpush(`${base}paused`, 'gone-1'); // left by a BullMQ of old
  await queue.upsertJobScheduler('nightly', { every: 3600000, startDate: Date.now() + 3600000 });
  await client.hset(`${base}agenthost:parked`, 'never:1', '{"reason":"store","since":1,"order":1}');
  assert.equal(await client.hlen(`${base}agenthost:parked`), 451);
  const { removed, error } = await host.ask({ do: 'empty' }, 'emptied');
  assert.equal(error, '');
  assert.equal(removed, 450 + 10 + 450 + 450 + 250 + 3 + 1);
  assert.deepEqual(await counts(host), { ...none, active: 1, delayed: 1 });
  assert.equal(await client.hlen(`${base}agenthost:parked`), 0);
  assert.equal((await queue.getDelayed())[0].repeatJobKey, 'nightly');
  const hashes = (await client.keys(`${base}*`)).filter((key) => /^bull:script:\d+(:logs)?$/.test(key));
  assert.equal(hashes.length, 1); // the active job's
  assert.equal((await host.ask({ do: 'empty' }, 'emptied')).removed, 0);
  await until(async () => Object.keys((await host.status()).parked).length === 0, 'no parked jobs in the status');
});

test('while redis is away every question is answered so', async (t) => {
  const { server, queue, host } = await all(t, { hold: 1 });
  const job = await queue.add('n', {});
  await server.stop();
  await until(async () => (await host.status()).connected === false, 'the loss');
  for (const [command, event] of [['look', 'looked'], ['counts', 'counted'], ['retry', 'retried'], ['empty', 'emptied']]) {
    assert.match((await host.ask({ do: command, job: keyOf(job) }, event)).error, /./);
  }
  await server.run();
  await until(async () => (await host.status()).connected, 'the return');
  assert.deepEqual(await counts(host), none); // nothing was kept
  assert.equal(await queue.getWaitingCount(), 0);
});
