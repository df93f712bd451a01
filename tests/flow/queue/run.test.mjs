// The run record: what is never asked for twice. Leases, cancels, the spool.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { all, Host, sleep, steps, until } from './harness.mjs';

const answer = (text, at = {}) => ({ do: 'answer', json: { text }, ...at });

test('an answer survives the death of the host; seed and image stay', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add('n', steps('open', { do: 'bind', image: 'abc' }, answer('deep'), { do: 'wait', ms: 800 }));
  await host.event('answered');
  const before = host.all('run')[0];
  assert.equal(before.isNew, true);
  await host.kill();
  host.spawn();
  const after = await host.event('run');
  assert.equal(after.isNew, false);
  assert.deepEqual([after.seed, after.nowMs, after.image], [before.seed, before.nowMs, 'abc']);
  assert.deepEqual(after.answers, [[1, 0, 0, { text: 'deep' }]]);
  await job.waitUntilFinished(events, 5000);
});

test('the first answer wins', async (t) => {
  const { queue, host } = await all(t);
  await queue.add('n', steps('open', answer('one'), answer('two'), { do: 'failTimes', times: 1 }), { attempts: 2 });
  await until(() => host.all('run').length === 2, 'the second attempt');
  assert.deepEqual(host.all('run')[1].answers, [[1, 0, 0, { text: 'one' }]]);
});

test('success drops the record, failure keeps it a week', async (t) => {
  const { server, queue, events } = await all(t);
  const redis = server.client(t);
  const done = await queue.add('n', steps('open', answer('x')));
  await done.waitUntilFinished(events, 5000);
  assert.equal(await redis.exists(`bull:script:agenthost:run:${done.id}:${done.timestamp}`), 0);
  const failed = await queue.add('n', steps('open', answer('x'), 'fail'));
  await failed.waitUntilFinished(events, 5000).catch(() => {});
  const left = await redis.pttl(`bull:script:agenthost:run:${failed.id}:${failed.timestamp}`);
  assert.ok(left > 6.9 * 86400000 && left <= 7 * 86400000, `${left} ms`);
});

test('however many runs end in one turn, no record of theirs stays', async (t) => {
  const count = 200; // sixty-four go into one command
  const { server, queue, host } = await all(t, { concurrency: count });
  const redis = server.client(t);
  await queue.addBulk(Array.from({ length: count }, () => ({
    name: 'n', data: steps('open', { do: 'wait', ms: 1500 }, { do: 'complete', value: 1 }),
  })));
  await until(() => host.all('run').length === count, 'all runs to be opened');
  assert.equal((await redis.keys('bull:script:agenthost:run:*')).length, count);
  host.process.kill('SIGSTOP'); // all waits are over when it goes on
  await sleep(1800);
  host.process.kill('SIGCONT');
  await until(() => host.all('ended').length === count, 'all endings');
  await until(async () => (await redis.keys('bull:script:agenthost:run:*')).length === 0, 'the records to go');
  assert.equal(await queue.getCompletedCount(), count);
});

test('a retried run inherits what was not judged, and what led there', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add(
    'n',
    steps('open', answer('judged'), { do: 'verdict', text: 'reask: no' }, answer('open', { round: 1 }), 'fail'),
  );
  await job.waitUntilFinished(events, 5000).catch(() => {});
  await (await queue.getJob(job.id)).retry('failed');
  await until(() => host.all('run').length === 2, 'the retry');
  const [first, second] = host.all('run');
  assert.equal(second.run, 2);
  assert.equal(second.recordRun, 1);
  assert.equal(second.isNew, false);
  assert.equal(second.seed, first.seed);
  assert.deepEqual(second.answers, [[1, 0, 0, { text: 'judged' }], [1, 1, 0, { text: 'open' }]]);
  assert.equal(second.verdicts, 1);
});

test('a retried run with nothing to inherit begins anew, as does one of a completed job', async (t) => {
  const { queue, events, host } = await all(t);
  const failed = await queue.add('n', steps('open', answer('x'), { do: 'verdict', text: 'accept' }, 'fail'));
  await failed.waitUntilFinished(events, 5000).catch(() => {});
  await (await queue.getJob(failed.id)).retry('failed');
  await until(() => host.all('run').length === 2, 'the retry');
  assert.equal(host.all('run')[1].isNew, true);
  assert.notEqual(host.all('run')[1].seed, host.all('run')[0].seed);
  const done = await queue.add('n', steps('open', answer('y')));
  await done.waitUntilFinished(events, 5000);
  await (await queue.getJob(done.id)).retry('completed');
  await until(() => host.all('run').length === 4, 'the re-run');
  assert.equal(host.all('run')[3].isNew, true);
  assert.deepEqual(host.all('run')[3].answers, []);
});

test('an answer while Redis is down goes to a file and is there before the next claim', async (t) => {
  const { server, queue, events, host } = await all(t, {}, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const job = await queue.add('n', steps('open', { do: 'wait', ms: 500 }, answer('kept'), { do: 'wait', ms: 60000 }));
  await host.event('run');
  await server.stop();
  await host.event('answered');
  const spool = path.join(server.dir, 'state', 'spool');
  assert.equal(fs.readdirSync(spool).length, 1);
  await host.kill();
  await server.run();
  host.spawn();
  const after = await host.event('run');
  assert.deepEqual(after.answers, [[1, 0, 0, { text: 'kept' }]]);
  assert.deepEqual(fs.readdirSync(spool), []);
  host.tell({ do: 'cancel', job: `bull:script:${job.id}:${job.timestamp}` });
  await assert.rejects(job.waitUntilFinished(events, 5000), /CANCELLED/);
});

test('an answer that a full Redis refuses is written when there is room', async (t) => {
  const { server, queue, events, host } = await all(t);
  const redis = server.client(t);
  const job = await queue.add('n', steps('open', { do: 'wait', ms: 300 }, answer('kept'), { do: 'wait', ms: 2000 }));
  await host.event('run');
  await redis.config('SET', 'maxmemory', '1mb');
  await host.event('answered');
  assert.equal((await host.status()).spooled, 1);
  await redis.config('SET', 'maxmemory', '0');
  const key = `bull:script:agenthost:run:${job.id}:${job.timestamp}`;
  await until(() => redis.hexists(key, 'a:1:0:0'), 'the answer in the record');
  await until(async () => (await host.status()).spooled === 0, 'the spool to be empty');
  await job.waitUntilFinished(events, 8000);
});

test('a spooled answer of a run that has ended does not bring its record back', async (t) => {
  const { server, queue, events, host } = await all(t, {}, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const job = await queue.add('n', steps('open', { do: 'wait', ms: 300 }, answer('late')));
  await host.event('run');
  await server.stop();
  await host.event('answered');
  const spool = path.join(server.dir, 'state', 'spool');
  const [name] = fs.readdirSync(spool);
  const bytes = fs.readFileSync(path.join(spool, name));
  await server.run();
  await job.waitUntilFinished(events, 8000);
  await until(() => fs.readdirSync(spool).length === 0, 'the spool to be empty');
  await host.kill();
  fs.writeFileSync(path.join(spool, name), bytes); // as if the host had died before removing it
  fs.writeFileSync(path.join(spool, 'stranger.answer'), 'not ours');
  host.spawn();
  await host.event('ready');
  assert.equal(await server.client(t).exists(`bull:script:agenthost:run:${job.id}:${job.timestamp}`), 0);
  assert.deepEqual(fs.readdirSync(spool), ['stranger.answer']);
});

test('a spool file that cannot be read is dropped with an error, the start goes on', async (t) => {
  const { server, queue, events, host } = await all(t, {}, ['--appendonly', 'yes', '--appendfsync', 'always']);
  await queue.add('n', steps('open', { do: 'wait', ms: 300 }, answer('torn'), { do: 'wait', ms: 60000 }));
  await host.event('run');
  await server.stop();
  await host.event('answered');
  await host.kill();
  const spool = path.join(server.dir, 'state', 'spool');
  const [name] = fs.readdirSync(spool);
  const whole = fs.readFileSync(path.join(spool, name));
  fs.writeFileSync(path.join(spool, name), whole.subarray(0, whole.length - 3));
  fs.writeFileSync(path.join(spool, name.replace(/-\d+\.answer/, '-77.answer')), Buffer.from([0xdd, 255, 255, 255, 255]));
  fs.writeFileSync(path.join(spool, name.replace(/-\d+\.answer/, '-78.answer')), '');
  await server.run();
  host.expected = /spooled answer .* cannot be read/;
  host.spawn();
  assert.deepEqual((await host.event('run')).answers, []);
  assert.deepEqual(fs.readdirSync(spool), []);
  const job = await queue.getJob('1');
  host.tell({ do: 'cancel', job: `bull:script:1:${job.timestamp}` });
  await assert.rejects(job.waitUntilFinished(events, 5000), /CANCELLED/);
});

test('a lease shows a claimer that the call still runs elsewhere', async (t) => {
  const { server, queue, host } = await all(t, { 'lock-ms': 2000 });
  const job = await queue.add('n', { keepGoing: true, ...steps('open', 'lease', { do: 'wait', ms: 1500 }, answer('late')) });
  await host.event('lease', (event) => event.taken);
  const other = await Host.start(t, server, { state: 'other', 'lock-ms': 2000 });
  const redis = server.client(t);
  await redis.del(`bull:script:${job.id}:lock`);
  await redis.lrem('bull:script:active', 1, job.id);
  await host.stop();
  await redis.rpush('bull:script:wait', job.id);
  await redis.zadd('bull:script:marker', 0, '0');
  const seen = await other.event('run');
  assert.equal(seen.lease, true);
  await host.event('disowned');
  await host.event('ended', (event) => event.end === 'lost');
  const key = `bull:script:agenthost:run:${job.id}:${job.timestamp}`;
  assert.ok(await redis.hexists(key, 'a:1:0:0'), 'the late answer is in the record');
  assert.equal(await redis.exists(`bull:script:agenthost:lease:${job.id}:${job.timestamp}`), 0);
});

test('a job parked for a lease wakes when the answer comes', async (t) => {
  const { server, queue, host } = await all(t);
  const job = await queue.add('n', steps({ do: 'parkOnce', reason: 'lease', ms: 60000 }, { do: 'complete', value: 'woken' }));
  await host.event('ended', (event) => event.end === 'parked');
  await server.client(t).publish('bull:script:agenthost:wake', `bull:script:${job.id}:${job.timestamp}`);
  await host.event('ended', (event) => event.end === 'completed');
});

test('an own lease of an earlier start is dead', async (t) => {
  const { queue, host } = await all(t);
  await queue.add('n', steps('open', 'lease', { do: 'wait', ms: 300 }));
  await host.event('lease');
  await host.kill();
  host.spawn();
  const after = await host.event('run');
  assert.equal(after.lease, false);
  assert.equal((await host.event('lease')).taken, true);
});

test('a running job is cancelled at once, a waiting one when it is claimed', async (t) => {
  const { server, queue, events, host } = await all(t);
  const running = await queue.add('n', steps('open', { do: 'wait', ms: 60000 }), { attempts: 3 });
  const waiting = await queue.add('n', steps('open'));
  await host.event('run');
  for (const job of [waiting, running]) {
    host.tell({ do: 'cancel', job: `bull:script:${job.id}:${job.timestamp}` });
  }
  await assert.rejects(running.waitUntilFinished(events, 5000), /CANCELLED/);
  await assert.rejects(waiting.waitUntilFinished(events, 5000), /CANCELLED/);
  assert.equal((await host.event('cancel')).reason, 'not wanted');
  const keys = await server.client(t).keys('bull:script:agenthost:cancel:*');
  assert.deepEqual(keys, []);
});

test('a job that ends before its run was opened takes its cancel request along', async (t) => {
  const { server, queue, events, host } = await all(t);
  const client = server.client(t);
  await host.stop();
  const job = await queue.add('n', steps('fail'));
  host.tell({ do: 'cancel', job: `bull:script:${job.id}:${job.timestamp}` });
  await until(async () => (await client.keys('bull:script:agenthost:cancel:*')).length === 1, 'the request');
  host.tell({ do: 'start' });
  await assert.rejects(job.waitUntilFinished(events, 5000));
  await until(async () => (await client.keys('bull:script:agenthost:*')).every((key) => !key.includes(job.timestamp)),
    'nothing of the job');
});

test('a cancelled job that is parked does not wait for its time', async (t) => {
  const { queue, events, host } = await all(t);
  const job = await queue.add('n', steps('open', { do: 'parkOnce', reason: 'provider', ms: 60000 }));
  await host.event('ended', (event) => event.end === 'parked');
  host.tell({ do: 'cancel', job: `bull:script:${job.id}:${job.timestamp}` });
  await assert.rejects(job.waitUntilFinished(events, 5000), /CANCELLED/);
});

test('a cancel is seen at a renewal when the nudge is lost', async (t) => {
  const { server, queue, host } = await all(t, { 'lock-ms': 800 });
  const job = await queue.add('n', steps('open', { do: 'wait', ms: 60000 }));
  await host.event('run');
  await server.client(t).set(`bull:script:agenthost:cancel:${job.id}:${job.timestamp}`, 'by hand', 'PX', 60000);
  assert.equal((await host.event('cancel', undefined, 2000)).reason, 'by hand');
});

test('own keys have lives and do not collide with job ids', async (t) => {
  const { server, queue, host } = await all(t);
  await queue.add('n', steps('open', 'lease', { do: 'wait', ms: 60000 }), { jobId: 'a:b:c' });
  await host.event('lease');
  await queue.add('p', steps({ do: 'park', ms: 60000 }));
  const redis = server.client(t);
  for (const key of await redis.keys('bull:script:agenthost:*')) {
    const rest = key.slice('bull:script:'.length).split(':');
    assert.ok(rest.length === 2 || rest.length >= 4, key);
    if (rest.length > 2) assert.ok((await redis.pttl(key)) > 0, `${key} lives for ever`);
  }
});
