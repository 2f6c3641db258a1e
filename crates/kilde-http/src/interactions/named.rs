//! Which persons a search names, so that the policy is asked about each of them.

use kilde_fhir::national_id::Nin;
use kilde_index::Over;

/// A person as a search names her.
#[derive(Clone)]
pub enum Named {
    /// By national id.
    Nin(Nin),
    /// By `Patient/<id>`.
    Patient(String),
}

/// Persons named by patient parameters, each once, in order: also where a chain or `_has` ends in an identifier or
/// an id of a patient, and the patient of a compartment. What is no patient parameter names nobody.
pub fn named_persons(over: &Over, params: &[(String, String)]) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    let mut add = |named: Option<Named>| {
        if let Some(named) = named
            && !out.iter().any(|n| same(n, &named))
        {
            out.push(named);
        }
    };
    let patients = match over {
        Over::Type(rtype) => rtype.name() == "Patient",
        Over::System => params
            .iter()
            .find(|(name, _)| name == "_type")
            .is_none_or(|(_, types)| types.split(',').any(|t| t == "Patient")),
        Over::Compartment { focus, id, rtype } => {
            if focus.name() == "Patient" {
                add(Some(Named::Patient(id.clone())));
            }
            rtype.is_none_or(|t| t.name() == "Patient")
        }
        Over::Everything { of, id } => {
            add((of.name() == "Patient").then(|| Named::Patient(id.clone())));
            false
        }
    };
    for (name, value) in params {
        // What the last step of the name asks, and whether it asks it of patients.
        let (path, last) = match name.rsplit_once('.') {
            Some((path, last)) => (path, last),
            None if name.starts_with("_has:") => name.rsplit_once(':').unwrap_or(("", name.as_str())),
            None => ("", name.as_str()),
        };
        let (code, modifier) = last.split_once(':').unwrap_or((last, ""));
        let of_patients = if path.is_empty() { patients } else { leads_to_patient(path) };
        let by_identifier = modifier == "identifier" || (code == "identifier" && (of_patients || !path.is_empty()));
        let by_id = of_patients && code == "_id";
        let by_reference = refers_to_patient(code) && !matches!(modifier, "missing" | "identifier");
        if code == "_filter" {
            let numbers = value.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 11);
            numbers.for_each(|number| add(nin_in(number).map(Named::Nin)));
        }
        for value in value.split(',') {
            if by_identifier || (by_reference && value.contains('|')) {
                add(nin_in(value).map(Named::Nin));
            } else if by_id {
                add(Some(Named::Patient(value.to_owned())));
            } else if by_reference {
                let id = value.rsplit_once("Patient/").map_or(value, |(_, id)| id);
                add((!id.is_empty() && !id.contains('/')).then(|| Named::Patient(id.to_owned())));
            }
        }
    }
    out.truncate(16);
    out
}

/// Whether a parameter of that name says whom a resource is about.
fn refers_to_patient(code: &str) -> bool {
    matches!(code, "patient" | "subject" | "individual" | "beneficiary")
}

/// Whether a chain ends at a patient: `subject`, `encounter.subject:Patient`, `x:Patient`.
fn leads_to_patient(path: &str) -> bool {
    let step = path.rsplit('.').next().unwrap_or(path);
    let (code, rtype) = step.split_once(':').unwrap_or((step, ""));
    rtype == "Patient" || (rtype.is_empty() && refers_to_patient(code))
}

fn same(a: &Named, b: &Named) -> bool {
    match (a, b) {
        (Named::Nin(a), Named::Nin(b)) => a.as_str() == b.as_str(),
        (Named::Patient(a), Named::Patient(b)) => a == b,
        _ => false,
    }
}

fn nin_in(value: &str) -> Option<Nin> {
    Nin::parse(value.rsplit('|').next().unwrap_or(value).trim()).ok()
}

/// Whether some part of a value is a valid national id.
pub fn national_id_in(value: &str) -> bool {
    value
        .split(|c: char| !c.is_ascii_digit())
        .any(|part| part.len() == 11 && Nin::parse(part).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::definitions::ResourceType;

    fn names(rtype: &str, params: &[(&str, &str)]) -> Vec<String> {
        let params: Vec<_> = params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        named_persons(&Over::Type(ResourceType::from_name(rtype).unwrap()), &params)
            .into_iter()
            .map(|n| match n {
                Named::Nin(nin) => format!("nin {}", nin.as_str()),
                Named::Patient(id) => format!("id {id}"),
            })
            .collect()
    }

    #[test]
    fn every_way_to_name_a_patient_is_seen() {
        let nin = "urn:oid:2.16.578.1.12.4.1.4.1|19779998080";
        assert_eq!(names("Observation", &[("patient", "Patient/a")]), ["id a"]);
        assert_eq!(
            names("Observation", &[("subject", "http://x/9901/fhir/r4/Patient/a,b")]),
            ["id a", "id b"]
        );
        assert_eq!(names("Observation", &[("subject:identifier", nin)]), ["nin 19779998080"]);
        assert_eq!(names("Observation", &[("patient.identifier", nin)]), ["nin 19779998080"]);
        assert_eq!(names("Observation", &[("patient:Patient", "a")]), ["id a"]);
        assert_eq!(names("Patient", &[("identifier", nin), ("_id", "q")]), ["nin 19779998080", "id q"]);
        assert!(names("Observation", &[("identifier", nin), ("code", "x")]).is_empty());
        for chain in [
            "subject:Patient.identifier",
            "encounter.subject.identifier",
            "_has:Encounter:diagnosis:subject.identifier",
            "_has:Encounter:diagnosis:patient:identifier",
        ] {
            assert_eq!(names("Condition", &[(chain, nin)]), ["nin 19779998080"], "{chain}");
        }
        for chain in [
            "subject._id",
            "patient._id",
            "focus:Patient._id",
            "encounter.subject",
            "_has:Encounter:diagnosis:subject",
        ] {
            assert_eq!(names("Observation", &[(chain, "a")]), ["id a"], "{chain}");
        }
        for chain in [
            "subject.name",
            "patient:missing",
            "patient.birthdate",
            "performer._id",
            "_has:Observation:subject:code",
        ] {
            assert!(names("Observation", &[(chain, "a")]).is_empty(), "{chain}");
        }
    }

    #[test]
    fn the_patient_of_a_compartment_is_named() {
        let over = Over::Compartment {
            focus: ResourceType::from_name("Patient").unwrap(),
            id: "a".into(),
            rtype: None,
        };
        assert!(matches!(&named_persons(&over, &[])[..], [Named::Patient(id)] if id == "a"));
        let over = Over::Compartment {
            focus: ResourceType::from_name("Encounter").unwrap(),
            id: "a".into(),
            rtype: None,
        };
        assert!(named_persons(&over, &[]).is_empty(), "whose encounter it is, is not in its id");
    }

    #[test]
    fn national_ids_are_found_inside_values() {
        assert!(national_id_in("urn:oid:2.16.578.1.12.4.1.4.1|19779998080"));
        assert!(!national_id_in("12345678901,a"));
    }
}
