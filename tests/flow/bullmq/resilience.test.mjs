// Redis goes away, forgets scripts, takes no writes.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import {
  all, assertCounts, atEnd, bulk, bullmq, ended, heard, Host, Server, sleep, steps, until,
} from './suite.mjs';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** Fails unless each of count jobs ended once, on the first attempt, and nothing else is left. */
async function assertEachOnce(queue, count) {
  await until(async () => (await queue.getCompletedCount()) === count, 'all jobs', 30000);
  const jobs = await queue.getCompleted(0, count);
  assert.ok(jobs.every((job) => job.attemptsMade === 1), 'each ended once');
  await assertCounts(queue, { completed: count });
}

test('61 a restart of Redis during jobs: each completes once, later ones are picked up', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 4 }, AOF);
  const count = 40;
  await queue.addBulk(bulk(count, steps({ do: 'wait', ms: 60 })));
  await ended(host, 4);
  await server.stop();
  await sleep(500); // jobs end meanwhile: their outcomes wait
  await server.run();
  await queue.addBulk(bulk(5, {}));
  await assertEachOnce(queue, count + 5);
  await heard(host);
  assert.equal(host.all('job').length, count + 5);
});

test('61 killed connections during jobs: each completes once', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 5 });
  const redis = server.client(t);
  await queue.addBulk(bulk(300, steps('open', { do: 'wait', ms: 5 })));
  for (let i = 0; i < 8; i++) {
    await sleep(40);
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  }
  await assertEachOnce(queue, 300);
  await until(async () => (await host.status()).active === 0, 'nothing active');
});

/** A server in front of that one where the scripts are forgotten before each piece of what a
 *  client sends. */
async function forgetful(t, server) {
  const socket = path.join(server.dir, 'proxy.sock');
  const flusher = server.client(t);
  const seen = { flushes: 0 };
  const proxy = net.createServer((client) => {
    const upstream = net.connect(server.socket);
    let turn = Promise.resolve();
    client.on('data', (data) => {
      turn = turn.then(() => flusher.script('FLUSH')).then(() => {
        seen.flushes++;
        upstream.write(data);
      }).catch(() => client.destroy());
    });
    upstream.on('data', (data) => client.write(data));
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise((resolve) => proxy.listen(socket, resolve));
  atEnd(t, () => proxy.close());
  return { socket, dir: server.dir, seen };
}

test('62 scripts that are flushed before every command are not noticed', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  const proxy = await forgetful(t, server);
  const host = await Host.start(t, proxy, { concurrency: 3, 'lock-ms': 1000 });
  await queue.addBulk([
    ...bulk(20, steps({ do: 'log', row: 'a' }, { do: 'progress', percent: 10 }, 'complete')),
    ...bulk(10, steps({ do: 'failTimes', times: 1 }, 'complete'), { attempts: 2 }),
    ...bulk(5, steps({ do: 'failTimes', times: 1 }, 'complete'), { attempts: 2, backoff: 50 }),
    ...bulk(5, steps('fail')),
    ...bulk(2, steps({ do: 'wait', ms: 1500 }, 'complete')),
    ...bulk(3, steps('complete'), { delay: 300 }),
  ]);
  await until(async () => (await queue.getCompletedCount()) === 40, 'the good jobs', 30000);
  await assertCounts(queue, { completed: 40, failed: 5 });
  const [row] = await Promise.all([queue.getJobLogs('1'), ended(host, 60)]);
  assert.deepEqual(row.logs, ['a']);
  assert.ok(proxy.seen.flushes > 60, `${proxy.seen.flushes} flushes`);
  assert.doesNotMatch(host.errors, /NOSCRIPT/);
});

test('63 while a replica takes no writes nothing is run twice, few tries are made, then all completes', async (t) => {
  const { server, queue, host } = await all(t, { concurrency: 2 });
  const redis = server.client(t);
  await queue.add('n', steps({ do: 'wait', ms: 200 }, { do: 'complete', value: 1 }));
  await queue.add('n', steps({ do: 'wait', ms: 250 }, { do: 'complete', value: 2 }));
  await until(() => host.all('job').length === 2, 'two claims');
  await redis.replicaof('127.0.0.1', '1');
  await sleep(1500);
  const commands = async () => Number((await redis.info('stats')).match(/total_commands_processed:(\d+)/)[1]);
  const before = await commands();
  await sleep(1000);
  const tries = (await commands()) - before;
  assert.ok(tries < 100, `${tries} commands in a second`);
  await redis.replicaof('NO', 'ONE');
  await assertEachOnce(queue, 2);
  await heard(host);
  assert.equal(host.all('job').length, 2);
  assert.ok(host.errors.split('\n').length < 50, 'few lines are logged');
});
