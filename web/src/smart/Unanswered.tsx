import { Alert, Heading, Paragraph } from '@digdir/designsystemet-react';
import { Failed } from '../common/States';
import { Failure } from '../common/failure';
import { useOpened } from './texts';

/** Something that was asked for did not come. When the access has run out, the way on is the journal's. */
export function Unanswered({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  const t = useOpened();
  if (!(error instanceof Failure) || error.kind !== 'ended') return <Failed error={error} onAgain={onAgain} />;
  return (
    <Alert data-color="warning" role="alert">
      <Heading level={2} data-size="xs">
        {t.endedTitle}
      </Heading>
      <Paragraph>{t.endedText}</Paragraph>
    </Alert>
  );
}
