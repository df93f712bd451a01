// From a request with birth data to the completed row, on each store: its progress seen by polling,
// by server-sent events and by BullMQ's QueueEvents, the same job on bull-board, and the reading as
// those read it who do not ask the host.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { Board } from '../support/board.mjs';
import { Host } from '../support/host.mjs';
import { birth } from '../support/orders.mjs';
import { Supabase, secretKey } from '../support/postgrest.mjs';
import { makeFolder } from '../support/process.mjs';
import { Model, Redis } from '../support/services.mjs';

const userId = 'f0e0d0c0-0000-4000-8000-00000000000a';
let model, supabase;

before(async () => {
  model = await new Model(makeFolder()).start({
    'latency-ms': 300, 'tokens-per-second': 50, bytes: 3000, events: 150 });
  supabase = await new Supabase().start();
});

after(async () => {
  await supabase?.stop();
  await model?.stop();
});

const readers = {
  async sqlite(host, readingId) {
    const [row] = host.rows(`SELECT status, content FROM coach_readings r JOIN reading_versions v
      ON v.reading_id = r.id WHERE r.id = ?`, readingId);
    return { status: row.status, content: JSON.parse(row.content) };
  },
  async supabase(host, readingId) { // as a front end does, by supabase-js and its user's token
    const { data, error } = await supabase.frontEnd(userId).from('coach_readings')
      .select('status, reading_versions(content)').eq('id', readingId).single();
    assert.equal(error, null);
    return { status: data.status, content: data.reading_versions[0].content };
  },
};

// What never falls, and comes to its end.
function checkProgress(marks, what) {
  assert.ok(marks.length > 2, `${what}: ${marks}`);
  assert.deepEqual(marks, [...marks].sort((a, b) => a - b), what);
  assert.equal(marks.at(-1), 100, `${what}: ${marks}`);
}

for (const driver of ['sqlite', 'supabase']) {
  test(`a reading is asked for, followed and read: ${driver}`, async () => {
    const folder = makeFolder();
    const redis = await new Redis(folder).start();
    const store = driver === 'sqlite' ? { driver }
      : { driver, url: supabase.url, key: secretKey };
    const host = new Host(folder, { redis, model, settings: { store } });
    const queue = redis.queue();
    const board = await new Board().start(queue);
    try {
      host.installTestAgent('echo');
      await host.start();
      const listener = await redis.events();
      const heard = [];
      listener.on('progress', ({ jobId, data }) => heard.push([jobId, data]));
      const api = new Api({ socketPath: host.socket });

      const { status, json } = await api.ask('POST', '/execute',
        { body: { agentId: 'echo', userId, ...birth } });
      assert.equal(status, 200, JSON.stringify(json));
      const { readingId, jobId, chartId } = json;
      const events = api.events(readingId, { query: json.eventsUrl.replace(/^[^?]*/, '') });
      const polled = await api.poll(readingId, { status: 'completed', jobStatus: 'completed' });
      const job = await queue.getJob(jobId);
      const value = await job.waitUntilFinished(listener, 20_000);
      const seen = await events.ended;

      checkProgress(polled.map(({ progress }) => progress), 'polling');
      checkProgress(seen.filter(({ event }) => event === 'status')
        .map(({ data }) => data.progress), 'events');
      checkProgress(heard.filter(([id]) => id === jobId).map(([, data]) => data), 'QueueEvents');
      assert.equal(events.last.event, 'done');
      assert.equal(value.readingId, readingId);

      const { job: shown, status: state } = await board.ask(`/${jobId}`);
      assert.equal(state, 'completed');
      assert.equal(shown.progress, 100);
      assert.equal(shown.data.readingId, readingId);
      assert.deepEqual(shown.returnValue, value);

      const read = await readers[driver](host, readingId);
      assert.equal(read.status, 'completed');
      assert.equal(read.content.text, events.text);
      assert.equal(read.content.chart.birth_utc, '1990-01-15T13:30:00Z');
      assert.equal(job.data.chartId, chartId);
    } finally {
      await board.stop();
      await host.stop();
      await redis.stop();
    }
  });
}
