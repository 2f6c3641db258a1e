import { Heading, Link, Paragraph } from '@digdir/designsystemet-react';
import { useId } from 'react';
import { type Texts, useTexts } from '../texts';

const addresses: [keyof Texts['links'], string][] = [
  ['ready', '/health/ready'],
  ['metadata', '/9901/fhir/r4/metadata'],
  ['metadata2', '/9902/fhir/r4/metadata'],
  ['discovery', '/sandbox/helseid/.well-known/openid-configuration'],
  ['jwks', '/sandbox/helseid/.well-known/openid-configuration/jwks'],
  ['personas', '/sandbox/personas'],
];

/** Where to go on. */
export function Addresses() {
  const t = useTexts();
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Heading level={2} id={id}>
        {t.linksHeading}
      </Heading>
      <ul className="addresses">
        {addresses.map(([name, address]) => (
          <li key={name}>
            <Link href={address}>{t.links[name]}</Link> <code translate="no">{address}</code>
          </li>
        ))}
      </ul>
      <Paragraph>{t.docs}</Paragraph>
    </section>
  );
}
