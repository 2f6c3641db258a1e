/** As much of FHIR as the pages read. Whatever a source has delivered may be missing, or of another kind than expected: nothing here is sure. */

export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}
export interface Concept {
  text?: string;
  coding?: Coding[];
}
export interface Reference {
  reference?: string;
  display?: string;
  type?: string;
}
export interface Quantity {
  value?: number;
  unit?: string;
  code?: string;
}
export interface Resource {
  resourceType: string;
  id?: string;
  [element: string]: unknown;
}
export interface Entry {
  fullUrl?: string;
  resource?: Resource;
  extension?: { url?: string; valueBoolean?: boolean }[];
}
export interface Bundle {
  entry?: Entry[];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of an array; nothing if it is none. */
export const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value.filter((item) => item !== null) as T[]) : []);

/** A text, trimmed; `undefined` if it is none, or empty. */
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined);

/** An element of an object. */
export const at = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

/** What a concept says to people. */
export function conceptText(value: unknown): string | undefined {
  const own = text(at(value, 'text'));
  const codings = list<Coding>(at(value, 'coding'));
  return own ?? codings.map((c) => text(at(c, 'display'))).find(Boolean) ?? codings.map((c) => text(at(c, 'code'))).find(Boolean);
}

/** The code of a concept in a system. */
export const codeIn = (value: unknown, system: string): string | undefined =>
  text(at(list<Coding>(at(value, 'coding')).find((c) => at(c, 'system') === system), 'code'));

/** What a reference is called. */
export const displayOf = (value: unknown): string | undefined => text(at(value, 'display'));

/** A person's name as it was delivered: the official one, else the first. */
export function nameOf(resource: unknown): string | undefined {
  const names = list<Record<string, unknown>>(at(resource, 'name'));
  const name = names.find((n) => at(n, 'use') === 'official') ?? names[0];
  const parts = [...list<string>(at(name, 'given')).map(text), text(at(name, 'family'))].filter(Boolean);
  return text(at(name, 'text')) ?? (parts.join(' ') || undefined);
}

/** The value of an extension by the last part of its address. */
export function extension(resource: unknown, name: string): Record<string, unknown> | undefined {
  return list<Record<string, unknown>>(at(resource, 'extension')).find((e) => text(at(e, 'url'))?.split('/').pop() === name);
}
