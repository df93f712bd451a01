// When patterns come next: ours against cron-parser, as the BullMQ of tests/npm asks it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const src = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const build = process.env.AGENTHOST_BUILD_DIR ?? process.cwd();
const require = createRequire(path.join(src, 'tests/npm/package.json'));
const { getNextMillis } = require('bullmq');
const { IANAZone } = require('luxon');
const { CronExpressionParser } = require('cron-parser');

const SEED = Number(process.env.CRON_SEED ?? 20261127);
const CASES = Number(process.env.CRON_CASES ?? 800);
const TIMES = 5;
const HOUR = 3600000;

/** Ours, for [{ pattern, zone, from, end }]: a list of times, or the text of an error, for each. */
function ours(cases, env = {}) {
  const input = cases.map(({ pattern, zone = '', from, end = '', count = TIMES }) =>
    `${[pattern, zone, from, end, count].join('\t')}\n`).join('');
  const lines = execFileSync(path.join(build, 'tests/tools/cron-next'), { input, env: { ...process.env, ...env }, maxBuffer: 1 << 26 })
    .toString().split('\n').slice(0, -1);
  return lines.map((line) => (line.startsWith('error') ? line : line.split(' ').filter(Boolean).map(Number)));
}

/** BullMQ's: each time asked for anew from the last one, as a worker does. */
function nodes({ pattern, zone, from, end }) {
  const times = [];
  try {
    for (let ms = from; times.length < TIMES; times.push(ms)) {
      ms = getNextMillis(ms, { pattern, tz: zone, endDate: end });
      if (ms === undefined) break;
    }
  } catch (problem) {
    return `error: ${problem.message}`;
  }
  return times;
}

const iso = (times) => (Array.isArray(times) ? times.map((ms) => new Date(ms).toISOString()) : 'error');

const isAscending = (from, times) => times.every((ms, i) => ms > (i === 0 ? from : times[i - 1]));

/** The same times. Where cron-parser goes back in time, as it can when clocks go back, ours go on. */
function assertSame(cases) {
  const got = ours(cases);
  assert.equal(got.length, cases.length);
  let strays = 0;
  cases.forEach((one, i) => {
    const expected = nodes(one);
    const what = `${JSON.stringify(one)} from ${new Date(one.from).toISOString()}`;
    if (Array.isArray(expected) && !isAscending(one.from, expected)) {
      strays++;
      assert.ok(got[i].length === TIMES && isAscending(one.from, got[i]), `${what}: ${iso(got[i])}`);
    } else {
      assert.deepEqual(iso(got[i]), iso(expected), what);
    }
  });
  assert.ok(strays <= cases.length / 100, `cron-parser went back in ${strays} cases`);
}

/** mulberry32: a seed gives the same cases everywhere. */
function makeRandom(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

// Half-hour summer time (Lord Howe) is looked at by itself: there cron-parser has no answers.
const ZONES = [
  'UTC', 'Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'America/New_York', 'America/Havana', 'America/Santiago',
  'America/Sao_Paulo', 'America/St_Johns', 'Atlantic/Azores', 'Africa/Cairo', 'Africa/Casablanca', 'Asia/Beirut',
  'Asia/Kathmandu', 'Asia/Kolkata', 'Asia/Tehran', 'Asia/Tokyo', 'Asia/Gaza', 'Antarctica/Troll', 'America/Asuncion',
  'Australia/Sydney', 'Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Apia', 'Pacific/Kiritimati', 'America/Nuuk',
];

/** The zones of which this machine's database and Node's own say the same for the years looked at: noon is noon. */
function agreedZones(t) {
  const from = Date.UTC(2007, 11, 1);
  const noons = ours(ZONES.map((zone) => ({ pattern: '0 12 */5 * *', zone, from, count: 45 * 12 * 6 })));
  const agreed = ZONES.filter((zone, i) => {
    const offset = (ms) => IANAZone.create(zone).offset(ms);
    return noons[i].every((ms) => (ms / 60000 + offset(ms)) % 1440 === 720);
  });
  const others = ZONES.filter((zone) => !agreed.includes(zone));
  if (others.length > 0) t.diagnostic(`passed over, Node's database has other rules: ${others.join(' ')}`);
  assert.ok(others.length <= 4, `the databases differ in ${others.join(' ')}`);
  return agreed;
}

/** A moment within two days of a change of the zone's clocks after that one, where there is one. */
function nearChange(zone, from, random) {
  const offset = (ms) => IANAZone.create(zone).offset(ms);
  for (let ms = from, i = 0; i < 400; i++, ms += 24 * HOUR) {
    if (offset(ms) !== offset(ms + 24 * HOUR)) return ms + random(72 * 3600) * 1000 - 24 * HOUR;
  }
  return from;
}

function makeField(random, min, max, isRare) {
  const value = () => min + random(max - min + 1);
  const kind = random(isRare ? 12 : 7);
  if (kind === 0) return String(value());
  if (kind === 1) return `*/${1 + random(max)}`;
  if (kind === 2) return [...new Set([value(), value(), value()])].join(',');
  if (kind === 3 || kind === 4) {
    const [from, to] = [value(), value()].sort((a, b) => a - b);
    return kind === 3 ? `${from}-${to}` : `${from}-${to}/${1 + random(7)}`;
  }
  return kind === 5 ? `${value()}/${1 + random(9)}` : '*';
}

function makeDays(random) {
  return ['L', '15,L', '1', '31', '29-31', '?', '*', '*', '*', '13', '*/10', '1,15'][random(12)];
}

function makeWeekdays(random) {
  return ['MON-FRI', '5L', 'sun', '7', '0', '6-7', '1#1', 'FRI#3', '2#5', '*', '*', '*', '*', '*', '?', '5-7', '1,3L'][random(17)];
}

function makeCase(random, zones) {
  const zone = zones[random(zones.length)];
  const anywhere = Date.UTC(2008, 0, 1) + random(30 * 365 * 24 * 3600) * 1000 + random(3) * 250;
  const from = random(3) > 0 ? nearChange(zone, anywhere, random) : anywhere;
  const fields = [
    makeField(random, 0, 59, random(3) > 0), random(3) > 0 ? makeField(random, 0, 4) : makeField(random, 0, 23),
    makeDays(random), makeField(random, 1, 12, true), makeWeekdays(random),
  ];
  if (random(3) === 0) fields.unshift(makeField(random, 0, 59));
  return { pattern: fields.join(' '), zone, from, end: random(12) === 0 ? from + random(60 * 24) * HOUR : undefined };
}

test('random patterns come next when cron-parser says so', (t) => {
  const random = makeRandom(SEED);
  t.diagnostic(`seed ${SEED}, ${CASES} cases`);
  const zones = agreedZones(t);
  assertSame(Array.from({ length: CASES }, () => makeCase(random, zones)));
});

test('days when the clocks change', () => {
  const changes = {
    'Europe/Berlin': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
    'America/New_York': ['2026-03-08T07:00Z', '2026-11-01T06:00Z'],
    'Australia/Lord_Howe': ['2026-10-03T15:30Z'], // forward by half an hour
    'Pacific/Apia': ['2011-12-30T10:00Z'], // a day was left out
    'Asia/Beirut': ['2026-03-28T22:00Z', '2026-10-24T21:00Z'], // at midnight
    'America/Havana': ['2026-03-08T05:00Z', '2026-11-01T05:00Z'],
    'Antarctica/Troll': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'], // by two hours
    'Pacific/Chatham': ['2026-04-04T14:00Z', '2026-09-26T14:00Z'],
  };
  const patterns = [
    '30 2 * * *', '0 2 * * *', '0,30 2 * * *', '*/15 * * * *', '0 * * * *', '0 */2 * * *', '30 0,23 * * *', '0 0 * * *',
    '59 59 1 * * *', '*/7 */5 1-3 * * *', '0 3 * * *', '5 1 * * *', '15 2 29 3 *', '30 2 * * SUN#1', '* 2 L * 0',
  ];
  const beside = [-36 * 60, -90, -10.5, -1 / 60, 0, 1 / 60, 29, 61];
  const cases = Object.entries(changes).flatMap(([zone, moments]) => moments.flatMap((moment) =>
    patterns.flatMap((pattern) => beside.map((minutes) => (
      { pattern, zone, from: Date.parse(moment) + Math.round(minutes * 60000) })))));
  assertSame(cases);
});

test('where cron-parser goes back or in circles ours goes on', () => {
  const cases = [
    // Lord Howe: from 2:00 back to 1:30. The full hour before 1:40 lies behind that again.
    ['0 5 * * *', 'Australia/Lord_Howe', '2026-04-04T10:00Z', '04T18:30 05T18:30 06T18:30 07T18:30 08T18:30'],
    ['0 * * * *', 'Australia/Lord_Howe', '2026-04-04T13:30Z', '04T14:00 04T15:30 04T16:30 04T17:30 04T18:30'],
    // Chatham: from 3:45 back to 2:45.
    ['*/15 * * * *', 'Pacific/Chatham', '2026-04-04T13:00Z', '04T13:15 04T13:30 04T13:45 04T15:00 04T15:15'],
    ['0 * * * *', 'Pacific/Chatham', '2026-04-04T12:15Z', '04T13:15 04T14:15 04T15:15 04T16:15 04T17:15'],
  ];
  const asked = cases.map(([pattern, zone, from]) => ({ pattern, zone, from: Date.parse(from) }));
  const expected = cases.map(([, , , times]) => times.split(' ').map((time) => `2026-04-${time}:00.000Z`));
  assert.deepEqual(ours(asked).map(iso), expected);
  const next = ({ pattern, zone, from }) => CronExpressionParser.parse(pattern, { tz: zone, currentDate: new Date(from) }).next();
  assert.throws(() => next(asked[0]), /loop limit/);
  assert.ok(next(asked[2]).getTime() < asked[2].from);
});

test('every form a field may have, and those it may not', () => {
  const from = Date.UTC(2026, 1, 11, 7, 8, 9, 10);
  const good = [
    '5 4 * * *', '  5 4 * *  * ', '0 5 4 * * *', '? ? ? ? ? ?', '*/15 0 1,15 * 1-5', '23 0-20/2 * * *', '0 0 1 jan *',
    '0 0 * * sun', '0 0 * jAn-Mar MON-fri', '0 0 * * 7', '0 0 * * 0', '0 0 * * 5-7', '0 0 * * 1-7/2', '0 0 * * 7/2',
    '0 0 * * 0/3', '0 0 L * *', '0 0 L 2 *', '0 0 15,L * *', '0 0 5L * *', '0 0 1-5L * *', '0 0 * * 5L', '0 0 * * friL',
    '0 0 * * 1,5L', '0 0 * * 9L', '0 0 * * 15L', '0 0 * * 5#3', '0 0 * * fri#1', '0 0 * * *#2', '0 0 * * ?#5', '0 0 * * 7#4',
    '0 0 13 * 5', '0 0 */1 * 5', '0 0 * * 1-5', '0 0 29 2 *', '0 0 29-31 2 *', '0 0 31 2,4 *', '0 0 30 2 1', '0 0 31 4,5 *',
    '0 0 * mon *', '0 0 * * mar', '1* * * * *', '*-5 * * * *', '1-5-9 * * * *', '005 04 * * *', '5/15 * * * *', '59/2 * * * *',
    '0 0 1-31/10 * *', '0,30 8-17 * * 1-5', '0 22 * 1-11/2 *', '*/61 * * * *', '* * * * JUL', '0 0 1,L,2L * *',
  ];
  const bad = [
    '60 * * * *', '* 24 * * *', '* * 0 * *', '* * 32 * *', '* * * 0 *', '* * * 13 *', '* * * * 8', '* * * * L', '* * L-2 * *',
    '5-1 * * * *', '1,,2 * * * *', ',1 * * * *', '1, * * * *', '1,1 * * * *', '*,1 * * * *', '* * * * 0,7', '* * * * 5-7,0',
    '*/0 * * * *', '*/ * * * *', '/5 * * * *', '1/2/3 * * * *', '-5 * * * *', '5- * * * *', '1-60 * * * *', 'x * * * *',
    '** * * * *', '*5 * * * *', '5-* * * * *', '1.5 * * * *', '0 0 * foo *', '0 0 * * monday', '0 0 * * 1#6', '0 0 * * 1#0',
    '0 0 * * 1#', '0 0 * * #2', '0 0 * * 1,2#3', '0 0 * * 1-3#2', '0 0 * * 1#2#3', '0 0 30 2 *', '0 0 31 4 *', '0 0 LL * *',
    '0 0 L5 * *', '0 0 123L * *', '0 0 * * 1l', '0 L * * *', '0 0 * L *', '1 2 3 4 5 6 7', '0 0 L,L * *', '0 0 * * 5L,5L',
    `${'1,'.repeat(600)}1 * * * *`, '0 0 W * *', '0 0 1W * *', '+5 * * * *', '0 0 1 * * 2027 *', '0 0 L/2 * *',
  ];
  const ask = (patterns) => patterns.map((pattern) => ({ pattern, zone: 'UTC', from }));
  assertSame(ask([...good, ...bad]));
  assert.ok(ours(ask(good)).every(Array.isArray));
  const errors = ours(ask(bad));
  errors.forEach((error, i) => assert.match(String(error), /^error: (second|minute|hour|day of month|month|day of week|it (has|is)) ?/, bad[i]));
});

test('what we do not read is said clearly', () => {
  const refused = { 'H * * * *': /'H' is not supported/, 'H(1-5)/2 * * * *': /'H' is not supported/, '@daily': /@daily are not supported/, '5 4 * *': /too few fields/, ' ': /too few fields/ };
  for (const [pattern, reason] of Object.entries(refused)) {
    assert.match(String(ours([{ pattern, zone: 'UTC', from: 0 }])[0]), reason);
  }
  for (const zone of ['Europe/Nowhere', 'Mars', '../UTC', '+01:00', 'utc+1:5', 'utc+', 'UTC+1x']) {
    const one = { pattern: '* * * * *', zone, from: 0 };
    assert.match(String(ours([one])[0]), /^error: .*zone/, zone);
  }
});

test('UTC and offsets from it are zones too', () => {
  assertSame(['UTC', 'utc', 'GMT', 'utc+2', 'UTC-03:30', 'utc+13', 'Etc/GMT+8'].map((zone) => (
    { pattern: '30 2 * * *', zone, from: Date.UTC(2026, 5, 1) })));
});

test('no later than the end, and the end itself', () => {
  const from = Date.UTC(2026, 0, 1);
  const at = (ms) => ({ pattern: '0 * * * *', zone: 'UTC', from, end: from + ms });
  const cases = [at(2 * HOUR), at(2 * HOUR - 1), at(HOUR), at(HOUR - 1), at(1)];
  assertSame(cases);
  assert.deepEqual(ours(cases).map((times) => times.length), [2, 1, 1, 0, 0]);
});

test('without a zone it is that of the process', () => {
  const from = Date.UTC(2026, 2, 28, 20);
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC']) {
    const [local] = ours([{ pattern: '30 2 * * *', from }], { TZ: zone });
    assert.deepEqual(iso(local), iso(nodes({ pattern: '30 2 * * *', zone, from })), zone);
    const there = execFileSync(process.execPath, ['-e', `console.log(
      require(${JSON.stringify(require.resolve('bullmq'))}).getNextMillis(${from}, { pattern: '30 2 * * *' }))`], { env: { ...process.env, TZ: zone } });
    assert.equal(local[0], Number(there), zone);
  }
  assert.match(String(ours([{ pattern: '* * * * *', from }], { TZ: 'CET-1CEST' })[0]), /^error: TZ of this process: .*'CET-1CEST'/);
});
