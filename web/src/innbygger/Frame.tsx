import { Suspense, useEffect, useRef } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Failed, Loading } from '../common/States';
import { LogIn, useSession } from './SessionGate';
import { places, useAddress } from './places';
import { useTexts } from './texts';

/** The way around the citizen's page, and the view that is open. */
export function Frame() {
  const t = useTexts();
  const address = useAddress();
  const session = useSession();
  const { pathname } = useLocation();
  const first = useRef(true);

  // Who comes from another view begins at the top of the new one.
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus();
  }, [pathname]);

  if (session.state === 'asking') return <Loading />;
  if (session.state === 'out') return <LogIn />;
  if (session.state === 'failed') return <Failed error={session.error} onAgain={session.again} />;
  return (
    <div className="portal">
      <nav aria-label={t.nav} className="places no-print">
        <ul className="plain-list">
          {([['home', '/'], ...places] as const).map(([name, to]) => (
            <li key={name}>
              <NavLink to={address(to)} end={to === '/'}>
                {t.pages[name]}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className="view">
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
