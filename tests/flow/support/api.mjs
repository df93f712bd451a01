// The orchestrator's routes, as a client of the HTTP interface uses them; events as they come.
import http from 'node:http';
import { Client } from './client.mjs';
import { until } from './process.mjs';

const prefix = '/api/orchestrator';

// Server-sent events of one response: an array of {id, event, data} that grows, and the end.
class Events {
  constructor(target, path, headers) {
    this.seen = [];
    this.comments = 0;
    this.waiters = [];
    this.opened = new Promise((resolve, reject) => {
      this.outgoing = http.get({ ...target, path, headers }, (response) => {
        this.response = response;
        response.setEncoding('utf8');
        this.rest = '';
        response.on('data', (piece) => this.#take(piece));
        response.on('error', () => {});
        response.on('close', () => this.#end());
        resolve(response.statusCode);
      });
      this.outgoing.on('error', (error) => {
        this.#end();
        reject(error);
      });
    });
    this.opened.catch(() => {});
    this.ended = new Promise((resolve) => { this.resolveEnd = resolve; });
  }

  #end() {
    this.isEnded = true;
    this.resolveEnd?.(this.seen);
    this.#wake();
  }

  #take(piece) {
    this.rest += piece;
    for (let at; (at = this.rest.indexOf('\n\n')) >= 0; this.rest = this.rest.slice(at + 2)) {
      const event = {};
      for (const line of this.rest.slice(0, at).split('\n')) {
        const colon = line.indexOf(':');
        event[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, '');
      }
      if (event.event === undefined) {
        this.comments++;
      } else {
        this.seen.push({ id: Number(event.id), event: event.event, data: JSON.parse(event.data) });
      }
    }
    this.#wake();
  }

  #wake() {
    for (const waiter of this.waiters) {
      waiter();
    }
  }

  // The first event that check likes; rejects when the events end, or time, without one.
  find(what, check, timeoutMs = 20_000) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.seen.find(check);
        if (found !== undefined || this.isEnded) {
          clearTimeout(timer);
          this.waiters = this.waiters.filter((waiter) => waiter !== look);
          found !== undefined ? resolve(found)
            : reject(new Error(`no ${what} in ${JSON.stringify(this.seen)}`));
        }
      };
      const timer = setTimeout(() => reject(
        new Error(`no ${what} after ${timeoutMs} ms in ${JSON.stringify(this.seen)}`)), timeoutMs);
      this.waiters.push(look);
      look();
    });
  }

  // What a client shows that adds up the text: reset throws it away.
  get text() {
    return this.seen.reduce((text, { event, data }) =>
      event === 'delta' ? text + data.text : event === 'reset' ? '' : text, '');
  }

  get kinds() {
    return this.seen.map(({ event }) => event);
  }

  get last() {
    return this.seen.at(-1);
  }

  cut() {
    this.outgoing.destroy();
  }
}

export class Api extends Client {
  // path: what follows the prefix.
  async ask(method, path, options) {
    return super.ask(method, prefix + path, options);
  }

  async status(readingId) {
    return (await this.ask('GET', `/status/${readingId}`)).json;
  }

  async reading(readingId) {
    return (await this.ask('GET', `/reading/${readingId}`)).json?.reading;
  }

  // Polls until the status has all members of wanted; gives every different answer seen.
  async poll(readingId, wanted) {
    const seen = [];
    await until(`${readingId} ${JSON.stringify(wanted)}`, async () => {
      const status = await this.status(readingId);
      if (JSON.stringify(status) !== JSON.stringify(seen.at(-1))) {
        seen.push(status);
      }
      return Object.entries(wanted).every(([key, value]) => status[key] === value);
    });
    return seen;
  }

  events(readingId, { lastId, query = '' } = {}) {
    const more = lastId === undefined ? {} : { 'last-event-id': String(lastId) };
    return new Events(this.target, `${prefix}/events/${readingId}${query}`,
      { ...this.headers, ...more });
  }
}
