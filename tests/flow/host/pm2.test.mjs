// The host under the real PM2 with the ecosystem file that is shipped: its settings come from the
// .env beside it, PM2 learns when it is ready, and its verbs do what operators expect.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { buildDir, sourceDir, until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const pm2Program = join(dirname(require.resolve('pm2/package.json')), 'bin/pm2');
const name = 'reading-worker';
let scene, home, environment, logs;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function pm2(...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [pm2Program, ...args],
    { cwd: scene.folder, env: environment, timeout: 120_000 });
  return stdout;
}

// What PM2 thinks of the host.
async function description() {
  const all = JSON.parse((await pm2('jlist')).split('\n').findLast((line) => line.startsWith('[')));
  const { pid, pm2_env: { status, restart_time: restarts, pm_out_log_path: out,
    pm_err_log_path: err } } = all.find((app) => app.name === name);
  logs = [out, err];
  return { pid, status, restarts };
}

const output = () => logs.map((path) => readFileSync(path, 'utf8')).join('');

before(async () => {
  scene = await makeScene({ start: false });
  home = join(scene.folder, 'pm2');
  mkdirSync(home);
  copyFileSync(join(sourceDir, 'etc/ecosystem.config.cjs'),
    join(scene.folder, 'ecosystem.config.cjs'));
  // What the earlier system's .env says; the rest only keeps the test in its folder.
  writeFileSync(join(scene.folder, '.env'), [
    `OPENAI_BASE_URL=${scene.model.baseUrl}`, 'OPENAI_MODEL=named-in-the-env-file',
    'OPENAI_API_KEY=sk-of-the-env-file', `REDIS_URL=unix:${scene.redis.path}`, 'LOG_LEVEL=info',
    `AGENTHOST_STATE_DIR=${scene.host.state}`, `AGENTHOST_AGENTS_DIRS=${scene.host.bundles}`,
    'AGENTHOST_AGENTS_STILL=0s', 'AGENTHOST_QUEUE_LIMITER=off', 'AGENTHOST_HTTP_LISTEN=off', '',
  ].join('\n'), { mode: 0o600 });
  // Without a configuration file .env is looked for in the working directory.
  rmSync(scene.host.configPath);
  environment = {
    HOME: scene.folder, PATH: `${buildDir}:${dirname(process.execPath)}:/usr/bin:/bin`,
    PM2_HOME: home, PM2_DISCRETE_MODE: 'true', LC_ALL: 'C.UTF-8', NO_PROXY: '*',
  };
});

after(async () => {
  const daemon = Number(existsSync(join(home, 'pm2.pid')) && readFileSync(join(home, 'pm2.pid'), 'utf8'));
  try {
    await pm2('kill');
    await until('PM2 to end', () => !isAlive(daemon));
  } finally {
    if (daemon > 1 && isAlive(daemon)) {
      process.kill(daemon, 'SIGKILL');
    }
    await scene.end();
  }
});

test('start returns when the host is ready, long before PM2 would give up waiting', async () => {
  const began = Date.now();
  await pm2('start', 'ecosystem.config.cjs');
  assert.ok(Date.now() - began < 20_000, 'listen_timeout is 60 s');
  const { status, restarts, pid } = await description();
  assert.deepEqual({ status, restarts }, { status: 'online', restarts: 0 });
  assert.equal(readFileSync(`/proc/${pid}/comm`, 'utf8'), 'agenthost\n');
  assert.equal((await scene.host.status()).ready, true);
});

test('the .env beside it is in force', async () => {
  assert.equal((await scene.run({ note: 'x' })).model, 'named-in-the-env-file');
  await until('the start report', () => /env file \.env/.test(output()));
  assert.doesNotMatch(output(), /sk-of-the-env-file/);
});

test('sendSignal SIGHUP reloads bundles and settings without a restart', async () => {
  const { pid } = await description();
  const { generation } = await scene.host.status();
  scene.host.writePrompt('echo', 'PROMPT TWO ');
  await pm2('sendSignal', 'SIGHUP', name);
  await until('the next generation', async () =>
    (await scene.host.status()).generation > generation);
  assert.equal((await scene.run({ note: 'y' })).outcome, 'completed');
  assert.deepEqual(await description(), { pid, status: 'online', restarts: 0 });
});

test('after a minute it is the same process', async () => {
  const { pid } = await description();
  const end = Date.now() + 60_000;
  await until('a minute to pass', () => Date.now() > end, 70_000);
  const after = await description();
  assert.deepEqual([after.pid, after.status, after.restarts], [pid, 'online', 0]);
});

test('stop lets the running job finish, and leaves nothing running', async () => {
  await scene.model.set({ 'latency-ms': 3000 });
  const { pid } = await description();
  const job = await scene.queue.add('x', { agentId: 'echo', note: 'slow' });
  await until('the model to be asked', async () => (await scene.model.stats()).active > 0);
  const stopped = pm2('stop', name);
  assert.equal((await job.waitUntilFinished(scene.events, 20_000)).outcome, 'completed');
  await stopped;
  assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 1);
  assert.equal((await description()).status, 'stopped');
  assert.ok(!isAlive(pid));
  assert.match(output(), /"msg":"ended"|ended$/m, 'by itself, not by SIGKILL');
});

test('a crash is followed by a new start, a wrong configuration is not', async () => {
  await scene.model.set({ 'latency-ms': 0 });
  await pm2('start', name);
  const { pid, restarts } = await description();
  process.kill(pid, 'SIGKILL');
  const started = await until('PM2 to start it anew', async () => {
    const now = await description();
    return now.status === 'online' && now.pid !== pid && now;
  });
  assert.equal(started.restarts, restarts + 1);
  assert.equal((await scene.run({ note: 'z' })).outcome, 'completed');

  writeFileSync(join(scene.folder, '.env'), 'AGENTHOST_QUEUE_CONCURRENCY=many\n', { mode: 0o600 });
  process.kill(started.pid, 'SIGKILL');
  const ended = await until('PM2 to give up', async () => {
    const now = await description();
    return now.pid === 0 && now; // its words are "waiting restart", but it does not
  });
  assert.equal(ended.restarts, started.restarts + 1, 'tried once');
  assert.match(output(), /AGENTHOST_QUEUE_CONCURRENCY|queue\.concurrency/);
});
