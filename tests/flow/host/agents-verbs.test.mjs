// agents install puts a bundle in place in one step or not at all; rollback and canary on top of it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync,
  statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';
import { tarball } from '../support/tarball.mjs';

let scene;
let expected = [];
afterEach(async () => {
  await scene?.end({ expected });
  scene = undefined;
  expected = [];
});

// A bundle outside of agents.dirs, as a team hands it over.
function makeBundle(id, options) {
  const { bundles } = scene.host;
  scene.host.bundles = join(scene.folder, 'outside');
  const bundle = scene.host.installTestAgent(id, options);
  scene.host.bundles = bundles;
  return bundle;
}

function pack(bundle, file = join(scene.folder, 'bundle.tar.gz')) {
  execFileSync('tar', ['czf', file, '-C', join(bundle, '..'), bundle.split('/').pop()]);
  return file;
}

const install = (from, ...flags) => scene.host.cli('agents', 'install', from, ...flags);

async function refuse(from, pattern) {
  const before = fingerprint();
  const { code, stderr } = await install(from);
  assert.equal(code, 1, stderr);
  assert.match(stderr, pattern);
  assert.deepEqual(fingerprint(), before, 'nothing is changed');
}

async function cli(pattern, ...args) {
  const { code, stdout, stderr } = await scene.host.cli(...args);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, pattern);
}

// All below the agents' folder, names and bytes.
function fingerprint(folder = scene.host.bundles) {
  return Object.fromEntries(readdirSync(folder, { recursive: true }).sort().map((name) => {
    const stat = lstatSync(join(folder, name));
    return [name, stat.isFile() ? createHash('sha256').update(readFileSync(join(folder, name)))
      .digest('hex') : stat.isSymbolicLink() ? readlinkSync(join(folder, name)) : 'folder'];
  }));
}

// What the prompt of a new job begins with; the model writes its journal after it has answered.
async function promptOf(note) {
  await scene.run({ note });
  const { excerpt } = await until('the journal', async () =>
    scene.model.journal().find((request) => request.excerpt.includes(note)));
  return excerpt.slice(0, 10);
}

const agent = async () => JSON.parse((await scene.host.cli('agents', '--json')).stdout)
  .find(({ id }) => id === 'echo');

test('a tarball and a folder are installed, replace what was there, and serve at once', async () => {
  scene = await makeScene();
  const bundle = makeBundle('echo', { prompt: 'PROMPT TWO ', version: '2.0.0' });
  const first = await install(pack(bundle));
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^echo +loaded +[0-9a-f]{12}\n$/);
  assert.equal(await promptOf('note-two'), 'PROMPT TWO');
  assert.deepEqual(readdirSync(scene.host.bundles), ['echo']);
  const installed = join(scene.host.bundles, 'echo');
  assert.equal(statSync(join(installed, 'agent.so')).mode & 0o7777, 0o644);
  assert.equal(statSync(join(installed, 'assets')).mode & 0o7777, 0o755);
  writeFileSync(join(bundle, 'assets/prompt.txt'), 'PROMPT SIX ');
  writeFileSync(join(bundle, 'notes.txt'), 'not of the bundle');
  await cli(/^echo +loaded/, 'agents', 'install', `${bundle}/`);
  assert.equal(await promptOf('note-six'), 'PROMPT SIX');
  assert.ok(!existsSync(join(installed, 'notes.txt')), 'of a folder only the bundle is taken');
  await cli(/^echo +unchanged/, 'agents', 'install', bundle);
  const other = await install(makeBundle('other'), '--json');
  assert.deepEqual(JSON.parse(other.stdout).bundles.map(({ id, result }) => [id, result]),
    [['echo', 'unchanged'], ['other', 'loaded']]);
  assert.deepEqual(readdirSync(scene.host.bundles).sort(), ['echo', 'other']);
});

test('a link in the agents folder is replaced, and what it names is left alone', async () => {
  scene = await makeScene({ start: false });
  const target = join(scene.folder, 'echo-1');
  renameSync(join(scene.host.bundles, 'echo'), target);
  symlinkSync(target, join(scene.host.bundles, 'echo'));
  await scene.host.start();
  await cli(/loaded/, 'agents', 'install', makeBundle('echo', { prompt: 'PROMPT TWO ' }));
  assert.ok(lstatSync(join(scene.host.bundles, 'echo')).isDirectory());
  assert.equal(readFileSync(join(target, 'assets/prompt.txt'), 'utf8'), 'PROMPT ONE ');
});

test('a bundle that is no good is refused before anything is touched', async () => {
  scene = await makeScene();
  const bundle = makeBundle('echo', { prompt: 'PROMPT TWO ' });
  const code = readFileSync(join(bundle, 'agent.so'));
  writeFileSync(join(bundle, 'agent.so'), code.subarray(0, 4096));
  await refuse(pack(bundle), /is not installed: agent\.so: /);
  writeFileSync(join(bundle, 'agent.so'), code);
  writeFileSync(join(bundle, 'manifest.json'), '{"manifest":1,\n"id":}');
  await refuse(bundle, /is not installed: echo\/manifest\.json:2:/);
  const renamed = makeBundle('other', { manifest: { id: 'echo' } });
  await refuse(pack(renamed), /is not installed: other\/manifest\.json: .*\/id/);
  rmSync(join(bundle, 'manifest.json'));
  symlinkSync('/etc/hostname', join(bundle, 'manifest.json'));
  await refuse(bundle, /manifest\.json/);
  await refuse(join(scene.folder, 'nowhere.tar.gz'), /cannot be read: No such file/);
  assert.equal(await promptOf('note-one'), 'PROMPT ONE');
  assert.equal(scene.host.logLines().filter(({ level }) => level === 'error').length, 0,
    'the host never saw them');
});

test('a hostile archive is refused, and leaves nothing inside or outside', async () => {
  scene = await makeScene();
  const good = { path: 'echo/manifest.json', data: '{}' };
  const tars = {
    'two dots': [/leads out/, [good, { path: 'echo/../../evil', data: 'x' }]],
    'dots first': [/leads out/, [{ path: '../evil', data: 'x' }]],
    absolute: [/is an absolute path/, [good, { path: join(scene.folder, 'evil'), data: 'x' }]],
    link: [/neither a file nor a folder/,
      [good, { path: 'echo/assets', type: '2', link: scene.folder },
        { path: 'echo/assets/evil', data: 'x' }]],
    'link at the top': [/neither/, [{ path: 'echo', type: '2', link: scene.folder },
      { path: 'echo/evil', data: 'x' }]],
    'hard link': [/neither/, [good, { path: 'echo/agent.so', type: '1', link: '/etc/passwd' }]],
    device: [/neither/, [good, { path: 'echo/agent.so', type: '3' }]],
    pipe: [/neither/, [good, { path: 'echo/agent.so', type: '6' }]],
    'two folders': [/two folders, 'echo' and 'evil'/, [good, { path: 'evil/a', data: 'x' }]],
    'no folder': [/lies in no folder/, [{ path: 'manifest.json', data: '{}' }]],
    'no agent': [/'Echo' cannot be an agent's id/, [{ path: 'Echo/manifest.json', data: '{}' }]],
    empty: [/holds no folder/, []],
    'too long': [/longer than 100663296 bytes/, [good, { path: 'echo/agent.so', size: 96 * 2 ** 20 }]],
    'too many': [/more than 1000 files/,
      Array.from({ length: 1001 }, (_, i) => ({ path: `echo/${i}` }))],
    twice: [/cannot be written/, [good, good]],
    'cut off': [/cannot be read|no whole/, [{ ...good, size: 5000 }]],
    control: [/is no text/, [{ path: 'echo/\u001b[2J', data: 'x' }]],
  };
  const outside = readdirSync(scene.folder).sort();
  const file = join(scene.folder, 'evil.tar.gz');
  for (const [name, [pattern, entries]] of Object.entries(tars)) {
    await refuse(tarball(file, entries), pattern);
    rmSync(file);
    assert.deepEqual(readdirSync(scene.folder).sort(), outside, name);
  }
  writeFileSync(file, 'no archive at all');
  await refuse(file, /no whole .tar.gz/);
  writeFileSync(file, '');
  await refuse(file, /is not installed/);
  const whole = readFileSync(pack(makeBundle('echo', { prompt: 'PROMPT TWO ' })));
  writeFileSync(file, whole.subarray(0, whole.length - 500));
  await refuse(file, /cannot be read|no whole/);
});

test('the exit status tells usage, refusal and a host that is away', async () => {
  scene = await makeScene();
  const bundle = makeBundle('echo', { prompt: 'PROMPT TWO ' });
  assert.equal((await scene.host.cli('agents', 'install')).code, 2);
  assert.equal((await scene.host.cli('agents', 'install', bundle, bundle)).code, 2);
  assert.equal((await install('/dev/null')).code, 1);
  await scene.host.stop();
  const before = fingerprint();
  const { code, stderr } = await install(bundle);
  assert.deepEqual([code, fingerprint()], [3, before], stderr);
});

test('what the host refuses is taken out again, and the bundle before serves on', async () => {
  scene = await makeScene({ settings: { 'agent.echo': { canary: '100%' } } });
  const bad = makeBundle('echo', { prompt: 'PROMPT TWO ', version: '2.0.0' });
  await cli(/canary/, 'agents', 'install', bad);
  await cli(/unchanged/, 'agents', 'install', bad);
  await cli(/gets no jobs/, 'agents', 'rollback', 'echo');
  const third = makeBundle('echo', { prompt: 'PROMPT SIX ', version: '3.0.0' });
  await cli(/canary/, 'agents', 'install', third);
  await cli(/for all jobs/, 'agents', 'promote', 'echo');
  await cli(/is back at version 1/, 'agents', 'rollback', 'echo');
  // Rolled back: the host does not take it as long as it is what is installed.
  await refuse(third, /was rolled back; the bundle before is back in its place/);
  assert.equal(await promptOf('note-one'), 'PROMPT ONE');
  // The host looks elsewhere than its configuration file now says.
  const elsewhere = join(scene.folder, 'elsewhere');
  const [host, settings] = [scene.host, scene.host.settings.agents];
  const { code, stderr } = await host.cli('--set', `agents.dirs=${elsewhere}`, 'agents', 'install',
    makeBundle('other'));
  assert.equal(code, 1);
  assert.match(stderr, /the host does not look into '.*elsewhere'.*it is taken out again/);
  assert.deepEqual(readdirSync(elsewhere), [], settings.dirs);
});

test('an install that is killed leaves the old bundle or the new one, and the next cleans up', async () => {
  scene = await makeScene();
  const made = [1, 2].map((n) => makeBundle(`echo`, { prompt: `PROMPT ${n} ` }) &&
    pack(join(scene.folder, 'outside/echo'), join(scene.folder, `${n}.tar.gz`)));
  const wholes = [];
  for (const file of made) {
    await cli(/loaded/, 'agents', 'install', file);
    wholes.push(fingerprint(join(scene.host.bundles, 'echo')));
  }
  assert.notDeepEqual(wholes[0], wholes[1]);
  let leftovers = 0;
  for (let i = 0; i < 24; i++) {
    const program = spawn(scene.host.file, ['--config', scene.host.configPath, '--env-file',
      '/dev/null', 'agents', 'install', made[i % 2]], { stdio: 'ignore' });
    const ended = new Promise((resolve) => program.on('exit', resolve));
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 4 * i))]);
    program.kill('SIGKILL');
    await ended;
    const now = fingerprint(join(scene.host.bundles, 'echo'));
    assert.ok(wholes.some((whole) => JSON.stringify(whole) === JSON.stringify(now)), `kill ${i}`);
    leftovers += readdirSync(scene.host.bundles).length > 1;
    await cli(/^echo/, 'reload'); // looks past what is left over
  }
  assert.ok(leftovers > 0, 'some were killed in the middle');
  mkdirSync(join(scene.host.bundles, '.install-left/echo'), { recursive: true });
  assert.equal((await install(made[0])).code, 0);
  assert.deepEqual(readdirSync(scene.host.bundles), ['echo']);
});

test('two installs at a time do not meet', async () => {
  scene = await makeScene({ settings: { agents: { still: '1s' } } });
  const [one, two] = [makeBundle('one'), makeBundle('two')];
  const first = install(one);
  await until('the first holds the folder', async () =>
    readdirSync(scene.host.bundles).some((name) => name.startsWith('.install-')));
  const second = await install(two);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another install into '.*' is under way/);
  assert.equal((await first).code, 0);
  assert.equal((await install(two)).code, 0);
});

test('a rollback outlasts a restart, and another bundle ends it', async () => {
  scene = await makeScene();
  await cli(/loaded/, 'agents', 'install', makeBundle('echo', { prompt: 'PROMPT TWO ' }));
  await cli(/is back at version/, 'agents', 'rollback', 'echo');
  await scene.host.stop();
  await scene.host.start();
  assert.equal(await promptOf('note-one'), 'PROMPT ONE');
  assert.match((await agent()).refused, /was rolled back/);
  await cli(/loaded/, 'agents', 'install', makeBundle('echo', { prompt: 'PROMPT SIX ' }));
  assert.equal(await promptOf('note-six'), 'PROMPT SIX');
  assert.equal((await agent()).refused, undefined);
});

test('a canary whose image crashes is taken back by itself, and says why everywhere', async () => {
  scene = await makeScene({ settings: { 'agent.echo': { canary: '100%' } } });
  const stable = (await agent()).image;
  const crashing = makeBundle('echo', { agent: 'bad' });
  writeFileSync(join(crashing, 'assets/deed.txt'), 'build_prompt segv');
  await cli(/canary/, 'agents', 'install', crashing);
  assert.equal((await agent()).canary.percent, 100);
  for (let i = 0; i < 3; i++) {
    await assert.rejects(scene.run({ note: `crash-${i}` }));
  }
  await until('the way back', async () => (await agent()).canary === undefined);
  const { image, quarantined } = await agent();
  assert.equal(image, stable);
  assert.match(quarantined[0].reason, /failed 3 jobs/);
  await cli(/quarantined.*\n +failed 3 jobs/, 'agents', 'history', 'echo');
  assert.match((await scene.host.get('/metrics')).text,
    /agenthost_agent_quarantines_total\{agent="echo"\} 1\n/);
  assert.equal(await promptOf('note-after'), 'PROMPT ONE');
  expected = [/is quarantined: failed 3 jobs .*it gets no more jobs/];
});
