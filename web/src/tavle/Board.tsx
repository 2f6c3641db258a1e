import { Alert, Button, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { useCallback } from 'react';
import { Loading } from '../common/States';
import { timeText } from '../common/dates';
import { fill, useLanguage } from '../common/language';
import { Measurements } from '../legevakt/Measurements';
import { useOverview } from '../legevakt/useOverview';
import { PatientHeader, UnknownPatient } from '../smart/PatientHeader';
import { Unanswered } from '../smart/Unanswered';
import type { Client } from '../smart/client';
import { Register } from './Register';
import { bundleOf } from './bundle';
import { type Sent, useQueue } from './queue';
import { useTexts } from './texts';

const colours = { waiting: 'warning', sending: 'info', stored: 'success', refused: 'danger' } as const;

/** A patient on the ward: register measurements, see what has been sent, and what Kilde makes of it. */
export function Board({ client }: { client: Client }) {
  const language = useLanguage();
  const { patient, number, overview, read, unknown } = useOverview(client, 'maaledata');
  const post = useCallback((body: unknown) => client.request(language, 'POST', '', body), [client, language]);
  const { refetch } = overview;
  const stored = useCallback(() => void refetch(), [refetch]);
  const queue = useQueue(post, stored);

  if (unknown) return <UnknownPatient />;
  return (
    <div className="chart">
      <PatientHeader patient={patient.data} />
      {patient.error && <Unanswered error={patient.error} onAgain={() => void patient.refetch()} />}
      {!patient.data && !patient.error && <Loading />}
      {number && (
        <div className="columns">
          <div className="stack">
            <Register onRegister={(vitals, label) => {
              const name = crypto.randomUUID();
              const at = new Date();
              queue.add({ name, at, label, body: bundleOf(vitals, number, `${at.toISOString().slice(0, 19)}Z`, name) });
            }} />
            <Queue all={queue.all} unsent={queue.unsent} onSend={() => void queue.sendNow()} />
          </div>
          <div className="stack">
            {overview.error && <Unanswered error={overview.error} onAgain={() => void overview.refetch()} />}
            {overview.isPending && <Loading />}
            {read?.measurements && <Measurements section={read.measurements} />}
          </div>
        </div>
      )}
    </div>
  );
}

function Queue({ all, unsent, onSend }: { all: Sent[]; unsent: number; onSend: () => void }) {
  const t = useTexts();
  const language = useLanguage();
  return (
    <section className="stack" aria-labelledby="sent" hidden={all.length === 0}>
      <Heading level={2} data-size="xs" id="sent">
        {t.sentTitle}
      </Heading>
      <div role="status" className="wide">
        {unsent > 0 && (
          <Alert data-color="warning">
            <div className="row">
              <span>{fill(t.unsent, { n: unsent })}</span>
              <Button variant="secondary" data-size="sm" onClick={onSend}>
                {t.sendNow}
              </Button>
            </div>
          </Alert>
        )}
      </div>
      <ul className="plain-list sent wide">
        {all.map((one) => (
          <li key={one.name}>
            <span>
              {timeText(one.at, language)}: {one.label}
            </span>
            <Tag data-color={colours[one.state]}>{t.states[one.state]}</Tag>
            {one.state === 'refused' && one.words.map((words) => (
              <Paragraph key={words} data-size="sm" className="written">
                {words}
              </Paragraph>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
