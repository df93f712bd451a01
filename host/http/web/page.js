// The page: in a language, and one of two views by the address: #reading=ID&token=… shows that
// reading, also after a reload; everything else asks for one.
import { fillWords, language, onLanguage, setLanguage } from './language.js';
import { byId } from './dom.js';
import { showOrder } from './order.js';
import { showReading } from './reading.js';

const buttons = document.querySelectorAll('.languages button');

function draw() {
  fillWords();
  for (const button of buttons) {
    button.setAttribute('aria-pressed', button.lang === language);
  }
}

function show() {
  const address = new URLSearchParams(location.hash.slice(1));
  const id = address.get('reading');
  showOrder(id === null);
  showReading(id, address.get('token') ?? '');
}

for (const button of buttons) {
  button.addEventListener('click', () => setLanguage(button.lang));
}
onLanguage(draw);
window.addEventListener('hashchange', () => {
  show();
  document.querySelector('section:not([hidden]) h1').focus();
});
show();
