import { describe, expect, it } from 'vitest';
import { itemsOf, seriesOf } from '../src/innbygger/insight/read';
import type { LogEntry } from '../src/innbygger/api';
import { days } from '../src/innbygger/log/fold';
import { type Choice, bodyOf, missing, preview } from '../src/innbygger/sharing/block';
import { texts } from '../src/innbygger/texts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-11-23T12:00:00Z');

const entry = (no: number, at: number, more: Partial<LogEntry> = {}): LogEntry => ({
  no, timeMs: at, when: '', who: 'Nina', what: 'w', why: 'y', permitted: true, automatic: false, own: false, times: 1, withheld: 0, ...more,
});

describe('the log', () => {
  const dayOf = (at: Date) => at.toISOString().slice(0, 10);

  it('folds herself and systems, one line of each a day', () => {
    const own = { own: true, who: 'Deg selv' };
    const system = { automatic: true, who: 'Et datasystem', times: 3 };
    const shown = days([entry(9, NOON, own), entry(8, NOON - 1, system), entry(7, NOON - 2), entry(6, NOON - 3, own), entry(5, NOON - 4, system), entry(4, NOON - 24 * 60 * MINUTE, own)], dayOf);
    expect(shown.map(({ lines }) => lines.map((line) => line.kind))).toEqual([['own', 'automatic', 'one'], ['own']]);
    expect(shown[0]?.lines.map((line) => (line.kind === 'one' ? 1 : line.times))).toEqual([2, 6, 1]);
  });

  it('never folds away a system that was refused', () => {
    const [day] = days([entry(2, NOON, { automatic: true, permitted: false })], dayOf);
    expect(day?.lines[0]?.kind).toBe('one');
  });

  it('gathers one visit, and nothing else', () => {
    const all = [entry(9, NOON), entry(8, NOON - MINUTE), entry(7, NOON - 12 * MINUTE), entry(6, NOON - 13 * MINUTE, { permitted: false }), entry(5, NOON - 14 * MINUTE, { who: 'Ola' }), entry(4, NOON - 15 * MINUTE, { who: '' }), entry(3, NOON - 15 * MINUTE, { who: '' })];
    const lines = days(all, dayOf)[0]?.lines ?? [];
    expect(lines.map((line) => (line.kind === 'one' ? [line.entry.no, ...line.more.map((m) => m.no)] : []))).toEqual([[9, 8], [7], [6], [5], [4], [3]]);
  });
});

describe('a block', () => {
  const choice: Choice = { what: 'category', category: 'journal', from: '', to: '', whom: 'everyone', organisation: '', emergencyOpens: true };
  const choices = { organisations: [{ organisation: '399901014', name: 'Legevakten' }], categories: [{ category: 'journal', name: 'journal' }] };

  it('says what is missing, and has no preview until nothing is', () => {
    expect(missing({ ...choice, category: '' })).toBe('missingCategory');
    expect(missing({ ...choice, what: 'period' })).toBe('missingPeriod');
    expect(missing({ ...choice, what: 'period', from: '2026-02-02', to: '2026-02-01' })).toBe('orderPeriod');
    expect(missing({ ...choice, whom: 'organisation' })).toBe('missingOrganisation');
    expect(missing(choice)).toBeNull();
    expect(preview({ ...choice, category: '' }, {}, choices, texts.nb, 'nb')).toEqual([]);
  });

  it('becomes what the API takes', () => {
    expect(bodyOf(choice, {})).toEqual({ against: 'everyone', covers: { category: 'journal' }, emergencyOpens: true });
    expect(bodyOf({ ...choice, what: 'period', from: '2026-02-02', whom: 'others' }, {})).toEqual({ against: 'others-than-source', covers: { period: { from: '2026-02-02' } }, emergencyOpens: true });
    expect(bodyOf({ ...choice, what: 'element', whom: 'reader' }, { element: 'Observation/1', reader: 'ab' })).toEqual({ against: { reader: 'ab' }, covers: { element: 'Observation/1' }, emergencyOpens: true });
  });

  it('tells what follows, in sentences without holes', () => {
    for (const language of ['nb', 'nn', 'en'] as const) {
      for (const what of ['everything', 'category', 'element', 'period'] as const) {
        for (const whom of ['everyone', 'others', 'organisation', 'reader'] as const) {
          for (const emergencyOpens of [true, false]) {
            const told = preview({ ...choice, what, whom, from: '2026-02-02', organisation: '399901014', emergencyOpens }, { element: 'a/b', title: 'Puls', reader: 'r', who: 'Nina' }, choices, texts[language], language);
            expect(told).toHaveLength(5);
            expect(told.join(' ')).not.toMatch(/[{}]|undefined|  /);
          }
        }
      }
    }
  });
});

describe('information', () => {
  const bundle = (...resources: unknown[]) => ({ entry: resources.map((resource) => ({ resource })) }) as never;

  it('survives whatever a source has written', () => {
    const odd = [null, 1, {}, { resourceType: 'Observation' }, { resourceType: 1, id: 'a' }, { resourceType: 'Observation', id: 'a', code: 'x', valueQuantity: 3, component: {}, performer: 'p', note: [null, 3], effectiveDateTime: '9999-99-99' }, { resourceType: 'Patient', id: 'p', name: [{}], address: [{}], birthDate: 'x' }, { resourceType: 'Nothing', id: 'n' }];
    const items = itemsOf(bundle(...odd), 'nb');
    expect(items.map((item) => item.element).sort()).toEqual(['Nothing/n', 'Observation/a', 'Patient/p']);
    expect(items.every((item) => item.date === null)).toBe(true);
    expect(itemsOf({ entry: 'x' } as never, 'nb')).toEqual([]);
  });

  it('shows the beginning of a name that is none', () => {
    const [item] = itemsOf(bundle({ resourceType: 'Condition', id: 'c', code: { text: 'x'.repeat(10_000) }, asserter: { display: '😀'.repeat(500) } }), 'nb');
    expect([item?.title, item?.source].map((text) => Array.from(text ?? '').length)).toEqual([121, 121]);
  });

  it('says a blood pressure as people do, and names its source', () => {
    const coding = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
    const pressure = { resourceType: 'Observation', id: 'a', meta: { source: 'urn:oid:2.16.578.1.12.4.1.4.101.399901006#epj' }, code: coding('85354-9'), effectiveDateTime: '2026-11-22T08:00:00Z', component: [{ code: coding('8462-4'), valueQuantity: { value: 62 } }, { code: coding('8480-6'), valueQuantity: { value: 104 } }] };
    const [item] = itemsOf(bundle(pressure), 'nb', new Map([['399901006', 'Nordvik kommune']]));
    expect(item).toMatchObject({ lines: ['104/62 mmHg'], source: 'Nordvik kommune', group: 'measurements' });
    expect(seriesOf([item as never], texts.nb.info.measures)[0]?.key).toBe('Blodtrykk');
  });

  it('tells a service a week, also when it is decided for several, and never as hours what is not', () => {
    const episode = (numerator: unknown, weeks?: number) => ({ resourceType: 'EpisodeOfCare', id: 'e', extension: [{ url: 'https://x/WeeklyExtentRatio', valueRatio: { numerator, ...(weeks ? { denominator: { value: weeks } } : {}) } }] });
    const lines = (numerator: unknown, weeks?: number) => itemsOf(bundle(episode(numerator, weeks)), 'nb')[0]?.lines;
    expect([lines({ value: 7.5, code: 'h' }), lines({ value: 6, code: 'h' }, 2), lines({ value: 90, code: 'min' }, 1)]).toEqual([['7,5 timer per uke'], ['3 timer per uke'], ['90 minutter per uke']]);
    expect([lines({ value: 2, code: 'd' }), lines({ value: 'x', code: 'h' })]).toEqual([['2 d'], []]);
  });
});
