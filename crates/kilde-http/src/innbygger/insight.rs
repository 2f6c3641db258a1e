//! Insight: everything that is registered about a citizen here, for programs (a Bundle, or a line for each resource) and for people (a page).
//! Described in `docs/citizen/insight.md`.

mod page;

use super::own::{Own, enter_own};
use crate::answer::{Answer, FHIR_JSON, Seen};
use crate::query;
use crate::server::Server;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use kilde_access::{Action, Categories};
use kilde_fhir::date::format_instant;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{self, Value, escape_into};
use kilde_fhir::national_id::nin_of;
use kilde_index::Version;
use std::sync::Arc;

/// Resources of one answer at most.
const MOST: u32 = 20_000;
/// Marks an entry of the Bundle that the citizen has contributed herself.
const OWN_CONTRIBUTION: &str = "https://kilde.example/fhir/StructureDefinition/own-contribution";
/// Elements that say who has contributed a resource.
const CONTRIBUTORS: [&str; 8] = [
    "performer",
    "author",
    "source",
    "informationSource",
    "asserter",
    "recorder",
    "sender",
    "enterer",
];

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new().route("/{instance}/innbygger/innsyn", get(insight))
}

/// What form is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bundle,
    Lines,
    Page,
}

/// `GET /innbygger/innsyn`, as JSON, NDJSON or HTML by `Accept` or `_format`.
async fn insight(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let form = wanted(request.headers(), request.uri().query().unwrap_or(""));
    let own = match enter_own(&server, &instance, request, "insight", Action::Read).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = match form {
        Some(form) => everything(&own).map(|versions| told(&own, form, versions)),
        None => Err(Box::new(Answer::error(
            StatusCode::NOT_ACCEPTABLE,
            "not-supported",
            "insight-format",
            "Formatene er application/fhir+json, application/fhir+ndjson og text/html (_format=json, ndjson, html).",
            "The formats are application/fhir+json, application/fhir+ndjson and text/html (_format=json, ndjson, html).",
        ))),
    };
    own.leave(answer).await
}

fn wanted(headers: &HeaderMap, text: &str) -> Option<Form> {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("*/*")
        .to_owned();
    let asked = query::value(text, "_format").unwrap_or(accept);
    asked
        .split(',')
        .find_map(|one| match one.split(';').next().unwrap_or_default().trim() {
            "json" | "application/fhir+json" | "application/json" | "*/*" | "application/*" => Some(Form::Bundle),
            "ndjson" | "application/fhir+ndjson" | "application/ndjson" | "application/x-ndjson" => Some(Form::Lines),
            "html" | "text/html" | "text/*" => Some(Form::Page),
            _ => None,
        })
}

/// All current resources of hers, the latest received first.
fn everything(own: &Own) -> Result<Vec<Version>, Box<Answer>> {
    let Some(person) = own.persons.first() else { return Ok(Vec::new()) };
    let fault = |cause: kilde_index::IndexError| Box::new(Answer::fault(&cause));
    let types: Vec<ResourceType> = ResourceType::all().collect();
    let index = &own.visit.place.index;
    let one = index.one_person(own.permitted.scope(), *person, &types).map_err(fault)?;
    if one.presence(&types, Categories::ALL).map_err(fault)?.seen > MOST {
        return Err(Box::new(Answer::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-costly",
            "insight-too-large",
            "Det er registrert for mye til ett svar. Hent det side for side med Patient/[id]/$everything.",
            "There is too much for one answer. Fetch it page by page with Patient/[id]/$everything.",
        )));
    }
    Ok(one.read(&types, Categories::ALL).map_err(fault)?.0)
}

fn told(own: &Own, form: Form, versions: Vec<Version>) -> Answer {
    let seen: Vec<Seen> = versions.iter().map(Seen::from).collect();
    let scope = own.permitted.scope();
    let bodies: Vec<(Version, bytes::Bytes)> = versions
        .into_iter()
        .filter_map(|version| {
            let body = crate::minimise::body(scope, version.clone())?.0;
            Some((version, body))
        })
        .collect();
    let answer = match form {
        Form::Bundle => Answer::json(StatusCode::OK, bundle(own, &bodies)).header(header::CONTENT_TYPE, FHIR_JSON),
        Form::Lines => Answer::json(StatusCode::OK, lines(&bodies)).header(header::CONTENT_TYPE, "application/fhir+ndjson"),
        Form::Page => page::answer(own, &bodies),
    };
    answer.seen(seen)
}

/// Stored resources have no line breaks between elements, so each is a line as it is.
fn lines(bodies: &[(Version, bytes::Bytes)]) -> String {
    let mut out = String::new();
    for (_, body) in bodies {
        out.push_str(&String::from_utf8_lossy(body));
        out.push('\n');
    }
    out
}

fn bundle(own: &Own, bodies: &[(Version, bytes::Bytes)]) -> String {
    let base = own.visit.server.fhir_base(&own.visit.place);
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":\"{}\"",
        format_instant(own.visit.now_ms)
    );
    for (number, (version, body)) in bodies.iter().enumerate() {
        out.push_str(if number == 0 { ",\"entry\":[{" } else { ",{" });
        if is_own(own, body) {
            out.push_str(&format!(
                "\"extension\":[{{\"url\":\"{OWN_CONTRIBUTION}\",\"valueBoolean\":true}}],"
            ));
        }
        out.push_str("\"fullUrl\":");
        escape_into(&format!("{base}/{}/{}", version.rtype.name(), version.id), &mut out);
        out.push_str(",\"resource\":");
        out.push_str(&String::from_utf8_lossy(body));
        out.push('}');
    }
    out.push_str(if bodies.is_empty() { "}" } else { "]}" });
    out
}

/// Whether the citizen has contributed it herself: she is named as who has measured, written or told it.
fn is_own(own: &Own, body: &[u8]) -> bool {
    let document = json::parse(body, json::Limits::default());
    document.is_ok_and(|document| {
        let root = document.root();
        CONTRIBUTORS
            .iter()
            .any(|name| root.items(name).any(|reference| is_she(own, reference)))
    })
}

/// Whether a reference is to the citizen, by a Patient of hers or by her number.
fn is_she(own: &Own, reference: Value<'_>) -> bool {
    let numbered = reference.get("identifier").is_some_and(|identifier| {
        let (system, value) = (identifier.str("system"), identifier.str("value"));
        nin_of(system.as_deref(), value.as_deref().unwrap_or_default()).is_some_and(|nin| nin.as_str() == own.nin.as_str())
    });
    let named = reference.str("reference").is_some_and(|text| {
        let patient = text.strip_prefix("Patient/").map(|rest| rest.split('/').next().unwrap_or(rest));
        let person = patient.and_then(|id| own.visit.place.log.person(&format!("Patient/{id}")).ok().flatten());
        person.is_some_and(|person| own.persons.contains(&person))
    });
    numbered || named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let by = |accept: &str, text: &str| {
            let mut headers = HeaderMap::new();
            if let Ok(value) = accept.parse() {
                headers.insert(header::ACCEPT, value);
            }
            wanted(&headers, text)
        };
        assert_eq!(by("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", ""), Some(Form::Page));
        assert_eq!(by("application/fhir+ndjson", ""), Some(Form::Lines));
        assert_eq!(by("*/*", ""), Some(Form::Bundle));
        assert_eq!(by("text/html", "_format=json"), Some(Form::Bundle));
        assert_eq!(by("image/png", ""), None);
        assert_eq!(wanted(&HeaderMap::new(), ""), Some(Form::Bundle));
    }
}
