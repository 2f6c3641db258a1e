import { Alert, Card, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useState } from 'react';
import { Failed, Instead, Loading } from '../common/States';
import { useCatalogue } from '../common/catalogue';
import { Failure } from '../common/failure';
import { Api } from './api';
import { type Office, officesOf } from './offices';
import { useTexts } from './texts';

/** In the sandbox somebody is chosen; elsewhere the municipality must have put a login in place. */
export function LogIn({ onEnter }: { onEnter: (api: Api) => void }) {
  const t = useTexts();
  const { catalogue, error, again } = useCatalogue();
  const [entering, setEntering] = useState<string | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const enter = async (office: Office) => {
    setEntering(office.persona + office.instance);
    setFailed(null);
    try {
      onEnter(await Api.open(office));
    } catch (cause) {
      setFailed(cause);
      setEntering(null);
    }
  };
  if (error instanceof Failure && error.kind === 'absent') return <Instead title={t.login.noneTitle} text={t.login.none} />;
  if (error) return <Failed error={error} onAgain={again} />;
  if (!catalogue) return <Loading />;
  return (
    <div className="stack loose">
      <div className="title">
        <Heading level={1} data-size="md">
          {t.login.title}
        </Heading>
        <Paragraph className="lead">{t.login.lead}</Paragraph>
        <Alert data-color="info" data-size="sm" className="prose">
          {t.login.sandbox}
        </Alert>
        {failed !== null && <Failed error={failed} />}
      </div>
      {officesOf(catalogue.personas).map(({ instance, municipality, offices }) => (
        <section key={instance} className="stack" aria-labelledby={`in-${instance}`}>
          <Heading level={2} data-size="xs" id={`in-${instance}`}>
            {municipality}
          </Heading>
          <ul className="plain-list ways wide">
            {offices.map((office) => (
              <li key={office.persona}>
                <Card asChild>
                  <button type="button" className="choose" disabled={entering !== null} onClick={() => void enter(office)}>
                    <span className="choose-office">{t.offices[office.kind].title}</span>
                    <span>{[office.name, office.unit].filter(Boolean).join(', ')}</span>
                    <span className="subtle">{entering === office.persona + instance ? t.login.entering : t.offices[office.kind].text}</span>
                  </button>
                </Card>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
