import type { LogEntry } from '../api';

/**
 * A line of the log as it is shown: one visit of somebody, whose entries belong together, or several of the citizen herself or of systems, which
 * are folded away.
 */
export type Line = { kind: 'one'; entry: LogEntry; more: LogEntry[] } | { kind: 'own' | 'automatic'; entries: LogEntry[]; times: number };

/** Entries of one person with less than this between them are of one visit: an app asks for several things at once. */
const VISIT = 10 * 60 * 1000;

const kindOf = (entry: LogEntry): Line['kind'] => (entry.own ? 'own' : entry.automatic && entry.permitted ? 'automatic' : 'one');

function sameVisit(newer: LogEntry, older: LogEntry): boolean {
  const who = (entry: LogEntry) => [entry.who, entry.reader, entry.role, entry.workplace, entry.permitted, entry.reason, entry.why].join('\n');
  return newer.who !== '' && who(newer) === who(older) && newer.timeMs - older.timeMs < VISIT;
}

/** Days with their lines, the newest first. What is folded stands where its newest entry stood, once for each day. */
export function days(entries: LogEntry[], dayOf: (at: Date) => string): { day: string; lines: Line[] }[] {
  const all: { day: string; lines: Line[] }[] = [];
  for (const entry of entries) {
    const day = dayOf(new Date(entry.timeMs));
    let last = all[all.length - 1];
    if (!last || last.day !== day) all.push((last = { day, lines: [] }));
    const kind = kindOf(entry);
    if (kind === 'one') {
      const newer = last.lines[last.lines.length - 1];
      if (newer?.kind === 'one' && sameVisit(newer.more[newer.more.length - 1] ?? newer.entry, entry)) newer.more.push(entry);
      else last.lines.push({ kind, entry, more: [] });
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
