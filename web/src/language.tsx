import { createContext, useContext } from 'react';
import { type Language, type Texts, texts } from './texts';

/** The language of the page. */
export const LanguageContext = createContext<Language>('nb');

/** The chosen language and its texts. */
export function useTexts(): { language: Language; t: Texts } {
  const language = useContext(LanguageContext);
  return { language, t: texts[language] };
}
