import { Button, Card, Heading, Input, Field, Label, Paragraph } from '@digdir/designsystemet-react';
import { useId, useState } from 'react';
import { useLanguage } from '../../common/language';
import { Title } from '../Title';
import { base } from '../api';
import { type Check, Checked, check } from '../log/Checked';
import { useTexts } from '../texts';

const forms = ['page', 'json', 'ndjson'] as const;

/** Everything about her to take along; and a receipt to verify. */
export function Download() {
  const t = useTexts();
  const language = useLanguage();
  const id = useId();
  const [checked, setChecked] = useState<Check>({ state: 'none' });
  const read = async (file: File | undefined) => {
    if (!file) return;
    setChecked({ state: 'checking' });
    try {
      setChecked(await check(JSON.parse(await file.text())));
    } catch {
      setChecked({ state: 'refused' });
    }
  };
  return (
    <div className="stack loose">
      <Title lead={t.download.lead}>{t.pages.download}</Title>
      <ul className="plain-list stack wide">
        {forms.map((form) => (
          <li key={form} className="wide">
            <Card>
              <div className="row apart">
                <Paragraph>{t.download[form]}</Paragraph>
                <Button asChild variant="secondary" data-size="sm">
                  {form === 'page' ? (
                    <a href={`${base}/innsyn?_format=html&lang=${language}`} aria-label={`${t.download.pageDo}: ${t.download.page}`}>
                      {t.download.pageDo}
                    </a>
                  ) : (
                    <a href={`${base}/innsyn?_format=${form}`} download={`innsyn.${form}`} aria-label={`${t.download.fileDo}: ${t.download[form]}`}>
                      {t.download.fileDo}
                    </a>
                  )}
                </Button>
              </div>
            </Card>
          </li>
        ))}
      </ul>
      <section className="stack" aria-labelledby="receipt">
        <Heading level={2} data-size="sm" id="receipt">
          {t.download.check}
        </Heading>
        <Paragraph className="prose">{t.download.checkText}</Paragraph>
        <Field>
          <Label htmlFor={id}>{t.download.choose}</Label>
          <Input id={id} type="file" accept="application/json,.json" onChange={(event) => void read(event.target.files?.[0])} />
        </Field>
        <Checked check={checked} />
      </section>
    </div>
  );
}
