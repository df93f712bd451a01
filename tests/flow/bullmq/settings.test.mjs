// What a worker is set to do: metrics, a limit on starts, backoffs of its own, what it keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, ended, NodeWorker, atEnd, steps, until } from './suite.mjs';

/** What is in Redis of the metrics of both kinds, without times. */
async function metricsOf(queue) {
  const found = {};
  for (const kind of ['completed', 'failed']) {
    const { meta, data, count } = await queue.getMetrics(kind);
    found[kind] = { meta: { ...meta, prevTS: 0 }, data: data.map(Number), count };
  }
  return found;
}

/** As if the last point were that many minutes old. */
async function age(client, kind, minutes) {
  const key = `bull:script:metrics:${kind}`;
  await client.hset(key, 'prevTS', Number(await client.hget(key, 'prevTS')) - minutes * 60000);
}

test('53 getMetrics finds the same points, and no more, as beside a Node worker', async (t) => {
  const points = 3;
  const play = async (start) => {
    const peers = await all(t, { hold: 1, metrics: points });
    const client = peers.server.client(t);
    await start(peers);
    const end = async (data) => {
      const job = await peers.queue.add('n', data);
      await job.waitUntilFinished(peers.events, 5000).catch(() => {});
    };
    for (const minutes of [0, 1, 5, 1]) {
      for (const kind of ['completed', 'failed']) {
        if (minutes > 0) await age(client, kind, minutes);
      }
      await end({});
      await end({});
      await end(steps('fail'));
    }
    return metricsOf(peers.queue);
  };
  const ours = await play(({ host }) => host.tell({ do: 'start' }));
  const theirs = await play(async ({ server }) => {
    const node = new NodeWorker('script', async (job) => {
      if (job.data.steps) throw new Error('no');
    }, { connection: { path: server.socket }, metrics: { maxDataPoints: points } });
    atEnd(t, () => node.close());
    await node.waitUntilReady();
  });
  assert.deepEqual(ours, theirs);
  assert.equal(ours.completed.meta.count, 8);
  assert.equal(ours.failed.meta.count, 4);
  assert.equal(ours.completed.data.length, points);
});

test('53 without being asked for no metrics are written', async (t) => {
  const { server, queue, events } = await all(t);
  await (await queue.add('n', {})).waitUntilFinished(events, 5000);
  assert.deepEqual(await server.client(t).keys('bull:script:metrics:*'), []);
});

test('65 a job that was started too often is failed in BullMQ\'s words and not run', async (t) => {
  const { server, queue, events, host } = await all(t, { 'max-started': 1 });
  // As a job that moves itself to delayed, or whose worker died: started, and not ended.
  const job = await queue.add('n', {}, { attempts: 5, delay: 200 });
  await server.client(t).hset(`bull:script:${job.id}`, 'ats', 1);
  await assert.rejects(job.waitUntilFinished(events, 5000), /^Error: job started more than allowable limit$/);
  const failed = await queue.getJob(job.id);
  assert.deepEqual([failed.attemptsMade, failed.attemptsStarted], [1, 2]);
  assert.equal(await failed.getState(), 'failed');
  assert.equal(host.all('job').length, 0);
});

test('65 a failure is not retried once the starts are used up', async (t) => {
  const { queue, events, host } = await all(t, { 'max-started': 2 });
  const job = await queue.add('n', steps('fail'), { attempts: 5 });
  await assert.rejects(job.waitUntilFinished(events, 5000), /it failed/);
  await ended(host, 2);
  assert.deepEqual(host.all('ended').map((event) => event.end), ['retrying', 'failed']);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 2);
});

test('65 a job that was parked does not count as started', async (t) => {
  const { queue, events } = await all(t, { 'max-started': 1 });
  const job = await queue.add('n', steps({ do: 'parkOnce', ms: 50 }, { do: 'complete', value: 'here' }));
  assert.equal(await job.waitUntilFinished(events, 5000), 'here');
});
