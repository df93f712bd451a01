// docs/openapi.json as a document: valid, and of the same routes as the server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { judge, openapi, routes } from '../support/openapi.mjs';
import { sourceDir } from '../support/process.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { Validator } = await import(
  pathToFileURL(require.resolve('@seriousme/openapi-schema-validator')));

// The rows of the server's table: {"GET", "/api/agents", HTTP_SCOPE_OPERATE, endpoint, for tokens}.
function routesOfServer() {
  const source = readFileSync(join(sourceDir, 'host/http/router.c'), 'utf8');
  const row = /\{\s*"(GET|POST)",\s*"([^"]+)",\s*HTTP_SCOPE_([A-Z]+),\s*\w+,\s*(true|false)\}/g;
  return [...source.matchAll(row)].map(([, method, path, scope, isForTokens]) =>
    `${method} ${path} ${scope.toLowerCase()}${isForTokens === 'true' ? ' token' : ''}`).sort();
}

function row({ method, path, scope, operation }) {
  const isForTokens = operation.security?.some((one) => 'readToken' in one);
  return `${method} ${path.replace(/\{[a-z]+\}/, ':')} ${scope.replace('none', 'probe')}${
    isForTokens ? ' token' : ''}`;
}

test('the document is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(openapi));
  assert.ok(valid, JSON.stringify(errors, null, 1));
  assert.equal(validator.version, '3.1');
});

test('the document and the server have the same routes and scopes', () => {
  assert.deepEqual(routes().map(row).sort(), routesOfServer());
});

test('every operation has a name of its own', () => {
  const names = routes().map(({ operation }) => operation.operationId);
  assert.equal(new Set(names).size, names.length);
});

test('routes that need a key say how they refuse one', () => {
  for (const { method, path, scope, operation } of routes()) {
    assert.ok(['none', 'read', 'execute', 'operate'].includes(scope), path);
    assert.equal('401' in operation.responses, scope !== 'none', `${method} ${path}`);
    assert.equal('429' in operation.responses, scope !== 'none', `${method} ${path}`);
  }
});

test('the examples of requests are such requests', () => {
  for (const { operation, path } of routes()) {
    const { schema, examples = {} } = operation.requestBody?.content['application/json'] ?? {};
    for (const [name, { value }] of Object.entries(examples)) {
      assert.equal(judge(schema.$ref.split('/').at(-1), value), '', `${path}: ${name}`);
    }
  }
});
