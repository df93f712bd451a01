// The clock of the host's machine is set while it runs, or is another than that of Redis.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bullmq, Host, Server, shiftedClock, sleep, steps, until } from './harness.mjs';

const HOUR_S = 3600;
const NOTICED_MS = 25000; // it compares every ten seconds

async function start(t, more = {}) {
  const server = await Server.start(t);
  const clock = shiftedClock(server);
  const { queue, events } = await bullmq(t, server);
  const host = await Host.start(t, server, { env: clock.env, ...more });
  const said = (pattern) => host.errors.split('\n').filter((line) => pattern.test(line)).length;
  return { clock, queue, events, host, said };
}

for (const [name, seconds] of [['ahead', HOUR_S], ['back', -HOUR_S]]) {
  test(`running jobs do not notice that the clock is set ${name} by an hour`, async (t) => {
    const { clock, queue, host } = await start(t, { 'lock-ms': 400, 'stalled-ms': 300, concurrency: 8 });
    await queue.addBulk(Array.from({ length: 16 }, () => ({
      name: 'n', data: steps('open', { do: 'wait', ms: 1500 }, { do: 'complete', value: 1 }),
    })));
    await until(() => host.all('job').length === 8, 'the first ones');
    clock.set(seconds);
    await until(async () => (await queue.getCompletedCount()) === 16, 'all jobs');
    await host.status();
    assert.equal(host.all('job').length, 16);
    assert.deepEqual([host.all('disowned').length, (await host.status()).stalled], [0, 0]);
  });

  test(`a limiter goes on when the clock is set ${name} by an hour`, async (t) => {
    const { clock, queue, host } = await start(t, { 'limiter-max': 1, 'limiter-ms': 300, concurrency: 4 });
    await queue.addBulk(Array.from({ length: 10 }, () => ({ name: 'n', data: {} })));
    await until(() => host.all('ended').length === 2, 'the first ones');
    clock.set(seconds);
    const began = Date.now();
    await until(async () => (await queue.getCompletedCount()) === 10, 'all jobs');
    assert.ok(Date.now() - began > 1800, 'the limit holds');
  });
}

test('a wrong clock is told once, as is its end, and no job fails for it', async (t) => {
  const { clock, queue, host, said } = await start(t, { 'park-max-ms': 60000 });
  const parked = await queue.add('n', steps({ do: 'park', reason: 'provider', ms: 200 }));
  await until(async () => (await parked.getState()) === 'delayed', 'the job to be parked');
  const offBy = async (seconds) => {
    const { clockOffsetMs } = await host.status();
    assert.ok(Math.abs(clockOffsetMs - seconds * 1000) < 1000, `${clockOffsetMs} ms`);
  };
  await offBy(0);
  clock.set(2 * HOUR_S);
  await until(() => said(/this host's clock is (7199|72\d\d)\.\d s ahead of that of Redis/) === 1, 'the warning', NOTICED_MS);
  await offBy(-2 * HOUR_S);
  const claims = host.all('job').length;
  await until(() => host.all('job').length > claims + 2, 'it to be tried again');
  assert.notEqual(await parked.getState(), 'failed');
  assert.equal(await queue.getFailedCount(), 0);
  clock.set(0);
  await until(() => said(/the clocks of this host and of Redis agree again/) === 1, 'the end of it', NOTICED_MS);
  await sleep(300);
  assert.equal(said(/clock/), 2);
});

test('a clock that is behind is told at the start', async (t) => {
  const server = await Server.start(t);
  const clock = shiftedClock(server);
  clock.set(-90);
  const { queue } = await bullmq(t, server);
  const host = await Host.start(t, server, { env: clock.env });
  await until(() => /this host's clock is (8|9)\d\.\d s behind that of Redis/.test(host.errors), 'the warning');
  const job = await queue.add('n', steps({ do: 'complete', value: 1 }));
  await until(async () => (await job.getState()) === 'completed', 'the job');
});
