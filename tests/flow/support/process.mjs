// Starts programs for a test and ends them by their pid, whatever becomes of the test.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const sourceDir = fileURLToPath(new URL('../../../', import.meta.url));
export const buildDir = process.env.AGENTHOST_BUILD_DIR ?? process.cwd();

const running = new Set();
process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});

// A folder of the test's own. Unix sockets go there, so the path must stay short.
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'agenthost-'));
  process.on('exit', () => {
    if (process.env.AGENTHOST_KEEP === undefined) {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return folder;
}

// Waits until check() gives something truthy, and returns it.
export async function until(what, check, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// A program whose output goes to a file.
export class Program {
  constructor(file, args, { log, env = process.env, cwd, uid, gid } = {}) {
    this.log = log;
    const output = openSync(log, 'a');
    this.child = spawn(file, args, { stdio: ['ignore', output, output], env, cwd, uid, gid });
    closeSync(output);
    running.add(this.child);
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        running.delete(this.child);
        this.ending = { code, signal };
        resolve(this.ending);
      });
      this.child.on('error', (error) => {
        running.delete(this.child);
        this.ending = { error };
        resolve(this.ending);
      });
    });
  }

  get pid() {
    return this.child.pid;
  }

  output() {
    return readFileSync(this.log, 'utf8');
  }

  // Waits for something only a living program can do.
  async untilReady(what, check, timeoutMs) {
    await until(what, async () => {
      if (this.ending !== undefined) {
        throw new Error(`${what}: ended with ${JSON.stringify(this.ending)}\n${this.output()}`);
      }
      return check();
    }, timeoutMs).catch((error) => {
      throw new Error(`${error.message}\n${this.output().slice(-4000)}`);
    });
  }

  async end(signal = 'SIGTERM', patienceMs = 20_000) {
    if (this.ending === undefined) {
      this.child.kill(signal);
      const timer = setTimeout(() => this.child.kill('SIGKILL'), patienceMs);
      await this.exited;
      clearTimeout(timer);
    }
    return this.ending;
  }
}
