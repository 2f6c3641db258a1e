import { Alert, Button, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Failed, Loading } from '../common/States';
import { ageOn, timeText } from '../common/dates';
import { Failure } from '../common/failure';
import { fill, useLanguage } from '../common/language';
import { useCommon } from '../common/texts';
import { type Resource, list, nameOf, text } from '../fhir/read';
import type { Client } from '../smart/client';
import { Emergency } from './Emergency';
import { Measurements } from './Measurements';
import { Services } from './Services';
import { readOverview } from './overview';
import { useTexts } from './texts';

const NIN = ['urn:oid:2.16.578.1.12.4.1.4.1', 'urn:oid:2.16.578.1.12.4.1.4.2', 'urn:oid:2.16.578.1.12.4.1.4.3'];
const STALE = 5 * 60 * 1000;

const numberOf = (patient: Resource | undefined) => list<{ system?: string; value?: string }>(patient?.identifier).find((i) => NIN.includes(i.system ?? '') && text(i.value));

/** Everything about the patient of the launch. */
export function Chart({ client }: { client: Client }) {
  const language = useLanguage();
  const { patient: id } = client.launched;
  const patient = useQuery({
    queryKey: ['patient', id],
    enabled: id !== null,
    queryFn: ({ signal }) => client.json<Resource>(language, 'GET', `Patient/${id}`, undefined, signal),
  });
  const number = numberOf(patient.data);
  const overview = useQuery({
    queryKey: ['overview', id, language],
    enabled: number !== undefined,
    queryFn: ({ signal }) =>
      client.json<unknown>(language, 'POST', '$overview', { resourceType: 'Parameters', parameter: [{ name: 'patient', valueIdentifier: { system: number?.system, value: number?.value } }] }, signal),
  });
  const read = useMemo(() => (overview.data ? readOverview(overview.data, new Date()) : null), [overview.data]);
  const error = patient.error ?? overview.error;

  if (id === null || (patient.data && !number)) return <Unknown />;
  return (
    <div className="chart">
      <Header patient={patient.data} />
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

function Unknown() {
  const t = useTexts();
  return (
    <div className="stack">
      <Heading level={1} data-size="md">
        {t.unknownTitle}
      </Heading>
      <Alert data-color="info">{t.unknownText}</Alert>
    </div>
  );
}

/** Who it is about; always there, also where nothing else is. */
function Header({ patient }: { patient: Resource | undefined }) {
  const t = useTexts();
  const common = useCommon();
  const age = ageOn(text(patient?.birthDate), new Date());
  const number = numberOf(patient)?.value;
  return (
    <section className="patient" aria-label={t.patient}>
      <Heading level={1} data-size="md" className="written">
        {patient ? (nameOf(patient) ?? common.nameUnknown) : t.patient}
      </Heading>
      {patient && (
        <p>
          {age === null ? common.ageUnknown : fill(common.years, { n: age })} <span className="subtle">· {t.number}</span> <span className="number">{number ? `${number.slice(0, 6)} ${number.slice(6)}` : '–'}</span>
        </p>
      )}
    </section>
  );
}

function Refused({ error, client, onAgain }: { error: unknown; client: Client; onAgain: () => void }) {
  const t = useTexts();
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
