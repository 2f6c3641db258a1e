import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLanguage } from '../common/language';
import type { Client } from '../smart/client';
import { numberOf, usePatient } from '../smart/patient';
import { readOverview } from './overview';

/** The patient of the launch with her overview: of everything, or of one service. `unknown` where the municipality has nobody to ask about. */
export function useOverview(client: Client, service?: string) {
  const language = useLanguage();
  const id = client.launched.patient;
  const patient = usePatient(client);
  const number = numberOf(patient.data);
  const overview = useQuery({
    queryKey: ['overview', id, service, language],
    enabled: number !== undefined,
    queryFn: ({ signal }) => {
      const parameter = [{ name: 'patient', valueIdentifier: number }, ...(service ? [{ name: 'service', valueCode: service }] : [])];
      return client.json<unknown>(language, 'POST', '$overview', { resourceType: 'Parameters', parameter }, signal);
    },
  });
  const read = useMemo(() => (overview.data ? readOverview(overview.data, new Date()) : null), [overview.data]);
  return { patient, number, overview, read, unknown: id === null || (patient.data !== undefined && !number) };
}
