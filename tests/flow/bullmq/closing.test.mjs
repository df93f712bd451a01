// Ends and starts of the host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, bullmq, hasty, Host, Server, sleep, steps, until } from './suite.mjs';

test('59 SIGTERM lets a running job finish under its lock, fetches nothing new, exits with 0', async (t) => {
  const { server, queue, host } = await all(t, hasty);
  const redis = server.client(t);
  const first = await queue.add('n', steps({ do: 'wait', ms: 1500 }));
  await host.event('job');
  const second = await queue.add('n', {});
  let status;
  host.drain().then((code) => { status = code; });
  await until(async () => {
    const lock = await redis.exists(`bull:script:${first.id}:lock`);
    assert.ok(lock === 1 || !(await queue.getActiveCount()), 'the lock is lost');
    return status !== undefined;
  }, 'the end');
  assert.equal(status, 0);
  assert.equal(await first.getState(), 'completed');
  assert.equal(await second.getState(), 'waiting');
  assert.equal((await queue.getJob(first.id)).attemptsStarted, 1);
});

test('60 a host ends although Redis is down', async (t) => {
  const server = await Server.start(t);
  const host = await Host.start(t, server);
  await sleep(100); // it blocks
  await server.stop();
  await sleep(100);
  const before = Date.now();
  assert.equal(await host.drain(), 0);
  assert.ok(Date.now() - before < 2000, `${Date.now() - before} ms`);
});

test('60 a host that starts without Redis says so, waits for it and works', async (t) => {
  const server = await Server.start(t);
  await server.stop();
  const host = await Host.start(t, server, { 'no-wait': true });
  await until(async () => (await host.status()).trouble !== '', 'the trouble told');
  await server.run();
  const { queue, events } = await bullmq(t, server);
  const job = await queue.add('n', { ok: 1 });
  assert.deepEqual(await job.waitUntilFinished(events, 8000), { ok: 1 });
  assert.equal((await host.status()).trouble, '');
});
