// The real host for a measurement: its configuration, its state in the run's own directory.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch, start } from './servers.mjs';

// bundles: a folder of agents instead of the shipped ones; then what the host says of them is not shown.
export function startHost({ build, port, queue, concurrency, baseUrl, bundles }) {
  const dir = mkdtempSync(path.join(scratch, 'host-'));
  mkdirSync(path.join(dir, 'state'));
  const config = path.join(dir, 'agenthost.conf');
  writeFileSync(config, `[log]
level = warning
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
${bundles === undefined ? '' : 'still = 0s\ncall_timeout = 1s\nstart_timeout = 1s\n'}[http]
listen = off
[provider.openai]
base_url = ${baseUrl ?? 'http://127.0.0.1:9/v1'}
model = standin
needs_key = no
concurrency = ${concurrency}
`);
  const env = Object.fromEntries(['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL', 'OPENAI_ORG_ID',
    'OPENAI_PROJECT_ID', 'REDIS_URL', 'REDIS_HOST'].map((name) => [name, undefined]));
  return start(path.join(build, 'agenthost'), ['--config', config, '--env-file', '/dev/null', 'run'],
    { env, ...(bundles === undefined ? {} : { stderr: 'ignore' }) });
}
