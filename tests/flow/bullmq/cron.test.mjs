// Patterns of job schedulers: the slots a worker computes are those of the parser that BullMQ uses.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { all, until } from './suite.mjs';

// A scheduler without a zone has the zone of the machine: this one, here and in the worker.
process.env.TZ = 'America/New_York';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { CronExpressionParser } = createRequire(require.resolve('bullmq'))('cron-parser');

const patterns = [
  // five fields
  '* * * * *', '*/7 * * * *', '30 2 * * *', '0 0 * * *', '59 23 * * *', '15,45 1-3 * * *',
  '0 */5 * * *', '0 3 1 * *', '0 0 29 2 *', '0 0 31 * *', '0 12 * * 1-5', '0 9 * * MON,wed,Fri',
  '0 0 13 * 5', '0 4 1-7 * 1', '0 22 * JAN-mar,oct 0', '0 22 * 3,10 7', '5-59/9 0-23/3 */2 * *',
  '0 2 * * 0', '30 1 * * 0', '0 0 1 1 *', '0 0 15 */4 6',
  // six fields
  '*/13 * * * * *', '0 0 2 * * *', '0 30 2 * * *', '0 0 3 * * *', '59 59 1 * * *', '0 15 2,3 * * SUN',
  '30 0 0 1 * *', '0 0 12 28-31 * *', '10-20/5 59 23 31 12 *', '0 0 1 25-31 3,10 0', '15 */20 1-2 * * *',
];
// With a change of the clock soon after, in spring and autumn, north and south, and without one.
// (Lord Howe's of half an hour is not here: for some patterns that parser finds no end.)
const zones = [
  ['Europe/Berlin', '2027-03-27T20:00:00Z'], ['Europe/Berlin', '2027-10-30T20:00:00Z'],
  ['America/New_York', '2027-03-13T20:00:00Z'], ['America/New_York', '2027-11-06T20:00:00Z'],
  ['Australia/Sydney', '2027-04-03T10:00:00Z'], ['Australia/Sydney', '2027-10-02T10:00:00Z'],
  ['Asia/Kathmandu', '2027-06-30T20:00:00Z'], ['UTC', '2027-12-31T20:00:00Z'],
  [undefined, '2027-03-13T20:00:00Z'],
];
const ROUNDS = 4;

/** Each scheduler's first slots, by BullMQ's parser. */
function slotsOf(pattern, tz, startMs, count) {
  const slots = [];
  let at = startMs;
  for (let i = 0; i < count; i++) {
    at = CronExpressionParser.parse(pattern, { currentDate: new Date(at), tz }).next().getTime();
    slots.push(at);
  }
  return slots;
}

const slotOf = (id) => Number(id.slice(id.lastIndexOf(':') + 1));

test('47 288 patterns and zones around a change of the clock have the slots of BullMQ\'s parser', async (t) => {
  const { queue, host } = await all(t, { concurrency: 20 });
  const schedulers = zones.flatMap(([tz, start], z) => patterns.map((pattern, p) => (
    { id: `s${z}-${p}`, pattern, tz, startMs: Date.parse(start), slots: [] })));
  assert.equal(schedulers.length, 288);
  for (const { id, pattern, tz, startMs, slots } of schedulers) {
    const job = await queue.upsertJobScheduler(id, { pattern, tz, startDate: startMs }, { name: id });
    slots.push(slotOf(job.id));
  }
  for (let round = 1; round <= ROUNDS; round++) {
    await queue.promoteJobs({ count: 1000 });
    await until(async () => (await queue.getCompletedCount()) === round * schedulers.length,
      `round ${round}`, 60000);
    const next = await queue.getDelayed(0, -1);
    assert.equal(next.length, schedulers.length);
    const byId = new Map(next.map(({ id, repeatJobKey }) => [repeatJobKey, slotOf(id)]));
    for (const { id, slots } of schedulers) slots.push(byId.get(id));
  }
  const wrong = schedulers.filter(({ pattern, tz, slots }) =>
    String(slots.slice(1)) !== String(slotsOf(pattern, tz, slots[0], ROUNDS)));
  assert.deepEqual(wrong.map(({ pattern, tz, slots }) => ({ pattern, tz, slots })),
    wrong.map(({ pattern, tz, slots }) => (
      { pattern, tz, slots: [slots[0], ...slotsOf(pattern, tz, slots[0], ROUNDS)] })));
  await host.stop();
});

test('47 a scheduler without a zone runs by the clock of the host', async (t) => {
  const { queue } = await all(t);
  await queue.upsertJobScheduler('daily', { pattern: '0 0 9 * * *', startDate: Date.parse('2027-07-01T20:00:00Z') });
  await queue.promoteJobs();
  await until(async () => (await queue.getCompletedCount()) === 1, 'the first');
  const [next] = await queue.getDelayed();
  assert.equal(new Date(slotOf(next.id)).toISOString(), '2027-07-03T13:00:00.000Z');
});
