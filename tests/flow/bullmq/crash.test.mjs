// Agents that die: what BullMQ's sandboxed processors do for Node, cells do here, so this is the
// whole program with bad agents in it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeScene } from '../support/scene.mjs';

const deaths = {
  segv: ['build_prompt segv', /signal 11/],
  exit0: ['post_process quick_exit:0', /exit status 0/],
  exit7: ['build_prompt exit:7', /exit status 7/],
  killed: ['build_prompt kill_self', /signal 9/],
};

let scene;
before(async () => {
  scene = await makeScene({ start: false });
  for (const [id, [deed]] of Object.entries(deaths)) {
    const bundle = scene.host.installTestAgent(id, { agent: 'bad' });
    writeFileSync(join(bundle, 'assets/deed.txt'), deed);
  }
  scene.host.installTestAgent('mortal', { agent: 'verdicts' });
  await scene.host.start();
});
after(() => scene?.end({ expected: [/agent 'unborn' is refused: killed by signal 11/] }));

for (const [id, [, reason]] of Object.entries(deaths)) {
  test(`57 an agent that dies fails its job with the cause, others go on: ${id}`, async () => {
    const beside = scene.run({}, { attempts: 1 });
    await assert.rejects(scene.run({ agentId: id }, { attempts: 1 }), (error) => {
      assert.match(error.message, /^AGENT_CRASH: /);
      assert.match(error.message, reason);
      return true;
    });
    assert.equal((await beside).outcome, 'completed');
  });
}

test('57 the next job of an agent that died is worked on', async () => {
  await assert.rejects(scene.run({ agentId: 'mortal', do: 'crash' }, { attempts: 1 }), /^Error: AGENT_CRASH: /);
  assert.equal((await scene.run({ agentId: 'mortal', do: '' })).outcome, 'completed');
});

test('57 an agent that cannot start is refused, and its job waits without an attempt', async () => {
  scene.host.installTestAgent('unborn', { agent: 'constructor_crashes' });
  await scene.host.cli('reload', '--wait');
  const job = await scene.queue.add('generate-reading', { agentId: 'unborn' }, { attempts: 1 });
  assert.equal((await scene.run({})).outcome, 'completed');
  assert.ok(['delayed', 'active', 'waiting'].includes(await job.getState()));
  assert.equal((await scene.queue.getJob(job.id)).attemptsMade, 0);
});
