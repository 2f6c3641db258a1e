import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLanguage } from '../common/language';
import { type Block, type Choices, type Claim, type LogPage, type Proxy, json, request } from './api';
import type { Bundle } from '../fhir/read';

/** What is fetched with the words of a language is fetched again for another. */
function useAsked<T>(path: string, accept?: string, enabled = true): UseQueryResult<T> {
  const language = useLanguage();
  return useQuery({
    queryKey: [path, language],
    enabled,
    queryFn: ({ signal }) => json<T>(language, path, { signal, ...(accept ? { headers: { accept } } : {}) }),
  });
}

export const useInsight = (enabled = true) => useAsked<Bundle>('innsyn?_format=json', 'application/fhir+json', enabled);
export const useBlocks = () => useAsked<{ blocks: Block[] }>('sperringer');
export const useChoices = () => useAsked<Choices>('sperringer/valg');
export const useProxies = () => useAsked<{ proxies: Proxy[] }>('fullmakter');
export const useClaims = () => useAsked<{ requests: Claim[] }>('krav');
export const useNewestLog = () => useAsked<LogPage>('tilgangslogg?limit=200');

/** The reservation; `null` if there never was one. */
export function useReservation(): UseQueryResult<Block | null> {
  const language = useLanguage();
  return useQuery({
    queryKey: ['reservasjon', language],
    queryFn: ({ signal }) => json<Block>(language, 'reservasjon', { signal }).catch((cause) => (cause?.kind === 'absent' ? null : Promise.reject(cause))),
  });
}

interface Change {
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  version?: number;
}

/** Changes something, and has what it changes fetched again. */
export function useChange(changes: string[]) {
  const language = useLanguage();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body, version }: Change) =>
      request(language, path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(version === undefined ? {} : { headers: { 'if-match': `W/"${version}"` } }),
      }),
    onSuccess: () => Promise.all(changes.map((path) => client.invalidateQueries({ queryKey: [path] }))),
  });
}
