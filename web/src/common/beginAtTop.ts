import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/** Who comes from another view begins at the top of the new one, at its heading. */
export function useBeginAtTop(): void {
  const { pathname } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus();
  }, [pathname]);
}
