// The API key: asked for when the server wants one, kept in this tab only.
import { byId } from './dom.js';
import { onLanguage, t } from './language.js';

const storageName = 'agenthost.key';
const form = byId('access');
const input = byId('key');
const problem = byId('key-error');
let key = read();
let asking = null; // {promise, resolve} while the form is shown
let why = ''; // what is wrong with the key there is, a word

function read() {
  try {
    return sessionStorage.getItem(storageName) ?? '';
  } catch {
    return ''; // storage is forbidden here
  }
}

function keep(text) {
  key = text;
  try {
    sessionStorage.setItem(storageName, text);
  } catch {
    // It holds until the page is left.
  }
}

function draw() {
  form.hidden = asking === null;
  problem.hidden = why === '';
  problem.textContent = t[why] ?? '';
  input.setAttribute('aria-invalid', why !== '');
}

function askForKey(reason) {
  why = reason;
  if (asking === null) {
    asking = {};
    asking.promise = new Promise((resolve) => { asking.resolve = resolve; });
  }
  draw();
  input.focus();
  return asking.promise;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (text === '') {
    why = 'missing';
    draw();
    return;
  }
  keep(text);
  const { resolve } = asking;
  asking = null;
  why = '';
  draw();
  resolve();
});

onLanguage(draw);

// Gives what call(key) gives, with as many keys as it takes until the server is content.
export async function withKey(call) {
  for (;;) {
    try {
      return await call(key);
    } catch (error) {
      if (error.status === 401) {
        await askForKey(key === '' ? '' : 'keyWrong');
      } else if (error.code === 'DENIED') {
        await askForKey('keyWeak');
      } else {
        throw error;
      }
    }
  }
}
