// A host with good and bad agents in it, and what can be seen of a bad one from outside.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Host } from '../support/host.mjs';
import { buildDir, makeFolder, until } from '../support/process.mjs';
import { Model, Redis } from '../support/services.mjs';

const GOOD_JOBS = 3; // beside each job of a bad agent

// The host's programs with these defences left out.
function bareProgram(folder, defences) {
  const place = join(folder, 'bare');
  mkdirSync(place);
  for (const name of ['agenthost', 'agenthost-cell']) {
    copyFileSync(join(buildDir, 'tests/agents/bare', name), join(place, name));
  }
  copyFileSync(join(buildDir, 'agenthost-chart'), join(place, 'agenthost-chart'));
  writeFileSync(join(place, 'without'), defences.join('\n'));
  return join(place, 'agenthost');
}

export class Arena {
  // rows: of rows.mjs; without: the defences to leave out; patienceMs: for one job
  constructor(rows, { without = [], patienceMs = 15_000 } = {}) {
    Object.assign(this, { rows, without, patienceMs, folder: makeFolder(), victims: {} });
  }

  async start() {
    const { folder } = this;
    this.decoys = {
      file: join(folder, 'decoy'), new: join(folder, 'made'), socket: join(folder, 'decoy.sock'),
    };
    writeFileSync(this.decoys.file, 'not for agents');
    this.listener = net.createServer((socket) => socket.destroy()).listen(this.decoys.socket);
    this.listener.unref();
    this.redis = await new Redis(folder).start();
    this.model = await new Model(folder).start({ bytes: 40, events: 4 });
    this.host = new Host(folder, {
      redis: this.redis, model: this.model, env: { BAD_SECRET: 'sk-secret' },
      ...(this.without.length > 0 ? { program: bareProgram(folder, this.without) } : {}),
      settings: {
        queue: { concurrency: 16 },
        agents: { call_timeout: '1s', start_timeout: '3s', memory_max: '256MB', sandbox: 'require' },
        'provider.openai': { retries: 0 },
      },
    });
    this.host.installTestAgent('good');
    for (const row of this.rows.filter(({ update }) => update)) {
      this.host.installTestAgent(row.name);
    }
    await this.host.start();
    this.queue = this.redis.queue();
    this.events = await this.redis.events();
    // So that the host has connections of all kinds when the bad ones' cells are made.
    assert.match(await this.outcome(await this.queue.add('job', { agentId: 'good' })), /^completed/);
    for (const row of this.rows) {
      this.install(row);
    }
    // Some are refused, so the exit status is 1; without a deadline this may never end.
    this.reloading = this.host.cli('reload', '--wait');
    this.isReloaded = await Promise.race([this.reloading.then(() => true),
      new Promise((resolve) => { setTimeout(resolve, 2 * this.patienceMs, false).unref(); })]);
    return this;
  }

  install({ name, deed, so = 'bad', update }) {
    if (deed?.includes('{pid}')) {
      this.victims[name] = spawn('sleep', ['600'], { stdio: 'ignore' });
    }
    const bundle = this.host.installTestAgent(name, { agent: so, version: update ? '2.0.0' : '1.0.0' });
    if (deed !== undefined) {
      const words = deed.replace(/\{(\w+)\}/g, (_, decoy) => (
        decoy === 'pid' ? this.victims[name].pid : this.decoys[decoy]));
      writeFileSync(join(bundle, 'assets/deed.txt'), words);
    }
  }

  async outcome(job) {
    const state = await until('the job ends', async () => {
      const now = await job.getState();
      return now === 'completed' || now === 'failed' ? now : false;
    }, this.patienceMs).catch(() => job.getState());
    const { returnvalue, failedReason, attemptsMade, stacktrace } = await this.queue.getJob(job.id);
    if (state === 'completed') {
      return `completed by ${returnvalue?.agent?.version}: ${returnvalue?.content?.text ?? ''}`;
    }
    if (state === 'failed') {
      assert.equal(stacktrace.length, attemptsMade, 'each attempt left its trace');
      return `failed after ${attemptsMade}: ${failedReason}`;
    }
    return state; // still active, or parked: delayed
  }

  // How the row's cells fared, from `agenthost agents --json`.
  async cell({ name }) {
    const { code, stdout } = await this.host.cli('--json', 'agents');
    if (code !== 0) {
      return { text: 'the host does not answer' };
    }
    const entry = JSON.parse(stdout).find(({ id }) => id === name);
    const { refused, quarantined, lastEnd } = entry ?? {};
    if (quarantined?.length > 0) {
      return { text: `quarantined: ${quarantined[0].reason}`, lastEnd };
    }
    if (refused !== undefined) {
      return { text: refused };
    }
    if (lastEnd === undefined) {
      return { text: 'lives' };
    }
    const { end, phase, signal, exitStatus, refusedCalls, text } = lastEnd;
    return { lastEnd, text: `${end} in ${phase}${signal === undefined ? '' : `, signal ${signal}`}` +
      `${exitStatus === undefined ? '' : `, exit status ${exitStatus}`}, ${refusedCalls} refused: ${text}` };
  }

  // Does what the row says and gives what was seen of it.
  async run(row) {
    if (!this.isReloaded) {
      return { job: 'never loaded', cell: '', log: '', hostLog: '', asks: 0, lines: 0, good: [] };
    }
    const askedBefore = (await this.model.stats()).requests;
    const beside = await this.queue.addBulk(Array.from({ length: GOOD_JOBS }, () => (
      { name: 'job', data: { agentId: 'good', beside: row.name } })));
    let last, job;
    for (let left = row.jobs ?? 1; left > 0; left--) {
      last = await this.queue.add('job', { agentId: row.name }, row.jobOptions);
      job = await this.outcome(last);
    }
    const good = await Promise.all(beside.map((each) => this.outcome(each)));
    const { text: cell, lastEnd } = await this.cell(row);
    const log = (await this.queue.getJobLogs(last.id)).logs.join('\n');
    const lines = this.host.logLines().filter(({ agent }) => agent === row.name);
    const hostLog = lines.map(({ msg }) => msg).join('\n');
    const asks = (await this.model.stats()).requests - askedBefore - GOOD_JOBS;
    return { job, cell, log, hostLog, asks, lines: lines.length, good, lastEnd };
  }

  // Runs the row and holds what was seen against it.
  async judge(row) {
    const seen = await this.run(row);
    row.seen = seen;
    assert.match(seen.job, row.job, 'what its job got');
    assert.match(seen.cell, row.cell, 'how its cell ended');
    assert.match(seen.log, row.log ?? /^/, "the job's log");
    assert.match(seen.hostLog, row.hostLog ?? /^/, "the host's log");
    assert.ok(seen.lines <= (row.linesMax ?? 100), `${seen.lines} lines in the host's log`);
    assert.equal(seen.asks, row.asks ?? seen.asks, 'how often the model was asked');
    for (const each of seen.good) {
      assert.match(each, /^completed by 1\.0\.0: /, 'a job of the good agent beside it');
    }
    const victim = this.victims[row.name];
    assert.equal(victim?.exitCode ?? victim?.signalCode ?? null, null, 'the other process lives');
    if (seen.lastEnd !== undefined && row.update === undefined) {
      const told = seen.lastEnd.text.slice(0, 60);
      assert.ok(seen.log.includes(told), `the job's log tells its end:\n${seen.log}`);
      assert.ok(seen.hostLog.includes('its cell ended'), `the host's log tells its end:\n${seen.hostLog}`);
    }
    return seen;
  }

  async end() {
    try {
      if (this.without.length > 0) {
        await this.host?.kill(); // what it says and how it ends proves nothing
      } else {
        await this.host?.stop({ expected: [/./] }); // refusals and quarantines are errors
      }
    } finally {
      Object.values(this.victims).forEach((victim) => victim.kill('SIGKILL'));
      this.listener?.close();
      await this.model?.stop();
      await this.redis?.stop();
    }
  }
}
