// The host under test: a configuration and bundles in a folder of the test's, the program, its
// control socket, its command line and its store.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Program, buildDir } from './process.mjs';
import { request } from './services.mjs';

const ownProgram = join(buildDir, 'agenthost');

// Settings of the environment must not reach the host under test.
const cleanEnvironment = Object.fromEntries(Object.entries(process.env).filter(([name]) =>
  !/^(AGENTHOST_|REDIS_|OPENAI_|SUPABASE_|LOG_LEVEL$|PORT$|STATE_DIRECTORY$|RUNTIME_DIRECTORY$)/
    .test(name)));

export class Host {
  // settings: {section: {key: value}}, over what every test needs.
  constructor(folder, { redis, model, settings = {}, env = {}, program = ownProgram } = {}) {
    this.folder = folder;
    this.bundles = join(folder, 'agents');
    this.state = join(folder, 'state');
    this.socket = join(this.state, 'control.sock');
    this.database = join(this.state, 'readings.db');
    this.log = join(folder, 'host.log');
    this.configPath = join(folder, 'agenthost.conf');
    this.env = env;
    this.file = program;
    mkdirSync(this.bundles, { recursive: true });
    this.settings = {
      log: { format: 'json' },
      redis: redis === undefined ? {} : { url: `unix:${redis.path}` },
      state: { dir: this.state },
      queue: { names: 'readings', concurrency: 4, limiter: 'off' },
      agents: { dirs: this.bundles, still: '0s' },
      http: { listen: 'off' },
      'provider.openai': model === undefined ? {} : {
        base_url: model.baseUrl, model: 'standin', needs_key: 'no',
      },
    };
    this.configure(settings);
  }

  configure(settings) {
    for (const [section, values] of Object.entries(settings)) {
      this.settings[section] = { ...this.settings[section], ...values };
    }
    writeFileSync(this.configPath, Object.entries(this.settings).map(([section, values]) =>
      `[${section}]\n${Object.entries(values).map(([key, value]) => `${key} = ${value}\n`).join('')}`)
      .join(''));
  }

  // Overwrites the prompt of an installed test agent.
  writePrompt(id, prompt) {
    writeFileSync(join(this.bundles, id, 'assets/prompt.txt'), prompt);
  }

  // A bundle of the agent tests/agents/<agent>.c, with its prompt in an asset; manifest: more keys.
  installTestAgent(id, { agent = 'echo', prompt = 'You repeat things.', version = '1.0.0',
    manifest = {} } = {}) {
    const bundle = join(this.bundles, id);
    mkdirSync(join(bundle, 'assets'), { recursive: true });
    writeFileSync(join(bundle, 'manifest.json'), JSON.stringify({
      manifest: 1, id, version, name: { en: 'Test' }, languages: ['en'], chart: 'optional',
      ...manifest,
    }));
    writeFileSync(join(bundle, 'assets/prompt.txt'), prompt);
    copyFileSync(join(buildDir, `tests/agents/.libs/${agent}.so`), join(bundle, 'agent.so'));
    return bundle;
  }

  // The four reading agents, as they are shipped.
  installReadingAgents() {
    cpSync(join(buildDir, 'bundles'), this.bundles, { recursive: true });
  }

  async start({ untilReady = true } = {}) {
    this.program = new Program(this.file, ['--config', this.configPath, '--env-file', '/dev/null',
      'run'], { log: this.log, env: { ...cleanEnvironment, ...this.env }, cwd: this.folder });
    await this.program.untilReady('the host', async () => {
      try {
        return (await this.get(untilReady ? '/readyz' : '/healthz')).status === 200;
      } catch {
        return false;
      }
    });
    return this;
  }

  async get(path) {
    return request({ socketPath: this.socket }, path);
  }

  async status() {
    return JSON.parse((await this.get('/api/status')).text);
  }

  // The command line of the same program; never throws for an exit status.
  async cli(...args) {
    try {
      const { stdout, stderr } = await promisify(execFile)(this.file,
        ['--config', this.configPath, '--env-file', '/dev/null', ...args],
        { env: { ...cleanEnvironment, ...this.env }, cwd: this.folder, timeout: 60_000 });
      return { code: 0, stdout, stderr };
    } catch (error) {
      return { code: error.code, stdout: error.stdout, stderr: error.stderr };
    }
  }

  // Rows of the store's database.
  rows(sql, ...values) {
    const database = new DatabaseSync(this.database, { readOnly: true });
    try {
      return database.prepare(sql).all(...values);
    } finally {
      database.close();
    }
  }

  // Takes the store's write lock, as an operator's sqlite3 shell may; gives what releases it.
  lockStore() {
    const database = new DatabaseSync(this.database);
    database.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE');
    return () => {
      database.exec('ROLLBACK');
      database.close();
    };
  }

  // What the host said, as objects.
  logLines() {
    return !existsSync(this.log) ? [] : this.program.output().split('\n').filter((line) =>
      line.startsWith('{')).map((line) => JSON.parse(line));
  }

  // Ends the host as an operator does. It must end well, and must have said nothing at level
  // error but what the test expects; a sanitizer's report ends it otherwise.
  async stop({ expected = [] } = {}) {
    const ending = await this.program?.end();
    if (ending !== undefined && ending.signal !== 'SIGKILL') {
      assert.deepEqual(ending, { code: 0, signal: null }, this.program.output().slice(-4000));
    }
    const errors = this.logLines().filter(({ level, msg }) => level === 'error' &&
      !expected.some((pattern) => pattern.test(msg)));
    assert.deepEqual(errors, []);
    return ending;
  }

  async kill() {
    return this.program.end('SIGKILL');
  }
}
