// Who may call over TCP: without keys, with keys that change, and where the host will not listen.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeFolder } from '../support/process.mjs';
import { makeScene } from '../support/scene.mjs';
import { onFreePort } from '../support/services.mjs';

const reading = '/api/orchestrator/reading/0b0e8f6a-7d3c-4c1e-9a54-3f6f4d2f7a10';
const first = 'first-0123456789abcdef';
const second = 'second-0123456789abcdef';
let scene;
let port;

before(async () => {
  scene = await makeScene({ start: false });
  await onFreePort(async (chosen) => {
    port = chosen;
    scene.host.configure({ http: { listen: `127.0.0.1:${port}` } });
    await scene.host.start();
  });
});

after(async () => {
  await scene.end();
});

function ask(path, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => { text += piece; });
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, text }));
      });
    request.on('error', reject).end();
  });
}

async function expect(status, code, ...asked) {
  const answer = await ask(...asked);
  assert.equal(answer.status, status, answer.text);
  if (code !== null) {
    assert.equal(JSON.parse(answer.text).code, code);
  }
  return answer;
}

test('without keys loopback is served, foreign names and pages are not', async () => {
  await expect(200, null, '/health');
  await expect(200, null, '/');
  await expect(404, 'NOT_FOUND', reading);
  await expect(403, 'DENIED', '/api/status');
  await expect(403, 'DENIED_HOST', reading, { host: 'rebound.example' });
  await expect(403, 'DENIED_ORIGIN', reading, { origin: 'https://evil.example' });
  await expect(404, 'NOT_FOUND', reading,
    { host: `localhost:${port}`, origin: `http://localhost:${port}` });
});

test('a read token is what the documents say, and survives a restart', async () => {
  const id = reading.split('/').pop();
  const tokenOf = (about) => {
    const expiry = Math.floor(Date.now() / 1000) + 60;
    const secret = readFileSync(join(scene.host.state, 'token-secret'), 'utf8');
    return `${expiry}.${createHmac('sha256', secret).update(`read\0${about}\0${expiry}`)
      .digest('base64url')}`;
  };
  const token = tokenOf(id);
  await expect(404, 'NOT_FOUND', `${reading}?token=${token}`, { origin: 'https://else.example' });
  await expect(401, 'AUTH_ERROR', `${reading}?token=${tokenOf('another')}`);
  await scene.host.stop();
  await scene.host.start();
  await expect(404, 'NOT_FOUND', `${reading}?token=${token}`);
});

test('keys, hosts and origins come and go with a reload, and are never shown', async () => {
  scene.host.configure({ http: {
    keys: `one:read:${first}, two:operate:${second}`,
    hosts: 'readings.example',
    origins: 'https://shop.example',
  } });
  assert.equal((await scene.host.cli('reload')).code, 0);
  await expect(401, 'AUTH_ERROR', reading);
  await expect(404, 'NOT_FOUND', reading, { 'x-api-key': first });
  await expect(403, 'DENIED', '/api/status', { 'x-api-key': first });
  const { text } = await expect(200, null, '/api/config', { authorization: `Bearer ${second}` });
  await expect(404, 'NOT_FOUND', reading, { 'x-api-key': first, host: 'readings.example' });
  const preflight = await expect(204, null, reading,
    { origin: 'https://shop.example', 'access-control-request-method': 'GET' }, 'OPTIONS');
  assert.equal(preflight.headers['access-control-allow-origin'], 'https://shop.example');
  scene.host.configure({ http: { keys: `two:read:${second}`, origins: 'off' } });
  assert.equal((await scene.host.cli('reload')).code, 0);
  await expect(401, 'AUTH_ERROR', reading, { 'x-api-key': first });
  await expect(403, 'DENIED', '/api/status', { 'x-api-key': second });
  await expect(403, 'DENIED_ORIGIN', reading, { origin: 'https://shop.example' });
  const { stdout } = await scene.host.cli('config');
  for (const shown of [text, stdout, scene.host.program.output()]) {
    assert.doesNotMatch(shown, new RegExp(`${first}|${second}`));
  }
});

test('a port that is taken is named, with its option', async () => {
  const other = new Host(makeFolder(), { redis: scene.redis,
    settings: { http: { listen: `127.0.0.1:${port}` } } });
  const { code, stdout, stderr } = await other.cli('run');
  assert.equal(code, 1);
  assert.match(stdout + stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*http\\.listen.*in use`));
});

test('an address reachable from outside needs keys', async () => {
  const other = new Host(makeFolder(), { redis: scene.redis,
    settings: { http: { listen: '0.0.0.0:3000' } } });
  for (const command of ['run', 'check-config']) {
    const { code, stdout, stderr } = await other.cli(command);
    assert.equal(code, 78);
    assert.match(stdout + stderr, /http\.listen.*http\.keys/);
  }
});

test('PORT alone says where to listen', async () => {
  const taken = createServer();
  const number = await onFreePort((chosen) => new Promise((resolve, reject) => {
    taken.on('error', reject).listen(chosen, '127.0.0.1', () => resolve(chosen));
  }));
  const other = new Host(makeFolder(), { redis: scene.redis, env: { PORT: `${number}` } });
  delete other.settings.http;
  other.configure({});
  const { code, stdout, stderr } = await other.cli('run');
  taken.close();
  assert.equal(code, 1);
  assert.match(stdout + stderr, new RegExp(`127\\.0\\.0\\.1:${number}`));
});
