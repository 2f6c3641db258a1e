import { Link, Paragraph } from '@digdir/designsystemet-react';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Page } from '../common/Page';
import { Failed, Instead, Loading } from '../common/States';
import { type Language, useChosenLanguage } from '../common/language';
import { makeQueries } from '../common/queries';
import { useCommon } from '../common/texts';
import { Client } from './client';
import { framed, listen, send } from './frame';
import { type Launched, NotLaunched } from './launch';
import { texts, useOpened } from './texts';

type State = { at: 'launching' } | { at: 'failed'; error: unknown } | { at: 'open'; client: Client };

/** How long the journal has to say how it opened the app. */
const PATIENCE = 2000;

interface Props {
  launching: Promise<Launched>;
  name: string;
  title: (language: Language) => string;
  children: (client: Client) => ReactNode;
}

/** An app that a journal launches, for one user and one patient: what it shows until it has a token, and the page around it. */
export function LaunchedApp({ launching, name, title, children }: Props) {
  const [language, choose] = useChosenLanguage(title);
  const [queries] = useState(() => makeQueries(Infinity));
  const [state, setState] = useState<State>({ at: 'launching' });

  useEffect(() => {
    let gone = false;
    let end = () => {};
    launching
      .then((launched) => {
        if (gone) return;
        const open = (reason: string | null) => !gone && setState({ at: 'open', client: new Client(launched, reason) });
        if (!framed()) return open(null);
        const timer = window.setTimeout(() => open(null), PATIENCE);
        end = listen(
          () => window.parent,
          (message) => {
            if (message.kilde !== 'opened') return;
            window.clearTimeout(timer);
            open(message.reason);
          },
        );
        send(window.parent, { kilde: 'ready' });
      })
      .catch((error) => !gone && setState({ at: 'failed', error }));
    return () => {
      gone = true;
      end();
    };
  }, [launching]);

  return (
    <QueryClientProvider client={queries}>
      <Page language={language} onLanguage={choose} brand={<Brand name={name} />} footer={<Footer />}>
        {state.at === 'launching' && <Loading what={texts[language].launching} />}
        {state.at === 'failed' && (state.error instanceof NotLaunched ? <NotOpened /> : <Failed error={state.error} />)}
        {state.at === 'open' && children(state.client)}
      </Page>
    </QueryClientProvider>
  );
}

function Brand({ name }: { name: string }) {
  const common = useCommon();
  return (
    <>
      {name} <span className="mark">{common.referenceClient}</span>
    </>
  );
}

function NotOpened() {
  const t = useOpened();
  return (
    <Instead title={t.notLaunchedTitle} text={t.notLaunchedText}>
      {!framed() && <Link href="/epj">{t.toJournal}</Link>}
    </Instead>
  );
}

function Footer() {
  const common = useCommon();
  return (
    <>
      <Paragraph data-size="sm">{common.notDevice}</Paragraph>
      <Paragraph data-size="sm">{common.sandbox}</Paragraph>
    </>
  );
}
