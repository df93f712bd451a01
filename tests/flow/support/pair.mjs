// Two hosts on one queue and one Supabase project, each with its own state directory, for all tests
// of a file.
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Host } from './host.mjs';
import { Supabase, secretKey } from './postgrest.mjs';
import { makeFolder } from './process.mjs';
import { Model, Redis } from './services.mjs';

// model: options of the stand-in; settings: of both hosts, besides the store's. Filled before the
// first test.
export function usePair({ model = {}, settings = {} } = {}) {
  const pair = { hosts: [] };

  before(async () => {
    const folder = makeFolder();
    pair.supabase = await new Supabase().start();
    pair.redis = await new Redis(folder).start();
    pair.model = await new Model(folder).start(model);
    pair.queue = pair.redis.queue();
    for (const name of ['one', 'two']) {
      const host = new Host(join(folder, name), { redis: pair.redis, model: pair.model, settings: {
        ...settings, store: { driver: 'supabase', url: pair.supabase.url, key: secretKey } } });
      host.installTestAgent('echo');
      pair.hosts.push(await host.start());
    }
  });

  after(async () => {
    for (const host of pair.hosts) {
      await host.stop();
    }
    await pair.model?.stop();
    await pair.redis?.stop();
    await pair.supabase?.stop();
  });
  return pair;
}
