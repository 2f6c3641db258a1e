import { Alert, Button, Card, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useNavigate } from 'react-router';
import { Empty, Failed, Pending } from '../../common/States';
import { fill } from '../../common/language';
import { Confirm } from '../Confirm';
import { useDraft } from '../Draft';
import { Title } from '../Title';
import type { Block } from '../api';
import { useBlocks, useChange, useChoices, useReservation } from '../hooks';
import { useAddress } from '../places';
import { useTexts } from '../texts';

/** What is shared with whom, and what she has blocked. */
export function Sharing() {
  const t = useTexts();
  const navigate = useNavigate();
  const address = useAddress();
  const [, hand] = useDraft();
  const blocks = useBlocks();
  const choices = useChoices();
  return (
    <div className="stack loose">
      <Title lead={t.sharing.lead}>{t.pages.sharing}</Title>
      <section className="stack" aria-labelledby="blocks">
        <Heading level={2} data-size="sm" id="blocks">
          {t.sharing.blocksTitle}
        </Heading>
        <Pending query={blocks} />
        {blocks.data?.blocks.length === 0 && <Empty>{t.sharing.none}</Empty>}
        {blocks.data?.blocks.map((block) => <InForce key={block.id} block={block} />)}
        <Button
          onClick={() => {
            hand({});
            void navigate(address('/deling/ny'));
          }}
        >
          {t.sharing.new}
        </Button>
      </section>
      <Reservation />
      <section className="stack" aria-labelledby="who">
        <Heading level={2} data-size="sm" id="who">
          {t.sharing.whoTitle}
        </Heading>
        <Paragraph className="prose">{t.sharing.whoText}</Paragraph>
        <Pending query={choices} />
        {choices.data && (
          <ul>
            {choices.data.organisations.map((one) => (
              <li key={one.organisation} className="written">
                {one.name}
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function InForce({ block }: { block: Block }) {
  const t = useTexts();
  const [, hand] = useDraft();
  const change = useChange(['sperringer']);
  const lift = () => change.mutate({ method: 'DELETE', path: `sperringer/${block.id}` }, { onSuccess: () => hand({ told: { text: t.sharing.lifted, at: '/deling' } }) });
  return (
    <Card className="wide">
      <div className="stack">
        <Paragraph className="written">{block.text}</Paragraph>
        <Paragraph data-size="sm" className="subtle">
          {fill(t.sharing.since, { when: block.declared })}
        </Paragraph>
        {change.error && <Failed error={change.error} />}
        <Confirm label={t.sharing.lift} title={t.sharing.liftTitle} text={`${block.text} ${t.sharing.liftText}`} action={t.sharing.liftDo} onConfirm={lift} />
      </div>
    </Card>
  );
}

function Reservation() {
  const t = useTexts();
  const reservation = useReservation();
  const change = useChange(['reservasjon']);
  const on = reservation.data?.inForce === true;
  return (
    <section className="stack" aria-labelledby="reservation">
      <Heading level={2} data-size="sm" id="reservation">
        {t.sharing.reservationTitle}
      </Heading>
      {reservation.error && <Failed error={reservation.error} onAgain={() => void reservation.refetch()} />}
      {!reservation.error && !reservation.isPending && (
        <>
          <div role="status" className="wide">
            {on ? <Alert data-color="info">{t.sharing.reservationOn}</Alert> : <Paragraph className="prose">{t.sharing.reservationOff}</Paragraph>}
          </div>
          {change.error && <Failed error={change.error} />}
          {on ? (
            <Button variant="secondary" disabled={change.isPending} onClick={() => change.mutate({ method: 'DELETE', path: 'reservasjon' })}>
              {t.sharing.unreserve}
            </Button>
          ) : (
            <div className="row">
              <Confirm
                label={t.sharing.reserve}
                title={t.sharing.reservationTitle}
                text={`${t.sharing.reservationOff} ${t.sharing.previewEmergencyYes}`}
                action={t.sharing.reserve}
                onConfirm={() => change.mutate({ method: 'PUT', path: 'reservasjon', body: { emergencyOpens: true } })}
              />
            </div>
          )}
        </>
      )}
    </section>
  );
}
