// The page, used as people use it: by its labels, in a real browser, against the whole program.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Browser, skip } from '../support/browser.mjs';
import { Host } from '../support/host.mjs';
import { makeFolder, sourceDir } from '../support/process.mjs';
import { Model, Redis, onFreePort } from '../support/services.mjs';

const about = 'Ein neues Team von vier Menschen beginnt ein großes Projekt.';
const labels = {
  de: {
    context: 'Worum geht es?', date: 'Datum', time: 'Uhrzeit', zone: 'Zeitzone',
    send: 'Reading anfragen',
  },
  en: {
    context: 'What is it about?', date: 'Date', time: 'Time', zone: 'Time zone',
    send: 'Ask for the reading',
  },
};

const folder = makeFolder();
const redis = new Redis(folder);
const model = new Model(folder);
const browser = new Browser();
let host, base;

// What the model says of the same chart in English.
function writeEnglish() {
  const text = readFileSync(join(sourceDir, 'plugins/business/testdata/en.answer.md'), 'utf8');
  const file = join(folder, 'answer.md');
  writeFileSync(file, text.replace('Projector with splenic', 'Generator with sacral'));
  return file;
}

before(async () => {
  if (skip) {
    return;
  }
  await redis.start();
  const german = join(sourceDir, 'plugins/business/testdata/de.answer.md');
  await model.start({ answer: german, rule: `## 5. Closing=${writeEnglish()}`, events: 60 });
  host = new Host(folder, { redis, model, settings: { 'provider.openai': { practice: 'yes' } } });
  host.installReadingAgents();
  await onFreePort(async (port) => {
    base = `http://127.0.0.1:${port}`;
    host.configure({ http: { listen: `127.0.0.1:${port}`, limiter: 'off' } });
    await host.start();
  });
  await browser.start();
});

afterEach(async () => {
  if (!skip) {
    await browser.closePages();
    await model.set({ 'tokens-per-second': 0, 'latency-ms': 0, fault: '' });
    assert.deepEqual(browser.complaints.splice(0), []);
  }
});

after(async () => {
  await browser.stop();
  await host?.stop();
  await model.stop();
  await redis.stop();
});

const check = (name, run) => test(name, { skip, timeout: 120_000 }, run);
// So slow that a reading takes about six seconds.
const writeSlowly = () => model.set({ 'tokens-per-second': 10 });

async function fill(page, language = 'de', values = {}) {
  const label = (name) => page.getByLabel(labels[language][name], { exact: true });
  const usual = { context: about, date: '1969-07-20', time: '15:17', zone: 'America/Chicago' };
  for (const [name, value] of Object.entries({ ...usual, ...values })) {
    await label(name).fill(value);
  }
}

async function send(page, language = 'de') {
  await page.getByRole('button', { name: labels[language].send }).click();
}

async function order(values, options) {
  const page = await browser.open(base, options);
  await fill(page, 'de', values);
  await send(page);
  return page;
}

const title = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const parts = (page) => page.locator('article section');

// How many readings there are.
const countReadings = () => host.rows('SELECT count(*) AS count FROM coach_readings')[0].count;

check('it speaks the language of the browser, or the one that is chosen', async () => {
  const page = await browser.open(base);
  await title(page, 'Ein Reading anfragen');
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  await page.getByLabel('Worum geht es?').fill(about);
  await page.getByRole('button', { name: 'English' }).click();
  await title(page, 'Ask for a reading');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await page.getByLabel('What is it about?').inputValue(), about);
  assert.equal(await page.locator('[name=locale]').inputValue(), 'en');
  await page.reload();
  await title(page, 'Ask for a reading');
  await title(await browser.open(base, { locale: 'en-GB' }), 'Ask for a reading');
  await title(await browser.open(base, { locale: 'fr-FR' }), 'Ask for a reading');
});

check('the form is drawn from what the chosen agent takes', async () => {
  host.installTestAgent('plain');
  const bundle = join(host.bundles, 'plain');
  const manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
  writeFileSync(join(bundle, 'manifest.json'), JSON.stringify({
    ...manifest, languages: ['de', 'en'], chart: 'none', inputs: {
      type: 'object', required: ['count'], properties: {
        count: { type: 'integer', title: { de: 'Anzahl', en: 'Count' }, example: 3 },
        nested: { type: 'object', properties: { word: { type: 'string', maxLength: 5 } } },
        tags: { type: 'array', items: { type: 'string' } },
        sure: { type: 'boolean', title: { de: 'Sicher' } },
      },
    },
  }));
  assert.equal((await host.cli('reload')).code, 0);
  const page = await browser.open(base);
  await page.getByRole('radio').first().waitFor();
  const ids = await page.getByRole('radio').evaluateAll((all) => all.map(({ value }) => value));
  assert.deepEqual(ids, ['business', 'crisis', 'personality', 'plain', 'relationship']);
  const context = page.getByLabel('Worum geht es?');
  assert.equal(await context.getAttribute('maxlength'), '4000');
  assert.match(await context.getAttribute('placeholder'), /Ein neues Team/);
  assert.deepEqual(await page.getByLabel('Ton').locator('option').allTextContents(),
    ['– wie üblich –', 'klar', 'direkt', 'ruhig', 'empathisch']);
  assert.ok(await page.getByRole('group', { name: 'Geburtsdaten' }).isVisible());

  await page.getByRole('radio', { name: 'Test' }).check();
  assert.ok(await page.getByRole('group', { name: 'Geburtsdaten' }).isHidden());
  await send(page);
  assert.match(await page.getByLabel('Anzahl').getAttribute('aria-invalid'), /true/);
  await page.getByLabel('Anzahl').fill('7');
  await page.getByRole('textbox', { name: 'word' }).fill('abcdefg');
  await page.getByLabel('tags').fill('one\ntwo');
  await page.getByLabel('Sicher').check();
  await send(page);
  await title(page, 'Dein Reading');
  const [job] = await redis.queue().getJobs(['completed'], 0, 0);
  const { count, nested, tags, sure, locale } = job.data;
  assert.deepEqual({ count, nested, tags, sure, locale },
    { count: 7, nested: { word: 'abcde' }, tags: ['one', 'two'], sure: true, locale: 'de' });
});

check('what is missing or wrong is said at its field', async () => {
  const page = await browser.open(base);
  await send(page);
  const context = page.getByLabel('Worum geht es?');
  assert.equal(await context.getAttribute('aria-invalid'), 'true');
  assert.ok(await context.evaluate((element) => element === document.activeElement));
  assert.equal(await page.locator('#field-context-error').innerText(), 'Bitte ausfüllen.');

  await fill(page, 'de', { date: '1800-01-01' });
  await send(page);
  const date = page.getByLabel('Datum');
  await page.locator('#field-birthDate[aria-invalid=true]').waitFor();
  assert.ok(await date.evaluate((element) => element === document.activeElement));
  const id = (await date.getAttribute('aria-describedby')).split(' ')[0];
  assert.match(await page.locator(`#${id}`).innerText(), /^Mit diesem Datum geht es nicht\.\n.*1886/);
  assert.notEqual(await context.getAttribute('aria-invalid'), 'true');

  await fill(page, 'de', { zone: 'Europe/Nowhere' });
  await send(page);
  await page.locator('[id="field-birthPlace.timezone"][aria-invalid=true]').waitFor();
});

check('a time that the clock showed twice is asked about', async () => {
  const page = await order({ date: '2025-10-26', time: '02:30', zone: 'Europe/Berlin' });
  const fold = page.getByLabel('Welche der beiden?');
  await fold.waitFor();
  await fold.selectOption({ label: 'die zweite, später' });
  await send(page);
  await page.waitForURL(/#reading=/);
  const id = new URLSearchParams(new URL(page.url()).hash.slice(1)).get('reading');
  assert.equal((await redis.queue().getJob(`${id}-1`)).data.fold, 1);
});

check('a reading is watched from its first step to its checked text', async () => {
  await writeSlowly();
  const page = await order();
  await title(page, 'Dein Reading entsteht');
  await page.getByText('Entwurf, noch ungeprüft').waitFor();
  await page.locator('article.draft p').first().waitFor();
  assert.ok(await page.getByText('Der Text entsteht', { exact: true }).first().isVisible());
  const percent = Number(await page.locator('progress').getAttribute('value'));
  assert.ok(percent >= 30 && percent < 100, `${percent}`);
  assert.match(await page.locator('output').innerText(), /^\d+ %$/);

  await title(page, 'Dein Reading');
  assert.ok(await page.getByText(/^Übungstext:/).isVisible());
  assert.ok(await page.getByText('Entwurf, noch ungeprüft').isHidden());
  assert.equal(await parts(page).count(), 5);
  assert.equal(await parts(page).first().getByRole('heading').innerText(),
    '1. Das Chart in deiner Arbeit');
  assert.ok(await page.getByText(/keine Rechts-, Steuer- oder/).isVisible());
  await page.getByText('Woher dieses Reading kommt').click();
  assert.ok(await page.getByText('Generator', { exact: true }).isVisible());
});

check('a page that is loaded anew goes on with the same reading', async () => {
  await writeSlowly();
  const count = countReadings();
  const page = await order();
  await page.locator('article.draft p').first().waitFor();
  await page.reload();
  await title(page, 'Dein Reading entsteht');
  await page.locator('article.draft p').first().waitFor();
  await title(page, 'Dein Reading');
  await page.reload();
  await title(page, 'Dein Reading');
  assert.equal(await parts(page).count(), 5);
  assert.equal(countReadings(), count + 1);
  await page.getByRole('link', { name: 'Neues Reading' }).click();
  await title(page, 'Ein Reading anfragen');
  await page.goBack();
  await title(page, 'Dein Reading');
});

check('an English reading for who wants one', async () => {
  const page = await browser.open(base, { locale: 'en-GB' });
  await fill(page, 'en');
  await send(page, 'en');
  await title(page, 'Your reading');
  assert.equal(await page.locator('article').getAttribute('lang'), 'en');
  assert.ok(await page.getByText(/^Practice text:/).isVisible());
  assert.ok(await page.getByRole('heading', { name: '1. The chart in your work' }).isVisible());
});

check('a failure says its code, and trying again is one click', async () => {
  await model.set({ fault: 'finish=content_filter' });
  const page = await order();
  await title(page, 'Dieses Reading ist nicht entstanden');
  assert.ok(await page.getByText('Das Modell hat die Antwort abgelehnt.').isVisible());
  assert.ok(await page.getByText('REFUSED').isVisible());
  await model.set({ fault: '' });
  await page.getByRole('button', { name: 'Noch einmal versuchen' }).click();
  await title(page, 'Dein Reading');
  assert.equal(await parts(page).count(), 5);
});

check('sending again after an answer that was lost makes no second reading', async () => {
  const count = countReadings();
  const page = await browser.open(base);
  await fill(page);
  let lost = 0;
  await page.route('**/execute', async (route) => {
    if (lost++ === 0) {
      await route.fetch();
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await send(page);
  await page.getByText(/Der Server ist nicht zu erreichen/).waitFor();
  await send(page);
  await title(page, 'Dein Reading');
  assert.equal(countReadings(), count + 1);
});

check('what a model writes is text, whatever it looks like', async () => {
  const page = await browser.open(base);
  const html = await page.evaluate(async () => {
    const { markdown } = await import('/assets/markdown.js');
    const element = document.createElement('div');
    element.append(markdown('## A *b*\n<img src=x onerror=alert(1)> [x](javascript:y)\nmore\n\n'
      + '- one\n- **two**\n\n1. three\n\n> four\n---\nfive ** six'));
    return element.innerHTML;
  });
  assert.equal(html, '<section><h2>A <em>b</em></h2>'
    + '<p>&lt;img src=x onerror=alert(1)&gt; [x](javascript:y) more</p>'
    + '<ul><li>one</li><li><strong>two</strong></li></ul><ol><li>three</li></ol>'
    + '<blockquote>four</blockquote></section><hr><p>five ** six</p>');
});

check('it can be used without a mouse', async () => {
  const page = await browser.open(base);
  await page.getByRole('radio').first().focus();
  await page.keyboard.press('ArrowDown');
  assert.ok(await page.getByRole('radio').nth(1).isChecked());
  const reached = [];
  for (let i = 0; i < 30 && reached.at(-1) !== 'send'; i++) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement.id));
  }
  const controls = await page.locator('#order :is(input:not([type=radio]), select, textarea)')
    .locator('visible=true').evaluateAll((all) => all.map(({ id, labels }) => [id, labels.length]));
  for (const [id, count] of controls) {
    assert.ok(reached.includes(id), `${id} in ${reached}`);
    assert.equal(count, 1, id);
  }
  assert.equal(reached.at(-1), 'send');
});

check('it fits a small screen', async () => {
  const page = await browser.open(base);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole('radio').first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
});

check('what a reading waits for outside itself is said', async () => {
  await model.set({ fault: 'status=429,retry-after=9,first=1' });
  const page = await order();
  await page.getByText('Wartet: der Modellserver bremst.').first().waitFor();
  await title(page, 'Dein Reading');
});
