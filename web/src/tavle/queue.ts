import { useCallback, useEffect, useRef, useState } from 'react';
import { Failure } from '../common/failure';

/** A set that has been registered here, and how far it has come. */
export interface Sent {
  name: string;
  at: Date;
  /** What it is called on the screen. */
  label: string;
  body: unknown;
  state: 'waiting' | 'sending' | 'stored' | 'refused';
  /** How often it has been tried in vain. */
  tries: number;
  words: string[];
}

const AGAIN = 10_000;
/** What is not to be tried again as it is. */
const final = (cause: unknown) => cause instanceof Failure && ['refused', 'invalid', 'absent'].includes(cause.kind);

/**
 * Sends sets one by one, in the order in which they were registered, again and again until there is an answer. They are in this page's memory: whoever
 * leaves the page with something unsent is asked first.
 */
export function useQueue(post: (body: unknown) => Promise<unknown>, onStored: () => void) {
  const [all, setAll] = useState<Sent[]>([]);
  const busy = useRef(false);
  const latest = useRef(all);
  latest.current = all;

  const put = useCallback((name: string, part: Partial<Sent>) => setAll((before) => before.map((one) => (one.name === name ? { ...one, ...part } : one))), []);

  const work = useCallback(async () => {
    const next = latest.current.findLast((one) => one.state === 'waiting');
    if (!next || busy.current) return;
    busy.current = true;
    put(next.name, { state: 'sending' });
    try {
      await post(next.body);
      put(next.name, { state: 'stored', words: [] });
      onStored();
    } catch (cause) {
      const words = cause instanceof Failure ? cause.texts : [];
      put(next.name, { state: final(cause) ? 'refused' : 'waiting', words, tries: next.tries + 1 });
    }
    busy.current = false;
  }, [post, onStored, put]);

  const waiting = all.some((one) => one.state === 'waiting');
  const unsent = all.filter((one) => one.state === 'waiting' || one.state === 'sending').length;
  useEffect(() => {
    if (!waiting) return;
    // At once for what is new; later for what has been tried.
    const tried = all.some((one) => one.state === 'waiting' && one.tries > 0);
    if (!tried && navigator.onLine) void work();
    const timer = window.setInterval(() => void work(), AGAIN);
    const online = () => void work();
    window.addEventListener('online', online);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener('online', online);
    };
  }, [waiting, all, work]);

  useEffect(() => {
    if (unsent === 0) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => window.removeEventListener('beforeunload', stay);
  }, [unsent]);

  const add = useCallback((set: Pick<Sent, 'name' | 'at' | 'label' | 'body'>) => setAll((before) => [{ ...set, state: 'waiting', tries: 0, words: [] }, ...before]), []);
  return { all, unsent, add, sendNow: work };
}
