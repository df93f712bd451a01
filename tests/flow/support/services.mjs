// The services around the host: a private Redis, the stand-in model, BullMQ's own classes.
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { closeQueue } from './closing.mjs';
import { Program, buildDir, sourceDir } from './process.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const bullmq = require('bullmq');
const IORedis = require('ioredis');

export class Redis {
  constructor(folder) {
    this.folder = folder;
    this.path = join(folder, 'redis.sock');
    this.ends = []; // what closes each client, the oldest first
  }

  async start(...args) {
    this.program = new Program(join(sourceDir, 'scripts/redis-server'), [
      '--port', '0', '--unixsocket', this.path, '--dir', this.folder, '--save', '',
      '--maxmemory-policy', 'noeviction', '--loglevel', 'warning', ...args,
    ], { log: join(this.folder, 'redis.log') });
    const client = this.client();
    await this.program.untilReady('Redis', async () => {
      try {
        return (await client.ping()) === 'PONG';
      } catch {
        return false;
      }
    });
    return this;
  }

  client() {
    const client = new IORedis({ path: this.path, maxRetriesPerRequest: null });
    client.on('error', () => {}); // a server that is being restarted is no news to a test
    this.ends.push(() => client.disconnect());
    return client;
  }

  queue(name = 'readings', options = {}) {
    const queue = new bullmq.Queue(name, { connection: this.connection(), ...options });
    queue.on('error', () => {});
    this.ends.push(() => closeQueue(queue));
    return queue;
  }

  // Listens from the beginning of the stream: ready does not mean that the first read was sent, and
  // a job that ends before it would never be told.
  async events(name = 'readings') {
    const events = new bullmq.QueueEvents(name,
      { connection: this.connection(), lastEventId: '0' });
    events.on('error', () => {});
    this.ends.push(() => events.close());
    await events.waitUntilReady();
    return events;
  }

  connection() {
    return { path: this.path, maxRetriesPerRequest: null };
  }

  async stop() {
    while (this.ends.length > 0) {
      await this.ends.pop()();
    }
    await this.program?.end();
  }
}

// Asks an HTTP server, by port or by unix socket.
export function request(target, path, { method = 'GET', body, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const outgoing = http.request({ ...target, path, method, headers: { ...type, ...headers },
    }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => { text += piece; });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

// Calls start(port) with ports below those that the kernel gives to clients, until one is free.
export async function onFreePort(start) {
  for (let left = 20; ; left--) {
    try {
      return await start(20_000 + Math.floor(Math.random() * 12_000));
    } catch (error) {
      if (left === 0) {
        throw error;
      }
    }
  }
}

export class Model {
  constructor(folder) {
    this.journalPath = join(folder, 'journal');
    this.log = join(folder, 'standin.log');
  }

  // Options of tests/standin/standin, without the dashes.
  async start(options = {}) {
    const args = ['--journal', this.journalPath];
    for (const [name, value] of Object.entries(options)) {
      args.push(`--${name}`, String(value));
    }
    const file = join(buildDir, 'tests/standin/standin');
    await onFreePort(async (port) => {
      this.port = port;
      this.program = new Program(file, [...args, '--port', String(port)], { log: this.log });
      await this.program.untilReady('the stand-in', () =>
        this.program.output().includes(`listening 127.0.0.1:${port}\n`));
    });
    return this;
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async set(options) {
    const body = Object.entries(options).map(([name, value]) => `${name}=${value}\n`).join('');
    const { status, text } = await request({ port: this.port }, '/standin/set',
      { method: 'POST', body });
    if (status !== 200) {
      throw new Error(`the stand-in refused ${body}: ${text}`);
    }
  }

  async stats() {
    return JSON.parse((await request({ port: this.port }, '/standin/stats')).text);
  }

  // One object a request that ended, oldest first.
  journal() {
    if (!existsSync(this.journalPath)) {
      return [];
    }
    return readFileSync(this.journalPath, 'utf8').split('\n').filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  async stop() {
    await this.program?.end();
  }
}

// The practice model, which writes readings that the four agents accept.
export class PracticeModel {
  constructor(folder) {
    this.log = join(folder, 'practice-model.log');
  }

  // seconds: how long a reading takes.
  async start({ seconds = 0 } = {}) {
    this.program = new Program(join(buildDir, 'agenthost-practice-model'),
      ['--seconds', String(seconds)], { log: this.log });
    await this.program.untilReady('the practice model', () => /^\d+\n/.test(this.program.output()));
    this.baseUrl = `http://127.0.0.1:${this.program.output().trim()}/v1`;
    return this;
  }

  async stop() {
    await this.program?.end();
  }
}
