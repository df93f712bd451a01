// The network between host and Redis: a name that moves, peers that vanish without a word.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { atEnd, bullmq, freePort, Host, preload, Server, sleep, steps, until } from './harness.mjs';

const work = (count, ms) => Array.from({ length: count }, () => ({
  name: 'n', data: steps('open', { do: 'wait', ms }, { do: 'complete', value: 1 }),
}));

/** A master and its replica on two addresses, and a host that knows them by a name. */
async function pair(t, more = {}) {
  const port = await freePort();
  const [master, replica] = await Promise.all(['127.0.0.1', '127.0.0.2'].map(async (bind) =>
    Server.start(t, ['--port', String(port), '--bind', bind, '--replica-announce-ip', bind])));
  const [redis, next] = [master.client(t), replica.client(t)];
  await next.replicaof('127.0.0.1', String(port));
  await until(async () => /master_link_status:up/.test(await next.info('replication')), 'the replica');
  const file = path.join(master.dir, 'address');
  const moveTo = (address) => {
    fs.writeFileSync(`${file}.new`, address);
    fs.renameSync(`${file}.new`, file);
  };
  moveTo('127.0.0.1');
  const host = await Host.start(t, master, {
    host: 'redis.test', port, 'command-ms': 1000, 'drain-delay-ms': 1000,
    env: { ...preload('moved_host'), MOVED_HOST: file }, ...more,
  });
  return { port, master, replica, redis, next, moveTo, host };
}

test('a failover that moves the name is followed: each job ends once', async (t) => {
  const { port, master, replica, redis, next, moveTo, host } = await pair(t, { concurrency: 20 });
  const { queue } = await bullmq(t, master);
  await queue.addBulk(work(100, 200));
  await until(() => host.all('ended').length >= 20, 'the first ones');
  await redis.failover('TO', '127.0.0.2', String(port));
  await until(async () => /role:master/.test(await next.info('replication')), 'the failover');
  await sleep(1500); // names move late
  moveTo('127.0.0.2');
  const { queue: moved } = await bullmq(t, replica);
  await until(async () => (await moved.getCompletedCount()) === 100, 'all jobs', 30000);
  const jobs = await moved.getCompleted(0, 100);
  assert.ok(jobs.every((job) => job.attemptsMade === 1), 'each ended once');
  await host.status();
  assert.equal(host.all('job').length, 100);
  assert.ok(host.errors.split('\n').length < 20, host.errors);
});

for (const [what, count] of [['at work', 4], ['idle', 0]]) {
  test(`a server that vanishes without a word is left for the one the name names, ${what}`, async (t) => {
    const { master, replica, redis, next, moveTo, host } = await pair(t, { concurrency: 4 });
    const { queue } = await bullmq(t, master);
    await queue.addBulk(work(count, 800));
    await until(() => host.all('job').length === count, 'the claims');
    await redis.wait(1, 5000);
    master.process.kill('SIGSTOP');
    await next.replicaof('NO', 'ONE');
    moveTo('127.0.0.2');
    const { queue: moved } = await bullmq(t, replica);
    atEnd(t, () => master.process.kill('SIGCONT')); // its clients are closed after this
    const job = await moved.add('n', { value: 1 });
    await until(async () => (await job.getState()) === 'completed', 'a new job', 20000);
    await until(async () => (await moved.getCompletedCount()) === count + 1, 'those at work', 20000);
    await host.status();
    assert.equal(host.all('job').length, count + 1);
  });
}

/** A way to that server whose connections can all fall silent, in both directions and for good. */
async function mutable(t, server) {
  const socket = path.join(server.dir, 'proxy.sock');
  const open = new Set();
  const proxy = net.createServer((client) => {
    const upstream = net.connect(server.socket);
    const link = { isMute: false };
    open.add(link);
    client.on('data', (data) => link.isMute || upstream.write(data));
    upstream.on('data', (data) => link.isMute || client.write(data));
    client.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {}).on('close', () => link.isMute || client.destroy());
  });
  await new Promise((resolve) => proxy.listen(socket, resolve));
  atEnd(t, () => proxy.close());
  return { socket, dir: server.dir, mute: () => open.forEach((link) => { link.isMute = true; }) };
}

test('half-open connections are noticed: what ran ends once, what comes is picked up', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const proxy = await mutable(t, server);
  const host = await Host.start(t, proxy, { concurrency: 4, 'command-ms': 1000, 'drain-delay-ms': 1000 });
  await queue.addBulk(work(3, 700));
  await until(() => host.all('job').length === 3, 'the claims');
  proxy.mute();
  await until(async () => (await queue.getCompletedCount()) === 3, 'their ends', 20000);
  proxy.mute(); // now it is idle
  const job = await queue.add('n', { value: 1 });
  await until(async () => (await job.getState()) === 'completed', 'a new job', 20000);
  await host.status();
  assert.equal(host.all('job').length, 4);
  assert.ok((await queue.getCompleted()).every(({ attemptsMade }) => attemptsMade === 1));
});
