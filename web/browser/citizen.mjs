// Tries the citizen's pages in a real browser: log in with the sandbox's ID-porten, see the access log and the insight, log out.
// `KILDE_URL=http://127.0.0.1:8080 npm run test:citizen`. CHROMIUM names another browser than /usr/bin/chromium.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath) || !process.env.KILDE_URL) {
  console.error(`SKIPPED: no browser at ${executablePath}, or no KILDE_URL`);
  process.exit(0);
}
const base = process.env.KILDE_URL.replace(/\/$/, '');
const pictures = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'kilde-citizen-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const words = {
  nb: { own: 'Til min side', login: 'Logg inn med ID-porten', enter: 'Logg inn', log: 'Hvem har sett opplysningene mine?', insight: 'Alt som er registrert om meg', out: 'Logg ut' },
  nn: { own: 'Til mi side', login: 'Logg inn med ID-porten', enter: 'Logg inn', log: 'Kven har sett opplysningane mine?', insight: 'Alt som er registrert om meg', out: 'Logg ut' },
  en: { own: 'To my page', login: 'Log in with ID-porten', enter: 'Log in', log: 'Who has seen my information?', insight: 'Everything that is registered about me', out: 'Log out' },
};

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'] });
let failed = 0;

async function check(name, run) {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, bypassCSP: false });
  const page = await context.newPage();
  const troubles = [];
  page.on('console', (message) => message.type() === 'error' && !message.location().url.endsWith('/favicon.ico') && troubles.push(message.text()));
  page.on('request', (request) => request.url().startsWith(`${base}/`) || troubles.push(`other host: ${request.url()}`));
  try {
    await run(page, context);
    assert.deepEqual(troubles, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL  ${name}\n${error.message}\n${troubles.join('\n')}`);
  }
  await context.close();
}

// Evaluated by the debugger, past the pages' own policy, which allows no script at all.
async function readable(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
    return result.violations.map((v) => `${v.id}: ${v.help}\n   ${v.nodes.map((n) => n.html.slice(0, 160)).join('\n   ')}`);
  });
  assert.deepEqual(found, [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${name} runs off the side`);
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

for (const [lang, text] of Object.entries(words)) {
  await check(`a citizen logs in, sees, and logs out (${lang})`, async (page, context) => {
    await page.goto(`${base}/9901/innbygger?lang=${lang}`);
    assert.equal(await page.locator('html').getAttribute('lang'), lang);
    await readable(page, `${lang}-start`);
    await page.getByRole('link', { name: text.login }).click();
    await readable(page, `${lang}-id-porten`);
    await page.getByRole('combobox').first().selectOption('11833810555');
    await page.getByRole('button', { name: text.enter, exact: true }).click();
    // On to her own page; what the server makes is there for who has no script.
    await page.waitForURL(`${base}/9901/innbygger/min-side?lang=${lang}`);
    await page.goto(`${base}/9901/innbygger?lang=${lang}`);
    await page.getByRole('link', { name: text.own }).waitFor();
    await page.getByRole('button', { name: text.out }).waitFor();
    await readable(page, `${lang}-inside`);
    const cookies = (await context.cookies()).filter((cookie) => cookie.name === '__Host-kilde-9901');
    assert.equal(cookies.length, 1);
    assert.ok(cookies[0].httpOnly && cookies[0].secure && cookies[0].sameSite === 'Strict');
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    assert.deepEqual(kept, [0, 0, '']);
    await page.getByRole('link', { name: text.insight }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), lang);
    await readable(page, `${lang}-insight`);
    await page.goBack();
    await page.getByRole('link', { name: text.log }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await readable(page, `${lang}-log`);
    await page.getByRole('link').first().click();
    await page.getByRole('button', { name: text.out }).press('Enter');
    await page.getByRole('link', { name: text.login }).waitFor();
    const after = (await context.cookies()).filter((cookie) => cookie.name === '__Host-kilde-9901');
    assert.equal(after.length, 0);
  });
}

await check('who is not logged in is shown where to log in', async (page) => {
  await page.goto(`${base}/9901/innbygger/innsyn`);
  await page.getByRole('link', { name: /ID-porten/ }).waitFor();
});

await check('another site sends no session', async (page, context) => {
  await page.goto(`${base}/9901/innbygger`);
  await page.getByRole('link', { name: /ID-porten/ }).click();
  await page.locator('button[value=login]').click();
  await page.waitForURL(/min-side/);
  // `localhost` is another site than 127.0.0.1 to the browser.
  const other = await context.newPage();
  const elsewhere = base.replace('127.0.0.1', 'localhost');
  await other.route(`${elsewhere}/**`, (route) => route.fulfill({ contentType: 'text/html', body: `<a href="${base}/9901/innbygger/innsyn">x</a>` }));
  await other.goto(`${elsewhere}/x`);
  await other.getByRole('link').click();
  await other.getByRole('link', { name: /ID-porten/ }).waitFor();
});

await browser.close();
console.log(`screenshots: ${pictures}`);
process.exit(failed ? 1 : 0);
