// One reading from Node, through the queue: BullMQ's own Queue.add, its progress, its return value.
// No HTTP: whoever reaches Redis is a producer.
//
//   npm install bullmq
//   node examples/node/reading.mjs [ORDER.json]     default: ../order.json
//
// REDIS_URL is the host's Redis (default redis://localhost:6379), QUEUE its queue (readings).
// Exit status 0 when the reading is completed, else 1.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Queue, QueueEvents } from 'bullmq';

const file = process.argv[2] ?? new URL('../order.json', import.meta.url);
const name = process.env.QUEUE ?? 'readings';
const url = process.env.REDIS_URL ?? 'redis://localhost:6379';
const connection = { url, maxRetriesPerRequest: null };
const queue = new Queue(name, { connection });
// From a minute ago: by default events are heard from the first blocking read on, which may come
// after those of a quick job.
const events = new QueueEvents(name, { connection, lastEventId: `${Date.now() - 60_000}` });
await events.waitUntilReady();

// The reading's id is ours to choose; as the job's id, too, a second add of it changes nothing.
const readingId = randomUUID();
const data = { readingId, returnContent: true, ...JSON.parse(readFileSync(file, 'utf8')) };
events.on('progress', ({ jobId, data: percent }) => {
  if (jobId === readingId) {
    console.error(`${percent} %`);
  }
});
const job = await queue.add('generate-reading', data, {
  jobId: readingId,
  attempts: 3, // what the agent and the model fail; a model that is away costs none
  backoff: { type: 'exponential', delay: 5000 },
  removeOnComplete: { age: 24 * 3600 },
  removeOnFail: { age: 7 * 24 * 3600 },
});

try {
  const { outcome, version, content } = await job.waitUntilFinished(events, 600_000);
  console.error(`${readingId}: ${outcome}, version ${version}`);
  console.log(content.text);
} catch (error) {
  console.error(error.message); // CODE: text, and the field when one is to blame
  process.exitCode = 1;
} finally {
  await events.close();
  await queue.close();
}
