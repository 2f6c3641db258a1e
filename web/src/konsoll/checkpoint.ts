/** What a checkpoint of the log says: c2sp.org/tlog-checkpoint, with cosignatures by c2sp.org/tlog-cosignature. Read, not verified. */
export interface Checkpoint {
  origin: string;
  /** Entries that it seals. */
  size: number;
  /** Who says to have seen it, and when. */
  witnesses: { name: string; at: Date }[];
}

/** Reads a checkpoint; `null` if it is none. */
export function readCheckpoint(note: string): Checkpoint | null {
  const cut = note.indexOf('\n\n');
  const [origin = '', sizeText = ''] = note.slice(0, cut).split('\n');
  if (cut < 0 || !origin || !/^\d{1,15}$/.test(sizeText)) return null;
  const witnesses = note
    .slice(cut + 2)
    .split('\n')
    .flatMap((line) => {
      const [dash, name = '', signature = ''] = line.split(' ');
      if (dash !== '\u2014' || !name.endsWith('/witness')) return [];
      const at = timeOf(signature);
      return at ? [{ name, at }] : [];
    });
  return { origin, size: Number(sizeText), witnesses };
}

/** A cosignature is four bytes of key number, eight of Unix seconds, and the signature. */
function timeOf(base64: string): Date | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return bytes.length < 12 ? null : new Date(Number(new DataView(bytes.buffer).getBigUint64(4)) * 1000);
  } catch {
    return null;
  }
}
