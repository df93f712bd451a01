// The orchestrator's routes, as a client of the HTTP interface uses them.
import http from 'node:http';

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

export class Api {
  // target: {socketPath} or {host, port}; headers go with every request.
  constructor(target, headers = {}) {
    this.target = target;
    this.headers = headers;
  }

  ask(method, path, { body, headers = {} } = {}) {
    return new Promise((resolve, reject) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const outgoing = http.request({ ...this.target, path: prefix + path, method,
        headers: { ...this.headers, ...type, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => { text += piece; });
        response.on('error', reject);
        response.on('end', () => {
          const answer = { status: response.statusCode, headers: response.headers, text };
          try {
            answer.json = JSON.parse(text);
          } catch {
            // not every answer is JSON
          }
          resolve(answer);
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined
        : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  async status(readingId) {
    return (await this.ask('GET', `/status/${readingId}`)).json;
  }

  async reading(readingId) {
    return (await this.ask('GET', `/reading/${readingId}`)).json?.reading;
  }

  events(readingId, { lastId, query = '' } = {}) {
    const more = lastId === undefined ? {} : { 'last-event-id': String(lastId) };
    return new Events(this.target, `${prefix}/events/${readingId}${query}`,
      { ...this.headers, ...more });
  }
}
