import { Tag } from '@digdir/designsystemet-react';
import { LongText } from '../common/LongText';
import { fill } from '../common/language';
import type { Found } from './issues';
import { useTexts } from './texts';

/** What is wrong with a message or a text: what, where, and by which rule. */
export function Findings({ found, onGo }: { found: Found[]; onGo?: (at: string) => void }) {
  const t = useTexts();
  return (
    <ol className="plain-list findings wide">
      {found.map((one, i) => {
        const place = one.at ? fill(t.findings.at, { line: one.at.split(':')[0] ?? '', column: one.at.split(':')[1] ?? '' }) : null;
        return (
          <li key={i}>
            <div>
              <Tag data-size="sm" data-color={one.warning ? 'info' : 'danger'}>
                {one.warning ? t.findings.warning : t.findings.error}
              </Tag>{' '}
              <LongText>{one.text}</LongText>
            </div>
            <div className="subtle small">
              {one.element && <code>{one.element}</code>}
              {place && (onGo ? <button type="button" className="as-link" onClick={() => onGo(one.at ?? '')}>{place}</button> : <span>{place}</span>)}
              {one.rule && <code>{one.rule}</code>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
