import { Heading, Paragraph } from '@digdir/designsystemet-react';
import type { ReactNode } from 'react';

/** The heading of a view, and what it is for. */
export function Title({ children, lead }: { children: ReactNode; lead?: string }) {
  return (
    <div className="title">
      <Heading level={1} data-size="md" tabIndex={-1}>
        {children}
      </Heading>
      {lead && <Paragraph className="lead">{lead}</Paragraph>}
    </div>
  );
}
