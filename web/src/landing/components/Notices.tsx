import { Alert, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useTexts } from '../texts';

/** That all is invented, and that this is no medical device. */
export function Notices() {
  const t = useTexts();
  return (
    <div className="notices">
      <Alert data-color="info">
        <Heading level={2} data-size="xs">
          {t.sandboxTitle}
        </Heading>
        <Paragraph>{t.sandbox}</Paragraph>
      </Alert>
      <Alert data-color="warning">
        <Heading level={2} data-size="xs">
          {t.notDevice}
        </Heading>
        <Paragraph>{t.notDeviceText}</Paragraph>
      </Alert>
    </div>
  );
}
