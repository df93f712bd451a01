// What the conformance tests share beside the queue tests' harness. Each test is named by the
// number of its scenario in docs/bullmq.md and by what must hold; BullMQ's own classes are the
// judge, the scripted worker is the only worker unless a test says otherwise.
import assert from 'node:assert/strict';
import { atEnd, FlowProducer, sleep, until } from '../queue/harness.mjs';

export * from '../queue/harness.mjs';

/** Everything QueueEvents tells from now on, oldest first: [{event, jobId, …}]. */
export function listen(events, ...names) {
  const told = [];
  for (const event of names) events.on(event, (payload) => told.push({ event, ...payload }));
  return told;
}

/** What stands in the event stream, oldest first: [{event, jobId, …}]. */
export async function stream(client, queue = 'script') {
  const entries = await client.xrange(`bull:${queue}:events`, '-', '+');
  return entries.map(([, fields]) => {
    const told = {};
    for (let i = 0; i < fields.length; i += 2) told[fields[i]] = fields[i + 1];
    return told;
  });
}

/** What the scripted worker does with a job's steps, as the processor of a Node worker. */
export async function play(job) {
  for (const step of job.data.steps ?? [{ do: 'complete', value: job.data }]) {
    if (step.do === 'complete') return step.value;
    if (step.do === 'log') await job.log(step.row);
    if (step.do === 'progress') await job.updateProgress(step.percent);
    if (step.do === 'wait') await sleep(step.ms);
    if (step.do === 'fail' || (step.do === 'failTimes' && job.attemptsMade < step.times)) {
      const error = new Error(step.reason);
      error.stack = step.trace ?? step.reason;
      if (step.final) error.name = 'UnrecoverableError';
      throw error;
    }
  }
  return null;
}

export function flowProducer(t, server, Class = FlowProducer) {
  const flow = new Class({ connection: { path: server.socket } });
  flow.on?.('error', () => {});
  atEnd(t, () => flow.close());
  return flow;
}

/** When a job was started, each time, by the host's clock. */
export const startsOf = (host, id) =>
  host.all('job').filter((job) => job.id === id).map((job) => job.at);

/** Names of the jobs in the order they were started. */
export const started = (host) => host.all('job').map((job) => job.name);

/** Waits until that many jobs have ended on the host. */
export const ended = (host, count, ms) =>
  until(() => host.all('ended').length >= count, `${count} endings`, ms);

/** All that the host has told until now is read afterwards: what Redis knows may be news here. */
export const heard = (host) => host.status();

/** Most jobs that ran at once on the host. */
export function mostAtOnce(host) {
  let now = 0;
  let most = 0;
  for (const { event } of host.events) {
    if (event === 'job') most = Math.max(most, ++now);
    if (event === 'ended') now--;
  }
  return most;
}

/** Fails unless queue has exactly these numbers of jobs; states not named must be empty. */
export async function assertCounts(queue, expected) {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized',
    'completed', 'failed', 'waiting-children');
  const none = Object.fromEntries(Object.keys(counts).map((state) => [state, 0]));
  assert.deepEqual(counts, { ...none, ...expected });
}

export const bulk = (count, data, opts) =>
  Array.from({ length: count }, (_, n) => ({ name: `j${n}`, data, opts }));

/** Several hosts whose dead jobs come back within a second. */
export const hasty = { 'lock-ms': 400, 'stalled-ms': 300 };
