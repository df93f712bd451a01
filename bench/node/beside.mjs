// bench/run beside: how long the jobs of a good agent take, from adding to finish, at a steady pace;
// alone, and beside all bad agents of tests/flow/agents at work. Those are changed and reloaded again
// and again, so that none stays set aside. Needs the programs of `make check TESTS=`.
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rows } from '../../tests/flow/agents/rows.mjs';
import { startHost } from './host.mjs';
import { connect, QUEUE } from './jobs.mjs';
import { machine, median, percentile, table } from './measure.mjs';
import { startStandin } from './model.mjs';
import { scratch, startRedis, stop } from './servers.mjs';

const require = createRequire(new URL('../../tests/npm/package.json', import.meta.url));
const { Queue } = require('bullmq');

const JOBS_PER_SECOND = 400;
const TICK_MS = 10;
const BAD_JOBS = 2; // of each bad agent between reloads: one more would set it aside
const BAD_PAUSE_MS = 40; // between two of them
const PATIENCE_MS = 60_000;

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

function install(build, bundles, id, so, deed) {
  const assets = path.join(bundles, id, 'assets');
  mkdirSync(assets, { recursive: true });
  writeFileSync(path.join(bundles, id, 'manifest.json'), JSON.stringify({
    manifest: 1, id, version: '1.0.0', name: { en: id }, languages: ['en'], chart: 'none' }));
  copyFileSync(path.join(build, `tests/agents/.libs/${so}.so`), path.join(bundles, id, 'agent.so'));
  writeFileSync(path.join(assets, 'prompt.txt'), 'Say something. ');
  // The decoys of the tests are not there: what is not held would find nothing to harm.
  writeFileSync(path.join(assets, 'deed.txt'), (deed ?? '').replace('{pid}', '999999999')
    .replace(/\{\w+\}/g, '/nonexistent/decoy'));
}

// Keeps the bad agents at work until told to stop; gives how many jobs they were given.
async function misbehave(queue, host, bundles, until) {
  let given = 0;
  for (let turn = 0; !until.isOver; turn++) {
    for (const { name } of rows) {
      writeFileSync(path.join(bundles, name, 'assets/prompt.txt'), `Turn ${turn}. `);
    }
    host.kill('SIGHUP');
    for (let left = BAD_JOBS * rows.length; left > 0 && !until.isOver; left--) {
      const { name } = rows[left % rows.length];
      await queue.add('bad', { agentId: name }, { removeOnComplete: true, removeOnFail: true });
      given++;
      await sleep(BAD_PAUSE_MS);
    }
  }
  return given;
}

// Adds the good jobs at their pace, on time however late the ticks are.
async function addSteadily(queue, jobs) {
  const begin = performance.now();
  for (let added = 0; added < jobs;) {
    const due = Math.min(jobs, Math.floor((performance.now() - begin) * JOBS_PER_SECOND / 1000));
    if (due > added) {
      await queue.addBulk(Array.from({ length: due - added }, (_, i) => (
        { name: 'good', data: { agentId: 'good' }, opts: { jobId: `good-${added + i}` } })));
      added = due;
    }
    await sleep(TICK_MS);
  }
}

async function latencies(connection, jobs) {
  const ids = Array.from({ length: jobs }, (_, i) => `good-${i}`);
  const found = [];
  for (let at = 0; at < jobs; at += 1000) {
    const pipeline = connection.pipeline();
    for (const id of ids.slice(at, at + 1000)) {
      pipeline.hmget(`bull:${QUEUE}:${id}`, 'timestamp', 'finishedOn', 'failedReason', 'returnvalue');
    }
    for (const [, [timestamp, finished, failed, value]] of await pipeline.exec()) {
      if (finished === null || failed !== null || value === null) {
        throw new Error(`a job of the good agent did not complete: ${failed ?? 'not ended'}`);
      }
      found.push(Number(finished) - Number(timestamp));
    }
  }
  return found;
}

async function goodEnded(connection, jobs) {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const last = await connection.hget(`bull:${QUEUE}:good-${jobs - 1}`, 'finishedOn');
    const [active, waiting] = await Promise.all([
      connection.lrange(`bull:${QUEUE}:active`, 0, -1), connection.lrange(`bull:${QUEUE}:wait`, 0, -1)]);
    if (last !== null && ![...active, ...waiting].some((id) => id.startsWith('good-'))) return;
    if (performance.now() > end) throw new Error('jobs of the good agent are still waiting');
    await sleep(50);
  }
}

async function oneRound(setup, isBeside) {
  const { build, connection, redis, standin, jobs, concurrency } = setup;
  await connection.flushall();
  const bundles = mkdtempSync(path.join(scratch, 'bundles-'));
  install(build, bundles, 'good', 'echo');
  for (const { name, so, deed } of isBeside ? rows : []) {
    install(build, bundles, name, so ?? 'bad', deed);
  }
  const queue = new Queue(QUEUE, { connection });
  const host = startHost({
    build, port: redis.port, queue: QUEUE, concurrency, baseUrl: standin.baseUrl, bundles, log: '/dev/null',
    agents: 'still = 0s\ncall_timeout = 1s\nstart_timeout = 1s',
  });
  await queue.add('good', { agentId: 'good' }, { jobId: 'warm' });
  const end = performance.now() + PATIENCE_MS; // the first generation tries all bad starts
  while ((await connection.hget(`bull:${QUEUE}:warm`, 'finishedOn')) === null) {
    if (performance.now() > end) throw new Error('the host does not work');
    await sleep(20);
  }
  const until = { isOver: false };
  const misbehaving = isBeside ? misbehave(queue, host, bundles, until) : Promise.resolve(0);
  await addSteadily(queue, jobs);
  await goodEnded(connection, jobs);
  until.isOver = true;
  const bad = await misbehaving;
  const found = await latencies(connection, jobs);
  if (host.exitCode !== null) throw new Error('the host ended');
  await stop(host);
  await queue.close();
  return { p50: percentile(found, 0.5), p99: percentile(found, 0.99), p999: percentile(found, 0.999),
    max: Math.max(...found), bad };
}

export async function run({ build, pairs, jobs, concurrency }) {
  const redis = await startRedis();
  const connection = connect(redis.port);
  const standin = await startStandin(build, 4);
  const setup = { build, connection, redis, standin, jobs, concurrency: Math.max(concurrency, 100) };
  const rounds = { alone: [], beside: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const kind of ['alone', 'beside']) {
      rounds[kind].push(await oneRound(setup, kind === 'beside'));
      const { p50, p99, p999, max, bad } = rounds[kind].at(-1);
      console.error(`${pair + 1}/${pairs} ${kind}: p50 ${p50}, p99 ${p99}, p99.9 ${p999}, max ${max} ms; ${bad} jobs of bad agents`);
    }
  }
  connection.disconnect();
  const more = rounds.beside.map(({ p999 }, pair) => p999 - rounds.alone[pair].p999);
  const list = (kind, figure) => rounds[kind].map((round) => round[figure]).join(' ');
  console.log(`\na good agent's jobs from adding to finish, ms; ${pairs} pairs of ${jobs} jobs at ${JOBS_PER_SECOND}/s, all completed`);
  console.log(`beside ${rows.length} bad agents; ${machine()}; nothing pinned\n`);
  table([['each pair', 'p50', 'p99', 'p99.9', 'max', 'bad jobs'],
    ...['alone', 'beside'].map((kind) => [kind, ...['p50', 'p99', 'p999', 'max', 'bad'].map((figure) => list(kind, figure))])]);
  console.log(`\np99.9 more beside them, pair by pair: ${more.join(' ')} ms`);
  return { name: 'beside', ours: rounds, peer: null, ratio: { peer: null, ceiling: null },
    p999MoreMs: { median: median(more), max: Math.max(...more) },
    setting: { pairs, jobs, jobsPerSecond: JOBS_PER_SECOND, badAgents: rows.length } };
}
