import { numberText } from '../common/dates';
import { type Language, fill } from '../common/language';
import { common } from '../common/texts';
import { type Resource, at, extension, text } from './read';

/** How much of a service somebody has, each week. */
export interface Extent {
  n: number;
  unit: 'hours' | 'minutes';
}

/** The weekly extent of a service: its ratio may be over several weeks. `null` where it is not told as time. */
export function extentOf(resource: Resource): Extent | null {
  const ratio = at(extension(resource, 'WeeklyExtentRatio'), 'valueRatio');
  const amount = at(at(ratio, 'numerator'), 'value');
  const unit = text(at(at(ratio, 'numerator'), 'code')) ?? text(at(at(ratio, 'numerator'), 'unit'));
  const weeks = at(at(ratio, 'denominator'), 'value') ?? 1;
  if (typeof amount !== 'number' || typeof weeks !== 'number' || !(weeks > 0) || (unit !== 'h' && unit !== 'min')) return null;
  return { n: amount / weeks, unit: unit === 'h' ? 'hours' : 'minutes' };
}

/** The same in words. */
export const extentText = ({ n, unit }: Extent, language: Language): string => fill(common[language][unit], { n: numberText(n, language) });
