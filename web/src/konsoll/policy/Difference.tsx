import { Paragraph } from '@digdir/designsystemet-react';
import { useMemo } from 'react';
import { useTexts } from '../texts';
import { diff, near } from './diff';

const signs = { same: ' ', gone: '−', new: '+' };

/** What differs between two texts; a sign and a word go with the colour. */
export function Difference({ before, after }: { before: string; after: string }) {
  const t = useTexts();
  const lines = useMemo(() => near(diff(before, after)), [before, after]);
  if (lines.every((line) => line === null)) return <Paragraph>{t.policy.same}</Paragraph>;
  return (
    <div className="scroll diff wide" tabIndex={0} role="group" aria-label={t.policy.difference}>
      {lines.map((line, i) =>
        line === null ? (
          <div key={i} className="cut">
            …
          </div>
        ) : (
          <div key={i} className={line.kind}>
            <span aria-hidden="true">{signs[line.kind]} </span>
            {line.kind !== 'same' && <span className="visually-hidden">{line.kind === 'gone' ? t.policy.gone : t.policy.added}: </span>}
            {line.text || ' '}
          </div>
        ),
      )}
    </div>
  );
}
