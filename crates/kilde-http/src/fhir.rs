//! `/{instance}/fhir/r4/...`: from request to interaction.

use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, enter};
use crate::formats::{self, Delivered};
use crate::interactions as on;
use crate::oversight::audit_event;
use crate::route::{Interaction, NoRoute, allowed, route};
use crate::server::Server;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use kilde_index::Over;
use kilde_intake::Notation;
use std::sync::Arc;

/// `/{instance}/fhir/r4`
pub async fn root(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    serve(server, instance, String::new(), request).await
}

/// `/{instance}/fhir/r4/{rest}`
pub async fn below(State(server): State<Arc<Server>>, Path((instance, rest)): Path<(String, String)>, request: Request) -> Response {
    serve(server, instance, rest, request).await
}

/// A request as the interactions see it.
pub struct Asked {
    /// Method.
    pub method: Method,
    /// Headers.
    pub headers: HeaderMap,
    /// Query string, undecoded.
    pub query: String,
    /// Body: as it came where it is to be stored, else in JSON.
    pub body: Vec<u8>,
    /// What the body is.
    pub delivered: Delivered,
}

impl Asked {
    /// The same question with another query, and without body and conditions.
    pub(crate) fn with_query(&self, query: &str) -> Asked {
        let mut headers = self.headers.clone();
        for name in [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
            headers.remove(name);
        }
        Asked {
            method: Method::GET,
            headers,
            query: query.to_owned(),
            body: Vec::new(),
            delivered: Delivered::Json,
        }
    }
}

/// Answers in the format that was asked for, whatever the answer is.
async fn serve(server: Arc<Server>, instance: String, rest: String, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let wanted = match formats::wanted(&parts.headers, parts.uri.query().unwrap_or("")) {
        Ok(wanted) => wanted,
        Err(_) if on::export::is_job(&rest) => formats::Wanted::default(),
        Err(answer) => return answer.release(),
    };
    let (method, path) = (parts.method.clone(), rest.clone());
    let mut response = formats::dress(answer(server, instance, rest, parts, body).await, wanted).await;
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Ok(others) = HeaderValue::from_str(&allowed(&method, &path))
    {
        // RFC 9110, 15.5.6: who is refused for the method is told which others there are.
        response.headers_mut().insert(header::ALLOW, others);
    }
    response
}

async fn answer(server: Arc<Server>, instance: String, rest: String, parts: Parts, body: Body) -> Response {
    let interaction = match route(&parts.method, &rest) {
        Ok(interaction) => interaction,
        Err(none) => return no_route(none).release(),
    };
    if interaction == Interaction::Capabilities {
        let mode = crate::query::value(parts.uri.query().unwrap_or(""), "mode");
        if mode.as_deref() == Some("terminology") {
            return on::terminology_capabilities::answer(&server, &instance).release();
        }
        return on::capabilities::answer(&server, &instance).release();
    }
    if interaction == Interaction::Versions {
        return on::versions::answer(&server, &instance).release();
    }
    let visit = match enter(&server, &instance, &parts, interaction.name()).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if interaction == Interaction::Import {
        // Not read into memory, but into a spool.
        return on::import::start(visit, parts, body).await;
    }
    let body = match read_body(body, &server.limits).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let asked = match take(&interaction, parts, body) {
        Ok(asked) => asked,
        Err(answer) => return answer.release(),
    };
    let left = match interaction {
        Interaction::Capabilities | Interaction::Versions => unreachable_capabilities(),
        Interaction::Read(rtype, id) if audit_event::is_of_log(&visit, rtype) => audit_event::read(&visit, &id),
        Interaction::Search(rtype) if audit_event::is_of_log(&visit, rtype) => audit_event::search(&visit, &asked).await,
        Interaction::Read(rtype, id) => on::read::read(&visit, &asked, rtype, &id),
        Interaction::Vread(rtype, id, version) => on::read::vread(&visit, &asked, rtype, &id, &version),
        Interaction::History(rtype, id) => on::history::instance(&visit, &asked, rtype, &id),
        Interaction::HistoryType(rtype) => on::history::of_type(&visit, &asked, rtype),
        Interaction::HistorySystem => on::history::system(&visit, &asked),
        Interaction::Search(rtype) => match on::canonical::search(&visit, &asked, rtype) {
            Some(left) => left,
            None => on::search::search(&visit, &asked, Over::Type(rtype)),
        },
        Interaction::SearchSystem => on::search::search(&visit, &asked, Over::System),
        Interaction::SearchCompartment(focus, id, rtype) => on::search::search(&visit, &asked, Over::Compartment { focus, id, rtype }),
        Interaction::Create(rtype) => on::write::create(&visit, asked, rtype).await,
        Interaction::Update(rtype, id) => on::write::update(&visit, asked, rtype, id).await,
        Interaction::ConditionalUpdate(rtype) => on::write::conditional_update(&visit, asked, rtype).await,
        Interaction::Patch(rtype, id) => on::patch::patch(&visit, asked, rtype, id).await,
        Interaction::ConditionalPatch(rtype) => on::patch::conditional_patch(&visit, asked, rtype).await,
        Interaction::ConditionalDelete(rtype) => on::write::conditional_delete(&visit, asked, rtype).await,
        Interaction::Delete(rtype, id) => on::write::delete(&visit, asked, rtype, id).await,
        Interaction::Meta(rtype, id) => on::meta::instance(&visit, &asked, rtype, &id),
        Interaction::MetaOfAll(rtype) => on::meta::several(&visit, &asked, rtype),
        Interaction::MetaChange(rtype, id, add) => on::meta::change(&visit, asked, rtype, id, add).await,
        Interaction::Everything(of, id) => on::everything::instance(&visit, &asked, of, id),
        Interaction::EverythingOfAll => on::everything::of_all(),
        Interaction::Document(id) => on::document::document(&visit, &asked, id),
        Interaction::Summary => on::overview::summary(),
        Interaction::Export(of) => on::export::start(&visit, &asked, of).await,
        Interaction::ExportStatus(job) => on::export::status(&visit, &job),
        Interaction::ExportCancel(job) => on::export::cancel(&visit, &job),
        Interaction::ExportFile(job, file) => return on::export_file::fetch(visit, &asked, &job, &file).await,
        Interaction::Import => return Answer::not_found().release(),
        Interaction::ImportStatus(job) => on::import::status(&visit, &job),
        Interaction::ImportCancel(job) => on::import::cancel(&visit, &job),
        Interaction::ImportOutcomes(job) => on::import::outcomes(&visit, &job),
        Interaction::Bundle => on::bundle::bundle(&visit, asked).await,
        Interaction::ProcessMessage => on::write::process_message(&visit, asked).await,
        Interaction::Overview => on::overview::overview(&visit, &asked),
        Interaction::Status => on::overview::status(&visit, &asked),
        Interaction::Validate(rtype, id) => on::validate::validate(&visit, asked, rtype, id).await,
        Interaction::Terminology(operation, id) => on::terminology::ask(&visit, asked, operation, id).await,
    };
    visit.leave(left).await
}

/// The request as the interaction wants it: what is stored stays as it came, the rest becomes JSON.
fn take(interaction: &Interaction, parts: Parts, body: Vec<u8>) -> Result<Asked, Box<Answer>> {
    // A search has a form, which it looks at itself.
    let form = matches!(
        interaction,
        Interaction::Search(_) | Interaction::SearchSystem | Interaction::SearchCompartment(..)
    ) || (matches!(
        interaction,
        Interaction::Everything(..) | Interaction::Document(_) | Interaction::Export(_)
    ) && is_form(&parts.headers));
    let patch = matches!(interaction, Interaction::Patch(..) | Interaction::ConditionalPatch(_));
    let delivered = match formats::delivered(&parts.headers) {
        _ if form || body.is_empty() => Delivered::Json,
        Ok(Delivered::JsonPatch) if !patch => return Err(formats::unsupported()),
        Ok(delivered) => delivered,
        Err(_) if patch => return Err(formats::unsupported_patch()),
        Err(answer) => return Err(answer),
    };
    let mut asked = Asked {
        method: parts.method,
        headers: parts.headers,
        query: parts.uri.query().unwrap_or("").to_owned(),
        body,
        delivered,
    };
    if !interaction.takes_xml() && delivered == Delivered::Xml {
        asked.body =
            formats::json(asked.body, Notation::Xml).map_err(|findings| Box::new(Answer::outcome(StatusCode::BAD_REQUEST, &findings)))?;
        asked.delivered = Delivered::Json;
    }
    Ok(asked)
}

/// Whether the body is the form of a search.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    kind.split(';').next().unwrap_or("").trim() == "application/x-www-form-urlencoded"
}

fn unreachable_capabilities() -> Left {
    Left::bad(Answer::not_found())
}

fn no_route(none: NoRoute) -> Answer {
    match none {
        NoRoute::UnknownType => Answer::error(
            StatusCode::NOT_FOUND,
            "not-supported",
            "unknown-resource-type",
            "Adressen nevner ingen ressurstype i FHIR R4. Store og små bokstaver betyr noe: Patient, EpisodeOfCare.",
            "The address names no resource type of FHIR R4. Case matters: Patient, EpisodeOfCare.",
        ),
        NoRoute::Method => Answer::error(
            StatusCode::METHOD_NOT_ALLOWED,
            "not-supported",
            "method-not-allowed",
            "Adressen finnes, men ikke med denne metoden. Se GET metadata for hva som støttes.",
            "The address exists, but not with this method. See GET metadata for what is supported.",
        ),
        NoRoute::Path => Answer::error(
            StatusCode::NOT_FOUND,
            "not-found",
            "unknown-path",
            "Det er ingenting på denne adressen. Se GET metadata.",
            "There is nothing at this address. See GET metadata.",
        ),
    }
}
