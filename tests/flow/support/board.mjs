// bull-board over HTTP: the dashboard an operator may have beside the host.
import http from 'node:http';
import { createRequire } from 'node:module';
import { onFreePort, request } from './services.mjs';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { createBullBoard } = require('@bull-board/api');
const { BullMQAdapter } = require('@bull-board/api/bullMQAdapter');
const { ExpressAdapter } = require('@bull-board/express');

export class Board {
  // A board that shows this BullMQ Queue.
  async start(queue) {
    const adapter = new ExpressAdapter();
    createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: adapter });
    this.name = queue.name;
    await onFreePort((port) => new Promise((resolve, reject) => {
      this.server = http.createServer(adapter.getRouter());
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
      this.port = port;
    }));
    return this;
  }

  // What its API answers to a path below the queue.
  async ask(path = '', method = 'GET') {
    const { status, text } = await request({ port: this.port },
      `/api/queues/${this.name}${path}`, { method });
    if (status >= 300) {
      throw new Error(`bull-board answers ${method} ${path} with ${status}: ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }

  // The queue's numbers, as its page shows them.
  async counts() {
    const { text } = await request({ port: this.port }, `/api/queues?activeQueue=${this.name}`);
    return JSON.parse(text).queues[0].counts;
  }

  async stop() {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
