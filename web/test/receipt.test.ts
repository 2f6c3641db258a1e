/// <reference types="node" />
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Refused, rootFrom, verify } from '../src/common/receipt';

const sha = (...parts: Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());
const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The root of a tree and the way up from a leaf, as RFC 6962 defines them: by halves, unlike what is tested. */
function tree(leaves: Uint8Array[], index: number): { root: Uint8Array; path: Uint8Array[] } {
  if (leaves.length === 1) return { root: leaves[0] as Uint8Array, path: [] };
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  const [a, b] = [tree(left, Math.min(index, k - 1)), tree(right, Math.max(index - k, 0))];
  const root = sha(Uint8Array.of(1), a.root, b.root);
  return index < k ? { root, path: [...a.path, b.root] } : { root, path: [...b.path, a.root] };
}

function signer(name: string, kind: number) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Uint8Array.of(kind), Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')]);
  const id = createHash('sha256').update(`${name}\n`).update(raw).digest().subarray(0, 4);
  const line = (text: string, time?: number) => {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time ?? 0));
    const message = time === undefined ? text : `cosignature/v1\ntime ${time}\n${text}`;
    return `\u2014 ${name} ${Buffer.concat([id, ...(time === undefined ? [] : [stamp]), sign(null, Buffer.from(message), privateKey)]).toString('base64')}`;
  };
  return { key: `${name}+${id.toString('hex')}+${raw.toString('base64')}`, line };
}

const log = signer('kilde/9901', 1);
const witness = signer('kilde/9902/witness', 4);
const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
const kept = sha(Uint8Array.of(9));
const entry = '{"t":1,"å":"Nina"}';

function receipt(size: number, index: number) {
  const leaves = Array.from({ length: size }, (_, i) => sha(Uint8Array.of(0), Uint8Array.of(i)));
  leaves[index] = sha(Uint8Array.of(0), sha(salt, new TextEncoder().encode(entry)), kept);
  const { root, path } = tree(leaves, index);
  const text = `kilde/9901\n${size}\n${b64(root)}\n`;
  const proof = ['c2sp.org/tlog-proof@v1', `index ${index}`, ...path.map(b64), '', `${text}`, log.line(text), witness.line(text, 1_795_000_000), ''].join('\n');
  return { kind: 'kilde-receipt-1', no: index + 1, entry, salt: b64(salt), kept: b64(kept), proof };
}

describe('a receipt', () => {
  it('proves its entry at every place of logs of every small size', async () => {
    for (let size = 1; size <= 17; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proven = await verify(receipt(size, index), `${log.key}\n`, [witness.key]);
        expect(proven).toEqual({ no: index + 1, entry, size, witnesses: [{ name: 'kilde/9902/witness', time: 1_795_000_000 }] });
      }
    }
  });

  it('is refused when anything in it is another', async () => {
    const good = receipt(11, 6);
    const other = signer('kilde/9901', 1);
    const lines = good.proof.split('\n');
    const without = (line: number) => lines.filter((_, i) => i !== line).join('\n');
    for (const [name, wrong] of Object.entries({
      entry: { ...good, entry: good.entry.replace('Nina', 'Mona') },
      no: { ...good, no: 8 },
      salt: { ...good, salt: b64(sha(salt).subarray(0, 16)) },
      shortSalt: { ...good, salt: b64(salt.subarray(1)) },
      kept: { ...good, kept: b64(sha(kept)) },
      kind: { ...good, kind: 'kilde-receipt-2' },
      path: { ...good, proof: without(2) },
      size: { ...good, proof: good.proof.replace('\n11\n', '\n12\n') },
      signature: { ...good, proof: good.proof.replace(log.line(`x`).slice(0, 12), '\u2014 nobody/9901') },
      nothing: null,
      empty: {},
      text: 'receipt',
    })) {
      await expect(verify(wrong, log.key, []), name).rejects.toThrow(Refused);
    }
    await expect(verify(good, other.key, [])).rejects.toThrow(Refused);
    await expect(verify(good, log.key.replace('9901', '9902'), [])).rejects.toThrow(Refused);
    await expect(verify(good, '', [])).rejects.toThrow(Refused);
  });

  it('names no witness whose key is not known', async () => {
    expect((await verify(receipt(3, 1), log.key, [])).witnesses).toEqual([]);
    const stranger = signer('kilde/9902/witness', 4);
    expect((await verify(receipt(3, 1), log.key, [stranger.key])).witnesses).toEqual([]);
  });
});

describe('the way to the root', () => {
  it('has an end', async () => {
    const leaf = Uint8Array.of(1);
    await expect(rootFrom(leaf, 0, 1, [leaf])).rejects.toThrow(Refused);
    await expect(rootFrom(leaf, 0, 2, [])).rejects.toThrow(Refused);
    await expect(rootFrom(leaf, 2, 2, [])).rejects.toThrow(Refused);
  });
});
