// bench/run queue: jobs a second of the queue layer with a handler that completes at once; the
// peer is a BullMQ Worker, the ceiling a pipelined driver over the same scripts.
import path from 'node:path';
import { completed, connect, fill, QUEUE } from './jobs.mjs';
import { machine, spread, table, watch } from './measure.mjs';
import { root, scratch, start, startRedis, stop } from './servers.mjs';

export async function run({ build, pairs, jobs, concurrency, pin }) {
  const redis = await startRedis(pin ? 0 : undefined);
  const connection = connect(redis.port);
  const data = { agentId: 'bench', readingId: null, question: 'x'.repeat(150) };
  const workers = {
    ours: () => [path.join(build, 'bench/queue_worker'), [redis.port, QUEUE, concurrency, path.join(scratch, 'state')]],
    peer: () => [process.execPath, [path.join(root, 'bench/node/worker.mjs'), redis.port, QUEUE, concurrency]],
    ceiling: () => [path.join(build, 'bench/ceiling'), [redis.port, QUEUE, concurrency]],
  };
  const rounds = { ours: [], peer: [], ceiling: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const kind of Object.keys(workers)) {
      await connection.flushall();
      await fill(connection, jobs, data);
      const [command, args] = workers[kind]();
      const child = start(command, args.map(String), { core: pin ? 1 : undefined });
      const round = await watch({
        count: () => completed(connection),
        worker: child.pid,
        redis: redis.child.pid,
        from: Math.floor(jobs / 6),
        to: jobs,
      });
      await stop(child);
      round.redisMicrosPerJob = round.redisShare / round.jobsPerSecond * 1e6;
      rounds[kind].push(round);
      console.error(`${pair + 1}/${pairs} ${kind}: ${Math.round(round.jobsPerSecond)} jobs/s, ${round.cpuMicrosPerJob.toFixed(1)} µs`);
    }
  }
  connection.disconnect();
  return report(rounds, { pairs, jobs, concurrency, pin });
}

function report(rounds, setting) {
  const figures = {};
  for (const kind of Object.keys(rounds)) {
    figures[kind] = {
      jobsPerSecond: spread(rounds[kind], 'jobsPerSecond', 0),
      cpuMicrosPerJob: spread(rounds[kind], 'cpuMicrosPerJob'),
      redisShare: spread(rounds[kind], 'redisShare', 2),
      redisMicrosPerJob: spread(rounds[kind], 'redisMicrosPerJob'),
      pssKilobytes: spread(rounds[kind], 'pssKilobytes', 0),
    };
  }
  const cell = ({ median, min, max }) => `${median} (${min}–${max})`;
  console.log(`\nqueue layer, concurrency ${setting.concurrency}, ${setting.pairs} interleaved rounds of ${setting.jobs} jobs`);
  console.log(`${machine()}; ${setting.pin ? 'Redis on core 0, worker on core 1' : 'not pinned'}\n`);
  table([
    ['median (range)', 'jobs/s', 'worker µs a job', "Redis' share of a core", "Redis' µs a job", 'worker PSS KB'],
    ...[['agenthost', 'ours'], ['BullMQ Worker', 'peer'], ['ceiling', 'ceiling']].map(([label, kind]) => [
      label, cell(figures[kind].jobsPerSecond), cell(figures[kind].cpuMicrosPerJob),
      cell(figures[kind].redisShare), cell(figures[kind].redisMicrosPerJob), cell(figures[kind].pssKilobytes)]),
  ]);
  const ratio = (other) => Number((figures.ours.jobsPerSecond.median / figures[other].jobsPerSecond.median).toFixed(3));
  return { name: 'queue', ...figures, ratio: { peer: ratio('peer'), ceiling: ratio('ceiling') }, setting };
}
