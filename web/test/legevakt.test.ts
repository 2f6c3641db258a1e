import { describe, expect, it } from 'vitest';
import { bandOf } from '../src/common/band';
import { isReason } from '../src/legevakt/Emergency';
import { readOverview } from '../src/legevakt/overview';

const NOW = new Date('2026-11-23T20:00:00Z');
const service = (code: string) => ({ coding: [{ system: 'https://kilde.example/fhir/CodeSystem/service', code }] });
const bundle = (section: unknown[], ...resources: [string, unknown][]) => ({
  entry: [{ fullUrl: 'urn:uuid:1', resource: { resourceType: 'Composition', date: NOW.toISOString(), section } }, ...resources.map(([fullUrl, resource]) => ({ fullUrl, resource }))],
});
const okt = (...references: string[]) => ({ code: service('okt'), entry: references.map((reference) => ({ reference })) });

describe('an overview', () => {
  it('is read whatever is in it', () => {
    for (const odd of [null, {}, [], 'x', { entry: 3 }, { entry: [null, {}, { resource: { resourceType: 'Composition', section: 'x' } }] }]) {
      expect(readOverview(odd, NOW)).toMatchObject({ withheld: 0, services: null, measurements: null });
    }
    const read = readOverview(bundle([okt('u', 'gone')], ['u', { resourceType: 'EpisodeOfCare', id: 'e', period: 'x', type: [{}], extension: [{ url: 3 }], managingOrganization: {} }]), NOW);
    expect(read.services?.current).toEqual([{ key: 'e', name: null, state: 'active', extent: null, unit: null, start: null, end: null, review: null, stay: null, description: null, updated: null }]);
  });

  it('tells which kind of nothing a section has, and how much is withheld', () => {
    const empty = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'unavailable' }], text: 'Kilden svarer ikke.' };
    const read = readOverview(bundle([{ code: service('okt'), emptyReason: empty, extension: [{ url: 'https://x/withheld-count', valueUnsignedInt: 2 }] }]), NOW);
    expect(read.services).toMatchObject({ empty: 'unavailable', emptyText: 'Kilden svarer ikke.', withheld: 2, current: [], ended: [] });
  });

  it('knows where a service stands', () => {
    const of = (status: string, start: string) => readOverview(bundle([okt('u')], ['u', { resourceType: 'EpisodeOfCare', id: 'e', status, period: { start } }]), NOW).services?.current[0]?.state;
    expect([of('active', '2026-01-01'), of('active', '2026-12-01'), of('onhold', '2026-01-01'), of('planned', '2026-01-01')]).toEqual(['active', 'planned', 'onhold', 'planned']);
  });

  it('finds whom to call, from the unit and up', () => {
    const episode = (organisation: unknown) => ({ resourceType: 'EpisodeOfCare', id: 'e', managingOrganization: organisation });
    const organisations: [string, unknown][] = [
      ['o1', { resourceType: 'Organization', id: 'zone', name: 'Sone Nord', partOf: { reference: 'Organization/home' } }],
      ['o2', { resourceType: 'Organization', id: 'home', name: 'Hjemmetjenesten', telecom: [{ system: 'phone', value: '22 33 44 55' }], partOf: { reference: 'Organization/home' } }],
    ];
    const of = (organisation: unknown) => readOverview(bundle([okt('u')], ['u', episode(organisation)], ...organisations), NOW).services?.current[0]?.unit;
    expect(of({ reference: 'Organization/zone' })).toEqual({ name: 'Sone Nord', phone: '22 33 44 55', via: 'Hjemmetjenesten' });
    expect(of({ display: 'En annen' })).toEqual({ name: 'En annen', phone: null, via: null });
    expect(of({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }] })).toBe('hidden');
    expect(of(undefined)).toBeNull();
  });

  it('has the band that the chart has', () => {
    expect([0, 1, 4, 5, 6, 7, 20].map((total) => bandOf(total))).toEqual(['zero', 'low', 'low', 'medium', 'medium', 'high', 'high']);
  });
});

describe('a reason', () => {
  it('has words enough, as the server counts them', () => {
    expect(['Funnet bevisstløs', 'åååååå ååååå'].map(isReason)).toEqual([true, true]);
    expect(['', 'Funnet', 'a b', '1234567890 123', '          '].map(isReason)).toEqual([false, false, false, false, false]);
  });
});
