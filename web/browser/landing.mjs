// Tries the landing page in a real browser: `KILDE_URL=http://127.0.0.1:8080 npm run test:browser`.
// Without KILDE_URL it serves dist/ itself. CHROMIUM names another browser than /usr/bin/chromium,
// SCREENSHOTS a folder to keep the pictures in.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { serve } from './serve.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  console.error(`SKIPPED: no browser at ${executablePath}`);
  process.exit(0);
}
const own = process.env.KILDE_URL ? null : await serve();
const base = (process.env.KILDE_URL ?? own.url).replace(/\/$/, '');
const pictures = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'kilde-web-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const languages = {
  nb: { name: 'Bokmål', notDevice: 'Ikke medisinsk utstyr', copied: 'Kopiert' },
  nn: { name: 'Nynorsk', notDevice: 'Ikkje medisinsk utstyr', copied: 'Kopiert' },
  en: { name: 'English', notDevice: 'Not a medical device', copied: 'Copied' },
};

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-default-apps'],
});
const troubles = [];
let failed = 0;

/** A page that writes down errors and requests to other hosts. */
async function open(options = {}, address = '/') {
  const context = await browser.newContext({ locale: 'nb-NO', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base });
  const page = await context.newPage();
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && troubles.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${base}/`) && !request.url().startsWith('data:')) troubles.push(`other host: ${request.url()}`);
  });
  await page.goto(base + address, { waitUntil: 'networkidle' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

async function check(name, run) {
  troubles.length = 0;
  try {
    await run();
    assert.deepEqual(troubles, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL  ${name}\n${error.message}`);
  }
}

// axe through the debugger, past the page's own policy, which allows no injected script.
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return result.violations.map((v) => `${v.id}: ${v.help}\n   ${v.nodes.map((n) => n.html.slice(0, 160)).join('\n   ')}`);
  });
  return found;
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

await check('the page loads, tells what it is not, and shows personas and citizens', async () => {
  const page = await open({ viewport: { width: 1280, height: 900 } });
  assert.equal(await page.locator('html').getAttribute('lang'), 'nb');
  await page.getByRole('heading', { name: 'Ikke medisinsk utstyr' }).waitFor();
  await page.getByRole('rowheader', { name: 'saksbehandler-nordvik' }).waitFor();
  await page.getByRole('cell', { name: '22750884907' }).waitFor();
  assert.ok((await page.getByRole('img').count()) >= 1);
  await page.screenshot({ path: join(pictures, 'wide.png'), fullPage: true });
  await page.context().close();
});

await check('every language is whole, and stays in the address', async () => {
  const page = await open();
  for (const [code, { name, notDevice }] of Object.entries(languages)) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('heading', { name: notDevice }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), code);
    assert.equal(new URL(page.url()).searchParams.get('lang'), code);
    assert.equal(await page.getByRole('button', { name, exact: true }).getAttribute('aria-pressed'), 'true');
  }
  await page.context().close();
  const english = await open({}, '/?lang=en');
  await english.getByRole('heading', { name: 'Two stories to try' }).waitFor();
  await english.context().close();
});

await check('a command is copied as it stands', async () => {
  const page = await open();
  const button = page.getByRole('button', { name: /^Kopier kommandoen/ }).nth(1);
  const command = await page.locator('.command pre').nth(1).innerText();
  await button.click();
  await page.locator('.command').nth(1).getByText('Kopiert').first().waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied.trim(), command.trim());
  assert.match(copied, /okt-events/);
  await page.context().close();
});

for (const code of Object.keys(languages)) {
  await check(`axe finds nothing (${code})`, async () => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await open({ colorScheme, viewport: { width: 1280, height: 900 } }, `/?lang=${code}`);
      assert.deepEqual(await violations(page), [], colorScheme);
      await page.screenshot({ path: join(pictures, `${code}-${colorScheme}.png`) });
      await page.context().close();
    }
  });
}

await check('nothing runs off the side at 320 px, as at 400 % zoom', async () => {
  for (const code of Object.keys(languages)) {
    const page = await open({ viewport: { width: 320, height: 256 } }, `/?lang=${code}`);
    assert.equal(await overflow(page), 0, code);
    assert.deepEqual(await violations(page), [], code);
    await page.screenshot({ path: join(pictures, `${code}-320.png`), fullPage: true });
    await page.context().close();
  }
});

await check('text may be spaced out', async () => {
  const page = await open({ viewport: { width: 320, height: 640 } });
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }');
    document.adoptedStyleSheets = [sheet];
  });
  assert.equal(await overflow(page), 0);
  await page.context().close();
});

await check('the keyboard reaches everything, first of all the way past the header', async () => {
  const page = await open();
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /Hopp til hovedinnhold/);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  const seen = new Set();
  for (let i = 0; i < 80; i += 1) {
    await page.keyboard.press('Tab');
    seen.add(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''));
  }
  assert.ok([...seen].some((name) => name.startsWith('Kommando:')));
  assert.ok([...seen].some((name) => name.startsWith('Kopier kommandoen:')));
  assert.ok([...seen].some((name) => name.startsWith('Tabell:')));
  assert.ok([...seen].some((name) => name.includes('Er Kilde klar?')));
  await page.context().close();
});

await check('nothing is kept in the browser', async () => {
  const page = await open();
  const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  assert.deepEqual(kept, [0, 0, '']);
  await page.context().close();
});

await check('a sandbox that does not answer is told of', async () => {
  const context = await browser.newContext({ locale: 'nb-NO' });
  const page = await context.newPage();
  await page.route('**/sandbox/personas', (route) => route.abort());
  await page.goto(`${base}/`);
  await page.getByText('kunne ikke hentes').waitFor();
  await context.close();
});

await browser.close();
own?.stop();
console.log(`screenshots: ${pictures}`);
process.exit(failed ? 1 : 0);
