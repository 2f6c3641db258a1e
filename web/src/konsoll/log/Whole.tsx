import { Details, Link, Paragraph } from '@digdir/designsystemet-react';
import { useQuery } from '@tanstack/react-query';
import { Pending } from '../../common/States';
import { keysOf } from '../../common/receiptCheck';
import { useApi } from '../hooks';
import { useTexts } from '../texts';

/** What proves that the log is whole, and what one needs to see it for oneself. */
export function Whole() {
  const t = useTexts();
  const { office } = useApi();
  const keys = useQuery({ queryKey: ['keys', office.instance], queryFn: () => keysOf(office.instance), staleTime: Infinity });
  const [log = ''] = keys.data?.split('\n') ?? [];
  return (
    <Details data-size="sm">
      <Details.Summary>{t.whole.title}</Details.Summary>
      <Details.Content>
        <div className="stack">
          <Paragraph className="prose">{t.whole.how}</Paragraph>
          <Paragraph className="prose">{t.whole.yourself}</Paragraph>
          <Pending query={keys} />
          {keys.data && (
            <>
              <Paragraph>{t.whole.key}</Paragraph>
              <code className="block">{log}</code>
              <Paragraph>{t.whole.command}</Paragraph>
              <code className="block">{`kilde log watch --url ${window.location.origin}/${office.instance}/seal --key '${log}' --witness '…' --keep ${office.instance}.checkpoint`}</code>
            </>
          )}
          <Paragraph className="prose">{t.whole.notProven}</Paragraph>
          <Link href={`/${office.instance}/seal/checkpoint`}>{t.whole.checkpoint}</Link>
        </div>
      </Details.Content>
    </Details>
  );
}
