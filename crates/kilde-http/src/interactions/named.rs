//! Which persons a search names, so that the policy is asked about each of them.

use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::Nin;

/// A person as a search names her.
#[derive(Clone)]
pub enum Named {
    /// By national id.
    Nin(Nin),
    /// By `Patient/<id>`.
    Patient(String),
}

/// Persons named by patient parameters, each once, in order. What is no patient parameter names nobody.
pub fn named_persons(rtype: ResourceType, params: &[(String, String)]) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    let patient_type = rtype.name() == "Patient";
    for (name, value) in params {
        let (code, rest) = name.split_once([':', '.']).unwrap_or((name, ""));
        let by_identifier = rest == "identifier" || (patient_type && code == "identifier");
        let by_reference = matches!(code, "patient" | "subject" | "individual" | "beneficiary");
        for value in value.split(',') {
            let named = if by_identifier || (by_reference && value.contains('|')) {
                nin_in(value).map(Named::Nin)
            } else if patient_type && code == "_id" {
                Some(Named::Patient(value.to_owned()))
            } else if by_reference {
                let id = value.rsplit_once("Patient/").map_or(value, |(_, id)| id);
                (!id.is_empty() && !id.contains('/')).then(|| Named::Patient(id.to_owned()))
            } else {
                None
            };
            if let Some(named) = named
                && !out.iter().any(|n| same(n, &named))
            {
                out.push(named);
            }
        }
    }
    out.truncate(16);
    out
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

    fn names(rtype: &str, params: &[(&str, &str)]) -> Vec<String> {
        let params: Vec<_> = params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        named_persons(ResourceType::from_name(rtype).unwrap(), &params)
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
    }

    #[test]
    fn national_ids_are_found_inside_values() {
        assert!(national_id_in("urn:oid:2.16.578.1.12.4.1.4.1|19779998080"));
        assert!(!national_id_in("12345678901,a"));
    }
}
