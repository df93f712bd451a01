// The table of signals in docs/reload.md: what each signal does to a host that starts, runs, reloads,
// drains, or has lost its Redis. One test for each of its cells, and two where TERM and INT differ in
// nothing but their name. A job never pays for it with an attempt, nor is it asked for twice.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const ENDED = { code: 0, signal: null };
const kept = ['--appendonly', 'yes', '--appendfsync', 'always']; // a Redis that forgets nothing
// Folders must be still for so long: how long a start and a reload take here.
const slowly = { agents: { still: '1s' } };

let scene;
let next;
let expected = [];
afterEach(async () => {
  const last = { scene, next, expected };
  scene = next = undefined;
  expected = [];
  await last.next?.stop();
  await last.scene?.end({ expected: last.expected });
});

const signal = (name, host = scene.host) => host.program.child.kill(name);
const count = (pattern, host = scene.host) => host.program.output().match(pattern)?.length ?? 0;
const said = (pattern, times = 1) =>
  until(`the log to say ${pattern}`, () => count(new RegExp(pattern, 'g')) >= times);
const settled = (times) => said('generation \\d+ serves', times);
const asked = () => scene.model.journal().length;
const add = (note) => scene.queue.add('x', { agentId: 'echo', note });
const requested = () => until('the request', async () => (await scene.model.stats()).active === 1);

async function reloading() {
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  signal('SIGHUP');
  await said('asked for by signal');
}

async function redisDies() {
  expected.push(/redis/i);
  await scene.redis.program.end('SIGKILL');
}

async function assertDone(job) {
  assert.equal((await job.waitUntilFinished(scene.events, 30_000)).version, 1);
  assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 1, 'only the last attempt counts');
}

// The next process finds the job and ends it, without asking again when it was answered.
async function assertDoneByNextStart(job, requests) {
  await scene.host.start();
  await assertDone(job);
  assert.equal(asked(), requests);
}

const prompts = () => scene.model.journal().map(({ excerpt }) => excerpt.slice(0, 10));

// --- while starting ------------------------------------------------------------------------------

test('HUP while starting: one more reload, so that nothing read too early stays', async () => {
  scene = await makeScene();
  next = new Host(scene.folder, { settings: scene.host.settings });
  next.log = `${scene.host.log}.next`;
  next.start().catch(() => {}); // the socket that it asks is still the other's
  await until('it to wait for the other', () => count(/waiting for it to drain/g, next) === 1);
  next.configure({ queue: { concurrency: 7 } }); // it has read the file already
  signal('SIGHUP', next);
  await scene.host.stop();
  await until('two generations', () => count(/generation \d+ serves/g, next) === 2);
  assert.equal((await next.status()).queues[0].concurrency, 7);
});

test('HUP during the first generation: one more reload', async () => {
  scene = await makeScene({ settings: slowly, start: false });
  await scene.host.start({ untilReady: false });
  assert.equal(count(/generation 1 serves/g), 0, 'it has not settled');
  signal('SIGHUP');
  await settled(2);
});

for (const name of ['SIGTERM', 'SIGINT']) {
  test(`${name} while starting: ends at once`, async () => {
    scene = await makeScene({ settings: { agents: { still: '5s' } }, start: false });
    const job = await add('not claimed');
    await scene.host.start({ untilReady: false });
    const before = Date.now();
    signal(name);
    assert.deepEqual(await scene.host.program.exited, ENDED);
    assert.ok(Date.now() - before < 2000, 'it does not wait for the agents');
    assert.equal(await job.getState(), 'waiting');
    assert.equal(count(/generation 1 serves/g), 0);
  });
}

test('TERM while it waits for a predecessor: ends at once', async () => {
  scene = await makeScene();
  const other = new Host(scene.folder, { settings: scene.host.settings });
  other.log = `${scene.host.log}.next`;
  other.start().catch(() => {}); // never gets ready
  await until('it to wait', () => count(/waiting for it to drain/g, other) === 1);
  signal('SIGTERM', other);
  await other.program.exited;
  assert.equal((await scene.run({ note: 'undisturbed' })).outcome, 'completed');
});

test('KILL while starting: nothing is lost', async () => {
  scene = await makeScene({ settings: slowly, start: false });
  const job = await add('not claimed');
  await scene.host.start({ untilReady: false });
  await scene.host.kill();
  await assertDoneByNextStart(job, 1);
});

// --- while running -------------------------------------------------------------------------------

test('HUP while running: reload', async () => {
  scene = await makeScene();
  await reloading();
  await settled(2);
  await scene.run({ note: 'after HUP' });
  assert.deepEqual(prompts(), ['PROMPT TWO']);
});

for (const name of ['SIGTERM', 'SIGINT']) {
  test(`${name} while running: finishes what is in work, claims nothing more, ends with 0`, async () => {
    scene = await makeScene({ model: { 'latency-ms': 600 }, settings: { queue: { concurrency: 1 } } });
    const working = await add('working');
    await requested();
    const waiting = await add('waiting');
    signal(name);
    assert.deepEqual(await scene.host.program.exited, ENDED);
    assert.equal(await working.getState(), 'completed');
    assert.equal(await waiting.getState(), 'waiting');
    await assertDoneByNextStart(waiting, 2);
  });
}

test('KILL while running: the next start gives claims back', async () => {
  scene = await makeScene({ model: { 'latency-ms': 20_000 } });
  const job = await add('killed');
  await requested();
  await scene.host.kill();
  assert.equal(await job.getState(), 'active', 'its claim stays until then');
  await scene.model.set({ 'latency-ms': 0 });
  await scene.host.start();
  await assertDone(job);
});

// --- while reloading -----------------------------------------------------------------------------

test('HUP while reloading: one more reload after this one, however often it comes', async () => {
  scene = await makeScene({ settings: slowly });
  await reloading();
  for (let i = 2; i <= 4; i++) {
    signal('SIGHUP');
    await said('asked for by signal', i);
  }
  assert.equal(count(/generation \d+ serves/g), 1, 'the first of them is still under way');
  await settled(3);
  await scene.host.cli('reload', '--wait'); // whatever else had been asked for comes before it
  await settled(4);
  assert.equal(count(/generation \d+ serves/g), 4);
});

for (const name of ['SIGTERM', 'SIGINT']) {
  test(`${name} while reloading: drain; the reload is abandoned with the process`, async () => {
    scene = await makeScene({ model: { 'latency-ms': 400 }, settings: { agents: { still: '5s' } }, start: false });
    await scene.host.start({ untilReady: false });
    await settled(1);
    const job = await add('in flight');
    await requested();
    await reloading();
    signal(name);
    assert.deepEqual(await scene.host.program.exited, ENDED);
    assert.equal(await job.getState(), 'completed');
    assert.equal(count(/generation \d+ serves/g), 1);
    scene.host.configure({ agents: { still: '0s' } });
    await scene.host.start();
    await scene.run({ note: 'after' });
    assert.deepEqual(prompts(), ['PROMPT ONE', 'PROMPT TWO'], 'the next start takes what is installed');
  });
}

test('KILL while reloading: the next start takes what is installed, or else the last good image', async () => {
  scene = await makeScene({ settings: slowly });
  const { image } = (await scene.run({ note: 'before' })).agent;
  await reloading();
  await scene.host.kill();
  await scene.host.start();
  const second = (await scene.run({ note: 'after' })).agent.image;
  assert.notEqual(second, image);
  appendFileSync(join(scene.host.bundles, 'echo/manifest.json'), 'and more');
  signal('SIGHUP');
  await said('asked for by signal', 2);
  await scene.host.kill();
  await scene.host.start();
  assert.equal((await scene.run({ note: 'ruined' })).agent.image, second);
  expected = [/'echo' is refused/];
});

// --- while draining ------------------------------------------------------------------------------

async function draining(latencyMs) {
  scene = await makeScene({ model: { 'latency-ms': latencyMs }, redis: kept, settings: { queue: { concurrency: 1 } } });
  const job = await add('in flight');
  await requested();
  signal('SIGTERM');
  await said('draining');
  return job;
}

test('HUP while draining: reload; claims stay stopped', async () => {
  const job = await draining(1200);
  const waiting = await add('waiting');
  await reloading();
  await settled(2);
  assert.equal(await job.getState(), 'active', 'it drains still');
  assert.deepEqual(await scene.host.program.exited, ENDED);
  assert.equal(await job.getState(), 'completed');
  assert.equal(await waiting.getState(), 'waiting');
  assert.deepEqual(prompts(), ['PROMPT ONE']);
});

for (const name of ['SIGTERM', 'SIGINT']) {
  test(`a second signal, ${name}, while draining: hands all jobs back without an attempt`, async () => {
    const job = await draining(20_000);
    const before = Date.now();
    signal(name);
    assert.deepEqual(await scene.host.program.exited, ENDED);
    assert.ok(Date.now() - before < 5000);
    assert.equal(await job.getState(), 'waiting');
    assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 0);
    await scene.model.set({ 'latency-ms': 0 });
    await scene.host.start();
    await assertDone(job);
  });
}

test('KILL while draining: the next start gives claims back', async () => {
  const job = await draining(20_000);
  await scene.host.kill();
  await scene.model.set({ 'latency-ms': 0 });
  await scene.host.start();
  await assertDone(job);
});

// --- Redis down ----------------------------------------------------------------------------------

test('HUP while Redis is down: reload', async () => {
  scene = await makeScene({ redis: kept });
  await redisDies();
  await reloading();
  await settled(2);
  await scene.redis.start(...kept);
  await scene.run({ note: 'after the outage' });
  assert.deepEqual(prompts(), ['PROMPT TWO']);
});

test('TERM while Redis is down and nothing is in work: ends at once', async () => {
  scene = await makeScene();
  await redisDies();
  await said('redis');
  const before = Date.now();
  signal('SIGTERM');
  assert.deepEqual(await scene.host.program.exited, ENDED);
  assert.ok(Date.now() - before < 2000);
  await scene.redis.start();
  await scene.host.start();
  await scene.run({ note: 'after both' });
});

async function answeredInOutage(drainTimeout) {
  scene = await makeScene({ model: { 'latency-ms': 400 }, redis: kept,
    settings: { limits: { drain_timeout: drainTimeout } } });
  const job = await add('over an outage');
  await requested();
  await redisDies();
  return job;
}

for (const name of ['SIGTERM', 'SIGINT']) {
  test(`${name} while Redis is down: what was answered is finished when Redis comes in time`, async () => {
    const job = await answeredInOutage('20s');
    signal(name);
    await until('the answer', async () => (await scene.model.stats()).active === 0);
    await scene.redis.start(...kept);
    assert.deepEqual(await scene.host.program.exited, ENDED);
    await assertDone(job);
    assert.equal(asked(), 1);
  });
}

test('TERM while Redis is down: what cannot be finished is left to the next start', async () => {
  const job = await answeredInOutage('1s');
  signal('SIGTERM');
  const { code } = await scene.host.program.exited;
  assert.equal(code, 1, 'jobs were not handed back');
  expected.push(/could not be handed back/);
  await scene.redis.start(...kept);
  await assertDoneByNextStart(job, 1);
});

test('a second TERM while Redis is down: ends after 5 s with status 1', async () => {
  const job = await answeredInOutage('60s');
  signal('SIGTERM');
  await said('draining');
  const before = Date.now();
  signal('SIGTERM');
  const { code } = await scene.host.program.exited;
  const tookMs = Date.now() - before;
  assert.equal(code, 1);
  assert.ok(tookMs > 4500 && tookMs < 8000, `${tookMs} ms`);
  expected.push(/could not be handed back/);
  await scene.redis.start(...kept);
  await scene.host.start();
  await assertDone(job);
});

test('KILL while Redis is down: the next start gives claims back', async () => {
  const job = await answeredInOutage('20s');
  await scene.host.kill();
  await scene.redis.start(...kept);
  await scene.host.start();
  await assertDone(job);
});
