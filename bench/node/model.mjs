// bench/run model: the whole host against a BullMQ Worker that streams with fetch, both asking the
// stand-in: first at zero latency (throughput, processor time), then over a 100 ms model (what the
// worker adds).
import { statSync } from 'node:fs';
import path from 'node:path';
import { chart, assertNoFailures, connect, counted, durations, fill, QUEUE } from './jobs.mjs';
import { startHost } from './host.mjs';
import { byThread, machine, parts, percentile, spread, table, watch } from './measure.mjs';
import { freePort, root, start, startRedis, stop } from './servers.mjs';

const LATENCY_MS = 100;
const ANSWER = path.join(root, 'bench/answer.txt');

// options: more of the stand-in's.
export async function startStandin(build, events, options = []) {
  const port = await freePort();
  const child = start(path.join(build, 'tests/standin/standin'),
    ['--port', String(port), '--events', String(events), '--answer', ANSWER, ...options], { stdout: 'pipe' });
  await new Promise((done) => child.stdout.once('data', done));
  const set = async (text) => {
    const response = await fetch(`http://127.0.0.1:${port}/standin/set`, { method: 'POST', body: text });
    if (!response.ok) throw new Error(await response.text());
  };
  const active = async () => (await (await fetch(`http://127.0.0.1:${port}/standin/stats`)).json()).active;
  return { port, child, set, active, baseUrl: `http://127.0.0.1:${port}/v1` };
}

function startWorker(kind, { build, redis, concurrency, standin }) {
  if (kind === 'ours') {
    return startHost({ build, port: redis.port, queue: QUEUE, concurrency, baseUrl: standin.baseUrl });
  }
  return start(process.execPath, [path.join(root, 'bench/node/model_worker.mjs'), redis.port, QUEUE,
    concurrency, standin.baseUrl].map(String));
}

async function oneRound(kind, setup, jobs, connection) {
  await connection.flushall();
  await fill(connection, jobs, setup.data);
  const child = startWorker(kind, setup);
  const from = Math.floor(jobs / 4);
  const round = await watch({
    count: () => counted(connection, kind), worker: child.pid, redis: setup.redis.child.pid, from, to: jobs,
  });
  await stop(child);
  await assertNoFailures(connection, kind);
  const added = (await durations(connection, from)).map((ms) => ms - setup.latencyMs);
  return { ...round, addedP50: percentile(added, 0.5), addedP99: percentile(added, 0.99) };
}

export async function run({ build, pairs, jobs, concurrency, events }) {
  const redis = await startRedis();
  const connection = connect(redis.port);
  const standin = await startStandin(build, events);
  const setup = {
    build, redis, concurrency, standin, latencyMs: 0,
    data: { agentId: 'personality', locale: 'de', context: 'Ankommen an einem neuen Ort, anders als geplant.', chart: chart() },
  };
  const rounds = { ours: [], peer: [] };
  const slow = { ours: [], peer: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const kind of ['ours', 'peer']) {
      await standin.set('latency-ms=0');
      setup.latencyMs = 0;
      rounds[kind].push(await oneRound(kind, setup, jobs, connection));
      await standin.set(`latency-ms=${LATENCY_MS}`);
      setup.latencyMs = LATENCY_MS;
      slow[kind].push(await oneRound(kind, setup, Math.min(jobs, concurrency * 60), connection));
      const [fast, late] = [rounds[kind].at(-1), slow[kind].at(-1)];
      console.error(`${pair + 1}/${pairs} ${kind}: ${Math.round(fast.jobsPerSecond)} jobs/s, ${fast.cpuMicrosPerJob.toFixed(0)} µs; added ${late.addedP50}/${late.addedP99} ms`);
    }
  }
  connection.disconnect();
  return report(rounds, slow, { pairs, jobs, concurrency, events, answerBytes: statSync(ANSWER).size });
}

function report(rounds, slow, setting) {
  const figures = {};
  for (const kind of ['ours', 'peer']) {
    figures[kind] = {
      jobsPerSecond: spread(rounds[kind], 'jobsPerSecond', 0),
      cpuMicrosPerJob: spread(rounds[kind], 'cpuMicrosPerJob', 0),
      cpuByThread: byThread(rounds[kind]),
      pssKilobytes: spread(rounds[kind], 'pssKilobytes', 0),
      addedMsP50: spread(slow[kind], 'addedP50', 1),
      addedMsP99: spread(slow[kind], 'addedP99', 1),
    };
  }
  const cell = ({ median, min, max }) => `${median} (${min}–${max})`;
  console.log(`\nanswers of ${setting.answerBytes} bytes streamed in ${setting.events} events, ${setting.concurrency} in flight, ${setting.pairs} interleaved pairs of ${setting.jobs} jobs`);
  console.log(`${machine()}; nothing pinned; ours also verifies the chart, calls the agent's cell, checks the answer and stores it in sqlite\n`);
  table([
    ['median (range)', 'jobs/s', 'µs a job, all processes', 'PSS KB', `added over ${LATENCY_MS} ms, p50 ms`, 'p99 ms'],
    ...[['agenthost', 'ours'], ['BullMQ Worker, fetch', 'peer']].map(([label, kind]) => [label,
      ...['jobsPerSecond', 'cpuMicrosPerJob', 'pssKilobytes', 'addedMsP50', 'addedMsP99'].map((figure) => cell(figures[kind][figure]))]),
  ]);
  console.log(`\nµs a job by thread, agenthost: ${parts(figures.ours.cpuByThread)}`);
  console.log(`µs a job by thread, BullMQ Worker: ${parts(figures.peer.cpuByThread)}`);
  const ratio = Number((figures.ours.jobsPerSecond.median / figures.peer.jobsPerSecond.median).toFixed(3));
  return { name: 'model', ...figures, ratio: { peer: ratio, ceiling: null }, setting };
}
