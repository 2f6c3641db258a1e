import { en } from './en';
import { nb, type Texts } from './nb';
import { nn } from './nn';

export type { Texts };

/** The languages, in the order they are offered. */
export const languages = ['nb', 'nn', 'en'] as const;
export type Language = (typeof languages)[number];

export const texts: Record<Language, Texts> = { nb, nn, en };

/** The language of an address's `lang`, else the first of the browser's wishes that we have, else bokmål. */
export function languageOf(search: string, wishes: readonly string[]): Language {
  const asked = [new URLSearchParams(search).get('lang'), ...wishes.map((w) => w.toLowerCase().split('-')[0])];
  for (const wish of asked) {
    const known = languages.find((l) => l === wish || (wish === 'no' && l === 'nb'));
    if (known) return known;
  }
  return 'nb';
}

/** Puts a text in the place of `{what}`. */
export function fill(text: string, what: string): string {
  return text.replace('{what}', () => what);
}
