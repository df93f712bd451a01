// Two hosts work off a stream of jobs while Redis and they themselves are hit every few seconds.
// At the end each job must have ended once and every reading must be there in one version.
//
// SOAK_SECONDS (600), SOAK_JOBS (24000) and SOAK_SEED choose how long, how many and which faults.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from '../flow/support/host.mjs';
import { Supabase, secretKey } from '../flow/support/postgrest.mjs';
import { makeFolder, until } from '../flow/support/process.mjs';
import { Model, Redis } from '../flow/support/services.mjs';

const seconds = Number(process.env.SOAK_SECONDS ?? 600);
const jobsCount = Number(process.env.SOAK_JOBS ?? 24_000);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1e6);
const durable = ['--appendonly', 'yes', '--appendfsync', 'always',
  '--enable-debug-command', 'local', '--unixsocketperm', '700'];

// mulberry32, by Tommy Ettinger: small, and the same everywhere.
function makeRandom(state) {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = makeRandom(seed);
const between = (least, most) => least + random() * (most - least);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

class Soak {
  async start() {
    this.folder = makeFolder();
    this.supabase = await new Supabase().start();
    this.redis = new Redis(this.folder);
    await this.redis.start(...durable);
    this.model = await new Model(this.folder).start({ 'latency-ms': 50, 'latency-ms-max': 500 });
    this.admin = this.redis.client();
    this.queue = this.redis.queue();
    this.hosts = ['one', 'two'].map((name) => {
      const host = new Host(join(this.folder, name), { redis: this.redis, model: this.model,
        settings: {
          queue: { concurrency: 40, lock: '5s', stalled: '2s', max_stalled: 50 },
          store: { driver: 'supabase', url: this.supabase.url, key: secretKey },
        } });
      host.installTestAgent('echo');
      return host;
    });
    for (const host of this.hosts) {
      await host.start();
    }
    this.told = { faults: {}, addsRepeated: 0 };
    return this;
  }

  async stop() {
    for (const host of this.hosts) {
      await host.program?.end();
    }
    await this.model.stop();
    await this.redis.stop();
    await this.supabase.stop();
  }

  // --- jobs -------------------------------------------------------------------------------

  // Every kind a producer may add. The id is ours: an add whose answer was lost is repeated.
  describe(i) {
    const options = { jobId: `soak-${i}`, attempts: 3, backoff: { type: 'fixed', delay: 200 } };
    if (i % 10 === 1) {
      options.priority = 1 + (i % 7);
    } else if (i % 10 === 2) {
      options.delay = (i * 37) % 3000;
    } else if (i % 10 === 3) {
      options.lifo = true;
    }
    return { name: 'generate-reading', data: { agentId: 'echo', note: `note-${i}` }, opts: options };
  }

  async add(from, to) {
    const jobs = Array.from({ length: to - from }, (_, i) => this.describe(from + i));
    for (;;) {
      try {
        await this.queue.addBulk(jobs);
        return;
      } catch {
        this.told.addsRepeated += 1;
        await sleep(100);
      }
    }
  }

  // Evenly over the time.
  async produce() {
    const began = Date.now();
    for (let added = 0; added < jobsCount;) {
      const due = Math.min(jobsCount,
        Math.ceil((jobsCount * (Date.now() - began + 250)) / (seconds * 1000)));
      if (due > added) {
        await this.add(added, due);
        added = due;
      }
      await sleep(100);
    }
  }

  // --- faults -----------------------------------------------------------------------------

  async restartRedis(signal) {
    await this.redis.program.end(signal);
    const { ends } = this.redis;
    this.redis.ends = []; // its clients stay, and come back by themselves
    await this.redis.start(...durable);
    this.redis.ends.push(...ends);
  }

  async killHost() {
    const host = this.hosts[Math.floor(random() * 2)];
    await host.kill();
    await sleep(between(0, 1500));
    await host.start({ untilReady: false });
  }

  faults = {
    'CLIENT KILL': () => this.admin.client('KILL', 'TYPE', 'normal'),
    'SCRIPT FLUSH': () => this.admin.script('FLUSH'),
    'DEBUG SLEEP': () => this.admin.call('DEBUG', 'SLEEP', between(0.2, 3).toFixed(2)),
    'restart of Redis': () => this.restartRedis('SIGTERM'),
    'kill -9 of Redis': () => this.restartRedis('SIGKILL'),
    'SIGSTOP of Redis': async () => {
      this.redis.program.child.kill('SIGSTOP');
      await sleep(between(500, 7000));
      this.redis.program.child.kill('SIGCONT');
    },
    'kill -9 of a host': () => this.killHost(),
  };

  async hit(until) {
    const names = Object.keys(this.faults);
    while (Date.now() < until) {
      await sleep(between(1000, 5000));
      const name = names[Math.floor(random() * names.length)];
      await this.faults[name]().catch(() => {}); // the connection it was asked over may be the one
      this.told.faults[name] = (this.told.faults[name] ?? 0) + 1;
    }
  }

  // --- what must be true ------------------------------------------------------------------

  async untilAllEnded() {
    let counts;
    await until('all jobs to end', async () => {
      counts = await this.queue.getJobCounts('completed', 'failed', 'active', 'waiting', 'delayed',
        'prioritized').catch(() => ({ completed: 0, failed: 0 }));
      await sleep(500);
      return counts.completed + counts.failed >= jobsCount;
    }, 300_000).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(counts)}`);
    });
  }

  async judge() {
    const key = (suffix) => `bull:readings:${suffix}`;
    const completed = await this.admin.zrange(key('completed'), 0, -1);
    const failed = await this.admin.zrange(key('failed'), 0, -1);
    this.told.failed = failed.length;
    for (const id of failed.slice(0, 5)) {
      console.log('failed:', id, await this.admin.hget(key(id), 'failedReason'));
    }
    const ended = new Set([...completed, ...failed]);
    assert.equal(ended.size, completed.length + failed.length, 'in two terminal states');
    assert.deepEqual(Array.from({ length: jobsCount }, (_, i) => `soak-${i}`)
      .filter((id) => !ended.has(id)), [], 'lost');
    for (const [list, size] of [['active', 'llen'], ['wait', 'llen'], ['delayed', 'zcard'],
      ['prioritized', 'zcard'], ['agenthost:parked', 'hlen']]) {
      assert.equal(await this.admin[size](key(list)), 0, list);
    }
    await until('the set of the stalled to be empty', async () =>
      await this.admin.scard(key('stalled')) === 0, 10_000);
    assert.deepEqual(await this.admin.keys(key('*:lock')), [], 'locks');
    assert.equal(this.supabase.sql(`SELECT count(*), min(current_version), max(current_version)
      FROM coach_readings WHERE status = 'completed'`), `${completed.length}|1|1`);
    assert.equal(this.supabase.sql('SELECT count(*) FROM reading_versions'),
      String(completed.length));
    assert.equal(this.supabase.sql(`SELECT count(*) FROM coach_readings
      WHERE status IN ('pending', 'processing')`), '0');
  }

  // What it cost: whole answers that the model gave, over those that were needed.
  count() {
    this.told.answersPaid = this.model.journal().filter(({ outcome }) => outcome === 'complete')
      .length;
    this.told.logLines = this.hosts.map((host) => readFileSync(host.log, 'utf8').split('\n').length);
    this.told.rssKb = this.hosts.map((host) => Number(execFileSync('ps',
      ['-o', 'rss=', '-p', String(host.program.pid)], { encoding: 'utf8' })));
  }
}

test(`${jobsCount} jobs in ${seconds} s with seed ${seed} end once each, whatever breaks`, async () => {
  const soak = await new Soak().start();
  try {
    await Promise.all([soak.produce(), soak.hit(Date.now() + seconds * 1000)]);
    await soak.untilAllEnded();
    soak.count();
    console.log(JSON.stringify({ seed, ...soak.told }));
    await soak.judge();
  } finally {
    await soak.stop();
  }
});
