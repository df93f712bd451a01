// What a worker is set to do: metrics, a limit on starts, backoffs of its own, what it keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, ended, NodeWorker, atEnd, startsOf, steps, until } from './suite.mjs';

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

/** Starts of a job that fails each time, by the host's clock; the time between two of them. */
async function gaps(peers, opts) {
  const job = await peers.queue.add('n', steps('fail'), opts);
  await assert.rejects(job.waitUntilFinished(peers.events, 8000), /^Error: it failed$/);
  const { attemptsMade } = await peers.queue.getJob(job.id);
  await until(() => startsOf(peers.host, job.id).length >= attemptsMade, 'all that the host tells');
  const starts = startsOf(peers.host, job.id);
  return starts.slice(1).map((at, i) => at - starts[i]);
}

const between = (value, least, most) =>
  assert.ok(value >= least && value < most, `${value} is not from ${least} to ${most}`);

test('12 a backoff type of the producer is what the configuration says', async (t) => {
  const peers = await all(t, {
    concurrency: 4,
    backoffs: 'gentle: 300ms 900ms, once: 200ms never, not: never, steep: exponential 200ms 400ms',
  });
  const ask = (type, attempts) => gaps(peers, { attempts, backoff: { type, delay: 5 } });
  const [gentle, once, none, steep] = await Promise.all(
    [ask('gentle', 3), ask('once', 5), ask('not', 5), ask('steep', 5)],
  );
  between(gentle[0], 300, 900);
  between(gentle[1], 900, 1800);
  assert.equal(once.length, 1);
  between(once[0], 200, 800);
  assert.deepEqual(none, []);
  for (const [i, least] of [200, 400, 400, 400].entries()) between(steep[i], least, least + 400);
});

test('12 a type that is not configured fails the job and names the option', async (t) => {
  const { queue, events } = await all(t, { backoffs: 'gentle: 1s' });
  const job = await queue.add('n', steps('fail'), { attempts: 2, backoff: { type: 'lunar' } });
  await assert.rejects(job.waitUntilFinished(events, 5000),
    /it failed \(not retried: unknown backoff strategy 'lunar': say what it is in \[queue\.script\] backoffs\)/);
});

test('15 what a worker keeps holds for jobs that do not say it themselves', async (t) => {
  const { queue, events } = await all(t, { keep_completed: 'count=2', keep_failed: 'count=0' });
  for (let i = 0; i < 4; i++) {
    await (await queue.add('n', {})).waitUntilFinished(events, 5000);
  }
  assert.equal(await queue.getCompletedCount(), 2);
  await (await queue.add('n', {}, { removeOnComplete: false })).waitUntilFinished(events, 5000);
  assert.equal(await queue.getCompletedCount(), 3);
  const gone = await queue.add('n', steps('fail'));
  await assert.rejects(gone.waitUntilFinished(events, 5000));
  assert.equal(await queue.getJob(gone.id), undefined);
  const stays = await queue.add('n', steps('fail'), { removeOnFail: 5 });
  await assert.rejects(stays.waitUntilFinished(events, 5000));
  assert.equal(await queue.getFailedCount(), 1);
});

test('15 an age that a worker keeps evicts what is older', async (t) => {
  const { queue, events } = await all(t, { keep_completed: 'age=1s, limit=1' });
  const first = await queue.add('n', {});
  await first.waitUntilFinished(events, 5000);
  await until(() => Date.now() > first.timestamp + 2100, 'two seconds');
  await (await queue.add('n', {})).waitUntilFinished(events, 5000);
  assert.equal(await queue.getCompletedCount(), 1);
  assert.equal(await queue.getJob(first.id), undefined);
});
