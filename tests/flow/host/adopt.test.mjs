// A queue remembers the store that served it. After a restore another one may take over, when
// somebody says so.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from '../support/host.mjs';
import { until } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';

const why = /another store serves this queue/;

test('store adopt gives a queue to a new store', async () => {
  const scene = await makeScene();
  const second = new Host(join(scene.folder, 'second'), { redis: scene.redis, model: scene.model });
  try {
    assert.equal((await scene.run({})).version, 1);
    second.installTestAgent('echo');
    await second.start({ untilReady: false });
    await until('the refusal', async () => why.test((await second.get('/readyz')).text));
    assert.match((await second.get('/readyz')).text, /run: agenthost store adopt readings/);
    const wrong = await second.cli('store', 'adopt', 'others');
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /does not serve the queue 'others'/);

    const adopted = await second.cli('store', 'adopt', 'readings');
    assert.equal(adopted.code, 0, adopted.stderr);
    await until('the second host to be ready',
      async () => (await second.get('/readyz')).status === 200);
    // The first one still runs: it learns of it within seconds and claims nothing more.
    await until('the first host to step back',
      async () => why.test((await scene.host.get('/readyz')).text));
    assert.equal((await scene.run({})).version, 1);
    assert.equal(scene.host.rows('SELECT count(*) AS n FROM coach_readings')[0].n, 1);
    assert.equal(second.rows('SELECT count(*) AS n FROM coach_readings')[0].n, 1);
  } finally {
    await second.stop({ expected: [why] });
    await scene.end({ expected: [why] });
  }
});
