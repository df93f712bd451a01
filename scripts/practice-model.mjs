// The practice model: a stand-in that speaks the Chat Completions interface and writes a reading
// from the facts it finds in the prompt, streamed at a human pace. It thinks nothing, knows nothing
// else, costs nothing, and needs no network.
//
//   practice-model.mjs PORT_FILE [--port N] [--seconds N]
//
// Listens on 127.0.0.1 on a free port, or on N, and writes that port to PORT_FILE once it answers.
// One reading takes about four seconds, or N. Every request is kept for GET /__aimock/journal.
import { createRequire } from 'node:module';
import { renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const require = createRequire(new URL('../tests/npm/package.json', import.meta.url));
const { LLMock } = require('@copilotkit/aimock');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '4' },
  },
});
const seconds = Number(options.seconds);
if (positionals.length !== 1 || !(seconds >= 0)) {
  console.error('usage: practice-model.mjs PORT_FILE [--port N] [--seconds N]');
  process.exit(2);
}

// What the facts are called in each language, and sentences to put them into: {name} stands for a
// fact, {focus} for what the agent wants looked at. A fact the prompt does not give becomes a dash.
const languages = {
  de: {
    labels: {
      type: 'Typ',
      authority: 'Autorität',
      strategy: 'Strategie',
      profile: 'Profil',
      definition: 'Definition',
      defined: 'Definierte Zentren',
      open: 'Offene Zentren',
      channels: 'Kanäle',
      cross: 'Inkarnationskreuz',
    },
    focus: (label, text) => `Zu „${label}“ steht im Chart: ${text}.`,
    parts: [[
      'Du schreibst: „{context}“',
      'Das Chart nennt dazu den Typ {type} und die Autorität {authority}.',
      'Von hier aus liest sich deine Lage:',
      'Die Strategie heißt „{strategy}“, das Profil ist {profile}.',
      'Der Kontext bestimmt, wohin der Blick geht; die Fakten des Charts bleiben dieselben.',
    ], [
      'Definierte Zentren: {defined}.',
      'Was definiert ist, bleibt, auch wenn sich die Umgebung ändert.',
      'Offene Zentren: {open}.',
      'Was offen ist, nimmt auf, was von anderen kommt.',
      'Als Definition nennt das Chart „{definition}“, als Kanäle: {channels}.',
    ], [
      'In dem Zusammenhang, den du beschreibst, treffen diese Linien aufeinander.',
      '{focus}',
      'Das Profil {profile} zeigt sich darin, wie du in all dem anderen begegnest.',
    ], [
      'Zwischen dem, was definiert ist, und dem, was offen bleibt, kann eine Spannung entstehen;',
      'definiert: {defined}; offen: {open}.',
      'Die Autorität {authority} hat ihr eigenes Tempo, und die Umgebung hat ein anderes.',
      'Das ist weder gut noch schlecht; es ist der Ort, an dem sich beides berührt.',
    ], [
      'So weit reicht, was das Chart zu diesem Kontext sagt:',
      '{type}, Autorität {authority}, Profil {profile}.',
      'Zum Inkarnationskreuz steht dort: {cross}.',
      'Mehr ist an dieser Stelle nicht hinzuzufügen.',
    ]],
    none: 'In der Aufgabe stehen keine Fakten eines Charts. Darum gibt es nichts zu schreiben.',
  },
  en: {
    labels: {
      type: 'Type',
      authority: 'Authority',
      strategy: 'Strategy',
      profile: 'Profile',
      definition: 'Definition',
      defined: 'Defined centres',
      open: 'Open centres',
      channels: 'Channels',
      cross: 'Incarnation cross',
    },
    focus: (label, text) => `On "${label}" the chart says: ${text}.`,
    parts: [[
      'You write: "{context}"',
      'To this the chart names the type {type} and the authority {authority}.',
      'From here your situation can be read: the strategy is "{strategy}", the profile {profile}.',
      'The context decides where to look; the facts of the chart stay the same.',
    ], [
      'Defined centres: {defined}.',
      'What is defined stays, even when the surroundings change.',
      'Open centres: {open}.',
      'What is open takes in what comes from others.',
      'As definition the chart names "{definition}", as channels: {channels}.',
    ], [
      'In the situation you describe these lines meet.',
      '{focus}',
      'The profile {profile} shows in how you meet others in all this.',
    ], [
      'Between what is defined and what stays open a tension can arise;',
      'defined: {defined}; open: {open}.',
      'The authority {authority} has a pace of its own, and the surroundings have another.',
      'This is neither for praise nor for blame; it is the place where the two touch.',
    ], [
      'So far goes what the chart says on this context:',
      '{type}, authority {authority}, profile {profile}.',
      'On the incarnation cross it says: {cross}.',
      'There is nothing to add at this point.',
    ]],
    none: 'The task holds no facts of a chart. There is nothing to write about.',
  },
};

const textOf = (message) => (typeof message.content === 'string' ? message.content : '');

// The blocks of a message, parted by empty lines.
const blocksOf = (text) => text.split(/\n\s*\n/).map((block) => block.trim());

// "Projektor (Projector)" reads as "Projektor": the word in brackets is the customary English one.
const plain = (value) => value.replace(/ \([A-Z][A-Za-z -]*\)/g, '');

// "Label: value" lines of one block, in order.
const pairsOf = (block) => block.split('\n')
  .map((line) => /^([^:|#]+): (.+)$/.exec(line))
  .filter(Boolean)
  .map(([, label, value]) => [label.trim(), plain(value.trim())]);

function readFacts(messages) {
  for (const message of messages.filter((one) => one.role === 'user')) {
    const blocks = blocksOf(textOf(message));
    for (const language of Object.values(languages)) {
      const at = blocks.findIndex((block) => block.startsWith(`${language.labels.type}: `));
      if (at < 0) {
        continue;
      }
      const given = new Map(pairsOf(blocks[at]));
      const facts = Object.fromEntries(
        Object.entries(language.labels).map(([name, label]) => [name, given.get(label) ?? '–']));
      const focus = blocks.slice(at + 1).map(pairsOf).find((pairs) => pairs.length > 1) ?? [];
      facts.focus = focus.map(([label, text]) => language.focus(label, text)).join(' ');
      const quoted = blocks.find((block) => block.startsWith('| ')) ?? '';
      const context = quoted.split('\n').map((line) => line.replace(/^\| ?/, '')).join(' ').trim();
      facts.context = context.length > 160 ? `${context.slice(0, 160).trim()} …` : context;
      return { language, facts };
    }
  }
  return undefined;
}

function write(request) {
  const system = request.messages.filter((one) => one.role === 'system').map(textOf).join('\n');
  const headings = system.match(/^## \d\. .*$/gm) ?? [];
  const found = readFacts(request.messages);
  if (!found) {
    return / (der|die|das|und) /.test(system) ? languages.de.none : languages.en.none;
  }
  const { language, facts } = found;
  const fill = (sentence) => sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  return language.parts
    .map((part, i) => [headings[i], part.map(fill).join(' ')].filter(Boolean).join('\n\n'))
    .join('\n\n');
}

// aimock paces its chunks by tokens a second; one chunk counts as one.
const chunkChars = 12;
const usualChars = 1900;
const model = new LLMock({ host: '127.0.0.1', port: Number(options.port), chunkSize: chunkChars });
const streamingProfile = seconds === 0 ? {} : {
  streamingProfile: {
    ttft: Math.round(seconds * 100), tps: usualChars / chunkChars / (seconds * 0.9), jitter: 0.3,
  },
};
model.on({ predicate: () => true }, (request) => ({ content: write(request) }), streamingProfile);
await model.start();

// Whoever waits for the file must not see it half written.
writeFileSync(`${positionals[0]}.new`, `${model.port}\n`);
renameSync(`${positionals[0]}.new`, positionals[0]);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    model.stop().finally(() => process.exit(0));
  });
}
