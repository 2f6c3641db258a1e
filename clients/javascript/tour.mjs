// A tour of the server with fhir-kit-client: `KILDE_URL=http://127.0.0.1:8080 npm run tour`.
// clients/python/tour.py takes the same steps, to `search, page by page` by the same names in the same order.

import { Client } from 'fhir-kit-client';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect, launched } from './connect.mjs';

const server = (process.env.KILDE_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const OLAV = '11833810555';
const NATIONAL_ID = 'urn:oid:2.16.578.1.12.4.1.4.1';
const SYSTEM = 'urn:kilde:tour';

const client = await connect({ server, instance: '9901', persona: 'system-test' });
const resourceType = 'Patient';
const tour = randomUUID();
const patient = (value, family) => ({ resourceType, identifier: [{ system: SYSTEM, value }], name: [{ family }] });
const header = (resource, name) => Client.httpFor(resource).response.headers.get(name);
const status = (resource) => Client.httpFor(resource).response.status;
const ifMatch = (version) => ({ headers: { 'If-Match': `W/"${version}"` } });
const options = (headers) => ({ headers });

async function step(name, take) {
  try {
    console.log(`  ${name}: ${await take()}`);
  } catch (error) {
    console.error(`  ${name}: FAILED`);
    if (error.response) console.error(JSON.stringify(error.response.data, null, 1));
    throw error;
  }
}

/** The request must be refused, with an OperationOutcome that people and programs can read. */
async function refused(promise, expected, rule) {
  const error = await promise.then(() => assert.fail(`not refused, but ${expected} ${rule} was expected`), (e) => e);
  if (!error.response) throw error;
  const { status, data } = error.response;
  assert.equal(status, expected, JSON.stringify(data));
  assert.match(error.config.headers.get('content-type'), /^application\/fhir\+json/);
  assert.equal(data.resourceType, 'OperationOutcome');
  const issue = data.issue.find((i) => i.details.coding[0].code === rule);
  assert.ok(issue, `${rule} is not in ${JSON.stringify(data)}`);
  assert.equal(issue.severity, 'error');
  assert.ok(issue.details.text.length > 10);
  return { issue, said: `${status} ${rule}: ${issue.details.text}` };
}

let id;

await step('metadata', async () => {
  const open = new Client({ baseUrl: client.baseUrl });
  const statement = await open.capabilityStatement();
  assert.equal(statement.resourceType, 'CapabilityStatement');
  assert.equal(statement.fhirVersion, '4.0.1');
  const codes = statement.rest[0].resource.find((r) => r.type === resourceType).interaction.map((i) => i.code);
  for (const code of ['create', 'read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'search-type']) {
    assert.ok(codes.includes(code), `${code} is not in ${codes}`);
  }
  return `FHIR ${statement.fhirVersion}, open to all`;
});

await step('without a token', async () => {
  const open = new Client({ baseUrl: client.baseUrl });
  const error = await open.search({ resourceType }).then(() => assert.fail('not refused'), (e) => e);
  assert.equal(error.response?.status, 401);
  assert.match(error.config.headers.get('www-authenticate'), /^DPoP/);
  return '401';
});

await step('create', async () => {
  const created = await client.create({ resourceType, body: patient(tour, 'Foss') });
  id = created.id;
  assert.equal(status(created), 201);
  assert.equal(header(created, 'etag'), 'W/"1"');
  assert.equal(header(created, 'location'), `${client.baseUrl}/${resourceType}/${id}/_history/1`);
  return header(created, 'location');
});

await step('read', async () => {
  const read = await client.read({ resourceType, id });
  assert.equal(read.name[0].family, 'Foss');
  const again = await client.resolve({ reference: `${client.baseUrl}/${resourceType}/${id}` });
  assert.deepEqual(again, read);
  return `version ${read.meta.versionId}`;
});

await step('read of what is not there', async () => (await refused(client.read({ resourceType, id: randomUUID() }), 404, 'not-found')).said);

await step('update with If-Match', async () => {
  const body = { ...(await client.read({ resourceType, id })), name: [{ family: 'Bekk' }] };
  const updated = await client.update({ resourceType, id, body, options: ifMatch(1) });
  assert.deepEqual([updated.meta.versionId, header(updated, 'etag')], ['2', 'W/"2"']);
  return 'what was read, changed: version 2';
});

await step('update with a stale If-Match', async () => {
  const stale = client.update({ resourceType, id, body: { ...patient(tour, 'Elv'), id }, options: ifMatch(1) });
  return (await refused(stale, 412, 'version-conflict')).said;
});

await step('vread', async () => {
  const families = [];
  for (const version of ['1', '2']) families.push((await client.vread({ resourceType, id, version })).name[0].family);
  assert.deepEqual(families, ['Foss', 'Bekk']);
  return families.join(', then ');
});

await step('JSON Patch', async () => {
  const jsonPatch = [
    { op: 'test', path: '/name/0/family', value: 'Bekk' },
    { op: 'add', path: '/gender', value: 'female' },
  ];
  const patched = await client.patch({ resourceType, id, jsonPatch, options: ifMatch(2) });
  assert.deepEqual([patched.gender, patched.meta.versionId], ['female', '3']);
  const again = client.patch({ resourceType, id, jsonPatch: [{ op: 'test', path: '/gender', value: 'male' }] });
  return `version 3, then ${(await refused(again, 422, 'fhir-patch-test')).said}`;
});

await step('history', async () => {
  const history = await client.history({ resourceType, id });
  assert.equal(history.type, 'history');
  assert.deepEqual(history.entry.map((e) => e.resource.meta.versionId), ['3', '2', '1']);
  return history.entry.map((e) => e.request.method).join(', ');
});

await step('conditional create', async () => {
  const once = () =>
    client.create({ resourceType, body: patient(tour, 'Foss'), options: options({ 'If-None-Exist': `identifier=${SYSTEM}|${tour}` }) });
  const found = await once();
  assert.equal(status(found), 200);
  assert.equal(header(found, 'location'), `${client.baseUrl}/${resourceType}/${id}/_history/3`);
  return 'the one that is there';
});

await step('conditional update', async () => {
  const value = `${tour}-conditional`;
  const update = (family) => client.update({ resourceType, searchParams: { identifier: `${SYSTEM}|${value}` }, body: patient(value, family) });
  const [first, second] = [await update('Li'), await update('Vik')];
  assert.deepEqual([status(first), status(second)], [201, 200]);
  assert.deepEqual([second.id, second.meta.versionId], [first.id, '2']);
  return '201, then 200';
});

await step('search, page by page', async () => {
  const value = `${tour}-pages`;
  const made = [];
  for (let n = 0; n < 5; n += 1) made.push((await client.create({ resourceType, body: patient(value, `Nr ${n}`) })).id);
  const found = [];
  let pages = 0;
  let page = await client.search({ resourceType, searchParams: { identifier: `${SYSTEM}|${value}`, _count: 2 } });
  assert.equal(page.total, 5);
  for (; page; page = await client.nextPage({ bundle: page })) {
    pages += 1;
    assert.ok(page.entry.length <= 2);
    found.push(...page.entry.map((e) => e.resource.id));
    assert.ok(found.length <= 5);
  }
  assert.deepEqual(found.sort(), made.sort());
  return `${found.length} in ${pages} pages`;
});

await step('search with a national id in the body', async () => {
  const searchParams = { identifier: `${NATIONAL_ID}|${OLAV}` };
  const found = await client.search({ resourceType, searchParams, options: { postSearch: true } });
  assert.equal(found.entry[0].resource.name[0].given[0], 'Olav');
  assert.ok(!JSON.stringify(found.link).includes(OLAV));
  return `found; in the address ${(await refused(client.search({ resourceType, searchParams }), 400, 'no-nin-in-url')).said}`;
});

await step('transaction', async () => {
  const fullUrl = `urn:uuid:${randomUUID()}`;
  const condition = (text) => ({ resourceType: 'Condition', subject: { reference: fullUrl }, code: { text } });
  const body = (last) => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl, resource: patient(`${tour}-transaction`, 'Strand'), request: { method: 'POST', url: 'Patient' } },
      { resource: condition(last), request: { method: 'POST', url: 'Condition' } },
    ],
  });
  const search = () => client.search({ resourceType, searchParams: { identifier: `${SYSTEM}|${tour}-transaction` } });
  const { said } = await refused(client.transaction({ body: body(7) }), 400, 'fhir-json-kind');
  assert.equal((await search()).total, 0);
  const answer = await client.transaction({ body: body('Hoste') });
  assert.equal(answer.type, 'transaction-response');
  const made = [];
  for (const { response } of answer.entry) {
    assert.match(response.status, /^201/);
    made.push(await client.resolve({ reference: response.location.split('/_history')[0], context: answer }));
  }
  assert.equal(made[1].subject.reference, `Patient/${made[0].id}`);
  assert.equal((await search()).total, 1);
  return `all of it; or nothing, ${said}`;
});

await step('batch', async () => {
  const entry = (method, url) => ({ request: { method, url } });
  const body = { resourceType: 'Bundle', type: 'batch', entry: [entry('GET', `Patient/${id}`), entry('GET', `Patient/${randomUUID()}`)] };
  const answer = await client.batch({ body });
  const codes = answer.entry.map((e) => e.response.status.slice(0, 3));
  assert.deepEqual(codes, ['200', '404']);
  assert.equal(answer.entry[0].resource.id, id);
  return codes.join(', ');
});

await step('$validate', async () => {
  const outcome = await client.operation({ name: 'validate', resourceType, input: { ...patient(tour, 'Foss'), gender: 'ukjent' } });
  assert.equal(outcome.resourceType, 'OperationOutcome');
  const errors = outcome.issue.filter((i) => i.severity === 'error');
  assert.ok(errors.some((i) => i.expression.includes('Patient.gender')), JSON.stringify(outcome));
  return errors[0].details.text;
});

await step('a resource that is none', async () => {
  const wrong = { ...patient(tour, 'Foss'), birthDate: '1938-13-11', hobby: 'fiske' };
  const { issue, said } = await refused(client.create({ resourceType, body: wrong }), 400, 'fhir-element-unknown');
  assert.deepEqual(issue.expression, ['Patient.hobby']);
  return said;
});

await step('an unknown search parameter', async () => {
  const said = (await refused(client.search({ resourceType, searchParams: { hobby: 'fiske' } }), 400, 'search-parameter-unknown')).said;
  const lenient = await client.search({ resourceType, searchParams: { hobby: 'fiske', _count: 1 }, options: options({ Prefer: 'handling=lenient' }) });
  assert.equal(lenient.type, 'searchset');
  return said;
});

await step('delete', async () => {
  const deleted = await client.delete({ resourceType, id, options: ifMatch(3) });
  assert.equal(status(deleted), 204);
  const { said } = await refused(client.read({ resourceType, id }), 410, 'deleted');
  assert.equal((await client.vread({ resourceType, id, version: '3' })).gender, 'female');
  const history = await client.history({ resourceType, id });
  assert.equal(history.entry[0].request.method, 'DELETE');
  return `204, then ${said}`;
});

await step('SMART launch', async () => {
  const journal = (path, body) =>
    fetch(`${server}/sandbox/ehr/9901/${path}`, { method: 'POST', body: JSON.stringify(body) }).then((answer) => answer.json());
  const app = { clientId: `tour-${tour}`, redirectUri: 'http://127.0.0.1:9/callback' };
  await journal('apps', { client_id: app.clientId, redirect_uris: [app.redirectUri] });
  const opened = await journal('launch', { persona: 'lege-legevakt-nordvik', patient: OLAV });
  const { client: inApp, context } = await launched({ ...app, ...opened, scope: 'launch patient/Patient.rs' });
  const read = await inApp.read({ resourceType, id: context.patient });
  assert.equal(read.name[0].given[0], 'Olav');
  const others = await inApp.search({ resourceType: 'EpisodeOfCare', searchParams: { _summary: 'count' } });
  assert.equal(others.total, 0, 'another type than the scope names');
  return `on the patient of the journal, with ${context.scope}`;
});
