// Asking for a reading: the agents, the form drawn from what the chosen one takes, sending it.
import { ask, execute, newKey } from './agenthost.js';
import { withKey } from './access.js';
import { birthFields, birthNames } from './birth.js';
import { byId, make } from './dom.js';
import { fieldsOf, put } from './fields.js';
import { inLanguage, language, onLanguage, t } from './language.js';
import { isPassing, troubleText } from './trouble.js';

const lookAgainMs = 5000;
const section = byId('ask');
const form = byId('order');
const summary = byId('order-error');
const send = byId('send');

let agents = []; // as the server lists them
let trouble = null; // why they are not known
let agent = null; // the chosen one
let fields = []; // those on the page
let isLocaleChosen = false; // by the reader; else it follows the language of the page
let isFoldAsked = false; // the server has said that the time of birth is ambiguous
let isSending = false;
let sent = { body: '', key: '' }; // a body that is sent again goes under its first key
let isLoading = false; // once begun, it goes on until there are agents
let isLoaded = false;

const isBirthField = ({ path }) => birthNames.includes(path.split('.')[0]);
const isShown = ({ path }) => path !== 'fold' || isFoldAsked;

// --- drawing ---------------------------------------------------------------------------------

function drawAgents() {
  const cards = agents.map((one) => {
    const input = make('input', { type: 'radio', name: 'agentId', value: one.id });
    input.checked = one === agent;
    input.addEventListener('change', () => choose(one));
    return make('label', { class: 'choice' }, input, make('span', {},
      make('strong', {}, inLanguage(one.names, one.name)), ' ',
      ...(one.practice ? [make('em', { class: 'tag' }, t.practiceAgent)] : []),
      make('span', { class: 'hint', lang: 'en' }, one.description ?? '')));
  });
  byId('agents').querySelector('.choices').replaceChildren(...cards);
}

function drawFields() {
  const old = new Map(fields.map(({ path, control }) => [path, control]));
  const hasBirth = agent.chart !== 'none';
  const inputs = fieldsOf(agent, hasBirth ? birthNames : []);
  const birth = hasBirth ? birthFields(agent.chart === 'required') : [];
  fields = [...inputs, ...birth];
  byId('inputs').hidden = inputs.length === 0;
  byId('inputs').querySelector('.fields').replaceChildren(...inputs.map(({ element }) => element));
  byId('birth').hidden = !hasBirth;
  byId('birth').querySelector('.fields').replaceChildren(...birth.map(({ element }) => element));
  byId('birth-hint').textContent = agent.chart === 'required' ? t.birthHint : t.birthOptional;
  for (const { path, control } of fields) {
    if (path === 'locale' && !isLocaleChosen) {
      control.value = agent.languages.includes(language) ? language : '';
    } else if (old.has(path)) {
      control.value = old.get(path).value;
      control.checked = old.get(path).checked;
    }
  }
  showFold();
}

function showFold() {
  const fold = fields.find(({ path }) => path === 'fold');
  if (fold) {
    fold.element.hidden = !isFoldAsked;
  }
}

function choose(one) {
  agent = one;
  drawFields();
  fail('');
}

function drawSend() {
  send.disabled = isSending;
  send.textContent = isSending ? t.sending : t.send;
}

function draw() {
  const isEmpty = isLoaded && agent === null;
  byId('agents-none').hidden = !isEmpty;
  byId('agents-none').textContent = trouble ? troubleText(trouble) : t.noAgents;
  form.hidden = agent === null;
  drawSend();
  if (agent !== null) {
    drawAgents();
    drawFields();
  }
}

// --- what is wrong ---------------------------------------------------------------------------

function fail(text, items = []) {
  summary.hidden = text === '';
  summary.replaceChildren(text, ...(items.length ? [make('ul', {}, ...items)] : []));
}

function fieldNamed(name) {
  return fields.find(({ path }) => path === name || path === `birthPlace.${name}`);
}

// problems: [{field, text, said}]; those of no field on the page are listed all the same.
function showProblems(problems) {
  const items = problems.map(({ field, path, text, said }) => {
    if (!field) {
      return make('li', {}, `${path}: `, make('span', { lang: 'en' }, said ?? text));
    }
    field.mark(text, said);
    const label = field.element.querySelector('label').firstChild.textContent;
    return make('li', {}, make('a', { href: `#${field.control.id}` }, label));
  });
  fail(t.problems, items);
  (problems.find(({ field }) => field)?.field.control ?? summary).focus();
}

function showRefusal(error) {
  const { details } = error;
  if (!details?.field) {
    fail(isPassing(error) ? `${troubleText(error)} ${t.sendAgain}` : troubleText(error));
    summary.focus();
    return;
  }
  const problems = (details.fields ?? [details]).map(({ field: path, remedy }) => {
    const text = t.wrong[path.split('.').at(-1)] ?? t.wrong.other;
    if (path === 'fold') { // the question is better than the remedy
      isFoldAsked = true;
      showFold();
      return { path, field: fieldNamed(path), text };
    }
    return { path, field: fieldNamed(path), text, said: remedy };
  });
  showProblems(problems);
}

// --- sending ---------------------------------------------------------------------------------

function needed() {
  const birth = fields.filter((field) => isBirthField(field) && isShown(field));
  const isBirthNeeded = agent.chart === 'required' || birth.some((field) => !field.isEmpty());
  return [...fields.filter((field) => !isBirthField(field)), ...(isBirthNeeded ? birth : [])];
}

function collect() {
  const body = { agentId: agent.id };
  for (const field of needed()) {
    if (!field.isEmpty()) {
      put(body, field.path, field.value());
    }
  }
  const hasLocale = fields.some(({ path }) => path === 'locale');
  return hasLocale || !agent.languages.includes(language) ? body : { ...body, locale: language };
}

async function submit(event) {
  event.preventDefault();
  if (isSending) {
    return;
  }
  fail('');
  const faults = needed().filter((field) => field.fault() !== '');
  if (faults.length > 0) {
    showProblems(faults.map((field) => ({ field, text: t[field.fault()] })));
    return;
  }
  const body = collect();
  const text = JSON.stringify(body);
  if (text !== sent.body) {
    sent = { body: text, key: newKey() };
  }
  isSending = true;
  drawSend();
  try {
    const { readingId, readToken } = await withKey((key) =>
      execute(body, { key, idempotencyKey: sent.key }));
    sent = { body: '', key: '' };
    location.hash = `reading=${readingId}&token=${readToken}`;
  } catch (error) {
    showRefusal(error);
  } finally {
    isSending = false;
    drawSend();
  }
}

form.addEventListener('submit', submit);
form.addEventListener('input', ({ target }) => {
  isLocaleChosen ||= target.name === 'locale';
  if (['birthDate', 'birthTime', 'birthPlace.timezone'].includes(target.name)) {
    isFoldAsked = false;
    showFold();
  }
});
// The links of the summary lead to fields; the address stays what it is.
summary.addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (link) {
    event.preventDefault();
    byId(link.getAttribute('href').slice(1)).focus();
  }
});

async function load() {
  try {
    ({ agents } = await withKey((key) => ask('agents', { key })));
    trouble = null;
  } catch (error) {
    trouble = error;
  }
  isLoaded = true;
  agent = agents[0] ?? null;
  draw();
  if (agent === null) {
    setTimeout(load, lookAgainMs);
  }
}

onLanguage(draw);

export function showOrder(isVisible) {
  section.hidden = !isVisible;
  if (isVisible && !isLoading) {
    isLoading = true;
    load();
  }
}
