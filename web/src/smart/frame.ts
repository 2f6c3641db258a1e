/**
 * What an app and the journal that frames it say to each other. Both are pages of ours on one origin, and nothing from elsewhere is listened to.
 *
 * | message | from | what |
 * |---|---|---|
 * | `ready` | app | it has a token, and may be told how it was opened |
 * | `opened` | journal | the purpose that it attested, with the reason in words in an emergency |
 * | `emergency` | app | the user asks the journal to attest an emergency, with her reason |
 */
export type Message = { kilde: 'ready' } | { kilde: 'opened'; purpose: 'TREAT' | 'ETREAT'; reason: string | null } | { kilde: 'emergency'; reason: string };

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && typeof (value as { kilde?: unknown }).kilde === 'string';

/** Whether a journal frames the app. */
export const framed = (): boolean => window.parent !== window;

/** Sends to the other side. */
export const send = (to: Window, message: Message): void => to.postMessage(message, window.location.origin);

/** Listens to one other window; gives what ends it. */
export function listen(from: () => Window | null | undefined, take: (message: Message) => void): () => void {
  const heard = (event: MessageEvent) => {
    if (event.origin === window.location.origin && event.source === from() && isMessage(event.data)) take(event.data);
  };
  window.addEventListener('message', heard);
  return () => window.removeEventListener('message', heard);
}
