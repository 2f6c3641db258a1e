import { Alert, Button, Details, Field, Heading, Label, Paragraph, Select, Textfield } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useState } from 'react';
import { Link } from 'react-router';
import { Failed, Loading } from '../../common/States';
import { type Persona, useCatalogue } from '../../common/catalogue';
import { useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useApi, useChange } from '../hooks';
import { places, useAddress } from '../places';
import { useTexts } from '../texts';

interface Reason {
  policy: string;
  nb: string;
  nn: string;
  en: string;
}

interface Explanation {
  decision: 'permit' | 'refuse';
  because: Reason;
  review: boolean;
  refusedBy: Reason[];
  permittedBy: Reason[];
  missing: Reason[];
  reached: string[];
}

const actions = ['overview', 'read', 'search', 'write', 'export'] as const;
const purposes = ['TREAT', 'ETREAT', 'COC'] as const;
const tried = ['health-personnel', 'case-worker', 'system'];

/** What a persona of the sandbox is to the rules. */
const whoOf = (one: Persona & { client?: string; organisation: { number?: string; name: string } | null; unit: { number?: string; name: string } | null }) => ({
  kind: one.person ? 'personnel' : 'system',
  professions: one.authorisation ? [one.authorisation.code] : [],
  organisation: one.organisation?.number ?? null,
  unit: one.unit?.number ?? null,
  client: one.client ?? '',
});

/** Tries the rules on somebody: what would be decided now, and why. */
export function Try() {
  const t = useTexts();
  const language = useLanguage();
  const address = useAddress();
  const { office } = useApi();
  const id = useId();
  const { catalogue, error, again } = useCatalogue();
  const [form, setForm] = useState({ who: 'sykepleier-legevakt-nordvik', action: 'overview', purpose: 'TREAT', patient: '', reason: '' });
  const change = useChange<Explanation>([]);
  const set = (part: Partial<typeof form>) => {
    setForm({ ...form, ...part });
    change.reset();
  };
  const people = catalogue?.personas.filter((one) => tried.includes(one.kind)) ?? [];
  const who = people.find((one) => one.name === form.who) ?? people[0];
  const named = office.kind === 'privacy-officer';
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!who) return;
    const ask = { action: form.action, ...(form.purpose ? { purpose: form.purpose } : {}), ...(form.reason.trim() ? { reason: form.reason.trim() } : {}) };
    change.mutate({ method: 'POST', path: 'admin/policy/explain', body: { who: whoOf(who), ask, ...(named && form.patient ? { patient: form.patient.replace(/\s/g, '') } : {}) } });
  };
  const words = (one: Reason) => one[language];
  const answer = change.data;
  return (
    <div className="stack loose">
      <Link className="ds-link" to={address(places.policy)}>
        {t.policy.back}
      </Link>
      <Title lead={t.policy.tryLead}>{t.policy.try}</Title>
      {error ? <Failed error={error} onAgain={again} /> : !catalogue && <Loading />}
      {catalogue && (
        <form className="stack search" onSubmit={send} autoComplete="off">
          <div className="fields wide">
            <Field>
              <Label htmlFor={`${id}-w`}>{t.policy.who}</Label>
              <Select id={`${id}-w`} value={who?.name ?? ''} onChange={(event) => set({ who: event.target.value })}>
                {people.map((one) => (
                  <Select.Option key={one.name} value={one.name}>
                    {[one.person ?? one.name, one.authorisation?.display, one.unit?.name ?? one.organisation?.name].filter(Boolean).join(', ')}
                  </Select.Option>
                ))}
              </Select>
            </Field>
            <Field>
              <Label htmlFor={`${id}-a`}>{t.policy.action}</Label>
              <Select id={`${id}-a`} value={form.action} onChange={(event) => set({ action: event.target.value })}>
                {actions.map((one) => (
                  <Select.Option key={one} value={one}>
                    {t.policy.actions[one]}
                  </Select.Option>
                ))}
              </Select>
            </Field>
            <Field>
              <Label htmlFor={`${id}-p`}>{t.log.purpose}</Label>
              <Select id={`${id}-p`} value={form.purpose} onChange={(event) => set({ purpose: event.target.value })}>
                <Select.Option value="">{t.policy.noPurpose}</Select.Option>
                {purposes.map((one) => (
                  <Select.Option key={one} value={one}>
                    {t.purposes[one]}
                  </Select.Option>
                ))}
              </Select>
            </Field>
            {named && <Textfield label={t.policy.patient} description={t.policy.patientHelp} inputMode="numeric" maxLength={14} value={form.patient} onChange={(event) => set({ patient: event.target.value })} />}
            {form.purpose === 'ETREAT' && <Textfield label={t.log.theirReason} maxLength={300} value={form.reason} onChange={(event) => set({ reason: event.target.value })} />}
          </div>
          <Button type="submit" disabled={change.isPending}>
            {t.policy.ask}
          </Button>
        </form>
      )}
      {change.error && <Failed error={change.error} />}
      <div role="status" className="stack wide">
        {answer && (
          <>
            <Alert data-color={answer.decision === 'permit' ? 'success' : 'warning'}>
              <Heading level={2} data-size="xs">
                {answer.decision === 'permit' ? t.policy.yes : t.policy.no}
              </Heading>
              <Paragraph>{words(answer.because)}</Paragraph>
              {answer.decision === 'permit' && answer.reached.length > 0 && (
                <Paragraph>
                  {t.policy.reaches}: {answer.reached.map((one) => (t.categories as Record<string, string>)[one] ?? one).join(', ')}.
                </Paragraph>
              )}
              {answer.review && <Paragraph>{t.policy.reviewed}</Paragraph>}
            </Alert>
            <Details data-size="sm">
              <Details.Summary>{t.policy.more}</Details.Summary>
              <Details.Content>
                <div className="stack">
                  <Reasons title={t.policy.refusedBy} reasons={answer.refusedBy.map(words)} />
                  <Reasons title={t.policy.permittedBy} reasons={answer.permittedBy.map(words)} />
                  <Reasons title={t.policy.missing} reasons={answer.missing.map(words)} />
                </div>
              </Details.Content>
            </Details>
          </>
        )}
      </div>
    </div>
  );
}

function Reasons({ title, reasons }: { title: string; reasons: string[] }) {
  const t = useTexts();
  return (
    <div>
      <Heading level={3} data-size="2xs">
        {title}
      </Heading>
      {reasons.length === 0 ? (
        <Paragraph>{t.policy.nothing}</Paragraph>
      ) : (
        <ul>
          {[...new Set(reasons)].map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
