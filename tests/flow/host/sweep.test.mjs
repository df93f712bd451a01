// A row whose job was removed while it waited does not stay open until the next start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const readingId = 'f0e0d0c0-0000-4000-8000-0000000000c1';

test('rows that lose their jobs at once are told of again and again, and touched never', async () => {
  const scene = await makeScene({
    settings: { queue: { concurrency: 25 }, 'provider.openai': { retries: 0 } },
    model: { fault: 'cut=2' },
  });
  await scene.queue.addBulk(Array.from({ length: 25 }, () => ({ name: 'n',
    data: { agentId: 'echo' }, opts: { attempts: 2, backoff: 3_600_000 } })));
  await until('all to have failed once', async () => await scene.queue.getDelayedCount() === 25);
  await scene.queue.obliterate({ force: true });
  const alarms = () => scene.host.logLines().filter(({ level, msg }) =>
    level === 'error' && /is this the right Redis/.test(msg)).length;
  await until('the second alarm', () => alarms() >= 2, 200_000);
  assert.deepEqual(scene.host.rows('SELECT DISTINCT status FROM coach_readings')
    .map(({ status }) => status), ['processing']);
  await scene.end({ expected: [/is this the right Redis/] });
});

test('rows of another prefix are left alone', async () => {
  const scene = await makeScene({
    settings: { 'provider.openai': { retries: 0 } }, model: { fault: 'cut=2' },
  });
  const rows = (id) => scene.host.rows('SELECT status FROM coach_readings WHERE id = ?', id)[0];
  const add = (queue, id) => queue.add('n', { agentId: 'echo', readingId: id },
    { attempts: 2, backoff: 3_600_000 });
  await add(scene.queue, readingId);
  await until('the row', () => rows(readingId)?.status === 'processing');
  await scene.host.stop();
  scene.host.configure({ queue: { prefix: 'other' } });
  await scene.host.start();
  const other = scene.redis.queue('readings', { prefix: 'other' });
  const gone = await add(other, readingId.replace('c1', 'c2'));
  await until('the first attempt failed', async () => await gone.getState() === 'delayed');
  await gone.remove();
  await until('its row to be closed', () =>
    rows(readingId.replace('c1', 'c2')).status === 'failed', 120_000);
  assert.equal(rows(readingId).status, 'processing');
  await scene.end();
});

test('the row of a removed job is closed while the host runs', async () => {
  const scene = await makeScene({
    settings: { 'provider.openai': { retries: 0 } }, model: { fault: 'cut=2,first=1' },
  });
  const row = () => scene.host.rows('select * from coach_readings where id = ?', readingId)[0];
  const job = await scene.queue.add('n', { agentId: 'echo', readingId },
    { attempts: 2, backoff: 3_600_000 });
  await until('the first attempt failed', async () => await job.getState() === 'delayed');
  assert.equal(row().status, 'processing');
  await job.remove();
  await until('the row is closed', () => row().status === 'failed', 120_000);
  assert.equal(JSON.parse(row().error).code, 'JOB_GONE');
  await scene.end();
});
