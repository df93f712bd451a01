// With keys: what each scope may, what a read token opens, which pages and names are served.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { routes } from '../support/openapi.mjs';
import { good } from './fields.mjs';
import { Orchestrator, checkRefusal, concrete, paths, refuseKey } from './orchestrator.mjs';

const secrets = {
  probe: 'probe-secret-0123456789', read: 'read-secret-0123456789',
  execute: 'execute-secret-012345', operate: 'operate-secret-012345',
};
const scopes = ['none', ...Object.keys(secrets)];
const service = new Orchestrator();

before(() => service.start({
  keys: Object.entries(secrets).map(([scope, secret]) => `${scope}r:${scope}:${secret}`).join(', '),
  origins: 'https://shop.example', hosts: 'readings.example.org',
}));
after(() => service.stop());

// Not done with a key that may: they change the host.
const isHarmless = ({ path }) =>
  !['/api/drain', '/api/reload', '/api/orchestrator/clean-queue'].includes(path);

for (const route of routes()) {
  const { method, path, scope } = route;
  const needed = scopes.indexOf(scope);
  test(`${method} ${path} is for ${scope}`, async () => {
    const ask = (headers) => service.client.ask(method, concrete(path), { headers });
    const bare = await ask({});
    if (needed === 0) {
      assert.ok(bare.status < 400 || bare.status === 404, bare.text);
      return;
    }
    refuseKey(bare);
    for (const headers of [{ 'x-api-key': 'wrong-secret-0123456789' }, { 'x-api-key': '' },
      { authorization: 'Bearer wrong-secret-0123456789' }, { authorization: 'Bearer' },
      { authorization: `Basic ${secrets.operate}` },
      { 'x-api-key': secrets.operate.slice(0, -1) }, { 'x-api-key': `${secrets.operate}x` },
      { 'x-api-key': secrets.operate.toUpperCase() }]) {
      refuseKey(await ask(headers));
    }
    for (const [name, secret] of Object.entries(secrets)) {
      if (scopes.indexOf(name) < needed) {
        checkRefusal(await ask({ 'x-api-key': secret }), { status: 403, code: 'DENIED' });
      } else if (isHarmless(route)) {
        for (const headers of [{ 'x-api-key': secret }, { authorization: `Bearer ${secret}` }]) {
          const answer = await ask(headers);
          assert.ok(![401, 403].includes(answer.status), answer.text);
        }
      }
    }
  });
}

test('the control socket asks for no key', async () => {
  assert.equal((await service.operator.get('/api/status')).status, 200);
});

test('each key has idempotency keys of its own', async () => {
  const ask = (secret) => service.client.post(paths.execute, good.execute,
    { headers: { 'x-api-key': secret, 'idempotency-key': 'order-1' } });
  const [one, other] = [await ask(secrets.execute), await ask(secrets.operate)];
  assert.equal(one.status, 200, one.text);
  assert.notEqual(one.json.readingId, other.json.readingId);
  assert.equal((await ask(secrets.execute)).json.readingId, one.json.readingId);
});

test('a token opens its reading without a key, and no other', async () => {
  const ours = service.client.with({ 'x-api-key': secrets.execute });
  const [mine, other] = await Promise.all([0, 1].map(async () =>
    (await ours.post(paths.execute, good.execute)).json));
  for (const verb of ['status', 'reading', 'events']) {
    const path = `/api/orchestrator/${verb}/${mine.readingId}`;
    assert.equal((await service.client.get(`${path}?token=${mine.readToken}`)).status, 200);
    assert.equal((await service.client.get(path,
      { headers: { authorization: `Bearer ${mine.readToken}` } })).status, 200);
    const { readToken } = mine;
    const [expiry, mac] = readToken.split('.');
    for (const token of [other.readToken, `${readToken}x`, readToken.slice(0, -1), '',
      `${Number(expiry) + 60}.${mac}`, `1.${mac}`]) {
      refuseKey(await service.client.get(`${path}?token=${token}`));
    }
  }
});

test('a listed page may ask with a key, after its preflight', async () => {
  const origin = 'https://shop.example';
  const preflight = await service.client.send('OPTIONS', paths.execute, undefined, {
    origin, 'access-control-request-method': 'POST',
    'access-control-request-headers': 'x-api-key,content-type,idempotency-key,prefer' });
  assert.ok([200, 204].includes(preflight.status), preflight.text);
  assert.equal(preflight.headers['access-control-allow-origin'], origin);
  assert.match(preflight.headers['access-control-allow-methods'], /POST/);
  for (const name of ['x-api-key', 'authorization', 'content-type', 'idempotency-key', 'prefer',
    'last-event-id']) {
    assert.match(preflight.headers['access-control-allow-headers'].toLowerCase(),
      new RegExp(`(^|[ ,])${name}($|[ ,])`));
  }
  const answer = await service.client.get('/api/orchestrator/agents',
    { headers: { origin, 'x-api-key': secrets.read } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['access-control-allow-origin'], origin);
  const stranger = await service.client.send('OPTIONS', paths.execute, undefined,
    { origin: 'https://evil.example', 'access-control-request-method': 'POST' });
  assert.equal(stranger.headers['access-control-allow-origin'], undefined);
});

test('a listed name is served, others are not', async () => {
  const headers = { host: 'readings.example.org', 'x-api-key': secrets.read };
  assert.equal((await service.client.get('/api/orchestrator/agents', { headers })).status, 200);
  checkRefusal(await service.client.get('/api/orchestrator/agents',
    { headers: { ...headers, host: 'example.org' } }), { status: 403, code: 'DENIED_HOST' });
});

test('a key that asks too fast is told when to come back, and slows no other', async () => {
  service.host.configure({ http: { limiter: '5/60s' } });
  assert.equal((await service.host.cli('reload', '--wait')).code, 0); // the last test: it stays slow
  const ask = (scope) => service.client.get('/api/orchestrator/agents',
    { headers: { 'x-api-key': secrets[scope] } });
  for (let i = 0; i < 5; i++) {
    assert.equal((await ask('read')).status, 200);
  }
  const answer = await ask('read');
  checkRefusal(answer, { status: 429, code: 'RATE_LIMIT' });
  assert.ok(Number(answer.headers['retry-after']) <= 60);
  assert.equal((await ask('execute')).status, 200);
});
