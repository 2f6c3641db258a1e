import { Heading, Paragraph, SkipLink } from '@digdir/designsystemet-react';
import { useEffect, useState } from 'react';
import { Addresses } from './components/Addresses';
import { Catalogue } from './components/Catalogue';
import { LanguageSwitch } from './components/LanguageSwitch';
import { Notices } from './components/Notices';
import { Picture } from './components/Picture';
import { Stories } from './components/Stories';
import { LanguageContext } from './language';
import { type Language, languageOf, texts } from './texts';

export function App() {
  const [language, setLanguage] = useState<Language>(() => languageOf(window.location.search, navigator.languages));
  const t = texts[language];

  useEffect(() => {
    document.documentElement.lang = language;
    document.title = t.title;
  }, [language, t]);

  const choose = (next: Language) => {
    setLanguage(next);
    const address = new URL(window.location.href);
    address.searchParams.set('lang', next);
    window.history.replaceState(null, '', address);
  };

  return (
    <LanguageContext.Provider value={language}>
      <SkipLink href="#main">{t.skip}</SkipLink>
      <header className="page header">
        <span className="brand">Kilde</span>
        <LanguageSwitch language={language} onChoose={choose} />
      </header>
      <main id="main" className="page" tabIndex={-1}>
        <section className="intro">
          <Heading level={1} data-size="lg">
            {t.tagline}
          </Heading>
          <Paragraph data-size="lg">{t.lead}</Paragraph>
          <Paragraph>{t.lead2}</Paragraph>
        </section>
        <Notices />
        <Picture />
        <Stories />
        <Catalogue />
        <Addresses />
      </main>
      <footer className="page footer">
        <Paragraph data-size="sm">
          <strong>{t.notDevice}.</strong> {t.notDeviceText}
        </Paragraph>
        <Paragraph data-size="sm">{t.footer}</Paragraph>
      </footer>
    </LanguageContext.Provider>
  );
}
