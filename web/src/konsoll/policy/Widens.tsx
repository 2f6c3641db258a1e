import { Alert, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useLanguage } from '../../common/language';
import { useTexts } from '../texts';
import type { Widening } from '../views/policy';

/** Whether a text gives somebody access to more, and how. */
export function Widens({ widens }: { widens: Widening[] }) {
  const t = useTexts();
  const language = useLanguage();
  if (widens.length === 0) return <Alert data-color="success">{t.policy.narrows}</Alert>;
  return (
    <Alert data-color="warning">
      <Heading level={2} data-size="2xs">
        {t.policy.widens}
      </Heading>
      <Paragraph>{t.policy.second}</Paragraph>
      <ul>
        {widens.map((one) => (
          <li key={one.nb} className="written">
            {language === 'en' ? one.en : one.nb}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
