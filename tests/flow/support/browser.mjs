// A real browser: Debian's Chromium, driven by playwright.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../npm/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const executablePath = '/usr/bin/chromium';
// scripts/bootstrap --tests installs it.
export const skip = existsSync(executablePath) ? false : 'Chromium is not installed';

export class Browser {
  complaints = [];
  contexts = [];

  async start() {
    this.browser = await chromium.launch({
      executablePath, headless: true, args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
      ],
    });
    return this;
  }

  // A page in a profile of its own; what goes wrong in it, scripts that fail or a policy that is
  // violated, is kept in complaints.
  async open(url, { locale = 'de-DE' } = {}) {
    const context = await this.browser.newContext({ locale });
    this.contexts.push(context);
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.stack));
    page.on('console', (message) => {
      // A refused request is an error to the browser; to a page it is an answer.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.complaints.push(message.text());
      }
    });
    await page.goto(url);
    return page;
  }

  async closePages() {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
  }

  async stop() {
    await this.browser?.close();
  }
}
