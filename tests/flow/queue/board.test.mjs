// What bull-board shows of a job of ours, and what its buttons do to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board } from '../support/board.mjs';
import { all, atEnd, steps, until } from './harness.mjs';

async function scene(t, options) {
  const made = await all(t, options);
  made.board = await new Board().start(made.queue);
  atEnd(t, () => made.board.stop());
  return made;
}

const keyOf = (job) => `bull:script:${job.id}:${job.timestamp}`;

test('a board shows progress, log, worker, value and attempts', async (t) => {
  const { queue, events, host, board } = await scene(t);
  const job = await queue.add('generate-reading', steps(
    { do: 'progress', percent: 10 }, { do: 'log', row: 'asked the model' }, { do: 'wait', ms: 50 },
    { do: 'failTimes', times: 1 }, { do: 'progress', percent: 70 }, { do: 'log', row: 'ü stored' },
    { do: 'complete', value: { readingId: 'r', version: 1 } },
  ), { attempts: 3, backoff: 60000 });
  await until(async () => (await board.ask(`/${job.id}`)).status === 'delayed', 'the first attempt');
  const delayed = (await board.ask(`/${job.id}`)).job;
  assert.equal(delayed.attempts, 1);
  assert.equal(delayed.progress, 10);
  assert.equal(delayed.failedReason, 'not yet');
  await board.ask(`/${job.id}/promote`, 'PUT');
  await job.waitUntilFinished(events, 8000);
  const { job: shown, status } = await board.ask(`/${job.id}`);
  assert.equal(status, 'completed');
  assert.equal(shown.progress, 70);
  assert.equal(shown.attempts, 2);
  assert.deepEqual(shown.returnValue, { readingId: 'r', version: 1 });
  assert.ok(shown.processedOn >= shown.timestamp && shown.finishedOn >= shown.processedOn);
  const rows = await board.ask(`/${job.id}/logs`);
  assert.deepEqual(rows, ['asked the model', 'asked the model', 'ü stored']);
  const { workers } = await board.ask('/workers');
  assert.deepEqual(workers.map(({ name }) => name), [shown.processedBy]);
  assert.match(shown.processedBy, /-[0-9a-f]{8}$/);
});

test('a job that failed for good is retried from the board and completes', async (t) => {
  const { queue, events, host, board } = await scene(t);
  const job = await queue.add('n', steps({ do: 'failTimes', times: 1, reason: 'no good' }, 'complete'));
  await until(async () => (await board.ask(`/${job.id}`)).status === 'failed', 'the failure');
  assert.equal((await board.ask(`/${job.id}`)).job.failedReason, 'no good');
  await board.ask(`/${job.id}/retry`, 'PUT');
  await job.waitUntilFinished(events, 8000);
  const { job: shown, status } = await board.ask(`/${job.id}`);
  assert.equal(status, 'completed');
  assert.equal(shown.failedReason ?? null, null);
  assert.deepEqual(host.all('job').map((event) => event.run), [1, 2]);
});

test('the numbers of a board are those of the queue', async (t) => {
  const { queue, host, board } = await scene(t, { concurrency: 9 });
  const park = { do: 'park', reason: 'no_model', ms: 60000 };
  await queue.addBulk([
    ...Array.from({ length: 3 }, () => ({ name: 'n', data: steps('complete') })),
    ...Array.from({ length: 2 }, () => ({ name: 'n', data: steps('fail') })),
    { name: 'n', data: steps(park) }, { name: 'n', data: steps('hang') },
  ]);
  await until(() => host.all('ended').length === 6, 'six endings');
  await host.stop();
  await queue.addBulk([
    { name: 'n', data: {} }, { name: 'n', data: {}, opts: { priority: 1 } },
    { name: 'n', data: {}, opts: { delay: 60000 } },
  ]);
  const compare = async () => {
    const { counts: own } = await host.ask({ do: 'counts' }, 'counted');
    const { waiting, active, prioritized, delayed, completed, failed, ...rest } = await board.counts();
    assert.deepEqual(
      { waiting, active, prioritized, delayed, completed, failed, children: rest['waiting-children'] },
      {
        waiting: own.waiting, active: own.active, prioritized: own.prioritized,
        delayed: own.delayed + own.parked, completed: own.completed, failed: own.failed,
        children: own['waiting-children'],
      });
    return own;
  };
  assert.equal((await compare()).parked, 1);
  await board.ask('/retry/failed', 'PUT');
  assert.equal((await compare()).failed, 0);
  await board.ask('/promote', 'PUT'); // the parked one too: it waits like any other
  const { delayed, parked, waiting } = await compare();
  assert.deepEqual([delayed, parked, waiting], [0, 0, 5]);
  assert.equal((await host.ask({ do: 'empty' }, 'emptied')).removed, 9);
  await compare();
});

test('a parked job can be removed from the board', async (t) => {
  const { queue, host, board } = await scene(t);
  const job = await queue.add('n', steps({ do: 'park', reason: 'provider', ms: 60000 }));
  await until(async () => (await board.ask(`/${job.id}`)).status === 'delayed', 'the park');
  assert.equal((await host.ask({ do: 'look', job: keyOf(job) }, 'looked')).parked, 'provider');
  await board.ask(`/${job.id}/clean`, 'PUT');
  assert.equal((await host.ask({ do: 'look', job: keyOf(job) }, 'looked')).state, 'unknown');
  assert.equal((await host.ask({ do: 'counts' }, 'counted')).counts.parked, 0);
});
