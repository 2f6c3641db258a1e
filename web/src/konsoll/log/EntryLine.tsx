import { Alert, Button, Details, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { useRef, useState } from 'react';
import { LongText } from '../../common/LongText';
import { Failed, Loading } from '../../common/States';
import { timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { type Check, checkReceipt } from '../../common/receiptCheck';
import { useApi } from '../hooks';
import { useTexts } from '../texts';
import type { Entry, Reader } from './search';

/** Who it was, as people know her. */
export const nameOf = (reader: Reader, citizen: string): string => reader.name ?? (reader.kind === 'citizen' ? citizen : reader.client);

const nameIn = (names: Record<string, string>, code: string | undefined): string | undefined => (code ? (names[code] ?? code) : undefined);

interface Props {
  entry: Entry;
  /** Looks for everybody who saw this person, or everything that this employee saw. */
  onPerson: (person: number) => void;
  onReader: (reader: Reader) => void;
}

/** One access: who, when, what and why; the rest when it is asked for. */
export function EntryLine({ entry, onPerson, onReader }: Props) {
  const t = useTexts();
  const language = useLanguage();
  const { reader } = entry;
  const at = timeText(new Date(entry.timeMs), language);
  const citizen = reader.kind === 'citizen';
  return (
    <li className={entry.permitted ? 'entry' : 'entry refused'}>
      <div className="entry-who">
        <Heading level={3} data-size="2xs" className="written">
          {nameOf(reader, t.log.citizen)}
        </Heading>
        <Paragraph data-size="sm" className="written">
          {citizen ? t.log.citizen : [reader.profession, reader.unitName ?? reader.organisationName].filter(Boolean).join(' · ')}
        </Paragraph>
        <Paragraph data-size="sm" className="subtle">
          <time dateTime={new Date(entry.timeMs).toISOString()}>{at}</time>
        </Paragraph>
      </div>
      <div className="entry-what">
        <Paragraph>{entry.what}</Paragraph>
        <Paragraph data-size="sm">
          <span className="subtle">{t.log.why}:</span> {entry.why}
        </Paragraph>
        {entry.reason && (
          <Paragraph data-size="sm">
            <span className="subtle">{t.log.theirReason}:</span> <LongText>{entry.reason}</LongText>
          </Paragraph>
        )}
        <div className="row">
          {!entry.permitted && <Tag data-color="warning" data-size="sm">{t.log.refused}</Tag>}
          {entry.ground === 'emergency' && <Tag data-color="danger" data-size="sm">{t.grounds.emergency}</Tag>}
          {entry.selfDeclared && <Tag data-color="info" data-size="sm">{t.grounds['self-declared']}</Tag>}
          {entry.automatic && <Tag data-color="neutral" data-size="sm">{t.log.automatic}</Tag>}
          {entry.withheld > 0 && <span className="subtle">{fill(t.log.withheld, { n: entry.withheld })}</span>}
        </div>
      </div>
      <Details className="quiet no-print" data-size="sm">
        <Details.Summary>
          {t.log.details}
          <span className="visually-hidden">: {fill(t.log.entryNo, { no: entry.no })}</span>
        </Details.Summary>
        <Details.Content>
          <div className="stack">
            <dl className="facts wide">
              <Fact name={t.log.number} value={String(entry.no)} />
              <Fact name={t.log.about} value={entry.person === undefined ? t.log.nobody : fill(t.log.personNo, { no: entry.person })} />
              <Fact name={t.log.hpr} value={reader.hpr} />
              <Fact name={t.log.system} value={reader.client} />
              <Fact name={t.log.ground} value={nameIn(t.grounds, entry.ground)} />
              <Fact name={t.log.purpose} value={nameIn(t.purposes, entry.purpose)} />
              <Fact name={t.log.decision} value={entry.decisionDescription} />
              <Fact name={t.log.attested} value={entry.attestedMs === undefined ? undefined : timeText(new Date(entry.attestedMs), language)} />
              <Fact name={t.log.shown} value={entry.total > 0 ? String(entry.total) : undefined} />
              <Fact name={t.log.rule} value={entry.policy} />
            </dl>
            <div className="row">
              {entry.person !== undefined && (
                <Button variant="secondary" data-size="sm" onClick={() => onPerson(entry.person ?? 0)}>
                  {t.log.whoSaw}
                </Button>
              )}
              {reader.handle && reader.kind === 'personnel' && (
                <Button variant="secondary" data-size="sm" onClick={() => onReader(reader)}>
                  {t.log.whatSaw}
                </Button>
              )}
            </div>
            <Receipt no={entry.no} />
          </div>
        </Details.Content>
      </Details>
    </li>
  );
}

function Fact({ name, value }: { name: string; value: string | undefined }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className="written">{value}</dd>
    </>
  );
}

/** The receipt of an entry: to keep, or to verify here. It is fetched once, and that it was stands in the log. */
function Receipt({ no }: { no: number }) {
  const t = useTexts();
  const language = useLanguage();
  const api = useApi();
  const held = useRef<unknown>(null);
  const [check, setCheck] = useState<Check>({ state: 'none' });
  const fetched = async () => (held.current ??= await api.json<unknown>(language, `admin/tilgangslogg/${no}/kvittering`));
  const download = async () => {
    try {
      const address = URL.createObjectURL(new Blob([JSON.stringify(await fetched(), null, 1)], { type: 'application/json' }));
      const link = document.createElement('a');
      link.href = address;
      link.download = `kvittering-${no}.json`;
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      setCheck({ state: 'failed', error });
    }
  };
  const verify = async () => {
    setCheck({ state: 'checking' });
    try {
      setCheck(await checkReceipt(await fetched(), api.office.instance));
    } catch (error) {
      setCheck({ state: 'failed', error });
    }
  };
  return (
    <>
      <div className="row">
        <Button variant="secondary" data-size="sm" onClick={() => void download()}>
          {t.log.download}
        </Button>
        <Button variant="secondary" data-size="sm" onClick={() => void verify()}>
          {t.log.verify}
        </Button>
      </div>
      {check.state === 'checking' && <Loading what={t.log.verifying} />}
      {check.state === 'failed' && <Failed error={check.error} />}
      {check.state === 'refused' && (
        <Alert data-color="danger" role="alert">
          {t.log.notProven}
        </Alert>
      )}
      {check.state === 'unsupported' && (
        <Alert data-color="warning" role="status">
          {t.log.cannotVerify}
        </Alert>
      )}
      {check.state === 'proven' && (
        <Alert data-color="success" role="status">
          <Paragraph>{fill(t.log.proven, { size: check.proven.size })}</Paragraph>
          <Paragraph data-size="sm">
            {check.proven.witnesses.length === 0
              ? t.log.notWitnessed
              : check.proven.witnesses.map((one) => fill(t.log.witnessed, { name: one.name, time: timeText(new Date(one.time * 1000), language) })).join(' ')}
          </Paragraph>
        </Alert>
      )}
    </>
  );
}
