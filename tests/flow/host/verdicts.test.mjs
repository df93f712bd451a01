// What an agent and a model decide, and what becomes of the job, its row and its return value.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeFolder, until } from '../support/process.mjs';
import { Model, Redis } from '../support/services.mjs';

const folder = makeFolder();
// Words that are the agent's own fault: each gets an agent of its own, since three of them
// quarantine it.
const faulty = ['internal', 'mute', 'crash', 'crash-late'];
let redis, model, host, queue, events;

before(async () => {
  redis = await new Redis(folder).start();
  model = await new Model(folder).start({ bytes: 40, events: 4 });
  host = new Host(folder, { redis, model });
  for (const id of ['verdicts', 'poison', ...faulty]) {
    const bundle = host.installTestAgent(id, { agent: 'verdicts' });
    const manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
    writeFileSync(join(bundle, 'manifest.json'), JSON.stringify({ ...manifest, passes_max: 3 }));
  }
  host.configure({ 'agent.verdicts': { max_tokens: 100 }, 'provider.openai': { retries: 0 } });
  await host.start();
  queue = redis.queue();
  events = await redis.events();
});

afterEach(() => model.set({ fault: '' }));

after(async () => {
  await host?.stop();
  await model?.stop();
  await redis?.stop();
});

async function add(word, options = {}, data = {}) {
  const agentId = faulty.includes(word) ? word : 'verdicts';
  return queue.add('job', { agentId, do: word, ...data }, options);
}

async function ended(job) {
  try {
    return { job, value: await job.waitUntilFinished(events, 10_000) };
  } catch (error) {
    return { job, reason: error.message };
  }
}

async function run(word, options, data) {
  return ended(await add(word, options, data));
}

// Runs a failed job once more, as an operator does.
async function rerun(job) {
  const failed = await queue.getJob(job.id);
  await failed.retry('failed');
  return ended(failed);
}

function row(readingId) {
  return host.rows('select * from coach_readings where id = ?', readingId)[0];
}

test('declining in build_prompt stores the text and asks no model', async () => {
  const asked = (await model.stats()).requests;
  const { value } = await run('decline');
  assert.equal(value.outcome, 'declined');
  assert.equal(value.content.text, 'declined by policy');
  assert.equal(value.content.metadata.outcome, 'declined');
  assert.equal(value.usage.totalTokens, 0);
  assert.equal(value.model, null);
  assert.equal(row(value.readingId).status, 'completed');
  assert.equal((await model.stats()).requests, asked);
});

test('declining in post_process stores the text and counts the tokens', async () => {
  const { value } = await run('policy');
  assert.equal(value.outcome, 'declined');
  assert.ok(value.usage.totalTokens > 0);
});

test('sections and the checks that were made are stored', async () => {
  const { value } = await run('');
  assert.equal(value.content.sections.length, 1);
  assert.equal(value.content.sections[0].title, 'One');
  assert.deepEqual(value.content.metadata.checks, { facts: 'none' });
});

for (const [word, reason] of [
  ['invalid', 'VALIDATION_ERROR: do: must be something else'],
  ['refuse', 'VALIDATION_ERROR: post_process: this cannot be answered'],
]) {
  test(`${word}: the job fails for good, whatever its attempts`, async () => {
    const { job, reason: failed } = await run(word, { attempts: 5 });
    assert.equal(failed, reason);
    assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  });
}

for (const [word, reason] of [
  ['again', 'AGENT_BUSY: build_prompt: not now'],
  ['internal', /^AGENT_ERROR: build_prompt: /],
  ['mute', /^AGENT_ERROR: build_prompt: .*message/],
]) {
  test(`${word}: the job's own attempts apply`, async () => {
    const { job, reason: failed } = await run(word, { attempts: 2, backoff: 10 });
    if (reason instanceof RegExp) {
      assert.match(failed, reason);
    } else {
      assert.equal(failed, reason);
    }
    const ended = await queue.getJob(job.id);
    assert.equal(ended.attemptsMade, 2);
    assert.equal(ended.stacktrace.length, 2);
  });
}

test('a job that crashes its agent twice is poison, and harms no other', async () => {
  const bad = run('crash', { attempts: 5, backoff: 10 });
  const others = await Promise.all(Array.from({ length: 10 }, () => run('', {}, { agentId: 'crash' })));
  const { job, reason } = await bad;
  assert.match(reason, /^POISON: /);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 2);
  assert.ok(others.every(({ value }) => value?.outcome === 'completed'));
});

test('an answer that crashed post_process is judged once more, not asked for again', async () => {
  const asked = (await model.stats()).requests;
  const { reason } = await run('crash-late', { attempts: 5, backoff: 10 });
  assert.match(reason, /^POISON: /);
  assert.equal((await model.stats()).requests, asked + 1);
});

test('an answer that was poison is asked for anew when the job is retried', async () => {
  const { job } = await run('crash-late', { attempts: 2, backoff: 10 }, { agentId: 'poison' });
  const asked = (await model.stats()).requests;
  await rerun(job);
  assert.equal((await model.stats()).requests, asked + 1);
});

test('a correction round sends the answer and the correction', async () => {
  const asked = (await model.stats()).requests;
  const { value } = await run('reask:2');
  assert.equal(value.content.text, 'pass 0 round 2');
  assert.equal((await model.stats()).requests, asked + 3);
  assert.ok(model.journal().slice(-2).every((line) => line.excerpt.startsWith('do better')));
});

test('after the last correction round the job fails', async () => {
  const asked = (await model.stats()).requests;
  const { job, reason } = await run('reask:9', { attempts: 3 });
  assert.match(reason, /^BAD_ANSWER: no usable answer in 3 rounds; the last one: not good enough/);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
  assert.equal((await model.stats()).requests, asked + 3);
});

test('three passes ask three times and hand the earlier answers on', async () => {
  const asked = (await model.stats()).requests;
  const { value } = await run('passes:3');
  assert.equal(value.content.text, 'pass 2 round 0');
  assert.equal((await model.stats()).requests, asked + 3);
});

test('a pass over passes_max is the agent\'s fault', async () => {
  const { reason } = await run('passes:4');
  assert.match(reason, /^AGENT_ERROR: post_process: asked for pass 4, .* passes_max is 3/);
});

test('a retried job asks for no pass again that led to an answer nobody judged', async () => {
  const { job } = await run('passes:4');
  const asked = (await model.stats()).requests;
  const { reason } = await rerun(job);
  assert.match(reason, /^AGENT_ERROR: post_process: asked for pass 4/);
  assert.equal((await model.stats()).requests, asked);
});

test('a truncated answer is asked for once more with twice the tokens', async () => {
  await model.set({ fault: 'finish=length,first=1' });
  const asked = (await model.stats()).requests;
  const { value } = await run('');
  assert.equal(value.outcome, 'completed');
  assert.equal((await model.stats()).requests, asked + 2);
});

test('an answer truncated twice is never stored as completed', async () => {
  await model.set({ fault: 'finish=length' });
  const readingId = 'f0e0d0c0-0000-4000-8000-0000000000a1';
  const { reason } = await run('', { attempts: 3 }, { readingId });
  assert.match(reason, /^TRUNCATED: /);
  await until('the row is closed', () => row(readingId)?.status === 'failed');
  assert.equal(JSON.parse(row(readingId).error).code, 'TRUNCATED');
  assert.equal(host.rows('select * from reading_versions where reading_id = ?', readingId).length, 0);
});

test('a job whose answer was truncated is asked for anew when it is retried', async () => {
  await model.set({ fault: 'finish=length' });
  const { job } = await run('');
  await model.set({ fault: '' });
  assert.equal((await rerun(job)).value?.outcome, 'completed');
});

test('a filtered answer fails the job for good', async () => {
  await model.set({ fault: 'finish=content_filter' });
  const { job, reason } = await run('', { attempts: 3 });
  assert.match(reason, /^REFUSED: /);
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
});

test('a cut stream is tried again by the job\'s attempts', async () => {
  await model.set({ fault: 'cut=2,first=1' });
  const { job, value } = await run('', { attempts: 2, backoff: 10 });
  assert.equal(value.outcome, 'completed');
  assert.equal((await queue.getJob(job.id)).attemptsMade, 2);
});

test('timeoutMs aborts the model call and fails the attempt', async () => {
  await model.set({ fault: 'stall=2' });
  const { reason } = await run('', {}, { timeoutMs: 300 });
  assert.match(reason, /^TIMEOUT: not done within 0\.3 s \(step ask\)/);
  await until('the transfer is aborted', () => model.journal().at(-1).last_byte_ms === null);
});

test('the last of several timed-out attempts says so', async () => {
  await model.set({ fault: 'stall=2' });
  const { reason } = await run('', { attempts: 2, backoff: 10 }, { timeoutMs: 200 });
  assert.match(reason, /^TIMEOUT_MAX_RETRIES: /);
});

test('a second job for a completed reading gets the stored return value', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-0000000000a2';
  const { value: first } = await run('', {}, { readingId });
  const asked = (await model.stats()).requests;
  const { value: second } = await run('', {}, { readingId });
  assert.deepEqual(second, first);
  assert.equal((await model.stats()).requests, asked);
});

test('regenerate writes a new version', async () => {
  const readingId = 'f0e0d0c0-0000-4000-8000-0000000000a3';
  await run('', {}, { readingId });
  const { value } = await run('', {}, { readingId, regenerate: true });
  assert.equal(value.version, 2);
  assert.equal(row(readingId).current_version, 2);
});

test('a job retried after it completed writes a new version', async () => {
  const { job, value: first } = await run('');
  assert.equal(first.version, 1);
  const asked = (await model.stats()).requests;
  await (await queue.getJob(job.id)).retry('completed');
  const again = await until('the second run ends', async () => {
    const found = await queue.getJob(job.id);
    return found.returnvalue?.version === 2 && found.returnvalue;
  });
  assert.equal(again.readingId, first.readingId);
  assert.equal((await model.stats()).requests, asked + 1);
});

test('a failed job that is retried may succeed, and its row with it', async () => {
  await model.set({ fault: 'finish=content_filter,first=1' });
  const readingId = 'f0e0d0c0-0000-4000-8000-0000000000a4';
  const { job } = await run('', {}, { readingId });
  await until('the row failed', () => row(readingId)?.status === 'failed');
  await (await queue.getJob(job.id)).retry('failed');
  await until('the row is completed', () => row(readingId).status === 'completed');
  assert.equal(row(readingId).error, null);
});

test('a job that is cancelled while the model writes fails at once', async () => {
  await model.set({ fault: 'stall=2' });
  const job = await add('');
  await until('the model is asked', async () => (await model.stats()).active > 0);
  const client = redis.client();
  const tail = `${job.id}:${job.timestamp}`;
  await client.set(`bull:readings:agenthost:cancel:${tail}`, 'changed my mind', 'PX', 60_000);
  await client.publish('bull:readings:agenthost:wake', `bull:readings:${tail}`);
  await assert.rejects(job.waitUntilFinished(events, 5000), /^Error: CANCELLED: changed my mind/);
});

test('progress never falls and ends at 100', async () => {
  const seen = [];
  events.on('progress', ({ jobId, data }) => seen.push([jobId, data]));
  const { job } = await run('passes:3');
  await until('the last progress', () => seen.some(([id, data]) => id === job.id && data === 100));
  const values = seen.filter(([id]) => id === job.id).map(([, data]) => data);
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
  for (const mark of [10, 30, 70, 90, 100]) {
    assert.ok(values.includes(mark), `${mark} in ${values}`);
  }
});

test('an answer that is too much for the job\'s memory is not asked for again', async () => {
  host.configure({
    limits: { data_bytes_max: '1KB', prompt_bytes_max: '64KB', answer_bytes_max: '64KB',
      chart_bytes_max: '1KB', result_bytes_max: '1KB' },
    'agent.verdicts': { reask_max: 10 },
  });
  assert.equal((await host.cli('reload', '--wait')).code, 0); // the last test: limits stay low
  await model.set({ bytes: 60_000 });
  const asked = (await model.stats()).requests;
  const { reason } = await run('reask:10', { attempts: 3, backoff: 10 });
  assert.match(reason, /memory/);
  const requests = model.journal().slice(asked);
  assert.equal(new Set(requests.map(({ sha256 }) => sha256)).size, requests.length);
});
