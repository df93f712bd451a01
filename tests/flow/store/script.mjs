// The scripted store, tests/tools/store-script: each verb as a promise of its answer.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { buildDir, until } from '../support/process.mjs';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class Store {
  // options: those of the program, without the dashes.
  constructor(options) {
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.child = spawn(join(buildDir, 'tests/tools/store-script'), args);
    running.add(this.child);
    this.waiting = new Map();
    this.count = 0;
    this.log = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.log += text; });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const { n, ...answer } = JSON.parse(line);
      this.waiting.get(n).resolve(answer);
      this.waiting.delete(n);
    });
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        running.delete(this.child);
        this.ending = new Error(`store-script ended with ${code ?? signal}\n${this.log}`);
        for (const { reject } of this.waiting.values()) {
          reject(this.ending);
        }
        resolve({ code, signal });
      });
    });
  }

  // The answer to one command.
  ask(verb, command = {}) {
    const n = ++this.count;
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) {
        reject(this.ending);
        return;
      }
      this.waiting.set(n, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify({ n, do: verb, ...command })}\n`);
    });
  }

  async untilUp() {
    await until('the store', async () => (await this.ask('status')).isUp);
    return this;
  }

  async untilDown() {
    await until('the store to be missed', async () => !(await this.ask('status')).isUp);
  }

  // Writes what is queued and ends.
  async close() {
    this.child.stdin.end();
    return this.exited;
  }
}

export const readingId = '11111111-2222-4333-8444-555555555555';
export const userId = 'aaaaaaaa-2222-4333-8444-555555555555';

// The members that name who writes: a job by its letter.
export const by = (job, run = 1, id = readingId) =>
  ({ readingId: id, jobKey: `bull:readings:${job}:1700000000000`, run });

export const begin = (job, run = 1, more = {}) => ({
  ...by(job, run), agent: 'business', userId, queue: 'readings',
  payload: JSON.stringify({ birthDate: '1969-07-20', birthTime: '20:17',
    birthPlace: { name: 'Mare Tranquillitatis', latitude: 0.67 } }), ...more,
});

export const complete = (job, run = 1, more = {}) => ({
  ...by(job, run), content: JSON.stringify({ text: `by ${job} ${run}` }),
  value: JSON.stringify({ readingId, by: job, version: run }), ...more,
});

export const failure = (job, run = 1, more = {}) => ({
  ...by(job, run), code: 'TIMEOUT', message: 'no answer within "60 s"', retryable: true, ...more,
});

export const usage = (job, callId, more = {}) => ({
  ...by(job), callId, agent: 'business', provider: 'openai', model: 'standin', inputTokens: 900,
  outputTokens: 700, totalTokens: 1600, costUsd: 0.0123, firstTokenMs: 80, durationMs: 5200,
  success: true, requestHash: 'abc', requestId: 'req-1', ...more,
});
