import { Alert, Card, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode } from 'react';
import { Link } from 'react-router';
import { Loading, Pending } from '../../common/States';
import { numberText, timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { type Health, useCheckpoint, useHealth } from '../health';
import { useApi, useAsked } from '../hooks';
import { type View, viewsOf } from '../offices';
import { places, useAddress } from '../places';
import { useTexts } from '../texts';
import type { Item } from './quarantine';
import type { Proposal } from './policy';

/** How many items of the quarantine are counted. */
const COUNTED = 200;

/** The instance at a glance: what waits for somebody, and whether all is well. */
export function Overview() {
  const t = useTexts();
  const { office } = useApi();
  const mine = viewsOf(office.kind);
  return (
    <div className="stack loose">
      <Title lead={fill(t.overview.lead, { office: t.offices[office.kind].title.toLowerCase() })}>{office.municipality}</Title>
      <section className="stack" aria-labelledby="waiting">
        <Heading level={2} data-size="sm" id="waiting">
          {t.overview.waiting}
        </Heading>
        <ul className="plain-list ways wide">
          {mine.includes('review') && <OpenFindings />}
          {mine.includes('quarantine') && <InQuarantine />}
          {mine.includes('policy') && <Proposals />}
        </ul>
      </section>
      <State />
      <Seal />
    </div>
  );
}

/** A number with what it counts, and the way to it. */
function Count({ view, query, count, words }: { view: View; query: UseQueryResult; count: number | null; words: (n: string) => { what: string; then: string } }) {
  const t = useTexts();
  const language = useLanguage();
  const address = useAddress();
  const shown = count === null ? '' : numberText(count, language);
  const { what, then } = words(shown);
  return (
    <li>
      <Card asChild className={count ? 'count waits' : 'count'}>
        <Link to={address(places[view])}>
          <Heading level={3} data-size="2xs">
            {t.views[view]}
          </Heading>
          {query.isPending && <Loading />}
          {query.isError && <Paragraph>{t.overview.unknown}</Paragraph>}
          {count !== null && (
            <>
              <p className="figure">{what}</p>
              <Paragraph data-size="sm" className="subtle">
                {then}
              </Paragraph>
            </>
          )}
        </Link>
      </Card>
    </li>
  );
}

function OpenFindings() {
  const t = useTexts();
  // No finding, only how many are open: whom one is about is told in her log that it was shown.
  const query = useAsked<{ open: number }>('admin/review?before=0');
  const count = query.data?.open ?? null;
  return (
    <Count view="review" query={query} count={count} words={(n) => (count ? { what: fill(count === 1 ? t.overview.oneFinding : t.overview.findings, { n }), then: t.overview.findingsThen } : { what: t.overview.noFindings, then: t.overview.noFindingsThen })} />
  );
}

function InQuarantine() {
  const t = useTexts();
  const query = useAsked<{ items: Item[] }>(`admin/quarantine?limit=${COUNTED}`);
  const count = query.data?.items.filter((item) => item.state === 'open').length ?? null;
  const whole = (query.data?.items.length ?? 0) < COUNTED;
  return (
    <Count
      view="quarantine"
      query={query}
      count={count}
      words={(n) => (count ? { what: fill(!whole ? t.overview.manyKept : count === 1 ? t.overview.oneKept : t.overview.kept, { n }), then: t.overview.keptThen } : { what: t.overview.noneKept, then: t.overview.noneKeptThen })}
    />
  );
}

function Proposals() {
  const t = useTexts();
  const query = useAsked<{ proposals: Proposal[] }>('admin/policy/proposals');
  const open = query.data?.proposals.filter((one) => one.state === 'open');
  const second = open?.some((one) => one.widens.length > 0);
  return (
    <Count
      view="policy"
      query={query}
      count={open?.length ?? null}
      words={(n) =>
        open?.length ? { what: fill(open.length === 1 ? t.overview.oneProposal : t.overview.proposals, { n }), then: second ? t.overview.secondPerson : t.overview.proposalsThen } : { what: t.overview.noProposals, then: t.overview.noProposalsThen }
      }
    />
  );
}

function Line({ name, ok, word, children }: { name: string; ok: boolean | null; word: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Tag data-color={ok === null ? 'info' : ok ? 'success' : 'warning'} data-size="sm">
          {word}
        </Tag>{' '}
        {children}
      </dd>
    </>
  );
}

function State() {
  const t = useTexts();
  const language = useLanguage();
  const health = useHealth();
  const number = (n: number) => numberText(n, language);
  return (
    <section className="stack" aria-labelledby="state">
      <Heading level={2} data-size="sm" id="state">
        {t.overview.state}
      </Heading>
      <Pending query={health} />
      {health.data && (
        <dl className="facts lines wide">
          <Line name={t.overview.answers} ok={health.data.ready} word={health.data.ready ? t.overview.ready : t.overview.behind}>
            {fill(health.data.ready ? t.overview.readyText : t.overview.behindText, { events: number(health.data.events), applied: number(health.data.applied) })}
          </Line>
        </dl>
      )}
      <Paragraph data-size="sm" className="subtle prose">
        {t.overview.noSources}
      </Paragraph>
    </section>
  );
}

function Seal() {
  const t = useTexts();
  const health = useHealth();
  const checkpoint = useCheckpoint();
  return (
    <section className="stack" aria-labelledby="seal">
      <Heading level={2} data-size="sm" id="seal">
        {t.overview.seal}
      </Heading>
      <Paragraph className="prose">{t.overview.sealLead}</Paragraph>
      <Pending query={checkpoint} />
      {health.data && checkpoint.data !== undefined && <SealLines health={health.data} checkpoint={checkpoint.data} />}
    </section>
  );
}

function SealLines({ health: { seal }, checkpoint }: { health: Health; checkpoint: ReturnType<typeof useCheckpoint>['data'] }) {
  const t = useTexts();
  const language = useLanguage();
  const number = (n: number) => numberText(n, language);
  const troubles = Object.entries(seal.troubles);
  const sealed = checkpoint?.size ?? 0;
  const newest = checkpoint?.witnesses.map((one) => one.at.getTime()).sort((a, b) => b - a)[0];
  return (
    <>
      <dl className="facts lines wide">
        <Line name={t.overview.sealed} ok={sealed > 0 || seal.entries === 0 || null} word={sealed > 0 ? t.overview.isSealed : t.overview.notSealed}>
          {fill(sealed < seal.entries ? t.overview.sealedSome : t.overview.sealedAll, { sealed: number(sealed), entries: number(seal.entries) })}
        </Line>
        <Line name={t.overview.witness} ok={newest !== undefined} word={newest !== undefined ? t.overview.seen : t.overview.notSeen}>
          {newest === undefined ? t.overview.noWitness : fill(t.overview.witnessed, { who: checkpoint?.witnesses.map((one) => one.name).join(', ') ?? '', when: timeText(new Date(newest), language) })}
        </Line>
      </dl>
      {troubles.length > 0 && (
        <Alert data-color="warning">
          <Heading level={3} data-size="2xs">
            {t.overview.troubles}
          </Heading>
          <ul>
            {troubles.map(([part, trouble]) => (
              <li key={part}>
                <span className="written">
                  {part}: {trouble}
                </span>
              </li>
            ))}
          </ul>
        </Alert>
      )}
    </>
  );
}
