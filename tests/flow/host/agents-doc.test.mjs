// docs/agents.md word for word: its commands one after the other, as somebody without rights and,
// for the agent of texts, without a compiler; what it shows must be what they print.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync }
  from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { Program, buildDir, makeFolder, sourceDir } from '../support/process.mjs';
import { onFreePort } from '../support/services.mjs';

const [textPart, cPart] = readFileSync(join(sourceDir, 'docs/agents.md'), 'utf8')
  .split('\n## An agent in C');

// {commands, shown: what the document says that they print}, in its order.
function stepsOf(part) {
  const steps = [];
  for (const [, kind, body] of part.matchAll(/^```(sh|text)\n(.*?)^```$/gms)) {
    if (kind === 'sh') {
      steps.push({ commands: body, shown: [] });
    } else {
      steps.at(-1).shown.push(...body.split('\n').filter((line) => line !== ''));
    }
  }
  return steps;
}

// Numbers, hashes and ids are others each time.
const plain = (text) => text.replace(/[0-9a-f]{8}-[0-9a-f-]*|[0-9a-f]{8,}|\d+/g, '#');

function assertShown(shown, output) {
  const lines = plain(output).split('\n');
  for (const line of shown.map(plain).filter((text) => text !== '…')) {
    const wanted = line.replace(/ *…$/, '');
    assert.ok(lines.some((printed) => (line.endsWith('…') ? printed.startsWith(wanted)
      : printed === wanted || (wanted.includes('…') && printed.startsWith(wanted.split('…')[0])))),
    `'${line}' is not in:\n${output}`);
  }
}

const folder = makeFolder();
const home = join(folder, 'home');
const bin = join(folder, 'bin');
const tools = join(folder, 'tools');
const tmp = join(folder, 'tmp');
const who = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
let dev;

after(async () => {
  await dev?.end('SIGKILL');
});

function writeProgram(name, command) {
  writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
}

function which(name) {
  const dir = process.env.PATH.split(delimiter).find((each) => existsSync(join(each, name)));
  return dir === undefined ? undefined : join(dir, name);
}

// The programs as they are installed, and what every Debian has.
function prepare() {
  [home, bin, tools, tmp].forEach((dir) => mkdirSync(dir));
  for (const name of ['agenthost', 'agent-check', 'agent-run']) {
    writeProgram(name, join(buildDir, name));
  }
  writeProgram('agent-new', `${join(buildDir, 'agent-new')} --templates ${join(sourceDir, 'sdk/template')}`);
  writeFileSync(join(folder, 'agenthost-sdk.pc'), 'Name: agenthost-sdk\nDescription: of the build\n' +
    `Version: 0\nCflags: -I${join(sourceDir, 'sdk/include')}\n`);
  for (const name of ['sh', 'bash', 'sed', 'cat', 'mkdir', 'mktemp', 'find', 'mv', 'chmod', 'dirname',
    'rm', 'ls', 'redis-server', 'redis-check-rdb']) {
    if (which(name) !== undefined) {
      symlinkSync(which(name), join(tools, name));
    }
  }
  if (who.uid !== undefined) {
    chmodSync(folder, 0o755);
    execFileSync('chown', ['-R', '65534:65534', folder]);
  }
}

const environment = (path) => ({ PATH: path, HOME: home, TMPDIR: tmp, LC_ALL: 'C.UTF-8',
  PKG_CONFIG_PATH: folder });

// Runs one block; the next one begins where this one ended.
function run(commands, state) {
  const { status, stdout, stderr } = spawnSync(join(tools, 'bash'),
    ['-e', '-o', 'pipefail', '-c', `${commands}\npwd > '${folder}/tmp/.cwd'`],
    { env: environment(state.path), cwd: state.cwd, encoding: 'utf8', timeout: 120_000, ...who });
  assert.equal(status, 0, `${commands}\n${stdout}${stderr}`);
  state.cwd = readFileSync(join(tmp, '.cwd'), 'utf8').trim();
  return stdout + stderr;
}

// The host of the document, which goes on while the next block runs.
async function startDev(commands, state) {
  await onFreePort(async (port) => {
    dev = new Program(join(tools, 'bash'), ['-c', `exec ${commands.trim()} --port ${port}`],
      { log: join(folder, 'dev.out'), env: environment(state.path), cwd: state.cwd, ...who });
    await dev.untilReady('the first reading', () => / is stored/.test(dev.output()), 40_000);
  });
}

prepare();

test('the text agent, its first reload included, needs no compiler and no rights', async () => {
  const state = { cwd: home, path: [bin, tools].join(delimiter) };
  assert.equal(spawnSync(join(tools, 'bash'), ['-c', 'command -v cc gcc make'],
    { env: environment(state.path) }).status, 1);
  for (const { commands, shown } of stepsOf(textPart)) {
    if (commands.startsWith('agenthost dev')) {
      await startDev(commands, state);
      assertShown(shown, dev.output());
    } else if (dev !== undefined && dev.ending === undefined) {
      const before = dev.output().length;
      run(commands, state);
      await dev.untilReady('the reload', () => / is stored/.test(dev.output().slice(before)), 40_000);
      assertShown(shown, dev.output().slice(before));
      assert.deepEqual(await dev.end('SIGINT'), { code: 0, signal: null });
      assert.deepEqual(readdirSync(tmp), ['.cwd']);
    } else {
      assertShown(shown, run(commands, state));
    }
  }
});

test('the agent in C', () => {
  const state = { cwd: join(home, 'night-shift'), path: [bin, tools, process.env.PATH].join(delimiter) };
  for (const { commands, shown } of stepsOf(cPart)) {
    assertShown(shown, run(commands, state));
  }
});
