// The earlier system's HTTP contract, replayed row by row: good requests, ids that nobody knows,
// methods that a route does not take. Each answer is also held against docs/openapi.json.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { parseEvents } from '../support/client.mjs';
import { judge, routes } from '../support/openapi.mjs';
import { sourceDir, until } from '../support/process.mjs';
import { good } from './fields.mjs';
import { Orchestrator, checkRefusal, concrete, paths } from './orchestrator.mjs';

const agents = ['business', 'crisis', 'personality', 'relationship'];
const service = new Orchestrator();

before(() => service.start());
after(() => service.stop());

test('curl lists the four agents', async () => {
  const { stdout } = await promisify(execFile)('curl', ['-sS',
    `localhost:${service.port}/api/orchestrator/agents`]);
  const { success, count, ids, agents: list } = JSON.parse(stdout);
  assert.equal(success, true);
  assert.equal(count, 4);
  assert.deepEqual(ids, agents);
  assert.deepEqual(list.map(({ id, name, supportedDepth, defaultStyle }) =>
    ({ id, name, supportedDepth, defaultStyle })), [
    ['business', 'Business Reading Agent', 'klar'],
    ['crisis', 'Crisis Reading Agent', 'ruhig'],
    ['personality', 'Personality Reading Agent', 'ruhig'],
    ['relationship', 'Relationship Reading Agent', 'empathisch'],
  ].map(([id, name, defaultStyle]) =>
    ({ id, name, supportedDepth: ['basic', 'advanced', 'professional'], defaultStyle })));
});

test('the five minutes of docs/api.md', async () => {
  const text = readFileSync(join(sourceDir, 'docs/api.md'), 'utf8');
  const [agentsBlock, orderBlock, readBlock] = [...text.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block]) => block.replaceAll('curl ', 'curl -sS '));
  const run = async (block, variables) => (await promisify(execFile)('bash', ['-euc', block],
    { env: { ...process.env, ...variables } })).stdout;
  const url = `http://localhost:${service.port}`;
  assert.match(await run(agentsBlock.replace(/^url=.*$/m, ''), { url }), /"business"/);
  const answer = JSON.parse(await run(orderBlock, { url }));
  assert.equal(answer.status, 'pending');
  const shown = await run(readBlock, { url, id: answer.readingId, eventsUrl: answer.eventsUrl });
  assert.match(shown, /event: status\n.*event: done\n.*"status":"completed".*"text":/s);
});

test('health says that all is well', async () => {
  const { json } = await service.client.get('/api/orchestrator/health');
  assert.equal(json.status, 'ok');
  assert.equal(json.registry, 'loaded');
  assert.equal(json.agentCount, 4);
  assert.equal((await service.client.get('/health')).json.status, 'ok');
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await service.client.get(path)).status, 200, path);
  }
});

for (const agentId of agents) {
  test(`${agentId}: execute, status, reading`, async () => {
    const answer = await service.execute({ agentId });
    const { readingId } = answer;
    assert.equal(answer.status, 'pending');
    assert.equal(answer.jobId, `${readingId}-1`);
    assert.equal(answer.pollUrl, `/api/orchestrator/status/${readingId}`);
    const last = await service.ended(readingId);
    assert.deepEqual({ ...last, readingId: '' }, { success: true, readingId: '',
      status: 'completed', jobStatus: 'completed', progress: 100, hasResult: true });
    const reading = await service.reading(readingId);
    assert.equal(reading.id, readingId);
    assert.equal(reading.readingType, agentId);
    assert.equal(reading.versions.length, 1);
    const { content } = reading.versions[0];
    assert.equal(content.agent, agentId);
    assert.equal(content.chart.type, 'Generator');
    assert.ok(content.text.length > 200);
  });
}

test('a chart is computed, kept, and taken by execute', async () => {
  const { json } = await service.client.post(paths.calculate, good.calculate);
  assert.equal(json.chart.type, 'Generator');
  assert.equal(json.chart.profile, '2/4');
  assert.deepEqual((await service.client.get(`/api/chart/${json.chartId}`)).json, json);
  const { birthDate, birthTime, birthPlace, ...rest } = good.execute;
  const { status, json: taken } = await service.client.post(paths.execute,
    { ...rest, chartId: json.chartId });
  assert.equal(status, 200);
  assert.equal(taken.chartId, json.chartId);
  const { json: given } = await service.client.post(paths.execute,
    { ...rest, chart: json.chart });
  assert.equal((await service.ended(given.readingId)).status, 'completed');
  assert.equal((await service.client.get(`/api/chart/${given.chartId}`)).json.chart.type,
    json.chart.type);
});

test('a readingId of the caller\'s own is taken once', async () => {
  const readingId = randomUUID();
  assert.equal((await service.execute({ readingId })).readingId, readingId);
  checkRefusal(await service.client.post(paths.execute, { ...good.execute, readingId }),
    { field: 'readingId', remedy: /exists/ });
});

test('composite charts are said to be not built', async () => {
  checkRefusal(await service.client.post('/api/chart/composite', { persons: [] }),
    { status: 501, code: 'NOT_IMPLEMENTED' });
});

test('events tell a reading from its beginning to its end', async () => {
  const { eventsUrl, readingId } = await service.execute({ agentId: 'relationship' });
  const events = parseEvents((await service.client.get(eventsUrl)).text);
  for (const { event, data } of events) {
    assert.equal(judge(`Event${event[0].toUpperCase()}${event.slice(1)}`, data), '');
  }
  const ids = events.map(({ id }) => Number(id));
  assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b));
  assert.equal(events[0].event, 'status');
  assert.deepEqual(events.at(-1).data, { readingId, version: 1 });
  const again = parseEvents((await service.client.get(eventsUrl)).text);
  assert.deepEqual(again.map(({ event }) => event), ['status', 'done']);
});

test('jobs are counted, and cleared away by whoever may', async () => {
  await service.ended((await service.execute({})).readingId);
  const { json } = await service.client.get('/api/orchestrator/queue-stats');
  const { waiting, active, completed, failed, delayed, total } = json.stats;
  assert.equal(waiting + active + completed + failed + delayed, total);
  assert.ok(completed > 0);
  assert.deepEqual(Object.keys(json.queues), ['readings']);
  checkRefusal(await service.client.post('/api/orchestrator/clean-queue', {}),
    { status: 403, code: 'DENIED' });
  const { json: cleared } = await service.operator.post('/api/orchestrator/clean-queue', {});
  assert.ok(cleared.removed > 0);
  const { json: after } = await service.client.get('/api/orchestrator/queue-stats?queue=readings');
  assert.equal(after.stats.completed, 0);
  checkRefusal(await service.client.get('/api/orchestrator/queue-stats?queue=nobodys'),
    { status: 404, code: 'NOT_FOUND' });
});

test('a reading is cancelled, tried again, and written once more', async () => {
  const queue = service.redis.queue();
  await queue.pause();
  const { readingId } = await service.execute({});
  assert.equal((await service.status(readingId)).jobStatus, 'waiting');
  const ask = (verb, body) => service.client.post(`/api/orchestrator/${verb}/${readingId}`, body);
  checkRefusal(await ask('retry'), { status: 409, code: 'CONFLICT' });
  checkRefusal(await ask('regenerate'), { status: 409, code: 'CONFLICT' });
  assert.equal((await ask('cancel', { reason: 'changed my mind' })).json.status, 'cancelling');
  await queue.resume();
  const failed = await service.ended(readingId);
  assert.equal(failed.status, 'failed');
  assert.equal(failed.error.code, 'CANCELLED');
  checkRefusal(await ask('cancel'), { status: 409, code: 'CONFLICT' });
  assert.equal((await ask('retry')).json.status, 'pending');
  assert.equal((await service.ended(readingId)).status, 'completed');
  const { json: again } = await ask('regenerate');
  assert.equal(again.version, 2);
  assert.equal(again.jobId, `${readingId}-2`);
  await until('the second version', async () =>
    (await service.reading(readingId)).currentVersion === 2);
  assert.equal((await ask('token')).json.readingId, readingId);
});

for (const { method, path } of routes().filter(({ path: one }) => one.includes('{id}'))) {
  const field = path.startsWith('/api/chart') ? 'chartId' : 'readingId';
  test(`${method} ${path}: ids that nobody knows`, async () => {
    const ask = (id) => service.operator.ask(method, concrete(path, id));
    checkRefusal(await ask(randomUUID()), { status: 404, code: 'NOT_FOUND' });
    if (path === '/api/reading/{id}' || path.startsWith('/api/agents/')) {
      return; // the command line's: any word may be the id of a stored reading, or of an agent
    }
    for (const id of ['x', '1', randomUUID().replaceAll('-', ''), `${randomUUID()}0`]) {
      checkRefusal(await ask(id), { field });
    }
  });
}

for (const path of new Set(routes().map((route) => route.path))) {
  const allowed = routes().filter((route) => route.path === path).map(({ method }) => method);
  const allow = allowed.includes('GET') ? 'GET, HEAD' : 'POST';
  test(`${path} takes ${allow} only`, async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter((one) =>
      !allowed.includes(one))) {
      const answer = await service.operator.ask(method, concrete(path));
      checkRefusal(answer, { status: 405, code: 'METHOD_NOT_ALLOWED' });
      assert.equal(answer.headers.allow, allow);
    }
  });
}

for (const path of ['/api', '/api/', '/api/orchestrator', '/api/orchestrator/agents/',
  '/API/orchestrator/agents', '/api/orchestrator/status', '/api/orchestrator/status/',
  `/api/orchestrator/status/${randomUUID()}/x`, '/api/chart', '/nothing', '/..', '/%2e%2e/x']) {
  test(`${path} is no route`, async () => {
    checkRefusal(await service.client.get(path), { status: 404, code: 'NOT_FOUND' });
  });
}

test('HEAD is GET without its body', async () => {
  for (const path of ['/health', '/api/orchestrator/agents', '/api/orchestrator/queue-stats']) {
    const answer = await service.client.ask('HEAD', path);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
  }
});
