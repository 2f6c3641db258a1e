import { Alert, Heading, Paragraph } from '@digdir/designsystemet-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { useDraft } from './Draft';

/** The heading of a view, what it is for, and what has just been done. */
export function Title({ children, lead }: { children: ReactNode; lead?: string }) {
  const [handed, hand] = useDraft();
  const { pathname } = useLocation();
  const [told, setTold] = useState('');
  useEffect(() => {
    if (handed.told?.at !== pathname) return;
    setTold(handed.told.text);
    hand({});
  }, [handed, hand, pathname]);
  return (
    <div className="title">
      <Heading level={1} data-size="md" tabIndex={-1}>
        {children}
      </Heading>
      {lead && (
        <Paragraph className="lead" data-size="md">
          {lead}
        </Paragraph>
      )}
      <div role="status">{told && <Alert data-color="success">{told}</Alert>}</div>
    </div>
  );
}
