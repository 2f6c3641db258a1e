import { Places } from '../common/Places';
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
  const all = [['home', '/'], ...places] as const;
  return <Places label={t.nav} places={all.map(([name, to]) => ({ name: t.pages[name], to: address(to), end: to === '/' }))} />;
}
