// kill -9 of the host at random moments while duplicates of one request are on their way: each
// request gives one reading and one job, whatever the moment. Requests are repeated under their
// Idempotency-Key until they are answered, as producers do.
//
// Left alone a request passes from its row to its job within a millisecond, so a random moment
// hardly ever meets that step: for some of the tries Redis pauses writes, as a failover does, or
// the store is locked, as by an operator's shell.
import assert from 'node:assert/strict';
import { birth, order } from '../support/orders.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const duplicates = 4;
const slowness = ['', 'redis', '', 'store'];

export const seed = Number(process.env.AGENTHOST_SEED ?? Date.now() % 1_000_000);
let state = seed;
// A number in [0, 1): Lehmer's generator, good enough to choose moments.
function random() {
  state = (state * 48271 + 11) % 2147483647;
  return state / 2147483647;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Sends it until somebody answers.
async function insist(target, body, key) {
  return until(`an answer to ${key}`, async () => {
    try {
      const answer = await order(target, body, { key });
      return answer.status === 200 && answer;
    } catch {
      return undefined; // nobody listens yet
    }
  }, 60_000);
}

async function tryOnce(scene, number) {
  const target = { socketPath: scene.host.socket };
  const key = `try-${number}`;
  const body = { agentId: 'echo', number, ...birth };
  const slow = slowness[number % slowness.length];
  const client = scene.redis.client();
  const release = slow === 'store' ? scene.host.lockStore() : () => {};
  if (slow === 'redis') {
    await client.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  }
  const sent = Array.from({ length: duplicates }, () =>
    order(target, body, { key }).catch(() => undefined));
  await pause(random() * (slow === '' ? 40 : 120));
  await scene.host.kill();
  release();
  if (slow === 'redis') {
    await client.call('CLIENT', 'UNPAUSE');
  }
  const early = (await Promise.all(sent)).filter((answer) => answer?.status === 200);
  await scene.host.start();
  const late = await Promise.all(Array.from({ length: duplicates }, () =>
    insist(target, body, key)));
  const ids = new Set([...early, ...late].map(({ json }) => json.readingId));
  assert.equal(ids.size, 1, `try ${number}: ${[...ids]}`);
  return [...ids][0];
}

export async function killAgainAndAgain(tries) {
  const scene = await makeScene({ settings: { store: { busy_timeout: '2s' } } });
  try {
    const ids = [];
    for (let i = 0; i < tries; i++) {
      ids.push(await tryOnce(scene, i));
    }
    const rows = () => scene.host.rows('SELECT id, status, current_version FROM coach_readings');
    await until('all readings', () => rows().every(({ status }) => status === 'completed'), 60_000)
      .catch((error) => assert.fail(`${error.message}: ${JSON.stringify(rows())}`));
    assert.deepEqual(rows().map(({ id }) => id).sort(), ids.toSorted());
    assert.ok(rows().every(({ current_version: version }) => version === 1));
    const jobs = await scene.queue.getJobs();
    assert.deepEqual(jobs.map(({ id }) => id).sort(), ids.map((id) => `${id}-1`).sort());
    assert.ok(jobs.every(({ finishedOn }) => finishedOn > 0));
  } finally {
    await scene.end();
  }
}
