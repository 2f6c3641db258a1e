import { type Language, fill } from './language';
import { common } from './texts';

const ZONE = 'Europe/Oslo';
const locales: Record<Language, string> = { nb: 'nb-NO', nn: 'nn-NO', en: 'en-GB' };

const format = (language: Language, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locales[language], { timeZone: ZONE, ...options });
const key = (at: Date) => format('en', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

/** A FHIR date, in words that are as exact as it is: `2026`, `2026-11`, `2026-11-23`, or an instant. `null` if it is no date. */
export function dateText(text: string | undefined, language: Language, now = new Date()): string | null {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.*)?)?)?$/.exec(text ?? '');
  if (!text || !parts) return null;
  const [, year, month, day, time] = parts;
  if (!month) return year ?? null;
  const at = time ? new Date(text) : new Date(`${year}-${month}-${day ?? '01'}T12:00:00Z`);
  if (Number.isNaN(at.getTime())) return null;
  if (!day) return format(language, { year: 'numeric', month: 'long' }).format(at);
  if (time) return timeText(at, language, now);
  return format(language, { year: 'numeric', month: 'long', day: 'numeric' }).format(at);
}

/** A moment: today and yesterday by name, else the date; and the time. */
export function timeText(at: Date, language: Language, now = new Date()): string {
  const t = common[language];
  const yesterday = new Date(now.getTime() - 24 * 3600 * 1000);
  const named = key(at) === key(now) ? t.today : key(at) === key(yesterday) ? t.yesterday : null;
  const day = named ?? format(language, { year: 'numeric', month: 'long', day: 'numeric' }).format(at);
  return fill(t.at, { day, time: clockText(at, language) });
}

/** The time of day. */
export const clockText = (at: Date, language: Language): string => format(language, { hour: '2-digit', minute: '2-digit' }).format(at);

/** Day, month and time in a few characters, for axes and tables. */
export function shortTime(at: Date, language: Language): string {
  const day = format(language, { day: '2-digit', month: '2-digit' }).format(at);
  return `${day} ${clockText(at, language)}`;
}

/** Which day it is in Norway, in words; the same for two moments of one day. */
export const dayText = (at: Date, language: Language): string => format(language, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(at);

/** A number as people write it. */
export const numberText = (value: number, language: Language): string => new Intl.NumberFormat(locales[language], { maximumFractionDigits: 2 }).format(value);

/** Whole years from a birth date to a day; `null` if it is no whole date, or lies ahead. */
export function ageOn(birthDate: string | undefined, day: Date): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate ?? '');
  if (!parts) return null;
  const [year = 0, month = 1, date = 1] = parts.slice(1).map(Number);
  const before = day.getMonth() + 1 < month || (day.getMonth() + 1 === month && day.getDate() < date);
  const age = day.getFullYear() - year - (before ? 1 : 0);
  return age >= 0 && age < 130 ? age : null;
}
