import { useLanguage } from '../common/language';

/** The views that one goes to, in their order. */
export const places = [
  ['info', '/opplysninger'],
  ['log', '/hvem-har-sett'],
  ['sharing', '/deling'],
  ['proxies', '/fullmakter'],
  ['claims', '/krav'],
  ['download', '/last-ned'],
] as const;

/** The address of a view, in the language of the page. */
export function useAddress(): (pathname: string) => { pathname: string; search: string } {
  const search = `?lang=${useLanguage()}`;
  return (pathname) => ({ pathname, search });
}
