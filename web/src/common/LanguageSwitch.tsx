import { Button } from '@digdir/designsystemet-react';
import { type Language, languageNames, languages, useLanguage } from './language';
import { useCommon } from './texts';

/** Chooses the page's language. Each name stands in its own language. */
export function LanguageSwitch({ onChoose }: { onChoose: (language: Language) => void }) {
  const language = useLanguage();
  const t = useCommon();
  return (
    <nav aria-label={t.language} className="languages">
      {languages.map((one) => (
        <Button key={one} lang={one} data-size="sm" variant={one === language ? 'secondary' : 'tertiary'} aria-pressed={one === language} onClick={() => onChoose(one)}>
          {languageNames[one]}
        </Button>
      ))}
    </nav>
  );
}
