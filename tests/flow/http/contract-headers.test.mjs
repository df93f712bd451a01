// The headers a caller may send: Idempotency-Key, Prefer, Host, Origin.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { good } from './fields.mjs';
import { Orchestrator, checkRefusal, paths } from './orchestrator.mjs';

const service = new Orchestrator();

before(() => service.start());
after(() => service.stop());

const idempotent = (key) => service.client.post(paths.execute, good.execute,
  { headers: { 'idempotency-key': key } });

for (const key of ['x', 'a-0f!~', 'y'.repeat(255)]) {
  test(`Idempotency-Key of ${key.length} characters: one reading`, async () => {
    const [first, second] = await Promise.all([idempotent(key), idempotent(key)]);
    assert.equal(first.status, 200, first.text);
    assert.equal(first.json.readingId, second.json.readingId);
    const third = await idempotent(key);
    assert.equal(third.json.readingId, first.json.readingId);
    assert.equal(third.headers['idempotent-replayed'], 'true');
    checkRefusal(await service.client.post(paths.execute,
      { ...good.execute, context: 'something else' }, { headers: { 'idempotency-key': key } }),
    { status: 409, code: 'IDEMPOTENCY_MISMATCH' });
  });
}

for (const [what, key] of [['empty', ''], ['256 characters', 'z'.repeat(256)],
  ['a blank within', 'a b'], ['a letter that is not ASCII', 'schlüssel']]) {
  test(`Idempotency-Key with ${what} is refused`, async () => {
    checkRefusal(await idempotent(key), { field: 'Idempotency-Key' });
  });
}

test('two Idempotency-Keys are refused', async () => {
  checkRefusal(await idempotent(['a', 'b']), { code: 'BAD_REQUEST' });
});

const preferring = (prefer) => service.client.post(paths.execute, good.execute,
  { headers: { prefer } });

for (const [prefer, applied] of [['wait=20', 'wait=20'], ['wait=60', 'wait=60'],
  ['respond-async, wait=20', 'wait=20'], ['wait=61', 'wait=60'], ['Wait = 20; x=1', 'wait=20']]) {
  test(`Prefer: ${prefer} gives the reading`, async () => {
    const answer = await preferring(prefer);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['preference-applied'], applied);
    assert.equal(answer.json.status, 'completed');
    assert.equal(answer.json.reading.versions.length, 1);
  });
}

for (const prefer of ['respond-async', 'handling=strict']) {
  test(`Prefer: ${prefer} changes nothing`, async () => {
    const answer = await preferring(prefer);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['preference-applied'], undefined);
    assert.equal(answer.json.reading, undefined);
  });
}

for (const prefer of ['wait=soon', 'wait=-1', 'wait=', 'wait', 'wait=1.5']) {
  test(`Prefer: ${prefer} is refused`, async () => {
    checkRefusal(await preferring(prefer), { field: 'Prefer' });
  });
}

const agents = '/api/orchestrator/agents';

for (const name of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
  test(`Host ${name} is served`, async () => {
    for (const value of [name, `${name}:${service.port}`]) {
      const answer = await service.client.get(agents, { headers: { host: value } });
      assert.equal(answer.status, 200, value);
    }
  });
}

for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.2', 'local host', 'localhost:x',
  'user@localhost']) {
  test(`Host '${name}' is not`, async () => {
    checkRefusal(await service.client.get(agents, { headers: { host: name } }),
      { status: 403, code: 'DENIED_HOST' });
  });
}

test('a page of the host\'s own may ask', async () => {
  const answer = await service.client.get(agents,
    { headers: { host: `localhost:${service.port}`, origin: `http://localhost:${service.port}` } });
  assert.equal(answer.status, 200);
});

for (const origin of ['http://evil.example', 'null', 'https://localhost', 'http://localhost:1']) {
  test(`a page of ${origin} may not`, async () => {
    for (const [method, path, body] of [['GET', agents],
      ['POST', paths.execute, good.execute]]) {
      checkRefusal(await service.client.ask(method, path, { body, headers: { origin } }),
        { status: 403, code: 'DENIED_ORIGIN' });
    }
  });
}

test('a page anywhere may read with a token, and nothing else', async () => {
  const { readingId, readToken } = await service.execute({});
  const other = (await service.execute({})).readingId;
  const headers = { origin: 'https://shop.example' };
  for (const verb of ['status', 'reading', 'events']) {
    const path = `/api/orchestrator/${verb}/${readingId}?token=${readToken}`;
    const answer = await service.client.get(path, { headers });
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    const foreign = await service.client.get(path.replace(readingId, other), { headers });
    assert.ok([401, 403].includes(foreign.status), foreign.text);
  }
  const post = await service.client.post(`/api/orchestrator/cancel/${readingId}?token=${readToken}`,
    {}, { headers });
  assert.ok([401, 403].includes(post.status), post.text);
});
