// The fields of the two requests that take birth data, and the cases that follow from them: each
// field missing, of every wrong type, at and over its limits, and in forms it does not have.
import { randomUUID } from 'node:crypto';

const samples = {
  boolean: true, integer: 7, number: 1.5, string: 'text', array: [], object: {},
};

const birth = {
  birthDate: '1969-07-20',
  birthTime: '15:17',
  birthPlace: { name: 'Houston', latitude: 29.7604, longitude: -95.3698,
    timezone: 'America/Chicago' },
};

export const good = {
  execute: { agentId: 'business', ...birth, context: 'Ein neues Team von vier Menschen.' },
  calculate: birth,
};

// The clock in Berlin showed 02:30 twice that night.
const twice = { birthDate: '2020-10-25', birthTime: '02:30', timezone: 'Europe/Berlin',
  birthPlace: null };

const uuid = {
  types: ['string'],
  good: ['0b0e8f6a-32a5-4c38-8c0e-3b7c9f1f2a11', '0B0E8F6A-32A5-4C38-8C0E-3B7C9F1F2A11'],
  bad: ['', 'x', '0b0e8f6a32a54c388c0e3b7c9f1f2a11', '{0b0e8f6a-32a5-4c38-8c0e-3b7c9f1f2a11}',
    '0b0e8f6a-32a5-4c38-8c0e-3b7c9f1f2a1', '0b0e8f6a-32a5-4c38-8c0e-3b7c9f1f2a111',
    '0b0e8f6a-32a5-4c38-8c0e-3b7c9f1f2a1g'],
};

const zone = {
  types: ['string'],
  good: ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'],
  bad: ['', 'Mars/Phobos', '+01:00', '../etc/passwd', '/etc/localtime', 'Europe/', 'Europe/Berlin ',
    'x'.repeat(300)],
};

// alone: what else changes so that the field decides. missing: who is named when it is not there,
// where it may not be missing. name: who is named when it is wrong, other than the path.
const birthFields = [
  { path: 'userId', ...uuid },
  {
    path: 'birthDate', missing: 'birthDate', types: ['string'],
    good: ['1886-01-01', '2098-12-31', '2000-02-29', '1996-02-29'],
    bad: ['', '1885-12-31', '2099-01-01', '1900-02-29', '2001-02-29', '1969-02-30', '1969-13-01',
      '1969-00-10', '1969-04-31', '1969-07-00', '1969-7-20', '69-07-20', '20.07.1969', '07/20/1969',
      '1969-07-20T00:00', ' 1969-07-20', '1969-07-20 ', '１969-07-20', '+969-07-20'],
  },
  {
    path: 'birthTime', missing: 'birthTime', types: ['string'],
    good: ['00:00', '23:59', '15:17:00', '23:59:59'],
    bad: ['', '24:00', '12:60', '12:00:60', '1:00', '12', '12:', '12:00:', '12:00:0', '12.00',
      'noon', '12:00Z', '12:00 PM', '-1:00', ' 12:00'],
  },
  { path: 'birthPlace', missing: 'timezone', types: ['object'] },
  { path: 'birthPlace.name', types: ['string'], good: ['Köln', 'x'] },
  {
    path: 'birthPlace.latitude', missing: 'birthPlace.latitude', types: ['number', 'integer'],
    good: [90, -90, 0, 89.9999], bad: [90.0001, -90.0001, 91, 1e300],
  },
  {
    path: 'birthPlace.longitude', missing: 'birthPlace.longitude', types: ['number', 'integer'],
    good: [180, -180, 0, 179.9999], bad: [180.0001, -180.0001, 360, -1e300],
  },
  { path: 'birthPlace.timezone', missing: 'birthPlace.timezone', ...zone },
  { path: 'timezone', alone: { birthPlace: null }, missing: 'timezone', ...zone },
  {
    path: 'fold', alone: twice, missing: 'fold', types: ['integer'],
    good: [0, 1], bad: [-1, 2, 7, 1e15],
  },
];

const words = (list, bad) => ({ types: ['string'], good: list, bad });

export const fields = {
  calculate: birthFields,
  execute: [
    {
      path: 'agentId', missing: 'agentId', types: ['string'],
      good: ['business', 'crisis', 'personality', 'relationship'],
      unknown: ['', 'busines', 'Business', 'nobody', 'a b', '-', 'x'.repeat(33), '../business', 'ä'],
    },
    ...birthFields,
    {
      path: 'context', missing: 'context', types: ['string'],
      good: ['x', 'ä'.repeat(4000), '🙂'.repeat(4000)],
      bad: ['', 'x'.repeat(4001), '🙂'.repeat(4001)],
    },
    {
      path: 'depth',
      ...words(['basic', 'advanced', 'professional'], ['', 'deep', 'basic ', 'basic,advanced']),
    },
    {
      path: 'style',
      ...words(['klar', 'direkt', 'ruhig', 'empathisch', 'einfühlsam', 'einfuehlsam', 'clear',
        'direct', 'calm', 'empathetic'], ['', 'laut', 'klar ', 'klar, ruhig']),
    },
    { path: 'locale', ...words(['de', 'en'], ['', 'fr', 'de-DE', 'german']) },
    {
      path: 'clientName', types: ['string'],
      good: ['M', 'Jörg Müller', 'x'.repeat(256)], bad: ['', 'x'.repeat(257)],
    },
    { path: 'chart', alone: { birthDate: null, birthTime: null, birthPlace: null },
      types: ['object'], bad: [{ type: 'Generator' }, { type: 1 }], name: /^chart\b/ },
    { path: 'chartId', alone: { birthDate: null, birthTime: null, birthPlace: null }, ...uuid,
      good: [], bad: [...uuid.bad, ...uuid.good] }, // nobody knows the good ones
    { path: 'readingId', ...uuid, good: [randomUUID(), randomUUID().toUpperCase()] },
  ],
};

// body with the value at a dotted path; undefined takes the path away.
function put(body, path, value) {
  const copy = structuredClone(body);
  const keys = path.split('.');
  const last = keys.pop();
  const object = keys.reduce((at, key) => at[key], copy);
  if (value === undefined) {
    delete object[last];
  } else {
    object[last] = value;
  }
  return copy;
}

function show(value) {
  const text = JSON.stringify(value);
  return text.length > 50 ? `${text.slice(0, 50)}… (${text.length})` : text;
}

function* casesOf(request, field) {
  const { path, missing, types, alone = {}, good: fine = [], bad = [], unknown = [] } = field;
  let body = { ...structuredClone(good[request]) };
  for (const [key, value] of Object.entries(alone)) {
    body = put(body, key, value ?? undefined);
  }
  const refused = (what, value, name = field.name ?? path) => ({
    what: `${request}: ${path} ${what}`, request, body: put(body, path, value), status: 400,
    code: 'VALIDATION_ERROR', field: name });
  const accepted = (what, value) =>
    ({ what: `${request}: ${path} ${what}`, request, body: put(body, path, value), status: 200 });
  for (const [what, value] of [['missing', undefined], ['null', null]]) {
    if (missing !== undefined) {
      yield refused(what, value, missing);
    } else if (Object.keys(alone).length === 0) {
      yield accepted(what, value);
    }
  }
  for (const [type, value] of Object.entries(samples)) {
    if (!types.includes(type)) {
      yield refused(`of type ${type}`, value);
    }
  }
  for (const value of fine) {
    yield accepted(show(value), value);
  }
  for (const value of bad) {
    yield refused(show(value), value);
  }
  for (const value of unknown) {
    yield { ...refused(show(value), value), status: 404, code: 'UNKNOWN_AGENT' };
  }
}

// What only shows when fields meet.
const meetings = [
  ['a time the clock left out', { birthDate: '2021-03-28', birthTime: '02:30',
    birthPlace: { timezone: 'Europe/Berlin' } }, 'birthTime'],
  ['fold 1 where the clock showed the time once', { fold: 1 }, 'fold'],
  ['two zones that differ', { timezone: 'Europe/Berlin' }, 'birthPlace.timezone'],
  ['a place without a zone', { birthPlace: { name: 'Houston' } }, 'birthPlace.timezone'],
  ['an empty place', { birthPlace: {} }, 'birthPlace.timezone'],
  ['an unknown field of the place', { birthPlace: { ...birth.birthPlace, lat: 1 } },
    'birthPlace.lat'],
  ['an unknown field', { birthdate: '1969-07-20' }, 'birthdate', /birthDate/],
  ['a field that is nobody\'s', { xyzzy: 1 }, 'xyzzy'],
];

const meetingsOfExecute = [
  ['the agent under another name', { agent: 'business' }, 'agent'],
  ['a job\'s own field', { timeoutMs: 1000 }, 'timeoutMs'],
  ['what is a header', { idempotencyKey: 'x' }, 'idempotencyKey', /header/],
  ['what is not built', { callbackUrl: 'https://shop.example' }, 'callbackUrl'],
  ['what is another route', { regenerate: true }, 'regenerate', /POST/],
  ['a chart and a chartId', { chart: {}, chartId: uuid.good[0] }, 'chartId'],
  ['an empty chart beside birth data', { chart: {} }, /^chart\b/],
  ['neither birth data nor a chart', { birthDate: null, birthTime: null }, 'birthDate'],
  ['blanks for a context', { context: ' \n ' }, 'context'],
];

export function cases() {
  const table = Object.entries(fields).flatMap(([request, list]) =>
    list.flatMap((field) => [...casesOf(request, field)]));
  const meet = (request, [what, change, field, remedy]) => ({
    what: `${request}: ${what}`, request, body: { ...good[request], ...change }, status: 400,
    code: 'VALIDATION_ERROR', field, remedy });
  return [...table, ...meetings.map((row) => meet('execute', row)),
    ...meetings.map((row) => meet('calculate', row)),
    ...meetingsOfExecute.map((row) => meet('execute', row))];
}
