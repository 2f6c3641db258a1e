/** The commands of the two stories, as they are to be typed. */

import { LOINC, UCUM } from '../fhir/codes';

const TO = 'http://127.0.0.1:8080';
const PROXY = 'http://127.0.0.1:8090';
const NORDVIK = `${PROXY}/9901`;
const NIN = 'urn:oid:2.16.578.1.12.4.1.4.1';
const ORGNR = 'urn:oid:2.16.578.1.12.4.1.4.101';

/** Sander, who has no services yet. */
export const SANDER = '22750884907';
/** Solveig, on the acute ward. */
export const SOLVEIG = '04894610447';

/** A step: who to be, and what to ask. */
export interface Step {
  proxy: string;
  ask: string;
}

function proxy(persona: string, patient?: string): string {
  return `kilde proxy --persona ${persona} --to ${TO}${patient ? ` --patient ${patient}` : ''}`;
}

function post(address: string, type: string, body: unknown): string {
  return `curl -i '${address}' -H 'Content-Type: ${type}' -d '${JSON.stringify(body, null, 1)}'`;
}

function overview(patient: string): string {
  const parameter = [{ name: 'patient', valueIdentifier: { system: NIN, value: patient } }];
  return post(`${NORDVIK}/fhir/r4/$overview`, 'application/fhir+json', { resourceType: 'Parameters', parameter });
}

const log = `curl -i '${NORDVIK}/innbygger/tilgangslogg'`;

function decision(now: Date): unknown {
  const iplosCode = {
    iplosCodeLevel: '1',
    iplosCodeValue: '15',
    iplosParentCode: '0',
    iplosCodeDescription: 'Helsetjenester i hjemmet',
  };
  const message = {
    startDate: now.toISOString().slice(0, 10),
    iplosCode,
    needsCaption: false,
    serviceLevel: 'Nordvik kommune - Hjemmetjenesten - sone Nord',
    weeklyExtent: '7.5',
    serviceDescription: 'Tilsyn morgen og kveld',
    temporaryCessation: false,
  };
  return { personIdentifier: SANDER, oktMessages: [message] };
}

function measurements(now: Date): unknown {
  const when = `${now.toISOString().slice(0, 19)}Z`;
  const coding = (code: string) => ({ coding: [{ system: LOINC, code }] });
  const quantity = (value: number, unit: string) => ({ value, unit, system: UCUM, code: unit });
  const one = (code: string, value: object) => ({
    request: { method: 'POST', url: 'Observation' },
    resource: {
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
      code: coding(code),
      subject: { identifier: { system: NIN, value: SOLVEIG } },
      effectiveDateTime: when,
      performer: [{ identifier: { system: ORGNR, value: '399901022' }, display: 'Kommunal akutt døgnenhet i Nordvik' }],
      ...value,
    },
  });
  const pressure = {
    component: [
      { code: coding('8480-6'), valueQuantity: quantity(104, 'mm[Hg]') },
      { code: coding('8462-4'), valueQuantity: quantity(62, 'mm[Hg]') },
    ],
  };
  const alert = { valueCodeableConcept: coding('LA9340-6') };
  const entry = [
    one('9279-1', { valueQuantity: quantity(23, '/min') }),
    one('2708-6', { valueQuantity: quantity(94, '%') }),
    one('3151-8', { valueQuantity: quantity(2, 'L/min') }),
    one('85354-9', pressure),
    one('8867-4', { valueQuantity: quantity(108, '/min') }),
    one('67775-7', alert),
    one('8310-5', { valueQuantity: quantity(38.4, 'Cel') }),
  ];
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** Both stories, step by step. */
export function stories(now: Date): Step[][] {
  return [
    [
      { proxy: proxy('saksbehandler-nordvik', SANDER), ask: post(`${NORDVIK}/okt/v1/okt-events`, 'application/json', decision(now)) },
      { proxy: proxy('sykepleier-legevakt-nordvik', SANDER), ask: overview(SANDER) },
      { proxy: proxy('sykepleier-dalfjord', SANDER), ask: overview(SANDER) },
      { proxy: proxy(`innbygger-${SANDER}`), ask: log },
    ],
    [
      { proxy: proxy('sykepleier-kad-nordvik', SOLVEIG), ask: post(`${NORDVIK}/fhir/r4`, 'application/fhir+json', measurements(now)) },
      { proxy: proxy('hjemmesykepleier-nordvik', SOLVEIG), ask: overview(SOLVEIG) },
      { proxy: proxy('drift'), ask: overview(SOLVEIG) },
      { proxy: proxy(`innbygger-${SOLVEIG}`), ask: log },
    ],
  ];
}
