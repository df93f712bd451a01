// The examples, run as their readers would run them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Browser, skip } from '../support/browser.mjs';
import { Host } from '../support/host.mjs';
import { makeFolder, sourceDir, until } from '../support/process.mjs';
import { Model, Redis, onFreePort } from '../support/services.mjs';

const examples = join(sourceDir, 'examples');
const order = JSON.parse(readFileSync(join(examples, 'order.json'), 'utf8'));
const key = 'shop-0123456789abcdefgh';

const folder = makeFolder();
const redis = new Redis(folder);
const model = new Model(folder);
const browser = new Browser();
let host, base, server, shop;

// What the model says of the order's chart.
function writeAnswer() {
  const text = readFileSync(join(sourceDir, 'plugins/business/testdata/en.answer.md'), 'utf8');
  const file = join(folder, 'answer.md');
  writeFileSync(file, text.replace('Projector with splenic', 'Generator with sacral'));
  return file;
}

// A web server of somebody else's, on an origin of its own, with the example's two files.
async function startShop() {
  const types = { js: 'text/javascript' };
  const files = Object.fromEntries(['agenthost.js', 'index.html'].map((name) =>
    [name, readFileSync(join(examples, 'browser', name))]));
  server = http.createServer((incoming, response) => {
    const name = new URL(incoming.url, 'http://shop').pathname.slice(1);
    response.setHeader('content-type', types[name.split('.').at(-1)] ?? 'text/html');
    response.end(name in files ? files[name] : ''); // everything else is an empty page
  });
  await onFreePort((port) => new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  }));
  shop = `http://127.0.0.1:${server.address().port}`;
}

before(async () => {
  await redis.start();
  await model.start({ answer: writeAnswer(), events: 60 });
  await startShop();
  host = new Host(folder, { redis, model });
  host.installReadingAgents();
  await onFreePort(async (port) => {
    base = `http://127.0.0.1:${port}`;
    host.configure({
      http: { listen: `127.0.0.1:${port}`, keys: `shop:execute:${key}`, origins: shop },
    });
    await host.start();
  });
  if (!skip) {
    await browser.start();
  }
});

afterEach(() => browser.closePages());

after(async () => {
  await browser.stop();
  server?.close();
  await host?.stop();
  await model.stop();
  await redis.stop();
});

function run(file, args, env) {
  return new Promise((resolve) => {
    execFile(file, args, { env: { ...process.env, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
  });
}

// A file with the order, changed.
function orderFile(name, changes) {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...order, ...changes }));
  return file;
}

const curl = (args = [], env = {}) => run(join(examples, 'curl/reading.sh'), args,
  { AGENTHOST_URL: base, AGENTHOST_KEY: key, ...env });

test('curl: executes, polls, prints the reading', async () => {
  const { code, stdout, stderr } = await curl();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^## 1\. The chart in your work\n/);
  assert.match(stderr, /^completed 100 %$/m);
});

test('curl: says what is wrong', async () => {
  const wrong = await curl([orderFile('wrong', { birthTime: '25:00' })]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^VALIDATION_ERROR: birthTime/m);
  const denied = await curl([], { AGENTHOST_KEY: '' });
  assert.equal(denied.code, 1);
  assert.match(denied.stderr, /^AUTH_ERROR: /m);
  await model.set({ fault: 'finish=content_filter' });
  const failed = await curl();
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^REFUSED: /m);
  await model.set({ fault: '' });
});

test('node: adds a job with BullMQ, sees its progress and its value', async () => {
  // As in a project of its own, with bullmq beside it.
  const project = join(folder, 'project');
  mkdirSync(project);
  symlinkSync(join(sourceDir, 'tests/npm/node_modules'), join(project, 'node_modules'));
  cpSync(join(examples, 'node/reading.mjs'), join(project, 'reading.mjs'));
  const node = (file) =>
    run(process.execPath, [join(project, 'reading.mjs'), file], { REDIS_URL: redis.path });

  await model.set({ 'latency-ms': 2000 }); // so that it is watched, not found finished
  const good = await node(orderFile('good', {}));
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^## 1\. The chart in your work\n/);
  assert.match(good.stderr, /^100 %$/m);
  assert.match(good.stderr, /: completed, version 1$/m);
  await model.set({ 'latency-ms': 0 });

  const wrong = await node(orderFile('style', { style: 'loud' }));
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^VALIDATION_ERROR: style/m);
});

// Asks over HTTP with the key, as the shop's own server would.
async function ask() {
  const response = await fetch(`${base}/api/orchestrator/execute`, {
    method: 'POST', body: JSON.stringify(order),
    headers: { 'content-type': 'application/json', 'x-api-key': key },
  });
  const answer = await response.json();
  assert.equal(response.status, 200, answer.error);
  return answer;
}

// On an origin that the host has never heard of.
const open = (id, token) => browser.open(
  `${shop.replace('127.0.0.1', 'localhost')}/index.html?host=${encodeURIComponent(base)}&reading=${id}#${token}`);

test('browser: another origin needs a read token, and no more', { skip }, async () => {
  await model.set({ 'tokens-per-second': 10 });
  const { readingId, readToken } = await ask();
  const page = await open(readingId, readToken);
  await page.getByText(/^## 1\. The chart/).waitFor();
  assert.match(await page.locator('#state').innerText(), /^processing, \d+ %$/);
  await page.getByText('completed', { exact: true }).waitFor();
  assert.match(await page.locator('#text').innerText(), /no legal, tax or business advice/);

  const stranger = await open(readingId, '1.x');
  await stranger.getByText(/token/).waitFor();
  assert.equal(await stranger.locator('#text').innerText(), '');
  await assert.rejects(stranger.evaluate((url) => fetch(url),
    `${base}/api/orchestrator/reading/${readingId}`), /Failed to fetch/);
  await model.set({ 'tokens-per-second': 0 });
});

// Begins to watch in a page of the shop's; what it is told is in news.
async function watchIn(page, id, token) {
  await page.evaluate(async ([host, readingId, readToken]) => {
    const { watch } = await import('/agenthost.js');
    globalThis.news = [];
    watch(readingId, readToken, (one) => globalThis.news.push(one), { base: host });
  }, [base, id, token]);
  return {
    news: () => page.evaluate(() => globalThis.news),
    until: (count) => until(`${count} news`, async () =>
      await page.evaluate(() => globalThis.news.length) === count),
  };
}

test('browser: without a stream it polls, ever more rarely, to the end', { skip }, async () => {
  const states = ['pending', 'processing', 'processing', 'completed'];
  const headers = { 'access-control-allow-origin': '*' };
  const page = await browser.open(shop);
  let asked = 0;
  await page.route('**/events/**', (route) => route.fulfill({ status: 502, headers }));
  await page.route('**/status/**', (route) => route.fulfill({
    headers, json: { success: true, status: states[asked++], jobStatus: 'active', progress: asked },
  }));
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  const watching = await watchIn(page, 'any', '1.x');
  for (const [i, pauseMs] of [1000, 1500, 2250].entries()) {
    await watching.until(i + 1);
    await page.clock.runFor(pauseMs - 1);
    assert.equal(asked, i + 1);
    await page.clock.runFor(1);
  }
  await watching.until(5);
  assert.deepEqual((await watching.news()).map(({ type }) => type),
    ['status', 'status', 'status', 'status', 'done']);
  await page.clock.runFor(3_600_000);
  assert.equal(asked, 4);
});

test('browser: a listed origin asks with a key', { skip }, async () => {
  const page = await browser.open(shop);
  const ids = await page.evaluate(async ([host, secret, body]) => {
    const { execute } = await import('/agenthost.js');
    const options = { base: host, key: secret, idempotencyKey: 'order-17' };
    const answers = [await execute(body, options), await execute(body, options)];
    return answers.map(({ readingId }) => readingId);
  }, [base, key, order]);
  assert.equal(ids[0], ids[1]);
  const refusal = await page.evaluate(async ([host, secret, body]) => {
    const { execute } = await import('/agenthost.js');
    return execute({ ...body, birthTime: '25:00' }, { base: host, key: secret })
      .catch(({ status, code, details }) => ({ status, code, field: details.field }));
  }, [base, key, order]);
  assert.deepEqual(refusal, { status: 400, code: 'VALIDATION_ERROR', field: 'birthTime' });
});

test('browser: the module is as short as it says', () => {
  const lines = readFileSync(join(examples, 'browser/agenthost.js'), 'utf8').split('\n').length - 1;
  assert.ok(lines <= 60, `${lines}`);
});
