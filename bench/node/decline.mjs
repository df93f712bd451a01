// bench/run decline: the whole host — cells, pipeline, store — without a model: every job's wording
// makes the crisis agent decline, so its text is stored and returned and nobody is asked.
import { chart, assertNoFailures, connect, counted, fill, QUEUE } from './jobs.mjs';
import { startHost } from './host.mjs';
import { byThread, machine, parts, spread, table, watch } from './measure.mjs';
import { startRedis, stop } from './servers.mjs';

export async function run({ build, pairs, jobs, concurrency }) {
  const redis = await startRedis();
  const connection = connect(redis.port);
  const data = { agentId: 'crisis', locale: 'de', context: 'Ich will nicht mehr leben.', chart: chart() };
  const rounds = [];
  for (let round = 0; round < pairs; round++) {
    await connection.flushall();
    await fill(connection, jobs, data);
    const host = startHost({ build, port: redis.port, queue: QUEUE, concurrency });
    rounds.push(await watch({
      count: () => counted(connection, 'agenthost'), worker: host.pid, redis: redis.child.pid,
      from: Math.floor(jobs / 6), to: jobs,
    }));
    await stop(host);
    await assertNoFailures(connection, 'agenthost');
    console.error(`${round + 1}/${pairs} ${Math.round(rounds.at(-1).jobsPerSecond)} jobs/s, ${rounds.at(-1).cpuMicrosPerJob.toFixed(0)} µs`);
  }
  connection.disconnect();
  const ours = {
    jobsPerSecond: spread(rounds, 'jobsPerSecond', 0),
    cpuMicrosPerJob: spread(rounds, 'cpuMicrosPerJob', 0),
    cpuByThread: byThread(rounds),
    redisShare: spread(rounds, 'redisShare', 2),
    pssKilobytes: spread(rounds, 'pssKilobytes', 0),
  };
  const cell = ({ median, min, max }) => `${median} (${min}–${max})`;
  console.log(`\nan agent that declines: cells and sqlite, no model; concurrency ${concurrency}, ${pairs} rounds of ${jobs} jobs`);
  console.log(`${machine()}; nothing pinned\n`);
  table([
    ['median (range)', 'jobs/s', 'µs a job, all processes', "Redis' share of a core", 'PSS KB, all processes'],
    ['agenthost', ...['jobsPerSecond', 'cpuMicrosPerJob', 'redisShare', 'pssKilobytes'].map((figure) => cell(ours[figure]))],
  ]);
  console.log(`\nµs a job by thread: ${parts(ours.cpuByThread)}`);
  return { name: 'decline', ours, peer: null, ratio: { peer: null, ceiling: null }, setting: { pairs, jobs, concurrency } };
}
