import { Button, Field, Label, Paragraph, Textarea, ValidationMessage } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useState } from 'react';
import { Navigate, useNavigate } from 'react-router';
import { Failed } from '../../common/States';
import { fill } from '../../common/language';
import { useCommon } from '../../common/texts';
import { useDraft } from '../Draft';
import { Title } from '../Title';
import { useChange } from '../hooks';
import { useAddress } from '../places';
import { useTexts } from '../texts';

const MOST = 4000;

/** Asks for a correction or a deletion of one piece of information. */
export function NewClaim() {
  const t = useTexts();
  const common = useCommon();
  const navigate = useNavigate();
  const address = useAddress();
  const id = useId();
  const [about, hand] = useDraft();
  // What it is about is in memory only: whoever comes by the address alone begins with the information.
  const [{ element, title, source, kind }] = useState(about);
  const [words, setWords] = useState('');
  const [tried, setTried] = useState(false);
  const change = useChange(['krav']);
  if (!element) return <Navigate to={address('/opplysninger')} replace />;
  const wrong = !words.trim() ? t.claims.missing : Array.from(words.trim()).length > MOST ? t.claims.tooLong : '';
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrong) return;
    change.mutate(
      { method: 'POST', path: 'krav', body: { kind, element, text: words.trim() } },
      {
        onSuccess: () => {
          hand({ told: { text: t.claims.sent, at: '/krav' } });
          void navigate(address('/krav'));
        },
      },
    );
  };
  return (
    <form onSubmit={send} className="stack" noValidate>
      <Title>{kind === 'deletion' ? t.claims.newDeletion : t.claims.newCorrection}</Title>
      <Paragraph className="written">
        <strong>{fill(t.claims.aboutTitle, { title: title ?? '' })}</strong>
      </Paragraph>
      {source && <Paragraph className="written">{fill(t.claims.goesTo, { source })}</Paragraph>}
      <Field className="wide">
        <Label htmlFor={id}>{kind === 'deletion' ? t.claims.wordsDeletion : t.claims.wordsCorrection}</Label>
        <Textarea id={id} rows={6} value={words} onChange={(event) => setWords(event.target.value)} />
        {tried && wrong && <ValidationMessage role="alert">{wrong}</ValidationMessage>}
      </Field>
      {change.error && <Failed error={change.error} />}
      <div className="row">
        <Button type="submit" disabled={change.isPending}>
          {t.claims.send}
        </Button>
        <Button variant="tertiary" onClick={() => void navigate(-1)}>
          {common.cancel}
        </Button>
      </div>
    </form>
  );
}
