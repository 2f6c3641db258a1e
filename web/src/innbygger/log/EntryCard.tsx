import { Button, Details, Heading, Paragraph, Tag, Textarea, Field, Label, Alert } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { LongText } from '../../common/LongText';
import { Failed } from '../../common/States';
import { clockText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { useDraft } from '../Draft';
import { type LogEntry, base, request } from '../api';
import { useChange } from '../hooks';
import { useAddress } from '../places';
import { useTexts } from '../texts';
import { type Check, Checked, check } from './Checked';

/** One who has looked, or has been refused; with what else she asked for in the same visit. */
export function EntryCard({ entry, more }: { entry: LogEntry; more: LogEntry[] }) {
  const t = useTexts();
  const language = useLanguage();
  const time = clockText(new Date(entry.timeMs), language);
  return (
    <article className="piece">
      <div className="row apart">
        <Heading level={3} data-size="2xs" className="written">
          {entry.who}
        </Heading>
        <span className="subtle">
          <span className="visually-hidden">{t.log.at} </span>
          {time}
        </span>
      </div>
      {(entry.role || entry.workplace) && <Paragraph data-size="sm" className="written">{[entry.role, entry.workplace].filter(Boolean).join(' · ')}</Paragraph>}
      {(!entry.permitted || entry.reason) && (
        <div className="row">
          {!entry.permitted && <Tag data-color="warning">{t.log.refused}</Tag>}
          {entry.reason && <Tag data-color="danger">{t.log.emergency}</Tag>}
        </div>
      )}
      <dl className="facts">
        <dt>{t.log.what}</dt>
        <dd>{entry.what}</dd>
        <dt>{t.log.why}</dt>
        <dd>{entry.why}</dd>
        {entry.reason && (
          <>
            <dt>{t.log.reason}</dt>
            <dd>
              <LongText>{entry.reason}</LongText>
            </dd>
          </>
        )}
      </dl>
      {entry.withheld > 0 && <Paragraph data-size="sm">{fill(t.log.withheld, { n: entry.withheld })}</Paragraph>}
      {entry.review && <Paragraph data-size="sm">{entry.review}</Paragraph>}
      <More entry={entry} />
      {more.length > 0 && (
        <Details className="quiet" data-size="sm">
          <Details.Summary>{fill(t.log.sameVisit, { n: more.length })}</Details.Summary>
          <Details.Content>
            {more.map((one) => (
              <div key={one.no} className="piece">
                <Paragraph data-size="sm">
                  {clockText(new Date(one.timeMs), language)} {one.what}
                </Paragraph>
                <More entry={one} />
              </div>
            ))}
          </Details.Content>
        </Details>
      )}
    </article>
  );
}

function More({ entry }: { entry: LogEntry }) {
  const t = useTexts();
  const language = useLanguage();
  const navigate = useNavigate();
  const address = useAddress();
  const [, hand] = useDraft();
  const [checked, setChecked] = useState<Check>({ state: 'none' });
  const [asking, setAsking] = useState(false);
  const path = `tilgangslogg/${entry.no}/kvittering`;
  const tryIt = async () => {
    setChecked({ state: 'checking' });
    try {
      setChecked(await check(await (await request(language, path)).json()));
    } catch (error) {
      setChecked({ state: 'failed', error });
    }
  };
  return (
    <Details className="no-print quiet" data-size="sm">
      <Details.Summary>
        {t.log.more}
        <span className="visually-hidden">: {fill(t.log.number, { no: entry.no })}</span>
      </Details.Summary>
      <Details.Content>
        <div className="stack">
          <Paragraph data-size="sm">{fill(t.log.number, { no: entry.no })}</Paragraph>
          <div className="row">
            <Button asChild variant="secondary" data-size="sm">
              <a href={`${base}/${path}`} download>
                {t.log.download}
              </a>
            </Button>
            <Button variant="secondary" data-size="sm" onClick={() => void tryIt()}>
              {t.log.check}
            </Button>
            <Button variant="secondary" data-size="sm" aria-expanded={asking} onClick={() => setAsking(!asking)}>
              {t.log.ask}
            </Button>
            {entry.reader && (
              <Button
                variant="secondary"
                data-size="sm"
                onClick={() => {
                  hand({ reader: entry.reader ?? '', who: entry.who });
                  void navigate(address('/deling/ny'));
                }}
              >
                {fill(t.log.block, { who: entry.who })}
              </Button>
            )}
          </div>
          <Checked check={checked} />
          {asking && (entry.reason ? <Objection no={entry.no} /> : <Paragraph className="prose">{fill(t.log.askOther, { no: entry.no })}</Paragraph>)}
        </div>
      </Details.Content>
    </Details>
  );
}

/** She thinks that it was no emergency. */
function Objection({ no }: { no: number }) {
  const t = useTexts();
  const id = useId();
  const [words, setWords] = useState('');
  const change = useChange(['krav']);
  if (change.isSuccess) {
    return (
      <Alert data-color="success" role="status">
        {t.log.askSent}
      </Alert>
    );
  }
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim()) change.mutate({ method: 'POST', path: 'krav', body: { kind: 'objection', entry: no, text: words.trim() } });
  };
  return (
    <form onSubmit={send} className="stack wide">
      <Paragraph className="prose">{t.log.askEmergency}</Paragraph>
      <Field className="wide">
        <Label htmlFor={id}>{t.log.askText}</Label>
        <Textarea id={id} rows={4} maxLength={4000} required value={words} onChange={(event) => setWords(event.target.value)} />
      </Field>
      {change.error && <Failed error={change.error} />}
      <Button type="submit" disabled={change.isPending}>
        {t.log.askSend}
      </Button>
    </form>
  );
}
