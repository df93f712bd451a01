// How dashboards find the worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, bullmq, Host, until } from './suite.mjs';

test('54 each host is listed by its name, at its own queue only', async (t) => {
  const { server, queue, host } = await all(t);
  const other = await Host.start(t, server, { state: 'other' });
  const { queue: foreign } = await bullmq(t, server, 'foreign');
  const names = async () => (await queue.getWorkers()).map(({ rawname }) => rawname);
  await until(async () => (await names()).length === 2, 'two workers');
  const seen = await names();
  assert.equal(new Set(seen).size, 2);
  for (const name of seen) assert.match(name, /^bull:c2NyaXB0:w:.+-[0-9a-f]{8}$/);
  assert.equal(await queue.getWorkersCount(), 2);
  assert.deepEqual(await foreign.getWorkers(), []);
  await other.drain();
  await until(async () => (await names()).length === 1, 'one worker');
  assert.ok(seen.includes((await names())[0]));
  await host.status();
});

test('54 a worker whose connections were killed is listed again and works', async (t) => {
  const { server, queue, events } = await all(t);
  const names = async () => (await queue.getWorkers()).map(({ rawname }) => rawname);
  await until(async () => (await names()).length === 1, 'the worker in the list');
  const before = await names();
  await server.client(t).client('KILL', 'TYPE', 'normal');
  await until(async () => (await names()).length === 1, 'the worker in the list again');
  assert.deepEqual(await names(), before);
  const job = await queue.add('n', {});
  await job.waitUntilFinished(events, 5000);
});
