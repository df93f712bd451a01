// Jobs that are added once although they are added twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all, assertCounts, ended, listen, mostAtOnce, sleep, started, steps, until,
} from './suite.mjs';

const key = 'bull:script:de:once';

test('51 a second job while the first waits is none; success and final failure free its key', async (t) => {
  const { server, queue, events, host } = await all(t, { hold: 1 });
  const redis = server.client(t);
  const told = listen(events, 'deduplicated');
  const deduplication = { id: 'once' };
  const first = await queue.add('a', steps({ do: 'wait', ms: 200 }), { deduplication });
  const second = await queue.add('b', {}, { deduplication });
  assert.equal(second.id, first.id);
  assert.equal(await redis.get(key), first.id);
  host.tell({ do: 'start' });
  await host.event('job');
  assert.equal((await queue.add('c', {}, { deduplication })).id, first.id); // while it runs
  await ended(host, 1);
  assert.equal(await redis.exists(key), 0);
  const failing = await queue.add('d', steps({ do: 'wait', ms: 100 }, { do: 'fail' }), {
    deduplication, attempts: 2, backoff: 300,
  });
  await ended(host, 2);
  assert.equal(await redis.get(key), failing.id); // it will be retried
  await ended(host, 3);
  assert.equal(await redis.exists(key), 0);
  assert.notEqual((await queue.add('e', {}, { deduplication })).id, first.id);
  await ended(host, 4);
  await until(() => told.length >= 2, 'the events');
  assert.deepEqual(told.map(({ jobId, deduplicationId }) => [jobId, deduplicationId]),
    [[first.id, 'once'], [first.id, 'once']]);
  assert.deepEqual(started(host), ['a', 'd', 'd', 'e']);
});

test('51 with a ttl the key outlives the job', async (t) => {
  const { server, queue, host } = await all(t);
  const deduplication = { id: 'once', ttl: 1000 };
  await queue.add('a', {}, { deduplication });
  await ended(host, 1);
  await queue.add('b', {}, { deduplication });
  await until(async () => (await server.client(t).exists(key)) === 0, 'the end of the key');
  await queue.add('c', {}, { deduplication });
  await ended(host, 2);
  assert.deepEqual(started(host), ['a', 'c']);
});

test('51 extend renews the ttl, replace takes the last data of a delayed job', async (t) => {
  const { server, queue, host } = await all(t);
  const redis = server.client(t);
  const opts = { delay: 600, deduplication: { id: 'once', ttl: 600, extend: true, replace: true } };
  for (const n of [1, 2, 3]) {
    await queue.add(`n${n}`, { n }, opts);
    await sleep(200);
  }
  assert.ok((await redis.pttl(key)) > 300);
  await ended(host, 1);
  await sleep(400);
  assert.deepEqual(started(host), ['n3']);
  const [done] = await queue.getCompleted();
  assert.deepEqual([done.data, done.returnvalue], [{ n: 3 }, { n: 3 }]);
});

for (const [what, last] of [
  ['completes', 'complete'],
  ['fails for good', { do: 'fail', final: true }],
]) {
  test(`52 what was added while a job runs is run once more, with the last data: it ${what}`, async (t) => {
    const { server, queue, host } = await all(t, { concurrency: 4 });
    const deduplication = { id: 'once', keepLastIfActive: true };
    await queue.add('a', steps({ do: 'wait', ms: 400 }, last), { deduplication });
    await host.event('job');
    for (const name of ['b', 'c', 'd']) await queue.add(name, { name }, { deduplication });
    await ended(host, 2);
    await sleep(300);
    assert.deepEqual(started(host), ['a', 'd']);
    assert.equal(mostAtOnce(host), 1);
    const [done] = await queue.getCompleted();
    assert.deepEqual(done.data, { name: 'd' });
    const redis = server.client(t);
    assert.deepEqual([await redis.exists('bull:script:dn:once'), await redis.exists(key)], [0, 0]);
  });
}

test('52 the job that was kept has its own id, priority and delay', async (t) => {
  const { queue, host } = await all(t, { concurrency: 1 });
  const deduplication = { id: 'once', keepLastIfActive: true };
  await queue.add('a', steps({ do: 'wait', ms: 300 }), { deduplication });
  await host.event('job');
  await queue.add('b', {}, { deduplication, jobId: 'mine', delay: 700 });
  await ended(host, 1);
  const kept = await queue.getJob('mine');
  assert.equal(await kept.getState(), 'delayed');
  await ended(host, 2);
  await queue.add('c', steps({ do: 'wait', ms: 300 }), { deduplication });
  await host.event('job', ({ name }) => name === 'c');
  await queue.add('d', {}, { deduplication, priority: 7 });
  await queue.add('e', {});
  await ended(host, 5);
  assert.deepEqual(started(host), ['a', 'b', 'c', 'e', 'd']);
  await assertCounts(queue, { completed: 5 });
});
