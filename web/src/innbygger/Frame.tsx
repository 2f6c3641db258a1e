import { Suspense } from 'react';
import { NavLink, Outlet } from 'react-router';
import { Failed, Loading } from '../common/States';
import { useBeginAtTop } from '../common/beginAtTop';
import { LogIn, useSession } from './SessionGate';
import { places, useAddress } from './places';
import { useTexts } from './texts';

/** The way around the citizen's page, and the view that is open. */
export function Frame() {
  const t = useTexts();
  const address = useAddress();
  const session = useSession();
  useBeginAtTop();

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
