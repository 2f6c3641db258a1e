/**
 * Verifies a receipt from the access log in the browser, as `tools/kvittering.py` does: RFC 6962 (tree), RFC 8032 (Ed25519),
 * c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof. The same refusals in the same order.
 */

/** The receipt does not prove what it says. */
export class Refused extends Error {}
/** The browser has no Ed25519. */
export class NotSupported extends Error {}

export interface Receipt {
  kind: string;
  no: number;
  entry: string;
  salt: string;
  kept: string;
  proof: string;
}

export interface Proven {
  no: number;
  entry: string;
  /** Entries that the log had when it was signed. */
  size: number;
  /** Who has seen it, and when (Unix seconds). */
  witnesses: { name: string; time: number }[];
}

interface Key {
  name: string;
  number: string;
  kind: number;
  key: CryptoKey;
}

const LOG = 1;
const WITNESS = 4;
const utf8 = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

function bytesOf(base64: string): Bytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) throw new Refused('something in it is no base64');
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

const hex = (bytes: Bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
const joined = (...parts: Bytes[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));
const sha256 = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
const same = (a: Bytes, b: Bytes) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** The root that the leaf and the hashes beside its way up make (RFC 9162, 2.1.3.2). */
export async function rootFrom(leaf: Bytes, index: number, size: number, path: Bytes[]): Promise<Bytes> {
  if (index >= size) throw new Refused('the entry lies beyond the checkpoint');
  let [at, last, node] = [index, size - 1, leaf];
  const up = () => {
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  };
  for (const sibling of path) {
    if (last === 0) throw new Refused('the proof is too long');
    if (at % 2 === 1 || at === last) {
      node = await sha256(joined(Uint8Array.of(1), sibling, node));
      while (at % 2 === 0 && at !== 0) up();
    } else {
      node = await sha256(joined(Uint8Array.of(1), node, sibling));
    }
    up();
  }
  if (last !== 0) throw new Refused('the proof is too short');
  return node;
}

/** A verifier key `name+id+base64(kind | public key)`. */
async function keyOf(text: string): Promise<Key> {
  const [name = '', number = '', ...rest] = text.trim().split('+');
  const value = bytesOf(rest.join('+'));
  if (value.length !== 33) throw new Refused('a key has a wrong length');
  if (hex((await sha256(joined(utf8.encode(`${name}\n`) as Bytes, value))).slice(0, 4)) !== number) throw new Refused('a key is misspelt');
  try {
    const key = await crypto.subtle.importKey('raw', value.slice(1), { name: 'Ed25519' }, false, ['verify']);
    return { name, number, kind: value[0] ?? 0, key };
  } catch {
    throw new NotSupported();
  }
}

/** When the key has signed the text, or `null` if it has not; a log's signature has no time and gives 0. */
async function signedBy(key: Key, text: string, lines: string[]): Promise<number | null> {
  for (const line of lines) {
    const [dash, signer, base64 = ''] = line.split(' ');
    if (dash !== '\u2014' || signer !== key.name) continue;
    const value = bytesOf(base64);
    if (hex(value.slice(0, 4)) !== key.number) continue;
    const time = key.kind === WITNESS ? Number(new DataView(value.buffer).getBigUint64(4)) : 0;
    const signature = value.slice(key.kind === WITNESS ? 12 : 4);
    const message = utf8.encode(key.kind === WITNESS ? `cosignature/v1\ntime ${time}\n${text}` : text) as Bytes;
    if (!(await crypto.subtle.verify('Ed25519', key.key, signature, message))) throw new Refused('a signature is forged');
    return time;
  }
  return null;
}

const isReceipt = (value: unknown): value is Receipt => {
  const it = value as Receipt | null;
  const texts = it && [it.kind, it.entry, it.salt, it.kept, it.proof].every((text) => typeof text === 'string');
  return Boolean(texts) && Number.isSafeInteger(it?.no) && (it?.no ?? 0) > 0;
};

/**
 * What a receipt proves. `logKeys` are the lines of the municipality's `seal/keys`, `witnessKeys` those of others who may have witnessed.
 *
 * @throws Refused if it proves nothing, NotSupported if the browser cannot tell.
 */
export async function verify(receipt: unknown, logKeys: string, witnessKeys: string[]): Promise<Proven> {
  if (!isReceipt(receipt) || receipt.kind !== 'kilde-receipt-1') throw new Refused('it is no receipt of a kind that is known here');
  const [salt, kept] = [bytesOf(receipt.salt), bytesOf(receipt.kept)];
  if (salt.length !== 16 || kept.length !== 32) throw new Refused('salt or commitment has a wrong length');
  const leaf = await sha256(joined(Uint8Array.of(0), await sha256(joined(salt, utf8.encode(receipt.entry) as Bytes)), kept));

  const cut = receipt.proof.indexOf('\n\n');
  const [kind, index, ...path] = receipt.proof.slice(0, cut).split('\n');
  if (cut < 0 || kind !== 'c2sp.org/tlog-proof@v1' || index !== `index ${receipt.no - 1}`) throw new Refused('the proof is of another entry, or of another kind');
  const checkpoint = receipt.proof.slice(cut + 2);
  const end = checkpoint.lastIndexOf('\n\n');
  const text = `${checkpoint.slice(0, end)}\n`;
  const lines = checkpoint.slice(end + 2).split('\n').filter(Boolean);
  const [origin, sizeText = '', root = ''] = text.split('\n');
  const size = Number(sizeText);
  if (end < 0 || !/^\d{1,15}$/.test(sizeText)) throw new Refused('it has no checkpoint');
  if (!same(await rootFrom(leaf, receipt.no - 1, size, path.map(bytesOf)), bytesOf(root))) throw new Refused('the entry is not in the log that was signed');

  const keys = await Promise.all(logKeys.split('\n').filter((line) => line.trim() !== '').map(keyOf));
  const log = keys.find((key) => key.kind === LOG);
  if (!log || log.name !== origin) throw new Refused('the checkpoint is of another log');
  if ((await signedBy(log, text, lines)) === null) throw new Refused('the log has not signed the checkpoint');
  const witnesses: Proven['witnesses'] = [];
  for (const witness of (await Promise.all(witnessKeys.map(keyOf))).filter((key) => key.kind === WITNESS)) {
    const time = await signedBy(witness, text, lines);
    if (time !== null) witnesses.push({ name: witness.name, time });
  }
  return { no: receipt.no, entry: receipt.entry, size, witnesses };
}
