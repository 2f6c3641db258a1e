import { Button, Details, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { useState } from 'react';
import { LongText } from '../common/LongText';
import { dateText } from '../common/dates';
import { fill, useLanguage } from '../common/language';
import { useCommon } from '../common/texts';
import { extentText } from '../fhir/extent';
import { Nothing } from './Nothing';
import type { Overview, Service } from './overview';
import { useTexts } from './texts';

const colours = { active: 'success', onhold: 'warning', planned: 'info', ended: 'neutral' } as const;
/** More services than this are shown when asked for. */
const SHOWN = 12;

/** Which municipal services the patient has, the ones that go on first. */
export function Services({ section }: { section: NonNullable<Overview['services']> }) {
  const t = useTexts();
  const common = useCommon();
  const [all, setAll] = useState(false);
  const shown = all ? section.current : section.current.slice(0, SHOWN);
  return (
    <section className="stack" aria-labelledby="services">
      <Heading level={2} data-size="sm" id="services">
        {t.services}
      </Heading>
      {section.current.length === 0 && <Nothing section={section} />}
      <ul className="plain-list services wide">
        {shown.map((service) => (
          <li key={service.key}>
            <One service={service} />
          </li>
        ))}
      </ul>
      {section.current.length > SHOWN && (
        <Button variant="tertiary" onClick={() => setAll(!all)}>
          {all ? common.showFewer : fill(common.showAll, { n: section.current.length })}
        </Button>
      )}
      {section.ended.length > 0 && (
        <Details className="quiet">
          <Details.Summary>{fill(t.ended, { n: section.ended.length })}</Details.Summary>
          <Details.Content>
            <ul className="plain-list services">
              {section.ended.map((service) => (
                <li key={service.key}>
                  <One service={service} />
                </li>
              ))}
            </ul>
          </Details.Content>
        </Details>
      )}
    </section>
  );
}

function One({ service }: { service: Service }) {
  const t = useTexts();
  const language = useLanguage();
  const { extent } = service;
  const amount = extent === null ? null : typeof extent === 'string' ? extent : extentText(extent, language);
  const facts: [string, string | null][] = [
    [t.since, dateText(service.start ?? undefined, language)],
    [t.until, dateText(service.end ?? undefined, language)],
    [t.kind, service.stay],
    [t.review, dateText(service.review ?? undefined, language)],
    [t.updated, dateText(service.updated ?? undefined, language)],
  ];
  return (
    <article className="service">
      <div className="row apart">
        <Heading level={3} data-size="2xs" className="written">
          {service.name ?? t.untitled}
        </Heading>
        <Tag data-color={colours[service.state]}>{t.state[service.state]}</Tag>
      </div>
      {amount && (
        <p className="amount">
          <LongText>{amount}</LongText>
        </p>
      )}
      <Responsible unit={service.unit} />
      {service.description && (
        <p>
          <LongText>{service.description}</LongText>
        </p>
      )}
      <dl className="inline-facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd className="written">{value}</dd>
              </div>
            ),
        )}
      </dl>
    </article>
  );
}

/** Who is responsible, and how to reach them. */
function Responsible({ unit }: { unit: Service['unit'] }) {
  const t = useTexts();
  if (unit === null) return <Paragraph data-size="sm">{t.responsibleUnknown}</Paragraph>;
  if (unit === 'hidden') return <Paragraph data-size="sm">{t.responsibleHidden}</Paragraph>;
  const dial = unit.phone?.replace(/[^\d+]/g, '') ?? '';
  const words = unit.phone && fill(unit.via ? t.via : t.call, { phone: unit.phone, unit: unit.via ?? '' });
  return (
    <p className="responsible">
      <span className="written">
        {t.responsible}: {unit.name}
      </span>{' '}
      {words ? dial.length >= 3 ? <a className="ds-link" href={`tel:${dial}`}>{words}</a> : <span className="written">{words}</span> : <span className="subtle">{t.phoneUnknown}</span>}
    </p>
  );
}
