// Starting with something missing or wrong: a wrong configuration is refused with its line, what
// is merely missing is named and waited for.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeFolder, until } from '../support/process.mjs';
import { Model, Redis } from '../support/services.mjs';

const ends = [];
afterEach(async () => {
  const failures = [];
  while (ends.length > 0) {
    await ends.pop()().catch((error) => failures.push(error));
  }
  assert.deepEqual(failures, []);
});

async function start(Service, folder, ...args) {
  const service = await new Service(folder).start(...args);
  ends.push(() => service.stop());
  return service;
}

const wrong = [
  ['unknown option', '[queue]\nconcurency = 4\n', /agenthost\.conf:2: .*concurency.*concurrency/],
  ['unknown section', '[queues]\nnames = a\n', /agenthost\.conf:\d: .*queues/],
  ['not a number', '[queue]\n\nconcurrency = many\n', /agenthost\.conf:3: .*concurrency.*many/],
  ['out of range', '[queue]\nconcurrency = 0\n', /agenthost\.conf:2: .*concurrency/],
  ['duration without a unit', '[queue]\nlock = 30\n', /agenthost\.conf:2: .*lock.*duration/],
  ['wrong unit', '[queue]\nlock = 30 bananas\n', /agenthost\.conf:2: .*lock/],
  ['size without a unit', '[limits]\nmemory_max = 64\n', /agenthost\.conf:2: .*memory_max/],
  ['not yes or no', '[redis]\ntls_verify = perhaps\n', /agenthost\.conf:2: .*tls_verify/],
  ['twice', '[queue]\nconcurrency = 4\nconcurrency = 5\n', /agenthost\.conf:3: .*concurrency/],
  ['no value', '[queue]\nconcurrency\n', /agenthost\.conf:2: /],
  ['store driver', '[store]\ndriver = paper\n', /paper/],
];

for (const [what, text, expected] of wrong) {
  test(`a wrong configuration is refused: ${what}`, async () => {
    const host = new Host(makeFolder());
    writeFileSync(host.configPath, `${text}[state]\ndir = ${host.state}\n[http]\nlisten = off\n`);
    for (const command of ['run', 'check-config']) {
      const { code, stdout, stderr } = await host.cli(command);
      assert.equal(code, 78, `${command}: ${stdout}${stderr}`);
      assert.match(stdout + stderr, expected);
    }
  });
}

test('without Redis the host starts, says so, and works when Redis comes', async () => {
  const folder = makeFolder();
  const model = await start(Model, folder);
  const redis = new Redis(folder);
  const host = new Host(folder, { redis, model });
  host.installTestAgent('echo');
  await host.start({ untilReady: false });
  ends.push(() => host.stop({ expected: [/redis/i] }));
  const { status, text } = await host.get('/readyz');
  assert.equal(status, 503);
  assert.match(text, /redis/i);
  await until('the log to name the address', () => /redis\.sock/.test(host.program.output()));
  await redis.start();
  ends.push(() => redis.stop());
  const events = await redis.events();
  const job = await redis.queue().add('x', { agentId: 'echo' });
  assert.equal((await job.waitUntilFinished(events, 20_000)).outcome, 'completed');
});

test('without a model the host starts, says what to set, and jobs wait without an attempt', async () => {
  const folder = makeFolder();
  const redis = await start(Redis, folder);
  const host = new Host(folder, { redis });
  host.installTestAgent('echo');
  await host.start({ untilReady: false });
  ends.push(() => host.stop());
  const events = await redis.events();
  const queue = redis.queue();
  const job = await queue.add('x', { agentId: 'echo' });
  await until('the job to be parked', async () => (await job.getState()) === 'delayed');
  assert.match((await queue.getJobLogs(job.id)).logs.join('\n'), /OPENAI_MODEL|model/);
  await until('the start report', () => /OPENAI_API_KEY|api_key/.test(host.program.output()));
  const model = await start(Model, folder);
  host.configure({ 'provider.openai': {
    base_url: model.baseUrl, model: 'standin', needs_key: 'no' } });
  const reload = await host.cli('reload', '--wait');
  assert.equal(reload.code, 0, reload.stdout + reload.stderr);
  assert.equal((await job.waitUntilFinished(events, 20_000)).outcome, 'completed');
  assert.equal((await queue.getJob(job.id)).attemptsMade, 1);
});

test('with a wrong key jobs wait, and run when it is right', async () => {
  const folder = makeFolder();
  const redis = await start(Redis, folder);
  const model = await start(Model, folder, { key: 'right' });
  const settings = (key) => ({ 'provider.openai': { needs_key: 'yes', api_key: key } });
  const host = new Host(folder, { redis, model, settings: settings('wrong-secret') });
  host.installTestAgent('echo');
  await host.start();
  ends.push(() => host.stop({ expected: [/key|401|credential/i] }));
  const events = await redis.events();
  const queue = redis.queue();
  const job = await queue.add('x', { agentId: 'echo' });
  await until('the job to be parked', async () => (await job.getState()) === 'delayed');
  host.configure(settings('right'));
  assert.equal((await host.cli('reload', '--wait')).code, 0);
  assert.equal((await job.waitUntilFinished(events, 20_000)).outcome, 'completed');
  assert.doesNotMatch(host.program.output(), /wrong-secret/, 'a key is never logged');
});
