// Over TLS the faults are the same, and so is what comes of them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { atEnd, bullmq, freePort, Host, Server, sleep, steps, until } from './harness.mjs';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];
const SIZE = 100_000; // more than a record and a socket's buffer take at once

/** A certificate of its own authority for localhost: {key, certificate}, files that go with the test. */
function certify(t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'agenthost-tls-'));
  atEnd(t, () => fs.rmSync(dir, { recursive: true, force: true }));
  const [key, certificate] = ['key', 'certificate'].map((name) => path.join(dir, `${name}.pem`));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { key, certificate };
}

test('connections killed, a server that stops and one that starts anew: each job ends once', async (t) => {
  const { key, certificate } = certify(t);
  const port = await freePort();
  const server = await Server.start(t, ['--tls-port', String(port), '--bind', '127.0.0.1', '--tls-auth-clients', 'no',
    '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate, ...AOF]);
  const { queue } = await bullmq(t, server);
  const redis = server.client(t);
  const host = await Host.start(t, server, {
    host: 'localhost', port, 'tls-ca': certificate, concurrency: 5, 'command-ms': 1000,
  });
  const count = 150;
  await queue.addBulk(Array.from({ length: count }, (_, n) => ({
    name: 'n', data: { n, ...steps('open', { do: 'wait', ms: 10 }, { do: 'complete', value: 'x'.repeat(SIZE) }) },
  })));
  for (let i = 0; i < 6; i++) {
    await sleep(40);
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  }
  server.process.kill('SIGSTOP');
  await sleep(1500);
  server.process.kill('SIGCONT');
  await until(async () => (await queue.getCompletedCount()) > count / 2, 'half of them', 30000);
  await server.stop();
  await server.run();
  await until(async () => (await queue.getCompletedCount()) === count, 'all jobs', 30000);
  const jobs = await queue.getCompleted(0, count);
  assert.ok(jobs.every((job) => job.attemptsMade === 1 && job.returnvalue.length === SIZE));
  await host.status();
  assert.equal(host.all('job').length, count);
});

test('a server whose certificate nobody vouches for gets no job done, and the log says why', async (t) => {
  const [real, other] = [certify(t), certify(t)];
  const port = await freePort();
  const server = await Server.start(t, ['--tls-port', String(port), '--bind', '127.0.0.1', '--tls-auth-clients', 'no',
    '--tls-cert-file', real.certificate, '--tls-key-file', real.key, '--tls-ca-cert-file', real.certificate]);
  const { queue } = await bullmq(t, server);
  const job = await queue.add('n', {});
  const host = await Host.start(t, server, {
    host: 'localhost', port, 'tls-ca': other.certificate, 'no-wait': 1,
  });
  host.expected = /certificate/;
  await until(() => /certificate/.test(host.errors), 'the reason');
  await sleep(300);
  assert.equal(await job.getState(), 'waiting');
});
