import { Alert, Heading, Link, Paragraph } from '@digdir/designsystemet-react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Page } from '../common/Page';
import { Failed, Loading } from '../common/States';
import { Failure } from '../common/failure';
import { useChosenLanguage } from '../common/language';
import { useCommon } from '../common/texts';
import { Client } from '../smart/client';
import { listen, send } from '../smart/frame';
import { type Launched, NotLaunched } from '../smart/launch';
import { Chart } from './Chart';
import { texts, useTexts } from './texts';

type State = { at: 'launching' } | { at: 'failed'; error: unknown } | { at: 'open'; client: Client };

const framed = () => window.parent !== window;
/** How long the journal has to say how it opened the app. */
const PATIENCE = 2000;

const makeClient = () =>
  new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, refetchOnWindowFocus: false, retry: (count, cause) => cause instanceof Failure && cause.kind === 'network' && count < 1 } } });

/** The client: launched by a journal, for one user and one patient. */
export function App({ launching }: { launching: Promise<Launched> }) {
  const [language, choose] = useChosenLanguage((l) => texts[l].title);
  const [queries] = useState(makeClient);
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
      <Page language={language} onLanguage={choose} brand={<Brand />} footer={<Footer />}>
        {state.at === 'launching' && <Loading what={texts[language].launching} />}
        {state.at === 'failed' && (state.error instanceof NotLaunched ? <NotOpened /> : <Failed error={state.error} />)}
        {state.at === 'open' && <Chart client={state.client} />}
      </Page>
    </QueryClientProvider>
  );
}

function Brand() {
  const common = useCommon();
  return (
    <>
      Legevakt <span className="mark">{common.referenceClient}</span>
    </>
  );
}

function NotOpened() {
  const t = useTexts();
  return (
    <div className="stack">
      <Heading level={1} data-size="md">
        {t.notLaunchedTitle}
      </Heading>
      <Alert data-color="info">{t.notLaunchedText}</Alert>
      {!framed() && <Link href="/epj">{t.toJournal}</Link>}
    </div>
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
