import { Button } from '@digdir/designsystemet-react';
import { useTexts } from '../language';
import { type Language, languages, texts } from '../texts';

/** Chooses the page's language. Each name stands in its own language. */
export function LanguageSwitch({ language, onChoose }: { language: Language; onChoose: (language: Language) => void }) {
  const { t } = useTexts();
  return (
    <nav aria-label={t.language} className="languages">
      {languages.map((one) => (
        <Button
          key={one}
          lang={one}
          data-size="sm"
          variant={one === language ? 'primary' : 'tertiary'}
          aria-pressed={one === language}
          onClick={() => onChoose(one)}
        >
          {texts[one].name}
        </Button>
      ))}
    </nav>
  );
}
