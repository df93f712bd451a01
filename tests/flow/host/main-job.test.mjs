// The main job: added by BullMQ in Node, worked on by the host, finished for BullMQ.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeFolder, until } from '../support/process.mjs';
import { Model, Redis } from '../support/services.mjs';

const folder = makeFolder();
let redis, model, host, queue, events;

before(async () => {
  redis = await new Redis(folder).start();
  model = await new Model(folder).start();
  host = new Host(folder, { redis, model });
  host.installTestAgent('echo');
  await host.start();
  queue = redis.queue();
  events = await redis.events();
});

after(async () => {
  await host?.stop();
  await model?.stop();
  await redis?.stop();
});

test('waitUntilFinished gives the return value', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-000000000001';
  const job = await queue.add('generate-reading', { agentId: 'echo', readingId, note: 'one' });
  const value = await job.waitUntilFinished(events, 20_000);
  assert.equal(value.readingId, readingId);
  assert.equal(value.version, 1);
  assert.equal(value.outcome, 'completed');
  assert.deepEqual(Object.keys(value.agent).sort(), ['id', 'image', 'version']);
  assert.equal(value.agent.id, 'echo');
  assert.match(value.agent.image, /^[0-9a-f]{64}$/);
  assert.equal(value.model, 'standin');
  assert.equal(value.usage.totalTokens, value.usage.promptTokens + value.usage.completionTokens);
  assert.equal(value.usage.costUsd, null);
  for (const part of ['queue', 'model', 'own']) {
    assert.ok(value.durationMs[part] >= 0, part);
  }
  assert.ok(value.content.text.length > 1000);

  const again = await queue.getJob(job.id);
  assert.equal(await again.getState(), 'completed');
  assert.deepEqual(again.returnvalue, value);
  assert.equal(again.progress, 100);
});

test('getWorkers lists the host', async () => {
  const workers = await queue.getWorkers();
  assert.equal(workers.length, 1);
});
