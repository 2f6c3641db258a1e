import { useLanguage } from '../common/language';
import type { View } from './offices';

/** The address of each view. */
export const places: Record<View, string> = {
  overview: '/',
  log: '/tilgangslogg',
  review: '/uvanlig-tilgang',
  quarantine: '/karantene',
  policy: '/regler',
};

/** The address of a view, in the language of the page. */
export function useAddress(): (pathname: string) => { pathname: string; search: string } {
  const search = `?lang=${useLanguage()}`;
  return (pathname) => ({ pathname, search });
}
