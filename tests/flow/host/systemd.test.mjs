// The host as a service of systemd: what it says to the notify socket and when, and the unit file
// before systemd's own judges.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { Program, buildDir, makeFolder, until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const ends = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) {
    await end();
  }
});

// Stands for systemd; address may be abstract.
async function listenOn(address, folder) {
  const program = new Program(join(buildDir, 'tests/tools/notify-listen'), [address],
    { log: join(folder, 'notify.log') });
  ends.push(() => program.end());
  await program.untilReady('the listener', () => program.output().includes('listening'));
  // All messages so far, each with its lines.
  program.messages = () => program.output().split('\n').filter((line) => line.includes('"atUs"'))
    .map((line) => JSON.parse(line)).map(({ atUs, text }) => ({ atUs, lines: text.split('\n') }));
  // What changed the state of the service, in order.
  program.states = () => program.messages().flatMap(({ lines }) => lines)
    .filter((line) => /^(READY|RELOADING|STOPPING)=/.test(line));
  program.pings = () => program.messages().filter(({ lines }) => lines.includes('WATCHDOG=1')).length;
  return program;
}

async function startScene({ env = {}, expected = [] } = {}) {
  const scene = await makeScene({ start: false });
  ends.push(() => scene.end({ expected }));
  const address = join(scene.folder, 'notify');
  const listener = await listenOn(address, scene.folder);
  scene.host.env = { NOTIFY_SOCKET: address, ...env };
  await scene.host.start();
  return { scene, listener };
}

test('start, reload and drain are told in order', async () => {
  const { scene, listener } = await startScene();
  await until('the first state', () => listener.states().length > 0);
  assert.deepEqual(listener.states(), ['READY=1']);
  await scene.run({ note: 'a host that is ready works' });

  const beforeUs = Number(process.hrtime.bigint() / 1000n);
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  await until('the reload to be told', () => listener.states().length === 3);
  assert.deepEqual(listener.states(), ['READY=1', 'RELOADING=1', 'READY=1']);
  const { atUs, lines } = listener.messages().find(({ lines: all }) => all.includes('RELOADING=1'));
  const toldUs = Number(/^MONOTONIC_USEC=(\d+)$/m.exec(lines.join('\n'))[1]);
  assert.ok(beforeUs <= toldUs && toldUs <= atUs, `${beforeUs} ${toldUs} ${atUs}`);

  await scene.host.stop();
  await until('the drain to be told', () => listener.states().length === 4);
  assert.deepEqual(listener.states(), ['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1']);
  const stopping = listener.messages().find(({ lines: all }) => all.includes('STOPPING=1'));
  assert.ok(stopping.lines.includes('EXTEND_TIMEOUT_USEC=40000000'), String(stopping.lines));
});

test('a refused configuration ends its reload too', async () => {
  const { scene, listener } = await startScene({ expected: [/keeping the configuration in force/] });
  scene.host.configure({ queue: { concurrency: 'many' } });
  scene.host.program.child.kill('SIGHUP');
  await until('the reload to end', () => listener.states().length === 3);
  assert.deepEqual(listener.states(), ['READY=1', 'RELOADING=1', 'READY=1']);
});

test('an abstract socket is reached, and the status says what jobs wait for', async () => {
  const address = `@agenthost-test-${process.pid}`;
  const folder = makeFolder();
  const listener = await listenOn(address, folder);
  const host = new Host(folder, {});
  host.env = { NOTIFY_SOCKET: address };
  host.configure({ redis: { url: `unix:${join(folder, 'nothing')}` } });
  host.installTestAgent('echo');
  await host.start({ untilReady: false });
  ends.push(() => host.stop({ expected: [/redis/i] }));
  await until('READY', () => listener.states().includes('READY=1'));
  const status = await until('a status that names all', () => listener.messages()
    .flatMap(({ lines }) => lines).findLast((line) => line.startsWith('STATUS=waiting: ')));
  assert.match(status, /no Redis/);
  assert.match(status, /; model: /, 'one line, however many reasons');
});

test('the watchdog hears the loop turn, and not that it is stopped', async () => {
  const { scene, listener } = await startScene({ env: { WATCHDOG_USEC: '200000' } });
  await until('pings', () => listener.pings() >= 5);
  const times = listener.messages().filter(({ lines }) => lines.includes('WATCHDOG=1'))
    .map(({ atUs }) => atUs);
  const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  assert.ok(median > 50_000 && median < 200_000, `every ${median} us`);
  scene.host.program.child.kill('SIGSTOP');
  try {
    const state = () => /^State:\s+(\S)/m.exec(
      readFileSync(`/proc/${scene.host.program.pid}/status`, 'utf8'))[1];
    await until('the host to stand', () => state() === 'T');
    const before = listener.pings();
    const end = Date.now() + 600; // three times what systemd would wait
    await until('the time to pass', () => Date.now() > end);
    assert.ok(listener.pings() <= before + 1, 'at most one was under way');
  } finally {
    scene.host.program.child.kill('SIGCONT');
  }
  const resumed = listener.pings();
  await until('pings again', () => listener.pings() > resumed);
});

// A cell is not dumpable: only root may look at its environment.
const isRoot = process.getuid() === 0;
test('cells never see the sockets of the supervisor', { skip: !isRoot }, async () => {
  const { scene } = await startScene({ env: { NODE_CHANNEL_FD: '2' } });
  const { pid } = scene.host.program;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  assert.match(children[0], /^[0-9]+$/, 'there is a cell');
  for (const child of children) {
    const environment = readFileSync(`/proc/${child}/environ`, 'utf8');
    assert.doesNotMatch(environment, /NOTIFY_SOCKET|WATCHDOG|NODE_CHANNEL/);
  }
});

// systemd-analyze judges files without a running systemd.
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
const unit = readFileSync(join(buildDir, 'etc/agenthost.service'), 'utf8');

function analyze(...args) {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

// The unit in a folder of its own, its programs being those of this build.
function writeUnit() {
  const folder = join(makeFolder(), 'units');
  mkdirSync(folder);
  const path = join(folder, 'agenthost.service');
  writeFileSync(path, unit.replaceAll(/=\S*\/bin\/agenthost /g, `=${join(buildDir, 'agenthost')} `));
  chmodSync(path, 0o644);
  return path;
}

test('the unit is one that systemd reads without a complaint', { skip: !hasAnalyze }, () => {
  const { status, text } = analyze('--man=no', 'verify', writeUnit());
  // Complaints about other units of this machine are not ours.
  const complaints = text.split('\n').filter((line) => line.includes('agenthost'));
  assert.deepEqual(complaints, []);
  assert.equal(status, 0, text);
});

test('the unit is well closed', { skip: !hasAnalyze }, () => {
  const { status, text } = analyze('--offline=true', '--threshold=20', 'security', writeUnit());
  assert.equal(status, 0, text.slice(-2000));
});

test('the unit waits longer than a drain takes', () => {
  const seconds = (name) => Number(new RegExp(`^${name}=(\\d+)s$`, 'm').exec(unit)[1]);
  assert.ok(seconds('TimeoutStopSec') >= 30 + 10, 'limits.drain and what comes after it');
  assert.ok(seconds('WatchdogSec') >= 10);
  for (const call of ['seccomp', 'landlock_create_ruleset', 'landlock_add_rule',
    'landlock_restrict_self']) {
    assert.match(unit, new RegExp(`^SystemCallFilter=.*\\b${call}\\b`, 'm'), 'cells close themselves');
  }
});
