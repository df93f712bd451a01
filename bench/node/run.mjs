// Chooses the measurement and reads its options.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './servers.mjs';

// Jobs of a round: enough for some seconds at the speed to be expected.
const MEASUREMENTS = {
  beside: { module: './beside.mjs', jobs: 10000 },
  cell: { module: './cell.mjs', jobs: 20000 },
  crash: { module: './crash.mjs', jobs: 40 },
  decline: { module: './decline.mjs', jobs: 20000 },
  model: { module: './model.mjs', jobs: 6000 },
  queue: { module: './queue.mjs', jobs: 30000 },
  reload: { module: './reload.mjs', jobs: 2000 },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    build: { type: 'string', default: existsSync(path.join(root, 'build/Makefile')) ? path.join(root, 'build') : root },
    pairs: { type: 'string', default: '5' },
    jobs: { type: 'string' },
    concurrency: { type: 'string', default: '50' },
    events: { type: 'string', default: '20' },
    'no-pin': { type: 'boolean', default: false },
  },
});

const name = positionals[0];
if (positionals.length !== 1 || MEASUREMENTS[name] === undefined) {
  console.error(`usage: bench/run ${Object.keys(MEASUREMENTS).join('|')} [--build DIR] [--pairs N] [--jobs N] [--concurrency N] [--events N] [--no-pin]`);
  process.exit(2);
}
const { run } = await import(MEASUREMENTS[name].module);
const result = await run({
  build: path.resolve(values.build),
  pairs: Number(values.pairs),
  jobs: Number(values.jobs ?? MEASUREMENTS[name].jobs),
  concurrency: Number(values.concurrency),
  events: Number(values.events),
  pin: !values['no-pin'] && os.cpus().length > 1,
});
console.log(`\n${JSON.stringify(result)}`);
process.exit(0);
