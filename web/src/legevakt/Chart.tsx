import { Alert, Button, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useEffect, useState } from 'react';
import { Loading } from '../common/States';
import { timeText } from '../common/dates';
import { Failure } from '../common/failure';
import { fill, useLanguage } from '../common/language';
import { PatientHeader, UnknownPatient } from '../smart/PatientHeader';
import { Unanswered } from '../smart/Unanswered';
import type { Client } from '../smart/client';
import { Emergency } from './Emergency';
import { Measurements } from './Measurements';
import { Services } from './Services';
import { useTexts } from './texts';
import { useOverview } from './useOverview';

const STALE = 5 * 60 * 1000;

/** Everything about the patient of the launch. */
export function Chart({ client }: { client: Client }) {
  const { patient, overview, read, unknown } = useOverview(client);
  const error = patient.error ?? overview.error;

  if (unknown) return <UnknownPatient />;
  return (
    <div className="chart">
      <PatientHeader patient={patient.data} />
      {error ? <Refused error={error} client={client} onAgain={() => void (patient.error ? patient.refetch() : overview.refetch())} /> : !read && <Loading />}
      {read && !error && (
        <>
          <div className="about">
            <Ground client={client} />
            <Fetched made={read.made} busy={overview.isFetching} onAgain={() => void overview.refetch()} />
          </div>
          {read.withheld > 0 && <Withheld count={read.withheld} client={client} />}
          <div className="columns">
            {read.services && <Services section={read.services} />}
            {read.measurements && <Measurements section={read.measurements} />}
          </div>
        </>
      )}
    </div>
  );
}

function Refused({ error, client, onAgain }: { error: unknown; client: Client; onAgain: () => void }) {
  return (
    <div className="stack">
      <Unanswered error={error} onAgain={onAgain} />
      {error instanceof Failure && error.kind === 'refused' && !client.reason && <Emergency />}
    </div>
  );
}

function Withheld({ count, client }: { count: number; client: Client }) {
  const t = useTexts();
  return (
    <Alert data-color="warning">
      <Heading level={2} data-size="xs">
        {count === 1 ? t.withheldOne : fill(t.withheldTitle, { n: count })}
      </Heading>
      <div className="stack">
        <Paragraph>{t.withheldText}</Paragraph>
        {!client.reason && <Emergency />}
      </div>
    </Alert>
  );
}

function Ground({ client }: { client: Client }) {
  const t = useTexts();
  return (
    <Paragraph data-size="sm" className="prose">
      <strong>{t.ground}:</strong> <span className="written">{client.reason ? fill(t.emergency, { reason: client.reason }) : t.treat}</span> {client.reason ? t.loggedEmergency : t.logged}
    </Paragraph>
  );
}

/** When it was fetched, and that it may be old. */
function Fetched({ made, busy, onAgain }: { made: Date | null; busy: boolean; onAgain: () => void }) {
  const t = useTexts();
  const language = useLanguage();
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    setNow(new Date());
    const timer = window.setInterval(() => setNow(new Date()), 30_000);
    return () => window.clearInterval(timer);
  }, [made]);
  if (!made) return null;
  const time = timeText(made, language, now);
  const stale = now.getTime() - made.getTime() > STALE;
  return (
    <div className="row">
      <div role="status">{stale ? <Alert data-color="warning">{fill(t.stale, { time })}</Alert> : <Paragraph data-size="sm">{fill(t.fetched, { time })}</Paragraph>}</div>
      <div className="row no-print">
        <Button variant="secondary" data-size="sm" disabled={busy} onClick={onAgain}>
          {t.again}
        </Button>
        <Button variant="secondary" data-size="sm" onClick={() => window.print()}>
          {t.print}
        </Button>
      </div>
    </div>
  );
}
