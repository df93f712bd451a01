// Every way in which a bundle can be unfit when it is reloaded: it is refused with a reason that says
// what is wrong where, the exit status tells, its last good image serves on, and a bundle changed in
// the same moment is taken. Then removal while jobs are in flight.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync,
  writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { buildDir, until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const ASSETS_BYTES = 16 * 1024 * 1024;
const glibc = process.report.getReport().header.glibcVersionRuntime;

let scene;
let bundle;
let image;
let turn = 0;

before(async () => {
  scene = await makeScene();
  bundle = join(scene.host.bundles, 'echo');
  scene.host.installTestAgent('other');
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  image = (await scene.run({ note: 'before' })).agent.image;
  cpSync(bundle, join(scene.folder, 'echo.good'), { recursive: true });
});

after(async () => {
  await scene.end({ expected: [/is refused/] });
});

// Puts the bundle back as it was at first; that is taken again.
async function restore() {
  rmSync(bundle, { recursive: true, force: true });
  cpSync(join(scene.folder, 'echo.good'), bundle, { recursive: true });
  const { code, stdout, stderr } = await scene.host.cli('reload', '--wait');
  assert.equal(code, 0, stdout + stderr);
}

afterEach(restore);

// Other bytes at one place of agent.so.
function patch(change) {
  const path = join(bundle, 'agent.so');
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

function machine(number, elfClass) {
  return () => patch((bytes) => {
    bytes[4] = elfClass;
    bytes.writeUInt16LE(number, 18);
  });
}

function newerGlibc() {
  patch((bytes) => {
    const at = bytes.indexOf('\0GLIBC_2.14\0');
    assert.ok(at > 0, 'the agent needs a version of glibc by name');
    bytes.write('GLIBC_2.99', at + 1);
  });
}

const testAgent = (name) => () =>
  copyFileSync(join(buildDir, `tests/agents/.libs/${name}.so`), join(bundle, 'agent.so'));
const asset = (name) => join(bundle, 'assets', name);
const manifest = (change) => () => {
  const path = join(bundle, 'manifest.json');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
};

// A socket stands for whatever is special: a device cannot be made without rights.
async function specialFile() {
  const server = createServer().listen(asset('device'));
  await new Promise((resolve) => { server.once('listening', resolve); });
  rmSync(asset('node'), { force: true });
  execFileSync('mv', [asset('device'), asset('node')]); // closing the server removes the other name
  await new Promise((resolve) => { server.close(resolve); });
}

function filled(files) {
  for (let i = 1; i < files; i++) { // prompt.txt is one of them
    writeFileSync(asset(`f${i}`), '');
  }
}

function sized(bytes) {
  const own = readFileSync(asset('prompt.txt')).length;
  writeFileSync(asset('large'), '');
  truncateSync(asset('large'), bytes - own);
}

const deep = (levels) => mkdirSync(asset(Array.from({ length: levels }, (_, i) => i).join('/')), { recursive: true });

const foreign = process.arch === 'arm64' ? 'x86-64' : 'aarch64';

const faults = [
  foreign === 'aarch64'
    ? ['for aarch64', machine(183, 2), /agent\.so: .*another machine \(aarch64, number 183; this one is /]
    : ['for x86-64', machine(62, 2), /agent\.so: .*another machine \(x86-64, number 62; this one is /],
  ['for i386', machine(3, 1), /agent\.so: .*another machine \(i386, number 3; this one is /],
  ['for a newer glibc', newerGlibc,
    new RegExp(`GLIBC_2\\.99.*this machine has glibc ${glibc?.replace('.', '\\.')}`)],
  ['without the exported object', testAgent('misfit_missing'), /agent\.so: .*no object named agenthost_agent/],
  ['with an unresolved symbol', testAgent('misfit_unresolved'), /undefined symbol: nobody_defines_this/],
  ['for an older interface', testAgent('misfit_older'), /agent interface 0\.0 and this host serves 1\.x/],
  ['for a newer interface', testAgent('misfit_newer'), /agent interface 2\.0 and this host serves 1\.x/],
  ['with a huge interface', testAgent('misfit_huge'), /says it has 1000000 bytes/],
  ['whose constructor leaves', testAgent('constructor_exits'), /left with exit status 0 in dlopen/],
  ['with half a manifest', manifest((text) => text.slice(0, 30)), /echo\/manifest\.json:1:27: the string has no end/],
  ['with a comma too many', manifest((text) => text.replace(',', ',\n,')), /echo\/manifest\.json:2:1: /],
  ['with a wrong member', manifest((text) => text.replace('"optional"', '"perhaps"')),
    /echo\/manifest\.json: \/chart: 'perhaps'/],
  ["with another bundle's id", manifest((text) => text.replace('"id":"echo"', '"id":"other"')),
    /echo\/manifest\.json: \/id: .*other/],
  ['with a link in its assets', () => symlinkSync('/etc/passwd', asset('link')), /assets\/link is a symbolic link/],
  ['with a FIFO in its assets', () => execFileSync('mkfifo', [asset('fifo')]), /assets\/fifo is a FIFO/],
  ['with a special file in its assets', specialFile, /assets\/node is a special file/],
  ['with 257 assets', () => filled(257), /assets has over 256 files/],
  ['with a byte of assets too many', () => sized(ASSETS_BYTES + 1), /assets is over 16 MB/],
  ['nested too deep', () => deep(8), /nested deeper than 8/],
];

for (const [what, spoil, reason] of faults) {
  test(`a bundle ${what} is refused, and all others are taken`, async () => {
    await spoil();
    scene.host.writePrompt('other', `TURN ${++turn} `);
    const { code, stdout, stderr } = await scene.host.cli('reload', '--wait');
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, reason);
    assert.match((await scene.host.cli('agents')).stdout, /echo/);
    assert.equal((await scene.run({ note: 'refused' })).agent.image, image, 'the last good image serves');
    await scene.run({ agentId: 'other', note: 'taken' });
    assert.match(scene.model.journal().at(-1).excerpt, new RegExp(`^TURN ${turn} `));
  });
}

for (const [what, fill] of [['256 assets', () => filled(256)],
  ['16 MB of assets', () => sized(ASSETS_BYTES)], ['assets nested as deep as they may', () => deep(7)]]) {
  test(`a bundle with ${what} is taken`, async () => {
    fill();
    const { code, stdout, stderr } = await scene.host.cli('reload', '--wait');
    assert.equal(code, 0, stdout + stderr);
    assert.equal((await scene.run({ note: what })).outcome, 'completed');
  });
}

test('of one id in two folders the later one serves, until it goes', async () => {
  const site = join(scene.folder, 'site');
  cpSync(bundle, join(site, 'echo'), { recursive: true });
  writeFileSync(join(site, 'echo/assets/prompt.txt'), 'SITE ');
  scene.host.configure({ agents: { dirs: `${scene.host.bundles}, ${site}` } });
  const reload = await scene.host.cli('reload', '--wait');
  assert.equal(reload.code, 0, reload.stdout + reload.stderr);
  await scene.run({ note: 'site' });
  assert.match(scene.model.journal().at(-1).excerpt, /^SITE /);
  rmSync(join(site, 'echo'), { recursive: true });
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  await scene.run({ note: 'packaged' });
  assert.match(scene.model.journal().at(-1).excerpt, /^PROMPT ONE /);
});

test('jobs in flight of a removed agent are finished by it, later ones wait for it', async () => {
  await scene.model.set({ 'latency-ms': 1000 });
  const inFlight = Promise.all(['a', 'b', 'c'].map((note) => scene.run({ note })));
  await until('the requests', async () => (await scene.model.stats()).active === 3);
  rmSync(bundle, { recursive: true });
  const { code, stdout, stderr } = await scene.host.cli('reload', '--wait');
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /echo.*removed/);
  assert.equal((await scene.model.stats()).active, 3, 'they are still in flight');
  for (const { outcome, agent } of await inFlight) {
    assert.deepEqual([outcome, agent.image], ['completed', image]);
  }
  await scene.model.set({ 'latency-ms': 0 });
  const late = await scene.queue.add('x', { agentId: 'echo', note: 'late' });
  await until('it to be parked', async () => (await late.getState()) === 'delayed');
  await restore();
  assert.equal((await late.waitUntilFinished(scene.events, 20_000)).agent.image, image);
  assert.equal((await scene.queue.getJob(late.id)).attemptsMade, 1);
});
