// Jobs set aside for a reason outside themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, bullmq, Host, loseReplyTo, Server, sleep, steps, until } from './harness.mjs';

const parkOnce = (reason, ms = 60000) => ({ do: 'parkOnce', reason, ms, detail: 'the reason in words' });

test('a parked job is delayed, keeps its attempts, and says why once', async (t) => {
  const { server, queue, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'park', reason: 'no_model', ms: 200, detail: 'set OPENAI_MODEL' }));
  await until(() => host.all('ended').length === 3, 'three parks');
  assert.ok(host.all('ended').every((event) => event.end === 'parked'));
  await until(async () => (await job.getState()) === 'delayed', 'the job to be delayed');
  const parked = await queue.getJob(job.id);
  assert.equal(parked.attemptsMade, 0);
  assert.equal(parked.attemptsStarted, 0);
  assert.deepEqual((await queue.getJobLogs(job.id)).logs, ['waiting (no_model): set OPENAI_MODEL']);
  const entry = JSON.parse(await server.client(t).hget('bull:script:agenthost:parked', `${job.id}:${job.timestamp}`));
  assert.equal(entry.reason, 'no_model');
  const sinces = new Set(host.all('job').slice(1).map((event) => event.parkedSince));
  assert.deepEqual([...sinces], [entry.since]);
});

test('parked jobs come back in their first order, before the others', async (t) => {
  const { queue, host } = await all(t, { concurrency: 2 });
  const names = Array.from({ length: 25 }, (_, n) => `p${n}`);
  await queue.addBulk(names.map((name) => ({ name, data: steps(parkOnce('provider')) })));
  await until(() => host.all('ended').length === 25, 'all parked');
  await host.stop();
  host.tell({ do: 'concurrency', value: 1 });
  await queue.add('later', {});
  host.tell({ do: 'unpark', reason: 'provider' });
  await until(async () => (await queue.getDelayedCount()) === 0, 'all back');
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 51, 'all done');
  const order = host.all('job').slice(25).map((job) => job.name);
  assert.deepEqual(order, [...names, 'later']);
  assert.equal((await host.status()).parked.provider, undefined);
});

test('order holds when jobs are taken while others still come back', async (t) => {
  const { queue, host } = await all(t, { concurrency: 1, 'unpark-per-second': 100 });
  const names = Array.from({ length: 40 }, (_, n) => `p${n}`);
  await queue.addBulk(names.map((name) => ({ name, data: steps(parkOnce('store'), { do: 'wait', ms: 20 }) })));
  await until(() => host.all('ended').length === 40, 'all parked');
  for (let i = 0; i < 5; i++) await queue.add('other', steps({ do: 'wait', ms: 5 }));
  host.tell({ do: 'unpark', reason: 'store' });
  await until(() => host.all('ended').length === 85, 'all done');
  const order = host.all('job').slice(40).map((job) => job.name).filter((name) => name !== 'other');
  assert.deepEqual(order, names);
});

test('priorities come back in order within theirs', async (t) => {
  const { queue, host } = await all(t);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await queue.add(name, steps(parkOnce('budget')), { priority: 5 });
  await until(() => host.all('ended').length === 4, 'all parked');
  await host.stop();
  await queue.add('late', {}, { priority: 5 });
  await queue.add('urgent', {}, { priority: 1 });
  host.tell({ do: 'unpark', reason: 'budget' });
  await until(async () => (await queue.getDelayedCount()) === 0, 'all back');
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 10, 'all done');
  assert.deepEqual(host.all('job').slice(4).map((job) => job.name), ['urgent', ...names, 'late']);
});

test('only the reason that ended brings jobs back', async (t) => {
  const { queue, host } = await all(t);
  await queue.add('a', steps(parkOnce('provider')));
  await queue.add('b', steps(parkOnce('store')));
  await until(() => host.all('ended').length === 2, 'both parked');
  assert.deepEqual((await host.status()).parked, { provider: 1, store: 1 });
  host.tell({ do: 'unpark', reason: 'store' });
  await until(() => host.all('ended').length === 3, 'one back');
  await sleep(200);
  assert.equal(host.all('job').at(-1).name, 'b');
  assert.equal(await queue.getDelayedCount(), 1);
});

test('a batch whose reply is lost is found again, also of more than one list', async (t) => {
  const count = 1050; // a list has a thousand
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const proxy = await loseReplyTo(t, server, '\r\nj300:'); // its name begins an argument: a batch
  const host = await Host.start(t, proxy, { concurrency: 20, 'unpark-per-second': 1000 });
  await queue.addBulk(Array.from({ length: count }, (_, n) => ({
    name: 'n', data: steps(parkOnce('provider')), opts: { jobId: `j${n}` },
  })));
  await until(() => host.all('ended').length === count, 'all parked');
  host.tell({ do: 'unpark', reason: 'provider' });
  await until(async () => (await queue.getCompletedCount()) === count, 'all done', 30000);
});

test('no more come back in a second than allowed', async (t) => {
  const { queue, host } = await all(t, { concurrency: 10, 'unpark-per-second': 20 });
  await queue.addBulk(Array.from({ length: 30 }, () => ({ name: 'n', data: steps(parkOnce('memory')) })));
  await until(() => host.all('ended').length === 30, 'all parked');
  const before = Date.now();
  host.tell({ do: 'unpark', reason: 'memory' });
  await until(() => host.all('ended').length === 60, 'all done');
  const took = Date.now() - before;
  assert.ok(took > 1100 && took < 2500, `${took} ms for 30 at 20 a second`);
});

test('promoting by hand and removing work as for any delayed job', async (t) => {
  const { server, queue, events, host } = await all(t);
  const promoted = await queue.add('a', steps(parkOnce('provider')));
  const removed = await queue.add('b', steps(parkOnce('provider')));
  await until(() => host.all('ended').length === 2, 'both parked');
  await (await queue.getJob(promoted.id)).promote();
  await promoted.waitUntilFinished(events, 5000);
  await (await queue.getJob(removed.id)).remove();
  host.tell({ do: 'unpark', reason: 'provider' });
  await until(async () => (await server.client(t).exists('bull:script:agenthost:parked')) === 0, 'the list to be empty');
});

test('the limiter\'s token goes back, so that others run', async (t) => {
  const { queue, host } = await all(t, { 'limiter-max': 2, 'limiter-ms': 60000, hold: 1 });
  for (const name of ['p1', 'p2', 'p3']) await queue.add(name, steps(parkOnce('provider')));
  for (const name of ['a', 'b', 'c']) await queue.add(name, {});
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 5, 'three parked, two done');
  await sleep(300);
  assert.deepEqual(host.all('job').map((job) => job.name), ['p1', 'p2', 'p3', 'a', 'b']);
});

test('a limiter without a life is left alone', async (t) => {
  const { server, queue, host } = await all(t, { 'limiter-max': 5, 'limiter-ms': 150 });
  const redis = server.client(t);
  await queue.add('n', steps({ do: 'wait', ms: 400 }, parkOnce('provider')));
  await host.event('ended', (event) => event.end === 'parked');
  assert.equal(await redis.exists('bull:script:limiter'), 0);
});

test('parked for too long, a job fails with the cause', async (t) => {
  const { queue, events, host } = await all(t, { 'park-max-ms': 500 });
  const job = await queue.add('n', steps({ do: 'park', reason: 'provider', ms: 150, detail: 'HTTP 503' }), { attempts: 5 });
  await assert.rejects(job.waitUntilFinished(events, 5000), /PARKED_TOO_LONG.*provider.*HTTP 503/);
  assert.ok(host.all('job').length >= 3);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
});

test('a job given back is next, without an attempt', async (t) => {
  const { queue, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'wait', ms: 200 }, 'return'));
  await host.event('job');
  await queue.add('other', {});
  await host.stop();
  await host.event('ended', (event) => event.end === 'returned');
  const back = await queue.getJob(job.id);
  assert.equal(await back.getState(), 'waiting');
  assert.equal(back.attemptsMade, 0);
  host.tell({ do: 'start' });
  await until(() => host.all('job').length === 2, 'the next claim');
  assert.equal(host.all('job')[1].id, job.id);
});

test('a job whose reason ends while it is being parked does not wait', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  await queue.add('n', steps({ do: 'wait', ms: 300 }, parkOnce('agent_unavailable')));
  await until(() => host.all('job').length === 1, 'the claim');
  await redis.config('SET', 'min-replicas-to-write', '1'); // parking is refused, reading is not
  await sleep(500);
  host.tell({ do: 'unpark', reason: 'agent_unavailable' });
  await sleep(500);
  assert.equal(host.all('ended').length, 0, 'it is still on its way out');
  await redis.config('SET', 'min-replicas-to-write', '0');
  await until(() => host.all('ended').length === 2, 'the job to be done');
  assert.deepEqual(host.all('ended').map(({ end }) => end), ['parked', 'completed']);
});
