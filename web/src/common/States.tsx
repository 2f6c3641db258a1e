import { Alert, Button, Heading, Paragraph, Spinner } from '@digdir/designsystemet-react';
import type { ReactNode } from 'react';
import { Failure } from './failure';
import { useCommon } from './texts';

/** Something is on its way. */
export function Loading({ what }: { what?: string }) {
  const t = useCommon();
  return (
    <div className="waiting" role="status">
      <Spinner aria-hidden="true" data-size="sm" />
      <span>{what ?? t.loading}</span>
    </div>
  );
}

/** Something did not come; what, why in plain words, and what can be done. */
export function Failed({ error, onAgain, title }: { error: unknown; onAgain?: () => void; title?: string }) {
  const t = useCommon();
  const failure = error instanceof Failure ? error : new Failure('server');
  const refused = failure.kind === 'refused';
  const words = failure.texts.length > 0 ? failure.texts : [failure.kind === 'network' ? t.failedNetwork : t.failedServer];
  return (
    <Alert data-color={refused ? 'warning' : 'danger'} role="alert">
      <Heading level={2} data-size="xs">
        {title ?? (refused ? t.refusedTitle : t.failedTitle)}
      </Heading>
      {words.map((text) => (
        <Paragraph key={text}>{text}</Paragraph>
      ))}
      {onAgain && !refused && (
        <Button variant="secondary" data-size="sm" onClick={onAgain}>
          {t.tryAgain}
        </Button>
      )}
    </Alert>
  );
}

/** What is asked for, for as long as there is no answer to show. */
export function Pending({ query }: { query: { isPending: boolean; error: unknown; refetch: () => unknown } }) {
  if (query.isPending) return <Loading />;
  return query.error ? <Failed error={query.error} onAgain={() => void query.refetch()} /> : null;
}

/** There is nothing, and that is an answer too. */
export function Empty({ children }: { children: ReactNode }) {
  return <Paragraph className="empty">{children}</Paragraph>;
}

/** What stands in place of a view that cannot be shown: why, and the way on. */
export function Instead({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className="stack">
      <Heading level={1} data-size="md">
        {title}
      </Heading>
      <Alert data-color="info">{text}</Alert>
      {children}
    </div>
  );
}
