// The same work, done by a Node worker and by ours on a Redis server each: ours may not ask Redis
// for more than Node's does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  atEnd, bulk, catchUp, Host, NodeWorker, play, Server, steps, until, watchCommands,
} from './suite.mjs';
import { closeQueue } from '../support/closing.mjs';
import { Queue } from '../queue/harness.mjs';

const CONCURRENCY = 20;
const LOCK_MS = 400; // renewed several times while a slow job runs
const BY_CHANCE = 10; // renewals and waits, by how the timers fall

const fail = { do: 'fail', reason: 'it failed' };
const works = {
  'at once': bulk(400, { n: 1 }),
  'with progress and a log': bulk(60, steps({ do: 'progress', percent: 10 }, { do: 'log', row: 'x' },
    { do: 'progress', percent: 70 }, { do: 'complete', value: 1 })),
  'longer than a lock lasts': bulk(60, steps({ do: 'wait', ms: 3 * LOCK_MS })),
  'with failures': bulk(60, steps(fail)),
  'with retries': bulk(60, steps(fail), { attempts: 3 }),
  'with retries after a while': bulk(20, steps(fail), { attempts: 2, backoff: 50 }),
  'with priorities': bulk(100, {}, { priority: 3 }),
  'with delays': Array.from({ length: 20 }, (_, n) => ({ name: 'late', data: {}, opts: { delay: 100 + 5 * n } })),
};

/** Each gives {start, ended}: start lets it claim, ended tells how many runs are over. */
const workers = {
  node: (t, server) => {
    const worker = new NodeWorker('script', play, {
      connection: { path: server.socket }, concurrency: CONCURRENCY, lockDuration: LOCK_MS, autorun: false,
    });
    let ended = 0;
    for (const event of ['completed', 'failed']) worker.on(event, () => ended++);
    worker.on('error', () => {});
    atEnd(t, () => worker.close());
    return { start: () => void worker.run(), ended: () => ended };
  },
  ours: async (t, server) => {
    const host = await Host.start(t, server, { hold: 1, concurrency: CONCURRENCY, 'lock-ms': LOCK_MS });
    return { start: () => host.tell({ do: 'start' }), ended: () => host.all('ended').length };
  },
};

/** What was sent while the jobs were worked off. */
async function watched(t, server, make, jobs) {
  const worker = await make(t, server);
  const sent = await watchCommands(t, server);
  const runs = jobs.length * (jobs[0].opts?.attempts ?? 1);
  worker.start();
  await until(() => worker.ended() >= runs, `${runs} runs`, 60000);
  await catchUp(server.client(t), sent);
  return sent.filter(([name]) => !/^(echo|info|client)$/i.test(name)); // the test's own connections
}

/** They are all that is there. */
async function add(t, server, jobs) {
  await server.client(t).flushall();
  const queue = new Queue('script', { connection: { path: server.socket } });
  await queue.addBulk(jobs);
  await closeQueue(queue);
}

/** Ours loads a script once a connection, where Node sends it whole when Redis does not know it; and
 *  drops cancel requests and run records behind what ended, in one script without keys. */
const isLoading = ([name]) => /^script$/i.test(name);
const isCleaning = ([name, , keys]) => /^evalsha$/i.test(name) && keys === '0';

for (const [work, jobs] of Object.entries(works)) {
  test(`jobs ${work} cost no more commands than they cost a Node worker`, async (t) => {
    const sent = {};
    for (const [kind, make] of Object.entries(workers)) {
      const server = await Server.start(t);
      await t.test(`${kind}, for the first time`, async (once) => { // Redis learns the scripts
        await add(once, server, jobs.slice(0, 2));
        await watched(once, server, make, jobs.slice(0, 2));
      });
      await add(t, server, jobs);
      sent[kind] = await watched(t, server, make, jobs);
    }
    const cleanings = sent.ours.filter(isCleaning).length;
    const ours = sent.ours.length - cleanings - sent.ours.filter(isLoading).length;
    t.diagnostic(`ours ${ours} and ${cleanings} cleanings, Node ${sent.node.length}`);
    assert.ok(ours <= sent.node.length + BY_CHANCE, `${ours} commands, Node ${sent.node.length}`);
    const endings = jobs.length * (work === 'at once' ? 1 / 4 : 1); // many end in one turn
    assert.ok(cleanings >= 1 && cleanings <= endings, `${cleanings} cleanings`);
  });
}
