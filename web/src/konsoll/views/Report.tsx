import { Alert, Button, Details, Heading, Paragraph, Textfield } from '@digdir/designsystemet-react';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { Empty, Pending } from '../../common/States';
import { dateText, numberText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useAsked } from '../hooks';
import { places, useAddress } from '../places';
import { useTexts } from '../texts';

interface Used {
  reader: { handle?: string; name?: string; profession?: string; unitName?: string; organisationName?: string; client: string };
  accesses: number;
  persons: number;
  refused: number;
  emergency: number;
  selfDeclared: number;
}

interface Role {
  role: string;
  profession: string | null;
  purpose: string;
  categories: string[];
}

interface Told {
  from: number;
  to: number | null;
  access: { unit: string; name: string; roles: Role[] }[];
  agreements: { organisation: string; name: string | null; categories: string[]; purposes: string[]; from: number | null; to: number | null }[];
  used: Used[];
  complete: boolean;
}

const SHOWN = 20;

/** Who has access by role, and who used it. */
export function Report() {
  const t = useTexts();
  const address = useAddress();
  const [period, setPeriod] = useState({ from: '', to: '' });
  const [sent, setSent] = useState(period);
  const query = new URLSearchParams(Object.entries(sent).filter(([, value]) => value));
  const report = useAsked<Told>(`admin/review-report${query.size ? `?${query}` : ''}`);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setSent(period);
  };
  return (
    <div className="stack loose">
      <Link className="ds-link" to={address(places.review)}>
        {t.review.back}
      </Link>
      <Title lead={t.report.lead}>{t.report.title}</Title>
      <form className="row choose-row" onSubmit={send}>
        <Textfield type="date" label={t.log.from} value={period.from} onChange={(event) => setPeriod({ ...period, from: event.target.value })} />
        <Textfield type="date" label={t.log.to} value={period.to} onChange={(event) => setPeriod({ ...period, to: event.target.value })} />
        <Button type="submit" variant="secondary">
          {t.report.show}
        </Button>
      </form>
      <Pending query={report} />
      {report.data && <Shown told={report.data} />}
    </div>
  );
}

function Shown({ told }: { told: Told }) {
  const t = useTexts();
  const language = useLanguage();
  const [all, setAll] = useState(false);
  const n = (value: number) => numberText(value, language);
  const day = (ms: number) => dateText(new Date(ms).toISOString().slice(0, 10), language) ?? '';
  return (
    <>
      <section className="stack" aria-labelledby="used">
        <Heading level={2} data-size="sm" id="used">
          {t.report.used}
        </Heading>
        <Paragraph className="subtle">{fill(told.to === null ? t.report.since : t.report.period, { from: day(told.from), to: told.to === null ? '' : day(told.to - 1) })}</Paragraph>
        {!told.complete && <Alert data-color="warning">{t.report.partial}</Alert>}
        {told.used.length === 0 ? (
          <Empty>{t.report.nobody}</Empty>
        ) : (
          <div className="scroll wide" tabIndex={0} role="group" aria-labelledby="used">
            <table className="ds-table" data-size="sm">
              <thead>
                <tr>
                  <th scope="col">{t.report.who}</th>
                  <th scope="col">{t.report.where}</th>
                  {(['persons', 'accesses', 'refused', 'emergency', 'selfDeclared'] as const).map((one) => (
                    <th scope="col" className="numeric" key={one}>
                      {t.report.columns[one]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {told.used.slice(0, all ? undefined : SHOWN).map((one, i) => (
                  <tr key={one.reader.handle ?? i}>
                    <th scope="row" className="written">
                      {one.reader.name ?? one.reader.client}
                    </th>
                    <td className="written">{[one.reader.profession, one.reader.unitName ?? one.reader.organisationName].filter(Boolean).join(', ')}</td>
                    {[one.persons, one.accesses, one.refused, one.emergency, one.selfDeclared].map((value, column) => (
                      <td className="numeric" key={column}>
                        {n(value)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {told.used.length > SHOWN && !all && (
          <Button variant="secondary" onClick={() => setAll(true)}>
            {fill(t.report.all, { n: n(told.used.length) })}
          </Button>
        )}
      </section>
      <section className="stack" aria-labelledby="may">
        <Heading level={2} data-size="sm" id="may">
          {t.report.may}
        </Heading>
        <Paragraph className="prose">{t.report.mayLead}</Paragraph>
        <div className="wide">
          {told.access.map((unit) => (
            <Details key={unit.unit} data-size="sm">
              <Details.Summary>{unit.name}</Details.Summary>
              <Details.Content>
                <Roles roles={unit.roles} name={unit.name} />
              </Details.Content>
            </Details>
          ))}
        </div>
      </section>
      <section className="stack" aria-labelledby="others">
        <Heading level={2} data-size="sm" id="others">
          {t.report.agreements}
        </Heading>
        {told.agreements.length === 0 && <Empty>{t.report.noAgreements}</Empty>}
        <ul className="plain-list wide">
          {told.agreements.map((one) => (
            <li key={one.organisation} className="piece">
              <strong className="written">{one.name ?? one.organisation}</strong>
              <Paragraph data-size="sm">{words(one.categories, t.categories)}</Paragraph>
              <Paragraph data-size="sm" className="subtle">
                {words(one.purposes, t.purposes)}
              </Paragraph>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

const words = (codes: string[], names: Record<string, string>) => codes.map((code) => names[code] ?? code).join(', ');

/** What each profession reaches; the purposes for which it is the same stand together. */
function Roles({ roles, name }: { roles: Role[]; name: string }) {
  const t = useTexts();
  const rows = new Map<string, { profession: string; purposes: string[]; reached: string }>();
  for (const one of roles) {
    const profession = one.profession ?? t.report.noProfession;
    const reached = words(one.categories, t.categories);
    const row = rows.get(`${profession}|${reached}`);
    const purpose = words([one.purpose], t.purposes);
    if (row) row.purposes.push(purpose);
    else rows.set(`${profession}|${reached}`, { profession, purposes: [purpose], reached });
  }
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={name}>
      <table className="ds-table" data-size="sm">
        <thead>
          <tr>
            <th scope="col">{t.report.profession}</th>
            <th scope="col">{t.report.for}</th>
            <th scope="col">{t.report.reaches}</th>
          </tr>
        </thead>
        <tbody>
          {[...rows].map(([key, row]) => (
            <tr key={key}>
              <th scope="row" className="word">
                {row.profession}
              </th>
              <td>{row.purposes.join(', ')}</td>
              <td>{row.reached}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
