// A project for all tests of a file, and stores on it that end with their test.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { Supabase, secretKey } from '../support/postgrest.mjs';
import { Store, begin, by } from './script.mjs';

export function useProject() {
  const project = {};
  let stores = [];

  before(async () => {
    project.supabase = await new Supabase().start();
  });

  after(async () => {
    await project.supabase?.stop();
  });

  afterEach(async () => {
    for (const store of stores) {
      await store.close();
    }
    stores = [];
    project.supabase.gateway.faults = [];
    project.supabase.sql('TRUNCATE coach_readings, reading_versions, model_calls, charts');
  });

  function connect(options = {}) {
    const store = new Store({ driver: 'supabase', url: project.supabase.url, key: secretKey,
      ...options });
    stores.push(store);
    return store;
  }

  return {
    project,
    connect,
    open: async (options) => connect(options).untilUp(),
    fault: (...faults) => { project.supabase.gateway.faults = faults; },
    status: async (store) => (await store.ask('status')).status,
    count: (table) => Number(project.supabase.sql(`SELECT count(*) FROM ${table}`)),
    row: () => project.supabase.sql('SELECT status, current_version, is_held FROM coach_readings'),
    warnings: (store) => store.log.split('\n').filter((line) => /"warning"/.test(line)),
    // Leaves a reading that job a works on.
    async working(store) {
      assert.equal((await store.ask('begin', begin('a'))).begun, 'new');
      assert.deepEqual(await store.ask('processing', by('a')), { applied: true });
    },
  };
}
