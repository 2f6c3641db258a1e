/** What came of a finding, as somebody judged it. */
export interface Outcome {
  entry: number;
  timeMs: number;
  by: string | null;
  outcome: string;
  title: string;
  words: string;
}

/** A finding of unusual access, in the server's words. */
export interface Finding {
  id: string;
  no: number;
  rule: string;
  title: string;
  explanation: string;
  figures: Record<string, number>;
  status: 'open' | 'closed';
  timeMs: number;
  entry: number;
  person: number | null;
  reader: { handle: string; name: string | null; profession: string | null; organisationName: string | null; unitName: string | null };
  outcomes: Outcome[];
  access?: { why: string; reason?: string | null; ground?: string | null; purpose?: string | null };
}

export interface Queue {
  findings: Finding[];
  open: number;
  before?: number;
}

/** The rules that find, in the order that they are offered. */
export const rules = ['emergency', 'self-declared', 'own-record', 'own-name', 'own-address', 'colleague', 'volume', 'night', 'no-follow-up'] as const;

/** What may come of an open finding. */
export const outcomes = ['justified', 'unjustified', 'unclear'] as const;
export type Judged = (typeof outcomes)[number] | 'reopened';

/** Whether the server takes these words: two words at least, 10 to 500 characters. */
export function enough(words: string): boolean {
  const text = words.trim();
  const letters = text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length;
  const length = Array.from(text).length;
  return letters >= 2 && length >= 10 && length <= 500;
}

/** Who it was, and where she works, on one line. */
export const workplace = (reader: Finding['reader']): string => [reader.profession, reader.unitName ?? reader.organisationName].filter(Boolean).join(' · ');

/** The address of the queue, for what it is to show. */
export function queuePath(status: string, rule: string, before: number): string {
  const query = new URLSearchParams({ status, limit: '25' });
  if (rule) query.set('rule', rule);
  if (before) query.set('before', String(before));
  return `admin/review?${query}`;
}
