/** What `GET /sandbox/personas` answers, as far as the page shows it. */

import type { Language } from './texts';

export interface Persona {
  name: string;
  person: string | null;
  authorisation: { code: string; display: string } | null;
  organisation: { name: string } | null;
  unit: { name: string } | null;
  purpose: string | null;
  description: Record<Language, string>;
}

export interface Citizen {
  nin: string;
  name: string;
  birthDate: string;
  note: Record<Language, string>;
}

export interface Catalogue {
  personas: Persona[];
  citizens: Citizen[];
}

/** Fetches the catalogue. */
export async function fetchCatalogue(signal: AbortSignal): Promise<Catalogue> {
  const answer = await fetch('/sandbox/personas', { signal, headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as Catalogue;
}

/** Whole years from a birth date (`YYYY-MM-DD`) to a day. */
export function age(birthDate: string, day: Date): number {
  const [year = 0, month = 1, date = 1] = birthDate.split('-').map(Number);
  const before = day.getMonth() + 1 < month || (day.getMonth() + 1 === month && day.getDate() < date);
  return day.getFullYear() - year - (before ? 1 : 0);
}
