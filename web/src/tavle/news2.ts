/**
 * The NEWS2 chart (Royal College of Physicians, 2017), written here once more than at the service: the score must follow the keys, also where there is
 * no net. What counts afterwards is what the service computes. The tests hold both to one table, the one of the service's own tests.
 */

import { type Band, bandOf } from '../common/band';

export type Scale = 1 | 2;
export type Consciousness = 'A' | 'C' | 'V' | 'P' | 'U';

/** What is measured; `null` where nothing (yet) is. Temperature in degrees Celsius, oxygen in litres a minute, 0 for air. */
export interface Vitals {
  respiration: number | null;
  saturation: number | null;
  scale: Scale;
  oxygen: number | null;
  systolic: number | null;
  pulse: number | null;
  consciousness: Consciousness | null;
  temperature: number | null;
}

export const parts = ['respiration', 'saturation', 'oxygen', 'systolic', 'pulse', 'consciousness', 'temperature'] as const;
export type Part = (typeof parts)[number];
/** Parts that are measured as a number. */
export type Numeric = Exclude<Part, 'consciousness'>;

/** Points by upper ends: the first end that the value does not exceed decides. */
const row = (value: number, ends: [number, number][]): number => ends.find(([end]) => value <= end)?.[1] ?? 0;
const MORE = Number.POSITIVE_INFINITY;

/** What is looked up in the chart: whole numbers, as the service rounds them, save where the chart itself has tenths. */
const looked = (part: Numeric, value: number): number => (part === 'temperature' || part === 'oxygen' ? value : Math.round(value));

/** The points of one part; `null` where they cannot be told: not measured, or not to be believed. */
export function pointsOf(part: Part, v: Vitals): number | null {
  if (part === 'consciousness') return v.consciousness === null ? null : v.consciousness === 'A' ? 0 : 3;
  const measured = v[part];
  if (measured === null || isOdd(part, v)) return null;
  const value = looked(part, measured);
  switch (part) {
    case 'respiration':
      return row(value, [[8, 3], [11, 1], [20, 0], [24, 2], [MORE, 3]]);
    case 'saturation':
      if (v.scale === 1) return row(value, [[91, 3], [93, 2], [95, 1], [MORE, 0]]);
      if (value <= 92) return row(value, [[83, 3], [85, 2], [87, 1], [92, 0]]);
      if (v.oxygen === null) return null;
      return v.oxygen === 0 ? 0 : row(value, [[94, 1], [96, 2], [MORE, 3]]);
    case 'oxygen':
      return value === 0 ? 0 : 2;
    case 'systolic':
      return row(value, [[90, 3], [100, 2], [110, 1], [219, 0], [MORE, 3]]);
    case 'pulse':
      return row(value, [[40, 3], [50, 1], [90, 0], [110, 1], [130, 2], [MORE, 3]]);
    case 'temperature':
      return row(value, [[35, 3], [36, 1], [38, 0], [39, 1], [MORE, 2]]);
  }
}

/** The total with its band, when every part has points; else `null`. */
export function totalOf(v: Vitals): { total: number; band: Band } | null {
  const all = parts.map((part) => pointsOf(part, v));
  if (all.some((points) => points === null)) return null;
  const points = all as number[];
  const total = points.reduce((sum, one) => sum + one, 0);
  return { total, band: bandOf(total, points.includes(3)) };
}

/** What is measured on a living person. Outside is asked about and not scored, here as at the service; which takes any flow of oxygen, though. */
export const plausible: Record<Numeric, [number, number]> = {
  respiration: [1, 80],
  saturation: [50, 100],
  oxygen: [0, 60],
  systolic: [40, 300],
  pulse: [20, 300],
  temperature: [25, 45],
};

function isOdd(part: Part, v: Vitals): boolean {
  if (part === 'consciousness') return false;
  const value = v[part];
  return value !== null && (looked(part, value) < plausible[part][0] || looked(part, value) > plausible[part][1]);
}

/** Parts whose value is not to be believed. */
export const implausible = (v: Vitals): Part[] => parts.filter((part) => isOdd(part, v));

/** What is typed, as a number: comma or point, and nothing else; `null` if it is none. */
export function typed(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  return /^\d{1,4}(\.\d)?$/.test(clean) ? Number(clean) : null;
}
