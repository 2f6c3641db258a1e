import { describe, expect, it } from 'vitest';
import { bundleOf } from '../src/tavle/bundle';
import { type Part, type Vitals, implausible, parts, pointsOf, totalOf, typed } from '../src/tavle/news2';

const well: Vitals = { respiration: 16, saturation: 97, scale: 1, oxygen: 0, systolic: 128, pulse: 72, consciousness: 'A', temperature: 37 };
const none: Vitals = { respiration: null, saturation: null, scale: 1, oxygen: null, systolic: null, pulse: null, consciousness: null, temperature: null };

/** The chart, as it is printed: each column's last value with its points. */
const chart: [Part, Partial<Vitals>, [number, number][]][] = [
  ['respiration', {}, [[8, 3], [9, 1], [11, 1], [12, 0], [20, 0], [21, 2], [24, 2], [25, 3]]],
  ['saturation', {}, [[91, 3], [92, 2], [93, 2], [94, 1], [95, 1], [96, 0], [100, 0]]],
  ['saturation', { scale: 2, oxygen: 0 }, [[83, 3], [84, 2], [85, 2], [86, 1], [87, 1], [88, 0], [92, 0], [93, 0], [100, 0]]],
  ['saturation', { scale: 2, oxygen: 2 }, [[83, 3], [87, 1], [88, 0], [92, 0], [93, 1], [94, 1], [95, 2], [96, 2], [97, 3], [100, 3]]],
  ['oxygen', {}, [[0, 0], [0.5, 2], [15, 2]]],
  ['systolic', {}, [[90, 3], [91, 2], [100, 2], [101, 1], [110, 1], [111, 0], [219, 0], [220, 3]]],
  ['pulse', {}, [[40, 3], [41, 1], [50, 1], [51, 0], [90, 0], [91, 1], [110, 1], [111, 2], [130, 2], [131, 3]]],
  ['temperature', {}, [[35, 3], [35.1, 1], [36, 1], [36.1, 0], [38, 0], [38.1, 1], [39, 1], [39.1, 2]]],
];

describe('the chart', () => {
  it.each(chart)('%s %o', (part, more, columns) => {
    for (const [value, points] of columns) expect(pointsOf(part, { ...well, ...more, [part]: value }), `${part} ${value}`).toBe(points);
  });

  it('has three points for whatever is not alert', () => {
    expect((['A', 'C', 'V', 'P', 'U'] as const).map((consciousness) => pointsOf('consciousness', { ...well, consciousness }))).toEqual([0, 3, 3, 3, 3]);
  });

  it('says nothing of what is not measured, and of scale 2 above 92 without air or oxygen', () => {
    for (const part of parts) expect(pointsOf(part, none)).toBeNull();
    expect(pointsOf('saturation', { ...well, scale: 2, saturation: 93, oxygen: null })).toBeNull();
    expect(totalOf({ ...well, pulse: null })).toBeNull();
  });

  it('has a total with its band', () => {
    expect(totalOf(well)).toEqual({ total: 0, band: 'zero' });
    expect(totalOf({ ...well, pulse: 100 })).toEqual({ total: 1, band: 'low' });
    expect(totalOf({ ...well, pulse: 140 })).toEqual({ total: 3, band: 'single-three' });
    expect(totalOf({ ...well, pulse: 140, respiration: 22 })).toEqual({ total: 5, band: 'medium' });
    expect(totalOf({ ...well, pulse: 140, consciousness: 'V', oxygen: 2 })).toEqual({ total: 8, band: 'high' });
  });
});

describe('what is typed', () => {
  it('is a number, or nothing', () => {
    expect(['38,4', '38.4', ' 97 ', '0'].map(typed)).toEqual([38.4, 38.4, 97, 0]);
    expect(['', 'x', '1e3', '-4', '38,45', '99999', '1 2', '0x1'].map(typed)).toEqual(Array(8).fill(null));
  });

  it('is asked about when nobody measures it on the living', () => {
    expect(implausible({ ...well, temperature: 73, pulse: 7 })).toEqual(['pulse', 'temperature']);
    expect(totalOf({ ...well, temperature: 73 })).toBeNull();
    expect(implausible(well)).toEqual([]);
    expect(implausible(none)).toEqual([]);
  });
});

describe('a set as FHIR', () => {
  const subject = { system: 's', value: 'v' };
  const name = '0b6f3a52-9a4e-4c57-9b1e-2f7f3f7c1d00';
  type Entry = { fullUrl: string; request: { ifNoneExist: string }; resource: { effectiveDateTime: string; valueInteger?: number; component?: { code: { coding: { code: string }[] } }[]; derivedFrom?: { reference: string }[] } };
  const entries = (v: Vitals) => (bundleOf(v, subject, '2026-11-23T20:00:00Z', name) as { entry: Entry[] }).entry;

  it('has an entry for each measurement at one time, each with a name of its own, and the score with its scale', () => {
    const all = entries({ ...well, scale: 2 });
    expect(all).toHaveLength(8);
    expect(new Set(all.map((e) => e.fullUrl)).size).toBe(8);
    expect(new Set(all.map((e) => e.request.ifNoneExist)).size).toBe(8);
    expect(new Set(all.map((e) => e.resource.effectiveDateTime)).size).toBe(1);
    const score = all[7]?.resource;
    expect(score?.valueInteger).toBe(0);
    expect(score?.component?.map((c) => c.code.coding[0]?.code)).toContain('1104321000000108');
    expect(score?.derivedFrom?.map((r) => r.reference)).toEqual(all.slice(0, 7).map((e) => e.fullUrl));
  });

  it('has no score where a part is missing, and nothing for what is not measured', () => {
    expect(entries({ ...none, pulse: 80 })).toHaveLength(1);
    expect(entries({ ...well, temperature: null })).toHaveLength(6);
  });
});
