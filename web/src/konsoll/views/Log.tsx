import { Button, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Empty, Pending } from '../../common/States';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useApi } from '../hooks';
import { EntryLine } from '../log/EntryLine';
import { Form } from '../log/Form';
import { Whole } from '../log/Whole';
import { type Found, type Reader, type Wanted, asked, nothing } from '../log/search';
import { useTexts } from '../texts';

const PAGE = 50;

/** Who saw whom, and why it was allowed. Nothing is looked for until it is asked for: each search is in the log. */
export function Log() {
  const t = useTexts();
  const [wanted, setWanted] = useState<Wanted>(nothing);
  const [sent, setSent] = useState<{ wanted: Wanted; time: number } | null>(null);
  const top = useRef<HTMLDivElement>(null);
  const send = (next: Wanted) => setSent({ wanted: next, time: Date.now() });
  const follow = (next: Wanted, now: boolean) => {
    setWanted(next);
    setSent(null);
    if (now) send(next);
    top.current?.scrollIntoView();
    document.querySelector<HTMLElement>('main h1')?.focus();
  };
  const onReader = (reader: Reader) => follow({ ...nothing, of: 'employee', handle: reader.handle ?? '', employee: [reader.name, reader.unitName].filter(Boolean).join(', ') }, false);
  return (
    <div className="stack loose" ref={top}>
      <Title lead={t.log.lead}>{t.views.log}</Title>
      <Form wanted={wanted} onChange={setWanted} onSearch={() => send(wanted)} busy={false} />
      {sent && <Results key={sent.time} wanted={sent.wanted} time={sent.time} onPerson={(person) => follow({ ...nothing, person }, true)} onReader={onReader} />}
      <Whole />
    </div>
  );
}

interface Props {
  wanted: Wanted;
  time: number;
  onPerson: (person: number) => void;
  onReader: (reader: Reader) => void;
}

function Results({ wanted, time, onPerson, onReader }: Props) {
  const t = useTexts();
  const language = useLanguage();
  const api = useApi();
  const heading = useRef<HTMLHeadingElement>(null);
  const found = useInfiniteQuery({
    // What was looked for is in this page's memory only.
    queryKey: ['tilgangslogg', time, language],
    staleTime: Infinity,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const { body, reason } = asked(wanted, PAGE, pageParam);
      return api.json<Found>(language, 'admin/tilgangslogg', { method: 'POST', body, signal, ...(reason ? { reason } : {}) });
    },
    getNextPageParam: (last) => last.before,
  });
  const entries = found.data?.pages.flatMap((page) => page.entries) ?? [];
  const there = found.data !== undefined;
  useEffect(() => {
    if (there) heading.current?.focus();
  }, [there]);
  return (
    <section className="stack" aria-labelledby="found">
      <Heading level={2} data-size="sm" id="found" tabIndex={-1} ref={heading}>
        {t.log.found}
      </Heading>
      <Pending query={found} />
      {there && entries.length === 0 && <Empty>{t.log.empty}</Empty>}
      {entries.length > 0 && (
        <>
          <Paragraph role="status" className="subtle">
            {fill(found.hasNextPage ? t.log.countMore : t.log.count, { n: entries.length })}
          </Paragraph>
          <ol className="plain-list wide">
            {entries.map((entry) => (
              <EntryLine key={entry.no} entry={entry} onPerson={onPerson} onReader={onReader} />
            ))}
          </ol>
        </>
      )}
      {found.hasNextPage && (
        <Button variant="secondary" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.log.older}
        </Button>
      )}
    </section>
  );
}
