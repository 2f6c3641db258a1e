import { Button, Heading, Paragraph } from '@digdir/designsystemet-react';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, lazy, useState } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { Page } from '../common/Page';
import { Places } from '../common/Places';
import { Instead } from '../common/States';
import { useBeginAtTop } from '../common/beginAtTop';
import { useChosenLanguage } from '../common/language';
import { makeQueries } from '../common/queries';
import { useCommon } from '../common/texts';
import { LogIn } from './LogIn';
import type { Api } from './api';
import { ApiProvider, useApi } from './hooks';
import { type View, viewsOf } from './offices';
import { places, useAddress } from './places';
import { texts, useTexts } from './texts';
import { Overview } from './views/Overview';

// The first view comes with the page, the others when they are opened.
const Log = lazy(async () => ({ default: (await import('./views/Log')).Log }));
const Review = lazy(async () => ({ default: (await import('./views/Review')).Review }));
const Finding = lazy(async () => ({ default: (await import('./views/Finding')).Finding }));
const Report = lazy(async () => ({ default: (await import('./views/Report')).Report }));
const Quarantine = lazy(async () => ({ default: (await import('./views/Quarantine')).Quarantine }));
const Policy = lazy(async () => ({ default: (await import('./views/Policy')).Policy }));
const ProposalView = lazy(async () => ({ default: (await import('./views/ProposalView')).ProposalView }));
const Propose = lazy(async () => ({ default: (await import('./views/Propose')).Propose }));
const Try = lazy(async () => ({ default: (await import('./views/Try')).Try }));

/** The municipality's console. Who is logged in is in this page's memory only: a page that is loaded again asks anew. */
export function App() {
  const [language, choose] = useChosenLanguage((l) => texts[l].title);
  const [api, setApi] = useState<Api | null>(null);
  const [queries, setQueries] = useState(() => makeQueries(30_000));
  // Nothing that somebody has been shown is there for the next.
  const enter = (next: Api | null) => {
    setQueries(makeQueries(30_000));
    setApi(next);
  };
  const tools = api && <Who api={api} onLeave={() => enter(null)} label={texts[language].leave} />;
  return (
    <QueryClientProvider client={queries}>
      <BrowserRouter basename="/konsoll">
        <Page language={language} onLanguage={choose} brand={texts[language].title} tools={tools} footer={<Footer />}>
          {api ? (
            <ApiProvider value={api}>
              <Views />
            </ApiProvider>
          ) : (
            <LogIn onEnter={enter} />
          )}
        </Page>
      </BrowserRouter>
    </QueryClientProvider>
  );
}

function Views() {
  return (
    <Routes>
      <Route element={<Frame />}>
        <Route index element={<Overview />} />
        <Route path="tilgangslogg" element={<For view="log"><Log /></For>} />
        <Route path="uvanlig-tilgang" element={<For view="review"><Review /></For>} />
        <Route path="uvanlig-tilgang/rapport" element={<For view="review"><Report /></For>} />
        <Route path="uvanlig-tilgang/:id" element={<For view="review"><Finding /></For>} />
        <Route path="karantene" element={<For view="quarantine"><Quarantine /></For>} />
        <Route path="regler" element={<For view="policy"><Policy /></For>} />
        <Route path="regler/prov" element={<For view="policy"><Try /></For>} />
        <Route path="regler/ny" element={<For view="policy"><Propose /></For>} />
        <Route path="regler/forslag/:id" element={<For view="policy"><ProposalView /></For>} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}

/** The way around, and the view that is open. */
function Frame() {
  const t = useTexts();
  const address = useAddress();
  const { office } = useApi();
  useBeginAtTop();
  const place = (view: View) => ({ name: t.views[view], to: address(places[view]), end: view === 'overview' });
  return <Places label={t.nav} places={viewsOf(office.kind).map(place)} />;
}

/** A view, for those who have work in it. */
function For({ view, children }: { view: View; children: ReactNode }) {
  const t = useTexts();
  const { office } = useApi();
  return viewsOf(office.kind).includes(view) ? children : <Instead title={t.views[view]} text={t.notYours} />;
}

function NotFound() {
  const t = useTexts();
  return (
    <Heading level={1} data-size="md" tabIndex={-1}>
      {t.notFound}
    </Heading>
  );
}

function Who({ api, onLeave, label }: { api: Api; onLeave: () => void; label: string }) {
  return (
    <>
      <span className="who-am-i">{api.office.name}</span>
      <Button variant="secondary" data-size="sm" onClick={onLeave}>
        {label}
      </Button>
    </>
  );
}

function Footer() {
  const t = useTexts();
  const common = useCommon();
  return (
    <>
      <Paragraph data-size="sm">{t.logged}</Paragraph>
      <Paragraph data-size="sm">{common.sandbox}</Paragraph>
    </>
  );
}
