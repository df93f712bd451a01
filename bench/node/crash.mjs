// bench/run crash: from the claim of a job that crashes its agent until another job of that agent
// has been finished; beside it a BullMQ Worker with a sandboxed processor, whose process is
// replaced as well. The time holds the crashing job's own work too, so it is an upper bound.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect, createQueue, QUEUE } from './jobs.mjs';
import { installTestAgent, startHost } from './host.mjs';
import { machine, percentile, spread, table } from './measure.mjs';
import { root, scratch, start, startRedis, stop } from './servers.mjs';

const AGENTS = 20; // an image is set aside at its third crash: each crashes twice at most

// Milliseconds from the claim of each crashing job to the end of the one behind it.
async function measure(queue, crashes, agentOf) {
  const times = [];
  for (let i = 0; i < crashes; i++) {
    const agentId = agentOf(i);
    const [crashing, next] = await queue.addBulk(['crash', 'decline'].map((word) => (
      { name: 'x', data: { agentId, do: word }, opts: { attempts: 1 } })));
    await ended(queue, crashing.id, 'failed');
    await ended(queue, next.id, 'completed');
    times.push((await queue.getJob(next.id)).finishedOn - (await queue.getJob(crashing.id)).processedOn);
  }
  return { p50: percentile(times, 0.5), max: Math.max(...times) };
}

async function ended(queue, id, expected) {
  const end = Date.now() + 20_000;
  for (;;) {
    const state = await queue.getJobState(id);
    if (state === expected) return;
    if (state === 'failed' || state === 'completed' || Date.now() > end) {
      throw new Error(`job ${id} is ${state}, not ${expected}: ${(await queue.getJob(id)).failedReason}`);
    }
    await new Promise((done) => setTimeout(done, 2));
  }
}

async function firstJob(queue, agentId) {
  const { id } = await queue.add('x', { agentId, do: 'decline' });
  await ended(queue, id, 'completed');
}

export async function run({ build, pairs, jobs }) {
  const redis = await startRedis();
  const connection = connect(redis.port);
  const queue = createQueue(connection);
  const bundles = path.join(scratch, 'bundles');
  const ids = Array.from({ length: AGENTS }, (_, i) => `a${i}`);
  for (const id of ids) installTestAgent(build, bundles, id, 'verdicts', '');
  const rounds = { ours: [], peer: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const kind of ['ours', 'peer']) {
      await connection.flushall();
      const log = path.join(scratch, `host-${pair}.log`);
      writeFileSync(log, '');
      const child = kind === 'ours'
        ? startHost({ build, port: redis.port, queue: QUEUE, concurrency: 1, bundles, log })
        : start(process.execPath, [path.join(root, 'bench/node/crash_worker.mjs'), redis.port, QUEUE].map(String));
      for (const id of ids) await firstJob(queue, id);
      rounds[kind].push(await measure(queue, Math.min(jobs, 2 * AGENTS), (i) => ids[i % AGENTS]));
      await stop(child);
      console.error(`${pair + 1}/${pairs} ${kind}: ${rounds[kind].at(-1).p50} ms, at most ${rounds[kind].at(-1).max}`);
    }
  }
  await queue.close();
  connection.disconnect();
  return report(rounds, { pairs, crashes: jobs });
}

function report(rounds, setting) {
  const figures = Object.fromEntries(Object.entries(rounds).map(([kind, found]) => [kind, {
    nextJobMsP50: spread(found, 'p50', 0), nextJobMsMax: spread(found, 'max', 0) }]));
  const cell = ({ median, min, max }) => `${median} (${min}–${max})`;
  console.log(`\nfrom the claim of a job that crashes its agent to the end of that agent's next job, ${setting.pairs} interleaved pairs of ${setting.crashes} crashes`);
  console.log(`${machine()}; nothing pinned\n`);
  table([
    ['median (range), ms', 'p50', 'longest'],
    ...[['agenthost', 'ours'], ['BullMQ Worker, sandboxed processor', 'peer']].map(([label, kind]) => [label,
      cell(figures[kind].nextJobMsP50), cell(figures[kind].nextJobMsMax)]),
  ]);
  const ratio = figures.ours.nextJobMsP50.median / figures.peer.nextJobMsP50.median;
  return { name: 'crash', ...figures, ratio: { peer: Number(ratio.toFixed(3)), ceiling: null }, setting };
}
