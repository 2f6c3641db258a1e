//! `$meta`, `$meta-add`, `$meta-delete` (<https://hl7.org/fhir/R4/resource-operation-meta.html>): profiles, tags and
//! security labels. A change of them is a write like any other and makes a version.

use super::write::{if_match, submit};
use super::{history, read};
use crate::answer::{Answer, FHIR_JSON};
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use bytes::Bytes;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Limits, Value, parse, write_compact};
use kilde_intake::{Kind, PatchForm, Whom};
use std::collections::BTreeSet;

/// `GET [base]/[type]/[id]/$meta`
pub fn instance(visit: &Visit, asked: &Asked, rtype: ResourceType, id: &str) -> Left {
    let asked = asked.with_query("");
    read::read(visit, &asked, rtype, id).changed(of_resource)
}

/// `GET [base]/$meta` and `GET [base]/[type]/$meta`: what the versions that the reader reaches have, as far as one
/// page of their history goes; more is refused as too costly.
pub fn several(visit: &Visit, asked: &Asked, rtype: Option<ResourceType>) -> Left {
    let asked = asked.with_query("_count=1000");
    let left = match rtype {
        Some(rtype) => history::of_type(visit, &asked, rtype),
        None => history::system(visit, &asked),
    };
    left.changed(of_history)
}

/// `POST [base]/[type]/[id]/$meta-add` and `$meta-delete`, with `If-Match`.
pub async fn change(visit: &Visit, mut asked: Asked, rtype: ResourceType, id: String, add: bool) -> Left {
    let if_match = match if_match(&asked.headers) {
        Ok(if_match) => if_match,
        Err(answer) => return Left::bad(*answer),
    };
    let kind = Kind::Patch {
        rtype,
        whom: Whom::Id(id),
        form: if add { PatchForm::MetaAdd } else { PatchForm::MetaDelete },
        if_match,
    };
    // The answer is made from the resource, whatever the client prefers.
    asked
        .headers
        .insert(HeaderName::from_static("prefer"), HeaderValue::from_static("return=representation"));
    submit(visit, asked, kind).await.changed(of_resource)
}

/// The meta of the resource that an answer holds; refusals stay.
fn of_resource(answer: &Answer) -> Option<Bytes> {
    let document = parse(&answer.body[..], Limits::default()).ok()?;
    let mut meta = String::new();
    match document.root().get("meta") {
        Some(value) => write_compact(value, &mut meta),
        None => meta.push_str("{}"),
    }
    Some(parameters(&meta))
}

/// All that stands in the metas of a history.
fn of_history(answer: &Answer) -> Option<Bytes> {
    let document = parse(&answer.body[..], Limits::default()).ok()?;
    let root = document.root();
    if root.items("link").any(|l| l.str("relation").as_deref() == Some("next")) {
        return None;
    }
    let mut lists: [(&str, BTreeSet<String>); 3] = ["profile", "security", "tag"].map(|name| (name, BTreeSet::new()));
    let metas = root.items("entry").filter_map(|e| e.path(&["resource", "meta"]));
    for meta in metas {
        for (name, found) in &mut lists {
            found.extend(meta.items(name).map(compact));
        }
    }
    let parts: Vec<String> = lists
        .into_iter()
        .filter(|(_, found)| !found.is_empty())
        .map(|(name, found)| format!("\"{name}\":[{}]", found.into_iter().collect::<Vec<_>>().join(",")))
        .collect();
    Some(parameters(&format!("{{{}}}", parts.join(","))))
}

fn compact(value: Value<'_>) -> String {
    let mut out = String::new();
    write_compact(value, &mut out);
    out
}

fn parameters(meta: &str) -> Bytes {
    // An element without content is none.
    let value = if meta == "{}" {
        String::new()
    } else {
        format!(",\"valueMeta\":{meta}")
    };
    format!("{{\"resourceType\":\"Parameters\",\"parameter\":[{{\"name\":\"return\"{value}}}]}}").into()
}

/// The answer with another body; one that there is no body for is too costly.
pub(crate) fn put(answer: &mut Answer, body: Option<Bytes>) {
    match body {
        Some(body) => {
            answer.body = body;
            answer.headers.remove(header::CONTENT_LOCATION);
            answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
        }
        None => {
            let (seen, withheld) = (std::mem::take(&mut answer.seen), answer.withheld);
            *answer = Answer::error(
                StatusCode::BAD_REQUEST,
                "too-costly",
                "meta-too-costly",
                "Det er for mange versjoner å se gjennom. Spør om $meta for én ressurs, eller for en type med færre.",
                "There are too many versions to look through. Ask for $meta of one resource, or of a type with fewer.",
            );
            (answer.seen, answer.withheld) = (seen, withheld);
        }
    }
}
