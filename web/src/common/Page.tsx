import { SkipLink } from '@digdir/designsystemet-react';
import type { ReactNode } from 'react';
import { LanguageSwitch } from './LanguageSwitch';
import { type Language, LanguageContext } from './language';
import { common } from './texts';

interface Props {
  language: Language;
  onLanguage: (language: Language) => void;
  /** What stands to the left in the header. */
  brand: ReactNode;
  /** What stands beside the languages. */
  tools?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}

/** Header, content and footer of every page; the language is known to all below. */
export function Page({ language, onLanguage, brand, tools, footer, children }: Props) {
  return (
    <LanguageContext.Provider value={language}>
      <SkipLink href="#main">{common[language].skip}</SkipLink>
      <header className="page header">
        <div className="brand">{brand}</div>
        <div className="tools">
          <LanguageSwitch onChoose={onLanguage} />
          {tools}
        </div>
      </header>
      <main id="main" className="page" tabIndex={-1}>
        {children}
      </main>
      <footer className="page footer">{footer}</footer>
    </LanguageContext.Provider>
  );
}
