import { Button, Dialog, Heading, Paragraph, Textfield } from '@digdir/designsystemet-react';
import { type FormEvent, useRef, useState } from 'react';
import { useCommon } from '../common/texts';
import { framed, send } from '../smart/frame';
import { useTexts } from './texts';

const MOST = 500;

/** Whether a reason has words enough; the server judges by the same rule. */
export const isReason = (text: string): boolean => text.trim().length >= 10 && text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= 2;

/** Opens in an emergency: the user says why, and the journal attests it. */
export function Emergency() {
  const t = useTexts();
  const common = useCommon();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  if (!framed()) return <Paragraph data-size="sm">{t.openNoJournal}</Paragraph>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isReason(reason)) send(window.parent, { kilde: 'emergency', reason: reason.trim().replace(/\s+/g, ' ') });
  };
  return (
    <>
      <Button data-color="danger" className="no-print" onClick={() => dialog.current?.showModal()}>
        {t.open}
      </Button>
      <Dialog ref={dialog} closeButton={common.close}>
        <form onSubmit={submit} className="stack" noValidate autoComplete="off">
          <Heading level={2} data-size="xs">
            {t.openTitle}
          </Heading>
          <Paragraph>{t.openText}</Paragraph>
          <Textfield className="wide" label={t.openReason} description={t.openHelp} value={reason} maxLength={MOST} error={tried && !isReason(reason) && t.openWrong} onChange={(event) => setReason(event.target.value)} />
          <div className="row">
            <Button type="submit" data-color="danger">
              {t.openDo}
            </Button>
            <Button variant="tertiary" onClick={() => dialog.current?.close()}>
              {common.cancel}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
