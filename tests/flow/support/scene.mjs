// All that a test of the whole program needs, started in order and ended in the reverse one.
import { Host } from './host.mjs';
import { makeFolder } from './process.mjs';
import { Model, Redis } from './services.mjs';

// The host has the test agent echo installed; options.start = false leaves it to the test.
export async function makeScene({ settings = {}, model = {}, redis = [], start = true } = {}) {
  const folder = makeFolder();
  const scene = { folder };
  scene.redis = await new Redis(folder).start(...redis);
  scene.model = await new Model(folder).start(model);
  scene.host = new Host(folder, { redis: scene.redis, model: scene.model, settings });
  scene.host.installTestAgent('echo', { prompt: 'PROMPT ONE ' });
  scene.queue = scene.redis.queue();
  scene.events = await scene.redis.events();
  if (start) {
    await scene.host.start();
  }
  // Adds a job and gives its return value.
  scene.run = async (data, options) => {
    const job = await scene.queue.add('generate-reading', { agentId: 'echo', ...data }, options);
    return job.waitUntilFinished(scene.events, 30_000);
  };
  scene.end = async (options) => {
    try {
      await scene.host.stop(options);
    } finally {
      await scene.model.stop();
      await scene.redis.stop();
    }
  };
  return scene;
}
