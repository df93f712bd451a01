// What dies, and what is not lost by it, beyond what tests/flow/bullmq holds.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { all, atEnd, bullmq, Host, loseReplyTo, NodeWorker, Server, sleep, steps, until } from './harness.mjs';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];

test('fifty claims of a killed host are back within 100 ms of its start', async (t) => {
  const { queue, host } = await all(t, { concurrency: 50 });
  await queue.addBulk(
    Array.from({ length: 60 }, (_, n) => ({ name: `j${n}`, data: steps({ do: 'wait', ms: 60000 }) })),
  );
  await until(() => host.all('job').length === 50, 'fifty claims');
  const took = [];
  for (let i = 0; i < 5 && !(took.at(-1) < 100); i++) {
    if (i > 0) {
      host.tell({ do: 'start' });
      await until(() => host.all('job').length === 50, 'fifty claims once more');
    }
    await host.kill();
    assert.equal(await queue.getActiveCount(), 50);
    host.options.hold = 1;
    const before = Date.now();
    host.spawn();
    took.push((await host.event('ready')).at - before);
  }
  // A busy machine may need a second try; the work itself is a few milliseconds.
  assert.ok(took.at(-1) < 100, `${took} ms`);
  assert.equal(await queue.getActiveCount(), 0);
  assert.equal(await queue.getWaitingCount(), 60);
  host.tell({ do: 'start' });
  await until(() => host.all('job').length === 50, 'fifty claims again');
  assert.deepEqual(
    host.all('job').map((job) => job.name),
    Array.from({ length: 50 }, (_, n) => `j${n}`),
  );
  assert.ok(host.all('job').every((job) => job.made === 0 && job.run === 1));
});

test('priorities keep their order through a death', async (t) => {
  const { queue, host } = await all(t, { concurrency: 3 });
  for (const n of [1, 2, 3, 4]) {
    await queue.add(`j${n}`, steps({ do: 'wait', ms: 60000 }), { priority: 7 });
  }
  await until(() => host.all('job').length === 3, 'three claims');
  await host.kill();
  host.options.concurrency = 4;
  host.spawn();
  await until(() => host.all('job').length === 4, 'four claims');
  assert.deepEqual(host.all('job').map((job) => job.name), ['j1', 'j2', 'j3', 'j4']);
});

test('claims of other workers are left alone', async (t) => {
  const { server, queue, host } = await all(t, { hold: 1 });
  let finish;
  const node = new NodeWorker('script', () => new Promise((resolve) => (finish = resolve)), {
    connection: { path: server.socket },
  });
  atEnd(t, () => node.close());
  const job = await queue.add('n', {});
  await until(() => finish, 'the Node worker to start');
  await host.kill();
  host.spawn();
  await host.event('ready');
  assert.equal(await job.getState(), 'active');
  finish('by node');
  await until(async () => (await job.getState()) === 'completed', 'the end');
});

test('an outage longer than the lock costs no second run when nobody took the job', async (t) => {
  const { server, queue, events, host } = await all(t, { 'lock-ms': 400 }, AOF);
  const job = await queue.add('n', steps({ do: 'wait', ms: 1200 }));
  await host.event('job');
  await server.stop();
  await sleep(600);
  await server.run();
  await job.waitUntilFinished(events, 8000);
  assert.equal(host.all('job').length, 1);
  assert.equal(host.all('disowned').length, 0);
  assert.equal((await queue.getJob(job.id)).attemptsStarted, 1);
});

test('a pause longer than the lock costs no second run when nobody took the job', async (t) => {
  const { queue, events, host } = await all(t, { 'lock-ms': 400 });
  const job = await queue.add('n', steps({ do: 'wait', ms: 1500 }));
  await host.event('job');
  host.process.kill('SIGSTOP');
  await sleep(700);
  host.process.kill('SIGCONT');
  await job.waitUntilFinished(events, 8000);
  assert.equal(host.all('job').length, 1);
  assert.equal(host.all('disowned').length, 0);
});

test('a finish that is refused leaves run record and cancel to the new owner', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  const job = await queue.add('n', steps('open', { do: 'answer', json: {} }, { do: 'wait', ms: 300 }));
  await host.event('answered');
  await redis.set(`bull:script:${job.id}:lock`, 'somebody else', 'PX', 60000);
  const own = (word) => `bull:script:agenthost:${word}:${job.id}:${job.timestamp}`;
  await redis.set(own('cancel'), 'not wanted', 'PX', 60000);
  await host.event('ended', (event) => event.end === 'lost');
  assert.equal(await redis.hexists(own('run'), 'a:1:0:0'), 1);
  assert.equal(await redis.exists(own('cancel')), 1);
});

test('a job that comes back while it still runs is adopted', async (t) => {
  const { server, queue, events, host } = await all(t, { concurrency: 2, 'lock-ms': 400 });
  const redis = server.client(t);
  const data = { keepGoing: true, ...steps({ do: 'wait', ms: 1500 }, { do: 'complete', value: 'once' }) };
  const job = await queue.add('n', data);
  await host.event('job');
  // As a stalled check of another worker would do it.
  await redis.multi().del(`bull:script:${job.id}:lock`).lrem('bull:script:active', 1, job.id)
    .rpush('bull:script:wait', job.id).zadd('bull:script:marker', 0, '0').exec();
  assert.equal(await job.waitUntilFinished(events, 8000), 'once');
  assert.equal(host.all('job').length, 1);
  assert.equal((await queue.getJob(job.id)).attemptsStarted, 2);
});

for (const [what, step] of [
  ['an attempt failed', { do: 'failTimes', times: 1, reason: 'lose this' }],
  ['it was parked', { do: 'parkOnce', ms: 1, detail: 'lose this' }],
]) {
  test(`a job that comes back although nobody heard that ${what} is worked on`, async (t) => {
    const server = await Server.start(t);
    const { queue, events } = await bullmq(t, server);
    const proxy = await loseReplyTo(t, server, 'lose this');
    const host = await Host.start(t, proxy, { concurrency: 2 });
    const job = await queue.add('n', steps(step, { do: 'complete', value: 'done' }), { attempts: 2 });
    assert.equal(await job.waitUntilFinished(events, 5000), 'done');
    assert.equal(host.all('job').length, 2);
    assert.equal((await queue.getJob(job.id)).attemptsMade, step.do === 'failTimes' ? 2 : 1);
  });
}

for (const removeOnComplete of [false, true]) {
  test(`a lost reply to the finish is found out${removeOnComplete ? ', also when the job is removed' : ''}`, async (t) => {
    const server = await Server.start(t);
    const { queue, events } = await bullmq(t, server);
    const proxy = await loseReplyTo(t, server, 'lose this');
    const first = await queue.add('a', steps({ do: 'complete', value: 'lose this' }), { removeOnComplete });
    const next = await queue.add('b', {}); // fetched in the reply that is lost
    const host = await Host.start(t, proxy);
    await next.waitUntilFinished(events, 5000);
    await host.event('ended', (event) => event.id === next.id);
    assert.deepEqual(
      host.all('ended').map((event) => [event.id, event.end]),
      [[first.id, 'completed'], [next.id, 'completed']],
    );
    assert.equal(host.all('job').length, 2);
    assert.equal(await queue.getCompletedCount(), removeOnComplete ? 1 : 2);
    assert.equal(await queue.getActiveCount(), 0);
  });
}

test('a claim whose reply is lost is given back at once', async (t) => {
  const server = await Server.start(t);
  const { queue, events } = await bullmq(t, server);
  const proxy = await loseReplyTo(t, server, 'lockDuration'); // the first claim
  const job = await queue.add('n', {});
  const host = await Host.start(t, proxy);
  await job.waitUntilFinished(events, 3000);
  assert.equal(host.all('job').length, 1);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
});

test('a full Redis still takes endings; claims wait for room and say so', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  await queue.add('n', steps({ do: 'wait', ms: 300 }));
  await host.event('job');
  await redis.config('SET', 'maxmemory', '1mb');
  await host.event('ended', (event) => event.end === 'completed');
  await until(async () => (await host.status()).trouble.includes('OOM'), 'the trouble told');
  await redis.config('SET', 'maxmemory', '0');
  await queue.add('n', {});
  await until(async () => (await queue.getCompletedCount()) === 2, 'both jobs');
  assert.equal((await host.status()).trouble, '');
});

test('the state directory keeps one epoch a start', async (t) => {
  const { server, host, queue } = await all(t);
  await queue.add('n', steps({ do: 'wait', ms: 60000 }));
  await host.event('job');
  const token = await server.client(t).get('bull:script:1:lock');
  const id = fs.readFileSync(path.join(server.dir, 'state', 'host-id'), 'utf8').trim();
  assert.match(token, new RegExp(`^${id}\\.\\d+:\\d+$`));
});

test('a hundred jobs outlive a failover: each ends once, and few lines tell begin and end', async (t) => {
  const count = 100;
  const { server, queue, host } = await all(t, { concurrency: count });
  const redis = server.client(t);
  await queue.addBulk(Array.from({ length: count }, (_, n) => ({
    name: `j${n}`, data: steps('open', { do: 'wait', ms: 1500 + 5 * n }, { do: 'complete', value: n }),
  })));
  await until(() => host.all('job').length === count, 'all claims');
  const linesBefore = host.errors.split('\n').length;
  await redis.replicaof('127.0.0.1', '1');
  await sleep(2500); // all of them end while nothing can be written
  await redis.config('RESETSTAT');
  await sleep(2000);
  const stats = await redis.info('commandstats');
  const greetings = Number(stats.match(/cmdstat_info:calls=(\d+)/)?.[1] ?? 0) - 1;
  await redis.replicaof('NO', 'ONE');
  await until(async () => (await queue.getCompletedCount()) === count, 'all endings');
  await host.status();
  const lines = host.errors.split('\n').slice(linesBefore - 1).filter(Boolean);
  assert.ok(lines.length < 50, `${lines.length} lines: ${lines.slice(0, 5)}`);
  const told = (word) => lines.filter((line) => line.includes(word)).length;
  assert.equal(told('read-only replica') + told('READONLY'), 1, lines.join('\n'));
  assert.equal(told('connected'), 1, lines.join('\n'));
  // Three connections, each of them at most four times a second.
  assert.ok(greetings >= 1 && greetings <= 3 * 4 * 2, `${greetings} greetings in two seconds`);
  assert.equal(host.all('job').length, count);
  assert.equal(host.all('ended').filter(({ end }) => end === 'completed').length, count);
  assert.equal(await queue.getFailedCount(), 0);
  const jobs = await queue.getJobs(['completed']);
  assert.ok(jobs.every((job) => job.attemptsMade === 1 && job.attemptsStarted === 1));
});
