import { useCommon } from './texts';

/** The bands of the NEWS2 chart: each has a colour, and a word that goes with it. */
export type Band = 'zero' | 'low' | 'single-three' | 'medium' | 'high';

/** The band of a total; `three` is whether a single part has three points, known only where the parts are. */
export const bandOf = (total: number, three = false): Band => (total >= 7 ? 'high' : total >= 5 ? 'medium' : three ? 'single-three' : total >= 1 ? 'low' : 'zero');

/** The word that goes with the colour and the number. */
export function useBandWord(): (band: Band) => string {
  const t = useCommon();
  return (band) => ({ zero: t.low, low: t.low, 'single-three': t.lowMedium, medium: t.medium, high: t.high })[band];
}
