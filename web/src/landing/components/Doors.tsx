import { Card, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useId } from 'react';
import { useTexts } from '../texts';

const doors = [
  ['ehr', '/epj'],
  ['citizen', '/9901/innbygger'],
] as const;

/** The ways in for people: what can be clicked through without a terminal. */
export function Doors() {
  const t = useTexts();
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Heading level={2} id={id}>
        {t.doorsHeading}
      </Heading>
      <div className="doors">
        {doors.map(([name, address]) => (
          <Card key={name} asChild>
            <a href={address}>
              <Heading level={3} data-size="xs">
                {t.doors[name].title}
              </Heading>
              <Paragraph>{t.doors[name].text}</Paragraph>
            </a>
          </Card>
        ))}
      </div>
    </section>
  );
}
