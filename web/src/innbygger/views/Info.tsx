import { Button, Details, Heading, Paragraph, Table, Tag } from '@digdir/designsystemet-react';
import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { Empty, Pending } from '../../common/States';
import { LongText } from '../../common/LongText';
import { fill, useLanguage } from '../../common/language';
import { type Handed, useDraft } from '../Draft';
import { Title } from '../Title';
import { useChoices, useInsight } from '../hooks';
import { type Item, type Series, groups, itemsOf, seriesOf } from '../insight/read';
import { useAddress } from '../places';
import { useTexts } from '../texts';

/** Everything that is registered about her, with where it comes from. */
export function Info() {
  const t = useTexts();
  const language = useLanguage();
  const insight = useInsight();
  const choices = useChoices();
  const names = useMemo(() => new Map(choices.data?.organisations.map((o) => [o.organisation, o.name])), [choices.data]);
  const items = useMemo(() => (insight.data ? itemsOf(insight.data, language, names) : []), [insight.data, language, names]);
  return (
    <div className="stack loose">
      <Title lead={t.info.lead}>{t.pages.info}</Title>
      <Pending query={insight} />
      {insight.data && items.length === 0 && <Empty>{t.info.empty}</Empty>}
      {insight.data &&
        groups.map((group) => {
          const own = items.filter((item) => item.group === group);
          if (own.length === 0) return null;
          return (
            <section key={group} aria-labelledby={`group-${group}`} className="stack">
              <Heading level={2} data-size="sm" id={`group-${group}`}>
                {t.info.groups[group]}
              </Heading>
              {group === 'measurements' ? <Measurements items={own} /> : own.map((item) => <One key={item.element} item={item} />)}
            </section>
          );
        })}
    </div>
  );
}

function SourceLine({ item }: { item: Item }) {
  const t = useTexts();
  return (
    <Paragraph data-size="sm" className="subtle">
      {item.source ? fill(t.info.source, { source: item.source }) : t.info.sourceUnknown} {item.own && <Tag data-color="info">{t.info.own}</Tag>}
    </Paragraph>
  );
}

function One({ item }: { item: Item }) {
  const t = useTexts();
  const status = item.status ? (t.info.statuses[item.status] ?? item.status) : null;
  return (
    <article className="piece">
      <Heading level={3} data-size="2xs" className="written">
        {item.title ?? t.info.untitled}
      </Heading>
      <Paragraph data-size="sm">
        {[item.date, status].filter(Boolean).join(' · ')}
      </Paragraph>
      {item.lines.length > 0 && (
        <ul className="plain-list">
          {item.lines.map((line, i) => (
            <li key={i}>
              <LongText>{line}</LongText>
            </li>
          ))}
        </ul>
      )}
      <SourceLine item={item} />
      <Actions item={item} title={item.title ?? t.info.untitled} />
    </article>
  );
}

/** What she can do about a piece of information. */
function Actions({ item, title }: { item: Item; title: string }) {
  const t = useTexts();
  const [, hand] = useDraft();
  const navigate = useNavigate();
  const address = useAddress();
  const go = (pathname: string, handed: Handed) => {
    hand({ element: item.element, title, ...(item.source ? { source: item.source } : {}), ...handed });
    void navigate(address(pathname));
  };
  return (
    <Details className="no-print quiet" data-size="sm">
      <Details.Summary>
        {t.info.actions}
        <span className="visually-hidden">: {title}</span>
      </Details.Summary>
      <Details.Content>
        <div className="row">
          <Button variant="secondary" data-size="sm" onClick={() => go('/krav/ny', { kind: 'correction' })}>
            {t.info.correct}
          </Button>
          <Button variant="secondary" data-size="sm" onClick={() => go('/krav/ny', { kind: 'deletion' })}>
            {t.info.remove}
          </Button>
          <Button variant="secondary" data-size="sm" onClick={() => go('/deling/ny', {})}>
            {t.info.block}
          </Button>
        </div>
      </Details.Content>
    </Details>
  );
}

/** Measurements of one kind together: the last one first, the others behind it. */
function Measurements({ items }: { items: Item[] }) {
  const t = useTexts();
  const series = useMemo(() => seriesOf(items, t.info.measures), [items, t]);
  return (
    <div className="measures">
      {series.map((one) => (
        <Measure key={one.key} series={one} />
      ))}
    </div>
  );
}

/** Rows of a history that are shown; the rest is in the file to download. */
const ROWS = 100;

function Measure({ series }: { series: Series }) {
  const t = useTexts();
  const name = series.key;
  const [newest] = series.items;
  if (!newest) return null;
  return (
    <article className="piece">
      <Heading level={3} data-size="2xs" className="written">
        {name}
      </Heading>
      <p className="figure">
        <LongText>{newest.lines.join(', ') || '–'}</LongText>
      </p>
      <Paragraph data-size="sm">{newest.date}</Paragraph>
      <SourceLine item={newest} />
      {series.items.length > 1 && (
        <Details data-size="sm" className="quiet">
          <Details.Summary>{fill(t.info.history, { n: series.items.length, what: name })}</Details.Summary>
          <Details.Content>
            <div className="scroll" tabIndex={0} role="region" aria-label={fill(t.info.history, { n: series.items.length, what: name })}>
              <Table data-size="sm">
                <Table.Head>
                  <Table.Row>
                    <Table.HeaderCell scope="col">{t.info.when}</Table.HeaderCell>
                    <Table.HeaderCell scope="col">{t.info.value}</Table.HeaderCell>
                    <Table.HeaderCell scope="col">{t.info.measuredBy}</Table.HeaderCell>
                  </Table.Row>
                </Table.Head>
                <Table.Body>
                  {series.items.slice(0, ROWS).map((item) => (
                    <Table.Row key={item.element}>
                      <Table.Cell>{item.date ?? '–'}</Table.Cell>
                      <Table.Cell>{item.lines.join(', ') || '–'}</Table.Cell>
                      <Table.Cell>{item.source ?? '–'}</Table.Cell>
                    </Table.Row>
                  ))}
                </Table.Body>
              </Table>
            </div>
          </Details.Content>
        </Details>
      )}
      <Actions item={newest} title={name} />
    </article>
  );
}
