import { Alert, Button, Checkbox, Details, Field, Fieldset, Label, Paragraph, Radio, Select, Textarea, Textfield, ValidationMessage } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useState } from 'react';
import { fill } from '../../common/language';
import { useTexts } from '../texts';
import { useUnits } from '../units';
import { type Wanted, lacking } from './search';

const kinds = ['person', 'employee', 'all'] as const;

interface Props {
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
  onSearch: () => void;
  busy: boolean;
}

/** What is looked for. It is sent in the body, never in an address. */
export function Form({ wanted, onChange, onSearch, busy }: Props) {
  const t = useTexts();
  const id = useId();
  const [told, setTold] = useState(false);
  const [more, setMore] = useState(false);
  const lacks = lacking(wanted);
  const wrong = (name: (typeof lacks)[number]) => (told && lacks.includes(name) ? t.log.lacking[name] : undefined);
  const set = (part: Partial<Wanted>) => onChange({ ...wanted, ...part });
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (lacks.length === 0) onSearch();
    else event.currentTarget.querySelector<HTMLElement>('[aria-invalid=true], [data-lacking] input')?.focus();
  };
  const reasonWrong = wrong('reason');
  return (
    <form className="stack search" onSubmit={send} noValidate autoComplete="off">
      <Fieldset>
        <Fieldset.Legend>{t.log.question}</Fieldset.Legend>
        <div className="choices">
          {kinds.map((of) => (
            <Radio key={of} name={`${id}-of`} value={of} label={t.log.of[of]} checked={wanted.of === of} onChange={() => set({ of })} />
          ))}
        </div>
      </Fieldset>
      {wanted.of === 'person' &&
        (wanted.person === null ? (
          <Textfield label={t.log.patient} description={t.log.patientHelp} inputMode="numeric" maxLength={14} value={wanted.patient} error={wrong('patient')} onChange={(event) => set({ patient: event.target.value })} />
        ) : (
          <Known text={fill(t.log.personNo, { no: wanted.person })} onForget={() => set({ person: null })} />
        ))}
      {wanted.of === 'employee' && (
        <>
          {wanted.handle === null ? (
            <Textfield label={t.log.employee} description={t.log.employeeHelp} inputMode="numeric" maxLength={14} value={wanted.employee} error={wrong('employee')} onChange={(event) => set({ employee: event.target.value })} />
          ) : (
            <Known text={wanted.employee} onForget={() => set({ handle: null, employee: '' })} />
          )}
          <Field className="wide">
            <Label htmlFor={`${id}-why`}>{t.log.reason}</Label>
            <Field.Description>{t.log.reasonHelp}</Field.Description>
            <Textarea id={`${id}-why`} rows={2} maxLength={500} value={wanted.reason} aria-invalid={reasonWrong ? true : undefined} aria-describedby={`${id}-lack`} onChange={(event) => set({ reason: event.target.value.replace(/\n/g, ' ') })} />
            <div id={`${id}-lack`}>{reasonWrong && <ValidationMessage>{reasonWrong}</ValidationMessage>}</div>
          </Field>
        </>
      )}
      <Details className="quiet" data-size="sm" open={more} onToggle={() => setMore(!more)}>
        <Details.Summary>{t.log.narrow}</Details.Summary>
        <Details.Content>{more && <Narrow wanted={wanted} set={set} period={wrong('period')} />}</Details.Content>
      </Details>
      <Checkbox label={t.log.people} checked={wanted.people} onChange={(event) => set({ people: event.target.checked })} />
      <Checkbox label={t.log.refusedOnly} checked={wanted.refused} onChange={(event) => set({ refused: event.target.checked })} />
      <Button type="submit" disabled={busy}>
        {busy ? t.log.searching : t.log.search}
      </Button>
      <Paragraph data-size="sm" className="subtle prose">
        {wanted.of === 'employee' ? t.log.loggedEmployee : t.log.loggedPerson}
      </Paragraph>
      {told && lacks.length > 0 && (
        <Alert data-color="warning" data-size="sm" role="alert">
          {t.log.incomplete}
        </Alert>
      )}
    </form>
  );
}

/** Somebody that an answer named: she is sought by what stands for her there. */
function Known({ text, onForget }: { text: string; onForget: () => void }) {
  const t = useTexts();
  return (
    <div className="row">
      <strong className="written">{text}</strong>
      <Button type="button" variant="tertiary" data-size="sm" onClick={onForget}>
        {t.log.another}
      </Button>
    </div>
  );
}

function Narrow({ wanted, set, period }: { wanted: Wanted; set: (part: Partial<Wanted>) => void; period: string | undefined }) {
  const t = useTexts();
  const id = useId();
  const units = useUnits();
  return (
    <div className="fields">
      <Textfield type="date" label={t.log.from} value={wanted.from} onChange={(event) => set({ from: event.target.value })} />
      <Textfield type="date" label={t.log.to} value={wanted.to} error={period} onChange={(event) => set({ to: event.target.value })} />
      <Field>
        <Label htmlFor={`${id}-unit`}>{t.log.unit}</Label>
        <Select id={`${id}-unit`} value={wanted.unit} onChange={(event) => set({ unit: event.target.value })}>
          <Select.Option value="">{t.log.any}</Select.Option>
          {units.map((unit) => (
            <Select.Option key={unit.unit} value={unit.unit}>
              {unit.name}
            </Select.Option>
          ))}
        </Select>
      </Field>
      <Field>
        <Label htmlFor={`${id}-ground`}>{t.log.ground}</Label>
        <Select id={`${id}-ground`} value={wanted.ground} onChange={(event) => set({ ground: event.target.value })}>
          <Select.Option value="">{t.log.anyGround}</Select.Option>
          {Object.entries(t.grounds).map(([ground, name]) => (
            <Select.Option key={ground} value={ground}>
              {name}
            </Select.Option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
