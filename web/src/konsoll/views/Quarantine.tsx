import { Alert, Button, Details, Field, Heading, Label, Paragraph, Select, Tag } from '@digdir/designsystemet-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Empty, Failed, Pending } from '../../common/States';
import { numberText, timeText } from '../../common/dates';
import { Failure } from '../../common/failure';
import { fill, useLanguage } from '../../common/language';
import { Findings } from '../Findings';
import { Title } from '../Title';
import { useApi, useChange } from '../hooks';
import { issuesOf } from '../issues';
import { useTexts } from '../texts';
import type { Item } from './quarantine';

const PAGE = 50;
/** Findings of one message that are shown at first. */
const FIRST = 3;

/** What could not be taken in: what is wrong and where, and whether to try again. What a message says is not shown, nor anybody's name. */
export function Quarantine() {
  const t = useTexts();
  const language = useLanguage();
  const api = useApi();
  const id = useId();
  const [which, setWhich] = useState<'open' | 'all'>('open');
  const [told, setTold] = useState('');
  const kept = useInfiniteQuery({
    queryKey: ['admin/quarantine', 'list', language],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.json<{ items: Item[] }>(language, `admin/quarantine?limit=${PAGE}${pageParam ? `&before=${pageParam}` : ''}`, { signal }),
    getNextPageParam: (last) => (last.items.length < PAGE ? undefined : last.items[last.items.length - 1]?.no),
  });
  const items = kept.data?.pages.flatMap((page) => page.items) ?? [];
  const shown = which === 'all' ? items : items.filter((item) => item.state === 'open');
  return (
    <div className="stack loose">
      <Title lead={t.quarantine.lead}>{t.views.quarantine}</Title>
      <Alert data-color="info" className="prose">
        {t.quarantine.mend}
      </Alert>
      <Field>
        <Label htmlFor={id}>{t.review.show}</Label>
        <Select id={id} value={which} onChange={(event) => setWhich(event.target.value === 'all' ? 'all' : 'open')}>
          <Select.Option value="open">{t.quarantine.open}</Select.Option>
          <Select.Option value="all">{t.quarantine.all}</Select.Option>
        </Select>
      </Field>
      <section className="stack" aria-labelledby={`${id}-h`}>
        <Heading level={2} data-size="sm" id={`${id}-h`}>
          {t.quarantine.messages}
        </Heading>
        <div role="status">{told && <Alert data-color="success">{told}</Alert>}</div>
        <Pending query={kept} />
        {kept.data && shown.length === 0 && <Empty>{kept.hasNextPage ? t.quarantine.noneHere : which === 'open' ? t.quarantine.none : t.quarantine.never}</Empty>}
        {shown.length > 0 && (
          <ol className="plain-list wide">
            {shown.map((item) => (
              <Message key={item.no} item={item} onReplayed={(event) => setTold(fill(t.quarantine.replayed, { no: item.no, event }))} />
            ))}
          </ol>
        )}
        {kept.hasNextPage && (
          <Button variant="secondary" disabled={kept.isFetchingNextPage} onClick={() => void kept.fetchNextPage()}>
            {t.log.older}
          </Button>
        )}
      </section>
    </div>
  );
}

type OnReplayed = (event: number) => void;

function Message({ item, onReplayed }: { item: Item; onReplayed: OnReplayed }) {
  const t = useTexts();
  const language = useLanguage();
  const found = issuesOf(item.outcome, language);
  const kinds: Record<string, string> = t.quarantine.kinds;
  return (
    <li className="entry message">
      <div className="entry-who">
        <Heading level={3} data-size="2xs">
          {fill(t.quarantine.number, { no: item.no })}
        </Heading>
        <Paragraph data-size="sm">{kinds[item.kind] ?? item.kind}</Paragraph>
        <Paragraph data-size="sm" className="written">
          {fill(t.quarantine.from, { client: item.client, organisation: item.organisation })}
        </Paragraph>
        <Paragraph data-size="sm" className="subtle">
          {timeText(new Date(item.receivedMs), language)}
          {item.size > 0 && `, ${fill(t.quarantine.size, { n: numberText(item.size, language) })}`}
        </Paragraph>
        <div className="row">
          <Tag data-size="sm" data-color={item.state === 'open' ? 'warning' : item.state === 'replayed' ? 'success' : 'neutral'}>
            {t.quarantine.states[item.state]}
          </Tag>
          {item.event !== null && <span className="subtle">{fill(t.quarantine.event, { n: item.event })}</span>}
        </div>
        {item.reason && (
          <Paragraph data-size="sm" className="written">
            {item.reason}
          </Paragraph>
        )}
      </div>
      <div className="entry-what">
        {found.length === 0 && <Paragraph data-size="sm">{fill(t.quarantine.noFindings, { status: item.status })}</Paragraph>}
        <Findings found={found.slice(0, FIRST)} />
        {found.length > FIRST && (
          <Details className="quiet" data-size="sm">
            <Details.Summary>{fill(t.quarantine.moreFindings, { n: found.length - FIRST })}</Details.Summary>
            <Details.Content>
              <Findings found={found.slice(FIRST)} />
            </Details.Content>
          </Details>
        )}
        {item.state === 'open' && <Replay item={item} onReplayed={onReplayed} />}
      </div>
    </li>
  );
}

/** Tries the message again as it was delivered: right when what was missing here has come, and harmless otherwise. */
function Replay({ item, onReplayed }: { item: Item; onReplayed: OnReplayed }) {
  const t = useTexts();
  const language = useLanguage();
  const change = useChange<{ event: number }>(['admin/quarantine']);
  const [again, setAgain] = useState<ReturnType<typeof issuesOf> | null>(null);
  if (item.size === 0) {
    return (
      <Paragraph data-size="sm" className="subtle">
        {t.quarantine.notKept}
      </Paragraph>
    );
  }
  const replay = () =>
    change.mutate(
      { method: 'POST', path: `admin/quarantine/${item.no}/replay` },
      { onSuccess: ({ event }) => onReplayed(event), onError: (error) => setAgain(error instanceof Failure && [400, 409, 422].includes(error.status) ? issuesOf({ issue: error.texts.map((text) => ({ details: { text } })) }, language) : null) },
    );
  return (
    <div className="stack">
      <Button variant="secondary" data-size="sm" disabled={change.isPending} onClick={replay}>
        {change.isPending ? t.quarantine.replaying : t.quarantine.replay}
        <span className="visually-hidden">: {fill(t.quarantine.number, { no: item.no })}</span>
      </Button>
      {change.error && (again ? (
        <Alert data-color="warning" role="alert">
          <Paragraph>{t.quarantine.again}</Paragraph>
          <ul>
            {again.map((one, i) => (
              <li key={i}>{one.text}</li>
            ))}
          </ul>
        </Alert>
      ) : (
        <Failed error={change.error} />
      ))}
    </div>
  );
}
