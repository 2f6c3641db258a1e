import { Button, Details, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Empty, Pending } from '../../common/States';
import { dayText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { type LogPage, json } from '../api';
import { EntryCard } from '../log/EntryCard';
import { type Line, days } from '../log/fold';
import { useTexts } from '../texts';

const PAGE = 100;

/** Who has looked, day by day; herself and systems folded. */
export function Log() {
  const t = useTexts();
  const language = useLanguage();
  const log = useInfiniteQuery({
    queryKey: ['tilgangslogg', language],
    queryFn: ({ pageParam, signal }) => json<LogPage>(language, `tilgangslogg?limit=${PAGE}${pageParam ? `&before=${pageParam}` : ''}`, { signal }),
    initialPageParam: 0,
    getNextPageParam: (last) => last.before,
  });
  const entries = useMemo(() => log.data?.pages.flatMap((page) => page.entries) ?? [], [log.data]);
  const shown = useMemo(() => days(entries, (at) => dayText(at, language)), [entries, language]);
  return (
    <div className="stack loose">
      <Title lead={t.log.lead}>{t.pages.log}</Title>
      <Pending query={log} />
      {log.data && entries.length === 0 && <Empty>{t.log.empty}</Empty>}
      {shown.map(({ day, lines }, i) => (
        <section key={day + i} className="stack" aria-labelledby={`day-${i}`}>
          <Heading level={2} data-size="xs" id={`day-${i}`} className="day">
            {day}
          </Heading>
          {lines.map((line) => (line.kind === 'one' ? <EntryCard key={line.entry.no} entry={line.entry} more={line.more} /> : <Folded key={line.kind} line={line} />))}
        </section>
      ))}
      {log.hasNextPage && (
        <Button variant="secondary" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {t.log.older}
        </Button>
      )}
      {log.data && !log.hasNextPage && entries.length > 0 && <Paragraph className="subtle">{t.log.allShown}</Paragraph>}
    </div>
  );
}

function Folded({ line }: { line: Exclude<Line, { kind: 'one' }> }) {
  const t = useTexts();
  const name = fill(line.kind === 'own' ? t.log.ownFolded : t.log.automaticFolded, { n: line.times });
  return (
    <Details data-size="sm" className="quiet">
      <Details.Summary>{name}</Details.Summary>
      <Details.Content>
        <ul className="plain-list folded">
          {line.entries.slice(0, 50).map((entry) => (
            <li key={entry.no}>
              <strong>{entry.when}</strong> {line.kind === 'automatic' && entry.workplace ? `${entry.workplace}: ` : ''}
              {entry.what}
              {entry.times > 1 ? ` (${entry.times})` : ''}
            </li>
          ))}
        </ul>
      </Details.Content>
    </Details>
  );
}
