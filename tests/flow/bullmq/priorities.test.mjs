// Which of the waiting jobs comes first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, ended, started } from './suite.mjs';

test('4 last in, first out when asked for', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  for (const name of ['a', 'b', 'c']) await queue.add(name, {}, { lifo: true });
  host.tell({ do: 'start' });
  await ended(host, 3);
  assert.deepEqual(started(host), ['c', 'b', 'a']);
});

test('21 priorities in order, none first, equal ones as added', async (t) => {
  const { queue, host } = await all(t, { hold: 1 });
  for (const [name, priority] of [['d', 3], ['b', 1], ['c', 2], ['c2', 2], ['a', 0], ['d2', 3]]) {
    await queue.add(name, {}, priority > 0 ? { priority } : {});
  }
  host.tell({ do: 'start' });
  await ended(host, 6);
  assert.deepEqual(started(host), ['a', 'b', 'c', 'c2', 'd', 'd2']);
});

test('21 a huge priority and a huge counter of priorities keep the order', async (t) => {
  const { server, queue, host } = await all(t, { hold: 1 });
  await server.client(t).set('bull:script:pc', 2 ** 32 - 2);
  await queue.add('last', {}, { priority: 2097151 });
  await queue.add('b', {}, { priority: 2097150 });
  await queue.add('a', {}, { priority: 1 });
  host.tell({ do: 'start' });
  await ended(host, 3);
  assert.deepEqual(started(host), ['a', 'b', 'last']);
});
