import { ask } from './failure';
import { NotSupported, type Proven, Refused, verify } from './receipt';

/** How far the check of a receipt has come, and what came of it. */
export type Check = { state: 'none' | 'checking' | 'refused' | 'unsupported' } | { state: 'proven'; proven: Proven } | { state: 'failed'; error: unknown };

/** The keys that an instance seals with, as it publishes them. */
export async function keysOf(instance: string): Promise<string> {
  return (await ask(`/${instance}/seal/keys`, {})).text();
}

/** Verifies with the keys that the municipality publishes, and those of witnesses that the receipt names. */
export async function checkReceipt(receipt: unknown, instance: string): Promise<Check> {
  try {
    const keys = await keysOf(instance);
    const proof = (receipt as { proof?: unknown } | null)?.proof;
    const named = typeof proof === 'string' ? [...proof.matchAll(/^\u2014 kilde\/(\d{4})\/witness /gm)].map((match) => match[1] ?? '') : [];
    const others = await Promise.all([...new Set(named)].slice(0, 5).map((number) => keysOf(number).catch(() => '')));
    const witnesses = others.flatMap((text) => text.split('\n')).filter((line) => line.includes('/witness+'));
    return { state: 'proven', proven: await verify(receipt, keys, witnesses) };
  } catch (error) {
    if (error instanceof NotSupported) return { state: 'unsupported' };
    if (error instanceof Refused) return { state: 'refused' };
    return { state: 'failed', error };
  }
}
