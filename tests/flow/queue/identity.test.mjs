// Who may serve a queue, and what else the outside may ask of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { all, Host, sleep, steps, until } from './harness.mjs';

const OTHER_STORE = '22222222-2222-4222-8222-222222222222';

test('a host with another store claims nothing and says what to do', async (t) => {
  const { server, queue, events, host } = await all(t);
  const other = await Host.start(t, server, { state: 'other', store: OTHER_STORE, 'no-wait': true });
  other.expected = /is not served: another store/;
  await until(async () => /store adopt script/.test((await other.status()).trouble), 'the trouble told');
  await host.kill();
  const job = await queue.add('n', {});
  await sleep(300);
  assert.equal(await job.getState(), 'waiting');
  assert.equal((await other.status()).claiming, false);
  other.tell({ do: 'adopt' });
  await job.waitUntilFinished(events, 8000);
  assert.equal((await other.status()).trouble, '');
});

test('a copied state directory is refused while the original runs', async (t) => {
  const { server, queue, events, host } = await all(t);
  fs.mkdirSync(path.join(server.dir, 'copy'));
  for (const file of ['host-id', 'epoch']) {
    fs.copyFileSync(path.join(server.dir, 'state', file), path.join(server.dir, 'copy', file));
  }
  const running = await queue.add('n', steps({ do: 'wait', ms: 1000 }));
  await host.event('job');
  const copy = await Host.start(t, server, { state: 'copy', 'no-wait': true });
  copy.expected = /is not served: another running process/;
  await until(async () => /host-id/.test((await copy.status()).trouble), 'the trouble told');
  await running.waitUntilFinished(events, 5000);
  assert.equal(host.all('job').length, 1);
  assert.equal(copy.all('job').length, 0);
});

test('jobs are added by BullMQ\'s scripts', async (t) => {
  const { queue, events, host } = await all(t);
  host.tell({ do: 'enqueue', name: 'crisis', id: 'reading-1', data: { a: ['ü'] }, attempts: 3, backoff: 500, keepCompleted: 60 });
  assert.deepEqual([(await host.event('added')).id, (await host.event('added')).error], ['reading-1', '']);
  const job = await queue.getJob('reading-1');
  assert.deepEqual(await job.waitUntilFinished(events, 5000), { a: ['ü'] });
  assert.equal(job.name, 'crisis');
  assert.equal(job.opts.attempts, 3);
  assert.deepEqual(job.opts.backoff, { type: 'exponential', delay: 500 });
  assert.deepEqual(job.opts.removeOnComplete, { age: 60 });
  await host.stop();
  host.tell({ do: 'enqueue', name: 'n', data: {}, priority: 9 });
  await until(() => host.all('added').length === 2, 'the second job');
  const prioritized = await queue.getJob(host.all('added')[1].id);
  assert.equal(await prioritized.getState(), 'prioritized');
  assert.equal(prioritized.priority, 9);
});

test('an id BullMQ would refuse is refused; a known id is not added twice', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  for (const id of ['17', '0:x', 'a:b']) host.tell({ do: 'enqueue', name: 'n', id, data: {} });
  await until(() => host.all('added').length === 3, 'three refusals');
  assert.ok(host.all('added').every((event) => event.id === '' && event.error !== ''));
  for (let i = 0; i < 2; i++) host.tell({ do: 'enqueue', name: 'n', id: 'same', data: {} });
  await until(() => host.all('added').length === 5, 'two answers');
  assert.equal(await queue.getWaitingCount(), 1);
});

test('the state of a job is told by its key, not its id', async (t) => {
  const { queue, events, host } = await all(t);
  const ask = async (key) => {
    const before = host.all('state').length;
    host.tell({ do: 'state', job: key });
    await until(() => host.all('state').length > before, 'the state');
    return host.all('state').at(-1).state;
  };
  const key = (job) => `bull:script:${job.id}:${job.timestamp}`;
  const done = await queue.add('n', {});
  await done.waitUntilFinished(events, 5000);
  const failed = await queue.add('n', steps('fail'));
  await failed.waitUntilFinished(events, 5000).catch(() => {});
  const running = await queue.add('n', steps({ do: 'wait', ms: 60000 }));
  assert.equal(await ask(key(done)), 'completed');
  assert.equal(await ask(key(failed)), 'failed');
  assert.equal(await ask(key(running)), 'alive');
  assert.equal(await ask(`bull:script:${done.id}:1`), 'gone');
  assert.equal(await ask('bull:other:1:1'), 'gone');
});
