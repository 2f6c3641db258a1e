// Tries the citizen's page in a real browser against the real server: `KILDE_URL=http://127.0.0.1:8080 npm run test:portal`.

import assert from 'node:assert/strict';
import { base, check, done, expected, holdsUp, hostile, keepsNothing, logIn, persona } from './lib.mjs';

const SOLVEIG = '04894610447';
const OLAV = '11833810555';
const HILDE = '16758532406';
const ARNE = '22865110565';
const go = (page, name) => page.locator('nav.places').getByRole('link', { name, exact: true }).click();
const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

await check('who is not logged in is shown where to', async (page) => {
  await page.goto(`${base}/9901/innbygger/min-side/krav`);
  await page.getByRole('link', { name: 'Logg inn med ID-porten' }).waitFor();
  expected(page, /401/);
  await holdsUp(page, 'portal-login');
});

await check('every view holds up, and nothing is kept in the browser', async (page, context) => {
  await logIn(page, SOLVEIG);
  await page.getByRole('heading', { level: 1, name: /Helseopplysningene dine i Nordvik/ }).waitFor();
  await page.getByText('Sist sett av').waitFor();
  await holdsUp(page, 'portal-home');
  for (const [name, picture, ready] of [
    ['Opplysninger om meg', 'info', (p) => p.getByRole('heading', { name: 'Kommunal øyeblikkelig hjelp - døgnopphold' })],
    ['Hvem har sett', 'log', (p) => p.getByText(/^Du selv/).first()],
    ['Deling og sperringer', 'sharing', (p) => p.getByText('Legevakten i Nordvik')],
    ['Fullmakter', 'proxies', (p) => p.getByText('Du har ikke gitt noen fullmakt.')],
    ['Retting og sletting', 'claims', (p) => p.getByText('Du har ikke bedt om noe.')],
    ['Last ned', 'download', (p) => p.getByText('Kontroller en kvittering')],
  ]) {
    await go(page, name);
    await heading(page, name);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'who comes from another view is at its heading');
    await ready(page).waitFor();
    await holdsUp(page, `portal-${picture}`);
  }
  await keepsNothing(page);
  assert.ok((await context.cookies()).every((cookie) => cookie.httpOnly));
});

for (const lang of ['nn', 'en']) {
  await check(`every view is in its language (${lang})`, async (page) => {
    await logIn(page, OLAV, lang);
    const names = { nn: ['Opplysningar om meg', 'Kven har sett', 'Deling og sperringar'], en: ['Information about me', 'Who has looked', 'Sharing and blocks'] }[lang];
    for (const name of names) {
      await go(page, name);
      await heading(page, name);
      assert.equal(await page.locator('html').getAttribute('lang'), lang);
      await holdsUp(page, `portal-${lang}-${names.indexOf(name)}`);
    }
    const other = { nn: 'English', en: 'Bokmål' }[lang];
    await page.getByRole('button', { name: other, exact: true }).click();
    await heading(page, { nn: 'Sharing and blocks', en: 'Deling og sperringer' }[lang]);
  });
}

await check('dark, and without motion', async (page) => {
  await logIn(page, OLAV);
  await go(page, 'Opplysninger om meg');
  await page.getByRole('heading', { level: 2, name: 'Tjenester' }).waitFor();
  await holdsUp(page, 'portal-dark');
}, { colorScheme: 'dark', reducedMotion: 'reduce' });

await check('a receipt is verified in the browser, a changed one is refused', async (page) => {
  const nurse = await persona('sykepleier-legevakt-nordvik', HILDE);
  const asked = await nurse('POST', '/9901/fhir/r4/$overview', { resourceType: 'Parameters', parameter: [{ name: 'patient', valueIdentifier: { system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: HILDE } }] });
  assert.equal(asked.status, 200);
  await logIn(page, HILDE);
  await go(page, 'Hvem har sett');
  const entry = page.locator('article', { hasText: 'Nina Havnes' }).first();
  await entry.waitFor();
  await entry.getByText('Kvittering og spørsmål').click();
  await entry.getByRole('button', { name: 'Kontroller her og nå' }).click();
  await entry.getByText('Oppføringen står i loggen').waitFor();
  await entry.getByRole('button', { name: 'Spør om denne tilgangen' }).click();
  await entry.getByText('be om personvernombudet').waitFor();
  await holdsUp(page, 'portal-receipt');
  const waiting = page.waitForEvent('download');
  await entry.getByRole('link', { name: 'Last ned kvittering' }).click();
  const file = await (await waiting).path();
  const { readFileSync } = await import('node:fs');
  const receipt = JSON.parse(readFileSync(file, 'utf8'));
  await go(page, 'Last ned');
  const choose = (content) => page.locator('input[type=file]').setInputFiles({ name: 'kvittering.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(content)) });
  await choose(receipt);
  await page.getByText('Oppføringen står i loggen').waitFor();
  for (const changed of [
    { ...receipt, entry: receipt.entry.replace('Nina', 'Mona') },
    { ...receipt, no: receipt.no + 1 },
    { ...receipt, proof: receipt.proof.replace(/\n[A-Za-z0-9+/]{43}=\n/, (line) => line.replace(/[A-Za-z]/, (c) => (c === 'A' ? 'B' : 'A'))) },
    { ...receipt, kind: 'kilde-receipt-2' },
    { something: 'else' },
  ]) {
    await choose(changed);
    await page.getByText('beviser ikke').waitFor();
    await choose(receipt);
    await page.getByText('Oppføringen står i loggen').waitFor();
  }
});

await check('a block is previewed, set and lifted, and holds', async (page) => {
  await logIn(page, ARNE);
  await go(page, 'Deling og sperringer');
  await page.getByRole('button', { name: 'Sperr noe' }).click();
  await heading(page, 'Sperr opplysninger');
  await page.getByRole('button', { name: 'Sperr', exact: true }).click();
  await page.getByText('Velg hvilken type opplysninger.').waitFor();
  await page.getByLabel('Velg type').selectOption({ index: 1 });
  await page.getByText('En virksomhet eller avdeling').click();
  await page.getByLabel('Velg virksomhet').selectOption({ label: 'Legevakten i Nordvik' });
  await page.getByText('Nei, ingen kan åpne den').click();
  await page.getByText('Legevakten i Nordvik kan ikke se opplysninger av typen').waitFor();
  await page.getByText('Heller ikke i en nødssituasjon').waitFor();
  await holdsUp(page, 'portal-block-preview');
  await page.getByRole('button', { name: 'Sperr', exact: true }).click();
  await page.getByText('Sperringen gjelder nå.').waitFor();
  await page.getByRole('button', { name: 'Opphev' }).waitFor();
  await holdsUp(page, 'portal-block-set');
  const nurse = await persona('sykepleier-legevakt-nordvik', ARNE);
  const blocked = await nurse('GET', '/9901/fhir/r4/EpisodeOfCare');
  assert.ok(Number(blocked.headers.get('kilde-withheld')) > 0);
  await page.getByRole('button', { name: 'Opphev' }).click();
  await page.getByRole('button', { name: 'Ja, opphev' }).click();
  await page.getByText('Du har ingen sperringer.').waitFor();
  assert.equal((await nurse('GET', '/9901/fhir/r4/EpisodeOfCare')).headers.get('kilde-withheld'), null);
});

await check('somebody in the log is blocked by name, and an emergency is objected to', async (page) => {
  const doctor = await persona('lege-legevakt-nordvik', ARNE, { purpose: 'ETREAT', reason: 'Funnet bevisstløs <b>ute</b>' });
  assert.equal((await doctor('GET', '/9901/fhir/r4/EpisodeOfCare')).status, 200);
  await logIn(page, ARNE);
  await go(page, 'Hvem har sett');
  const entry = page.locator('article', { hasText: 'Øyeblikkelig hjelp' }).first();
  await entry.getByText('Funnet bevisstløs <b>ute</b>').waitFor();
  await entry.getByText('Kvittering og spørsmål').click();
  await entry.getByRole('button', { name: 'Spør om denne tilgangen' }).click();
  await entry.getByLabel('Hva vil du si?').fill('Jeg var våken og ble ikke spurt.');
  await entry.getByRole('button', { name: 'Send innsigelse' }).click();
  await entry.getByText('Innsigelsen er sendt.').waitFor();
  await entry.getByRole('button', { name: /^Sperr for/ }).click();
  await page.getByText('som står i loggen din').waitFor();
  await page.getByRole('button', { name: 'Sperr', exact: true }).click();
  await page.getByText('Sperringen gjelder nå.').waitFor();
  await keepsNothing(page);
  await page.getByRole('button', { name: 'Opphev' }).click();
  await page.getByRole('button', { name: 'Ja, opphev' }).click();
  await page.getByText('Du har ingen sperringer.').waitFor();
  await go(page, 'Retting og sletting');
  await page.getByText('Innsigelse mot en tilgang').first().waitFor();
});

await check('a correction is asked for from the information itself, answered, and seen', async (page) => {
  await logIn(page, HILDE);
  await go(page, 'Opplysninger om meg');
  const piece = page.locator('article', { has: page.getByRole('heading', { level: 3, name: 'Helsetjenester i hjemmet' }) }).first();
  await piece.getByText('Rett, slett eller sperr').click();
  await piece.getByRole('button', { name: 'Be om retting' }).click();
  await heading(page, 'Be om retting');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Skriv noe først.').waitFor();
  await page.getByLabel('Hva er feil, og hva er riktig?').fill('Omfanget er feil. <script>alert(1)</script>');
  await holdsUp(page, 'portal-correction');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Kravet er sendt.').waitFor();
  await page.getByText('Omfanget er feil. <script>alert(1)</script>').first().waitFor();
  const source = await persona('epj-nordvik');
  const { requests } = await (await source('GET', '/9901/krav')).json();
  const mine = requests.find((r) => r.text.startsWith('Omfanget'));
  const answered = await source('PUT', `/9901/krav/${mine.id}`, { status: 'refused', answer: 'Det står slik i vedtaket. <img src=x onerror=alert(1)>' });
  assert.equal(answered.status, 200);
  await page.reload();
  await page.getByText('Det står slik i vedtaket. <img src=x onerror=alert(1)>').first().waitFor();
  await page.getByText('Avslått, se svaret').first().waitFor();
  await holdsUp(page, 'portal-claims-answered');
});

await check('a proxy is given and withdrawn, and the number is not shown', async (page) => {
  await logIn(page, HILDE);
  await go(page, 'Fullmakter');
  await page.getByRole('button', { name: 'Gi fullmakt' }).click();
  await page.getByText('Skriv et navn.').waitFor();
  await holdsUp(page, 'portal-proxy-wrong');
  await page.getByLabel('Hva heter hun eller han?').fill('Kari <i>Nabo</i>');
  await page.getByLabel('Fødselsnummer').fill('118338 10555');
  await page.getByRole('button', { name: 'Gi fullmakt' }).click();
  await page.getByText('Fullmakten gjelder.').waitFor();
  await page.getByRole('heading', { name: 'Kari <i>Nabo</i>' }).waitFor();
  assert.ok(!(await page.content()).includes('11833810555'));
  await page.getByRole('button', { name: 'Trekk tilbake' }).click();
  await page.getByRole('button', { name: 'Ja, trekk tilbake' }).click();
  await page.getByText('Du har ikke gitt noen fullmakt.').waitFor();
});

await check('a session that ends while she writes: her words stay, and she goes on', async (page, context) => {
  await logIn(page, HILDE);
  await go(page, 'Opplysninger om meg');
  const piece = page.locator('article', { has: page.getByRole('heading', { level: 3, name: 'Helsetjenester i hjemmet' }) }).first();
  await piece.getByText('Rett, slett eller sperr').click();
  await piece.getByRole('button', { name: 'Be om sletting' }).click();
  await page.getByLabel('Hvorfor skal det slettes?').fill('Dette er ikke meg.');
  await context.clearCookies();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('heading', { name: 'Du er logget ut' }).waitFor();
  await holdsUp(page, 'portal-ended');
  const tab = await context.newPage();
  await logIn(tab, HILDE);
  await page.bringToFront();
  await page.getByRole('button', { name: 'Jeg har logget inn, gå videre' }).click();
  assert.equal(await page.getByLabel('Hvorfor skal det slettes?').inputValue(), 'Dette er ikke meg.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Kravet er sendt.').waitFor();
  expected(page, /401/);
});

await check('without net, what could not be fetched says so, and can be tried again', async (page) => {
  await logIn(page, OLAV);
  await page.route('**/innbygger/fullmakter', (route) => route.abort());
  await go(page, 'Fullmakter');
  await page.getByText('Dette kunne ikke hentes').waitFor();
  await holdsUp(page, 'portal-offline');
  await page.unroute('**/innbygger/fullmakter');
  await page.getByRole('button', { name: 'Prøv igjen' }).click();
  await page.getByText('Du har ikke gitt noen fullmakt.').waitFor();
  expected(page, /ERR_FAILED/);
});

await check('what sources write is text and nothing else', async (page) => {
  const anita = '02887910416';
  const subject = { identifier: { system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: anita } };
  const caseWorker = await persona('saksbehandler-nordvik', anita);
  const nurse = await persona('sykepleier-kad-nordvik', anita);
  for (const [i, words] of hostile.entries()) {
    const decided = await caseWorker('POST', '/9901/okt/v1/okt-events', {
      personIdentifier: anita,
      oktMessages: [{ startDate: `2026-0${i + 1}-01`, iplosCode: { iplosCodeValue: '15', iplosCodeDescription: words.slice(0, 200) }, serviceLevel: words.slice(0, 200), weeklyExtent: words.slice(0, 100), serviceDescription: words }],
    });
    assert.ok(decided.ok, await decided.text());
    const measured = await nurse('POST', '/9901/fhir/r4/Observation', {
      resourceType: 'Observation', status: 'final', code: { text: words }, subject, effectiveDateTime: new Date().toISOString(),
      performer: [{ type: 'Organization', display: words }], note: [{ text: words }], component: [{ code: { text: words }, valueString: words }],
    });
    assert.ok(measured.ok, await measured.text());
  }
  await logIn(page, anita);
  await go(page, 'Opplysninger om meg');
  await page.getByText('<script>alert(2)</script>').first().waitFor();
  for (const summary of await page.locator('main summary, main u-summary').all()) await summary.click();
  assert.equal(await page.locator('main script, main img, main svg, main [onerror], main [onload], main a[href^="javascript"]').count(), 0);
  await holdsUp(page, 'portal-markup');
});

await check('the keyboard alone reaches a view, and logging out ends it', async (page) => {
  await logIn(page, OLAV);
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /Hopp til hovedinnhold/);
  await page.keyboard.press('Enter');
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await heading(page, 'Hvem har sett');
  await page.getByRole('button', { name: 'Logg ut' }).press('Enter');
  await page.getByRole('link', { name: /Logg inn med ID-porten/ }).waitFor();
  await page.goto(`${base}/9901/innbygger/min-side`);
  await page.getByRole('heading', { name: 'Logg inn for å se min side' }).waitFor();
  expected(page, /401/);
});

await done();
