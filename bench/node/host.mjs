// The real host for a measurement: its configuration, its state in the run's own directory.
import { copyFileSync, mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch, start } from './servers.mjs';

// A bundle of the agent tests/agents/<agent>.c below a folder, with its prompt in an asset.
export function installTestAgent(build, bundles, id, agent, prompt) {
  mkdirSync(path.join(bundles, id, 'assets'), { recursive: true });
  copyFileSync(path.join(build, `tests/agents/.libs/${agent}.so`), path.join(bundles, id, 'agent.so'));
  writeFileSync(path.join(bundles, id, 'assets/prompt.txt'), prompt);
  writeFileSync(path.join(bundles, id, 'manifest.json'), JSON.stringify({
    manifest: 1, id, version: '1', name: { en: id }, languages: ['en'], chart: 'optional' }));
}

// bundles: a folder other than the build's own four agents; agents: more lines of [agents]; log: a
// file for what it says.
export function startHost({ build, port, queue, concurrency, baseUrl, bundles, agents = '', log }) {
  const dir = mkdtempSync(path.join(scratch, 'host-'));
  mkdirSync(path.join(dir, 'state'));
  const config = path.join(dir, 'agenthost.conf');
  writeFileSync(config, `[log]
level = ${log === undefined ? 'warning' : 'info'}
format = ${log === undefined ? 'text' : 'json'}
[redis]
url = redis://127.0.0.1:${port}
[state]
dir = ${path.join(dir, 'state')}
[queue]
names = ${queue}
concurrency = ${concurrency}
limiter = off
[agents]
dirs = ${bundles ?? path.join(build, 'bundles')}
${agents}
[http]
listen = off
[provider.openai]
base_url = ${baseUrl ?? 'http://127.0.0.1:9/v1'}
model = standin
needs_key = no
concurrency = ${concurrency}
`);
  const env = Object.fromEntries(['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL', 'OPENAI_ORG_ID',
    'OPENAI_PROJECT_ID', 'REDIS_URL', 'REDIS_HOST'].map((name) => [name, undefined]));
  const host = start(path.join(build, 'agenthost'), ['--config', config, '--env-file', '/dev/null', 'run'],
    { env, stderr: log === undefined ? undefined : openSync(log, 'a') });
  host.stateDir = path.join(dir, 'state');
  return host;
}
