// agenthost dev as somebody without rights meets it: one command, and what it shows, reloads, leaves.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync,
  writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Program, buildDir, makeFolder, sourceDir, until } from '../support/process.mjs';
import { Model, onFreePort, request } from '../support/services.mjs';

const program = join(buildDir, 'agenthost');
const { birthDate, birthTime, birthPlace } =
  JSON.parse(readFileSync(join(sourceDir, 'etc/examples/charts/apollo-11.json'), 'utf8'));
const started = [];

after(async () => {
  for (const dev of started) {
    await dev.program.end('SIGKILL');
  }
});

// A folder with one of the four bundles, and nobody's own when we are root.
class Dev {
  constructor(...args) {
    this.folder = makeFolder();
    this.tmp = join(this.folder, 'tmp');
    this.bundle = join(this.folder, 'business');
    this.job = join(this.folder, 'job.json');
    this.args = args; // more of them
    mkdirSync(this.tmp);
    cpSync(join(buildDir, 'bundles/business'), this.bundle, { recursive: true });
    writeFileSync(this.job,
      JSON.stringify({ agentId: 'business', context: 'x', birthDate, birthTime, birthPlace }));
    this.who = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
    if (this.who.uid !== undefined) {
      chmodSync(this.folder, 0o755);
      execFileSync('chown', ['-R', '65534:65534', this.folder]);
    }
    this.env = { PATH: process.env.PATH, HOME: this.folder, TMPDIR: this.tmp };
    started.push(this);
  }

  async start(sign = /serves/) {
    await onFreePort(async (port) => {
      this.port = port;
      this.program = new Program(program,
        ['dev', this.bundle, '--port', String(port), '--job', this.job, ...this.args],
        { log: join(this.folder, 'out'), env: this.env, cwd: this.folder, ...this.who });
      await this.shows(sign);
    });
    return this;
  }

  async shows(pattern, count = 1) {
    await this.program.untilReady(`${pattern}`, () =>
      (this.program.output().match(new RegExp(pattern, `g${pattern.flags}`)) ?? []).length >= count, 40_000);
  }

  // Every process that has our temporary folder in its words, or was started from one that has.
  processes() {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
      try {
        const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
        return { pid, parent, words: readFileSync(`/proc/${pid}/cmdline`, 'utf8') };
      } catch {
        return { pid, parent: '', words: '' };
      }
    });
    const ours = new Set([String(this.program.pid)]);
    for (let known = 0; known !== ours.size;) {
      known = ours.size;
      all.filter(({ parent, words }) => ours.has(parent) || words.includes(this.tmp))
        .forEach(({ pid }) => ours.add(pid));
    }
    return [...ours].map(Number);
  }
}

const isAlive = (pid) => {
  const file = `/proc/${pid}/status`;
  return existsSync(file) && !/^State:\tZ/m.test(readFileSync(file, 'utf8'));
};

test('a run is shown, a saved asset reloaded, a broken bundle refused by file and line', async () => {
  const dev = await new Dev().start();
  assert.equal((await request({ port: dev.port }, '/')).status, 200);
  await dev.shows(/post_process: accepted; facts passed/);
  await dev.shows(/completed in \d+ ms: reading [0-9a-f-]{36}, version 1, is stored/);
  assert.match(dev.program.output(), /prompt, system .*\nDu schreibst ein Business-Reading/);
  assert.match(dev.program.output(), /^Typ: Generator$/m);

  const user = join(dev.bundle, 'assets/user.de.md');
  writeFileSync(user, readFileSync(user, 'utf8').replace('Kommunikation', 'Stimme'));
  await dev.shows(/^reloaded\n {2}business +loaded/m);
  await dev.shows(/^Stimme: /m);
  await dev.shows(/is stored/, 2);

  writeFileSync(join(dev.bundle, 'manifest.json'), '{\n');
  await dev.shows(/business +refused .*\/business\/manifest\.json:2:1: /);
  assert.ok(dev.program.output().includes(`${dev.bundle}/manifest.json:2:1`));
  const { status, text } = await request({ port: dev.port }, '/api/orchestrator/execute', {
    method: 'POST', headers: { prefer: 'wait=30' },
    body: JSON.stringify({ agentId: 'business', context: 'x', birthDate, birthTime, birthPlace }),
  });
  assert.equal(status, 200, text);
  assert.match(text, /„Stimme“/);

  const all = dev.processes();
  assert.ok(all.length >= 5, `${all}`); // dev, Redis, model, host, a cell
  assert.deepEqual(await dev.program.end('SIGINT'), { code: 0, signal: null });
  assert.deepEqual(all.filter(isAlive), []);
  assert.deepEqual(readdirSync(dev.tmp), []);
});

test('--json prints one object a line', async () => {
  const dev = await new Dev('--json').start(/"event":"agents"/);
  await dev.shows(/"what":"end"/);
  await dev.program.end('SIGTERM');
  const events = dev.program.output().trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(events.map(({ event, what }) => what ?? event),
    ['started', 'agents', 'prompt', 'prompt', 'answer', 'finding', 'end']);
  const [, , system, , answer] = events;
  assert.equal(system.leftOutBytes, 0);
  assert.equal(Buffer.byteLength(system.text), system.bytes);
  assert.match(answer.text, /^## 1\. /);
});

test('--model asks that server, with the key of the environment, and no practice model', async () => {
  const dev = new Dev();
  const model = await new Model(dev.folder).start({ key: 'a-secret' });
  try {
    dev.args = ['--model', model.baseUrl];
    dev.env = { ...dev.env, OPENAI_MODEL: 'standin-7', OPENAI_API_KEY: 'a-secret' };
    await dev.start();
    await dev.shows(/answer of standin-7 in \d+ ms/);
    await until('the journal', () => model.journal().length > 0);
    const [asked] = model.journal();
    assert.deepEqual([asked.model, asked.status, asked.outcome], ['standin-7', 200, 'complete']);
    const words = dev.processes().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    assert.equal(words.some((each) => each.includes('agenthost-practice-model')), false, `${words}`);
    assert.ok(dev.program.output().includes(`model   ${model.baseUrl}\n`));
    assert.equal(dev.program.output().includes('a-secret'), false);
    await dev.program.end('SIGINT');

    // Without the key the server refuses; that is shown, and the job waits.
    const poor = new Dev('--model', model.baseUrl);
    poor.env.OPENAI_MODEL = 'standin-7';
    await poor.start();
    await poor.shows(/model error: provider 'openai' is down, .*: HTTP 401: /);
    await poor.shows(/waits in \d+ ms: provider/);
    await poor.program.end('SIGINT');
  } finally {
    await model.stop();
  }
});

test('whatever kills dev ends its children, and the next one removes what it left', async () => {
  const dev = await new Dev().start();
  const all = dev.processes();
  assert.ok(all.length >= 5, `${all}`);
  const living = readdirSync(dev.tmp);
  const next = new Dev();
  next.env.TMPDIR = dev.tmp;
  await next.start();
  assert.ok(existsSync(join(dev.tmp, living[0], 'redis.sock')), 'one that lives keeps its folder');
  await next.program.end('SIGINT');

  await dev.program.end('SIGKILL');
  await until('its processes end', () => all.filter(isAlive).length === 0);
  assert.deepEqual(readdirSync(dev.tmp), living);
  // Nobody's: without the lock of a dev, a link to a folder, and (as root) another user's.
  const kept = ['agenthost-dev-mine', 'agenthost-dev-link'];
  mkdirSync(join(dev.tmp, kept[0]));
  mkdirSync(join(dev.folder, 'elsewhere'));
  writeFileSync(join(dev.folder, 'elsewhere/lock'), '');
  symlinkSync(join(dev.folder, 'elsewhere'), join(dev.tmp, kept[1]));
  if (dev.who.uid !== undefined) {
    kept.push('agenthost-dev-theirs');
    mkdirSync(join(dev.tmp, kept[2]));
    writeFileSync(join(dev.tmp, kept[2], 'lock'), '');
    chmodSync(join(dev.tmp, kept[2]), 0o777);
    chmodSync(join(dev.tmp, kept[2], 'lock'), 0o666);
    execFileSync('chown', ['-hR', '65534:65534', join(dev.tmp, kept[0]), join(dev.tmp, kept[1]),
      join(dev.folder, 'elsewhere')]);
  }
  const last = new Dev();
  last.env.TMPDIR = dev.tmp;
  await last.start();
  await last.program.end('SIGINT');
  assert.deepEqual(readdirSync(dev.tmp).sort(), kept.sort());
  assert.ok(existsSync(join(dev.folder, 'elsewhere/lock')));
});

test('what is missing or wrong is named, with the remedy', async () => {
  const dev = new Dev();
  dev.program = { end: async () => {} };
  const run = (args, env = dev.env) => {
    const { status, stderr } = spawnSync(program, ['dev', ...args],
      { env, encoding: 'utf8', timeout: 20_000, ...dev.who });
    return `${status} ${stderr}`;
  };
  assert.match(run([]), /^2 .*give the folder of a bundle/);
  assert.match(run([dev.tmp]), /^2 .*is no bundle: there is no manifest\.json/);
  assert.match(run([join(dev.folder, 'none')]), /^2 .*No such file/);
  assert.match(run([dev.bundle, '--port', '65536']), /^2 .*0 to 65535/);
  assert.match(run([dev.bundle, '--job', dev.bundle]), /^2 .*--job/);
  assert.match(run([dev.bundle, '--model', 'http://127.0.0.1:1/v1']), /^2 .*OPENAI_MODEL/);
  assert.match(run([dev.bundle], { ...dev.env, PATH: dev.tmp }), /^1 .*install redis-tools/);
  const taken = await new Dev().start();
  assert.match(run([dev.bundle, '--port', String(taken.port)]), /^1 .*--port N/);
  await taken.program.end('SIGINT');
});
