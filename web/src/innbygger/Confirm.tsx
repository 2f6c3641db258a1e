import { Button, Dialog, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useRef } from 'react';
import { useCommon } from '../common/texts';

interface Props {
  /** The button that opens it. */
  label: string;
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
}

/** A button that asks once more, and says what follows. */
export function Confirm({ label, title, text, action, onConfirm }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const t = useCommon();
  return (
    <>
      <Button variant="secondary" data-size="sm" onClick={() => dialog.current?.showModal()}>
        {label}
      </Button>
      <Dialog ref={dialog} closeButton={t.close}>
        <div className="stack">
          <Heading level={2} data-size="xs">
            {title}
          </Heading>
          <Paragraph>{text}</Paragraph>
          <div className="row">
            <Button
              onClick={() => {
                dialog.current?.close();
                onConfirm();
              }}
            >
              {action}
            </Button>
            <Button variant="tertiary" onClick={() => dialog.current?.close()}>
              {t.cancel}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
