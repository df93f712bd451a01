// Adds one job per agent with BullMQ's own Queue.add, shows their progress live, prints the start
// of each reading and writes it whole to READINGS_FOLDER/AGENT.md, the job's data beside it. Exit
// status 0 only when all four completed.
//
//   quickstart-jobs.mjs REDIS_SOCKET CHARTS_FOLDER READINGS_FOLDER [real]
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(new URL('../tests/npm/package.json', import.meta.url));
const { Queue, QueueEvents } = require('bullmq');

const [socket, charts, readings, mode] = process.argv.slice(2);
const isPractice = mode !== 'real';
const isTerminal = process.stdout.isTTY;
const deadlineMs = isPractice ? 120_000 : 600_000;

const orders = [
  {
    agentId: 'business',
    example: 'apollo-11',
    context: 'Ein neues Team von vier Menschen beginnt ein großes Projekt.',
  },
  {
    agentId: 'relationship',
    example: 'berlin-wall',
    context: 'Zwei, die lange getrennt waren, leben wieder zusammen.',
  },
  {
    agentId: 'crisis',
    example: 'eiffel-tower',
    context: 'Viel Kritik von außen, und die Arbeit ist noch nicht fertig.',
  },
  {
    agentId: 'personality',
    example: 'philae',
    locale: 'en',
    context: 'Arriving somewhere new and not standing quite where it was planned.',
  },
];

const connection = { path: socket, maxRetriesPerRequest: null };
const queue = new Queue('readings', { connection });
const events = new QueueEvents('readings', { connection });
await events.waitUntilReady();

for (const order of orders) {
  // Birth data only: the host computes the chart.
  const { title, birthDate, birthTime, birthPlace } =
    JSON.parse(readFileSync(join(charts, `${order.example}.json`), 'utf8'));
  order.title = title;
  order.progress = 0;
  const data = { agentId: order.agentId, locale: order.locale, context: order.context, birthDate,
    birthTime, birthPlace };
  writeFileSync(join(readings, `${order.agentId}.json`), JSON.stringify(data));
  order.job = await queue.add('generate-reading', data,
    { attempts: isPractice ? 3 : 1, backoff: { type: 'exponential', delay: 1000 } });
}

function bar(order) {
  const filled = Math.round(order.progress / 4);
  const state = order.failed ? 'failed' : order.result ? 'done' : `${order.progress} %`;
  const drawing = '█'.repeat(filled) + '·'.repeat(25 - filled);
  return `  ${order.agentId.padEnd(13)} ${drawing} ${state.padEnd(7)} ${order.title}`;
}

let drawn = 0;
function draw() {
  if (isTerminal) {
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    process.stdout.write(up + orders.map((order) => `\x1b[2K${bar(order)}\n`).join(''));
    drawn = orders.length;
  }
}

function say(order) {
  if (!isTerminal) {
    console.log(bar(order));
  }
  draw();
}

events.on('progress', ({ jobId, data }) => {
  const order = orders.find((one) => one.job.id === jobId);
  if (order && data > order.progress) {
    order.progress = data;
    say(order);
  }
});
draw();

await Promise.all(orders.map(async (order) => {
  try {
    order.result = await order.job.waitUntilFinished(events, deadlineMs);
    order.progress = 100;
  } catch (error) {
    order.failed = error.message;
  }
  say(order);
}));

for (const order of orders) {
  const head = `── ${order.agentId}: ${order.title} `;
  console.log(`\n${head.padEnd(78, '─')}`);
  if (order.failed) {
    console.log(`failed: ${order.failed}`);
    continue;
  }
  const { text, metadata } = order.result.content;
  const mark = metadata.practice
    ? '(practice text: written by a stand-in, no model was asked)\n\n' : '';
  const file = join(readings, `${order.agentId}.md`);
  writeFileSync(file, `${mark}${text}\n`);
  console.log(`${mark}${text.slice(0, 400).trim()} …\n   all of it: ${file}`);
}

await events.close();
await queue.close();
process.exitCode = orders.every((order) => order.result) ? 0 : 1;
