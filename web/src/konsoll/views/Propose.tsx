import { Alert, Button, Field, Heading, Label, Textarea, Textfield } from '@digdir/designsystemet-react';
import { type FormEvent, useId, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { Failed, Pending } from '../../common/States';
import { Failure } from '../../common/failure';
import { useLanguage } from '../../common/language';
import { Title } from '../Title';
import type { Asked } from '../api';
import { useApi, useAsked, useChange } from '../hooks';
import { offsetOf } from '../issues';
import { places, useAddress } from '../places';
import { Difference } from '../policy/Difference';
import { Widens } from '../policy/Widens';
import { useTexts } from '../texts';
import type { InForce, Proposal, Widening } from './policy';

/** Proposes a new text: examined as often as one likes, with the difference and what it widens, before it is sent. */
export function Propose() {
  const t = useTexts();
  const address = useAddress();
  const policy = useAsked<InForce>('admin/policy');
  return (
    <div className="stack loose">
      <Link className="ds-link" to={address(places.policy)}>
        {t.policy.back}
      </Link>
      <Title lead={t.policy.newLead}>{t.policy.propose}</Title>
      <Pending query={policy} />
      {policy.data && <Editor policy={policy.data} />}
    </div>
  );
}

type Looked = { of: string; widens: Widening[] } | { of: string; error: unknown } | null;

function Editor({ policy }: { policy: InForce }) {
  const t = useTexts();
  const language = useLanguage();
  const api = useApi();
  const address = useAddress();
  const navigate = useNavigate();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  // What one has begun stays, also when another version comes into force meanwhile: then the server says so.
  const [base] = useState(policy);
  const [text, setText] = useState(policy.text);
  const [why, setWhy] = useState('');
  const [looked, setLooked] = useState<Looked>(null);
  const [busy, setBusy] = useState(false);
  const change = useChange<Proposal>(['admin/policy']);
  const current = looked?.of === text ? looked : null;

  const examine = async () => {
    setBusy(true);
    const asked: Asked = { method: 'POST', body: { text } };
    try {
      setLooked({ of: text, widens: (await api.json<{ widens: Widening[] }>(language, 'admin/policy/check', asked)).widens });
    } catch (error) {
      setLooked({ of: text, error });
    }
    setBusy(false);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ method: 'POST', path: 'admin/policy/proposals', body: { base: base.version, why: why.trim(), text } }, { onSuccess: (made) => void navigate(address(`${places.policy}/forslag/${made.id}`)) });
  };
  const goTo = (at: string) => {
    const offset = offsetOf(text, at);
    area.current?.focus();
    area.current?.setSelectionRange(offset, offset);
  };
  return (
    <form className="stack loose" onSubmit={send} noValidate>
      <Field className="wide">
        <Label htmlFor={id}>{t.policy.text}</Label>
        <Textarea ref={area} id={id} className="code-area" rows={18} spellCheck={false} autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      <Button type="button" variant="secondary" disabled={busy} onClick={() => void examine()}>
        {busy ? t.policy.examining : t.policy.examine}
      </Button>
      <div role="status" className="stack wide">
        {current && 'error' in current && <Wrong error={current.error} onGo={goTo} />}
        {current && 'widens' in current && (
          <>
            <Widens widens={current.widens} />
            <Heading level={2} data-size="xs">
              {t.policy.difference}
            </Heading>
            <Difference before={base.text} after={text} />
          </>
        )}
      </div>
      {current && 'widens' in current && text !== base.text && (
        <>
          <Textfield className="wide" label={t.policy.why} description={t.policy.whyHelp} maxLength={1000} value={why} onChange={(event) => setWhy(event.target.value)} />
          <Button type="submit" disabled={change.isPending || why.trim().length < 5}>
            {t.policy.send}
          </Button>
        </>
      )}
      {change.error && <Failed error={change.error} />}
    </form>
  );
}

/** What is wrong with the text, each with the way to its place. */
function Wrong({ error, onGo }: { error: unknown; onGo: (at: string) => void }) {
  const t = useTexts();
  if (!(error instanceof Failure) || error.status !== 422) return <Failed error={error} />;
  return (
    <Alert data-color="danger">
      <Heading level={2} data-size="2xs">
        {t.policy.wrong}
      </Heading>
      <ul>
        {error.issues.map((one, i) => (
          <li key={i}>
            <span className="written">{one.details?.text ?? ''}</span>{' '}
            {one.diagnostics && /^\d+:\d+$/.test(one.diagnostics) && (
              <button type="button" className="as-link" onClick={() => onGo(one.diagnostics ?? '')}>
                {t.findings.at.replace('{line}', one.diagnostics.split(':')[0] ?? '').replace('{column}', one.diagnostics.split(':')[1] ?? '')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
