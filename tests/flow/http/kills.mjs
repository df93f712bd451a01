// kill -9 of the host at random moments while duplicates of one request are on their way: each
// request gives one reading and one job, whatever the moment. Requests are repeated under their
// Idempotency-Key until they are answered, as producers do; where the row was written, only half of
// the time, because the outbox has to add the job of the others.
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

// How far the request had come when the host was killed.
async function stepOf(scene, client, number) {
  const [row] = scene.host.rows(
    "SELECT id, enqueued_at FROM coach_readings WHERE payload ->> 'number' = ?", number);
  if (row === undefined) {
    return { step: 'nothing' };
  }
  const isAdded = await client.exists(`bull:readings:${row.id}-1`) === 1;
  return { id: row.id, step: row.enqueued_at !== null ? 'noted' : isAdded ? 'added' : 'written' };
}

// The id of its reading; counts the step it was killed at.
async function tryOnce({ scene, client, counts }, number) {
  const target = { socketPath: scene.host.socket };
  const key = `try-${number}`;
  const body = { agentId: 'echo', number, ...birth };
  const slow = slowness[number % slowness.length];
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
  const { id, step } = await stepOf(scene, client, number);
  counts[step]++;
  await scene.host.start();
  const late = id !== undefined && random() < 0.5 ? []
    : await Promise.all(Array.from({ length: duplicates }, () => insist(target, body, key)));
  const ids = new Set([...early, ...late].map(({ json }) => json.readingId));
  if (id !== undefined) {
    ids.add(id);
  }
  assert.equal(ids.size, 1, `try ${number}: ${[...ids]}`);
  return [...ids][0];
}

// Gives how often each step was met.
export async function killAgainAndAgain(tries) {
  const counts = { nothing: 0, written: 0, added: 0, noted: 0 };
  const scene = await makeScene({ settings: { store: { busy_timeout: '2s' } } });
  const client = scene.redis.client();
  try {
    const ids = [];
    for (let i = 0; i < tries; i++) {
      ids.push(await tryOnce({ scene, client, counts }, i));
    }
    const rows = () => scene.host.rows('SELECT id, status, current_version FROM coach_readings');
    await until('all readings', () => rows().every(({ status }) => status === 'completed'), 60_000)
      .catch((error) => assert.fail(`${error.message}: ${JSON.stringify(rows())}`));
    assert.deepEqual(rows().map(({ id }) => id).sort(), ids.toSorted());
    assert.ok(rows().every(({ current_version: version }) => version === 1));
    const jobs = await scene.queue.getJobs();
    assert.deepEqual(jobs.map(({ id }) => id).sort(), ids.map((id) => `${id}-1`).sort());
    assert.ok(jobs.every(({ finishedOn }) => finishedOn > 0));
    return counts;
  } finally {
    await scene.end();
  }
}
