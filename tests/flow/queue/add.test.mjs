// A job of ours beside the same one added by Node: nobody can tell them apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, until } from './harness.mjs';

const timestamp = 1790000000000;
const data = { agentId: 'crisis', text: 'ä "quoted"/\n', list: [1, 2.5, {}] };
const opts = {
  priority: 3, attempts: 3, backoff: { type: 'exponential', delay: 5000 },
  removeOnComplete: { age: 86400 }, removeOnFail: { age: 604800 }, timestamp,
};
const ours = {
  do: 'enqueue', name: 'generate-reading', data, priority: 3, attempts: 3, backoff: 5000,
  keepCompleted: 86400, keepFailed: 604800, timestamp,
};

/** Both jobs' hashes, with the options parsed, and what was told of each, without ids. */
async function both(client) {
  const looks = [];
  const stream = await client.xrange('bull:script:events', '-', '+');
  for (const id of ['of-node', 'of-ours']) {
    const hash = await client.hgetall(`bull:script:${id}`);
    const parsed = JSON.parse(hash.opts);
    assert.equal(parsed.jobId, id);
    delete parsed.jobId;
    const events = stream.map(([, fields]) => fields).filter((fields) => fields.includes(id))
      .map((fields) => fields.map((field) => (field === id ? 'ID' : field)));
    looks.push({ ...hash, opts: parsed, events });
  }
  return looks;
}

for (const [what, change] of [['with a priority', {}], ['without', { priority: undefined }]]) {
  test(`a job ${what} is written as Node writes it`, async (t) => {
    const { server, queue, host } = await all(t, { hold: 1 });
    const jobOpts = { ...opts, jobId: 'of-node', ...change };
    if (jobOpts.priority === undefined) delete jobOpts.priority;
    await queue.add('generate-reading', data, jobOpts);
    const added = await host.ask({ ...ours, id: 'of-ours', ...change }, 'added');
    assert.deepEqual([added.id, added.error], ['of-ours', '']);
    const [node, own] = await both(server.client(t));
    assert.deepEqual(own, node);
    assert.equal(own.timestamp, String(timestamp));
    assert.ok(own.events.length >= 2);
  });
}

test('a second one of that id is told as a duplicate and is none', async (t) => {
  const { server, queue, events, host } = await all(t, { hold: 1 });
  const told = [];
  events.on('duplicated', ({ jobId }) => told.push(jobId));
  for (let i = 0; i < 2; i++) {
    const changed = { ...ours, id: 'same', data: { n: i }, timestamp: timestamp + i };
    assert.equal((await host.ask(changed, 'added')).id, 'same');
  }
  await queue.add('n', {}, { jobId: 'same' });
  await until(() => told.length === 2, 'two duplicates');
  assert.deepEqual(told, ['same', 'same']);
  const job = await queue.getJob('same');
  assert.deepEqual([job.data, job.timestamp], [{ n: 0 }, timestamp]);
  assert.equal(await queue.getPrioritizedCount(), 1);
  assert.equal(await server.client(t).get('bull:script:id'), '3'); // counted, as by Node
});
