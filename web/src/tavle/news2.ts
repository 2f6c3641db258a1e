/** The NEWS2 chart (Royal College of Physicians, 2017), for a score while one types. What counts afterwards is what the service computes. */

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

/** Points by upper ends: the first end that the value does not exceed decides. */
const row = (value: number, ends: [number, number][]): number => ends.find(([end]) => value <= end)?.[1] ?? 0;
const MORE = Number.POSITIVE_INFINITY;

/** The points of one part; `null` where they cannot be told: not measured, or not to be believed, which the service does not score either. */
export function pointsOf(part: Part, v: Vitals): number | null {
  const value = v[part];
  if (value === null || isOdd(part, v)) return null;
  switch (part) {
    case 'respiration':
      return row(value as number, [[8, 3], [11, 1], [20, 0], [24, 2], [MORE, 3]]);
    case 'saturation':
      if (v.scale === 1) return row(value as number, [[91, 3], [93, 2], [95, 1], [MORE, 0]]);
      if ((value as number) <= 92) return row(value as number, [[83, 3], [85, 2], [87, 1], [92, 0]]);
      if (v.oxygen === null) return null;
      return v.oxygen === 0 ? 0 : row(value as number, [[94, 1], [96, 2], [MORE, 3]]);
    case 'oxygen':
      return value === 0 ? 0 : 2;
    case 'systolic':
      return row(value as number, [[90, 3], [100, 2], [110, 1], [219, 0], [MORE, 3]]);
    case 'pulse':
      return row(value as number, [[40, 3], [50, 1], [90, 0], [110, 1], [130, 2], [MORE, 3]]);
    case 'consciousness':
      return value === 'A' ? 0 : 3;
    case 'temperature':
      return row(value as number, [[35, 3], [36, 1], [38, 0], [39, 1], [MORE, 2]]);
  }
}

export type Band = 'zero' | 'low' | 'single-three' | 'medium' | 'high';

/** The total with its band, when every part has points; else `null`. */
export function totalOf(v: Vitals): { total: number; band: Band } | null {
  const all = parts.map((part) => pointsOf(part, v));
  if (all.some((points) => points === null)) return null;
  const points = all as number[];
  const total = points.reduce((sum, one) => sum + one, 0);
  const band = total >= 7 ? 'high' : total >= 5 ? 'medium' : points.includes(3) ? 'single-three' : total > 0 ? 'low' : 'zero';
  return { total, band };
}

/** What is measured on a living person, as the service has it. Outside is asked about, and not scored there. */
export const plausible: Record<Exclude<Part, 'consciousness'>, [number, number]> = {
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
  return value !== null && (value < plausible[part][0] || value > plausible[part][1]);
}

/** Parts whose value is not to be believed. */
export const implausible = (v: Vitals): Part[] => parts.filter((part) => isOdd(part, v));

/** What is typed, as a number: comma or point, and nothing else; `null` if it is none. */
export function typed(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  return /^\d{1,4}(\.\d)?$/.test(clean) ? Number(clean) : null;
}
