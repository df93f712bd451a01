// One script of operations, done by a Node worker and by ours on a Redis server each: what is left
// in Redis, and what was told on the way, must be the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  atEnd, bullmq, flowProducer, Host, NodeWorker, play, Server, sleep, steps, until,
} from './suite.mjs';

const fail = (more) => ({ do: 'fail', reason: 'it failed', trace: 'it failed\n at once', ...more });
const failTimes = (times) => ({ do: 'failTimes', times, reason: `not yet ${times}` });
const rows = ['one', 'zwei', 'three'].map((row) => ({ do: 'log', row }));

/** The phases of the script. Each adds jobs while nothing is claimed; the next one begins when all
 *  have ended. Ids are given where BullMQ would make up a UUID. */
const phases = {
  'removal by number': async ({ queue }) => {
    const wait = { do: 'wait', ms: 5 }; // ids that end in the same millisecond have no order
    for (let i = 0; i < 4; i++) {
      await queue.add('n', steps(wait, ...rows), { removeOnComplete: 2 });
      await queue.add('n', steps(wait, ...rows, fail()), { removeOnFail: { age: 3600, count: 1 } });
    }
  },
  'values and orders': async ({ queue }) => {
    for (const value of ['text', '', 0, -1.5, true, null, [], {}, [[1], {}], { ü: '€"\\\n/' }]) {
      await queue.add('n', steps({ do: 'complete', value }));
    }
    await queue.add('none', steps({ do: 'log', row: 'x' }));
    await queue.addBulk([
      { name: 'echo', data: { a: [1, 2.5, {}] } },
      { name: 'lifo', data: {}, opts: { lifo: true } },
      { name: 'low', data: {}, opts: { priority: 2097151 } },
      { name: 'high', data: {}, opts: { priority: 1 } },
      { name: 'high', data: {}, opts: { priority: 1, jobId: 'my:own:id' } },
      { name: 'twice', data: {}, opts: { jobId: 'same' } },
    ]);
    await queue.add('twice', {}, { jobId: 'same' });
  },
  'progress and logs': async ({ queue }) => {
    const marks = [5, 50, 100].map((percent) => ({ do: 'progress', percent }));
    await queue.add('n', steps(marks[0], ...rows, marks[1], marks[2], { do: 'complete', value: 1 }));
    await queue.add('n', steps(...rows), { keepLogs: 2 });
    await queue.add('n', steps(...rows, fail()));
  },
  failures: async ({ queue }) => {
    await queue.add('n', steps(fail()));
    await queue.add('n', steps(fail()), { attempts: 1 });
    await queue.add('n', steps(fail()), { attempts: 3 });
    await queue.add('n', steps(fail({ final: true })), { attempts: 3 });
    await queue.add('n', steps(failTimes(2), { do: 'complete', value: 'at last' }), { attempts: 3 });
    await queue.add('n', steps(failTimes(1)), { attempts: 3, lifo: true });
    await queue.add('n', steps(failTimes(1)), { attempts: 3, priority: 7 });
    await queue.add('n', steps(fail()), { attempts: 3, stackTraceLimit: 1 });
    await queue.add('n', steps(fail()), { attempts: 2, stackTraceLimit: 0 });
  },
  'a fixed backoff': async ({ queue }) => {
    await queue.add('n', steps(failTimes(2)), { attempts: 3, backoff: { type: 'fixed', delay: 60 } });
  },
  'an exponential backoff': async ({ queue }) => {
    await queue.add('n', steps(failTimes(2)), { attempts: 4, backoff: { type: 'exponential', delay: 40 } });
  },
  'a backoff to the end, with others behind': async ({ queue }) => {
    await queue.add('n', steps(fail()), { attempts: 2, backoff: 400 });
    await queue.add('next', {});
  },
  delays: async ({ queue }) => {
    await queue.add('late', {}, { delay: 1200 });
    await queue.add('soon', {}, { delay: 900 });
    await queue.add('soon, of a priority', {}, { delay: 600, priority: 3 });
    await queue.add('failing', steps(failTimes(1)), { delay: 300, attempts: 2 });
    await queue.add('now', {});
  },
  removal: async ({ queue }) => {
    for (let i = 0; i < 2; i++) {
      await queue.add('n', steps(...rows), { removeOnComplete: true });
      await queue.add('n', steps(...rows, fail()), { removeOnFail: true });
      await queue.add('n', {}, { removeOnComplete: { age: 3600, count: 1000 } });
      await queue.add('n', steps(fail()), { removeOnFail: false });
    }
    await queue.add('n', steps(failTimes(1), ...rows), { attempts: 2, removeOnComplete: true });
    await queue.add('n', {}, { removeOnComplete: { age: 3600, limit: 2 } });
  },
  flows: async ({ flow }) => {
    const job = (name, data, more = {}) => ({
      name, queueName: 'script', data, ...more, opts: { jobId: name, ...more.opts },
    });
    await flow.add(job('p1', {}, { children: [
      job('p1a', { n: 1 }), job('p1b', { n: 2 }, { opts: { priority: 1 } }),
      job('p1c', {}, { opts: { removeOnComplete: true } }),
      job('p1d', {}, { children: [job('p1da', steps(failTimes(1)), { opts: { attempts: 2 } })] }),
    ] }));
    for (const option of ['failParentOnFailure', 'continueParentOnFailure',
      'ignoreDependencyOnFailure', 'removeDependencyOnFailure']) {
      const p = `${option}-`;
      await flow.add(job(`${p}grand`, {}, { children: [
        job(`${p}parent`, {}, { opts: { [option]: true }, children: [
          job(`${p}child`, steps(fail()), { opts: { [option]: true } }),
          job(`${p}removed`, steps(fail()), { opts: { [option]: true, removeOnFail: true } }),
        ] }),
      ] }));
    }
    await flow.add(job('p2', {}, { opts: { priority: 5 }, children: [job('p2a', {})] }));
  },
  'a delayed parent': async ({ flow }) => {
    await flow.add({
      name: 'p3', queueName: 'script', data: {}, opts: { jobId: 'p3', delay: 100 },
      children: [{ name: 'p3a', queueName: 'script', data: {}, opts: { jobId: 'p3a' } }],
    });
  },
  deduplication: async ({ queue }) => {
    for (const n of [1, 2]) await queue.add('simple', { n }, { deduplication: { id: 'simple' } });
    for (const n of [1, 2]) await queue.add('ttl', { n }, { deduplication: { id: 'ttl', ttl: 60000 } });
    for (const n of [1, 2]) {
      await queue.add('failing', steps(fail(), { n }), { deduplication: { id: 'failing' }, attempts: 2 });
    }
  },
  'the last one while one is active': async ({ queue, start }) => {
    const deduplication = { id: 'last', keepLastIfActive: true };
    await queue.add('first', steps({ do: 'wait', ms: 1000 }), { deduplication });
    start();
    await until(async () => (await queue.getActiveCount()) === 1, 'the first');
    for (const n of [2, 3]) await queue.add(`n${n}`, { n }, { deduplication });
  },
  're-runs': async ({ queue }) => {
    const job = await queue.add('n', steps(fail(), ...rows), { jobId: 'rerun' });
    return async () => {
      await (await queue.getJob(job.id)).retry('failed');
      await until(async () => (await (await queue.getJob(job.id)).getState()) === 'failed', 'the end');
    };
  },
  'a condemned job': async ({ queue, redis }) => {
    const job = await queue.add('n', {}, { jobId: 'condemned', attempts: 3 });
    await redis.hset(`bull:script:${job.id}`, 'defa', 'child bull:x:1 failed');
    await queue.add('n', {});
  },
};

async function runScript(t, server, worker) {
  const { queue } = await bullmq(t, server);
  const scene = { queue, flow: flowProducer(t, server), redis: server.client(t), start: worker.start };
  const isIdle = async () => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'waiting-children');
    return Object.values(counts).every((count) => count === 0);
  };
  for (const [name, add] of Object.entries(phases)) {
    await worker.stop();
    const after = await add(scene);
    await worker.start();
    await until(isIdle, `the end of '${name}'`);
    await after?.();
    await worker.idle();
  }
}

const workers = {
  node: async (t, server) => {
    const worker = new NodeWorker('script', play, {
      connection: { path: server.socket }, name: 'worker', autorun: true,
    });
    worker.on('error', () => {});
    atEnd(t, () => worker.close());
    await worker.waitUntilReady();
    return {
      stop: () => worker.pause(),
      start: async () => worker.resume(),
      idle: () => sleep(50),
    };
  },
  ours: async (t, server) => {
    const host = await Host.start(t, server);
    return {
      stop: () => host.stop(),
      start: async () => host.tell({ do: 'start' }),
      idle: () => sleep(50),
    };
  },
};

// --- what is left -----------------------------------------------------------------------------

const times = new Set(['timestamp', 'processedOn', 'finishedOn']);
const own = /^agenthost/; // fields of a job's hash that are ours
const readers = {
  string: async (redis, key) => (/:(stalled-check|lock)$/.test(key) ? 'TIME' : redis.get(key)),
  hash: async (redis, key) => {
    const hash = await redis.hgetall(key);
    for (const field of Object.keys(hash)) {
      if (own.test(field)) delete hash[field];
      else if (times.has(field)) hash[field] = 'TIME';
      else if (field === 'pb') hash[field] = 'WORKER';
      else if (field === 'opts') hash[field] = withoutTimes(JSON.parse(hash[field]));
      else if (field === 'stacktrace') hash[field] = JSON.parse(hash[field]).map(withoutPlace);
    }
    return hash;
  },
  list: (redis, key) => redis.lrange(key, 0, -1),
  set: async (redis, key) => (await redis.smembers(key)).sort(),
  // The scores are times, and members of one millisecond have no order that means anything; the
  // order in which jobs end is in the stream.
  zset: async (redis, key) => (await redis.zrange(key, 0, -1)).sort(),
  stream: async (redis, key) => (await redis.xrange(key, '-', '+')).map(([, fields]) => {
    const told = {};
    for (let i = 0; i < fields.length; i += 2) told[fields[i]] = fields[i + 1];
    if (told.event === 'delayed') told.delay = 'TIME';
    return told;
  }),
};

// An error of BullMQ's own says where in BullMQ it was made; ours says what alone.
function withoutPlace(trace) {
  return trace.includes('/node_modules/bullmq/') ? trace.split('\n')[0].replace(/^\w*Error: /, '') : trace;
}

function withoutTimes(opts) {
  return 'timestamp' in opts ? { ...opts, timestamp: 'TIME' } : opts;
}

async function leftIn(redis) {
  const left = {};
  for (const key of (await redis.keys('*')).sort()) {
    if (key.includes(':agenthost:')) continue;
    const type = await redis.type(key);
    left[key] = {
      type, lives: (await redis.pttl(key)) < 0 ? 'for ever' : 'a while',
      value: await readers[type](redis, key),
    };
  }
  return left;
}

test('a Node worker and ours leave the same in Redis and tell the same', async (t) => {
  const left = {};
  await Promise.all(Object.entries(workers).map(async ([name, make]) => {
    const server = await Server.start(t);
    await runScript(t, server, await make(t, server));
    left[name] = await leftIn(server.client(t));
  }));
  const { node, ours } = left;
  assert.deepEqual(Object.keys(ours), Object.keys(node));
  const events = 'bull:script:events';
  const others = Object.keys(node).filter((key) => key !== events && !isDeepStrictEqual(ours[key], node[key]));
  assert.deepEqual(others.map((key) => [key, ours[key]]), others.map((key) => [key, node[key]]));
  assert.ok(node[events].value.length > 300, `${node[events].value.length} events`);
  assert.deepEqual(ours[events], node[events]);
});
