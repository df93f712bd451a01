// Deploying while jobs run: a new prompt, a ruined file, a restart with a broken bundle.
import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;
let expected = [];
afterEach(async () => {
  await scene?.end({ expected });
  scene = undefined;
  expected = [];
});

function promptsOf(note) {
  return scene.model.journal().filter(({ excerpt }) => excerpt.includes(note))
    .map(({ excerpt }) => excerpt.slice(0, 10));
}

// Same inode, other bytes: what a careless cp does to a mapped file.
function ruin(path) {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(fstatSync(file).size, 0xcc), 0);
  closeSync(file);
}

test('an edited prompt reaches the next job and not the one in flight', async () => {
  scene = await makeScene({ model: { 'latency-ms': 1500 } });
  const inFlight = scene.run({ note: 'note-in-flight' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  const reload = await scene.host.cli('reload', '--wait');
  assert.equal(reload.code, 0, reload.stdout + reload.stderr);
  assert.equal((await scene.model.stats()).active, 1, 'the job is still in flight');
  const [before, next] = await Promise.all([inFlight, scene.run({ note: 'note-next' })]);
  assert.deepEqual(promptsOf('note-in-flight'), ['PROMPT ONE']);
  assert.deepEqual(promptsOf('note-next'), ['PROMPT TWO']);
  assert.notEqual(before.agent.image, next.agent.image);
});

test('an answer longer than a reload has just allowed is kept', async () => {
  scene = await makeScene({ model: { 'latency-ms': 1000, bytes: 100_000, events: 20 } });
  const inFlight = scene.run({ note: 'note-long' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  scene.host.configure({ limits: { answer_bytes_max: '1KB' } });
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  assert.equal((await inFlight).outcome, 'completed');
});

test('a request repeated after a reload is the same request', async () => {
  scene = await makeScene({ model: { 'latency-ms': 800, fault: 'status=500,first=1' } });
  const inFlight = scene.run({ note: 'note-repeated' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  const value = await inFlight;
  assert.equal(value.outcome, 'completed');
  const requests = scene.model.journal();
  assert.deepEqual(requests.map(({ status }) => status), [500, 200]);
  assert.equal(requests[0].sha256, requests[1].sha256);
  assert.deepEqual(promptsOf('note-repeated'), ['PROMPT ONE', 'PROMPT ONE']);
});

test('an installed agent.so overwritten in place with garbage harms nothing', async () => {
  scene = await makeScene();
  const { image } = (await scene.run({ note: 'before' })).agent;
  ruin(join(scene.host.bundles, 'echo/agent.so'));
  assert.equal((await scene.run({ note: 'ruined' })).agent.image, image);
  const reload = await scene.host.cli('reload', '--wait');
  assert.equal(reload.code, 1, 'a refused bundle shows in the exit status');
  assert.match(reload.stdout + reload.stderr, /echo/);
  assert.equal((await scene.run({ note: 'after the reload' })).agent.image, image);
  expected = [/echo/];
});

test('after a restart with a broken bundle the last good image serves', async () => {
  scene = await makeScene();
  const { image } = (await scene.run({ note: 'before' })).agent;
  writeFileSync(join(scene.host.bundles, 'echo/manifest.json'), '{"manifest":1,');
  for (const end of ['stop', 'kill']) {
    await scene.host[end]({ expected: [/echo/] });
    await scene.host.start();
    assert.equal((await scene.run({ note: `after ${end}` })).agent.image, image);
    const agents = JSON.parse((await scene.host.get('/api/agents')).text);
    assert.match(JSON.stringify(agents), /manifest\.json:1:/, 'says what is wrong where');
  }
  expected = [/echo/];
});

test('a job in flight over a restart is finished by the image that built its prompt', async () => {
  scene = await makeScene({ model: { 'latency-ms': 700 } });
  const { image } = (await scene.run({ note: 'first' })).agent;
  const inFlight = scene.run({ note: 'note-over-restart' });
  const redis = scene.redis.client();
  await until('the request', async () => (await scene.model.stats()).active === 1);
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  const release = scene.host.lockStore(); // the answer waits there: a record is soon gone
  await until('the answer in the run record', async () => {
    for (const key of await redis.keys('bull:readings:agenthost:run:*')) {
      if ((await redis.hkeys(key)).some((field) => field.startsWith('a:'))) {
        return true;
      }
    }
    return false;
  });
  await scene.host.kill();
  release();
  await scene.host.start();
  const value = await inFlight;
  assert.deepEqual(promptsOf('note-over-restart'), ['PROMPT ONE']);
  assert.equal(value.agent.image, image);
  assert.notEqual((await scene.run({ note: 'new' })).agent.image, image);
});
