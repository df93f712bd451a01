// Chooses the measurement and reads its options.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './servers.mjs';

const MEASUREMENTS = { queue: './queue.mjs' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    build: { type: 'string', default: existsSync(path.join(root, 'build/Makefile')) ? path.join(root, 'build') : root },
    pairs: { type: 'string', default: '5' },
    jobs: { type: 'string', default: '30000' },
    concurrency: { type: 'string', default: '50' },
    'no-pin': { type: 'boolean', default: false },
  },
});

const name = positionals[0];
if (positionals.length !== 1 || MEASUREMENTS[name] === undefined) {
  console.error(`usage: bench/run ${Object.keys(MEASUREMENTS).join('|')} [--build DIR] [--pairs N] [--jobs N] [--concurrency N] [--no-pin]`);
  process.exit(2);
}
const { run } = await import(MEASUREMENTS[name]);
const result = await run({
  build: path.resolve(values.build),
  pairs: Number(values.pairs),
  jobs: Number(values.jobs),
  concurrency: Number(values.concurrency),
  pin: !values['no-pin'] && os.cpus().length > 1,
});
console.log(`\n${JSON.stringify(result)}`);
process.exit(0);
