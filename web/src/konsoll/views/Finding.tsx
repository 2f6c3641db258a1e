import { Alert, Button, Field, Fieldset, Heading, Label, Paragraph, Radio, Tag, Textarea, ValidationMessage } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useState } from 'react';
import { Link, useParams } from 'react-router';
import { LongText } from '../../common/LongText';
import { Failed, Pending } from '../../common/States';
import { numberText, timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { Title } from '../Title';
import { useApi, useAsked, useChange } from '../hooks';
import { places, useAddress } from '../places';
import { type Finding as One, type Judged, enough, outcomes, workplace } from '../review/finding';
import { useTexts } from '../texts';

/** One finding: which rule, which figures, what the reader said herself, and what came of it. */
export function Finding() {
  const t = useTexts();
  const address = useAddress();
  const { id = '' } = useParams();
  const finding = useAsked<One>(`admin/review/${encodeURIComponent(id)}`);
  return (
    <div className="stack loose">
      <Link className="ds-link" to={address(places.review)}>
        {t.review.back}
      </Link>
      {finding.data ? <Shown finding={finding.data} /> : <Title>{t.review.oneTitle}</Title>}
      <Pending query={finding} />
    </div>
  );
}

function Shown({ finding }: { finding: One }) {
  const t = useTexts();
  const language = useLanguage();
  const { office } = useApi();
  const { reader } = finding;
  const figures = Object.entries(finding.figures);
  return (
    <>
      <Title lead={finding.explanation}>{finding.title}</Title>
      <dl className="facts lines wide">
        <dt>{t.review.state}</dt>
        <dd>
          <Tag data-size="sm" data-color={finding.status === 'open' ? 'warning' : 'neutral'}>
            {finding.status === 'open' ? t.review.open : t.review.closed}
          </Tag>
        </dd>
        <dt>{t.review.who}</dt>
        <dd className="written">{[reader.name ?? t.review.unnamed, workplace(reader)].filter(Boolean).join(', ')}</dd>
        <dt>{t.review.when}</dt>
        <dd>{timeText(new Date(finding.timeMs), language)}</dd>
        <dt>{t.log.about}</dt>
        <dd>{finding.person === null ? t.log.nobody : fill(t.log.personNo, { no: finding.person })}</dd>
        {finding.access && (
          <>
            <dt>{t.review.allowed}</dt>
            <dd>{finding.access.why}</dd>
          </>
        )}
        {finding.access?.reason && (
          <>
            <dt>{t.log.theirReason}</dt>
            <dd>
              <LongText>{finding.access.reason}</LongText>
            </dd>
          </>
        )}
        <dt>{t.log.number}</dt>
        <dd>{finding.entry}</dd>
        {figures.map(([figure, n]) => (
          <Figure key={figure} figure={figure} n={numberText(n, language)} />
        ))}
      </dl>
      {finding.outcomes.length > 0 && (
        <section className="stack" aria-labelledby="came">
          <Heading level={2} data-size="sm" id="came">
            {t.review.came}
          </Heading>
          <ol className="plain-list wide">
            {finding.outcomes.map((one) => (
              <li key={one.entry} className="piece">
                <div className="row">
                  <strong>{one.title}</strong>
                  <span className="subtle">{[one.by, timeText(new Date(one.timeMs), language)].filter(Boolean).join(', ')}</span>
                </div>
                <LongText>{one.words}</LongText>
              </li>
            ))}
          </ol>
        </section>
      )}
      {finding.status === 'closed' && office.kind === 'manager' ? <Paragraph className="subtle">{t.review.officerReopens}</Paragraph> : <Judge key={finding.status} finding={finding} />}
    </>
  );
}

function Figure({ figure, n }: { figure: string; n: string }) {
  const t = useTexts();
  const names: Record<string, string> = t.review.figures;
  return (
    <>
      <dt>{names[figure] ?? figure}</dt>
      <dd>{n}</dd>
    </>
  );
}

/** Closes a finding with words, or opens it again. */
function Judge({ finding }: { finding: One }) {
  const t = useTexts();
  const id = useId();
  const open = finding.status === 'open';
  const [outcome, setOutcome] = useState<Judged | ''>(open ? '' : 'reopened');
  const [words, setWords] = useState('');
  const [tried, setTried] = useState(false);
  const change = useChange<unknown>(['admin/review']);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (outcome && enough(words)) change.mutate({ method: 'PUT', path: `admin/review/${encodeURIComponent(finding.id)}`, body: { outcome, words: words.trim() } });
  };
  if (change.isSuccess) {
    return (
      <Alert data-color="success" role="status">
        {open ? t.review.isClosed : t.review.isReopened}
      </Alert>
    );
  }
  const noWords = tried && !enough(words);
  return (
    <form className="stack search" onSubmit={send} noValidate>
      <Heading level={2} data-size="sm">
        {open ? t.review.close : t.review.reopen}
      </Heading>
      {open && (
        <Fieldset>
          <Fieldset.Legend>{t.review.outcome}</Fieldset.Legend>
          {outcomes.map((one) => (
            <Radio key={one} name={`${id}-o`} value={one} label={t.review.outcomes[one]} checked={outcome === one} onChange={() => setOutcome(one)} />
          ))}
          {tried && !outcome && <ValidationMessage>{t.review.noOutcome}</ValidationMessage>}
        </Fieldset>
      )}
      <Field className="wide">
        <Label htmlFor={`${id}-w`}>{t.review.words}</Label>
        <Field.Description>{t.review.wordsHelp}</Field.Description>
        <Textarea id={`${id}-w`} rows={3} maxLength={500} value={words} aria-invalid={noWords ? true : undefined} onChange={(event) => setWords(event.target.value.replace(/\n/g, ' '))} />
        {noWords && <ValidationMessage>{t.review.noWords}</ValidationMessage>}
      </Field>
      {change.error && <Failed error={change.error} />}
      <Button type="submit" disabled={change.isPending}>
        {open ? t.review.closeIt : t.review.reopenIt}
      </Button>
      <Paragraph data-size="sm" className="subtle prose">
        {t.review.forGood}
      </Paragraph>
    </form>
  );
}
