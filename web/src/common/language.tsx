import { createContext, useContext, useEffect, useState } from 'react';

/** The languages, in the order they are offered, with the name that each has in itself. */
export const languages = ['nb', 'nn', 'en'] as const;
export type Language = (typeof languages)[number];
export const languageNames: Record<Language, string> = { nb: 'Bokmål', nn: 'Nynorsk', en: 'English' };

/** The language of an address's `lang`, else the first of the browser's wishes that we have, else bokmål. */
export function languageOf(search: string, wishes: readonly string[]): Language {
  const asked = [new URLSearchParams(search).get('lang'), ...wishes.map((w) => w.toLowerCase().split('-')[0])];
  for (const wish of asked) {
    const known = languages.find((l) => l === wish || (wish === 'no' && l === 'nb'));
    if (known) return known;
  }
  return 'nb';
}

/** Puts values in the places of `{name}`; what has no value stays as it is. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => (name in values ? String(values[name]) : place));
}

/** The language of the page. */
export const LanguageContext = createContext<Language>('nb');

/** The language of the page. */
export const useLanguage = (): Language => useContext(LanguageContext);

/** A hook that gives the texts of a part of the web in the language of the page. */
export const textsOf = <T,>(texts: Record<Language, T>) => (): T => texts[useLanguage()];

/** Which language it is, and how to choose another: it stays in the address, and nowhere else. */
export function useChosenLanguage(title: (language: Language) => string): [Language, (language: Language) => void] {
  const [language, setLanguage] = useState<Language>(() => languageOf(window.location.search, navigator.languages));
  const name = title(language);
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = name;
  }, [language, name]);
  const choose = (next: Language) => {
    setLanguage(next);
    const address = new URL(window.location.href);
    address.searchParams.set('lang', next);
    window.history.replaceState(window.history.state, '', address);
  };
  return [language, choose];
}
