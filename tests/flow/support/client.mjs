// An HTTP client that sends what it is told, wrong things too, and holds every answer against
// docs/openapi.json.
import http from 'node:http';
import { checkAnswer } from './openapi.mjs';

export class Client {
  // target: {port} or {socketPath}; headers go with every request.
  constructor(target, headers = {}) {
    this.target = target;
    this.headers = headers;
  }

  with(headers) {
    return new Client(this.target, { ...this.headers, ...headers });
  }

  // body: an object becomes JSON; text and bytes are sent as they are. Gives {status, headers,
  // text, json}.
  async ask(method, path, { body, headers = {} } = {}) {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = body === undefined || isRaw ? body : JSON.stringify(body);
    const answer = await this.send(method, path, bytes, {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...this.headers, ...headers,
    });
    const isJson = answer.headers['content-type']?.startsWith('application/json');
    answer.json = isJson && answer.text !== '' ? JSON.parse(answer.text) : undefined;
    checkAnswer(method, path, answer);
    return answer;
  }

  send(method, path, bytes, headers) {
    return new Promise((resolve, reject) => {
      const length = bytes !== undefined && headers['transfer-encoding'] === undefined
        ? { 'content-length': Buffer.byteLength(bytes) } : {};
      const outgoing = http.request({ host: '127.0.0.1', ...this.target, path, method,
        headers: { ...length, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => { text += piece; });
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, text }));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
  }

  get(path, options) {
    return this.ask('GET', path, options);
  }

  post(path, body, options) {
    return this.ask('POST', path, { body, ...options });
  }
}

// The events of a stream that has ended: [{id, event, data}], comments left out.
export function parseEvents(text) {
  return text.split('\n\n').filter((block) => /^\w/m.test(block)).map((block) => {
    const fields = Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
    return { ...fields, data: JSON.parse(fields.data) };
  });
}
