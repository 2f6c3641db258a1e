import { Alert, Button, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { Link, useParams } from 'react-router';
import { Failed, Pending } from '../../common/States';
import { timeText } from '../../common/dates';
import { Failure } from '../../common/failure';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useAsked, useChange } from '../hooks';
import { places, useAddress } from '../places';
import { Difference } from '../policy/Difference';
import { Widens } from '../policy/Widens';
import { useTexts } from '../texts';
import type { InForce, Proposal } from './policy';

/** A proposal: why, what differs, whether it widens; and approving it or putting it aside. */
export function ProposalView() {
  const t = useTexts();
  const language = useLanguage();
  const address = useAddress();
  const { id = '' } = useParams();
  const path = `admin/policy/proposals/${encodeURIComponent(id)}`;
  const proposal = useAsked<Proposal>(path);
  const policy = useAsked<InForce>('admin/policy', proposal.data?.state === 'open');
  const change = useChange<Proposal>(['admin/policy']);
  const one = proposal.data;
  return (
    <div className="stack loose">
      <Link className="ds-link" to={address(places.policy)}>
        {t.policy.back}
      </Link>
      <Title {...(one ? { lead: one.why } : {})}>{t.policy.proposal}</Title>
      <Pending query={proposal} />
      {one && (
        <>
          <div className="row">
            <Tag data-color={one.state === 'open' ? 'warning' : one.state === 'approved' ? 'success' : 'neutral'}>{t.policy.states[one.state]}</Tag>
            <span className="written">{fill(t.policy.proposedBy, { who: one.proposed.by ?? one.proposed.client, when: timeText(new Date(one.proposed.atMs), language) })}</span>
          </div>
          {one.approved && <Paragraph>{fill(t.policy.approvedBy, { who: one.approved.by ?? one.approved.client, when: timeText(new Date(one.approved.atMs), language) })}</Paragraph>}
          <Widens widens={one.widens} />
          <section className="stack" aria-labelledby="what">
            <Heading level={2} data-size="sm" id="what">
              {one.state === 'open' ? t.policy.difference : t.policy.itsText}
            </Heading>
            {one.state === 'open' ? (
              policy.data ? <Difference before={policy.data.text} after={one.text ?? ''} /> : <Pending query={policy} />
            ) : (
              <pre className="scroll text wide" tabIndex={0}>
                {one.text}
              </pre>
            )}
          </section>
          {change.error && <Failed error={change.error} {...(change.error instanceof Failure && change.error.code === 'policy-second-person' ? { title: t.policy.another } : {})} />}
          {change.isSuccess && (
            <Alert data-color="success" role="status">
              {change.data.state === 'approved' ? t.policy.isApproved : t.policy.isWithdrawn}
            </Alert>
          )}
          {one.state === 'open' && (
            <div className="row">
              <Button disabled={change.isPending} onClick={() => change.mutate({ method: 'POST', path: `${path}/approve` })}>
                {t.policy.approve}
              </Button>
              <Button variant="secondary" disabled={change.isPending} onClick={() => change.mutate({ method: 'POST', path: `${path}/withdraw` })}>
                {t.policy.withdraw}
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}
