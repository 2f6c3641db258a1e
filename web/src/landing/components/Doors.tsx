import { Card, Heading, Paragraph } from '@digdir/designsystemet-react';
import { useTexts } from '../texts';
import { Section } from './Section';

const doors = [
  ['ehr', '/epj'],
  ['citizen', '/9901/innbygger'],
  ['console', '/konsoll'],
] as const;

/** The ways in for people: what can be clicked through without a terminal. */
export function Doors() {
  const t = useTexts();
  return (
    <Section heading={t.doorsHeading}>
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
    </Section>
  );
}
