// An operator goes back to the image before, tries a new one on a share of the jobs, gives it all.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;
afterEach(async () => {
  await scene?.end();
  scene = undefined;
});

// How the one prompt with that note begins; the journal may be a moment behind.
const promptOf = async (note) => (await until(`the request of ${note}`, () =>
  scene.model.journal().find(({ excerpt }) => excerpt.includes(note)))).excerpt.slice(0, 10);

async function cli(expected, ...args) {
  const { code, stdout, stderr } = await scene.host.cli(...args);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, expected);
}

const images = async () => JSON.parse((await scene.host.cli('agents', 'history', 'echo', '--json'))
  .stdout);

test('a rollback serves the next job, keeps the one in flight, and outlasts a restart', async () => {
  scene = await makeScene({ model: { 'latency-ms': 1000 } });
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  await cli(/echo/, 'reload');
  const inFlight = scene.run({ note: 'note-in-flight' });
  await until('the request', async () => (await scene.model.stats()).active === 1);
  await cli(/^agent 'echo' is back at version 1\.0\.0 \(image [0-9a-f]{12}\)\n$/,
    'agents', 'rollback', 'echo');
  const next = await scene.run({ note: 'note-next' });
  assert.notEqual((await inFlight).agent.image, next.agent.image);
  assert.equal(await promptOf('note-in-flight'), 'PROMPT TWO');
  assert.equal(await promptOf('note-next'), 'PROMPT ONE');
  await cli(/unchanged/, 'reload');
  await scene.host.stop();
  await scene.host.start();
  await scene.run({ note: 'note-later' });
  assert.equal(await promptOf('note-later'), 'PROMPT ONE');
  await cli(/is installed and was rolled back/, 'agents');
  scene.host.writePrompt('echo', 'PROMPT SIX ');
  await cli(/loaded/, 'reload');
  await scene.run({ note: 'note-new' });
  assert.equal(await promptOf('note-new'), 'PROMPT SIX');
});

test('a canary gets the same share of the jobs, over a restart, and then all of them', async () => {
  scene = await makeScene({ settings: { 'agent.echo': { canary: '50%' } } });
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  await cli(/canary/, 'reload');
  await cli(/canary: version 1\.0\.0 \([0-9a-f]{12}\), ready, gets 50% of the jobs/, 'agents');
  const [canary, stable] = await images();
  assert.deepEqual([canary.state, stable.state], ['canary', 'current']);
  const runAll = (name) => Promise.all(Array.from({ length: 40 }, (_, i) =>
    scene.run({ note: `${name}-${i}-` })));
  const count = (values) => values.filter(({ agent }) => agent.image === canary.image).length;
  const first = count(await runAll('first'));
  assert.ok(first >= 5 && first <= 35, `${first} of 40`);
  await scene.host.stop();
  await scene.host.start();
  await cli(/gets 50% of the jobs/, 'agents');
  const second = count(await runAll('second'));
  assert.ok(second >= 5 && second <= 35, `${second} of 40`);
  await cli(/^agent 'echo' is at version 1\.0\.0 .* for all jobs/, 'agents', 'promote', 'echo');
  assert.equal(count(await runAll('third')), 40);
  const { code, stderr } = await scene.host.cli('agents', 'promote', 'echo');
  assert.deepEqual([code, stderr], [1, "agenthost agents: agent 'echo' has no canary\n"]);
});
