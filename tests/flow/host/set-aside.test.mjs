// Jobs that cannot run for a reason outside themselves are set aside: those that can run do not wait
// for them, and none of them is lost.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const AHEAD = 1000;
// A second on a machine of its own (docs/decisions/0019); tests share it, some with sanitizers. What
// kept others waiting did so for a minute.
const LATE_MS = process.env.WITHOUT_SANDBOX ? 10_000 : 4000;
const birth = {
  birthDate: '1977-09-05', birthTime: '12:56',
  birthPlace: { name: 'Cape Canaveral', latitude: 28.39, longitude: -80.6, timezone: 'America/New_York' },
};
const down = { base_url: 'http://127.0.0.1:1/v1', model: 'none', needs_key: 'no', retries: 0 };
const expected = [/^provider '(down|lost)' is down/];

let scene;
afterEach(async () => {
  await scene?.end({ expected });
  scene = undefined;
});

async function makeStuck({ settings, agent, queue = {} }) {
  scene = await makeScene({
    settings: { queue: { concurrency: 10, limiter: 'off', ...queue }, ...settings }, start: false,
  });
  scene.host.installTestAgent('stuck', { agent });
  await scene.host.start();
}

const addStuck = (count, data = {}) => scene.queue.addBulk(Array.from({ length: count }, (_, n) => ({
  name: 'generate-reading', data: { agentId: 'stuck', n, ...data },
})));

/** The first job finds out; what comes behind it is what this is about. */
async function findOut() {
  const [job] = await addStuck(1);
  await until('the first one to be set aside', async () => (await job.getState()) === 'delayed');
}

/** That many have not ended, and none has failed. */
async function assertWaiting(count) {
  const { delayed, waiting, active, failed } = await scene.queue.getJobCounts();
  assert.deepEqual([delayed + waiting + active, failed], [count, 0]);
}

const causes = {
  'whose provider is down': {
    settings: { 'provider.down': down, 'agent.stuck': { provider: 'down' } },
    begin: findOut,
    reason: 'provider',
  },
  'whose provider is down, and which need a chart': {
    settings: { 'provider.down': down, 'agent.stuck': { provider: 'down' } },
    begin: findOut,
    data: birth,
    reason: 'provider',
  },
  'whose provider has no key': {
    settings: {
      'provider.keyless': { base_url: down.base_url, model: 'none' },
      'agent.stuck': { provider: 'keyless' },
    },
    begin: findOut,
    reason: 'no_model',
  },
  'whose agent is paused': {
    begin: () => scene.host.cli('agents', 'pause', 'stuck'),
    reason: 'agent_unavailable',
  },
  'whose agent nobody knows': {
    data: { agentId: 'nobody' },
    reason: 'unknown_agent',
  },
};

for (const [cause, { settings, begin, data, reason }] of Object.entries(causes)) {
  for (const [limit, limiter] of [['without a limiter', 'off'], ['with a limiter', '20/1s']]) {
    test(`${AHEAD} jobs ${cause} do not delay another one, ${limit}`, async (t) => {
      await makeStuck({ settings, queue: { limiter } });
      await scene.run({ note: 'warm' });
      await begin?.();
      const before = await scene.queue.getDelayedCount();
      await scene.queue.pause();
      await addStuck(AHEAD, data);
      const job = await scene.queue.add('generate-reading', { agentId: 'echo', note: 'healthy' });
      const began = Date.now();
      await scene.queue.resume();
      const { outcome } = await job.waitUntilFinished(scene.events, 60_000);
      const took = Date.now() - began;
      t.diagnostic(`${took} ms`);
      assert.equal(outcome, 'completed');
      assert.ok(took < LATE_MS, `${took} ms`);
      await assertWaiting(before + AHEAD);
      const parked = (await scene.host.status()).queues[0].parked[reason];
      assert.ok(parked > AHEAD / 2, `${parked} are told as parked for it`);
    });
  }
}

test('when the provider is back all that were set aside complete, at the first attempt', async () => {
  const count = 1200; // more than are called back at a time
  await makeStuck({
    settings: { 'provider.down': down, 'agent.stuck': { provider: 'down' } },
    queue: { unpark_per_second: 1000 },
  });
  const jobs = await addStuck(count);
  await until('all to be set aside', async () => (await scene.queue.getDelayedCount()) === count);
  scene.host.configure({ 'provider.down': { base_url: scene.model.baseUrl } });
  assert.equal((await scene.host.cli('reload')).code, 0);
  for (const { id } of jobs) {
    await (await scene.queue.getJob(id)).waitUntilFinished(scene.events, 60_000);
    assert.equal((await scene.queue.getJob(id)).attemptsMade, 1);
  }
  assert.equal(scene.model.journal().length, count, 'each was asked for once');
});

test('jobs that still wait do not keep those of another provider from coming back', async () => {
  const count = 1100; // more than are called back at a time
  await makeStuck({
    settings: {
      'provider.down': down, 'agent.stuck': { provider: 'down' },
      'provider.lost': down, 'agent.echo': { provider: 'lost' },
    },
    queue: { unpark_per_second: 1000 },
  });
  await addStuck(count);
  const jobs = await scene.queue.addBulk(Array.from({ length: 5 }, () => ({
    name: 'generate-reading', data: { agentId: 'echo' },
  })));
  await until('all to be set aside', async () => (await scene.queue.getDelayedCount()) === count + jobs.length);
  scene.host.configure({ 'provider.lost': { base_url: scene.model.baseUrl } });
  assert.equal((await scene.host.cli('reload')).code, 0);
  for (const job of jobs) {
    assert.equal((await job.waitUntilFinished(scene.events, 20_000)).outcome, 'completed');
  }
  await assertWaiting(count);
});

test('what its agent declines is not held up by a provider that is down', async () => {
  const count = 100; // looked at within ten seconds
  await makeStuck({
    settings: { 'provider.down': down, 'agent.stuck': { provider: 'down' } }, agent: 'verdicts',
  });
  await findOut();
  await addStuck(count, { do: 'ask' });
  const job = await scene.queue.add('generate-reading', { agentId: 'stuck', do: 'decline' });
  assert.equal((await job.waitUntilFinished(scene.events, 30_000)).outcome, 'declined');
  await assertWaiting(count + 1);
});
