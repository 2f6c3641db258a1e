// Tries the journal's frame and the emergency clinic's client in a real browser: `KILDE_URL=http://127.0.0.1:8080 npm run test:legevakt`.

import assert from 'node:assert/strict';
import { appOf, framedHoldsUp, open } from './journal.mjs';
import { base, check, done, expected, holdsUp, keepsNothing, hostile as bad, persona, violations } from './lib.mjs';

const SOLVEIG = '04894610447';
const ARNE = '22865110565';
const SANDER = '22750884907';

await check('the journal shows who waits', async (page) => {
  await page.goto(`${base}/epj`);
  await page.getByRole('heading', { level: 2, name: /Solveig Berg, 80 år/ }).waitFor();
  await page.getByText('Rød, straks').waitFor();
  await holdsUp(page, 'epj-list');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByText('Red, at once').waitFor();
});

await check('a patient is opened, and the app knows user and patient', async (page) => {
  const app = await open(page, 'Solveig');
  await app.getByRole('heading', { level: 1, name: 'Solveig Berg' }).waitFor();
  await app.getByText('048946 10447').waitFor();
  await app.getByRole('heading', { level: 3, name: 'Kommunal øyeblikkelig hjelp - døgnopphold' }).waitFor();
  await app.getByText('Ansvarlig: Kommunal akutt døgnenhet i Nordvik').waitFor();
  assert.equal(await app.getByRole('link', { name: 'Ring +4700990122' }).getAttribute('href'), 'tel:+4700990122');
  await app.getByText('Midlertidig stanset').waitFor();
  await app.getByText('3 timer per uke').waitFor();
  assert.equal(await app.locator('.score .big').innerText(), '6');
  assert.match(await app.locator('.score .word').innerText(), /Middels/);
  await app.getByText(/Vanlig for personen: 1\./).first().waitFor();
  assert.match(await app.locator('.plot').getAttribute('aria-label'), /eldst først: 5 .*6 \(/);
  await app.getByText('Vis som tabell').click();
  assert.equal(await app.locator('.trend tbody tr').count(), await app.locator('.plot .point').count());
  await app.getByText('Slik er det regnet ut').click();
  await app.getByRole('cell', { name: '38,4 °C' }).waitFor();
  await app.getByText('Behandling. Journalen har bekreftet').waitFor();
  await framedHoldsUp(page, app, 'legevakt-solveig');
  await keepsNothing(page);
  assert.deepEqual(await app.evaluate(() => [localStorage.length, sessionStorage.length, location.search.includes('code'), /\d{11}/.test(location.href)]), [0, 0, false, false]);
  assert.ok(!/\d{11}/.test(page.url()));
});

await check('dark, and on paper', async (page) => {
  const app = await open(page, 'Solveig');
  await app.locator('.score').waitFor();
  await framedHoldsUp(page, app, 'legevakt-dark');
  await page.emulateMedia({ media: 'print', colorScheme: 'light' });
  assert.equal(await app.getByRole('button', { name: 'Skriv ut' }).isVisible(), false);
  await app.getByRole('heading', { level: 1, name: 'Solveig Berg' }).waitFor();
}, { colorScheme: 'dark', reducedMotion: 'reduce' });

for (const lang of ['nn', 'en']) {
  await check(`the app in another language (${lang})`, async (page) => {
    const app = await open(page, 'Olav', { lang });
    await app.getByRole('heading', { level: 2, name: { nn: 'Kommunale tenester', en: 'Municipal services' }[lang] }).waitFor();
    assert.equal(await app.locator('html').getAttribute('lang'), lang);
    await framedHoldsUp(page, app, `legevakt-${lang}`);
  });
}

await check('where there is nothing, it says which kind of nothing', async (page) => {
  const app = await open(page, 'Sander');
  await app.locator('.empty').first().waitFor();
  await framedHoldsUp(page, app, 'legevakt-empty');
});

await check('NEWS2 does not apply to who is pregnant, and it is said', async (page) => {
  const app = await open(page, 'Silje');
  await app.getByText('Ingen samlet NEWS2').waitFor();
  await app.getByText(/gravid/i).first().waitFor();
  await framedHoldsUp(page, app, 'legevakt-pregnant');
});

await check('what is blocked is counted, opened in an emergency with a reason, and the citizen sees it', async (page) => {
  const arne = await persona(`innbygger-${ARNE}`);
  const made = await arne('POST', '/9901/innbygger/sperringer', { against: 'everyone', covers: { category: 'tjenester' }, emergencyOpens: true });
  assert.equal(made.status, 201);
  const app = await open(page, 'Arne');
  await app.getByRole('heading', { name: /opplysning(er)? er sperret/ }).waitFor();
  await framedHoldsUp(page, app, 'legevakt-withheld');
  await app.getByRole('button', { name: 'Åpne i øyeblikkelig hjelp' }).click();
  await app.getByRole('button', { name: 'Åpne', exact: true }).click();
  await app.getByText('Skriv minst to ord og ti tegn.').waitFor();
  assert.deepEqual(await violations(app), []);
  await app.getByLabel('Hvorfor må du se dette nå?').fill('Bevisstløs i ambulansen');
  await app.getByRole('button', { name: 'Åpne', exact: true }).click();
  await page.waitForTimeout(500);
  const again = await appOf(page);
  await again.getByText('Øyeblikkelig hjelp: Bevisstløs i ambulansen').waitFor();
  await again.locator('.service').first().waitFor();
  assert.equal(await again.getByRole('heading', { name: /er sperret/ }).count(), 0);
  await framedHoldsUp(page, again, 'legevakt-emergency');
  const log = await (await arne('GET', '/9901/innbygger/tilgangslogg?limit=10')).json();
  assert.ok(log.entries.some((entry) => entry.reason === 'Bevisstløs i ambulansen' && entry.who === 'Nina Havnes'));
  assert.equal((await arne('DELETE', `/9901/innbygger/sperringer/${(await made.json()).id}`)).status, 204);
});

await check('a source that is down is told of, and nothing is shown as if it were all', async (page) => {
  const state = (down) => fetch(`${base}/sandbox/sources`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ instance: '9901', service: 'maaledata', source: 'tavle-nordvik', down }) });
  assert.equal((await state(true)).status, 204);
  try {
    const app = await open(page, 'Sander');
    await app.getByRole('heading', { level: 2, name: 'Målinger og NEWS2' }).waitFor();
    await app.locator('.ds-alert', { hasText: /svarer ikke|tavle/i }).first().waitFor();
    await framedHoldsUp(page, app, 'legevakt-down');
  } finally {
    await state(false);
  }
});

await check('without net it says so, and can be tried again', async (page) => {
  let cut = true;
  await page.context().route('**/$overview', (route) => (cut ? route.abort() : route.continue()));
  const app = await open(page, 'Olav');
  await app.getByText('Dette kunne ikke hentes').waitFor();
  await framedHoldsUp(page, app, 'legevakt-offline');
  cut = false;
  await app.getByRole('button', { name: 'Prøv igjen' }).click();
  await app.locator('.service').first().waitFor();
  expected(page, /ERR_FAILED/);
});

await check('an app that no journal opened says so', async (page) => {
  await page.goto(`${base}/legevakt`);
  await page.getByRole('heading', { name: 'Appen må åpnes fra journalen' }).waitFor();
  await holdsUp(page, 'legevakt-alone');
  // Somebody else's journal, and a code that nobody asked for.
  for (const query of ['?launch=x&iss=https://evil.example/fhir', '?code=abc&state=def']) {
    await page.goto(`${base}/legevakt${query}`);
    await page.getByRole('heading', { name: 'Appen må åpnes fra journalen' }).waitFor();
  }
});

await check('what sources write is text and nothing else', async (page) => {
  const caseWorker = await persona('saksbehandler-nordvik', SANDER);
  for (const [i, words] of bad.entries()) {
    const sent = await caseWorker('POST', '/9901/okt/v1/okt-events', {
      personIdentifier: SANDER,
      oktMessages: [{ startDate: `2026-0${i + 1}-01`, iplosCode: { iplosCodeValue: '15', iplosCodeDescription: words.slice(0, 200) }, serviceLevel: words.slice(0, 200), weeklyExtent: words.slice(0, 100), serviceDescription: words }],
    });
    assert.ok(sent.ok, `${sent.status} ${await sent.text()}`);
  }
  const nurse = await persona('sykepleier-kad-nordvik', SANDER);
  const observed = await nurse('POST', '/9901/fhir/r4/Observation', {
    resourceType: 'Observation', status: 'final', code: { text: bad[0], coding: [{ system: 'http://loinc.org', code: '8867-4', display: bad[1] }] },
    subject: { identifier: { system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: SANDER } }, effectiveDateTime: new Date().toISOString(),
    performer: [{ type: 'Organization', display: bad[2] }], note: [{ text: bad[1] }],
    valueQuantity: { value: 72, unit: bad[0], system: 'http://unitsofmeasure.org', code: '/min' },
  });
  assert.ok(observed.ok, `${observed.status} ${await observed.text()}`);
  const app = await open(page, 'Sander');
  await app.locator('.service').first().waitFor();
  await app.getByText('<script>alert(2)</script>').first().waitFor();
  for (const summary of await app.locator('summary, u-summary').all()) await summary.click();
  assert.equal(await app.locator('main script, main img, main [onerror], main [onload], main svg:not(.plot svg)').count(), 0);
  assert.equal(await app.locator('a[href^="javascript"]').count(), 0);
  await framedHoldsUp(page, app, 'legevakt-markup');
});

await done();
