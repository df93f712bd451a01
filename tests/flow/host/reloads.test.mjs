// Five hundred reloads while jobs flow, the prompts of two agents edited before each: no job fails,
// each is stored with the hash of the image that built its prompt, and the host grows neither in
// descriptors, nor in processes, nor in memory.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { imageHash, wrongImages } from '../support/image.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';
import { request } from '../support/services.mjs';

const RELOADS = 500;
const WARM_RELOADS = 100; // until pools and tables have their size, and old images are thrown away
const AGENTS = ['echo', 'other'];
const IN_WORK = 40;
// Between samples the number of jobs in flight differs, and with it sockets and cells that still end.
const DESCRIPTORS_MORE_MAX = 20;
const PROCESSES_MORE_MAX = 2 * AGENTS.length; // three images of an agent may be alive
const MEMORY_MORE_MAX = 2 * 1024 * 1024; // of the host's own pages: 5 KB a reload would be seen

let scene;
let added = 0;
const images = new Map();

before(async () => {
  scene = await makeScene({ start: false, model: { 'latency-ms': 20, 'latency-ms-max': 200, bytes: 400, events: 4 },
    settings: { queue: { concurrency: IN_WORK }, log: { format: 'json', level: 'warning' } } });
  scene.host.installTestAgent('other');
  edit(0);
  await scene.host.start();
});

after(() => scene.end());

function edit(round) {
  for (const id of AGENTS) {
    const marker = `[${id} ${round}]`;
    scene.host.writePrompt(id, `${marker} Say something. `);
    images.set(marker, imageHash(join(scene.host.bundles, id)));
  }
}

// There is always more to do than is in work.
async function feed() {
  if (await scene.queue.getWaitingCount() < IN_WORK) {
    await scene.queue.addBulk(Array.from({ length: 2 * IN_WORK }, (_, i) => (
      { name: 'x', data: { agentId: AGENTS[i % AGENTS.length], note: `n-${added + i}` } })));
    added += 2 * IN_WORK;
  }
}

function sample() {
  const { pid } = scene.host.program;
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) => (
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean)));
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    processes: children.length,
    memory: Number(/^Private_Dirty:\s+(\d+)/m.exec(rollup)[1]) * 1024,
    images: readdirSync(join(scene.host.state, 'images')).length,
  };
}

// The least of several: what is merely in flight is not there each time.
async function restingSample() {
  const samples = [];
  for (let i = 0; i < 10; i++) {
    samples.push(sample());
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return Object.fromEntries(Object.keys(samples[0]).map((key) => (
    [key, Math.min(...samples.map((one) => one[key]))])));
}

async function reload(round) {
  edit(round);
  await feed();
  const { text } = await request({ socketPath: scene.host.socket }, '/api/reload',
    { method: 'POST', body: '{}' });
  const answer = JSON.parse(text);
  assert.deepEqual(answer.bundles.map(({ id, result }) => [id, result]),
    AGENTS.map((id) => [id, 'loaded']), JSON.stringify(answer));
  return answer.swapMs;
}

test(`${RELOADS} reloads while jobs flow`, async () => {
  const swaps = [];
  let warm;
  for (let round = 1; round <= RELOADS; round++) {
    swaps.push(await reload(round));
    if (round === WARM_RELOADS) {
      warm = await restingSample();
      console.log(`after ${round}: ${JSON.stringify(warm)}`);
    }
  }
  const end = await restingSample();
  swaps.sort((a, b) => a - b);
  console.log(`after ${RELOADS}: ${JSON.stringify(end)}; swapped within ${swaps[RELOADS / 2]} ms,`
    + ` at most ${swaps.at(-1)} ms; ${added} jobs`);
  assert.ok(end.descriptors <= warm.descriptors + DESCRIPTORS_MORE_MAX, 'descriptors');
  assert.ok(end.processes <= warm.processes + PROCESSES_MORE_MAX, 'processes');
  assert.ok(end.memory <= warm.memory + MEMORY_MORE_MAX, 'memory');

  await until('all jobs to end', async () => {
    const counts = await scene.queue.getJobCounts('completed', 'failed');
    return counts.completed + counts.failed === added;
  }, 120_000);
  assert.equal(await scene.queue.getFailedCount(), 0);
  const jobs = await scene.queue.getJobs(['completed']);
  assert.ok(jobs.every(({ attemptsMade }) => attemptsMade === 1));
  assert.deepEqual(await wrongImages({ socketPath: scene.host.socket, jobs,
    journal: scene.model.journal(), images }), []);
});
