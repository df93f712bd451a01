// scripts/quickstart: the four agents on four public charts, by the practice model, and what a
// reader of its last lines can do next.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { Redis, onFreePort, request } from '../support/services.mjs';
import { buildDir, makeFolder, sourceDir } from '../support/process.mjs';

const folder = makeFolder();
const script = join(sourceDir, 'scripts/quickstart');
const agents = {
  business: 'apollo-11', relationship: 'berlin-wall', crisis: 'eiffel-tower', personality: 'philae',
};
const charts = join(sourceDir, 'etc/examples/charts');
const chartOf = (agent) =>
  JSON.parse(readFileSync(join(charts, `${agents[agent]}.json`), 'utf8')).chart;

function run(file, args, env = process.env) {
  return new Promise((resolve) => {
    execFile(file, args, { env, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, text: stdout + stderr });
    });
  });
}

const quickstart = (...args) => run(script, ['--build', buildDir, '--run', folder, ...args]);
const agenthost = (...args) =>
  run(join(buildDir, 'agenthost'), ['--config', join(folder, 'agenthost.conf'), ...args]);

const journal = () =>
  readFileSync(join(folder, 'practice-model.journal'), 'utf8').trim().split('\n')
    .map((line) => JSON.parse(line).messages.map(({ content }) => content));

let first;
let port;
let queue;
let events;
const pids = {};

before(async () => {
  first = await onFreePort(async (free) => {
    port = free;
    const result = await quickstart('--keep', '--port', String(port));
    assert.doesNotMatch(result.text, /Address already in use/);
    return result;
  });
  for (const name of ['redis', 'practice-model', 'agenthost']) {
    const file = join(folder, `${name}.pid`);
    pids[name] = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }
  const redis = new Redis(folder); // the quickstart's own, which is running
  queue = redis.queue();
  events = await redis.events();
});

// While its Redis still runs: a client without one never gets to an end.
async function leave() {
  await events?.close();
  await queue?.close();
  events = queue = undefined;
}

after(async () => {
  await leave();
  await quickstart('--stop');
});

test('all four readings complete, shown and marked as practice', () => {
  assert.equal(first.code, 0, first.text);
  for (const agent of Object.keys(agents)) {
    assert.match(first.text, new RegExp(`── ${agent}: `));
    const reading = readFileSync(join(folder, 'readings', `${agent}.md`), 'utf8');
    assert.match(reading, /^\(practice text: /);
    assert.equal(reading.match(/^## [1-5]\. /gm).length, 5);
  }
});

test('the page is served where it says', async () => {
  assert.match(first.text, new RegExp(`see it +http://localhost:${port}$`, 'm'));
  const { status, text } = await request({ port }, '/');
  assert.equal(status, 200);
  assert.match(text, /assets\/page\.js/);
});

test('four rows stand in the store', () => {
  const database = new DatabaseSync(join(folder, 'state/readings.db'), { readOnly: true });
  const rows = database.prepare(`SELECT reading_type, status, current_version, content
    FROM coach_readings JOIN reading_versions ON reading_id = coach_readings.id
    ORDER BY reading_type`).all();
  const costs = database.prepare('SELECT estimated_cost_usd AS cost FROM model_calls').all();
  database.close();
  assert.deepEqual(rows.map((row) => row.reading_type), Object.keys(agents).sort());
  for (const row of rows) {
    const content = JSON.parse(row.content);
    assert.equal(row.status, 'completed');
    assert.equal(row.current_version, 1);
    assert.equal(content.agent, row.reading_type);
    assert.equal(content.sections.length, 5);
    assert.deepEqual(content.metadata.checks, { facts: 'passed' });
    assert.equal(content.metadata.practice, true);
    assert.equal(content.chart.type, chartOf(row.reading_type).type);
  }
  assert.deepEqual(costs, costs.map(() => ({ __proto__: null, cost: null })));
  assert.equal(costs.length, 4);
});

test('Node sees four return values', async () => {
  const jobs = await queue.getCompleted();
  assert.deepEqual(jobs.map((job) => job.data.agentId).sort(), Object.keys(agents).sort());
  for (const job of jobs) {
    assert.equal(job.returnvalue.outcome, 'completed');
    assert.equal(job.returnvalue.agent.id, job.data.agentId);
    assert.equal(job.returnvalue.usage.costUsd, null);
    assert.equal(job.returnvalue.content.sections.length, 5);
  }
});

test('the model was asked four times, with each type and its channels', async () => {
  const asked = journal();
  assert.equal(asked.length, 4);
  for (const agent of Object.keys(agents)) {
    const { type, channels } = chartOf(agent);
    const names = channels.map(({ gates }) => [...gates].sort((a, b) => a - b).join('-'));
    const found = asked.filter(([, user]) =>
      new RegExp(`^(Typ: .*|Type: )\\(?${type}\\)?$`, 'm').test(user) &&
      new RegExp(`^(Kanäle|Channels): ${names.join(', ')}$`, 'm').test(user));
    assert.equal(found.length, 1, agent);
  }
});

test('wording of acute danger is answered with help lines and asks no model', async () => {
  const before = journal().length;
  const job = await queue.add('generate-reading',
    { agentId: 'crisis', context: 'Ich will nicht mehr leben.', chart: chartOf('crisis') });
  const value = await job.waitUntilFinished(events, 20_000);
  assert.equal(value.outcome, 'declined');
  assert.match(value.content.text, /0800 1110111/);
  assert.equal(journal().length, before);
});

test('a wrong word in the data fails the job at once and names the field', async () => {
  const data = { agentId: 'business', context: 'x', style: 'laut', chart: chartOf('business') };
  const job = await queue.add('generate-reading', data, { attempts: 3 });
  await assert.rejects(job.waitUntilFinished(events, 20_000), /style.*laut.*klar/);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
});

test('an edited prompt file serves after a reload, a broken one is refused', async () => {
  const file = join(folder, 'agents/business/assets/user.de.md');
  const text = readFileSync(file, 'utf8');
  const data = join(folder, 'readings/business.json');
  writeFileSync(file, text.replace('Kommunikation', 'Stimme'));
  assert.equal((await agenthost('reload')).code, 0);
  const shown = await agenthost('enqueue', 'business', '--wait', '--data', data);
  assert.equal(shown.code, 0, shown.text);
  assert.match(shown.text, /„Stimme“/);

  writeFileSync(file, '{{nothing}}');
  const refused = await agenthost('reload');
  assert.equal(refused.code, 1);
  assert.match(refused.text, /user\.de\.md:\d+: \{\{nothing\}\} stands for nothing here/);
  assert.match((await agenthost('enqueue', 'business', '--wait', '--data', data)).text, /„Stimme“/);
});

test('--stop ends everything it had started', async () => {
  await leave();
  assert.equal((await quickstart('--stop')).code, 0);
  for (const [name, pid] of Object.entries(pids)) {
    const words = `/proc/${pid}/cmdline`; // empty once a process has ended
    assert.ok(pid > 0);
    assert.equal(existsSync(words) ? readFileSync(words, 'utf8') : '', '', name);
  }
});

test('a key alone spends nothing, and --real says what it lacks', async () => {
  assert.equal((await run(script, ['--wrong'])).code, 2);
  const { OPENAI_MODEL, ...env } = { ...process.env, OPENAI_API_KEY: 'sk-none' };
  const real = await run(script, ['--real', '--build', buildDir, '--run', folder], env);
  assert.equal(real.code, 2);
  assert.match(real.text, /OPENAI_MODEL/);
});
