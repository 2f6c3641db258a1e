import { Link, Paragraph } from '@digdir/designsystemet-react';
import { type Texts, useTexts } from '../texts';
import { Section } from './Section';

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
  return (
    <Section heading={t.linksHeading}>
      <ul className="addresses">
        {addresses.map(([name, address]) => (
          <li key={name}>
            <Link href={address}>{t.links[name]}</Link> <code translate="no">{address}</code>
          </li>
        ))}
      </ul>
      <Paragraph>{t.docs}</Paragraph>
    </Section>
  );
}
