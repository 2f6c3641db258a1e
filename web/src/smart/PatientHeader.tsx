import { Heading } from '@digdir/designsystemet-react';
import { Instead } from '../common/States';
import { ageOn } from '../common/dates';
import { fill } from '../common/language';
import { useCommon } from '../common/texts';
import { type Resource, nameOf, text } from '../fhir/read';
import { numberOf } from './patient';
import { useOpened } from './texts';

/** Who it is about; always there, also where nothing else is. */
export function PatientHeader({ patient }: { patient: Resource | undefined }) {
  const t = useOpened();
  const common = useCommon();
  const age = ageOn(text(patient?.birthDate), new Date());
  const number = numberOf(patient)?.value;
  return (
    <section className="patient" aria-label={t.patient}>
      <Heading level={1} data-size="md" className="written">
        {patient ? (nameOf(patient) ?? common.nameUnknown) : t.patient}
      </Heading>
      {patient && (
        <p>
          {age === null ? common.ageUnknown : fill(common.years, { n: age })} <span className="subtle">· {t.number}</span> <span className="number">{number ? `${number.slice(0, 6)} ${number.slice(6)}` : '–'}</span>
        </p>
      )}
    </section>
  );
}

/** The municipality does not know her, which is not the same as that there is nothing. */
export function UnknownPatient() {
  const t = useOpened();
  return <Instead title={t.unknownTitle} text={t.unknownText} />;
}
