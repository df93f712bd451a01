// One reading: how far it is, its text while it is written, the checked text, or why there is none.
import { ask, read, watch } from './agenthost.js';
import { withKey } from './access.js';
import { byId, make } from './dom.js';
import { language, onLanguage, t } from './language.js';
import { markdown } from './markdown.js';
import { isPassing, troubleText } from './trouble.js';

const drawDraftMs = 100; // a long draft is not drawn anew for every word
const silenceMs = 4000;
const section = byId('reading');

// From which percentage on a step is the one in work.
const steps = [['waiting', 0], ['chart', 1], ['prompt', 10], ['writing', 30], ['checking', 70],
  ['storing', 90]];

let shown = null; // {id, token, phase, …}: the reading on the page
let stop = () => {};
let draftTimer = 0;
let silenceTimer = 0;
let renewed = ''; // the token made last: refused again, it is not replaced again

// --- drawing ---------------------------------------------------------------------------------

function stepOf({ status, progress, jobStatus }) {
  if (status === 'pending' && jobStatus !== 'active' && progress < 1) {
    return 'waiting';
  }
  return steps.findLast(([, from]) => Math.max(progress, 1) >= from)[0];
}

function stepText(news) {
  if (news.parked) {
    return t.parked[news.parked.reason] ?? t.parked.other;
  }
  return news.jobStatus === 'delayed' ? t.delayed : t.steps[stepOf(news)];
}

function drawProgress() {
  const isRunning = shown.phase === 'running';
  byId('progress').hidden = !isRunning;
  if (!isRunning) {
    return;
  }
  const { news } = shown;
  const current = steps.findIndex(([name]) => name === stepOf(news));
  byId('bar').value = news.progress;
  byId('percent').textContent = `${news.progress} %`;
  byId('step').textContent = stepText(news);
  byId('steps').replaceChildren(...steps.map(([name], i) => make('li', {
    'data-state': i < current ? 'done' : i === current ? 'current' : 'todo',
    'aria-current': i === current ? 'step' : undefined,
  }, t.stepNames[name], ...(i < current
    ? [make('span', { class: 'visually-hidden' }, `: ${t.stepDone}`)] : []))));
  announce(stepText(news));
}

function drawFailure() {
  const { failure, phase } = shown;
  byId('failure').hidden = phase !== 'failed';
  if (phase === 'failed') {
    byId('failure-words').textContent = t.failure[failure.code] ?? t.failure.other;
    byId('failure-code').textContent = failure.code ?? '';
    byId('failure-text').textContent = failure.message ?? '';
  }
}

function drawDraft() {
  draftTimer = 0;
  byId('draft-mark').hidden = shown?.phase !== 'running' || (shown.draft === '' && !shown.isVoid);
  if (shown?.phase === 'running') {
    byId('text').replaceChildren(markdown(shown.draft));
    byId('text').classList.toggle('draft', shown.draft !== '');
    byId('text').setAttribute('aria-busy', 'true');
    byId('draft-mark').textContent = shown.draft === '' ? t.draftVoid : t.draft;
  }
}

function facts({ content, version, createdAt }) {
  const { chart, metadata } = content;
  const { id, version: agentVersion } = metadata.agent ?? {};
  const written = new Date(createdAt).toLocaleString(language);
  return [
    [t.factAgent, [id, agentVersion].filter(Boolean).join(' ')],
    [t.factModel, metadata.model ?? t.factNoModel],
    [t.factType, chart?.type], [t.factAuthority, chart?.authority],
    [t.factProfile, chart?.profile], [t.factDefinition, chart?.definition],
    [t.factVersion, version], [t.factWritten, written],
  ].filter(([, value]) => value);
}

function drawReading() {
  const { versions, currentVersion } = shown.reading;
  const version = versions.find((one) => one.version === currentVersion) ?? versions.at(-1);
  const { text, metadata } = version.content;
  byId('practice').hidden = metadata.practice !== true;
  if (metadata.outcome === 'declined') { // a text of the agent's own, help lines perhaps
    byId('reading-title').textContent = t.isDeclined;
  }
  byId('text').replaceChildren(markdown(text));
  byId('text').lang = metadata.locale ?? '';
  byId('text').classList.remove('draft');
  byId('text').removeAttribute('aria-busy');
  byId('facts').querySelector('dl').replaceChildren(...facts(version).map(([name, value]) =>
    make('div', {}, make('dt', {}, name), make('dd', {}, String(value)))));
}

function draw() {
  if (shown === null) {
    return;
  }
  const titles = { running: t.inWork, failed: t.isFailed, done: t.isDone };
  const isDone = shown.phase === 'done';
  byId('reading-title').textContent = titles[shown.phase] ?? t.reading;
  byId('reading-agent').textContent = shown.agentId;
  byId('reading-error').hidden = !shown.trouble;
  byId('reading-error').textContent = shown.trouble ? troubleText(shown.trouble) : '';
  byId('facts').hidden = byId('print').hidden = !isDone;
  byId('copy').hidden = !navigator.clipboard || !shown.token;
  byId('link-hint').hidden = shown.phase === 'closed';
  drawProgress();
  drawFailure();
  drawDraft();
  if (isDone) {
    drawReading();
  }
  document.title = `${byId('reading-title').textContent} · agenthost`;
}

function announce(text) {
  if (byId('announcement').textContent !== text) {
    byId('announcement').textContent = text;
  }
}

function clear() {
  for (const id of ['practice', 'draft-mark', 'failure', 'facts', 'reading-error']) {
    byId(id).hidden = true;
  }
  byId('text').replaceChildren();
  byId('text').classList.remove('draft');
  byId('copy').textContent = t.copy;
}

// --- what happens ----------------------------------------------------------------------------

function onStatus(current, news) {
  current.news = news;
  drawProgress();
}

// When nothing happens: the stream does not say what a job waits for, its status does.
async function onSilence(current) {
  const { id, token } = current;
  const news = await ask(`status/${id}`, { token }).catch(() => current.news);
  if (current === shown && current.phase === 'running') {
    onStatus(current, news);
    silenceTimer = setTimeout(onSilence, silenceMs, current);
  }
}

function onDelta(current, { text }) {
  current.draft += text;
  draftTimer ||= setTimeout(drawDraft, drawDraftMs);
}

function onReset(current) {
  current.isVoid = current.draft !== '';
  current.draft = '';
  drawDraft();
}

async function onDone(current) {
  const { id, token } = current;
  const answer = await read(id, token).then((reading) => ({ reading }), (error) => ({ error }));
  if (current !== shown) {
    return;
  }
  if (answer.reading) {
    clearTimeout(silenceTimer);
    current.reading = answer.reading;
    current.phase = 'done';
    draw();
    announce(t.steps.done);
  } else if (isPassing(answer.error)) {
    setTimeout(onDone, silenceMs, current);
  } else {
    onClosed(current, answer);
  }
}

function onFailed(current, failure) {
  current.phase = 'failed';
  current.failure = failure;
  clear(); // a draft that came to nothing is not to be read
  draw();
}

// A token that has expired is replaced for whoever may read without it.
async function onClosed(current, { error }) {
  current.phase = 'closed';
  current.trouble = error;
  draw();
  if (error.status === 401 && current.token !== renewed) {
    await goOn(current, 'token');
  }
}

// A verb that answers with a new token for the same reading.
async function goOn(current, verb) {
  try {
    const { readToken } = await withKey((key) => ask(`${verb}/${current.id}`, { key, body: {} }));
    if (current === shown) {
      renewed = readToken;
      history.replaceState(null, '', `#reading=${current.id}&token=${readToken}`);
      showReading(current.id, readToken);
    }
  } catch (error) {
    current.trouble = error;
    draw();
  }
}

const deeds = { status: onStatus, delta: onDelta, reset: onReset, done: onDone, failed: onFailed,
  closed: onClosed };

// Shows the reading, from wherever it is; id null: none.
export function showReading(id, token) {
  stop();
  section.hidden = id === null;
  shown = id === null ? null : {
    id, token, phase: 'running', news: { status: 'pending', progress: 0 }, draft: '', agentId: '',
  };
  if (shown === null) {
    return;
  }
  const current = shown;
  clear();
  draw();
  stop = watch(id, token, ({ type, ...news }) => {
    if (current === shown) {
      clearTimeout(silenceTimer);
      silenceTimer = setTimeout(onSilence, silenceMs, current);
      deeds[type](current, news);
    }
  });
  read(id, token).then(({ readingType }) => {
    current.agentId = readingType;
    draw();
  }, () => {}); // only for its name: the watch says what is wrong
}

byId('retry').addEventListener('click', async ({ target }) => {
  target.disabled = true;
  await goOn(shown, 'retry');
  target.disabled = false;
});
byId('print').addEventListener('click', () => window.print());
byId('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(location.href);
  byId('copy').textContent = t.copied;
});

onLanguage(draw);
