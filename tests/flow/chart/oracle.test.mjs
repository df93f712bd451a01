// 300 births of a fixed seed, 1920 to 2030, against Swiss Ephemeris: Debian's swetest with its data
// files, a program of its own that is used here only. Differing gates and lines are listed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildDir } from '../support/process.mjs';

const run = promisify(execFile);
const births = 300;
const workers = 2;
const ephemerisFolder = '/usr/share/libswe/ephe';
// Of 130 000 activations of 5 000 charts, with libnova and ERFA.
const gateRate = 0.0008e-2;
const lineRate = 0.0062e-2;
const stationSpeed = 2e-5; // degrees a day: within an hour of standing still

const bodies = {
  sun: 'Sun', moon: 'Moon', mercury: 'Mercury', venus: 'Venus', mars: 'Mars', jupiter: 'Jupiter',
  saturn: 'Saturn', uranus: 'Uranus', neptune: 'Neptune', pluto: 'Pluto', north_node: 'true Node',
};
const opposites = { earth: 'sun', south_node: 'north_node' };
const wheel = [41, 19, 13, 49, 30, 55, 37, 63, 22, 36, 25, 17, 21, 51, 42, 3, 27, 24, 2, 23, 8, 20,
  16, 35, 45, 12, 15, 52, 39, 53, 62, 56, 31, 33, 7, 4, 29, 59, 40, 64, 47, 6, 46, 18, 48, 57, 32,
  50, 28, 44, 1, 43, 14, 34, 9, 5, 26, 11, 10, 58, 38, 54, 61, 60];

// mulberry32: the same births every time.
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Without its data files it falls back to a coarser theory, and says so.
async function swetest(unixMs, letters, folder = ephemerisFolder) {
  const { stdout, stderr } = await run('swetest', [`-edir${folder}`, '-eswe',
    `-bj${(unixMs / 86_400_000 + 2_440_587.5).toFixed(9)}`, '-ut', `-p${letters}`, '-fPls', '-g,',
    '-head']);
  assert.doesNotMatch(stdout + stderr, /moshier|warning|error/i, 'the data files are missing');
  return Object.fromEntries(stdout.trim().split('\n').map((line) => {
    const [name, longitude, speed] = line.split(',').map((part) => part.trim());
    return [name, { longitude: Number(longitude), speed: Number(speed) }];
  }));
}

const turn = (degrees) => ((degrees % 360) + 540) % 360 - 180;

// The oracle's own search for the Sun 88 degrees earlier.
async function designOf(birthMs) {
  const { longitude } = (await swetest(birthMs, '0')).Sun;
  let atMs = birthMs - 88 / 0.9856474 * 86_400_000;
  for (let step = 0; step < 12; step++) {
    const { Sun } = await swetest(atMs, '0');
    const short = turn(longitude - 88 - Sun.longitude);
    atMs += short / Sun.speed * 86_400_000;
    if (Math.abs(short) < 2e-7) {
      return atMs;
    }
  }
  throw new Error('no design moment found');
}

function placeOf(longitude) {
  const lines = Math.floor(((longitude - 302 + 720) % 360) / 0.9375);
  return { gate: wheel[Math.floor(lines / 6)], line: lines % 6 + 1 };
}

async function chartOf(birthMs) {
  const [date, time] = new Date(birthMs).toISOString().slice(0, 19).split('T');
  const { stdout } = await run(join(buildDir, 'agenthost'), ['chart', '--birth-date', date,
    '--birth-time', time, '--utc', '--json']);
  return JSON.parse(stdout);
}

const tally = { gates: [], lines: [], farthest: {}, retrograde: [], design: 0, activations: 0 };

function compare(label, planets, oracle) {
  for (const [name, planet] of Object.entries(planets)) {
    const twin = opposites[name];
    const source = oracle[bodies[twin ?? name]];
    const longitude = (source.longitude + (twin === undefined ? 0 : 180)) % 360;
    const arcsec = Math.abs(turn(planet.longitude - longitude)) * 3600;
    tally.farthest[name] = Math.max(tally.farthest[name] ?? 0, arcsec);
    const expected = placeOf(longitude);
    const line = `${label} ${name}: ${planet.gate}.${planet.line}, oracle ${expected.gate}.` +
      `${expected.line}, ${arcsec.toFixed(2)}"`;
    if (planet.gate !== expected.gate) {
      tally.gates.push(line);
    }
    if (planet.gate !== expected.gate || planet.line !== expected.line) {
      tally.lines.push(line);
    }
    if (planet.retrograde !== (source.speed < 0) && Math.abs(source.speed) > stationSpeed) {
      tally.retrograde.push(`${label} ${name}: ${source.speed} degrees a day`);
    }
    tally.activations++;
  }
}

async function check(birthMs) {
  const letters = '0123456789t';
  const designMs = await designOf(birthMs);
  const chart = await chartOf(birthMs);
  const utc = new Date(birthMs).toISOString();
  assert.equal(chart.birth_utc, utc.replace('.000', ''));
  // Ours is rounded to the second.
  tally.design = Math.max(tally.design, Math.abs(Date.parse(chart.design_utc) - designMs) / 1000);
  compare(`${utc} personality`, chart.personality.planets, await swetest(birthMs, letters));
  compare(`${utc} design`, chart.design.planets, await swetest(designMs, letters));
}

test('the oracle is not taken without its data files', async () => {
  await assert.rejects(swetest(0, '0', '/nonexistent'), /the data files are missing/);
});

test(`${births} charts agree with Swiss Ephemeris`, async () => {
  const random = makeRandom(20_240_320);
  const from = Date.UTC(1920, 0, 1);
  const to = Date.UTC(2030, 0, 1);
  const moments = Array.from({ length: births }, () =>
    Math.floor((from + random() * (to - from)) / 60_000) * 60_000);
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let moment = moments.pop(); moment !== undefined; moment = moments.pop()) {
      await check(moment);
    }
  }));
  const { activations } = tally;
  console.log(`${activations} activations; farthest, in arc seconds:`,
    Object.fromEntries(Object.entries(tally.farthest).map(([k, v]) => [k, Number(v.toFixed(2))])));
  console.log(`design moments within ${tally.design.toFixed(1)} s`);
  console.log(`differing gates: ${tally.gates.length}`, tally.gates);
  console.log(`differing lines: ${tally.lines.length}`, tally.lines);
  assert.equal(activations, births * 26);
  assert.ok(tally.gates.length <= 2 * gateRate * activations, 'too many gates differ');
  assert.ok(tally.lines.length <= 2 * lineRate * activations, 'too many lines differ');
  assert.ok(tally.design <= 1.5, 'a design moment is off');
  assert.deepEqual(tally.retrograde, []);
  for (const [name, arcsec] of Object.entries(tally.farthest)) {
    assert.ok(arcsec < 3, `${name} is ${arcsec}" off`);
  }
});
