// The whole program beside bull-board: a failed reading is retried from the board.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Board } from '../support/board.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const readingId = 'f0e0d0c0-0000-4000-8000-0000000000bb';

let scene, board;
afterEach(async () => {
  await board?.stop();
  await scene?.end();
  scene = board = undefined;
});

test('a failed reading is retried from the board, and its row completes', async () => {
  scene = await makeScene({
    settings: { 'provider.openai': { retries: 0 } }, model: { fault: 'cut=2,first=1' },
  });
  board = await new Board().start(scene.queue);
  const job = await scene.queue.add('generate-reading', { agentId: 'echo', readingId });
  await until('the failure', async () => (await board.ask(`/${job.id}`)).status === 'failed');
  const row = () => scene.host.rows('SELECT * FROM coach_readings WHERE id = ?', readingId)[0];
  await until('the row to say so', () => row().status === 'failed');
  const failed = (await board.ask(`/${job.id}`)).job;
  assert.equal(failed.failedReason.split(':')[0], JSON.parse(row().error).code);

  await board.ask(`/${job.id}/retry`, 'PUT');
  const value = await job.waitUntilFinished(scene.events, 20_000);
  const { job: shown, status } = await board.ask(`/${job.id}`);
  assert.equal(status, 'completed');
  assert.equal(shown.progress, 100);
  assert.deepEqual(shown.returnValue, value);
  assert.equal(value.readingId, readingId);
  assert.equal(row().status, 'completed');
  assert.deepEqual((await board.ask('/workers')).workers.map(({ name }) => name),
    [shown.processedBy]);
  const counts = await board.counts();
  assert.deepEqual([counts.completed, counts.failed, counts.active], [1, 0, 0]);
});
