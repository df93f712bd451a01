// Parents and their children, which may stand in other queues.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all, assertCounts, bullmq, ended, flowProducer, heard, Host, sleep, started, steps, stream, until,
} from './suite.mjs';

/** Two queues, each with a host; parents stand in "script", children in "children". */
async function family(t) {
  const parents = await all(t);
  const { server } = parents;
  const children = await bullmq(t, server, 'children');
  const worker = await Host.start(t, server, { queue: 'children', state: 'children', concurrency: 4 });
  const flow = flowProducer(t, server);
  const add = (data, list, opts) => flow.add({
    name: 'parent', queueName: 'script', data, opts,
    children: list.map((child, n) => ({ name: `c${n}`, queueName: 'children', ...child })),
  });
  return { ...parents, children, worker, flow, add };
}

const fail = steps({ do: 'fail', reason: 'no good' });

test('39 a parent waits for children of another queue and sees their values', async (t) => {
  const { server, queue, events, children, worker, add } = await family(t);
  await worker.stop();
  const tree = await add({}, [1, 2, 3].map((n) => ({ data: { n } })));
  assert.equal(await tree.job.getState(), 'waiting-children');
  worker.tell({ do: 'start' });
  await tree.job.waitUntilFinished(events, 5000);
  const values = await tree.job.getChildrenValues();
  assert.deepEqual(values, Object.fromEntries(
    tree.children.map(({ job }) => [`bull:children:${job.id}`, { n: job.data.n }])));
  const ends = await Promise.all(tree.children.map(async ({ job }) =>
    (await children.queue.getJob(job.id)).finishedOn));
  const { processedOn } = await queue.getJob(tree.job.id);
  assert.ok(processedOn >= Math.max(...ends), 'the parent came last');
  const told = (await stream(server.client(t))).filter(({ jobId }) => jobId === tree.job.id);
  assert.deepEqual(told.map(({ event, prev }) => [event, prev]).slice(1, 3),
    [['waiting-children', undefined], ['waiting', 'waiting-children']]);
});

test('40 children that are removed when they end still release their parent with their values', async (t) => {
  const { events, children, add } = await family(t);
  const tree = await add({}, [
    { data: { n: 1 }, opts: { removeOnComplete: true } },
    { data: { n: 2 }, opts: { removeOnComplete: true } },
    { data: fail, opts: { removeOnFail: true, ignoreDependencyOnFailure: true } },
  ]);
  await tree.job.waitUntilFinished(events, 5000);
  const values = Object.values(await tree.job.getChildrenValues());
  assert.deepEqual(values.map(({ n }) => n).sort(), [1, 2]);
  await assertCounts(children.queue, {});
});

test('41 a failed child fails its parent while siblings are pending', async (t) => {
  const { events, host, add } = await family(t);
  const tree = await add({}, [
    { data: steps({ do: 'wait', ms: 200 }, { do: 'fail' }), opts: { failParentOnFailure: true } },
    { data: steps({ do: 'wait', ms: 1000 }) },
  ]);
  const key = `bull:children:${tree.children[0].job.id}`;
  await assert.rejects(tree.job.waitUntilFinished(events, 5000), new RegExp(`^Error: child ${key} failed$`));
  assert.equal(await tree.children[1].job.getState(), 'active');
  assert.equal(await tree.job.getState(), 'failed');
  await heard(host);
  assert.deepEqual(started(host), []);
  const { unprocessed, failed } = await tree.job.getDependencies();
  assert.deepEqual([unprocessed.length, failed], [1, [key]]);
});

for (const [state, opts] of [['delayed', { delay: 60000 }], ['prioritized', { priority: 5 }]]) {
  test(`41 a failed child fails a parent that does not wait for it any more: ${state}`, async (t) => {
    const { queue, events, children, host } = await family(t);
    await host.stop();
    const parent = await queue.add('parent', {}, opts);
    assert.equal(await parent.getState(), state);
    const child = await children.queue.add('child', fail, {
      failParentOnFailure: true, parent: { id: parent.id, queue: 'bull:script' },
    });
    await until(async () => (await child.getState()) === 'failed', 'the child');
    host.tell({ do: 'start' });
    await assert.rejects(parent.waitUntilFinished(events, 5000),
      new RegExp(`^Error: child bull:children:${child.id} failed$`));
    await heard(host);
    assert.deepEqual(started(host), []);
  });
}

test('41 a failed grandchild fails parent and grandparent', async (t) => {
  const { queue, events, worker, flow } = await family(t);
  const tree = await flow.add({
    name: 'grandparent', queueName: 'script', data: {}, children: [{
      name: 'parent', queueName: 'script', data: {}, opts: { failParentOnFailure: true }, children: [
        { name: 'child', queueName: 'children', data: fail, opts: { failParentOnFailure: true } },
      ],
    }],
  });
  const parent = tree.children[0];
  await assert.rejects(tree.job.waitUntilFinished(events, 5000), new RegExp(`child bull:script:${parent.job.id} failed`));
  const { failedReason } = await queue.getJob(parent.job.id);
  assert.equal(failedReason, `child bull:children:${parent.children[0].job.id} failed`);
  await ended(worker, 1);
  await assertCounts(queue, { failed: 2 });
});

test('42 continueParentOnFailure starts the parent while siblings are pending', async (t) => {
  const { events, add } = await family(t);
  const tree = await add({}, [
    { data: fail, opts: { continueParentOnFailure: true } },
    { data: steps({ do: 'wait', ms: 1500 }) },
  ]);
  // The pending sibling keeps it from completing: BullMQ's own rule.
  await assert.rejects(tree.job.waitUntilFinished(events, 5000), /has pending dependencies\. moveToFinished/);
  assert.equal(await tree.children[1].job.getState(), 'active');
  const failures = await tree.job.getIgnoredChildrenFailures();
  assert.deepEqual(failures, { [`bull:children:${tree.children[0].job.id}`]: 'no good' });
});

test('42 ignoreDependencyOnFailure keeps the reason, removeDependencyOnFailure nothing', async (t) => {
  const { events, add } = await family(t);
  const ignored = await add({}, [
    { data: fail, opts: { ignoreDependencyOnFailure: true } }, { data: { n: 1 } },
  ]);
  await ignored.job.waitUntilFinished(events, 5000);
  assert.deepEqual(await ignored.job.getIgnoredChildrenFailures(),
    { [`bull:children:${ignored.children[0].job.id}`]: 'no good' });
  assert.equal(Object.keys(await ignored.job.getChildrenValues()).length, 1);
  const removed = await add({}, [
    { data: fail, opts: { removeDependencyOnFailure: true } }, { data: { n: 1 } },
  ]);
  await removed.job.waitUntilFinished(events, 5000);
  assert.deepEqual(await removed.job.getIgnoredChildrenFailures(), {});
  assert.equal(Object.keys(await removed.job.getChildrenValues()).length, 1);
});

test('44 a parent with a pending child cannot complete: retried, then failed in BullMQ\'s words', async (t) => {
  const { queue, events, host } = await all(t);
  const parent = await queue.add('parent', steps({ do: 'wait', ms: 400 }), { attempts: 2 });
  await host.event('job');
  await queue.add('child', {}, { delay: 60000, parent: { id: parent.id, queue: 'bull:script' } });
  await assert.rejects(parent.waitUntilFinished(events, 5000),
    new RegExp(`^Error: Job ${parent.id} has pending dependencies\\. moveToFinished$`));
  await heard(host);
  assert.equal(host.all('job').length, 2);
  assert.equal((await queue.getJob(parent.id)).attemptsMade, 2);
});

test('44 a parent with a failed child cannot complete and is not retried', async (t) => {
  const { queue, events, host } = await all(t, { concurrency: 2 });
  const parent = await queue.add('parent', steps({ do: 'wait', ms: 800 }), { attempts: 3 });
  await host.event('job');
  await queue.add('child', fail, {
    failParentOnFailure: true, parent: { id: parent.id, queue: 'bull:script' },
  });
  await assert.rejects(parent.waitUntilFinished(events, 5000),
    /Cannot complete job 1 because it has at least one failed child\. moveToFinished/);
  assert.equal((await queue.getJob(parent.id)).attemptsMade, 1);
});

test('45 a parent with a delay or a priority is delayed or prioritized after its children', async (t) => {
  const { queue, events, host, add } = await family(t);
  const delayed = await add({}, [{ data: {} }], { delay: 1000 });
  await until(async () => (await delayed.job.getState()) === 'delayed', 'the delayed parent');
  await sleep(200);
  assert.deepEqual(started(host), []);
  await delayed.job.waitUntilFinished(events, 5000);
  await host.stop();
  const prioritized = await add({}, [{ data: {} }], { priority: 3 });
  await until(async () => (await prioritized.job.getState()) === 'prioritized', 'the other parent');
  await queue.add('first', {});
  host.tell({ do: 'start' });
  await ended(host, 3);
  assert.deepEqual(started(host), ['parent', 'first', 'parent']);
});
