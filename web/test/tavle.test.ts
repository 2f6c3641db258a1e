/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundleOf } from '../src/tavle/bundle';
import { type Numeric, type Vitals, implausible, parts, plausible, pointsOf, totalOf, typed } from '../src/tavle/news2';

const well: Vitals = { respiration: 16, saturation: 97, scale: 1, oxygen: 0, systolic: 128, pulse: 72, consciousness: 'A', temperature: 37 };
const none: Vitals = { respiration: null, saturation: null, scale: 1, oxygen: null, systolic: null, pulse: null, consciousness: null, temperature: null };

const service = (path: string) => readFileSync(new URL(`../../crates/kilde-services/src/news2/${path}`, import.meta.url), 'utf8');
const tables = service('values/tests.rs');

/** A row of the chart, as it stands in the service's own tests: each cell's lowest and highest value, and its points. */
function cells(name: string): [number, number, number][] {
  const written = new RegExp(`const ${name}: Row = &\\[([^;]*)\\];`).exec(tables)?.[1] ?? '';
  const bound = (text: string) => ({ MIN: Number.NEGATIVE_INFINITY, MAX: Number.POSITIVE_INFINITY })[text] ?? Number(text);
  const found = [...written.matchAll(/\((\w+), (\w+), (\d)\)/g)].map(([, low = '', high = '', points]): [number, number, number] => [bound(low), bound(high), Number(points)]);
  expect(found.length, `${name} of the service's tests`).toBeGreaterThan(3);
  return found;
}

/** Which row is for what; the service counts temperature in tenths. */
const rows: [string, Numeric, Partial<Vitals>, number][] = [
  ['RESPIRATION', 'respiration', {}, 1],
  ['SCALE_1', 'saturation', {}, 1],
  ['SCALE_1', 'saturation', { oxygen: 2 }, 1],
  ['SCALE_2_AIR', 'saturation', { scale: 2, oxygen: 0 }, 1],
  ['SCALE_2_OXYGEN', 'saturation', { scale: 2, oxygen: 2 }, 1],
  ['SYSTOLIC', 'systolic', {}, 1],
  ['PULSE', 'pulse', {}, 1],
  ['TEMPERATURE', 'temperature', {}, 10],
];

describe('the chart', () => {
  it.each(rows)('%s is the one that the service is tested by', (name, part, more, steps) => {
    const row = cells(name);
    const [low, high] = plausible[part];
    for (let n = low * steps; n <= high * steps; n += 1) {
      const points = row.find(([from, to]) => from <= n && n <= to)?.[2];
      expect(pointsOf(part, { ...well, ...more, [part]: n / steps }), `${part} ${n / steps}`).toBe(points);
    }
  });

  it.each(['Respiration', 'Saturation', 'Systolic', 'Pulse', 'Temperature'])('takes the same %s as measured on a living person as the service', (name) => {
    const written = new RegExp(`\\b${name},\\s+(\\d+),\\s+(\\d+)\\s+\\);`).exec(service('values.rs'));
    const steps = name === 'Temperature' ? 10 : 1;
    expect(plausible[name.toLowerCase() as Numeric]).toEqual([Number(written?.[1]) / steps, Number(written?.[2]) / steps]);
  });

  it('rounds what is not whole as the service does, half up', () => {
    expect([11.4, 11.5].map((respiration) => pointsOf('respiration', { ...well, respiration }))).toEqual([1, 0]);
    expect([91.4, 91.5, 100.4, 100.5].map((saturation) => pointsOf('saturation', { ...well, saturation }))).toEqual([3, 2, 0, null]);
  });

  it('has two points for any oxygen', () => {
    expect([0, 0.5, 15].map((oxygen) => pointsOf('oxygen', { ...well, oxygen }))).toEqual([0, 2, 2]);
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
