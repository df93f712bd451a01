// GET /api/orchestrator/agents: the four agents as they are shipped, for producers that know the
// earlier system, and with what a form is made from.
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildDir } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

let scene;

before(async () => {
  scene = await makeScene({ start: false, settings: { agents: { locale: 'en' } } });
  cpSync(join(buildDir, 'bundles'), scene.host.bundles, { recursive: true });
  scene.host.installTestAgent('bare', { manifest: { name: { de: 'Nackt', en: 'Bare' } } });
  await scene.host.start();
});

after(async () => {
  await scene.end();
});

async function listing() {
  const { status, text } = await scene.host.get('/api/orchestrator/agents');
  assert.equal(status, 200);
  return JSON.parse(text);
}

test('agents are listed by id, as their manifests say', async () => {
  const { success, count, agents, ids } = await listing();
  assert.equal(success, true);
  assert.deepEqual(ids, ['bare', 'business', 'crisis', 'echo', 'personality', 'relationship']);
  assert.deepEqual(agents.map(({ id }) => id), ids);
  assert.equal(count, ids.length);
  for (const agent of agents.filter(({ id }) => !['bare', 'echo'].includes(id))) {
    const manifest = JSON.parse(readFileSync(join(scene.host.bundles, agent.id, 'manifest.json'),
      'utf8'));
    assert.deepEqual(agent, {
      id: manifest.id,
      name: manifest.name.en,
      description: manifest.description,
      supportedDepth: manifest.depths,
      defaultStyle: manifest.defaults.style,
      names: manifest.name,
      version: manifest.version,
      languages: manifest.languages,
      styles: Object.keys(manifest.styles),
      chart: manifest.chart,
      inputs: manifest.inputs,
    });
  }
});

test('an agent that says little has something for every member', async () => {
  const { agents } = await listing();
  assert.deepEqual(agents.find(({ id }) => id === 'bare'), {
    id: 'bare', name: 'Bare', description: '', supportedDepth: [], defaultStyle: null,
    names: { de: 'Nackt', en: 'Bare' }, version: '1.0.0', languages: ['en'], styles: [],
    chart: 'optional', inputs: { type: 'object' },
  });
});

test('practice text is marked, and a new locale is in force after a reload', async () => {
  scene.host.configure({ agents: { locale: 'de' }, 'provider.openai': { practice: 'yes' } });
  assert.equal((await scene.host.cli('reload', '--wait')).code, 0);
  const { agents } = await listing();
  assert.ok(agents.every(({ practice }) => practice === true));
  assert.equal(agents.find(({ id }) => id === 'bare').name, 'Nackt');
});
