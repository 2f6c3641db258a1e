import { useState } from 'react';
import { useCommon } from './texts';

const SHOWN = 400;

/** What somebody has written, as text and nothing else; what is very long is shown when it is asked for. */
export function LongText({ children }: { children: string }) {
  const t = useCommon();
  const [whole, setWhole] = useState(false);
  const characters = Array.from(children);
  if (characters.length <= SHOWN * 1.25) return <span className="written">{children}</span>;
  return (
    <>
      <span className="written">{whole ? children : `${characters.slice(0, SHOWN).join('')}…`}</span>{' '}
      <button type="button" className="as-link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? t.less : t.more}
      </button>
    </>
  );
}
