import { Button, Field, Heading, Label, Paragraph, Select } from '@digdir/designsystemet-react';
import { useEffect, useId, useRef, useState } from 'react';
import { LanguageSwitch } from '../common/LanguageSwitch';
import { Failed, Loading } from '../common/States';
import { type Catalogue, type Persona, useCatalogue } from '../common/catalogue';
import { ageOn } from '../common/dates';
import { type Language, LanguageContext, fill, useChosenLanguage } from '../common/language';
import { useCommon } from '../common/texts';
import type { AppName } from '../smart/apps';
import { listen, send } from '../smart/frame';
import { launchAddress } from './launch';
import { texts, useTexts } from './texts';
import { type Patient, triageList } from './triage';

/** The sandbox's journal: who is at work, who waits, and the app in its frame. Everything is in this page's memory. */
export function App() {
  const [language, choose] = useChosenLanguage((l) => texts[l].title);
  const { catalogue, error, again } = useCatalogue();
  const [persona, setPersona] = useState('sykepleier-legevakt-nordvik');
  const [opened, setOpened] = useState<{ app: AppName; patient: Patient } | null>(null);
  const open = opened?.patient ?? null;

  return (
    <LanguageContext.Provider value={language}>
      <div className="journal">
        <Bar catalogue={catalogue} persona={persona} onPersona={setPersona} onLanguage={choose} open={open} onBack={() => setOpened(null)} />
        {opened ? (
          <OpenPatient key={`${opened.app} ${persona} ${opened.patient.citizen.nin}`} app={opened.app} persona={persona} patient={opened.patient} language={language} />
        ) : (
          <main id="main" className="page stack loose">
            {error ? <Failed error={error} onAgain={again} /> : catalogue ? <Waiting catalogue={catalogue} onOpen={(app, patient) => setOpened({ app, patient })} /> : <Loading />}
          </main>
        )}
      </div>
    </LanguageContext.Provider>
  );
}

interface BarProps {
  catalogue: Catalogue | null;
  persona: string;
  onPersona: (name: string) => void;
  onLanguage: (language: Language) => void;
  open: Patient | null;
  onBack: () => void;
}

const atWork = (one: Persona) => one.instance === '9901' && one.person !== null && (one.kind === 'health-personnel' || one.kind === 'case-worker');

/** The journal's own bar: which journal, who is at work, whom she has open. */
function Bar({ catalogue, persona, onPersona, onLanguage, open, onBack }: BarProps) {
  const t = useTexts();
  const id = useId();
  return (
    <header className="bar">
      <div className="row">
        <strong>{t.title}</strong>
        {open && (
          <Button variant="secondary" data-size="sm" onClick={onBack}>
            {t.back}
          </Button>
        )}
      </div>
      {!open && (
        <div className="row">
          <Field className="user" data-size="sm">
            <Label htmlFor={id}>{t.user}</Label>
            <Select id={id} value={persona} onChange={(event) => onPersona(event.target.value)} data-size="sm">
              {catalogue?.personas.filter(atWork).map((one) => (
                <Select.Option key={one.name} value={one.name}>
                  {[one.person, one.authorisation?.display, one.unit?.name ?? one.organisation?.name].filter(Boolean).join(', ')}
                </Select.Option>
              ))}
            </Select>
          </Field>
          <LanguageSwitch onChoose={onLanguage} />
        </div>
      )}
      {open && (
        <h1 className="who">
          {catalogue?.personas.find((one) => one.name === persona)?.person}
          <span aria-hidden="true"> → </span>
          {open.citizen.name}
        </h1>
      )}
    </header>
  );
}

function Waiting({ catalogue, onOpen }: { catalogue: Catalogue; onOpen: (app: AppName, patient: Patient) => void }) {
  const t = useTexts();
  const common = useCommon();
  return (
    <>
      <div className="stack">
        <Heading level={1} data-size="md">
          {t.listTitle}
        </Heading>
        <Paragraph className="lead">{t.listLead}</Paragraph>
      </div>
      <ol className="plain-list triage wide">
        {triageList(catalogue).map((patient) => {
          const { citizen, urgency, complaint, minutes } = patient;
          const age = ageOn(citizen.birthDate, new Date());
          return (
            <li key={citizen.nin} className={`urgency-${urgency}`}>
              <span className="urgency">
                <b aria-hidden="true">{urgency}</b> {t.urgency[urgency]}
              </span>
              <div>
                <Heading level={2} data-size="2xs">
                  {citizen.name}, {age === null ? common.ageUnknown : fill(common.years, { n: age })}
                </Heading>
                <Paragraph>{t.complaints[complaint]}</Paragraph>
                <Paragraph data-size="sm" className="subtle">
                  {fill(t.waited, { n: minutes })}
                </Paragraph>
              </div>
              <div className="row">
                <Button variant="secondary" onClick={() => onOpen('legevakt', patient)}>
                  {fill(t.open, { name: citizen.name })}
                </Button>
                <Button variant="tertiary" onClick={() => onOpen('tavle', patient)}>
                  {t.measure}
                  <span className="visually-hidden">: {citizen.name}</span>
                </Button>
              </div>
            </li>
          );
        })}
      </ol>
      <Paragraph data-size="sm" className="subtle">
        {t.sandbox}
      </Paragraph>
    </>
  );
}

/** The app, launched; and launched anew when its user asks for an emergency. */
function OpenPatient({ app, persona, patient, language }: { app: AppName; persona: string; patient: Patient; language: Language }) {
  const t = useTexts();
  const frame = useRef<HTMLIFrameElement>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [address, setAddress] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const nin = patient.citizen.nin;

  useEffect(() => {
    let gone = false;
    setAddress(null);
    setError(null);
    launchAddress(app, persona, nin, reason === null ? 'TREAT' : 'ETREAT', language)
      .then((opened) => !gone && setAddress(opened))
      .catch((cause) => !gone && setError(cause));
    return () => {
      gone = true;
    };
    // The language is the app's own from here on; changing it launches nothing.
  }, [app, persona, nin, reason, tries]);

  useEffect(
    () =>
      listen(
        () => frame.current?.contentWindow,
        (message) => {
          const to = frame.current?.contentWindow;
          if (message.kilde === 'ready' && to) send(to, { kilde: 'opened', purpose: reason === null ? 'TREAT' : 'ETREAT', reason });
          if (message.kilde === 'emergency') setReason(message.reason);
        },
      ),
    [reason],
  );

  if (error) {
    return (
      <main id="main" className="page">
        <Failed error={error} onAgain={() => setTries(tries + 1)} />
      </main>
    );
  }
  if (!address) {
    return (
      <main id="main" className="page">
        <Loading what={t.opening} />
      </main>
    );
  }
  return (
    <main id="main" className="framed">
      <iframe ref={frame} src={address} title={t.appNames[app]} />
    </main>
  );
}
