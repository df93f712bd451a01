// docs/openapi.json, and whether an answer is one that it promises.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sourceDir } from './process.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const Ajv = require('ajv/dist/2020.js').default;
const addFormats = require('ajv-formats').default;

export const openapi = JSON.parse(readFileSync(join(sourceDir, 'docs/openapi.json'), 'utf8'));

// The document around the schemas is no schema itself: its own words are unknown ones.
const ajv = new Ajv({ strictSchema: false, strictTypes: false, strictRequired: false,
  allErrors: true });
addFormats(ajv);
ajv.addSchema(openapi, 'openapi.json', undefined, false);

// Places in the document are lists of keys. This gives the one that is meant there.
function follow(place) {
  const object = place.reduce((at, key) => at[key], openapi);
  return object.$ref?.startsWith('#/') && Object.keys(object).length === 1
    ? follow(object.$ref.slice(2).split('/')) : { object, place };
}

// What is wrong with a value by the schema at that place; '' when nothing is.
function judgeAt(place, value) {
  const pointer = place.map((key) => encodeURIComponent(key.replaceAll('~', '~0')
    .replaceAll('/', '~1'))).join('/');
  const validate = ajv.getSchema(`openapi.json#/${pointer}`);
  return validate(value) ? '' : ajv.errorsText(validate.errors, { separator: '\n' });
}

// The same for a schema of components.schemas.
export function judge(name, value) {
  return judgeAt(['components', 'schemas', name], value);
}

// Every route of the document.
export function routes() {
  return Object.entries(openapi.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([key, operation]) =>
      ({ method: key.toUpperCase(), path, scope: operation['x-scope'], operation })));
}

// The path that an address belongs to; one of its own words goes before one with a parameter.
function pathOf(url) {
  const asked = url.split('?')[0];
  return Object.keys(openapi.paths).filter((path) =>
    new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[a-z]+\}/, '[^/]+')}$`).test(asked))
    .sort((a, b) => a.includes('{') - b.includes('{'))[0];
}

// Where the document speaks of an answer with this status, or undefined.
function placeOf(method, url, status) {
  const path = pathOf(url);
  const key = (method === 'HEAD' ? 'GET' : method).toLowerCase();
  if (path === undefined) {
    return status === 404 ? ['components', 'responses', 'NotFound'] : undefined;
  }
  if (!(key in openapi.paths[path])) {
    return status === 405 ? ['components', 'responses', 'MethodNotAllowed'] : undefined;
  }
  return status in openapi.paths[path][key].responses
    ? ['paths', path, key, 'responses', String(status)] : undefined;
}

// Fails unless the document promises this answer: {status, headers, text, json}.
export function checkAnswer(method, url, answer) {
  const what = `${method} ${url} → ${answer.status} ${answer.text.slice(0, 500)}`;
  const found = placeOf(method, url, answer.status);
  assert.ok(found !== undefined, `${what}: docs/openapi.json does not know that`);
  const { object: response, place } = follow(found);
  for (const name of Object.keys(response.headers ?? {})) {
    const { object: header, place: at } = follow([...place, 'headers', name]);
    const value = answer.headers[name.toLowerCase()];
    assert.ok(value !== undefined || !header.required, `${what}: without ${name}`);
    if (value !== undefined) {
      assert.equal(judgeAt([...at, 'schema'], value), '', `${what}: ${name}: ${value}`);
    }
  }
  if (response.content === undefined) {
    assert.equal(answer.text, '', what);
    return;
  }
  const type = answer.headers['content-type']?.split(';')[0];
  assert.ok(type in response.content, `${what}: as ${type}`);
  if (method !== 'HEAD' && type === 'application/json') {
    assert.equal(judgeAt([...place, 'content', type, 'schema'], answer.json), '', what);
  }
}
