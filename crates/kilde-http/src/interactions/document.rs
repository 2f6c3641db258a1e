//! `$document` (<https://hl7.org/fhir/R4/composition-operation-document.html>): a composition with all that it refers to,
//! as a Bundle of type document. Whole, or refused: see `docs/fhir/document.md`.

use super::operation::parameters;
use super::read;
use crate::answer::{Answer, Seen};
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use axum::http::StatusCode;
use kilde_access::{AccessScope, Permit, Relations};
use kilde_fhir::date::format_instant;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, Value, escape_into, parse};
use kilde_index::{Index, IndexError, Read, Version};
use kilde_log::PersonNo;
use std::collections::HashSet;

/// Resources of a document at most, and bytes of them.
const MOST: usize = 1000;
const BYTES: usize = 32 << 20;
/// Missing references that are told.
const TOLD: usize = 50;
const TAG: &str = r#""meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]},"#;

/// `GET` and `POST [base]/Composition/[id]/$document`, and `[base]/Composition/$document?id=[id]`
pub fn document(visit: &Visit, asked: &Asked, id: Option<String>) -> Left {
    let params = match parameters(asked) {
        Ok(params) => params,
        Err(answer) => return Left::bad(*answer),
    };
    match (wanted(&params, id), ResourceType::from_name("Composition")) {
        (Ok(id), Some(composition)) => read::one(visit, composition, &id, |permit| make(visit, permit, composition, &id)),
        (Ok(_), None) => Left::bad(Answer::not_found()),
        (Err(findings), _) => Left::bad(Answer::outcome(status(&findings), &findings)),
    }
}

/// 501 for what the operation has and we do not, else 400.
fn status(findings: &[Finding]) -> StatusCode {
    if findings.iter().all(|f| f.rule == "document-not-supported") {
        StatusCode::NOT_IMPLEMENTED
    } else {
        StatusCode::BAD_REQUEST
    }
}

/// The id of the composition; everything that is wrong with the parameters.
fn wanted(params: &[(String, String)], mut id: Option<String>) -> Result<String, Vec<Finding>> {
    let instance = id.is_some();
    let mut findings = Vec::new();
    let not_here = |name: &str, nb: &str, en: &str| {
        Finding::error(
            "not-supported",
            "document-not-supported",
            format!("http.{name}"),
            format!("{name}: {nb}"),
            format!("{name}: {en}"),
        )
    };
    for (name, value) in params {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "persist" if value == "false" => {}
            "persist" => findings.push(not_here(
                "persist",
                "vi lagrer ikke dokumentet. Lever det som en Bundle om det skal bevares.",
                "the document is not stored. Deliver it as a Bundle if it is to be kept.",
            )),
            "graph" => findings.push(not_here(
                "graph",
                "vi følger alltid alle referanser fra Composition.",
                "all references from the Composition are followed, always.",
            )),
            "id" if !instance && !value.contains('/') && !value.is_empty() => id = Some(value.clone()),
            "id" if !instance => findings.push(not_here(
                "id",
                "bare Composition-ressurser her, ved sin id.",
                "only Composition resources here, by their id.",
            )),
            _ => findings.push(Finding::error(
                "not-supported",
                "operation-parameter",
                "",
                "Operasjonen har ikke denne parameteren. Den har id (bare uten id i adressen), persist og graph.",
                "The operation does not have that parameter. It has id (only without an id in the address), persist and graph.",
            )),
        }
    }
    match id {
        Some(id) if findings.is_empty() => Ok(id),
        Some(_) => Err(findings),
        None => {
            findings.push(Finding::error(
                "required",
                "operation-parameter",
                "",
                "Si hvilken Composition: Composition/[id]/$document, eller parameteren id.",
                "Say which Composition: Composition/[id]/$document, or the parameter id.",
            ));
            Err(findings)
        }
    }
}

fn make(visit: &Visit, permit: &Permit, composition: ResourceType, id: &str) -> Result<Answer, IndexError> {
    let index = &visit.place.index;
    let Read::Found(first) = index.read(&permit.scope, composition, id)? else {
        return Ok(Answer::not_found());
    };
    let mut gathering = Gathering {
        index,
        scope: &permit.scope,
        persons: match first.person.is_some() {
            true => index.same_person(first.person).to_vec(),
            false => Vec::new(),
        },
        seen: HashSet::from([(composition, id.to_owned())]),
        bytes: first.body.len(),
        all: Vec::new(),
    };
    let missing = gathering.of_composition(&first)?;
    if !missing.is_empty() {
        return Ok(incomplete(&missing));
    }
    gathering.all.insert(0, first);
    if !gathering.through()? {
        return Ok(too_much());
    }
    let all = gathering.all;
    Ok(bundle(visit, &permit.scope, all))
}

/// A reference to a resource here: type, id, and the version if it names one.
type Target = (ResourceType, String, Option<u32>);

struct Gathering<'a> {
    index: &'a Index,
    scope: &'a AccessScope,
    /// Whose the composition is; a document is about nobody else.
    persons: Vec<PersonNo>,
    seen: HashSet<(ResourceType, String)>,
    bytes: usize,
    all: Vec<Version>,
}

impl Gathering<'_> {
    /// Adds what the composition itself refers to; the places of references that lead to nothing that may be shown.
    fn of_composition(&mut self, composition: &Version) -> Result<Vec<String>, IndexError> {
        let mut missing = Vec::new();
        for (path, reference) in references(composition) {
            let found = match target(&reference) {
                Some(target) => self.add(target)?,
                None => false,
            };
            if !found {
                missing.push(path);
            }
        }
        Ok(missing)
    }

    /// Adds what those refer to, and so on, as far as it is here; whether it stays within the bounds.
    fn through(&mut self) -> Result<bool, IndexError> {
        // The composition stands first and has been followed.
        let mut next = 1;
        while next < self.all.len() {
            let Some(version) = self.all.get(next) else { break };
            for (_, reference) in references(version) {
                if let Some(target) = target(&reference) {
                    self.add(target)?;
                }
            }
            if self.all.len() > MOST || self.bytes > BYTES {
                return Ok(false);
            }
            next += 1;
        }
        Ok(true)
    }

    /// Adds a resource, each once; whether it is there to be shown.
    fn add(&mut self, (rtype, id, version): Target) -> Result<bool, IndexError> {
        let name = (rtype, id);
        if self.seen.contains(&name) {
            return Ok(true);
        }
        let found = match version {
            None => self.index.read(self.scope, rtype, &name.1)?,
            Some(version) => self.index.vread(self.scope, rtype, &name.1, version)?,
        };
        match found {
            Read::Found(found) if !found.person.is_some() || self.persons.is_empty() || self.persons.contains(&found.person) => {
                self.seen.insert(name);
                self.bytes += found.body.len();
                self.all.push(found);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// References of a resource with their places, but for those inside the resource, and a composition's to other ones
/// (`relatesTo`). A logical reference, which names no resource, is none.
fn references(version: &Version) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Ok(document) = parse(version.body.as_slice(), Limits::default()) {
        within(document.root(), version.rtype.name(), &mut out);
    }
    out
}

fn within(value: Value<'_>, path: &str, out: &mut Vec<(String, String)>) {
    for (number, child) in value.children().enumerate() {
        let path = match child.key() {
            Some(key) if key == "reference" && child.is_string() => {
                let text = child.as_str().unwrap_or_default();
                if !text.starts_with('#') {
                    out.push((path.to_owned(), text.into_owned()));
                }
                continue;
            }
            Some(key) if key == "relatesTo" => continue,
            Some(key) => format!("{path}.{key}"),
            None => format!("{path}[{number}]"),
        };
        if child.is_object() || child.is_array() {
            within(child, &path, out);
        }
    }
}

/// `Type/id` and `Type/id/_history/version`. Another server's resources are not here.
fn target(reference: &str) -> Option<Target> {
    let parts: Vec<&str> = reference.split('/').collect();
    match parts.as_slice() {
        [rtype, id] => Some((ResourceType::from_name(rtype)?, (*id).to_owned(), None)),
        [rtype, id, "_history", version] => Some((ResourceType::from_name(rtype)?, (*id).to_owned(), Some(version.parse().ok()?))),
        _ => None,
    }
}

fn bundle(visit: &Visit, scope: &AccessScope, all: Vec<Version>) -> Answer {
    let base = visit.server.fhir_base(&visit.place);
    let (mut entries, mut seen, mut withheld) = (String::new(), Vec::new(), 0);
    for version in all {
        let one = Seen::from(&version);
        let Some((body, taken)) = crate::minimise::body(scope, version) else {
            continue;
        };
        entries.push_str(if entries.is_empty() { "{\"fullUrl\":" } else { ",{\"fullUrl\":" });
        escape_into(&format!("{base}/{}/{}", one.rtype.name(), one.id), &mut entries);
        entries.push_str(",\"resource\":");
        entries.push_str(&String::from_utf8_lossy(&body));
        entries.push('}');
        withheld += taken;
        seen.push(one);
    }
    let body = format!(
        "{{\"resourceType\":\"Bundle\",{}\"identifier\":{{\"system\":\"urn:ietf:rfc:3986\",\"value\":\"urn:uuid:{}\"}},\
         \"type\":\"document\",\"timestamp\":\"{}\",\"entry\":[{entries}]}}",
        if withheld > 0 { TAG } else { "" },
        uuid::Uuid::new_v4(),
        format_instant(visit.now_ms),
    );
    let mut answer = Answer::fhir(StatusCode::OK, body).seen(seen);
    answer.withheld = withheld;
    answer
}

/// A document without what its composition names would be taken for the whole. The places are the composition's own words;
/// whether what they name is absent, deleted or out of reach is not told.
fn incomplete(missing: &[String]) -> Answer {
    let findings: Vec<Finding> = missing
        .iter()
        .take(TOLD)
        .map(|path| {
            Finding::error(
                "incomplete",
                "document-incomplete",
                path.clone(),
                "Det denne referansen viser til, er ikke her, eller ikke tilgjengelig for deg. Et dokument gis helt, eller ikke: les ressursene hver for seg.",
                "What this reference leads to is not here, or not available to you. A document is given whole, or not: read the resources one by one.",
            )
        })
        .collect();
    Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings)
}

fn too_much() -> Answer {
    Answer::error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-costly",
        "document-too-large",
        "Dokumentet ville fått mer enn 1000 ressurser eller 32 MiB. Les ressursene hver for seg.",
        "The document would have more than 1000 resources or 32 MiB. Read the resources one by one.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn parameters_are_the_operations() {
        assert_eq!(wanted(&params(&[("persist", "false")]), Some("a".into())).as_deref(), Ok("a"));
        assert_eq!(wanted(&params(&[("id", "b")]), None).as_deref(), Ok("b"));
        for (pairs, id, code) in [
            (&[("persist", "true")][..], Some("a"), 501),
            (&[("graph", "http://x")], Some("a"), 501),
            (&[("id", "http://x/Composition/1")], None, 400),
            (&[("id", "b")], Some("a"), 400),
            (&[("name", "b")], Some("a"), 400),
            (&[], None, 400),
        ] {
            let findings = wanted(&params(pairs), id.map(str::to_owned)).expect_err("refused");
            assert_eq!(status(&findings).as_u16(), code, "{pairs:?}");
        }
    }

    #[test]
    fn references_are_found_with_their_places() {
        let body = r##"{"resourceType":"Composition","relatesTo":[{"targetReference":{"reference":"Composition/b"}}],"subject":{"reference":"Patient/a"},"section":[{"entry":[{"reference":"#x"},{"reference":"Observation/1/_history/2"},{"identifier":{"value":"q"}}]}]}"##;
        let document = parse(body.as_bytes(), Limits::default()).expect("JSON");
        let mut out = Vec::new();
        within(document.root(), "Composition", &mut out);
        let expected = [
            ("Composition.subject", "Patient/a"),
            ("Composition.section[0].entry[1]", "Observation/1/_history/2"),
        ]
        .map(|(p, r)| (p.to_owned(), r.to_owned()));
        assert_eq!(out, expected);
        assert!(target("Observation/1/_history/2").is_some_and(|t| t.2 == Some(2)));
        assert!(target("http://x/Patient/1").is_none() && target("Pasient/1").is_none());
    }
}
