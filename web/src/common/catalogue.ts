/** What `GET /sandbox/personas` answers, as far as the page shows it. */

import { useEffect, useState } from 'react';
import { ask } from './failure';
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

/** The catalogue, in this page's memory only; or what kept it from coming, and how to ask again. */
export function useCatalogue(): { catalogue: Catalogue | null; error: unknown; again: () => void } {
  const [catalogue, setCatalogue] = useState<Catalogue | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    ask('/sandbox/personas', { signal: stop.signal, headers: { accept: 'application/json' } })
      .then((answer) => answer.json() as Promise<Catalogue>)
      .then(setCatalogue)
      .catch((cause) => !stop.signal.aborted && setError(cause));
    return () => stop.abort();
  }, [tries]);
  return { catalogue, error, again: () => setTries(tries + 1) };
}
