// Jobs for measurements, added with BullMQ's own Queue, and what became of them.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './servers.mjs';

const require = createRequire(new URL('../../tests/npm/package.json', import.meta.url));
const { Queue } = require('bullmq');
export const IORedis = require('ioredis');

export const QUEUE = 'bench';

export function connect(port) {
  return new IORedis(port, '127.0.0.1', { maxRetriesPerRequest: null });
}

export function chart() {
  return JSON.parse(readFileSync(path.join(root, 'etc/examples/charts/philae.json'), 'utf8')).chart;
}

export function createQueue(connection) {
  return new Queue(QUEUE, { connection });
}

export async function fill(connection, jobs, data) {
  const queue = createQueue(connection);
  for (let at = 0; at < jobs; at += 500) {
    const count = Math.min(500, jobs - at);
    await queue.addBulk(Array.from({ length: count }, () => ({ name: 'generate-reading', data })));
  }
  await queue.close();
}

export function completed(connection) {
  return connection.zcard(`bull:${QUEUE}:completed`);
}

// From claim to finish, milliseconds, of every completed job but the first `skip`.
export async function durations(connection, skip) {
  const ids = (await connection.zrange(`bull:${QUEUE}:completed`, 0, -1)).slice(skip);
  const found = [];
  for (let at = 0; at < ids.length; at += 1000) {
    const pipeline = connection.pipeline();
    for (const id of ids.slice(at, at + 1000)) {
      pipeline.hmget(`bull:${QUEUE}:${id}`, 'processedOn', 'finishedOn');
    }
    for (const [, [processed, finished]] of await pipeline.exec()) {
      found.push(Number(finished) - Number(processed));
    }
  }
  return found;
}

// Completed jobs; ends the measurement at the first one that failed.
export async function counted(connection, kind) {
  const [count] = await Promise.all([completed(connection), assertNoFailures(connection, kind)]);
  return count;
}

export async function assertNoFailures(connection, kind) {
  const [failed, parked] = await Promise.all([
    connection.zcard(`bull:${QUEUE}:failed`), connection.hlen(`bull:${QUEUE}:agenthost:parked`)]);
  if (failed > 0) {
    const [id] = await connection.zrange(`bull:${QUEUE}:failed`, 0, 0);
    throw new Error(`${kind}: ${failed} jobs failed, the first: ${await connection.hget(`bull:${QUEUE}:${id}`, 'failedReason')}`);
  }
  if (parked > 0) {
    const [why] = await connection.hvals(`bull:${QUEUE}:agenthost:parked`);
    throw new Error(`${kind}: ${parked} jobs are parked, the first: ${why}`);
  }
}
