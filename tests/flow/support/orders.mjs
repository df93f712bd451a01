// POST /api/orchestrator/execute, as a producer uses it.
import { request } from './services.mjs';

export const berlin = {
  name: 'Berlin', latitude: 52.52, longitude: 13.405, timezone: 'Europe/Berlin',
};
export const birth = { birthDate: '1990-01-15', birthTime: '14:30', birthPlace: berlin };

// body: an object, or a text that is sent as it is. key: the Idempotency-Key. Gives the answer with
// its JSON.
export async function order(target, body, { key, headers = {} } = {}) {
  const answer = await request(target, '/api/orchestrator/execute', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { ...(key === undefined ? {} : { 'idempotency-key': key }), ...headers },
  });
  return { ...answer, json: JSON.parse(answer.text) };
}
