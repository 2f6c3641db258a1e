import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useLanguage } from '../common/language';
import { type Resource, list, text } from '../fhir/read';
import type { Client } from './client';

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
