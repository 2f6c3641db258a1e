import { Alert, Heading } from '@digdir/designsystemet-react';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { ageOn } from '../common/dates';
import { fill, useLanguage } from '../common/language';
import { useCommon } from '../common/texts';
import { type Resource, list, nameOf, text } from '../fhir/read';
import type { Client } from './client';
import { useOpened } from './texts';

const NIN = ['urn:oid:2.16.578.1.12.4.1.4.1', 'urn:oid:2.16.578.1.12.4.1.4.2', 'urn:oid:2.16.578.1.12.4.1.4.3'];

/** A national id as FHIR writes it. */
export interface Identifier {
  system: string;
  value: string;
}

/** The patient's national id, of whatever kind. */
export function numberOf(patient: Resource | undefined): Identifier | undefined {
  const found = list<Partial<Identifier>>(patient?.identifier).find((i) => NIN.includes(i.system ?? '') && text(i.value));
  return found?.system && found.value ? { system: found.system, value: found.value } : undefined;
}

/** The patient of the launch; nothing is asked where she is not known here. */
export function usePatient(client: Client): UseQueryResult<Resource> {
  const language = useLanguage();
  const id = client.launched.patient;
  return useQuery({
    queryKey: ['patient', id],
    enabled: id !== null,
    queryFn: ({ signal }) => client.json<Resource>(language, 'GET', `Patient/${id}`, undefined, signal),
  });
}

/** Who it is about; always there, also where nothing else is. */
export function PatientHeader({ patient }: { patient: Resource | undefined }) {
  const t = useOpened();
  const common = useCommon();
  const age = ageOn(text(patient?.birthDate), new Date());
  const number = numberOf(patient)?.value;
  return (
    <section className="patient" aria-label={t.patient}>
      <Heading level={1} data-size="md" className="written">
        {patient ? (nameOf(patient) ?? common.nameUnknown) : t.patient}
      </Heading>
      {patient && (
        <p>
          {age === null ? common.ageUnknown : fill(common.years, { n: age })} <span className="subtle">· {t.number}</span> <span className="number">{number ? `${number.slice(0, 6)} ${number.slice(6)}` : '–'}</span>
        </p>
      )}
    </section>
  );
}

/** The municipality does not know her, which is not the same as that there is nothing. */
export function UnknownPatient() {
  const t = useOpened();
  return (
    <div className="stack">
      <Heading level={1} data-size="md">
        {t.unknownTitle}
      </Heading>
      <Alert data-color="info">{t.unknownText}</Alert>
    </div>
  );
}
