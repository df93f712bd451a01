// Taking a job back while it runs or before. Node can cancel only within a worker's own process;
// here a request reaches the job wherever it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, assertCounts, heard, Host, sleep, steps } from './suite.mjs';

const keyOf = (job) => `bull:script:${job.id}:${job.timestamp}`;

test('58 a running job is told of its cancel with the reason, and fails; its neighbours go on', async (t) => {
  const { queue, events, host } = await all(t, { concurrency: 3 });
  const data = steps('open', { do: 'wait', ms: 800 });
  const [one, two, three] = await queue.addBulk(
    ['one', 'two', 'three'].map((name) => ({ name, data, opts: { attempts: 3 } })));
  await host.event('run', ({ id }) => id === two.id);
  host.tell({ do: 'cancel', job: keyOf(two) });
  await assert.rejects(two.waitUntilFinished(events, 5000), /CANCELLED/);
  const told = host.all('cancel');
  assert.deepEqual(told.map(({ id, reason }) => [id, reason]), [[two.id, 'not wanted']]);
  await Promise.all([one, three].map((job) => job.waitUntilFinished(events, 5000)));
  await assertCounts(queue, { completed: 2, failed: 1 });
});

test('58 a cancel asked of another host reaches the job; one of an unknown job does nothing', async (t) => {
  const { server, queue, events, host } = await all(t);
  const job = await queue.add('n', steps('open', { do: 'wait', ms: 60000 }));
  await host.event('run');
  const other = await Host.start(t, server, { state: 'other' });
  other.tell({ do: 'cancel', job: `bull:script:${job.id}:1` }); // an earlier job of that id
  other.tell({ do: 'cancel', job: 'bull:script:unknown:1' });
  await sleep(300);
  assert.equal(await job.getState(), 'active');
  other.tell({ do: 'cancel', job: keyOf(job) });
  await assert.rejects(job.waitUntilFinished(events, 5000), /CANCELLED/);
  await heard(host);
  assert.equal(host.all('cancel').length, 1);
});
