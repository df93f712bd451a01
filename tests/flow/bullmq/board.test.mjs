// What bull-board shows of a job of ours, and what its retry button does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board } from '../support/board.mjs';
import { all, atEnd, heard, steps, until } from './suite.mjs';

async function scene(t) {
  const made = await all(t);
  made.board = await new Board().start(made.queue);
  atEnd(t, () => made.board.stop());
  return made;
}

test('68 bull-board shows progress, log, worker, value and attempts', async (t) => {
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

test('68 a job that failed for good is retried from bull-board and completes', async (t) => {
  const { queue, events, host, board } = await scene(t);
  const job = await queue.add('n', steps({ do: 'failTimes', times: 1, reason: 'no good' }, 'complete'));
  await until(async () => (await board.ask(`/${job.id}`)).status === 'failed', 'the failure');
  assert.equal((await board.ask(`/${job.id}`)).job.failedReason, 'no good');
  await board.ask(`/${job.id}/retry`, 'PUT');
  await job.waitUntilFinished(events, 8000);
  const { job: shown, status } = await board.ask(`/${job.id}`);
  assert.equal(status, 'completed');
  assert.equal(shown.failedReason ?? null, null);
  await heard(host);
  assert.deepEqual(host.all('job').map((event) => event.run), [1, 2]);
});
