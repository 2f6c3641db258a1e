import { Button } from '@digdir/designsystemet-react';
import { useEffect, useState } from 'react';
import { useTexts } from '../texts';
import { fill } from '../../common/language';

type State = 'idle' | 'copied' | 'failed';

/** A command to copy. `what` tells which one, for who cannot see where the button stands. */
export function Command({ command, what }: { command: string; what: string }) {
  const t = useTexts();
  const [state, setState] = useState<State>('idle');

  useEffect(() => {
    if (state !== 'copied') return;
    const timer = window.setTimeout(() => setState('idle'), 4000);
    return () => window.clearTimeout(timer);
  }, [state]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      setState('copied');
    } catch {
      setState('failed');
    }
  };

  return (
    <div className="command">
      {/* Focusable, so that the keyboard can scroll it. */}
      <pre tabIndex={0} role="region" aria-label={fill(t.commandLabel, { what: what })} translate="no">
        <code>{command}</code>
      </pre>
      <Button data-size="sm" variant="secondary" aria-label={fill(t.copyLabel, { what: what })} onClick={copy}>
        {state === 'copied' ? t.copied : t.copy}
      </Button>
      <span role="status" className={state === 'failed' ? 'told' : 'told visually-hidden'}>
        {state === 'copied' ? t.copied : state === 'failed' ? t.copyFailed : ''}
      </span>
    </div>
  );
}
