// Every field of the two requests that take birth data, and every form a body may have: what is
// refused, with which code and which field.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cases, good } from './fields.mjs';
import { Orchestrator, checkRefusal, paths } from './orchestrator.mjs';

const bodyBytesMax = 1024 * 1024;
const service = new Orchestrator();

before(() => service.start());
after(() => service.stop());

for (const { what, request, body, ...expected } of cases()) {
  test(what, async () => {
    const answer = await service.client.post(paths[request], body);
    if (expected.status === 200) {
      assert.equal(answer.status, 200, answer.text);
    } else {
      checkRefusal(answer, expected);
    }
  });
}

test('all fields that are wrong are named at once', async () => {
  const { json } = await service.client.post(paths.execute, { ...good.execute,
    birthDate: 'yesterday', depth: 'deep', xyzzy: 1 });
  const named = json.details.fields.map(({ field }) => field).sort();
  assert.deepEqual(named, ['birthDate', 'depth', 'xyzzy']);
});

test('an unknown agent is told the nearest one', async () => {
  checkRefusal(await service.client.post(paths.execute,
    { ...good.execute, agentId: 'buisness' }),
  { status: 404, code: 'UNKNOWN_AGENT', field: 'agentId', remedy: /business/ });
});

test('a chart that contradicts itself is refused by the place', async () => {
  const { json: { chart } } = await service.client.post(paths.calculate, good.calculate);
  const { birthDate, birthTime, birthPlace, ...rest } = good.execute;
  checkRefusal(await service.client.post(paths.execute,
    { ...rest, chart: { ...chart, type: 'Projector' } }), { field: 'chart.type' });
});

for (const [request, path] of Object.entries(paths)) {
  for (const [what, body] of [['nothing', ''], ['an array', '[]'], ['a text', '"x"'],
    ['null', 'null'], ['a number', '1'], ['half an object', '{"agentId":'],
    ['two objects', '{}{}'], ['a comma too much', '{"a":1,}'], ['single quotes', "{'a':1}"],
    ['a comment', '{/**/}'], ['NaN', '{"a":NaN}'], ['a NUL', '{"context":"a"}\u0000'],
    ['a NUL in a text', '{"context":"a\\u0000"}'],
    ['bytes that are not UTF-8', Buffer.from('{"context":"\xff\xfe"}', 'latin1')],
    ['depth', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`]]) {
    test(`${request}: ${what} for a body is refused`, async () => {
      checkRefusal(await service.client.post(path, body), { field: 'body' });
    });
  }

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data',
    'application/jsonx', 'text/json', '']) {
    test(`${request}: '${type}' is not taken`, async () => {
      checkRefusal(await service.client.post(path, '{}', { headers: { 'content-type': type } }),
        { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', field: 'Content-Type' });
    });
  }

  for (const type of ['application/json; charset=utf-8', 'Application/JSON']) {
    test(`${request}: '${type}' is`, async () => {
      const answer = await service.client.post(path, good[request],
        { headers: { 'content-type': type } });
      assert.equal(answer.status, 200, answer.text);
    });
  }

  test(`${request}: a body over 1 MB is refused`, async () => {
    const body = JSON.stringify({ context: 'x'.repeat(bodyBytesMax) });
    checkRefusal(await service.client.post(path, body), { status: 413, code: 'TOO_LARGE' });
    checkRefusal(await service.client.post(path, body,
      { headers: { 'transfer-encoding': 'chunked' } }), { status: 413, code: 'TOO_LARGE' });
  });

  test(`${request}: a body of 1 MB is`, async () => {
    const frame = JSON.stringify({ xyzzy: '' }).length;
    const body = JSON.stringify({ xyzzy: 'x'.repeat(bodyBytesMax - frame) });
    assert.equal(Buffer.byteLength(body), bodyBytesMax);
    checkRefusal(await service.client.post(path, body), {});
  });
}
