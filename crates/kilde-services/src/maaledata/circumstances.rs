//! Whether NEWS2 applies to the person at a time: age and pregnancy, as far as they are known here.

use super::codes::{PREGNANCY, PREGNANCY_STATUS};
use crate::clock::age;
use crate::news2::codes::{LOINC, SNOMED};
use crate::news2::{Applicable, NotApplicable, applicability};
use crate::record::{ReadError, Record, Records, rtype};
use kilde_access::{Categories, Category};
use kilde_fhir::date::parse;
use kilde_fhir::json::Value;

/// ICPC-2 and ICD-10 as Norwegian sources name them.
const ICPC2: &str = "urn:oid:2.16.578.1.12.4.1.1.7170";
const ICD10: &str = "urn:oid:2.16.578.1.12.4.1.1.7110";

/// How long a statement of pregnancy holds.
const PREGNANT_MS: i64 = 300 * 24 * 3600 * 1000;
/// Ages at which pregnancy is looked for.
const FERTILE: std::ops::Range<u16> = 10..60;

/// What is known of the person that decides whether NEWS2 applies.
#[derive(Debug, Default)]
pub(super) struct Circumstances {
    birth: Option<String>,
    /// Statements of pregnancy: when, and whether pregnant.
    pregnancy: Vec<(i64, bool)>,
    /// Pregnancy is possible, and what would tell of it is kept from this reader.
    pregnancy_hidden: bool,
}

impl Circumstances {
    /// Reads the person's age, and pregnancy where it is possible.
    pub fn read(records: &dyn Records, now_ms: i64) -> Result<Circumstances, ReadError> {
        let patients = records.of_person(&[rtype("Patient")], Categories::of(&[Category::Person]))?;
        let birth = patients
            .records
            .iter()
            .find_map(|p| p.resource().str("birthDate").map(|b| b.into_owned()));
        let mut known = Circumstances {
            birth,
            ..Circumstances::default()
        };
        let years = known.birth.as_deref().and_then(|b| age(b, now_ms));
        if years.is_none_or(|years| FERTILE.contains(&years)) {
            let found = records.of_person(&[rtype("Condition"), rtype("Observation")], Categories::of(&[Category::Journal]))?;
            known.pregnancy.extend(found.records.iter().filter_map(statement));
            let male = patients
                .records
                .iter()
                .any(|p| p.resource().str("gender").as_deref() == Some("male"));
            let hidden = found.withheld > 0 || records.closed()? > 0;
            known.pregnancy_hidden = hidden && years.is_some() && !male;
        }
        Ok(known)
    }

    /// Whether the age at that time is known well enough.
    pub fn age_known(&self, at_ms: i64) -> bool {
        self.birth.as_deref().is_some_and(|b| age(b, at_ms).is_some())
    }

    /// Whether the reader must be told that a pregnancy could not be seen.
    pub fn pregnancy_hidden(&self) -> bool {
        self.pregnancy_hidden
    }

    /// Whether NEWS2 applied at that time.
    pub fn applies(&self, at_ms: i64) -> Result<Applicable, NotApplicable> {
        let newest = self
            .pregnancy
            .iter()
            .filter(|(from, _)| *from <= at_ms && at_ms - from < PREGNANT_MS)
            .max();
        applicability(
            self.birth.as_deref().and_then(|b| age(b, at_ms)),
            newest.is_some_and(|(_, pregnant)| *pregnant),
        )
    }
}

/// A pregnancy status, or a pregnancy among the problems.
fn statement(record: &Record) -> Option<(i64, bool)> {
    let resource = record.resource();
    let at = |names: &[&str]| {
        names
            .iter()
            .find_map(|n| parse(&resource.str(n)?))
            .map_or(record.last_updated_ms, |range| range.from_ms)
    };
    if record.rtype == rtype("Observation") {
        let (code, yes, no) = PREGNANCY_STATUS;
        if !has_code(resource.get("code")?, |s, c| s == LOINC && c == code) || resource.str("status").as_deref() == Some("entered-in-error")
        {
            return None;
        }
        let value = resource.get("valueCodeableConcept")?;
        let pregnant = has_code(value, |s, c| (s == LOINC && c == yes) || (s == SNOMED && c == PREGNANCY));
        let known = pregnant || has_code(value, |s, c| s == LOINC && c == no);
        return known.then(|| (at(&["effectiveDateTime", "issued"]), pregnant));
    }
    let of_pregnancy = |system: &str, code: &str| match system {
        SNOMED => code == PREGNANCY,
        ICPC2 => matches!(code, "W78" | "W79" | "W84"),
        ICD10 => code == "Z33" || code.starts_with("Z34") || code.starts_with("Z35"),
        _ => false,
    };
    let is = |name: &str, codes: &[&str]| resource.get(name).is_some_and(|v| has_code(v, |_, c| codes.contains(&c)));
    let stands = !is("verificationStatus", &["refuted", "entered-in-error"]);
    let active = resource.get("clinicalStatus").is_none() || is("clinicalStatus", &["active", "recurrence", "relapse"]);
    (has_code(resource.get("code")?, of_pregnancy) && stands).then(|| (at(&["onsetDateTime", "recordedDate"]), active))
}

fn has_code(concept: Value<'_>, is: impl Fn(&str, &str) -> bool) -> bool {
    concept.items("coding").any(|c| match (c.str("system"), c.str("code")) {
        (Some(system), Some(code)) => is(&system, &code),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fake::Fake;

    const NOW: i64 = 1_795_000_000_000;

    fn of(resources: &[&str]) -> Circumstances {
        Circumstances::read(&Fake::with(resources), NOW).unwrap()
    }

    #[test]
    fn age_decides() {
        let child = of(&[r#"{"resourceType":"Patient","id":"p","birthDate":"2012-01-01"}"#]);
        assert_eq!(child.applies(NOW), Err(NotApplicable::Under16));
        assert!(child.applies(NOW + 3 * 365 * 24 * 3_600_000).is_ok());
        let unknown = of(&[]);
        assert!(unknown.applies(NOW).is_ok() && !unknown.age_known(NOW));
    }

    #[test]
    fn pregnancy_decides_while_it_lasts() {
        let patient = r#"{"resourceType":"Patient","id":"p","birthDate":"1996-01-01"}"#;
        let condition = r#"{"resourceType":"Condition","id":"c","onsetDateTime":"2026-09-01","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"77386006"}]}}"#;
        let pregnant = of(&[patient, condition]);
        assert_eq!(pregnant.applies(NOW), Err(NotApplicable::Pregnancy));
        assert!(pregnant.applies(NOW + 400 * 24 * 3_600_000).is_ok(), "no pregnancy lasts that long");
        let over = condition.replace("\"active\"", "\"resolved\"");
        assert!(of(&[patient, &over]).applies(NOW).is_ok());
        let status = r#"{"resourceType":"Observation","id":"o","status":"final","effectiveDateTime":"2026-10-01","code":{"coding":[{"system":"http://loinc.org","code":"82810-3"}]},"valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"LA15173-0"}]}}"#;
        assert_eq!(of(&[patient, status]).applies(NOW), Err(NotApplicable::Pregnancy));
        let no = status.replace("LA15173-0", "LA26683-5");
        assert!(of(&[patient, condition, &no]).applies(NOW).is_ok(), "the later statement counts");
        let old = patient.replace("1996", "1936");
        assert!(of(&[&old, condition]).applies(NOW).is_ok());
    }
}
