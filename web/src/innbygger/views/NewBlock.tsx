import { Alert, Button, Field, Fieldset, Heading, Label, Radio, Select, Textfield, ValidationMessage } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { Failed, Pending } from '../../common/States';
import { fill, useLanguage } from '../../common/language';
import { useCommon } from '../../common/texts';
import { useDraft } from '../Draft';
import { Title } from '../Title';
import { useChange, useChoices } from '../hooks';
import { type Choice, bodyOf, missing, preview } from '../sharing/block';
import { useAddress } from '../places';
import { useTexts } from '../texts';

/** Blocks something: what, for whom, and in an emergency; with what follows from it before it is sent. */
export function NewBlock() {
  const t = useTexts();
  const common = useCommon();
  const language = useLanguage();
  const navigate = useNavigate();
  const address = useAddress();
  const [about, hand] = useDraft();
  const choices = useChoices();
  const change = useChange(['sperringer']);
  const [tried, setTried] = useState(false);
  const [choice, setChoice] = useState<Choice>({
    what: about.element ? 'element' : about.reader ? 'everything' : 'category',
    category: '',
    from: '',
    to: '',
    whom: about.reader ? 'reader' : 'everyone',
    organisation: '',
    emergencyOpens: true,
  });
  const ids = { what: useId(), whom: useId(), emergency: useId(), error: useId() };
  const set = (part: Partial<Choice>) => setChoice({ ...choice, ...part });
  const back = () => navigate(address('/deling'));
  const wrong = missing(choice);

  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrong) {
      document.getElementById(ids.error)?.focus();
      return;
    }
    change.mutate(
      { method: 'POST', path: 'sperringer', body: bodyOf(choice, about) },
      {
        onSuccess: () => {
          hand({ told: { text: t.sharing.saved, at: '/deling' } });
          void back();
        },
      },
    );
  };

  if (!choices.data) return <Pending query={choices} />;
  const told = preview(choice, about, choices.data, t, language);
  return (
    <form onSubmit={send} className="stack loose" noValidate>
      <Title>{t.sharing.newTitle}</Title>
      <Fieldset>
        <Fieldset.Legend>{t.sharing.whatLegend}</Fieldset.Legend>
        {about.element && <Radio name={ids.what} value="element" label={fill(t.sharing.element, { title: about.title ?? '' })} checked={choice.what === 'element'} onChange={() => set({ what: 'element' })} />}
        <Radio name={ids.what} value="category" label={t.sharing.category} checked={choice.what === 'category'} onChange={() => set({ what: 'category' })} />
        {choice.what === 'category' && (
          <Choose label={t.sharing.chooseCategory} from={choices.data.categories.map((one) => [one.category, one.name])} value={choice.category} onChoose={(category) => set({ category })} />
        )}
        <Radio name={ids.what} value="period" label={t.sharing.period} checked={choice.what === 'period'} onChange={() => set({ what: 'period' })} />
        {choice.what === 'period' && (
          <div className="inside row">
            <Textfield type="date" label={t.sharing.from} description={t.sharing.periodHelp} value={choice.from} onChange={(event) => set({ from: event.target.value })} />
            <Textfield type="date" label={t.sharing.to} value={choice.to} onChange={(event) => set({ to: event.target.value })} />
          </div>
        )}
        <Radio name={ids.what} value="everything" label={t.sharing.everything} checked={choice.what === 'everything'} onChange={() => set({ what: 'everything' })} />
      </Fieldset>
      <Fieldset>
        <Fieldset.Legend>{t.sharing.whomLegend}</Fieldset.Legend>
        {about.reader && <Radio name={ids.whom} value="reader" label={fill(t.sharing.reader, { who: about.who ?? '' })} checked={choice.whom === 'reader'} onChange={() => set({ whom: 'reader' })} />}
        <Radio name={ids.whom} value="everyone" label={t.sharing.everyone} checked={choice.whom === 'everyone'} onChange={() => set({ whom: 'everyone' })} />
        <Radio name={ids.whom} value="others" label={t.sharing.others} checked={choice.whom === 'others'} onChange={() => set({ whom: 'others' })} />
        <Radio name={ids.whom} value="organisation" label={t.sharing.organisation} checked={choice.whom === 'organisation'} onChange={() => set({ whom: 'organisation' })} />
        {choice.whom === 'organisation' && (
          <Choose label={t.sharing.chooseOrganisation} from={choices.data.organisations.map((one) => [one.organisation, one.name])} value={choice.organisation} onChoose={(organisation) => set({ organisation })} />
        )}
      </Fieldset>
      <Fieldset>
        <Fieldset.Legend>{t.sharing.emergencyLegend}</Fieldset.Legend>
        <Radio name={ids.emergency} value="yes" label={t.sharing.emergencyYes} checked={choice.emergencyOpens} onChange={() => set({ emergencyOpens: true })} />
        <Radio name={ids.emergency} value="no" label={t.sharing.emergencyNo} checked={!choice.emergencyOpens} onChange={() => set({ emergencyOpens: false })} />
      </Fieldset>
      <div aria-live="polite" className="wide">
        {told.length > 0 && (
          <Alert data-color={choice.emergencyOpens ? 'info' : 'warning'}>
            <Heading level={2} data-size="xs">
              {t.sharing.previewTitle}
            </Heading>
            <ul>
              {told.map((line) => (
                <li key={line} className="written">
                  {line}
                </li>
              ))}
            </ul>
          </Alert>
        )}
      </div>
      {tried && wrong && (
        <ValidationMessage id={ids.error} tabIndex={-1} role="alert">
          {t.sharing[wrong]}
        </ValidationMessage>
      )}
      {change.error && <Failed error={change.error} />}
      <div className="row">
        <Button type="submit" disabled={change.isPending}>
          {t.sharing.save}
        </Button>
        <Button variant="tertiary" onClick={() => void back()}>
          {common.cancel}
        </Button>
      </div>
    </form>
  );
}

function Choose({ label, from, value, onChoose }: { label: string; from: [string, string][]; value: string; onChoose: (value: string) => void }) {
  const id = useId();
  return (
    <Field className="inside">
      <Label htmlFor={id}>{label}</Label>
      <Select id={id} value={value} onChange={(event) => onChoose(event.target.value)}>
        <Select.Option value="">{label}</Select.Option>
        {from.map(([one, name]) => (
          <Select.Option key={one} value={one}>
            {name}
          </Select.Option>
        ))}
      </Select>
    </Field>
  );
}
