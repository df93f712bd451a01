// Birth data instead of a chart: the host computes the chart, the same as the command line prints;
// wrong birth data end the job at once and name the field.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sourceDir, until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;

before(async () => {
  scene = await makeScene();
});

after(async () => {
  await scene.end();
});

const berlin = { name: 'Berlin', latitude: 52.52, longitude: 13.405, timezone: 'Europe/Berlin' };
const birth = { birthDate: '1990-01-15', birthTime: '14:30', birthPlace: berlin };

async function printed(...flags) {
  const { code, stdout, stderr } = await scene.host.cli('chart', ...flags);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test('a job with birth data is completed with the chart that the command line prints', async () => {
  const value = await scene.run(birth);
  assert.equal(value.outcome, 'completed');
  const chart = await printed('--birth-date', '1990-01-15', '--birth-time', '14:30',
    '--timezone', 'Europe/Berlin', '--latitude', '52.52', '--longitude', '13.405', '--json');
  assert.equal(chart.birth_utc, '1990-01-15T13:30:00Z');
  assert.deepEqual(value.content.chart, chart);
  const [version] = scene.host.rows('SELECT * FROM reading_versions WHERE reading_id = ?',
    value.readingId);
  const [kept] = scene.host.rows('SELECT * FROM charts WHERE id = ?', version.chart_id);
  assert.deepEqual(JSON.parse(kept.chart_data), chart);
  assert.equal(kept.type, 'Generator');
  assert.equal(kept.birth_date, '1990-01-15');
});

test('an example chart agrees with the one computed from its birth data', async () => {
  const folder = join(sourceDir, 'etc/examples/charts');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  assert.ok(names.length > 0);
  for (const name of names) {
    const { chart, birthDate, birthTime, birthPlace } =
      JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const { content } = await scene.run({ birthDate, birthTime, birthPlace });
    for (const key of ['birth_utc', 'type', 'authority', 'profile', 'definition', 'centers']) {
      assert.deepEqual(content.chart[key], chart[key], `${key} of ${name}`);
    }
    for (const side of ['personality', 'design']) {
      for (const [planet, { gate, line }] of Object.entries(chart[side].planets)) {
        const found = content.chart[side].planets[planet];
        assert.deepEqual([found.gate, found.line], [gate, line], `${side} ${planet} of ${name}`);
      }
    }
  }
});

test('a chart that is sent goes before birth data', async () => {
  const { chart } = (await scene.run(birth)).content;
  const sent = { ...chart, note: 'sent' };
  const value = await scene.run({ ...birth, birthTime: '09:00', chart: sent });
  assert.deepEqual(value.content.chart, sent);
});

test('a chart that is kept is used byte for byte when a job names it', async () => {
  const first = await scene.run(birth);
  const chartId = (value) => scene.host.rows(
    'SELECT chart_id FROM reading_versions WHERE reading_id = ?', value.readingId)[0].chart_id;
  const again = await scene.run({ chartId: chartId(first) });
  assert.deepEqual(again.content.chart, first.content.chart);
  assert.equal(chartId(again), chartId(first));
});

test('a chart that is not kept is computed from birth data, or the job names chartId', async () => {
  const chartId = '00000000-0000-4000-8000-000000000000';
  const value = await scene.run({ ...birth, chartId });
  assert.equal(value.content.chart.birth_utc, '1990-01-15T13:30:00Z');
  for (const missing of [chartId, 'no-uuid']) {
    await assert.rejects(scene.run({ chartId: missing }, { attempts: 3 }),
      /^Error: VALIDATION_ERROR: chartId: no chart has this id; send birth data/);
  }
});

test('forty jobs at once, of ten births, each get their own chart', async () => {
  const values = await Promise.all(Array.from({ length: 40 }, (_, i) =>
    scene.run({ ...birth, birthTime: `15:0${i % 10}` })));
  values.forEach(({ content }, i) =>
    assert.equal(content.chart.birth_utc, `1990-01-15T14:0${i % 10}:00Z`));
});

const refused = [
  ['no time', { birthTime: undefined }, /^VALIDATION_ERROR: birthTime: missing; send/],
  ['no date', { birthDate: undefined }, /^VALIDATION_ERROR: birthDate: missing; send/],
  ['no zone', { birthPlace: { name: 'Berlin' } }, /^VALIDATION_ERROR: birthPlace\.timezone: missing/],
  ['a day that is not in the calendar', { birthDate: '2023-02-29' },
    /^VALIDATION_ERROR: birthDate: 2023-02-29 is not in the calendar/],
  ['an unknown zone', { birthPlace: { ...berlin, timezone: 'Europe/Atlantis' } },
    /^VALIDATION_ERROR: birthPlace\.timezone: the zone database has no 'Europe\/Atlantis'/],
  ['a zone that leads out of the database',
    { birthPlace: { ...berlin, timezone: '../../../etc/passwd' } },
    /^VALIDATION_ERROR: birthPlace\.timezone: .* is no zone/],
  ['impossible coordinates', { birthPlace: { ...berlin, latitude: 91 } },
    /^VALIDATION_ERROR: birthPlace\.latitude: /],
  ['a time that the clock left out', { birthDate: '2024-03-31', birthTime: '02:30' },
    /^VALIDATION_ERROR: birthTime: does not exist .* from 2024-03-31 02:00:00 to/],
  ['a time that came twice', { birthDate: '2024-10-27', birthTime: '02:30' },
    /^VALIDATION_ERROR: fold: missing/],
];

for (const [what, change, reason] of refused) {
  test(`${what} ends the job at once, naming the field`, async () => {
    const job = await scene.queue.add('generate-reading',
      { agentId: 'echo', ...birth, ...change }, { attempts: 3, backoff: 50 });
    await until('the job to fail', async () => (await job.getState()) === 'failed');
    const failed = await scene.queue.getJob(job.id);
    assert.match(failed.failedReason, reason);
    assert.equal(failed.attemptsMade, 1);
  });
}

test('fold says which of two moments is meant', async () => {
  const twice = { ...birth, birthDate: '2024-10-27', birthTime: '02:30' };
  const first = (await scene.run({ ...twice, fold: 0 })).content.chart;
  const second = (await scene.run({ ...twice, fold: 1 })).content.chart;
  assert.equal(first.birth_utc, '2024-10-27T00:30:00Z');
  assert.equal(second.birth_utc, '2024-10-27T01:30:00Z');
  assert.equal(second.timezone.ambiguous, true);
});

test('the command line refuses the same, naming the flag', async () => {
  const { code, stderr, stdout } = await scene.host.cli('chart', '--birth-date', '1990-01-15',
    '--timezone', 'Europe/Berlin');
  assert.equal(code, 2);
  assert.match(stderr, /--birth-time: missing; send/);
  assert.equal(stdout, '');
  const text = await scene.host.cli('chart', '--birth-date', '1990-01-15', '--birth-time', '14:30',
    '--utc', '--text');
  assert.equal(text.code, 0);
  assert.match(text.stdout, /^type +Generator$/m);
});
