import { Heading } from '@digdir/designsystemet-react';
import { type ReactNode, useId } from 'react';

/** A part of the page under a heading, which names it. */
export function Section({ heading, children }: { heading: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Heading level={2} id={id}>
        {heading}
      </Heading>
      {children}
    </section>
  );
}
