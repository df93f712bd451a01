// Job ids are used again after obliterate: whose answer is whose must not depend on them.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;

before(async () => {
  scene = await makeScene();
  for (const note of ['alpha', 'beta']) {
    const file = join(scene.folder, note);
    writeFileSync(file, `The answer for ${note}. `.repeat(20));
    await scene.model.set({ rule: `note-${note}=${file}` });
  }
});

after(async () => {
  await scene.end();
});

function textOf(readingId) {
  const rows = scene.host.rows('SELECT content FROM reading_versions WHERE reading_id = ?',
    readingId);
  assert.equal(rows.length, 1);
  return JSON.parse(rows[0].content).text;
}

test('obliterate between two jobs mixes up no reading', async () => {
  const values = [];
  const ids = [];
  for (const note of ['alpha', 'beta']) {
    const job = await scene.queue.add('generate-reading', { agentId: 'echo', note: `note-${note}` });
    ids.push(job.id);
    values.push(await job.waitUntilFinished(scene.events, 20_000));
    await scene.queue.obliterate({ force: true });
  }
  assert.deepEqual(ids, ['1', '1'], 'the queue counts from 1 again');
  assert.notEqual(values[0].readingId, values[1].readingId);
  assert.match(textOf(values[0].readingId), /^The answer for alpha/);
  assert.match(textOf(values[1].readingId), /^The answer for beta/);
});

test('obliterate under a job in flight leaves its id to the next one', async () => {
  await scene.model.set({ 'latency-ms': 500 });
  const gone = await scene.queue.add('generate-reading', { agentId: 'echo', note: 'note-alpha' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  await scene.queue.obliterate({ force: true });
  const next = await scene.queue.add('generate-reading', { agentId: 'echo', note: 'note-beta' });
  assert.equal(next.id, gone.id);
  const value = await next.waitUntilFinished(scene.events, 20_000);
  assert.match(textOf(value.readingId), /^The answer for beta/);
  assert.equal((await scene.queue.getJob(next.id)).returnvalue.readingId, value.readingId);
});
