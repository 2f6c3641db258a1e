import { Paragraph, Table } from '@digdir/designsystemet-react';
import type { ReactNode } from 'react';
import { useCatalogue } from '../../common/catalogue';
import { ageOn } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { useTexts } from '../texts';
import { Section } from './Section';

/** Personas and citizens, fetched from the server. */
export function Catalogue() {
  const t = useTexts();
  const language = useLanguage();
  const { catalogue, error } = useCatalogue();
  const told = catalogue ? null : <Paragraph role="status">{error ? t.failed : t.loading}</Paragraph>;

  return (
    <>
      <Listing heading={t.personasHeading} lead={t.personasLead} columns={[t.personaName, t.personaPerson, t.personaWorkplace, t.personaPurpose, t.personaDescription]}>
        {catalogue?.personas.map((p) => (
          <Table.Row key={p.name}>
            <Table.HeaderCell scope="row">
              <code translate="no">{p.name}</code>
            </Table.HeaderCell>
            <Table.Cell>{p.person ? `${p.person}${p.authorisation ? ` (${p.authorisation.code})` : ''}` : t.system}</Table.Cell>
            <Table.Cell>{p.unit?.name ?? p.organisation?.name ?? t.none}</Table.Cell>
            <Table.Cell>{p.purpose ?? t.none}</Table.Cell>
            <Table.Cell>{p.description[language]}</Table.Cell>
          </Table.Row>
        ))}
      </Listing>
      {told}
      <Listing heading={t.citizensHeading} lead={t.citizensLead} columns={[t.citizenName, t.citizenNumber, t.citizenAge, t.citizenNote]}>
        {catalogue?.citizens.map((c) => (
          <Table.Row key={c.nin}>
            <Table.HeaderCell scope="row">{c.name}</Table.HeaderCell>
            <Table.Cell>
              <code translate="no">{c.nin}</code>
            </Table.Cell>
            <Table.Cell>{ageOn(c.birthDate, new Date()) ?? t.none}</Table.Cell>
            <Table.Cell>{c.note[language]}</Table.Cell>
          </Table.Row>
        ))}
      </Listing>
    </>
  );
}

function Listing({ heading, lead, columns, children }: { heading: string; lead: string; columns: string[]; children: ReactNode }) {
  const t = useTexts();
  return (
    <Section heading={heading}>
      <Paragraph>{lead}</Paragraph>
      {children && (
        <div className="scroll" tabIndex={0} role="region" aria-label={fill(t.tableRegion, { what: heading })}>
          <Table data-size="sm" zebra>
            <Table.Head>
              <Table.Row>
                {columns.map((column) => (
                  <Table.HeaderCell key={column} scope="col">
                    {column}
                  </Table.HeaderCell>
                ))}
              </Table.Row>
            </Table.Head>
            <Table.Body>{children}</Table.Body>
          </Table>
        </div>
      )}
    </Section>
  );
}
