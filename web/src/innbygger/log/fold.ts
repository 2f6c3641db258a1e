import type { LogEntry } from '../api';

/** A line of the log as it is shown: one entry, or several of the citizen herself or of systems, which are folded away. */
export type Line = { kind: 'one'; entry: LogEntry } | { kind: 'own' | 'automatic'; entries: LogEntry[]; times: number };

const kindOf = (entry: LogEntry): Line['kind'] => (entry.own ? 'own' : entry.automatic && entry.permitted ? 'automatic' : 'one');

/** Days with their lines, the newest first. What is folded stands where its newest entry stood, once for each day. */
export function days(entries: LogEntry[], dayOf: (at: Date) => string): { day: string; lines: Line[] }[] {
  const all: { day: string; lines: Line[] }[] = [];
  for (const entry of entries) {
    const day = dayOf(new Date(entry.timeMs));
    let last = all[all.length - 1];
    if (!last || last.day !== day) all.push((last = { day, lines: [] }));
    const kind = kindOf(entry);
    if (kind === 'one') {
      last.lines.push({ kind, entry });
      continue;
    }
    const folded = last.lines.find((line) => line.kind === kind);
    if (folded && folded.kind !== 'one') {
      folded.entries.push(entry);
      folded.times += entry.times;
    } else {
      last.lines.push({ kind, entries: [entry], times: entry.times });
    }
  }
  return all;
}
