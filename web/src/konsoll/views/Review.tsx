import { Button, Field, Heading, Label, Paragraph, Select, Tag } from '@digdir/designsystemet-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { Empty, Pending } from '../../common/States';
import { timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useApi } from '../hooks';
import { places, useAddress } from '../places';
import { type Finding, type Queue, queuePath, rules, workplace } from '../review/finding';
import { useTexts } from '../texts';

const states = ['open', 'closed', 'all'] as const;

/** The queue of unusual access: what waits to be judged, the newest first. */
export function Review() {
  const t = useTexts();
  const language = useLanguage();
  const api = useApi();
  const address = useAddress();
  const id = useId();
  const [status, setStatus] = useState<string>('open');
  const [rule, setRule] = useState('');
  const queue = useInfiniteQuery({
    queryKey: ['admin/review', status, rule, language],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.json<Queue>(language, queuePath(status, rule, pageParam), { signal }),
    getNextPageParam: (last) => last.before,
  });
  const findings = queue.data?.pages.flatMap((page) => page.findings) ?? [];
  return (
    <div className="stack loose">
      <Title lead={t.review.lead}>{t.views.review}</Title>
      <div className="row choose-row wide">
        <Field>
          <Label htmlFor={`${id}-s`}>{t.review.show}</Label>
          <Select id={`${id}-s`} value={status} onChange={(event) => setStatus(event.target.value)}>
            {states.map((one) => (
              <Select.Option key={one} value={one}>
                {t.review.states[one]}
              </Select.Option>
            ))}
          </Select>
        </Field>
        <Field>
          <Label htmlFor={`${id}-r`}>{t.review.rule}</Label>
          <Select id={`${id}-r`} value={rule} onChange={(event) => setRule(event.target.value)}>
            <Select.Option value="">{t.review.anyRule}</Select.Option>
            {rules.map((one) => (
              <Select.Option key={one} value={one}>
                {t.review.rules[one]}
              </Select.Option>
            ))}
          </Select>
        </Field>
        <Link className="ds-link" to={address(`${places.review}/rapport`)}>
          {t.review.toReport}
        </Link>
      </div>
      <section className="stack" aria-labelledby={`${id}-h`}>
        <Heading level={2} data-size="sm" id={`${id}-h`}>
          {t.review.findings}
        </Heading>
        <Pending query={queue} />
        {queue.data && findings.length === 0 && <Empty>{status === 'open' && !rule ? t.review.none : t.review.noneFit}</Empty>}
        {findings.length > 0 && (
          <ol className="plain-list wide">
            {findings.map((finding) => (
              <Line key={finding.id} finding={finding} />
            ))}
          </ol>
        )}
        {queue.hasNextPage && (
          <Button variant="secondary" disabled={queue.isFetchingNextPage} onClick={() => void queue.fetchNextPage()}>
            {t.log.older}
          </Button>
        )}
      </section>
      <Paragraph data-size="sm" className="subtle prose">
        {t.review.question}
      </Paragraph>
    </div>
  );
}

function Line({ finding }: { finding: Finding }) {
  const t = useTexts();
  const language = useLanguage();
  const address = useAddress();
  const last = finding.outcomes[finding.outcomes.length - 1];
  return (
    <li className="entry">
      <div className="entry-who">
        <Heading level={3} data-size="2xs" className="written">
          {finding.reader.name ?? t.review.unnamed}
        </Heading>
        <Paragraph data-size="sm" className="written">
          {workplace(finding.reader)}
        </Paragraph>
        <Paragraph data-size="sm" className="subtle">
          {timeText(new Date(finding.timeMs), language)}
        </Paragraph>
      </div>
      <div className="entry-what">
        <div className="row">
          <strong>{finding.title}</strong>
          <Tag data-size="sm" data-color={finding.status === 'open' ? 'warning' : 'neutral'}>
            {finding.status === 'open' ? t.review.open : (last?.title ?? t.review.closed)}
          </Tag>
        </div>
        <Paragraph data-size="sm">{finding.explanation}</Paragraph>
        <Link className="ds-link" to={address(`${places.review}/${finding.id}`)}>
          {finding.status === 'open' ? t.review.look : t.review.see}
          <span className="visually-hidden">: {fill(t.review.number, { no: finding.no })}</span>
        </Link>
      </div>
    </li>
  );
}
