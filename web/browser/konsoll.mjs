// Tries the municipality's console in a real browser against the real server: `KILDE_URL=http://127.0.0.1:8080 npm run test:konsoll`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { base, check, done, expected, holdsUp, hostile, keepsNothing, persona } from './lib.mjs';

const OLAV = '11833810555';
const OFFICER = 'Marit Tverrå';
const overview = { resourceType: 'Parameters', parameter: [{ name: 'patient', valueIdentifier: { system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: OLAV } }] };
const go = (page, name) => page.locator('nav.places').getByRole('link', { name, exact: true }).click();
const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

async function enter(page, who, { path = '', lang = 'nb' } = {}) {
  await page.goto(`${base}/konsoll${path}?lang=${lang}`);
  await page.getByRole('button', { name: who }).first().click();
  await page.locator('nav.places').waitFor();
}

// Something to look at: an emergency, somebody who was refused, and a message that could not be taken in.
const doctor = await persona('lege-legevakt-nordvik', OLAV, { purpose: 'ETREAT', reason: 'Funnet bevisstløs ute på gaten' });
assert.equal((await doctor('POST', '/9901/fhir/r4/$overview', overview)).status, 200);
const neighbour = await persona('sykepleier-dalfjord', OLAV);
assert.equal((await neighbour('POST', '/9901/fhir/r4/$overview', overview)).status, 403);
const journal = await persona('epj-nordvik');
assert.equal((await journal('POST', '/9901/okt/v1/okt-events', { personIdentifier: OLAV, oktMessages: [{ startDate: 'i går' }] })).status, 422);

await check('every view holds up, and nothing is kept in the browser', async (page, context) => {
  await page.goto(`${base}/konsoll?lang=nb`);
  await page.getByRole('button', { name: OFFICER }).waitFor();
  await holdsUp(page, 'konsoll-login');
  await page.getByRole('button', { name: OFFICER }).click();
  await heading(page, 'Nordvik kommune');
  await page.getByText(/\d+ (åpent|åpne) funn/).waitFor();
  await page.getByText(/holdt igjen/).waitFor();
  await page.getByText('kilde/9902/witness').waitFor();
  await holdsUp(page, 'konsoll-overview');
  for (const [name, picture, ready] of [
    ['Tilgangslogg', 'log', (p) => p.getByRole('button', { name: 'Søk i loggen' })],
    ['Uvanlig tilgang', 'review', (p) => p.getByText('Eirik Storhaug').first()],
    ['Tilgangsregler', 'policy', (p) => p.getByText('Ingen forslag venter.')],
    ['Karantene', 'quarantine', (p) => p.getByText('Datoen må skrives').first()],
  ]) {
    await go(page, name);
    await heading(page, name);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'who comes from another view is at its heading');
    await ready(page).waitFor();
    await holdsUp(page, `konsoll-${picture}`);
  }
  await keepsNothing(page);
  assert.deepEqual(await context.cookies(), []);
  // Who is logged in is in memory only: a view that is loaded again asks anew, at the same address.
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Hvem er du?' }).waitFor();
  await page.getByRole('button', { name: OFFICER }).click();
  await heading(page, 'Karantene');
});

for (const [lang, names] of [
  ['nn', ['Tilgangslogg', 'Uvanleg tilgang', 'Karantene', 'Tilgangsreglar']],
  ['en', ['Access log', 'Unusual access', 'Quarantine', 'Access rules']],
]) {
  await check(`every view is in its language (${lang})`, async (page) => {
    await enter(page, OFFICER, { lang });
    for (const name of names) {
      await go(page, name);
      await heading(page, name);
      await page.locator('.entry, .search, .empty').first().waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), lang);
      await holdsUp(page, `konsoll-${lang}-${names.indexOf(name)}`);
    }
  });
}

await check('who saw this person, why, with a receipt that verifies, and no number in any address', async (page) => {
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  await enter(page, OFFICER, { path: '/tilgangslogg' });
  await page.getByRole('button', { name: 'Søk i loggen' }).click();
  await page.getByText('Skriv et fødselsnummer').waitFor();
  await holdsUp(page, 'konsoll-log-lacking');
  await page.getByLabel('Fødselsnummer eller D-nummer').fill(OLAV);
  await page.keyboard.press('Enter');
  const refused = page.locator('.entry', { hasText: 'Sjur Kvamsdal' }).first();
  await refused.getByText('Avslått').waitFor();
  const entry = page.locator('.entry', { hasText: 'Funnet bevisstløs' }).first();
  await entry.getByText('Øyeblikkelig hjelp, begrunnet av helsepersonellet.').waitFor();
  await entry.getByText('Mer om oppføringen').click();
  await entry.getByRole('button', { name: 'Kontroller her og nå' }).click();
  await entry.getByText('Oppføringen står i loggen slik den ble seglet').waitFor();
  const waiting = page.waitForEvent('download');
  await entry.getByRole('button', { name: 'Last ned kvittering' }).click();
  const receipt = JSON.parse(readFileSync(await (await waiting).path(), 'utf8'));
  assert.equal(receipt.kind, 'kilde-receipt-1');
  await page.getByText('Hva beviser at loggen er hel?').click();
  await page.locator('code.block').first().getByText('kilde/9901+').waitFor();
  await holdsUp(page, 'konsoll-found');
  assert.ok(addresses.every((address) => !address.includes(OLAV)), 'a national id stands in an address');
  // From the entry to everything that she saw: that needs a reason.
  await entry.getByRole('button', { name: 'Hva har denne ansatte sett?' }).click();
  await page.getByRole('button', { name: 'Søk i loggen' }).click();
  await page.getByText('Skriv en begrunnelse').waitFor();
  await page.getByLabel('Hvorfor ser du på denne ansatte?').fill('Klage fra pasientens datter, sak 17');
  await page.getByRole('button', { name: 'Søk i loggen' }).click();
  await page.locator('.entry', { hasText: 'Eirik Storhaug' }).first().waitFor();
  assert.equal(await page.locator('.entry', { hasText: 'Nina Havnes' }).count(), 0);
});

await check('a search without hits, and one that is refused, say so', async (page) => {
  await enter(page, OFFICER, { path: '/tilgangslogg' });
  await page.getByLabel('Alle oppføringer').check();
  await page.getByText('Avgrens på tid').click();
  await page.getByLabel('Fra og med').fill('2077-01-01');
  await page.getByRole('button', { name: 'Søk i loggen' }).click();
  await page.getByText('Ingen oppføringer passer').waitFor();
  await holdsUp(page, 'konsoll-log-empty');
  await page.getByLabel('Hvem har sett denne personen?').check();
  await page.getByLabel('Fødselsnummer eller D-nummer').fill('11111111111');
  await page.getByRole('button', { name: 'Søk i loggen' }).click();
  await page.getByText('et gyldig fødselsnummer').waitFor();
  expected(page, /422/);
});

await check('a finding is closed with words and opened again, by keyboard', async (page) => {
  await enter(page, OFFICER, { path: '/uvanlig-tilgang' });
  await page.getByRole('link', { name: /Se på funnet/ }).first().focus();
  await page.keyboard.press('Enter');
  const close = page.getByRole('button', { name: 'Lukk funnet' });
  await close.focus();
  await page.keyboard.press('Enter');
  await page.getByText('Velg hva du fant ut.').waitFor();
  await page.getByText('Skriv med ord').waitFor();
  await holdsUp(page, 'konsoll-finding');
  await page.getByLabel('Tilgangen var i orden', { exact: true }).focus();
  await page.keyboard.press('Space');
  await page.getByLabel('Med ord').fill('Bekreftet av vaktleder samme dag');
  await close.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Åpne funnet igjen' }).waitFor();
  await page.getByText('Bekreftet av vaktleder samme dag').waitFor();
  await holdsUp(page, 'konsoll-finding-closed');
  await page.getByLabel('Med ord').fill('Ny opplysning fra ambulansetjenesten');
  await page.getByRole('button', { name: 'Åpne igjen' }).click();
  await page.getByRole('heading', { name: 'Lukk funnet' }).waitFor();
});

await check('who has access, and who used it', async (page) => {
  await enter(page, OFFICER, { path: '/uvanlig-tilgang/rapport' });
  await page.locator('table').getByText('Eirik Storhaug').waitFor();
  await page.getByText('Legevakten i Nordvik', { exact: true }).last().click();
  await page.getByRole('row', { name: /ambulansearbeider/ }).first().waitFor();
  await holdsUp(page, 'konsoll-report');
});

await check('a message is tried again as it is, refused again, and stays', async (page) => {
  await enter(page, 'Ola Nettum', { path: '/karantene' });
  await page.getByText('Feilen rettes i systemet som leverte meldingen').waitFor();
  await page.getByRole('button', { name: 'Prøv igjen slik den er' }).first().click();
  await page.getByText('Den ble avvist igjen').waitFor();
  expected(page, /422/);
  await holdsUp(page, 'konsoll-quarantine-again');
});

const FORBID = `policies = '''
@id("nordvik-ingen-uttrekk")
@code("nordvik_ingen_uttrekk") @status("403") @order("31")
@reason_nb("Nordvik tillater ikke masseuttrekk.") @reason_nn("Nordvik tillèt ikkje masseuttrekk.") @reason_en("Nordvik permits no bulk export.")
forbid (principal is Kilde::System, action == Kilde::Action::"export", resource);
'''
`;
const AGREEMENT = '\n[[agreement]]\nid = "dalfjord"\nlegal_entity = "399902002"\nunit = "legevakt"\ncategories = ["tjenester", "person"]\npurposes = ["TREAT"]\n';

await check('the rules are tried on somebody: why yes, and why no', async (page) => {
  await enter(page, OFFICER, { path: '/regler/prov' });
  await page.getByLabel('Pasient').fill(OLAV);
  await page.getByRole('button', { name: 'Spør' }).click();
  await page.getByText('Ja, det er lov').waitFor();
  await page.getByText('Behandling, bekreftet av virksomheten.').first().waitFor();
  await holdsUp(page, 'konsoll-try-yes');
  await page.getByLabel('Hvem spør').selectOption('sykepleier-dalfjord');
  await page.getByRole('button', { name: 'Spør' }).click();
  await page.getByText('Nei, det er ikke lov').waitFor();
  await page.getByText('Alle grunner').click();
  await page.getByText('Dette sier nei').waitFor();
  await holdsUp(page, 'konsoll-try-no');
});

await check('a change is examined, proposed by one, and approved by another when it widens', async (page) => {
  await enter(page, OFFICER, { path: '/regler/ny' });
  const text = page.getByLabel('Teksten');
  const before = await text.inputValue();
  await text.fill(`${FORBID.replace('"export"', '"exportt"')}${before}`);
  await page.getByRole('button', { name: 'Se etter feil' }).click();
  await page.getByText('Teksten kan ikke brukes slik den er').waitFor();
  await page.getByRole('button', { name: /^linje 5, tegn/ }).first().click();
  const line = await text.evaluate((area) => area.value.slice(0, area.selectionStart).split('\n').length);
  assert.equal(line, 5, 'the way to an error leads to its line');
  expected(page, /422/);
  await holdsUp(page, 'konsoll-policy-wrong');
  await text.fill(`${FORBID}${before}`);
  await page.getByRole('button', { name: 'Se etter feil' }).click();
  await page.getByText('Gir ingen tilgang til mer').waitFor();
  assert.equal(await page.locator('.diff .new').count(), FORBID.trim().split('\n').length);
  await text.fill(`${before}${AGREEMENT}`);
  await page.getByRole('button', { name: 'Se etter feil' }).click();
  await page.getByText('Gir noen tilgang til mer').waitFor();
  await holdsUp(page, 'konsoll-policy-widens');
  await page.getByLabel('Hvorfor').fill('Avtale med legevakta i Dalfjord');
  await page.getByRole('button', { name: 'Foreslå', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Forslag til regler' }).waitFor();
  await page.getByRole('button', { name: 'Godkjenn' }).click();
  await page.getByText('Da må en annen enn den som foreslo den, godkjenne.').waitFor();
  expected(page, /403/);
  await holdsUp(page, 'konsoll-proposal');
  await page.getByRole('button', { name: 'Bytt bruker' }).click();
  await page.getByRole('button', { name: 'Per Sandnes' }).click();
  await page.getByRole('button', { name: 'Godkjenn' }).click();
  await page.getByText('Forslaget er godkjent og gjelder nå.').waitFor();
  await go(page, 'Tilgangsregler');
  await page.getByText(/Godkjent av Per Sandnes/).waitFor();
  await holdsUp(page, 'konsoll-policy-changed');
});

await check('a role sees its own views, and nothing else is asked for', async (page) => {
  const asked = [];
  page.on('request', (request) => request.url().includes('/admin/') && asked.push(request.url()));
  await enter(page, 'Ola Nettum', { path: '/tilgangslogg' });
  await page.getByText('Dette hører ikke til rollen din').waitFor();
  assert.equal(await page.locator('nav.places').getByRole('link', { name: 'Tilgangslogg' }).count(), 0);
  await holdsUp(page, 'konsoll-not-yours');
  assert.deepEqual(asked, []);
  await enter(page, 'Gry Solbakken');
  await page.getByText(/\d+ (åpent|åpne) funn/).waitFor();
  assert.ok(asked.every((address) => address.includes('/9901/admin/review')), asked.join('\n'));
});

await check('what is down, empty or refused is said, and one can go on', async (page) => {
  await page.route('**/9901/admin/quarantine*', (route) => route.abort());
  await page.route('**/9901/admin/review?status=open*', (route) => route.fulfill({ json: { findings: [], open: 0 } }));
  await page.route('**/health/ready', (route) => route.fulfill({ status: 503, json: { status: 'not-ready', instances: [{ instance: '9901', events: 20, applied: 3, ready: false, seal: { entries: 9, sealed: 0, troubles: { witness: hostile.join(' ') } } }] } }));
  await enter(page, OFFICER);
  await page.getByText('3 av 20 hendelser er tatt inn').waitFor();
  await page.getByText('Noe er galt med seglet').waitFor();
  await page.getByText('Kunne ikke hentes nå').waitFor();
  expected(page, /503|ERR_FAILED/);
  await holdsUp(page, 'konsoll-overview-trouble');
  await go(page, 'Uvanlig tilgang');
  await page.getByText('Ingen åpne funn.').waitFor();
  await holdsUp(page, 'konsoll-review-empty');
  await go(page, 'Karantene');
  await page.getByText('Du ser ut til å være uten nett').waitFor();
  await holdsUp(page, 'konsoll-quarantine-down');
  await page.unroute('**/9901/admin/quarantine*');
  await page.getByRole('button', { name: 'Prøv igjen', exact: true }).click();
  await page.getByText('Datoen må skrives').first().waitFor();
  expected(page, /ERR_FAILED/);
  await page.route('**/9901/admin/review?status=closed*', (route) => route.fulfill({ status: 403, json: { issue: [{ details: { text: 'Det finnes ikke grunnlag for tilgang.' } }] } }));
  await go(page, 'Uvanlig tilgang');
  await page.getByLabel('Vis').selectOption('closed');
  await page.getByText('Det finnes ikke grunnlag for tilgang.').waitFor();
  expected(page, /403/);
  await holdsUp(page, 'konsoll-refused');
});

await check('where there is no sandbox, it says that a login must be put in place', async (page) => {
  await page.route('**/sandbox/personas', (route) => route.fulfill({ status: 404, json: {} }));
  await page.goto(`${base}/konsoll?lang=nb`);
  await page.getByText('Innlogging er ikke satt opp').waitFor();
  expected(page, /404/);
  await holdsUp(page, 'konsoll-no-login');
});

await check('what others have written is shown as it is', async (page) => {
  const finding = { id: 'a', no: 1, rule: 'emergency', title: hostile[0], explanation: hostile[1], figures: { own: 3 }, status: 'open', timeMs: Date.now(), entry: 1, person: 1, reader: { handle: 'h', name: hostile.join(' '), profession: hostile[4], unitName: hostile[2] }, outcomes: [{ entry: 2, timeMs: 0, by: hostile[0], outcome: 'unclear', title: hostile[1], words: hostile.join(' ') }], access: { why: hostile[2], reason: hostile.join(' ') } };
  await page.route('**/9901/admin/review/a', (route) => route.fulfill({ json: finding }));
  await page.route('**/9901/admin/quarantine*', (route) => route.fulfill({ json: { items: [{ no: 1, kind: hostile[0], organisation: hostile[1], client: hostile.join(' '), receivedMs: 0, status: 422, outcome: { issue: hostile.map((text) => ({ severity: 'error', expression: [text], details: { text } })) }, size: 1, state: 'open', event: null, reason: hostile.join(' ') }] } }));
  await enter(page, OFFICER, { path: '/uvanlig-tilgang/a' });
  await page.getByText('alert(1)').first().waitFor();
  await holdsUp(page, 'konsoll-hostile-finding');
  await go(page, 'Karantene');
  await page.getByText('alert(1)').first().waitFor();
  await holdsUp(page, 'konsoll-hostile-quarantine');
});

await check('dark, and without motion', async (page) => {
  await enter(page, OFFICER);
  await page.getByText('kilde/9902/witness').waitFor();
  await holdsUp(page, 'konsoll-dark-overview');
  await go(page, 'Karantene');
  await page.getByText('Datoen må skrives').first().waitFor();
  await holdsUp(page, 'konsoll-dark-quarantine');
}, { colorScheme: 'dark', reducedMotion: 'reduce' });

await done();
