import { Button, Dialog, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, createContext, useContext, useEffect, useRef, useState } from 'react';
import { Instead } from '../common/States';
import { Failure } from '../common/failure';
import { type Language, useLanguage } from '../common/language';
import { base, fetchSession, instance } from './api';
import { texts, useTexts } from './texts';

type State = 'asking' | 'in' | 'out' | 'failed';
interface Known {
  state: State;
  municipality: string;
  error: unknown;
  again: () => void;
}

const SessionContext = createContext<Known>({ state: 'asking', municipality: '', error: null, again: () => {} });

/** Whether somebody is logged in with this browser. */
export const useSession = (): Known => useContext(SessionContext);

/** Knows of the session, and says so when it ends while somebody is at work: what she has written stays until she has logged in again. */
export function SessionGate({ language, children }: { language: Language; children: ReactNode }) {
  const client = useQueryClient();
  const session = useQuery({ queryKey: ['session'], queryFn: fetchSession, staleTime: Infinity, gcTime: Infinity, enabled: instance !== '' });
  const [ended, setEnded] = useState(false);

  useEffect(() => {
    const told = (error: unknown) => error instanceof Failure && error.kind === 'ended' && setEnded(true);
    const queries = client.getQueryCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error' && event.query.queryKey[0] !== 'session') told(event.action.error);
    });
    const changes = client.getMutationCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error') told(event.action.error);
    });
    return () => {
      queries();
      changes();
    };
  }, [client]);

  const isOut = session.error instanceof Failure && session.error.kind === 'ended';
  const state: State = session.data ? 'in' : isOut ? 'out' : session.error ? 'failed' : 'asking';
  const known = { state, municipality: session.data?.municipality ?? instance, error: session.error, again: () => void session.refetch() };

  const goOn = async () => {
    const fresh = await session.refetch();
    if (fresh.error) return;
    setEnded(false);
    await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  };

  return (
    <SessionContext.Provider value={known}>
      {children}
      {ended && session.data && <Ended language={language} onGoOn={goOn} />}
    </SessionContext.Provider>
  );
}

function Ended({ language, onGoOn }: { language: Language; onGoOn: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const t = texts[language];
  useEffect(() => {
    const box = dialog.current;
    if (box && !box.open) box.showModal();
  }, []);
  return (
    <Dialog ref={dialog} closeButton={false} onCancel={(event) => event.preventDefault()}>
      <div className="stack">
        <Heading level={2} data-size="sm">
          {t.endedTitle}
        </Heading>
        <Paragraph>{t.endedText}</Paragraph>
        <div className="row">
          <Button asChild>
            <a href={`${base}/login?lang=${language}`} target="_blank" rel="noopener noreferrer">
              {t.endedLogin}
            </a>
          </Button>
          <Button variant="secondary" onClick={onGoOn}>
            {t.endedGoOn}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** Where to log in. */
export function LogIn() {
  const t = useTexts();
  const language = useLanguage();
  return (
    <Instead title={t.loginTitle} text={t.loginText}>
      <Button asChild>
        <a href={`${base}/login?lang=${language}`}>{t.login}</a>
      </Button>
    </Instead>
  );
}
