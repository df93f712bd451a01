// The little of Markdown that readings use, as DOM nodes: headings, paragraphs, lists, quotations,
// rules, **strong**, *emphasis*. Everything else, HTML and links too, stays the text it is.
import { make } from './dom.js';

const blocks = [
  { line: /^(#{1,6}) +(.*?) *#*$/, kind: 'heading' },
  { line: /^ *([-*_])( *\1){2,} *$/, kind: 'rule' },
  { line: /^ *[-*+] +(.*)$/, kind: 'ul' },
  { line: /^ *\d{1,3}[.)] +(.*)$/, kind: 'ol' },
  { line: /^ *> ?(.*)$/, kind: 'blockquote' },
  { line: /^\s*$/, kind: 'gap' },
];

const pieces = /\*\*(\S(?:.*?\S)?)\*\*|\*(\S(?:.*?\S)?)\*/g;

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(pieces)) {
    nodes.push(text.slice(from, match.index));
    nodes.push(match[1] === undefined ? make('em', {}, match[2]) : make('strong', {}, match[1]));
    from = match.index + match[0].length;
  }
  return [...nodes, text.slice(from)];
}

function classify(line) {
  for (const { line: pattern, kind } of blocks) {
    const match = pattern.exec(line);
    if (match) {
      return { kind, match };
    }
  }
  return { kind: 'p' };
}

// A fragment of sections, each under its heading. The page's own heading is the h1.
export function markdown(text) {
  const fragment = document.createDocumentFragment();
  let section = fragment; // where blocks go
  let open = null; // the block that further lines may join
  const add = (kind, ...nodes) => {
    open = { kind, element: make(kind, {}, ...nodes) };
    section.append(open.element);
  };
  for (const line of text.split('\n')) {
    const { kind, match } = classify(line);
    if (kind === 'heading') {
      section = make('section');
      fragment.append(section);
      add(`h${Math.min(Math.max(match[1].length, 2), 4)}`, ...inline(match[2]));
      open = null;
    } else if (kind === 'rule') {
      section = fragment;
      section.append(make('hr'));
      open = null;
    } else if (kind === 'ul' || kind === 'ol') {
      if (open?.kind !== kind) {
        add(kind);
      }
      open.element.append(make('li', {}, ...inline(match[1])));
    } else if (kind === 'gap') {
      open = null;
    } else {
      const words = kind === 'p' ? line : match[1];
      if (open?.kind === kind) {
        open.element.append(' ', ...inline(words));
      } else {
        add(kind, ...inline(words));
      }
    }
  }
  return fragment;
}
