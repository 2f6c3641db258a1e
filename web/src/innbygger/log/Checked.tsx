import { Alert, Heading, Paragraph } from '@digdir/designsystemet-react';
import { Failed, Loading } from '../../common/States';
import { timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { instance } from '../api';
import { useTexts } from '../texts';
import { type Check, checkReceipt } from '../../common/receiptCheck';

export type { Check };

/** Verifies a receipt of this municipality's. */
export const check = (receipt: unknown): Promise<Check> => checkReceipt(receipt, instance);

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
