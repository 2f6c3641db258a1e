import { Alert, Details, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { Link } from 'react-router';
import { LongText } from '../../common/LongText';
import { Empty, Pending } from '../../common/States';
import { timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useAsked } from '../hooks';
import { places, useAddress } from '../places';
import { useTexts } from '../texts';
import type { InForce, Proposal } from './policy';

/** The municipality's own rules: what is in force, by whom and since when, and what has been proposed. */
export function Policy() {
  const t = useTexts();
  const address = useAddress();
  const policy = useAsked<InForce>('admin/policy');
  const proposals = useAsked<{ proposals: Proposal[] }>('admin/policy/proposals');
  const waiting = proposals.data?.proposals.filter((one) => one.state === 'open') ?? [];
  const before = proposals.data?.proposals.filter((one) => one.state !== 'open') ?? [];
  return (
    <div className="stack loose">
      <Title lead={t.policy.lead}>{t.views.policy}</Title>
      <div className="row">
        <Link className="ds-button" data-variant="primary" to={address(`${places.policy}/prov`)}>
          {t.policy.try}
        </Link>
        <Link className="ds-button" data-variant="secondary" to={address(`${places.policy}/ny`)}>
          {t.policy.propose}
        </Link>
      </div>
      <section className="stack" aria-labelledby="in-force">
        <Heading level={2} data-size="sm" id="in-force">
          {t.policy.inForce}
        </Heading>
        <Pending query={policy} />
        {policy.data && <Now policy={policy.data} />}
      </section>
      <section className="stack" aria-labelledby="waits">
        <Heading level={2} data-size="sm" id="waits">
          {t.policy.waiting}
        </Heading>
        <Pending query={proposals} />
        {proposals.data && waiting.length === 0 && <Empty>{t.policy.noneWaiting}</Empty>}
        <List proposals={waiting} />
      </section>
      {before.length > 0 && (
        <section className="stack" aria-labelledby="before">
          <Heading level={2} data-size="sm" id="before">
            {t.policy.history}
          </Heading>
          <List proposals={before} />
        </section>
      )}
    </div>
  );
}

function Now({ policy }: { policy: InForce }) {
  const t = useTexts();
  const language = useLanguage();
  const last = policy.history.find((one) => one.version === policy.version);
  return (
    <>
      {!policy.understood && <Alert data-color="danger">{t.policy.notUnderstood}</Alert>}
      <dl className="facts lines wide">
        <dt>{t.policy.version}</dt>
        <dd>{policy.version}</dd>
        <dt>{t.policy.since}</dt>
        <dd className="written">{last?.approved ? fill(t.policy.approvedBy, { who: last.approved.by ?? last.approved.client, when: timeText(new Date(last.approved.atMs), language) }) : t.policy.fromFile}</dd>
        {last && (
          <>
            <dt>{t.policy.why}</dt>
            <dd>
              <LongText>{last.why}</LongText>
            </dd>
          </>
        )}
      </dl>
      <Paragraph data-size="sm" className="subtle prose">
        {t.policy.own}
      </Paragraph>
      <Details data-size="sm">
        <Details.Summary>{t.policy.text}</Details.Summary>
        <Details.Content>
          <pre className="scroll text" tabIndex={0}>
            {policy.text}
          </pre>
        </Details.Content>
      </Details>
    </>
  );
}

function List({ proposals }: { proposals: Proposal[] }) {
  const t = useTexts();
  const language = useLanguage();
  const address = useAddress();
  if (proposals.length === 0) return null;
  return (
    <ol className="plain-list wide">
      {proposals.map((one) => (
        <li key={one.id} className="piece">
          <div className="row">
            <Tag data-size="sm" data-color={one.state === 'open' ? 'warning' : one.state === 'approved' ? 'success' : 'neutral'}>
              {t.policy.states[one.state]}
            </Tag>
            {one.widens.length > 0 && <Tag data-size="sm" data-color="info">{t.policy.givesMore}</Tag>}
            <span className="subtle">{[one.proposed.by, timeText(new Date(one.proposed.atMs), language)].filter(Boolean).join(', ')}</span>
          </div>
          <LongText>{one.why}</LongText>
          <Link className="ds-link" to={address(`${places.policy}/forslag/${one.id}`)}>
            {t.policy.look}
            <span className="visually-hidden">: {one.why.slice(0, 80)}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
