// Opening an app in the sandbox's journal, and looking at it in its frame.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { base, pictures, violations, widths } from './lib.mjs';

/** Opens a patient in the journal; gives the frame of the app. */
export async function open(page, name, { user, lang = 'nb', app = 'legevakt' } = {}) {
  await page.goto(`${base}/epj?lang=${lang}`);
  await page.getByRole('heading', { level: 2, name: /Solveig/ }).waitFor();
  if (user) await page.getByRole('combobox').selectOption(user);
  await page.locator('ol.triage li', { hasText: name }).getByRole('button').nth(app === 'legevakt' ? 0 : 1).click();
  await page.locator('iframe').waitFor();
  return appOf(page);
}

/** The frame of the app that is open. */
export async function appOf(page) {
  const handle = await page.locator('iframe').elementHandle();
  const frame = await handle.contentFrame();
  await frame.locator('.patient h1, main h1').first().waitFor();
  return frame;
}

/** The app at three widths, in its frame. */
export async function framedHoldsUp(page, frame, name) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 500 ? 740 : 900 });
    const wide = await frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `${name} runs off the side at ${width}`);
    assert.deepEqual(await violations(frame), [], `${name} at ${width}`);
    assert.deepEqual(await violations(page), [], `${name}, the journal around it, at ${width}`);
    // All of the app, not only what the frame shows of it.
    const height = await frame.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(height + 60, 4000) });
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`) });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
