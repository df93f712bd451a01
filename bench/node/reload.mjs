// bench/run reload: four agents whose prompts were edited are reloaded while 2 000 of their jobs are
// in flight. Counted from SIGHUP to the swap as the host's log has it; still = 0s, so all folders are
// still at once. A Node worker has nothing to put beside it: its new code comes with a restart.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { imageHash, wrongImages } from '../../tests/flow/support/image.mjs';
import { installTestAgent, startHost } from './host.mjs';
import { assertNoFailures, completed, connect, createQueue, QUEUE } from './jobs.mjs';
import { machine, spread, table } from './measure.mjs';
import { startStandin } from './model.mjs';
import { scratch, startRedis, stop } from './servers.mjs';

const AGENTS = ['one', 'two', 'three', 'four'];
const LATENCY_MS = [2000, 4000]; // how long an answer takes: nobody's jobs all end at once
const PATIENCE_MS = 120_000;

async function until(what, check) {
  const end = performance.now() + PATIENCE_MS;
  while (!await check()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((done) => { setTimeout(done, 5); });
  }
}

// Gives every agent a prompt of its own for this round, and notes which image that makes.
function editPrompts(bundles, round, images) {
  for (const id of AGENTS) {
    const marker = `[${id} ${round}]`;
    writeFileSync(path.join(bundles, id, 'assets/prompt.txt'), `${marker} Say something. `);
    images.set(marker, imageHash(path.join(bundles, id)));
  }
}

// Jobs of the four agents in turn; each differs, so that each request does.
async function add(queue, from, count) {
  await queue.addBulk(Array.from({ length: count }, (_, i) => (
    { name: 'x', data: { agentId: AGENTS[i % AGENTS.length], note: `n-${from + i}` } })));
}

const logLines = (log) => readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));

// The line that says that this generation serves.
async function swapped(log, generation) {
  let line;
  await until(`generation ${generation}`, () => {
    line = logLines(log).find(({ msg }) => msg.startsWith(`generation ${generation} serves`));
    return line !== undefined;
  });
  return { at: Date.parse(line.ts), settledMs: Number(/settled in ([\d.]+) ms/.exec(line.msg)[1]) };
}

export async function run({ build, pairs, jobs }) {
  const redis = await startRedis();
  const connection = connect(redis.port);
  const queue = createQueue(connection);
  const journal = path.join(scratch, 'journal');
  const standin = await startStandin(build, 4, ['--journal', journal]);
  await standin.set(`latency-ms=${LATENCY_MS[0]}\nlatency-ms-max=${LATENCY_MS[1]}`);
  const bundles = path.join(scratch, 'bundles');
  const log = path.join(scratch, 'host.log');
  const images = new Map();
  mkdirSync(bundles);
  writeFileSync(log, '');
  for (const id of AGENTS) installTestAgent(build, bundles, id, 'echo', '');
  editPrompts(bundles, 0, images);
  const host = startHost({ build, port: redis.port, queue: QUEUE, concurrency: jobs,
    baseUrl: standin.baseUrl, bundles, log, agents: 'still = 0s' });
  await swapped(log, 1);
  const rounds = [];
  let added = 0;
  for (let round = 1; round <= pairs; round++) {
    await add(queue, added, 2 * jobs); // enough to go on with while it reloads
    added += 2 * jobs;
    await until(`${jobs} jobs in flight`, async () => (await standin.active()) >= jobs);
    editPrompts(bundles, round, images);
    const inFlight = await standin.active();
    const before = Date.now();
    host.kill('SIGHUP');
    const { at, settledMs } = await swapped(log, round + 1);
    rounds.push({ swap: at - before, settled: settledMs, inFlight });
    console.error(`${round}/${pairs}: ${inFlight} in flight, swapped after ${at - before} ms, of which ${settledMs} ms after all were still`);
    await until('the jobs to end', async () => {
      await assertNoFailures(connection, 'ours');
      return (await completed(connection)) === added;
    });
  }
  const failed = await connection.zcard(`bull:${QUEUE}:failed`);
  const requests = readFileSync(journal, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const wrong = await wrongImages({ socketPath: path.join(host.stateDir, 'control.sock'),
    jobs: await queue.getJobs(['completed']), journal: requests, images });
  if (wrong.length > 0) throw new Error(`${wrong.length} versions of another image than the prompt's: ${wrong[0]}`);
  await stop(host);
  await queue.close();
  connection.disconnect();
  return report(rounds, { failed, versions: added, jobs });
}

function report(rounds, { failed, versions, jobs }) {
  const [swap, settled, inFlight] = ['swap', 'settled', 'inFlight'].map((figure) => spread(rounds, figure));
  const cell = ({ median, min, max }) => `${median} (${min}–${max})`;
  console.log(`\nfour edited agents reloaded, ${rounds.length} times, jobs of ${LATENCY_MS.join('–')} ms in flight`);
  console.log(`${machine()}; nothing pinned\n`);
  table([
    ['median (range)', 'jobs in flight', 'SIGHUP to swap, ms', 'since all were still, ms', 'failed'],
    ['agenthost', cell(inFlight), cell(swap), cell(settled), failed],
  ]);
  console.log(`\n${versions} versions, each of the image that built its prompt`);
  return { name: 'reload', ours: { swap_ms: swap, settled_ms: settled, in_flight: inFlight, failed, versions },
    peer: null, ratio: { peer: null, ceiling: null }, swap_ms: swap.median, failed, setting: { reloads: rounds.length, jobs, agents: AGENTS.length } };
}
