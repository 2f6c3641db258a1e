import { Card, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { useMemo } from 'react';
import { LongText } from '../../common/LongText';
import { Empty, Failed, Pending } from '../../common/States';
import { fill, useLanguage } from '../../common/language';
import { Confirm } from '../Confirm';
import { Title } from '../Title';
import type { Claim } from '../api';
import { useChange, useClaims, useInsight } from '../hooks';
import { itemsOf } from '../insight/read';
import { useTexts } from '../texts';

const colours = { sent: 'info', received: 'info', done: 'success', refused: 'warning' } as const;

/** What she has asked for, and how it goes. */
export function Claims() {
  const t = useTexts();
  const language = useLanguage();
  const claims = useClaims();
  // What a request is about has its name with the information itself.
  const insight = useInsight(claims.data?.requests.some((claim) => claim.element) ?? false);
  const titles = useMemo(() => new Map(insight.data ? itemsOf(insight.data, language).map((item) => [item.element, item.title]) : []), [insight.data, language]);
  return (
    <div className="stack loose">
      <Title lead={t.claims.lead}>{t.pages.claims}</Title>
      <Paragraph className="prose">{t.claims.how}</Paragraph>
      <Pending query={claims} />
      {claims.data?.requests.length === 0 && <Empty>{t.claims.none}</Empty>}
      {claims.data && claims.data.requests.length > 0 && (
        <ul className="plain-list stack wide">
          {claims.data.requests.map((claim) => (
            <li key={claim.id} className="wide">
              <One claim={claim} title={titles.get(claim.element ?? '') ?? null} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function One({ claim, title }: { claim: Claim; title: string | null }) {
  const t = useTexts();
  const change = useChange(['krav']);
  const open = claim.status === 'sent' || claim.status === 'received';
  return (
    <Card>
      <div className="stack">
        <div className="row">
          <Heading level={2} data-size="2xs">
            {t.claims.kind[claim.kind]}
          </Heading>
          <Tag data-color={colours[claim.status]}>{claim.statusText}</Tag>
        </div>
        <dl className="facts">
          <dt>{t.claims.about}</dt>
          <dd>{claim.entry ? fill(t.log.number, { no: claim.entry }) : title ? <span className="written">{title}</span> : <code>{claim.element}</code>}</dd>
          <dt>{t.claims.yourWords}</dt>
          <dd>
            <LongText>{claim.text}</LongText>
          </dd>
          {claim.answer && (
            <>
              <dt>{t.claims.answer}</dt>
              <dd>
                <LongText>{claim.answer}</LongText>
              </dd>
            </>
          )}
        </dl>
        <Paragraph data-size="sm" className="subtle">
          {fill(t.claims.changed, { when: claim.changed })}
        </Paragraph>
        {change.error && <Failed error={change.error} />}
        {open && <Confirm label={t.claims.withdraw} title={t.claims.withdrawTitle} text={t.claims.withdrawText} action={t.claims.withdrawDo} onConfirm={() => change.mutate({ method: 'DELETE', path: `krav/${claim.id}` })} />}
      </div>
    </Card>
  );
}
