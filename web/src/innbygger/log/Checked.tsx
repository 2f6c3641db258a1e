import { Alert, Heading, Paragraph } from '@digdir/designsystemet-react';
import { Failed, Loading } from '../../common/States';
import { ask } from '../../common/failure';
import { timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { instance } from '../api';
import { useTexts } from '../texts';
import { NotSupported, type Proven, Refused, verify } from './receipt';

export type Check = { state: 'none' | 'checking' | 'refused' | 'unsupported' } | { state: 'proven'; proven: Proven } | { state: 'failed'; error: unknown };

/** The keys that an instance seals with, as it publishes them. */
async function keysOf(number: string): Promise<string> {
  return (await ask(`/${number}/seal/keys`, {})).text();
}

/** Verifies with the keys that the municipality publishes, and those of witnesses that the receipt names. */
export async function check(receipt: unknown): Promise<Check> {
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

/** What came of it. */
export function Checked({ check: of }: { check: Check }) {
  const t = useTexts();
  const language = useLanguage();
  switch (of.state) {
    case 'none':
      return null;
    case 'checking':
      return <Loading what={t.log.checking} />;
    case 'failed':
      return <Failed error={of.error} />;
    case 'refused':
      return (
        <Alert data-color="danger" role="alert">
          {t.log.checkFailed}
        </Alert>
      );
    case 'unsupported':
      return (
        <Alert data-color="warning" role="status">
          {t.log.cannotCheck}
        </Alert>
      );
    case 'proven':
      return (
        <Alert data-color="success" role="status">
          <Heading level={4} data-size="2xs">
            {t.log.checked} ({fill(t.log.number, { no: of.proven.no })})
          </Heading>
          <Paragraph data-size="sm">{fill(t.log.checkedText, { size: of.proven.size })}</Paragraph>
          {of.proven.witnesses.length === 0 && <Paragraph data-size="sm">{t.log.notWitnessed}</Paragraph>}
          {of.proven.witnesses.map((witness) => (
            <Paragraph data-size="sm" key={witness.name}>
              {fill(t.log.witnessed, { name: witness.name.replace(/^kilde\/(\d{4})\/witness$/, '$1'), time: timeText(new Date(witness.time * 1000), language) })}
            </Paragraph>
          ))}
        </Alert>
      );
  }
}
