import { Heading, Paragraph } from '@digdir/designsystemet-react';
import { Page } from '../common/Page';
import { useChosenLanguage } from '../common/language';
import { Addresses } from './components/Addresses';
import { Catalogue } from './components/Catalogue';
import { Doors } from './components/Doors';
import { Notices } from './components/Notices';
import { Picture } from './components/Picture';
import { Stories } from './components/Stories';
import { texts } from './texts';

export function App() {
  const [language, choose] = useChosenLanguage((l) => texts[l].title);
  const t = texts[language];
  const footer = (
    <>
      <Paragraph data-size="sm">
        <strong>{t.notDevice}.</strong> {t.notDeviceText}
      </Paragraph>
      <Paragraph data-size="sm">{t.footer}</Paragraph>
    </>
  );
  return (
    <Page language={language} onLanguage={choose} brand="Kilde" footer={footer}>
      <div className="landing">
        <section className="intro">
          <Heading level={1} data-size="lg">
            {t.tagline}
          </Heading>
          <Paragraph data-size="lg">{t.lead}</Paragraph>
          <Paragraph>{t.lead2}</Paragraph>
        </section>
        <Notices />
        <Doors />
        <Picture />
        <Stories />
        <Catalogue />
        <Addresses />
      </div>
    </Page>
  );
}
