// How many jobs run at once, and how many a while.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all, assertCounts, atEnd, bulk, bullmq, ended, heard, Host, mostAtOnce, NodeWorker, Server, sleep, steps,
  stream, until, watchCommands,
} from './suite.mjs';

test('22 never more at once than the concurrency, which is reached and can be changed', async (t) => {
  const { queue, host } = await all(t, { concurrency: 3, hold: 1 });
  await queue.addBulk(bulk(9, steps({ do: 'wait', ms: 60 })));
  host.tell({ do: 'start' });
  await ended(host, 9);
  assert.equal(mostAtOnce(host), 3);
  for (const value of [5, 2]) {
    host.events.length = 0;
    host.tell({ do: 'concurrency', value });
    await queue.addBulk(bulk(12, steps({ do: 'wait', ms: 60 })));
    await ended(host, 12);
    assert.equal(mostAtOnce(host), value);
  }
});

test('23 57 jobs at concurrency 13 cost 14 claims and 2 waits, as in Node', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  await queue.addBulk(bulk(57, steps({ do: 'wait', ms: 30 })));
  const commands = await watchCommands(t, server);
  const host = await Host.start(t, server, { concurrency: 13 });
  await ended(host, 57);
  const waits = () => commands.filter((args) => /^bzpopmin$/i.test(args[0])).length;
  await until(() => waits() >= 2, 'the waits');
  const claims = commands.filter((args) => /^eval(sha)?$/i.test(args[0]) && args[2] === '11');
  assert.ok(claims.length - 1 <= 14, `${claims.length} claims`); // one more where EVAL was needed
  assert.equal(waits(), 2);
});

test('31 global concurrency holds for host and Node worker together, drained is told once', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 10, hold: 1 });
  const redis = server.client(t);
  await queue.setGlobalConcurrency(1);
  await queue.addBulk(bulk(12, steps({ do: 'wait', ms: 40 })));
  let byNode = 0;
  const node = new NodeWorker('script', async () => { byNode++; await sleep(40); }, {
    connection: { path: server.socket }, concurrency: 10,
  });
  atEnd(t, () => node.close());
  host.tell({ do: 'start' });
  await until(async () => {
    assert.ok((await redis.llen('bull:script:active')) <= 1);
    return (await queue.getCompletedCount()) === 12;
  }, 'all jobs');
  await heard(host);
  assert.equal(host.all('job').length + byNode, 12);
  await sleep(100);
  const told = await stream(redis);
  assert.equal(told.filter(({ event }) => event === 'drained').length, 1);
  let active = 0;
  for (const { event } of told) {
    if (event === 'active') assert.equal(++active, 1);
    if (event === 'completed') active--;
  }
});

test('32 the limiter holds the rate, moves nothing aside and does not delay the end', async (t) => {
  const { server, queue, host } = await all(t, { 'limiter-max': 1, 'limiter-ms': 400, concurrency: 4, hold: 1 });
  await queue.addBulk(bulk(10, {}));
  host.tell({ do: 'start' });
  await until(async () => {
    assert.equal(await queue.getDelayedCount(), 0);
    return host.all('ended').length === 10;
  }, 'ten jobs');
  const starts = host.all('job').map((job) => job.at);
  assert.ok(starts[9] - starts[0] >= 9 * 400 - 20, `${starts[9] - starts[0]} ms`);
  await host.drain();
  await queue.addBulk(bulk(2, {}));
  const slow = await Host.start(t, server, { 'limiter-max': 1, 'limiter-ms': 60000, state: 'slow' });
  await slow.event('ended');
  await sleep(100); // it waits for the limit
  const before = Date.now();
  assert.equal(await slow.drain(), 0);
  assert.ok(Date.now() - before < 1000, `${Date.now() - before} ms`);
  await assertCounts(queue, { completed: 11, waiting: 1 });
});

test('33 the rate limit of the queue needs no option of ours and ends with its removal', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  await queue.setGlobalRateLimit(1, 500);
  await queue.addBulk(bulk(4, {}));
  host.tell({ do: 'start' });
  await ended(host, 4);
  const starts = host.all('job').map((job) => job.at);
  assert.ok(starts[3] - starts[0] >= 3 * 500 - 20, `${starts[3] - starts[0]} ms`);
  await queue.removeGlobalRateLimit();
  await sleep(600); // what is left of the last one
  await queue.addBulk(bulk(20, {}));
  await ended(host, 24);
  const free = host.all('job').map((job) => job.at);
  assert.ok(free[23] - free[4] < 1000, `${free[23] - free[4]} ms`);
});
