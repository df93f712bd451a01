// Reads counters and processor times while a worker runs, the same way for every kind of worker.
import { readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';

// Processor time in microseconds of a process and its descendants, by the names of their threads.
export function cpuByThread(pid) {
  const micros = {};
  for (const id of tree(pid)) {
    try {
      for (const task of readdirSync(`/proc/${id}/task`)) {
        const stat = readFileSync(`/proc/${id}/task/${task}/schedstat`, 'utf8');
        const name = readFileSync(`/proc/${id}/task/${task}/comm`, 'utf8').trim();
        micros[name] = (micros[name] ?? 0) + Number(stat.split(' ')[0]) / 1000;
      }
    } catch {
      // it ended meanwhile
    }
  }
  return micros;
}

function total(micros) {
  return Object.values(micros).reduce((sum, value) => sum + value, 0);
}

function tree(pid) {
  const found = [pid];
  for (let i = 0; i < found.length; i++) {
    try {
      for (const task of readdirSync(`/proc/${found[i]}/task`)) {
        const text = readFileSync(`/proc/${found[i]}/task/${task}/children`, 'utf8').trim();
        if (text !== '') found.push(...text.split(' ').map(Number));
      }
    } catch {
      // it ended meanwhile
    }
  }
  return found;
}

// Resident memory of the tree, kilobytes, shared pages counted once for each sharer in part.
export function pssKilobytes(pid) {
  let sum = 0;
  for (const id of tree(pid)) {
    try {
      sum += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1]);
    } catch {
      // it ended meanwhile
    }
  }
  return sum;
}

// Watches completed jobs from `from` to `to` (the queue is full all the while) and gives rates.
export async function watch({ count, worker, redis, from, to, timeoutMs = 120000 }) {
  let first = null;
  let last = null;
  let peak = 0;
  const until = performance.now() + timeoutMs;
  for (;;) {
    const sample = {
      jobs: await count(),
      at: performance.now(),
      worker: cpuByThread(worker),
      redis: total(cpuByThread(redis)),
    };
    if (sample.jobs >= from && first === null) first = sample;
    if (sample.jobs >= to) break;
    last = sample;
    peak = Math.max(peak, pssKilobytes(worker));
    if (sample.at > until) throw new Error(`only ${sample.jobs} of ${to} jobs within ${timeoutMs} ms`);
    await new Promise((done) => setTimeout(done, 25));
  }
  if (first === null || last.jobs <= first.jobs) throw new Error('too few jobs for this speed: use --jobs');
  const jobs = last.jobs - first.jobs;
  const seconds = (last.at - first.at) / 1000;
  return {
    jobsPerSecond: jobs / seconds,
    cpuMicrosPerJob: (total(last.worker) - total(first.worker)) / jobs,
    cpuByThread: Object.fromEntries(Object.entries(last.worker)
      .map(([name, micros]) => [name, (micros - (first.worker[name] ?? 0)) / jobs])
      .filter(([, micros]) => micros >= 0.5)),
    redisShare: (last.redis - first.redis) / 1e6 / seconds,
    pssKilobytes: peak,
  };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

// { median, min, max } of one figure over the rounds.
export function spread(rounds, figure, digits = 1) {
  const values = rounds.map((round) => round[figure]);
  const cut = (value) => Number(value.toFixed(digits));
  return { median: cut(median(values)), min: cut(Math.min(...values)), max: cut(Math.max(...values)) };
}

// Median processor time a job of each thread, largest first: "agenthost 210, store 60".
export function byThread(rounds) {
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round.cpuByThread)))];
  return Object.fromEntries(names
    .map((name) => [name, Number(median(rounds.map((round) => round.cpuByThread[name] ?? 0)).toFixed(1))])
    .sort(([, a], [, b]) => b - a));
}

export function parts(micros) {
  return Object.entries(micros).map(([name, value]) => `${name} ${value}`).join(', ');
}

export function machine() {
  const cpu = os.cpus()[0]?.model ?? 'unknown processor';
  const load = os.loadavg()[0].toFixed(1);
  return `${os.cpus().length} × ${cpu}, ${Math.round(os.totalmem() / 2 ** 30)} GB, Linux ${os.release()}, Node ${process.versions.node}, load ${load} at the end`;
}

export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    console.log(row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[column])
      : String(cell).padStart(widths[column]))).join('  '));
  }
}
