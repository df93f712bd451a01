// The page of a host that wants a key: asked for, kept in its tab, not needed with a read token.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Browser, skip } from '../support/browser.mjs';
import { Host } from '../support/host.mjs';
import { makeFolder, sourceDir } from '../support/process.mjs';
import { Model, Redis, onFreePort } from '../support/services.mjs';

const reader = 'reader-0123456789abcdef';
const shop = 'shop-0123456789abcdefgh';

const folder = makeFolder();
const redis = new Redis(folder);
const model = new Model(folder);
const browser = new Browser();
let host, base;

before(async () => {
  if (skip) {
    return;
  }
  await redis.start();
  await model.start({ answer: join(sourceDir, 'plugins/business/testdata/de.answer.md') });
  host = new Host(folder, { redis, model });
  host.installReadingAgents();
  await onFreePort(async (port) => {
    base = `http://127.0.0.1:${port}`;
    host.configure({
      http: { listen: `127.0.0.1:${port}`, keys: `reader:read:${reader}, shop:execute:${shop}` },
    });
    await host.start();
  });
  await browser.start();
});

afterEach(async () => {
  await browser.closePages();
  assert.deepEqual(browser.complaints.splice(0), []);
});

after(async () => {
  await browser.stop();
  await host?.stop();
  await model.stop();
  await redis.stop();
});

async function giveKey(page, key) {
  await page.getByLabel('API-Schlüssel').fill(key);
  await page.getByRole('button', { name: 'Weiter' }).click();
}

const title = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

async function order(page) {
  await page.getByLabel('Worum geht es?').fill('Ein neues Team beginnt.');
  await page.getByLabel('Datum').fill('1969-07-20');
  await page.getByLabel('Uhrzeit').fill('15:17');
  await page.getByLabel('Zeitzone').fill('America/Chicago');
  await page.getByRole('button', { name: 'Reading anfragen' }).click();
}

test('a key is asked for until one is good enough', { skip }, async () => {
  const page = await browser.open(base);
  await page.getByText('Dieser Server verlangt einen API-Schlüssel.').waitFor();
  await giveKey(page, 'wrong-0123456789abcdef');
  await page.getByText('Dieser Schlüssel wird nicht angenommen.').waitFor();
  await giveKey(page, reader);
  await title(page, 'Ein Reading anfragen');
  await order(page);
  await page.getByText(/Dieser Schlüssel erlaubt das nicht/).waitFor();
  await giveKey(page, shop);
  await title(page, 'Dein Reading');

  await page.reload();
  await page.getByRole('link', { name: 'Neues Reading' }).click();
  await title(page, 'Ein Reading anfragen');
  await page.getByRole('radio').first().waitFor();
  assert.deepEqual(await page.evaluate(() => Object.values({ ...sessionStorage })), [shop]);
  assert.deepEqual(await page.evaluate(() => Object.values({ ...localStorage })), []);
});

test('a link opens its reading without a key, a spoilt one asks for a key', { skip }, async () => {
  const page = await browser.open(base);
  await giveKey(page, shop);
  await order(page);
  await title(page, 'Dein Reading');
  const link = page.url();

  const guest = await browser.open(link);
  await title(guest, 'Dein Reading');
  assert.equal(await guest.locator('article section').count(), 5);

  const late = await browser.open(link.replace(/token=.*/, 'token=1.x'));
  await late.getByText(/Der Link ist abgelaufen/).waitFor();
  await giveKey(late, reader);
  await title(late, 'Dein Reading');
  assert.notEqual(late.url(), link.replace(/token=.*/, 'token=1.x'));
});
