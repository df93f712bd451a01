// The peer: BullMQ's own Worker, doing the same as bench/queue_worker.
//
//   node worker.mjs PORT QUEUE CONCURRENCY
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../tests/npm/package.json', import.meta.url));
const { Worker } = require('bullmq');

const [port, queue, concurrency] = process.argv.slice(2);
const worker = new Worker(queue, async () => ({ ok: true }), {
  connection: { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null },
  concurrency: Number(concurrency),
});
worker.on('error', (error) => console.error(error.message));
process.on('SIGTERM', () => process.exit(0));
