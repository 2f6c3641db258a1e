import { Alert, Button, Checkbox, Fieldset, Heading, Radio, Textfield, ValidationMessage } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useBandWord } from '../common/band';
import { fill } from '../common/language';
import { type Consciousness, type Numeric, type Part, type Scale, type Vitals, implausible, parts, pointsOf, totalOf, typed } from './news2';
import { useTexts } from './texts';

const numeric = ['respiration', 'saturation', 'oxygen', 'systolic', 'pulse', 'temperature'] as const;
const levels: Consciousness[] = ['A', 'C', 'V', 'P', 'U'];
const empty: Record<Numeric, string> = { respiration: '', saturation: '', oxygen: '', systolic: '', pulse: '', temperature: '' };

/** Measurements to write, in the order of the chart; scored while one types. */
export function Register({ onRegister }: { onRegister: (vitals: Vitals, label: string) => void }) {
  const t = useTexts();
  const word = useBandWord();
  const ids = { scale: useId(), level: useId() };
  const form = useRef<HTMLFormElement>(null);
  const [texts, setTexts] = useState(empty);
  const [scale, setScale] = useState<Scale>(1);
  const [level, setLevel] = useState<Consciousness | null>(null);
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState(false);

  const vitals: Vitals = { ...(Object.fromEntries(numeric.map((part) => [part, typed(texts[part])])) as Record<Numeric, number | null>), scale, consciousness: level };
  const wrong = numeric.filter((part) => texts[part].trim() !== '' && vitals[part] === null);
  const odd = implausible(vitals);
  const nothing = parts.every((part) => vitals[part] === null);
  const score = totalOf(vitals);
  const lacking = parts.filter((part) => pointsOf(part, vitals) === null).length;

  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrong.length > 0 || nothing || (odd.length > 0 && !sure)) return;
    onRegister(vitals, score ? `NEWS2 ${score.total}, ${word(score.band)}` : t.partial);
    setTexts(empty);
    setLevel(null);
    setSure(false);
    setTried(false);
    form.current?.querySelector('input')?.focus();
  };
  const points = (part: Part) => {
    const n = pointsOf(part, vitals);
    return n === null ? '' : fill(t.points, { n });
  };

  const field = (part: Numeric) => (
    <div className="vital" key={part}>
      <Textfield
        label={t.parts[part]}
        description={t.units[part]}
        inputMode="decimal"
        autoComplete="off"
        value={texts[part]}
        error={(tried || texts[part].length > 5) && wrong.includes(part) && t.wrong}
        onChange={(event) => {
          setTexts({ ...texts, [part]: event.target.value });
          setSure(false);
        }}
      />
      <output className="points">{points(part)}</output>
    </div>
  );

  return (
    <form ref={form} onSubmit={send} className="stack wide" noValidate aria-labelledby="register">
      <Heading level={2} data-size="sm" id="register">
        {t.newTitle}
      </Heading>
      <div className="vitals">
        {numeric.map(field)}
      </div>
      <Fieldset>
        <Fieldset.Legend>
          {t.parts.consciousness} <span className="points">{points('consciousness')}</span>
        </Fieldset.Legend>
        <div className="levels">
          {levels.map((one) => (
            <Radio key={one} name={ids.level} value={one} label={t.levels[one]} checked={level === one} onChange={() => setLevel(one)} />
          ))}
        </div>
      </Fieldset>
      <Fieldset>
        <Fieldset.Legend>{t.scale}</Fieldset.Legend>
        {([1, 2] as const).map((one) => (
          <Radio key={one} name={ids.scale} value={String(one)} label={t.scales[one]} checked={scale === one} onChange={() => setScale(one)} />
        ))}
      </Fieldset>
      {odd.length > 0 && (
        <Alert data-color="warning">
          <div className="stack">
            <span>{fill(t.odd, { parts: odd.map((part) => t.parts[part]).join(', ') })}</span>
            <Checkbox label={t.sure} value="sure" checked={sure} onChange={(event) => setSure(event.target.checked)} />
          </div>
        </Alert>
      )}
      {tried && nothing && wrong.length === 0 && <ValidationMessage role="alert">{t.nothing}</ValidationMessage>}
      <div className="bottom">
        <div className="score" data-band={score?.band ?? 'none'} aria-live="polite">
          <p className="total">
            <span className="visually-hidden">{t.score}: </span>
            {score ? (
              <>
                <span className="big">{score.total}</span>
                <span className="word">{word(score.band)}</span>
              </>
            ) : (
              <span className="word">{fill(t.scoreMissing, { n: lacking })}</span>
            )}
          </p>
        </div>
        <Button type="submit">{t.save}</Button>
      </div>
    </form>
  );
}
