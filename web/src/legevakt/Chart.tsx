import { Alert, Button, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Failed, Loading } from '../common/States';
import { timeText } from '../common/dates';
import { Failure } from '../common/failure';
import { fill, useLanguage } from '../common/language';
import { PatientHeader, UnknownPatient, numberOf, usePatient } from '../smart/PatientHeader';
import type { Client } from '../smart/client';
import { useOpened } from '../smart/texts';
import { Emergency } from './Emergency';
import { Measurements } from './Measurements';
import { Services } from './Services';
import { readOverview } from './overview';
import { useTexts } from './texts';

const STALE = 5 * 60 * 1000;

/** Everything about the patient of the launch. */
export function Chart({ client }: { client: Client }) {
  const language = useLanguage();
  const { patient: id } = client.launched;
  const patient = usePatient(client);
  const number = numberOf(patient.data);
  const overview = useQuery({
    queryKey: ['overview', id, language],
    enabled: number !== undefined,
    queryFn: ({ signal }) =>
      client.json<unknown>(language, 'POST', '$overview', { resourceType: 'Parameters', parameter: [{ name: 'patient', valueIdentifier: number }] }, signal),
  });
  const read = useMemo(() => (overview.data ? readOverview(overview.data, new Date()) : null), [overview.data]);
  const error = patient.error ?? overview.error;

  if (id === null || (patient.data && !number)) return <UnknownPatient />;
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
  const t = useOpened();
  const failure = error instanceof Failure ? error : null;
  if (failure?.kind === 'ended') {
    return (
      <Alert data-color="warning" role="alert">
        <Heading level={2} data-size="xs">
          {t.endedTitle}
        </Heading>
        <Paragraph>{t.endedText}</Paragraph>
      </Alert>
    );
  }
  return (
    <div className="stack">
      <Failed error={error} onAgain={onAgain} />
      {failure?.kind === 'refused' && !client.reason && <Emergency />}
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
