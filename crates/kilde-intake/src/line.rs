//! A line of NDJSON: how it is to be submitted.

use crate::submission::Kind;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{self, Limits};

/// What a line says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The interaction: an update by id for a resource with an id (it is made if there is none), else a create; a bundle as a
    /// bundle, an OKT event as such. What cannot be read is submitted as a bundle, so that it is refused with its findings.
    pub kind: Kind,
    /// Whether it is a Patient: others refer to it, so it goes first.
    pub is_patient: bool,
    /// `Type/id`, if it has an id.
    pub name: Option<String>,
}

/// Looks at a line.
pub fn read(text: &[u8]) -> Line {
    let parsed = json::parse(text, Limits::default()).ok();
    let root = parsed.as_ref().map(|document| document.root());
    let named = |name: &str| root.and_then(|r| r.str(name)).map(|t| t.into_owned());
    let other = |kind| Line {
        kind,
        is_patient: false,
        name: None,
    };
    let Some(rtype) = named("resourceType") else {
        let okt = root.is_some_and(|r| r.get("oktMessages").is_some());
        return other(if okt { Kind::Okt } else { Kind::Bundle });
    };
    let Some(of) = ResourceType::from_name(&rtype).filter(|_| rtype != "Bundle") else {
        return other(Kind::Bundle);
    };
    let id = named("id");
    Line {
        is_patient: rtype == "Patient",
        name: id.as_ref().map(|id| format!("{rtype}/{id}")),
        kind: match id {
            Some(id) => Kind::Update {
                rtype: of,
                id,
                if_match: None,
                if_none_match: false,
            },
            None => Kind::Create {
                rtype: of,
                if_none_exist: None,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_submitted_as_what_it_is() {
        let patient = read(br#"{"resourceType":"Patient","id":"a"}"#);
        assert!(patient.is_patient && matches!(patient.kind, Kind::Update { .. }));
        assert_eq!(patient.name.as_deref(), Some("Patient/a"));
        assert!(matches!(read(br#"{"resourceType":"Observation"}"#).kind, Kind::Create { .. }));
        assert_eq!(read(br#"{"resourceType":"Bundle","id":"b"}"#).kind, Kind::Bundle);
        assert_eq!(read(br#"{"oktMessages":[]}"#).kind, Kind::Okt);
        for wrong in [&b"{"[..], b"[]", b"", br#"{"resourceType":"Pasient","id":"a"}"#] {
            assert_eq!(read(wrong).kind, Kind::Bundle);
        }
    }
}
