/** What `GET /sandbox/personas` answers, as far as the page shows it. */

import type { Language } from './language';

export interface Persona {
  name: string;
  kind: string;
  instance: string | null;
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
