// An agent made of a manifest and texts: served, edited, broken, mended, without any compiler.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, test } from 'node:test';
import { makeScene } from '../support/scene.mjs';

let scene;
let expected = [];
afterEach(async () => {
  await scene?.end({ expected });
  scene = undefined;
  expected = [];
});

const files = {
  'system.de.md': 'Du schreibst kurz.',
  'system.en.md': 'You are brief.',
  'user.de.md': 'Thema:\n\n{{job.topic}}\n',
  'user.en.md': 'Topic:\n\n{{job.topic}}\n',
};

function write(name, text) {
  const path = join(scene.host.bundles, 'note', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function install(manifest = {}) {
  write('manifest.json', JSON.stringify({
    manifest: 1, id: 'note', version: '1.0.0', name: { de: 'Notiz', en: 'Note' },
    languages: ['de', 'en'], chart: 'none', engine: 'text',
    inputs: {
      type: 'object', required: ['topic'], properties: { topic: { type: 'string', maxLength: 200 } },
    },
    ...manifest,
  }, null, 1));
  for (const [name, text] of Object.entries(files)) {
    write(`assets/${name}`, text);
  }
}

async function begin() {
  scene = await makeScene({ start: false });
  install();
  await scene.host.start();
}

const note = (topic, more = {}) => scene.run({ agentId: 'note', topic, ...more });
// Of the request: its size and the beginning of its last user message.
const requestOf = (topic) => scene.model.journal().find(({ excerpt }) => excerpt.includes(topic));

test('a bundle of texts serves a job from end to end', async () => {
  await begin();
  const value = await note('the first frost', { locale: 'en' });
  assert.equal(value.outcome, 'completed');
  assert.equal(value.agent.id, 'note');
  assert.match(requestOf('the first frost').excerpt, /^Topic:\s+\| the first frost$/);
  const rows = scene.host.rows('SELECT status FROM coach_readings WHERE id = ?', value.readingId);
  assert.deepEqual(rows.map(({ status }) => status), ['completed']);
});

test('a wrong field fails its job and is named', async () => {
  await begin();
  await assert.rejects(note('x'.repeat(201)), /topic.*200 characters/);
});

test('an edited text reaches the next job, a broken one is refused with its line', async () => {
  await begin();
  const before = await note('topic 1');
  write('assets/system.de.md', `${files['system.de.md']} Und zwar gern.`);
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  const after = await note('topic 2');
  assert.equal(requestOf('topic 2').bytes - requestOf('topic 1').bytes, ' Und zwar gern.'.length);
  assert.notEqual(after.agent.image, before.agent.image);

  write('assets/system.de.md', 'Du schreibst\n\nzu {{job.tpoic}}.');
  const refused = await scene.host.cli('reload', '--wait');
  assert.equal(refused.code, 1);
  assert.match(refused.stdout + refused.stderr,
    /system\.de\.md:3: \{\{job\.tpoic\}\}: \/inputs of manifest\.json declares no 'tpoic'; perhaps 'topic'/);
  assert.equal((await note('topic 3')).agent.image, after.agent.image);
  assert.equal(requestOf('topic 3').bytes, requestOf('topic 2').bytes);
  expected = [/note/];
});

test('an unknown engine is refused, and so is one beside code', async () => {
  await begin();
  install({ engine: 'txet' });
  const unknown = await scene.host.cli('reload', '--wait');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stdout + unknown.stderr,
    /note\/manifest\.json: \/engine: 'txet' is no engine in .*; there is text/);
  install();
  write('agent.so', 'x');
  const both = await scene.host.cli('reload', '--wait');
  assert.equal(both.code, 1);
  assert.match(both.stdout + both.stderr, /\/engine: the bundle has an agent\.so, too/);
  assert.equal((await note('served as before')).outcome, 'completed');
  expected = [/note/];
});
