import { type ReactNode, createContext, useContext, useState } from 'react';

/** What one view hands to the next: in memory only, for an address or the browser's history would keep it. */
export interface Handed {
  element?: string;
  title?: string;
  source?: string;
  kind?: 'correction' | 'deletion';
  reader?: string;
  who?: string;
  /** What has been done, and the view that is to tell it. */
  told?: { text: string; at: string };
}

const DraftContext = createContext<[Handed, (handed: Handed) => void]>([{}, () => {}]);

/** What was handed over, and how to hand over. */
export const useDraft = () => useContext(DraftContext);

export function Draft({ children }: { children: ReactNode }) {
  const state = useState<Handed>({});
  return <DraftContext.Provider value={state}>{children}</DraftContext.Provider>;
}
