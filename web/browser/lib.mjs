// What the browser tests have in common: a browser, pages that write down their troubles, axe, widths, pictures.
// `KILDE_URL` is where the server is. CHROMIUM names another browser than /usr/bin/chromium, SCREENSHOTS a folder to keep the pictures in.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath) || !process.env.KILDE_URL) {
  console.error(`SKIPPED: no browser at ${executablePath}, or no KILDE_URL`);
  process.exit(0);
}

export const base = process.env.KILDE_URL.replace(/\/$/, '');
export const pictures = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'kilde-web-'));
mkdirSync(pictures, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const widths = [360, 768, 1440];

export const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-default-apps'],
});
let failed = 0;

/** Runs a test with a page of its own; whatever the browser complains of, and every request to another host, fails it. */
export async function check(name, run, options = {}) {
  const context = await browser.newContext({ locale: 'nb-NO', viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.troubles = troubles;
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && troubles.push(`console: ${message.text()} ${message.location().url}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    if (!request.url().startsWith(`${base}/`) && !/^(data|blob|about):/.test(request.url())) troubles.push(`other host: ${request.url()}`);
  });
  try {
    await run(page, context);
    // There is no reservation until she makes one.
    expected(page, /404.*\/innbygger\/reservasjon$/);
    assert.deepEqual(troubles, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    await page.screenshot({ path: join(pictures, `failed-${failed}.png`), fullPage: true }).catch(() => {});
    console.error(`FAIL  ${name}\n${error.stack}\n${troubles.join('\n')}`);
  }
  await context.close();
}

/** Ends the run. */
export async function done() {
  await browser.close();
  console.log(`screenshots: ${pictures}`);
  process.exit(failed ? 1 : 0);
}

/** Waits until what moves has come to rest: what is half faded in has the contrast of neither. */
const rest = (frame) =>
  frame.evaluate(() => {
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    return Promise.allSettled(passing.map((one) => one.finished)).then(() => undefined);
  });

/** What axe finds in a frame; evaluated by the debugger, past the page's own policy, which allows no injected script. */
export async function violations(frame) {
  await rest(frame);
  await frame.evaluate(axe);
  return frame.evaluate(async () => {
    const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], iframes: false });
    return result.violations.map((v) => `${v.id}: ${v.help}\n   ${v.nodes.map((n) => n.html.slice(0, 200)).join('\n   ')}`);
  });
}

const overflow = (frame) => frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Holds a view to axe and its width, at three widths; keeps a picture of each. `frame` is where the view is, if not the page itself. */
export async function holdsUp(page, name, frame = page.mainFrame()) {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 500 ? 740 : 900 });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.equal(await overflow(frame), 0, `${name} runs off the side at ${width}`);
    assert.deepEqual(await violations(frame), [], `${name} at ${width}`);
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
  }
  await page.setViewportSize(before);
}

/** Nothing is kept in the browser that outlives the page. */
export async function keepsNothing(page) {
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, JSON.stringify(history.state?.usr ?? null)]);
  assert.deepEqual(kept, [0, 0, '', 0, 'null']);
}

/** Answers that a test has brought about itself are no trouble. */
export function expected(page, pattern) {
  page.troubles.splice(0, page.troubles.length, ...page.troubles.filter((trouble) => !pattern.test(trouble)));
}

/** What a source may write in any text. */
export const hostile = ['<img src=x onerror=alert(1)>', '<script>alert(2)</script>', '"><svg onload=alert(3)>', 'javascript:alert(4)', '\u202Egnirts desrever\u202C', '{{7*7}} ${7*7}', 'x'.repeat(10_000)];

/** Logs in with the sandbox's ID-porten. */
export async function logIn(page, nin, lang = 'nb') {
  await page.goto(`${base}/9901/innbygger?lang=${lang}`);
  await page.getByRole('link', { name: /ID-porten/ }).click();
  await page.getByRole('combobox').first().selectOption(nin);
  await page.locator('button[value=login]').click();
  await page.waitForURL(/min-side/);
  await page.locator('nav.places').waitFor();
}

/** A client that sends and asks as a persona, with a token and a proof for each request. */
export async function persona(name, patient, { reason, ...more } = {}) {
  const { generateKeyPairSync, createHash, randomUUID, sign } = await import('node:crypto');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const jwk = { crv, kty, x, y };
  const sha = (text) => createHash('sha256').update(text).digest('base64url');
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const given = await fetch(`${base}/sandbox/helseid/persona`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ persona: name, jkt: sha(JSON.stringify(jwk)), ...(patient ? { patient } : {}), ...more }),
  });
  const { access_token: token, error_description: why } = await given.json();
  assert.ok(given.ok, why);
  return (method, path, body) => {
    const url = base + path;
    const unsigned = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${part({ jti: randomUUID(), htm: method, htu: url.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000), ath: sha(token) })}`;
    const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    const headers = { authorization: `DPoP ${token}`, dpop: `${unsigned}.${signature}`, ...(reason ? { 'kilde-reason': encodeURIComponent(reason) } : {}), ...(body ? { 'content-type': path.includes('/okt/') || path.includes('/innbygger/') ? 'application/json' : 'application/fhir+json' } : {}) };
    return fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  };
}
