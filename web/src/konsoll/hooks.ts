import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { useLanguage } from '../common/language';
import type { Api, Asked } from './api';

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext.Provider;

/** Who is logged in, and how she asks. */
export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error('nobody is logged in');
  return api;
}

/** What is fetched with the words of a language is fetched again for another. */
export function useAsked<T>(path: string, enabled = true): UseQueryResult<T> {
  const language = useLanguage();
  const api = useApi();
  return useQuery({ queryKey: [path, language], enabled, queryFn: ({ signal }) => api.json<T>(language, path, { signal }) });
}

/** Changes something, and has what begins with these addresses fetched again. */
export function useChange<T>(changes: string[]) {
  const language = useLanguage();
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, ...asked }: Asked & { path: string }) => api.json<T>(language, path, asked),
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey: [first] }) => typeof first === 'string' && changes.some((change) => first.startsWith(change)) }),
  });
}
