// The host as a caller of its HTTP interface meets it: the four agents, the practice model, a TCP
// address, and the words that its answers must have.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client } from '../support/client.mjs';
import { Host } from '../support/host.mjs';
import { makeFolder, until } from '../support/process.mjs';
import { PracticeModel, Redis, onFreePort } from '../support/services.mjs';
import { good } from './fields.mjs';

export const paths = { execute: '/api/orchestrator/execute', calculate: '/api/chart/calculate' };

// A path of the document with an id in it; without one given, one that nobody knows.
export const concrete = (path, id = randomUUID()) => path.replace(/\{[a-z]+\}/, id);

export class Orchestrator {
  // http: options of [http].
  async start(http = {}) {
    const folder = makeFolder();
    this.redis = await new Redis(folder).start();
    this.model = await new PracticeModel(folder).start();
    this.host = new Host(folder, { redis: this.redis, model: this.model });
    this.host.installReadingAgents();
    await onFreePort(async (port) => {
      this.host.configure({ http: { listen: `127.0.0.1:${port}`, limiter: 'off', ...http } });
      await this.host.start();
      this.port = port;
    });
    this.client = new Client({ port: this.port });
    this.operator = new Client({ socketPath: this.host.socket });
    return this;
  }

  async stop() {
    await this.host?.stop();
    await this.model?.stop();
    await this.redis?.stop();
  }

  // An answer of execute, which must be good.
  async execute(changes, options) {
    const answer = await this.client.post(paths.execute, { ...good.execute, ...changes }, options);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  async status(readingId) {
    return (await this.client.get(`/api/orchestrator/status/${readingId}`)).json;
  }

  async reading(readingId) {
    return (await this.client.get(`/api/orchestrator/reading/${readingId}`)).json.reading;
  }

  // The status in which a reading ended.
  async ended(readingId) {
    return until(`${readingId} ends`, async () => {
      const status = await this.status(readingId);
      return ['completed', 'failed'].includes(status.status) && status;
    });
  }
}

// field: a text or a pattern; remedy: a pattern.
export function checkRefusal(answer, { status = 400, code = 'VALIDATION_ERROR', field, remedy }) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  if (field !== undefined) {
    assert.match(answer.json.details.field, field instanceof RegExp ? field
      : new RegExp(`^${field.replaceAll('.', '\\.')}$`), answer.text);
    assert.match(answer.json.details.remedy, remedy ?? /./);
  }
}

export const refuseKey = (answer) => checkRefusal(answer, { status: 401, code: 'AUTH_ERROR' });
