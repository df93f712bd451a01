// What the queue's flow tests share: a Redis server of their own, BullMQ as producer and judge,
// and the scripted worker under test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { closeQueue } from '../support/closing.mjs';

const src = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const build = process.env.AGENTHOST_BUILD_DIR ?? process.cwd();
const require = createRequire(path.join(src, 'tests/npm/package.json'));
export const { Queue, QueueEvents, Worker: NodeWorker, FlowProducer } = require('bullmq');
export const { Redis } = require('ioredis');

const WAIT_MS = 15000;

/** Waits until probe() gives something truthy; fails with what when it takes too long. */
export async function until(probe, what, ms = WAIT_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) assert.fail(`waited ${ms} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL'))); // a test timed out

function run(file, args, options) {
  const child = spawn(file, args, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

const cleanups = new WeakMap();

/** Runs clean at the end of the test, the last one given first. */
export function atEnd(t, clean) {
  if (!cleanups.has(t)) {
    cleanups.set(t, []);
    t.after(async () => {
      const problems = [];
      for (const each of cleanups.get(t).reverse()) {
        await (async () => each())().catch((problem) => problems.push(problem));
      }
      if (problems.length > 0) throw problems[0];
    });
  }
  cleanups.get(t).push(clean);
}

/** A Redis server on a unix socket in a directory of its own. */
export class Server {
  static async start(t, args = []) {
    const server = new Server();
    server.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'agenthost-queue-'));
    server.socket = path.join(server.dir, 'redis.sock');
    server.args = args;
    atEnd(t, async () => {
      await server.stop();
      fs.rmSync(server.dir, { recursive: true, force: true });
    });
    await server.run();
    return server;
  }

  async run() {
    this.process = run(
      path.join(src, 'scripts/redis-server'),
      ['--port', '0', '--unixsocket', this.socket, '--save', '', '--dir', this.dir, ...this.args],
      { stdio: 'ignore' },
    );
    await until(() => this.#answers(), 'the Redis server');
  }

  #answers() {
    return new Promise((resolve) => {
      const probe = net.connect(this.socket);
      probe.on('connect', () => probe.write('PING\r\n'));
      probe.on('data', (data) => {
        probe.destroy();
        resolve(data.toString().startsWith('+PONG'));
      });
      probe.on('error', () => resolve(false));
    });
  }

  async stop(signal = 'SIGKILL') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(signal);
    await gone;
  }

  /** A plain client, closed with the test. */
  client(t) {
    const client = new Redis({ path: this.socket, retryStrategy: () => 50 });
    client.on('error', () => {}); // the server goes away on purpose in some tests
    atEnd(t, () => client.disconnect());
    return client;
  }
}

/** The scripted worker: tests/tools/queue-script. */
export class Host {
  static async start(t, server, options = {}) {
    const host = new Host();
    host.server = server;
    host.options = { state: path.join(server.dir, options.state ?? 'state') };
    for (const [name, value] of Object.entries(options)) {
      if (name !== 'state') host.options[name] = value;
    }
    atEnd(t, () => host.close());
    host.spawn();
    if (!options['no-wait']) await host.event('ready');
    return host;
  }

  spawn() {
    const args = this.options.port === undefined ? ['--socket', this.server.socket] : [];
    for (const [name, value] of Object.entries(this.options)) {
      if (name !== 'no-wait' && name !== 'env') args.push(`--${name}`, String(value));
    }
    this.events = [];
    this.errors = '';
    const env = { ...process.env, ...this.options.env };
    this.process = run(path.join(build, 'tests/tools/queue-script'), args, { env });
    this.process.stderr.on('data', (data) => (this.errors += data));
    this.process.stdin.on('error', () => {}); // written to while it dies
    readline
      .createInterface({ input: this.process.stdout })
      .on('line', (line) => this.events.push(JSON.parse(line)));
    this.gone = new Promise((resolve) => this.process.once('close', resolve));
  }

  /** Waits for an event of that name that matches. */
  event(name, matches = () => true, ms = WAIT_MS) {
    return until(
      () => this.events.find((event) => event.event === name && matches(event)),
      `event ${name}; seen: ${this.events.map((e) => e.event).join(' ')}; log: ${this.errors}`,
      ms,
    );
  }

  all(name) {
    return this.events.filter((event) => event.event === name);
  }

  tell(command) {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Tells a command and gives the event that answers it; one at a time. */
  async ask(command, name) {
    const before = this.all(name).length;
    this.tell(command);
    await until(() => this.all(name).length > before, `the answer to ${command.do}`);
    return this.all(name).at(-1);
  }

  /** No claim begins after this. */
  async stop() {
    this.tell({ do: 'stop' });
    await this.status(); // commands are answered in their order
  }

  async status() {
    return (await this.ask({ do: 'status' }, 'status')).queue;
  }

  /** Ends it with whatever it is doing, and looks back: nothing leaked, no error was logged. */
  async close() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.stdin.end();
      const late = setTimeout(() => this.process.kill('SIGKILL'), WAIT_MS);
      await this.gone;
      clearTimeout(late);
      assert.equal(this.process.exitCode, 0, this.errors);
    }
    const errors = this.errors.split('\n').filter((line) => line.includes('"level":"error"'));
    assert.deepEqual(errors.filter((line) => !this.expected?.test(line)), []);
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    this.process.kill('SIGKILL');
    await this.gone;
  }

  /** Ends it in order; gives the exit status. */
  async drain() {
    this.process.kill('SIGTERM');
    await this.gone;
    return this.process.exitCode;
  }
}

/** Queue and QueueEvents of BullMQ on that server, closed with the test. */
export async function bullmq(t, server, name = 'script', options = {}) {
  const connection = { path: server.socket, retryStrategy: () => 50 };
  const queue = new Queue(name, { connection, ...options });
  // From the beginning: ready does not mean that the first read was sent.
  const events = new QueueEvents(name, { connection, lastEventId: '0', ...options });
  for (const peer of [queue, events]) peer.on('error', () => {});
  atEnd(t, async () => {
    await events.close();
    await closeQueue(queue);
  });
  await events.waitUntilReady();
  return { queue, events };
}

/** A server in front of that one which breaks the first connection that sends text, when the
 *  answer comes. */
export async function loseReplyTo(t, server, text) {
  const socket = path.join(server.dir, 'proxy.sock');
  let isLost = false;
  const proxy = net.createServer((client) => {
    const upstream = net.connect(server.socket);
    let isMute = false;
    client.on('data', (data) => {
      if (!isLost && data.includes(text)) isLost = isMute = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => (isMute ? client.destroy() : client.write(data)));
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise((resolve) => proxy.listen(socket, resolve));
  atEnd(t, () => proxy.close());
  return { socket, dir: server.dir };
}

/** The environment of a host with a library of tests/tools before all others, a sanitizer's too. */
export const preload = (name) => ({
  LD_PRELOAD: path.join(build, `tests/tools/.libs/${name}.so`),
  ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
});

/** A clock that a host sees: {env} for its options, and set(seconds) shifts it from the real one. */
export function shiftedClock(server) {
  const file = path.join(server.dir, 'clock');
  const set = (seconds) => fs.writeFileSync(file, `${seconds}\n`);
  set(0);
  return { set, env: { ...preload('shifted_clock'), SHIFTED_CLOCK: file } };
}

/** Arguments as MONITOR writes them: quoted as in C. */
const unquoted = (text) => JSON.parse(`[${text
  .replace(/" "/g, '","').replace(/\\x/g, '\\u00').replace(/\\a/g, '\\u0007')}]`);

/** What clients send to that server from now on, scripts' own commands left out: a list that grows,
 *  [[name, argument, …]]. Not with ioredis' monitor(): its INFO is at times answered amid the lines. */
export async function watchCommands(t, server) {
  const commands = [];
  let rest = '';
  const monitor = net.connect(server.socket, () => monitor.write('MONITOR\r\n'));
  monitor.on('data', (data) => {
    const lines = (rest + data).split('\r\n');
    rest = lines.pop();
    for (const line of lines) {
      const found = /^\+[\d.]+ \[\d+ (?!lua)[^\]]*\] (.*)$/.exec(line);
      if (found !== null) commands.push(unquoted(found[1]));
    }
    commands.isWatching = true;
  });
  atEnd(t, () => monitor.destroy());
  await until(() => commands.isWatching, 'the monitor');
  return commands;
}

/** All that was sent before is in the list afterwards. */
export async function catchUp(client, commands) {
  const mark = `mark ${commands.length} ${Math.random()}`;
  await client.echo(mark);
  await until(() => commands.some(([, argument]) => argument === mark), 'the last commands');
}

/** A port that is free on all addresses. */
export async function freePort() {
  for (;;) {
    const port = 10000 + Math.floor(Math.random() * 20000);
    const isFree = await new Promise((resolve) => {
      const probe = net.createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** Data of a job with these steps. */
export const steps = (...list) => ({
  steps: list.map((step) => (typeof step === 'string' ? { do: step } : step)),
});

/** A host beside a server and BullMQ: what most tests need. */
export async function all(t, options = {}, serverArgs = []) {
  const server = await Server.start(t, serverArgs);
  const { queue, events } = await bullmq(t, server, options.queue ?? 'script');
  const host = await Host.start(t, server, options);
  return { server, queue, events, host };
}
