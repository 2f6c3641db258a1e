import { useQuery } from '@tanstack/react-query';
import { Failure, ask } from '../common/failure';
import { type Checkpoint, readCheckpoint } from './checkpoint';
import { useApi } from './hooks';

/** What `GET /health/ready` tells of one instance. */
export interface Health {
  instance: string;
  events: number;
  applied: number;
  ready: boolean;
  seal: { entries: number; sealed: number; troubles: Record<string, string> };
}

/** How the instance is; it tells so also when it is not ready (503). */
export function useHealth() {
  const { office } = useApi();
  return useQuery({
    queryKey: ['health', office.instance],
    refetchInterval: 30_000,
    queryFn: async ({ signal }): Promise<Health> => {
      const answer = await fetch('/health/ready', { signal }).catch((cause: unknown) => {
        if (signal.aborted) throw cause;
        throw new Failure('network');
      });
      const { instances } = (await answer.json().catch(() => ({}))) as { instances?: Health[] };
      const ours = instances?.find((one) => one.instance === office.instance);
      if (!ours) throw new Failure('server');
      return ours;
    },
  });
}

/** The newest checkpoint; `null` if there is none yet. */
export function useCheckpoint() {
  const { office } = useApi();
  return useQuery({
    queryKey: ['checkpoint', office.instance],
    refetchInterval: 30_000,
    queryFn: async ({ signal }): Promise<Checkpoint | null> => {
      try {
        return readCheckpoint(await (await ask(`/${office.instance}/seal/checkpoint`, { signal })).text());
      } catch (cause) {
        if (cause instanceof Failure && cause.kind === 'absent') return null;
        throw cause;
      }
    },
  });
}
