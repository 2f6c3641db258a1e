import { Failure, ask } from '../common/failure';
import type { Language } from '../common/language';

/** The municipality's number, from the address of the page. */
export const instance = /^\/(\d{4})\/innbygger\//.exec(window.location.pathname)?.[1] ?? '';
export const base = `/${instance}/innbygger`;

export interface Session {
  csrf: string;
  expires: string;
  municipality?: string;
}

export interface LogEntry {
  no: number;
  when: string;
  timeMs: number;
  who: string;
  reader?: string;
  role?: string;
  workplace?: string;
  what: string;
  why: string;
  reason?: string;
  permitted: boolean;
  automatic: boolean;
  own: boolean;
  times: number;
  withheld: number;
  review?: string;
}

export interface LogPage {
  entries: LogEntry[];
  before?: number;
}

export type Against = 'everyone' | 'others-than-source' | { organisation: string } | { reader: string };
export type Covers = 'everything' | { category: string } | { element: string } | { period: { from?: string; to?: string } };

export interface Block {
  id: string;
  version: number;
  inForce: boolean;
  declared: string;
  text: string;
  against?: Against;
  covers?: Covers;
  emergencyOpens?: boolean;
}

export interface Choices {
  organisations: { organisation: string; name: string }[];
  categories: { category: string; name: string }[];
}

export type Task = 'insight' | 'log' | 'blocks' | 'requests';

export interface Proxy {
  id: string;
  version: number;
  name: string;
  tasks: Task[];
  valid: boolean;
  declared: string;
  text: string;
}

export interface Claim {
  id: string;
  kind: 'correction' | 'deletion' | 'objection';
  text: string;
  status: 'sent' | 'received' | 'done' | 'refused';
  statusText: string;
  changed: string;
  element?: string;
  entry?: number;
  answer?: string;
}

/** The word that goes with whatever changes something; kept in the memory of this page, and fetched again when another tab has logged in anew. */
let csrf: string | null = null;

/** The session of this browser. Its word against forgery stays here. */
export async function fetchSession(): Promise<Session> {
  const answer = await ask(`${base}/session`, { headers: { accept: 'application/json' } });
  const session = (await answer.json()) as Session;
  csrf = session.csrf;
  return session;
}

/** The word for the form that logs out. */
export const forgeryWord = (): string => csrf ?? '';

/** Asks the citizen's API; gives the answer as it came. */
export async function request(language: Language, path: string, init: RequestInit = {}): Promise<Response> {
  const reads = !init.method || init.method === 'GET';
  if (!reads && csrf === null) await fetchSession();
  const once = () => {
    const headers = new Headers(init.headers);
    if (!headers.has('accept')) headers.set('accept', 'application/json');
    headers.set('accept-language', language);
    if (init.body) headers.set('content-type', 'application/json');
    if (!reads) headers.set('kilde-csrf', csrf ?? '');
    return ask(`${base}/${path}`, { ...init, headers });
  };
  try {
    return await once();
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== 'session-forgery') throw cause;
    await fetchSession();
    return once();
  }
}

/** The same, for an answer in JSON. */
export async function json<T>(language: Language, path: string, init: RequestInit = {}): Promise<T> {
  return (await (await request(language, path, init)).json()) as T;
}
