//! Definitions that are stored in the municipality as resources: the one that an operation on an instance is about, those
//! that a question names by url and no package has, and those that they draw on in turn. Each is read through the index
//! in the scope of the one who asks, and is in the access log as any other.

use super::Operation;
use crate::answer::{Answer, Seen};
use crate::entrance::{Left, Permitted, Visit};
use crate::minimise;
use axum::http::StatusCode;
use kilde_access::Action;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::terminology::{Input, Inputs, Terminology, TerminologyBuilder, ValueSet};
use kilde_index::{Read, Search, Version};
use std::collections::VecDeque;

/// Definitions that one question may draw on.
const MOST: usize = 32;

/// What was read.
#[derive(Default)]
pub struct Found {
    definitions: Vec<Document>,
    seen: Vec<Seen>,
    permitted: Option<Permitted>,
}

/// What to answer instead, and what of it is for the access log.
pub struct Instead {
    /// The decision.
    pub left: Box<Left>,
    /// The answer.
    pub answer: Answer,
}

impl Found {
    /// The definitions, and the reading of them for the access log.
    pub fn into_parts(self) -> (Vec<Document>, Option<Left>) {
        let seen = self.seen;
        let read = self.permitted.filter(|_| !seen.is_empty());
        let read = read.map(|permitted| Left::permitted(permitted, Answer::json(StatusCode::OK, "").seen(seen)));
        (self.definitions, read)
    }
}

/// Definitions as a terminology takes them.
pub fn builder(definitions: &[Document]) -> TerminologyBuilder {
    let mut builder = TerminologyBuilder::new();
    for definition in definitions {
        builder.resource(definition.root());
    }
    builder
}

/// Reads what the question needs and is not loaded. An operation on an instance gets its parameters changed: it is about
/// the stored definition, whatever else they say.
#[allow(clippy::result_large_err)] // Refusals are rare.
pub fn gather(visit: &Visit, loaded: &Terminology, operation: Operation, id: Option<&str>, inputs: &mut Inputs) -> Result<Found, Instead> {
    let mut found = Found::default();
    let mut wanted: VecDeque<(&'static str, String)> = VecDeque::new();
    if let Some(id) = id {
        let document = instance(visit, operation, id, &mut found)?;
        if let Err(answer) = about(operation, &document, inputs) {
            let read = found.into_parts().1.unwrap_or_else(|| Left::bad(Answer::json(StatusCode::OK, "")));
            return Err(Instead {
                left: Box::new(read),
                answer,
            });
        }
        wanted.extend(draws_on(&document));
        found.definitions.push(document);
    }
    wanted.extend(named(operation, inputs));
    let mut asked: Vec<(&'static str, String)> = Vec::new();
    while let Some((rtype, canonical)) = wanted.pop_front() {
        if asked.len() >= MOST || asked.iter().any(|(t, c)| *t == rtype && *c == canonical) {
            continue;
        }
        asked.push((rtype, canonical.clone()));
        let is_loaded = match rtype {
            "CodeSystem" => loaded.code_system(&canonical).is_some(),
            "ValueSet" => loaded.value_set(&canonical).is_some() || canonical.contains("?fhir_vs"),
            _ => loaded.concept_maps().iter().any(|m| m.url == canonical),
        };
        if is_loaded {
            continue;
        }
        if let Some(document) = by_url(visit, rtype, &canonical, &mut found) {
            wanted.extend(draws_on(&document));
            found.definitions.push(document);
        }
    }
    Ok(found)
}

/// The stored definition that the operation is about.
#[allow(clippy::result_large_err)] // Refusals are rare.
fn instance(visit: &Visit, operation: Operation, id: &str, found: &mut Found) -> Result<Document, Instead> {
    let bad = |answer: Answer| Instead {
        left: Box::new(Left::bad(Answer::json(StatusCode::OK, ""))),
        answer,
    };
    let name = type_of(operation);
    let Some(rtype) = ResourceType::from_name(name) else {
        return Err(bad(Answer::not_found()));
    };
    let permitted = match visit.decide(Action::Read, visit.own(), None) {
        Ok(permitted) => permitted,
        Err(refused) => {
            let (status, body, headers) = (
                refused.answer().status,
                refused.answer().body.clone(),
                refused.answer().headers.clone(),
            );
            let mut answer = Answer::fhir(status, body);
            answer.headers = headers;
            return Err(Instead {
                left: Box::new(refused),
                answer,
            });
        }
    };
    let version = match visit.place.index.read(permitted.scope(), rtype, id) {
        Err(cause) => return Err(told(permitted, Answer::fault(&cause))),
        Ok(Read::Absent) => return Err(told(permitted, Answer::not_found())),
        Ok(Read::Gone { .. }) => {
            let gone = Answer::error(
                StatusCode::GONE,
                "deleted",
                "deleted",
                "Ressursen er slettet.",
                "The resource is deleted.",
            );
            return Err(told(permitted, gone));
        }
        Ok(Read::Found(version)) => version,
    };
    match whole(&permitted, version, found) {
        Some(document) => {
            found.permitted = Some(permitted);
            Ok(document)
        }
        None => Err(told(permitted, Answer::not_found())),
    }
}

fn told(permitted: Permitted, answer: Answer) -> Instead {
    Instead {
        left: Box::new(Left::permitted(permitted, Answer::json(StatusCode::OK, ""))),
        answer,
    }
}

/// A definition of which nothing is withheld.
fn whole(permitted: &Permitted, version: Version, found: &mut Found) -> Option<Document> {
    let seen = Seen::from(&version);
    let (body, withheld) = minimise::body(permitted.scope(), version)?;
    if withheld > 0 {
        return None;
    }
    let document = parse(body.to_vec(), Limits::default()).ok()?;
    found.seen.push(seen);
    Some(document)
}

/// The stored definition with that canonical that the one who asks may see; with several, the last changed.
fn by_url(visit: &Visit, rtype: &str, canonical: &str, found: &mut Found) -> Option<Document> {
    let (url, version) = canonical.split_once('|').map_or((canonical, None), |(u, v)| (u, Some(v)));
    let mut params = vec![
        ("url".to_owned(), escaped(url)),
        ("_sort".to_owned(), "-_lastUpdated".to_owned()),
        ("_count".to_owned(), "1".to_owned()),
    ];
    params.extend(version.map(|v| ("version".to_owned(), escaped(v))));
    let (search, _) = Search::parse(ResourceType::from_name(rtype)?, &params, false, kilde_index::Limits::default()).ok()?;
    if found.permitted.is_none() {
        found.permitted = visit.decide(Action::Search, visit.own(), None).ok();
    }
    let permitted = found.permitted.take()?;
    let page = visit.place.index.search_at(permitted.scope(), &search, visit.now_ms).ok();
    let version = page.and_then(|p| p.matches.into_iter().next());
    let document = version.and_then(|v| whole(&permitted, v, found));
    found.permitted = Some(permitted);
    document
}

/// As a value in a search.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace('$', "\\$")
        .replace('|', "\\|")
}

fn type_of(operation: Operation) -> &'static str {
    match operation {
        Operation::Expand | Operation::ValidateCodeInSet => "ValueSet",
        Operation::Translate => "ConceptMap",
        _ => "CodeSystem",
    }
}

/// What the question names by url.
fn named(operation: Operation, inputs: &Inputs) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let url = |name: &str, version: &str| {
        let version = inputs.text(version).map(|v| format!("|{v}")).unwrap_or_default();
        inputs.text(name).map(|url| format!("{url}{version}"))
    };
    match operation {
        Operation::Expand | Operation::ValidateCodeInSet => {
            all.extend(url("url", "valueSetVersion").map(|u| ("ValueSet", u)));
            all.extend(inputs.value_set("valueSet").iter().flat_map(of_value_set));
        }
        Operation::ValidateCodeInSystem => all.extend(url("url", "version").map(|u| ("CodeSystem", u))),
        Operation::Translate => all.extend(inputs.text("url").map(|u| ("ConceptMap", u))),
        _ => {}
    }
    if operation != Operation::Translate {
        all.extend(url("system", "version").map(|u| ("CodeSystem", u)));
        all.extend(inputs.systems().into_iter().map(|s| ("CodeSystem", s)));
    }
    all
}

/// What a definition draws on.
fn draws_on(document: &Document) -> Vec<(&'static str, String)> {
    match document.root().str("resourceType").as_deref() {
        Some("ValueSet") => of_value_set(&ValueSet::read(document.root(), &mut Vec::new())),
        _ => Vec::new(),
    }
}

fn of_value_set(set: &ValueSet) -> Vec<(&'static str, String)> {
    let parts = set.include.iter().chain(&set.exclude);
    let of = parts.flat_map(|part| {
        let system = part.system.iter().map(|s| ("CodeSystem", s.clone()));
        system.chain(part.value_sets.iter().map(|v| ("ValueSet", v.clone())))
    });
    of.take(MOST).collect()
}

/// Makes the question one about the stored definition.
#[allow(clippy::result_large_err)] // Refusals are rare.
fn about(operation: Operation, document: &Document, inputs: &mut Inputs) -> Result<(), Answer> {
    let root = document.root();
    if type_of(operation) == "ValueSet" {
        for name in ["url", "valueSet", "valueSetVersion"] {
            inputs.remove(name);
        }
        inputs.add("valueSet", Input::ValueSet(Box::new(ValueSet::read(root, &mut Vec::new()))));
        return Ok(());
    }
    let Some(url) = root.str("url").filter(|u| !u.is_empty()) else {
        return Err(Answer::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "required",
            "terminology-url-missing",
            "Ressursen har ingen url, så kodene i den kan ikke navngis.",
            "The resource has no url, so that its codes cannot be named.",
        ));
    };
    if operation != Operation::Translate && inputs.systems().iter().any(|s| *s != *url) {
        return Err(Answer::error(
            StatusCode::BAD_REQUEST,
            "invalid",
            "terminology-parameter-invalid",
            "Kodingen er fra et annet kodeverk enn det som er spurt.",
            "The coding is from another code system than the one that is asked.",
        ));
    }
    let names: &[&str] = match operation {
        Operation::Translate | Operation::ValidateCodeInSystem => &["url"],
        _ => &["system"],
    };
    for name in names {
        inputs.remove(name);
        inputs.add(name, Input::Text(url.clone().into_owned()));
    }
    if operation != Operation::Translate {
        inputs.remove("version");
    }
    Ok(())
}
