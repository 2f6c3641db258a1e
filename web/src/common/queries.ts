import { QueryClient } from '@tanstack/react-query';
import { Failure } from './failure';

/** What a page has fetched, in its memory only; asked for again when it is looked at after `staleTime`. */
export const makeQueries = (staleTime: number): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime,
        refetchOnWindowFocus: false,
        // No failure of ours is mended by asking again at once, except that nobody answered.
        retry: (count, cause) => cause instanceof Failure && cause.kind === 'network' && count < 1,
      },
      mutations: { retry: false },
    },
  });
