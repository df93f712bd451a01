// The language in force: what the reader chose, else what the browser prefers.
import { words } from './words.js';

const listeners = [];

function stored() {
  try {
    return localStorage.getItem('agenthost.language');
  } catch {
    return null; // storage is forbidden here
  }
}

export let language = [stored(), ...navigator.languages.map((tag) => tag.slice(0, 2)), 'en']
  .find((tag) => Object.hasOwn(words, tag));
export let t = words[language];

// Calls redraw now and after every change.
export function onLanguage(redraw) {
  listeners.push(redraw);
  redraw();
}

export function setLanguage(tag) {
  language = tag;
  t = words[tag];
  try {
    localStorage.setItem('agenthost.language', tag);
  } catch {
    // It holds until the page is left.
  }
  listeners.forEach((redraw) => redraw());
}

export function fillWords() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-word]')) {
    element.textContent = t[element.dataset.word];
  }
  for (const element of document.querySelectorAll('[data-word-label]')) {
    element.setAttribute('aria-label', t[element.dataset.wordLabel]);
  }
}

// A name or title given in languages: {de, en}.
export function inLanguage(texts, otherwise) {
  return texts?.[language] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? otherwise;
}
