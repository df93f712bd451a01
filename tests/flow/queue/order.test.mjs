// Which job runs when: order, priority, delay, limits, pause.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, atEnd, bullmq, FlowProducer, Host, Server, sleep, steps, until } from './harness.mjs';

const started = (host) => host.all('job').map((job) => job.name);

test('last in, first out when asked for', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  for (const name of ['a', 'b', 'c']) await queue.add(name, {}, { lifo: true });
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 3, 'three jobs');
  assert.deepEqual(started(host), ['c', 'b', 'a']);
});

test('priorities in order, none first, equal ones as added', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  for (const [name, priority] of [['d', 3], ['b', 1], ['c', 2], ['c2', 2], ['a', 0]]) {
    await queue.add(name, {}, priority > 0 ? { priority } : {});
  }
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 5, 'five jobs');
  assert.deepEqual(started(host), ['a', 'b', 'c', 'c2', 'd']);
});

test('a delayed job starts when due, also while the worker blocks', async (t) => {
  const { queue, events } = await all(t);
  const job = await queue.add('n', {}, { delay: 400 });
  await job.waitUntilFinished(events, 5000);
  const done = await queue.getJob(job.id);
  const waited = done.processedOn - done.timestamp;
  assert.ok(waited >= 400 && waited < 600, `started after ${waited} ms`);
});

test('a shorter delay overtakes a longer one; equal ones stay in order', async (t) => {
  const { queue, host } = await all(t);
  await queue.add('far', {}, { delay: 60000 });
  const timestamp = Date.now();
  for (const name of ['x', 'y', 'z']) await queue.add(name, {}, { delay: 300, timestamp });
  await until(() => host.all('ended').length === 3, 'three jobs');
  assert.deepEqual(started(host), ['x', 'y', 'z']);
});

test('a lost marker only costs the drain delay', async (t) => {
  const { server, queue, events } = await all(t, { 'drain-delay-ms': 500 });
  const job = await queue.add('n', {}, { delay: 300 });
  await server.client(t).del('bull:script:marker');
  await job.waitUntilFinished(events, 3000);
});

test('an idle worker picks up a job at once', async (t) => {
  const { queue, events, host } = await all(t);
  await sleep(300); // it blocks by now
  const before = Date.now();
  const job = await queue.add('n', {});
  await job.waitUntilFinished(events, 5000);
  await host.event('job');
  assert.ok(host.all('job')[0].at - before < 100);
});

test('never more at once than the concurrency, which can be changed', async (t) => {
  const { queue, host } = await all(t, { concurrency: 3 });
  await queue.addBulk(Array.from({ length: 12 }, () => ({ name: 'n', data: steps({ do: 'wait', ms: 60 }) })));
  await until(() => host.all('ended').length >= 3, 'three jobs');
  host.tell({ do: 'concurrency', value: 5 });
  await until(() => host.all('ended').length === 12, 'twelve jobs');
  let now = 0;
  let most = 0;
  for (const event of host.events) {
    if (event.event === 'job') most = Math.max(most, ++now);
    if (event.event === 'ended') now--;
  }
  assert.equal(most, 5);
});

test('57 jobs at concurrency 13 cost 14 claims and 2 waits, as in Node', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const data = steps({ do: 'wait', ms: 30 });
  await queue.addBulk(Array.from({ length: 57 }, () => ({ name: 'n', data })));
  const redis = server.client(t);
  await redis.config('RESETSTAT');
  const monitor = await redis.monitor();
  atEnd(t, () => monitor.disconnect());
  const commands = [];
  monitor.on('monitor', (_time, args) => commands.push(args));
  const host = await Host.start(t, server, { concurrency: 13 });
  await until(() => host.all('ended').length === 57, '57 jobs');
  await until(() => commands.filter((args) => /^bzpopmin$/i.test(args[0])).length >= 2, 'the waits');
  const claims = commands.filter((args) => /^eval(sha)?$/i.test(args[0]) && args[2] === '11');
  assert.ok(claims.length - 1 <= 14, `${claims.length} claims`); // one more where EVAL was needed
});

test('the limiter holds the rate, nothing is moved aside', async (t) => {
  const { queue, host } = await all(t, { 'limiter-max': 2, 'limiter-ms': 400, concurrency: 4, hold: 1 });
  await queue.addBulk(Array.from({ length: 6 }, () => ({ name: 'n', data: {} })));
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 6, 'six jobs');
  const starts = host.all('job').map((job) => job.at);
  assert.ok(starts[5] - starts[0] >= 790, `${starts[5] - starts[0]} ms`);
  assert.equal(await queue.getDelayedCount(), 0);
});

test('the queue-wide limit needs no option of ours', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  await queue.setGlobalRateLimit(1, 300);
  await queue.addBulk([1, 2, 3].map(() => ({ name: 'n', data: {} })));
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 3, 'three jobs');
  const starts = host.all('job').map((job) => job.at);
  assert.ok(starts[2] - starts[0] >= 590, `${starts[2] - starts[0]} ms`);
});

test('global concurrency is kept', async (t) => {
  const { queue, host } = await all(t, { concurrency: 4, hold: 1 });
  await queue.setGlobalConcurrency(1);
  await queue.addBulk([1, 2, 3].map(() => ({ name: 'n', data: steps({ do: 'wait', ms: 50 }) })));
  host.tell({ do: 'start' });
  await until(() => host.all('ended').length === 3, 'three jobs');
  let now = 0;
  for (const event of host.events) {
    if (event.event === 'job') assert.equal(++now, 1);
    if (event.event === 'ended') now--;
  }
});

test('a paused queue starts nothing until resumed', async (t) => {
  const { queue, events, host } = await all(t);
  await queue.pause();
  const job = await queue.add('n', {});
  await sleep(200);
  assert.equal(host.all('job').length, 0);
  await queue.resume();
  await job.waitUntilFinished(events, 5000);
});

test('a parent runs after its children and sees them', async (t) => {
  const { server, events } = await all(t);
  const flow = new FlowProducer({ connection: { path: server.socket } });
  atEnd(t, () => flow.close());
  const tree = await flow.add({
    name: 'parent',
    queueName: 'script',
    data: {},
    children: [
      { name: 'c1', queueName: 'script', data: { n: 1 } },
      { name: 'c2', queueName: 'script', data: { n: 2 }, opts: { priority: 2 } },
    ],
  });
  await tree.job.waitUntilFinished(events, 5000);
  const values = Object.values(await tree.job.getChildrenValues());
  assert.deepEqual(values.map((value) => value.n).sort(), [1, 2]);
});

test('a failed child fails its parent', async (t) => {
  const { server, events, host } = await all(t);
  const flow = new FlowProducer({ connection: { path: server.socket } });
  atEnd(t, () => flow.close());
  const child = { name: 'c', queueName: 'script', data: steps('fail'), opts: { failParentOnFailure: true } };
  const tree = await flow.add({ name: 'parent', queueName: 'script', data: {}, children: [child] });
  await assert.rejects(tree.job.waitUntilFinished(events, 5000), /child .* failed/);
  await host.event('condemned');
});

test('obliterate between two jobs of one id keeps them apart', async (t) => {
  const { queue, events, host } = await all(t);
  const first = await queue.add('n', { which: 'first' });
  await first.waitUntilFinished(events, 5000);
  await queue.obliterate({ force: true });
  const second = await queue.add('n', { which: 'second' });
  assert.equal(second.id, first.id);
  await until(async () => (await second.getState()) === 'completed', 'the second job');
  const [one, two] = host.all('job').map((job) => job.job);
  assert.notEqual(one, two);
});
