// Ten thousand jobs with a model that answers at once: each completes, with one version.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const count = 10_000;
let scene;

before(async () => {
  scene = await makeScene({ settings: { queue: { concurrency: 50 } } });
});

after(async () => {
  await scene.end();
});

test(`${count} jobs complete, one version each`, async () => {
  const started = Date.now();
  for (let first = 0; first < count; first += 1000) {
    await scene.queue.addBulk(Array.from({ length: 1000 }, (_, i) => (
      { name: 'generate-reading', data: { agentId: 'echo', note: `note-${first + i}` } })));
  }
  await until('all jobs to end', async () => {
    const counts = await scene.queue.getJobCounts('completed', 'failed');
    return counts.completed + counts.failed === count;
  }, 600_000);
  console.log(`${count} jobs in ${Date.now() - started} ms, adding included`);
  assert.equal(await scene.queue.getFailedCount(), 0);
  assert.deepEqual(
    scene.host.rows('SELECT status, current_version, count(*) AS n FROM coach_readings GROUP BY 1, 2')
      .map((row) => ({ ...row })),
    [{ status: 'completed', current_version: 1, n: count }]);
  const [{ n }] = scene.host.rows('SELECT count(*) AS n FROM reading_versions');
  assert.equal(n, count);
  const asked = scene.model.journal();
  assert.equal(asked.length, count);
  assert.equal(new Set(asked.map(({ sha256 }) => sha256)).size, count);
});
