// What a job gives back, and how long it is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all, assertCounts, bullmq, ended, Host, listen, Server, sleep, started, steps, until,
} from './suite.mjs';

test('1 a return value resolves waitUntilFinished, lock and active are gone', async (t) => {
  const { server, queue, events } = await all(t);
  const job = await queue.add('n', { hello: 'world', list: [1, { a: null }] });
  const value = await job.waitUntilFinished(events, 5000);
  assert.deepEqual(value, { hello: 'world', list: [1, { a: null }] });
  assert.equal(await job.getState(), 'completed');
  const redis = server.client(t);
  assert.equal(await redis.exists(`bull:script:${job.id}:lock`), 0);
  assert.equal(await redis.llen('bull:script:active'), 0);
});

test('2 values of every kind come back, in the event too, and QueueEvents goes on', async (t) => {
  const { queue, events } = await all(t);
  const completed = listen(events, 'completed');
  const values = ['text', '', 7, -0.5, null, true, [], {}, [1, [2]], { a: { b: 'ü€😀"\\\n' } }];
  for (const value of values) {
    const job = await queue.add('n', steps({ do: 'complete', value }));
    assert.deepEqual(await job.waitUntilFinished(events, 5000), value);
    assert.deepEqual((await queue.getJob(job.id)).returnvalue, value);
  }
  const silent = await queue.add('n', steps({ do: 'log', row: 'no value' }));
  assert.equal(await silent.waitUntilFinished(events, 5000), null);
  await until(() => completed.length === values.length + 1, 'all events');
  assert.deepEqual(completed.map((told) => told.returnvalue), [...values, null]);
  assert.ok(completed.every((told) => told.prev === 'active'));
  assert.equal(events.running, true);
});

test('3 jobs that were added before the start run in order', async (t) => {
  const server = await Server.start(t);
  const { queue } = await bullmq(t, server);
  await queue.addBulk([1, 2, 3, 4, 5].map((n) => ({ name: 'n', data: { n } })));
  const host = await Host.start(t, server);
  await ended(host, 5);
  assert.deepEqual(host.all('job').map((job) => job.id), ['1', '2', '3', '4', '5']);
});

test('7 processedBy is the name of the worker', async (t) => {
  const { queue, events } = await all(t);
  const job = await queue.add('n', {});
  await job.waitUntilFinished(events, 5000);
  const [worker] = await queue.getWorkers();
  const { processedBy } = await queue.getJob(job.id);
  assert.equal(worker.rawname, `bull:c2NyaXB0:w:${processedBy}`);
  assert.match(processedBy, /.-[0-9a-f]{8}$/);
});

// Ends count jobs so and gives how many of them are kept.
async function kept({ queue, events }, count, data, opts) {
  for (let i = 0; i < count; i++) {
    const job = await queue.add('n', data, opts);
    await job.waitUntilFinished(events, 5000).catch(() => {});
  }
  const left = await queue.getJobCounts('completed', 'failed');
  await queue.clean(0, 100, 'completed');
  await queue.clean(0, 100, 'failed');
  return left.completed + left.failed;
}

for (const [option, data] of [
  ['removeOnComplete', steps({ do: 'log', row: 'a' }, 'complete')],
  ['removeOnFail', steps({ do: 'log', row: 'a' }, 'fail')],
]) {
  test(`15 a boolean, a number and {age, count} say how many are kept: ${option}`, async (t) => {
    const scene = await all(t);
    assert.equal(await kept(scene, 3, data, {}), 3);
    assert.equal(await kept(scene, 3, data, { [option]: false }), 3);
    assert.equal(await kept(scene, 4, data, { [option]: 2 }), 2);
    assert.equal(await kept(scene, 5, data, { [option]: { age: 3600, count: 3 } }), 3);
    assert.equal(await kept(scene, 2, data, { [option]: { age: 3600 } }), 2);
    const redis = scene.server.client(t);
    assert.equal(await kept(scene, 2, data, { [option]: true }), 0);
    const gone = await scene.queue.add('n', data, { [option]: true });
    await gone.waitUntilFinished(scene.events, 5000).catch(() => {});
    assert.equal(await scene.queue.getJob(gone.id), undefined);
    assert.deepEqual(await redis.keys('bull:script:*:logs'), []);
  });
}

test('16 eviction by age takes at most its limit and leaves no orphans', async (t) => {
  const { server, queue, events, host } = await all(t);
  const old = [];
  for (let i = 0; i < 6; i++) old.push(await queue.add('old', {}));
  await ended(host, 6);
  await sleep(1100);
  const job = await queue.add('n', {}, { removeOnComplete: { age: 1, limit: 2 } });
  await job.waitUntilFinished(events, 5000);
  await assertCounts(queue, { completed: 5 }); // four of the old ones and the new one
  const redis = server.client(t);
  const hashes = (await redis.keys('bull:script:*')).filter((key) => /:\d+$/.test(key)).sort();
  const members = (await redis.zrange('bull:script:completed', 0, -1));
  assert.deepEqual(hashes, members.map((id) => `bull:script:${id}`).sort());
  assert.equal(started(host).length, 7);
});
