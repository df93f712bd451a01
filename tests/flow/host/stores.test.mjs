// Two hosts with an sqlite file each on one queue would split its readings: the second one claims
// nothing and says why wherever somebody may look.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from '../support/host.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

test('a host with another store claims nothing and says why', async () => {
  const scene = await makeScene();
  const second = new Host(join(scene.folder, 'second'), { redis: scene.redis, model: scene.model });
  const why = /another store serves this queue/;
  try {
    second.installTestAgent('echo');
    await second.start({ untilReady: false });
    await until('it to say so', async () => why.test((await second.get('/readyz')).text));
    assert.equal((await second.get('/readyz')).status, 503);
    assert.match((await second.cli('status')).stdout, why);
    assert.equal(second.logLines().filter(({ level, msg }) => level === 'error' && why.test(msg))
      .length, 1);

    for (let i = 0; i < 10; i++) {
      assert.equal((await scene.run({ note: `note-${i}` })).version, 1);
    }
    assert.equal(scene.host.rows('SELECT count(*) AS n FROM reading_versions')[0].n, 10);
    assert.equal(second.rows('SELECT count(*) AS n FROM coach_readings')[0].n, 0);
  } finally {
    await second.stop({ expected: [why] });
    await scene.end();
  }
});
