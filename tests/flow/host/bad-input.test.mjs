// Bad jobs: each ends at once, names the field, costs one attempt, and touches no other job.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sourceDir, until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const { chart: goodChart } = JSON.parse(
  readFileSync(join(sourceDir, 'etc/examples/charts/apollo-11.json'), 'utf8'));
let scene;
let client;
let pid;

before(async () => {
  scene = await makeScene({
    settings: {
      queue: { unknown_agent_patience: '1500ms' },
      'queue.guarded': { limiter: 'off', agents: 'echo' },
    },
  });
  client = scene.redis.client();
  pid = scene.host.program.pid;
});

after(async () => {
  await scene.end();
});

// Adds a job whose data field in Redis is exactly these bytes.
async function addRaw(bytes, name = 'generate-reading') {
  await scene.queue.pause();
  const job = await scene.queue.add(name, {}, { attempts: 3, backoff: 50 });
  await client.hset(scene.queue.toKey(job.id), 'data', bytes);
  await scene.queue.resume();
  return job;
}

async function add(data, name = 'generate-reading') {
  return scene.queue.add(name, data, { attempts: 3, backoff: 50 });
}

// Read from Redis itself: BullMQ's getJob throws on data that is no JSON.
async function reasonOf(job) {
  const key = scene.queue.toKey(job.id);
  await until('the job to fail', async () =>
    (await client.zscore(scene.queue.toKey('failed'), job.id)) !== null);
  assert.equal(await client.hget(key, 'atm'), '1', 'a hopeless job is not tried again');
  return client.hget(key, 'failedReason');
}

// The host is the same process and works on.
async function assertWell() {
  assert.equal((await scene.run({ note: 'after' })).outcome, 'completed');
  assert.equal(scene.host.program.pid, pid);
  assert.equal(scene.host.program.ending, undefined);
}

const rawData = [
  ['a text', '"echo"', /^VALIDATION_ERROR: data: .*a string/],
  ['a number', '7', /^VALIDATION_ERROR: data: .*a number/],
  ['null', 'null', /^VALIDATION_ERROR: data: .*null/],
  ['a list', '[{"agentId":"echo"}]', /^VALIDATION_ERROR: data: .*an array/],
  ['empty', '', /^VALIDATION_ERROR: data: /],
  ['cut off', '{"agentId":"echo"', /^VALIDATION_ERROR: data: 1:\d+/],
  ['followed by more', '{"agentId":"echo"} {}', /^VALIDATION_ERROR: data: 1:\d+/],
  ['with a key twice', '{"agentId":"echo","agentId":"echo"}', /^VALIDATION_ERROR: data: .*agentId/],
  ['with NaN', '{"agentId":"echo","n":NaN}', /^VALIDATION_ERROR: data: 1:\d+/],
  ['of a thousand levels', `{"agentId":"echo","n":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    /^VALIDATION_ERROR: data: /],
  ['over the cap', JSON.stringify({ agentId: 'echo', n: 'x'.repeat(300_000) }),
    /^VALIDATION_ERROR: data: .*30\d+ bytes/],
  ['not UTF-8', Buffer.from('{"agentId":"echo","n":"\xff\xfe"}', 'latin1'),
    /^VALIDATION_ERROR: data: /],
  ['with a NUL byte', Buffer.from('{"agentId":"echo","n":"\0"}'), /^VALIDATION_ERROR: data: /],
  ['with an escaped NUL', '{"agentId":"echo","n":"\\u0000"}', /^VALIDATION_ERROR: data: /],
];

for (const [what, bytes, expected] of rawData) {
  test(`data ${what}`, async () => {
    assert.match(await reasonOf(await addRaw(bytes)), expected);
    await assertWell();
  });
}

const fields = [
  ['agentId', 7], ['agentId', ''], ['agentId', {}],
  ['readingId', 7], ['readingId', 'not-a-uuid'], ['readingId', ''],
  ['userId', 7], ['userId', ['a']],
  ['chartId', {}],
  ['chart', 'a Generator'], ['chart', 7], ['chart', []],
  ['locale', 5], ['locale', ['de']],
  ['timeoutMs', 'soon'], ['timeoutMs', 0], ['timeoutMs', -5], ['timeoutMs', 1.5],
  ['timeoutMs', 86_400_001],
  ['returnContent', 'yes'], ['returnContent', 1],
  ['regenerate', 'yes'],
  ['birthDate', 19690720], ['birthTime', true], ['birthPlace', 'Houston'], ['timezone', 1],
  ['callbackUrl', 1], ['idempotencyKey', {}],
];

for (const [field, value] of fields) {
  test(`${field} = ${JSON.stringify(value)}`, async () => {
    const reason = await reasonOf(await add({ agentId: 'echo', [field]: value }));
    assert.match(reason, new RegExp(`^VALIDATION_ERROR: ${field}\\b`));
  });
}

const charts = [
  ...['type', 'authority', 'strategy', 'profile', 'definition', 'centers', 'channels', 'gates']
    .map((key) => [`lacks ${key}`, { [key]: undefined }, new RegExp(`chart\\.${key}: .*missing`)]),
  ['of another type', { type: 'Projector' }, /chart\.type: .*Generator/],
  ['with a centre too many', { centers: { ...goodChart.centers, throat: true } },
    /chart\.centers\.throat: /],
  ['with a channel too many', { channels: [...goodChart.channels, { gates: [6, 59] }] },
    /chart\.gates: .*59/],
  ['with a channel that is none', { channels: [{ gates: [3, 61] }] },
    /chart\.channels\[0\]\.gates: .*3-61/],
  ['empty', Object.fromEntries(Object.keys(goodChart).map((key) => [key, undefined])), /chart\.type/],
];

for (const [what, change, expected] of charts) {
  test(`a chart ${what}`, async () => {
    const reason = await reasonOf(await add({ agentId: 'echo', chart: { ...goodChart, ...change } }));
    assert.match(reason, /^VALIDATION_ERROR: /);
    assert.match(reason, expected);
  });
}

test('a good chart passes', async () => {
  assert.equal((await scene.run({ chart: goodChart })).outcome, 'completed');
});

test('no agentId and a job name that is no agent fails at once', async () => {
  const reason = await reasonOf(await add({ note: 'lost' }, 'generate-something'));
  assert.match(reason, /^VALIDATION_ERROR: agentId: .*generate-something/);
});

test('no agentId and a job name that is an agent works', async () => {
  const job = await add({ note: 'by name' }, 'echo');
  assert.equal((await job.waitUntilFinished(scene.events, 20_000)).agent.id, 'echo');
});

test('an unknown agent is parked, told with the nearest name, and starves nobody', async () => {
  const job = await add({ agentId: 'ecko', note: 'parked' });
  await until('the job to be parked', async () => (await job.getState()) === 'delayed');
  const { logs } = await scene.queue.getJobLogs(job.id);
  assert.match(logs.join('\n'), /ecko.*'echo'/);
  assert.equal((await scene.queue.getJob(job.id)).attemptsStarted ?? 0, 0, 'costs no attempt');
  await assertWell();
  assert.match(await reasonOf(job), /^UNKNOWN_AGENT: agentId: .*ecko.*'echo'/);
});

test('a job parked for an unknown agent runs when the agent is installed', async () => {
  const job = await add({ agentId: 'late', note: 'early' });
  await until('the job to be parked', async () => (await job.getState()) === 'delayed');
  scene.host.installTestAgent('late');
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  const value = await job.waitUntilFinished(scene.events, 20_000);
  assert.equal(value.agent.id, 'late');
  assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 1);
});

test('a queue refuses agents that it does not serve', async () => {
  const queue = scene.redis.queue('guarded');
  const events = await scene.redis.events('guarded');
  const job = await queue.add('x', { agentId: 'stranger' }, { attempts: 3 });
  await assert.rejects(job.waitUntilFinished(events, 20_000),
    /UNKNOWN_AGENT: agentId: .*guarded.*stranger/);
});

test('none of them left a reading that is still open', async () => {
  const open = scene.host.rows(
    "SELECT id, status FROM coach_readings WHERE status IN ('pending', 'processing')");
  assert.deepEqual(open, []);
});
