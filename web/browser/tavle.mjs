// Tries the ward board's registration in a real browser: `KILDE_URL=http://127.0.0.1:8080 npm run test:tavle`.

import assert from 'node:assert/strict';
import { framedHoldsUp, open } from './journal.mjs';
import { check, done, expected, keepsNothing, persona } from './lib.mjs';

const KAD = 'sykepleier-kad-nordvik';
const set = { Respirasjon: '25', Oksygenmetning: '93', 'Oksygen': '2', 'Systolisk blodtrykk': '98', Puls: '118', Temperatur: '38,6' };

async function fill(app, values) {
  for (const [name, value] of Object.entries(values)) await app.getByLabel(name, { exact: true }).fill(value);
}

await check('a set is registered with the keyboard alone, scored while typing, and the service agrees', async (page) => {
  const app = await open(page, 'Solveig', { user: KAD, app: 'tavle' });
  await app.getByText('Mangler 7 av 7').waitFor();
  await framedHoldsUp(page, app, 'tavle-empty');
  await app.getByLabel('Respirasjon', { exact: true }).focus();
  for (const value of Object.values(set)) {
    await page.keyboard.type(value);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Space');
  assert.equal(await app.locator('.bottom .big').innerText(), '12');
  assert.match(await app.locator('.bottom .word').innerText(), /Høy/);
  await framedHoldsUp(page, app, 'tavle-typed');
  await app.getByLabel('Temperatur', { exact: true }).press('Enter');
  await app.locator('.sent li', { hasText: 'NEWS2 12, Høy' }).getByText('Lagret').waitFor();
  await app.locator('section[aria-labelledby=measurements] .big', { hasText: '12' }).waitFor();
  assert.equal(await app.evaluate(() => document.activeElement?.closest('.vital')?.textContent?.startsWith('Respirasjon')), true, 'ready for the next set');
  await framedHoldsUp(page, app, 'tavle-stored');
  await keepsNothing(page);
});

await check('both scales, values that are questioned, and what is no number', async (page) => {
  const app = await open(page, 'Arne', { user: KAD, app: 'tavle' });
  await fill(app, { ...set, Oksygenmetning: '88', Oksygen: '0' });
  await app.getByLabel('Våken (A)').click();
  assert.equal(await app.locator('.bottom .big').innerText(), '11');
  await app.getByText('Skala 2, mål 88–92 %').click();
  assert.equal(await app.locator('.bottom .big').innerText(), '8');
  await fill(app, { Temperatur: '73' });
  await app.getByText(/utenfor det som vanligvis måles: Temperatur/).waitFor();
  await app.getByText('Mangler 1 av 7').waitFor();
  await app.getByRole('button', { name: 'Registrer' }).click();
  assert.equal(await app.locator('.sent li').count(), 0, 'it is not sent until it is confirmed');
  await framedHoldsUp(page, app, 'tavle-odd');
  await fill(app, { Temperatur: 'varm' });
  await app.getByRole('button', { name: 'Registrer' }).click();
  await app.getByText('Skriv et tall.').waitFor();
  await fill(app, { Temperatur: '37,0' });
  await app.getByRole('button', { name: 'Registrer' }).click();
  await app.locator('.sent li').getByText('Lagret').waitFor();
});

await check('without net a set is kept, shown as unsent, sent once, and never twice', async (page) => {
  const app = await open(page, 'Olav', { user: KAD, app: 'tavle' });
  await app.getByText('Mangler 7 av 7').waitFor();
  const nurse = await persona(KAD, '11833810555');
  const stored = async () => (await (await nurse('GET', '/9901/fhir/r4/Observation?code=http://loinc.org|8867-4&value-quantity=61')).json()).total;
  const before = await stored();
  let cut = 'before';
  await page.context().route('**/9901/fhir/r4', async (route) => {
    if (route.request().method() !== 'POST' || cut === '') return route.continue();
    // The second time the answer is lost, not the request.
    if (cut === 'after') await route.fetch();
    return route.abort();
  });
  await fill(app, { Puls: '61' });
  await app.getByRole('button', { name: 'Registrer' }).click();
  await app.getByText('Ikke sendt', { exact: true }).waitFor();
  await framedHoldsUp(page, app, 'tavle-unsent');
  cut = 'after';
  await app.getByRole('button', { name: 'Send nå' }).click();
  await app.getByText('Ikke sendt', { exact: true }).waitFor();
  cut = '';
  await app.getByRole('button', { name: 'Send nå' }).click();
  await app.locator('.sent li').getByText('Lagret').waitFor();
  assert.equal(await app.locator('.sent li').count(), 1);
  expected(page, /ERR_FAILED/);
  assert.equal(await stored(), before + 1);
});

await check('who may not write is told so, and her set is not lost from sight', async (page) => {
  const app = await open(page, 'Hilde', { user: 'fysioterapeut-nordvik', app: 'tavle' });
  await app.getByLabel('Puls', { exact: true }).fill('66');
  await app.getByRole('button', { name: 'Registrer' }).click();
  await app.getByText('Avvist').waitFor();
  await framedHoldsUp(page, app, 'tavle-refused');
  expected(page, /403/);
});

await done();
