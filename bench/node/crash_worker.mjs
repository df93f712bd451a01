// The peer of bench/run crash: one process for the processor, which the job may crash.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(new URL('../../tests/npm/package.json', import.meta.url));
const { Worker } = require('bullmq');

const [port, queue] = process.argv.slice(2);
const worker = new Worker(queue, path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'crash_processor.cjs'),
  { connection: { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null } });
worker.on('error', (error) => console.error(error.message));
process.on('SIGTERM', async () => {
  await worker.close(true);
  process.exit(0);
});
