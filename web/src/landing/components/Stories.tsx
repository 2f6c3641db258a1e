import { Heading, Paragraph } from '@digdir/designsystemet-react';
import { useState } from 'react';
import { stories } from '../commands';
import { useTexts } from '../texts';
import { Command } from './Command';
import { Section } from './Section';

/** The two stories as lists of steps. */
export function Stories() {
  const t = useTexts();
  const [commands] = useState(() => stories(new Date()));
  return (
    <Section heading={t.storiesHeading}>
      <Paragraph>{t.storiesLead}</Paragraph>
      {t.stories.map((story, s) => (
        <article key={story.title} className="story">
          <Heading level={3} data-size="sm">
            {story.title}
          </Heading>
          <Paragraph>{story.lead}</Paragraph>
          <ol className="steps">
            {story.steps.map((step, i) => {
              const command = commands[s]?.[i];
              return (
                <li key={step.title}>
                  <Heading level={4} data-size="2xs">
                    {step.title}
                  </Heading>
                  <Paragraph>{step.text}</Paragraph>
                  {command && (
                    <>
                      <p className="terminal">{t.terminalPersona}</p>
                      <Command command={command.proxy} what={`${step.title}, ${t.terminalPersona}`} />
                      <p className="terminal">{t.terminalAsk}</p>
                      <Command command={command.ask} what={`${step.title}, ${t.terminalAsk}`} />
                    </>
                  )}
                </li>
              );
            })}
          </ol>
        </article>
      ))}
    </Section>
  );
}
