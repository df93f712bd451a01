// The agent of a flow's parent is handed what the children came to.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, test } from 'node:test';
import { makeScene } from '../support/scene.mjs';

const { FlowProducer } = createRequire(new URL('../../npm/package.json', import.meta.url))('bullmq');

let scene;
afterEach(async () => {
  await scene?.end();
  scene = undefined;
});

async function makeFlow(settings = {}) {
  scene = await makeScene({ settings, start: false });
  // Says each child's key and value in its prompt.
  scene.host.installTestAgent('parent', { agent: 'good' });
  await scene.host.start();
  const flow = new FlowProducer({ connection: scene.redis.connection() });
  scene.redis.ends.push(() => flow.close());
  return flow;
}

const child = (data, opts) =>
  ({ name: 'generate-reading', queueName: 'readings', data, opts });

const parent = (children) =>
  ({ name: 'generate-reading', queueName: 'readings', data: { agentId: 'parent' }, children });

/** What the agent put into the parent's prompt, as {key: value}. */
function handed() {
  const texts = [];
  for (const line of scene.host.program.output().split('\n')) {
    if (!line.includes('\\"what\\":\\"prompt\\"') || !line.includes('\\"maxTokens\\":1234')) continue;
    const { at, text } = JSON.parse(Object.values(JSON.parse(line))
      .find((value) => String(value).startsWith('{"what"')));
    if (at === 0) texts.push('');
    texts.push(texts.pop() + text); // long ones come in pieces
  }
  const found = {};
  for (const [i, text] of texts.entries()) {
    if (/^bull:readings:[^:]+$/.test(text)) found[text] = JSON.parse(texts[i + 1]);
  }
  return found;
}

test('a parent is told values of completed children and reasons of ignored failures', async () => {
  const flow = await makeFlow({ log: { level: 'debug', texts: 'yes' } });
  const { job, children } = await flow.add(parent([
    child({ agentId: 'echo', note: 'one' }),
    child({ agentId: 'echo', note: 'two' }),
    child({ agentId: 'echo', readingId: 7 }, { ignoreDependencyOnFailure: true }),
  ]));
  await job.waitUntilFinished(scene.events, 30_000).catch(() => {});
  const keys = children.map((each) => `bull:readings:${each.job.id}`);
  const told = handed();
  assert.deepEqual(Object.keys(told), [...keys].sort());
  assert.equal(told[keys[0]].outcome, 'completed');
  assert.deepEqual(told[keys[1]], await children[1].job.waitUntilFinished(scene.events, 5000));
  assert.match(told[keys[2]].failedReason, /^VALIDATION_ERROR: readingId/);
});

test('children of more than the limit fail their parent with the option to raise', async () => {
  const flow = await makeFlow({ limits: { data_bytes_max: '1KB' } });
  const { job } = await flow.add(parent(
    Array.from({ length: 8 }, (_, note) => child({ agentId: 'echo', note })),
  ));
  await assert.rejects(job.waitUntilFinished(scene.events, 30_000),
    /^Error: VALIDATION_ERROR: children: their values have \d+ bytes, at most 1024 are taken; .*limits\.data_bytes_max/);
});
