import { LOINC, NEWS2_TOTAL, SNOMED, UCUM } from '../fhir/codes';
import type { Identifier } from '../smart/patient';
import { type Consciousness, type Part, type Vitals, parts, pointsOf, totalOf } from './news2';

/** A set of measurements as FHIR: an Observation for each, at one time, and the score with its parts where there is one. */

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
/** Names what this client has sent, so that what is sent twice is stored once. */
const SENT = 'https://tavle.kilde.example/registrering';

const answers: Record<Consciousness, string> = { A: 'LA9340-6', C: 'LA6560-2', V: 'LA17108-4', P: 'LA17107-6', U: 'LA9343-0' };
const partCodes: Record<Part, string> = {
  respiration: '1104301000000104',
  saturation: '1104311000000102',
  oxygen: '1104331000000105',
  systolic: '1104341000000101',
  pulse: '1104351000000103',
  consciousness: '1104361000000100',
  temperature: '1104371000000107',
};
const SCALE_TWO = '1104321000000108';

const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
const quantity = (value: number, unit: string, code = unit) => ({ valueQuantity: { value, unit, system: UCUM, code } });

interface Entry {
  fullUrl: string;
  request: object;
  resource: object;
}

/** The transaction that registers a set; `name` is the set's own, of nobody else's. */
export function bundleOf(v: Vitals, subject: Identifier, at: string, name: string): unknown {
  const sources: [Part, string, object][] = [];
  const add = (part: Part, code: string, value: object) => v[part] !== null && sources.push([part, code, value]);
  add('respiration', '9279-1', quantity(v.respiration ?? 0, '/min'));
  add('saturation', '2708-6', quantity(v.saturation ?? 0, '%'));
  add('oxygen', '3151-8', quantity(v.oxygen ?? 0, 'L/min'));
  add('systolic', '85354-9', { component: [{ code: concept(LOINC, '8480-6'), ...quantity(v.systolic ?? 0, 'mmHg', 'mm[Hg]') }] });
  add('pulse', '8867-4', quantity(v.pulse ?? 0, '/min'));
  add('consciousness', '67775-7', { valueCodeableConcept: concept(LOINC, answers[v.consciousness ?? 'A']) });
  add('temperature', '8310-5', quantity(v.temperature ?? 0, '°C', 'Cel'));

  const entry = (part: string, category: string, code: object, more: object): Entry => ({
    fullUrl: `urn:uuid:${name.slice(0, -2)}${String(entries.length).padStart(2, '0')}`,
    request: { method: 'POST', url: 'Observation', ifNoneExist: `identifier=${SENT}|${name}-${part}` },
    resource: {
      resourceType: 'Observation',
      identifier: [{ system: SENT, value: `${name}-${part}` }],
      status: 'final',
      category: [concept(CATEGORY, category)],
      code,
      subject: { identifier: subject },
      effectiveDateTime: at,
      ...more,
    },
  });
  const entries: Entry[] = [];
  for (const [part, code, value] of sources) entries.push(entry(part, 'vital-signs', concept(LOINC, code), value));
  const score = totalOf(v);
  if (score) {
    const component = parts.map((part) => ({ code: concept(SNOMED, part === 'saturation' && v.scale === 2 ? SCALE_TWO : partCodes[part]), valueInteger: pointsOf(part, v) }));
    const derivedFrom = entries.map(({ fullUrl }) => ({ reference: fullUrl }));
    entries.push(entry('news2', 'survey', concept(SNOMED, NEWS2_TOTAL), { valueInteger: score.total, derivedFrom, component }));
  }
  return { resourceType: 'Bundle', type: 'transaction', entry: entries };
}
