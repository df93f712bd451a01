// What the numbers of bull-board say, and what its buttons do to a parked job.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board } from '../support/board.mjs';
import { all, atEnd, steps, until } from './harness.mjs';

async function scene(t, options) {
  const made = await all(t, options);
  made.board = await new Board().start(made.queue);
  atEnd(t, () => made.board.stop());
  return made;
}

const keyOf = (job) => `bull:script:${job.id}:${job.timestamp}`;

test('the numbers of a board are those of the queue', async (t) => {
  const { queue, host, board } = await scene(t, { concurrency: 9 });
  const park = { do: 'park', reason: 'no_model', ms: 60000 };
  await queue.addBulk([
    ...Array.from({ length: 3 }, () => ({ name: 'n', data: steps('complete') })),
    ...Array.from({ length: 2 }, () => ({ name: 'n', data: steps('fail') })),
    { name: 'n', data: steps(park) }, { name: 'n', data: steps('hang') },
  ]);
  await until(() => host.all('ended').length === 6, 'six endings');
  await host.stop();
  await queue.addBulk([
    { name: 'n', data: {} }, { name: 'n', data: {}, opts: { priority: 1 } },
    { name: 'n', data: {}, opts: { delay: 60000 } },
  ]);
  const compare = async () => {
    const { counts: own } = await host.ask({ do: 'counts' }, 'counted');
    const { waiting, active, prioritized, delayed, completed, failed, ...rest } = await board.counts();
    assert.deepEqual(
      { waiting, active, prioritized, delayed, completed, failed, children: rest['waiting-children'] },
      {
        waiting: own.waiting, active: own.active, prioritized: own.prioritized,
        delayed: own.delayed + own.parked, completed: own.completed, failed: own.failed,
        children: own['waiting-children'],
      });
    return own;
  };
  assert.equal((await compare()).parked, 1);
  await board.ask('/retry/failed', 'PUT');
  assert.equal((await compare()).failed, 0);
  await board.ask('/promote', 'PUT'); // the parked one too: it waits like any other
  const { delayed, parked, waiting } = await compare();
  assert.deepEqual([delayed, parked, waiting], [0, 0, 5]);
  assert.equal((await host.ask({ do: 'empty' }, 'emptied')).removed, 9);
  await compare();
});

test('a parked job can be removed from the board', async (t) => {
  const { queue, host, board } = await scene(t);
  const job = await queue.add('n', steps({ do: 'park', reason: 'provider', ms: 60000 }));
  await until(async () => (await board.ask(`/${job.id}`)).status === 'delayed', 'the park');
  assert.equal((await host.ask({ do: 'look', job: keyOf(job) }, 'looked')).parked, 'provider');
  await board.ask(`/${job.id}/clean`, 'PUT');
  assert.equal((await host.ask({ do: 'look', job: keyOf(job) }, 'looked')).state, 'unknown');
  assert.equal((await host.ask({ do: 'counts' }, 'counted')).counts.parked, 0);
});
