/** A line of two texts beside each other. */
export interface Line {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** Lines that are compared one by one; texts that differ in more are shown as one gone and one new. */
const MOST = 4_000_000;

/** What differs between two texts, line by line. */
export function diff(before: string, after: string): Line[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const of = (kind: Line['kind'], texts: string[]): Line[] => texts.map((text) => ({ kind, text }));
  return [...of('same', a.slice(0, start)), ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end), of), ...of('same', a.slice(a.length - end))];
}

function middle(a: string[], b: string[], of: (kind: Line['kind'], texts: string[]) => Line[]): Line[] {
  if (a.length * b.length > MOST) return [...of('gone', a), ...of('new', b)];
  // The length of the longest common part of what is left from each pair of lines.
  const wide = b.length + 1;
  const common = new Uint32Array((a.length + 1) * wide);
  const at = (i: number, j: number) => common[i * wide + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) common[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const all: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      all.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      all.push({ kind: 'gone', text: a[i] ?? '' });
      i += 1;
    } else {
      all.push({ kind: 'new', text: b[j] ?? '' });
      j += 1;
    }
  }
  return all;
}

/** The same with a few lines around each difference; `null` stands for lines that are left out. */
export function near(lines: Line[], around = 3): (Line | null)[] {
  const kept = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some((line) => line.kind !== 'same'));
  return lines.flatMap((line, i) => (kept[i] ? [line] : i === 0 || kept[i - 1] ? [null] : []));
}
