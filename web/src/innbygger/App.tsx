import { Heading, Paragraph } from '@digdir/designsystemet-react';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { Page } from '../common/Page';
import { useChosenLanguage } from '../common/language';
import { makeQueries } from '../common/queries';
import { useCommon } from '../common/texts';
import { Draft } from './Draft';
import { Frame } from './Frame';
import { SessionGate, useSession } from './SessionGate';
import { base, forgeryWord, instance } from './api';
import { texts, useTexts } from './texts';
import { Home } from './views/Home';

// The first view comes with the page, the others when they are opened.
const Claims = lazy(async () => ({ default: (await import('./views/Claims')).Claims }));
const Download = lazy(async () => ({ default: (await import('./views/Download')).Download }));
const Info = lazy(async () => ({ default: (await import('./views/Info')).Info }));
const Log = lazy(async () => ({ default: (await import('./views/Log')).Log }));
const NewBlock = lazy(async () => ({ default: (await import('./views/NewBlock')).NewBlock }));
const NewClaim = lazy(async () => ({ default: (await import('./views/NewClaim')).NewClaim }));
const Proxies = lazy(async () => ({ default: (await import('./views/Proxies')).Proxies }));
const Sharing = lazy(async () => ({ default: (await import('./views/Sharing')).Sharing }));

export function App() {
  const [language, choose] = useChosenLanguage((l) => texts[l].title);
  const [client] = useState(() => makeQueries(60_000));
  return (
    <QueryClientProvider client={client}>
      <BrowserRouter basename={`${base}/min-side`}>
        <SessionGate language={language}>
          <Page language={language} onLanguage={choose} brand={texts[language].title} tools={<LogOut />} footer={<Footer />}>
            {instance ? <Views /> : <Paragraph>{texts[language].noPlace}</Paragraph>}
          </Page>
        </SessionGate>
      </BrowserRouter>
    </QueryClientProvider>
  );
}

function Views() {
  return (
    <Draft>
      <Routes>
        <Route element={<Frame />}>
          <Route index element={<Home />} />
          <Route path="opplysninger" element={<Info />} />
          <Route path="hvem-har-sett" element={<Log />} />
          <Route path="deling" element={<Sharing />} />
          <Route path="deling/ny" element={<NewBlock />} />
          <Route path="fullmakter" element={<Proxies />} />
          <Route path="krav" element={<Claims />} />
          <Route path="krav/ny" element={<NewClaim />} />
          <Route path="last-ned" element={<Download />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Draft>
  );
}

function NotFound() {
  const t = useTexts();
  return (
    <Heading level={1} data-size="md" tabIndex={-1}>
      {t.notFound}
    </Heading>
  );
}

/** A form and no fetch: the browser goes on to ID-porten. */
function LogOut() {
  const t = useTexts();
  const { state } = useSession();
  if (state !== 'in') return null;
  return (
    <form
      method="post"
      action={`${base}/logout`}
      onSubmit={(event) => {
        const field = event.currentTarget.elements.namedItem('csrf');
        if (field instanceof HTMLInputElement) field.value = forgeryWord();
      }}
    >
      <input type="hidden" name="csrf" />
      <button type="submit" className="ds-button" data-variant="secondary" data-size="sm">
        {t.logOut}
      </button>
    </form>
  );
}

function Footer() {
  const t = useTexts();
  const common = useCommon();
  return (
    <>
      <Heading level={2} data-size="2xs">
        {t.talkTitle}
      </Heading>
      <Paragraph data-size="sm" className="prose">
        {t.talkText}
      </Paragraph>
      <Paragraph data-size="sm">{common.notDevice}</Paragraph>
    </>
  );
}
