// Asks an agenthost for readings and watches them come about, without dependencies. Works on pages
// of any origin: watch and read need a read token only, execute a key and the page's origin in
// http.origins. Refused calls throw an Error with status, code, details and retryAfter (seconds).
//
//   const { readingId, readToken } = await execute(body, { base: 'https://host', key });
//   const stop = watch(readingId, readToken, ({ type, ...news }) => { … }, { base });
//
// News: status {status, jobStatus, progress, parked?}; delta {text}, not checked yet; reset {}, the
// text so far is void; the last is done {}, failed {code, message} or closed {error}: not allowed.

export async function ask(path, { base = '', key, token, body, headers } = {}) {
  const query = token ? `?token=${encodeURIComponent(token)}` : '';
  const response = await fetch(`${base}/api/orchestrator/${path}${query}`, {
    method: body ? 'POST' : 'GET',
    body: body && JSON.stringify(body),
    headers: { ...(body && { 'content-type': 'application/json' }),
      ...(key && { 'x-api-key': key }), ...headers },
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.error), { code: answer.code, details: answer.details,
    status: response.status, retryAfter: Number(response.headers.get('retry-after')) || 0 });
}

// To send a body again, whatever became of the first try, give its idempotencyKey again.
export const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join('-');
export const execute = (body, { idempotencyKey = newKey(), ...options } = {}) =>
  ask('execute', { ...options, body, headers: { 'idempotency-key': idempotencyKey } });

export const read = async (readingId, token, options) =>
  (await ask(`reading/${readingId}`, { ...options, token })).reading;

export function watch(readingId, token, tell, { base = '' } = {}) {
  let timer, isOver = false, pauseMs = 1000;
  const source = new EventSource(
    `${base}/api/orchestrator/events/${readingId}?token=${encodeURIComponent(token)}`);
  const stop = () => { isOver = true; clearTimeout(timer); source.close(); };
  const pass = (type, news) => {
    if (isOver) return;
    if (['done', 'failed', 'closed'].includes(type)) stop();
    tell({ type, ...news });
  };
  const poll = async () => { // the stream is refused, or something on the way holds it back
    clearTimeout(timer);
    source.close();
    const now = await ask(`status/${readingId}`, { base, token }).catch((caught) => ({ caught }));
    if ([400, 401, 403, 404].includes(now.caught?.status)) pass('closed', { error: now.caught });
    if (now.status) pass('status', now);
    if (now.status === 'completed') pass('done');
    if (now.status === 'failed') pass('failed', now.error);
    if (!isOver) timer = setTimeout(poll, Math.max(pauseMs, 1000 * (now.caught?.retryAfter ?? 0)));
    pauseMs = Math.min(pauseMs * 1.5, 15_000);
  };
  for (const type of ['status', 'delta', 'reset', 'done', 'failed']) source.addEventListener(type,
    ({ data }) => { clearTimeout(timer); pass(type, JSON.parse(data)); });
  source.onerror = () => { if (source.readyState === EventSource.CLOSED && !isOver) poll(); };
  timer = setTimeout(poll, 10_000); // a stream begins with a status at once
  return stop;
}
