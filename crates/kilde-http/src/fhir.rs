//! `/{instance}/fhir/r4/...`: from request to interaction.

use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, enter};
use crate::interactions as on;
use crate::prefer;
use crate::route::{Interaction, NoRoute, route};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use kilde_index::Over;
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
    /// Body.
    pub body: Vec<u8>,
}

async fn serve(server: Arc<Server>, instance: String, rest: String, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let interaction = match route(&parts.method, &rest) {
        Ok(interaction) => interaction,
        Err(none) => return no_route(none).release(),
    };
    if interaction == Interaction::Capabilities {
        return on::capabilities::answer(&server, &instance).release();
    }
    if !prefer::takes_json(
        &parts.headers,
        crate::query::value(parts.uri.query().unwrap_or(""), "_format").as_deref(),
    ) {
        return not_acceptable().release();
    }
    let visit = match enter(&server, &instance, &parts, interaction.name()).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let body = match read_body(body, &server.limits).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let search_form = matches!(
        interaction,
        Interaction::Search(_) | Interaction::SearchSystem | Interaction::SearchCompartment(..)
    );
    if !body.is_empty() && !search_form && !prefer::is_json(&parts.headers) {
        return unsupported_media_type().release();
    }
    let head = parts.method == Method::HEAD;
    let query = parts.uri.query().unwrap_or("").to_owned();
    let asked = Asked {
        method: parts.method,
        headers: parts.headers,
        query,
        body,
    };
    let left = match interaction {
        Interaction::Capabilities => unreachable_capabilities(),
        Interaction::Read(rtype, id) => on::read::read(&visit, &asked, rtype, &id),
        Interaction::Vread(rtype, id, version) => on::read::vread(&visit, &asked, rtype, &id, &version),
        Interaction::History(rtype, id) => on::history::instance(&visit, &asked, rtype, &id),
        Interaction::Search(rtype) => on::search::search(&visit, &asked, Over::Type(rtype)),
        Interaction::SearchSystem => on::search::search(&visit, &asked, Over::System),
        Interaction::SearchCompartment(patient, rtype) => on::search::search(&visit, &asked, Over::Compartment { patient, rtype }),
        Interaction::Create(rtype) => on::write::create(&visit, asked, rtype).await,
        Interaction::Update(rtype, id) => on::write::update(&visit, asked, rtype, id).await,
        Interaction::ConditionalUpdate(rtype) => on::write::conditional_update(&visit, asked, rtype).await,
        Interaction::Delete(rtype, id) => on::write::delete(&visit, asked, rtype, id).await,
        Interaction::Bundle => on::write::bundle(&visit, asked).await,
        Interaction::ProcessMessage => on::write::process_message(&visit, asked).await,
        Interaction::Overview => on::overview::overview(&visit, &asked),
        Interaction::Status => on::overview::status(&visit, &asked),
    };
    let mut response = visit.leave(left).await;
    if head {
        *response.body_mut() = axum::body::Body::empty();
    }
    response
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

fn not_acceptable() -> Answer {
    Answer::error(
        StatusCode::NOT_ACCEPTABLE,
        "not-supported",
        "format",
        "Vi svarer med application/fhir+json. XML kommer senere.",
        "We answer with application/fhir+json. XML comes later.",
    )
}

fn unsupported_media_type() -> Answer {
    Answer::error(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not-supported",
        "content-type",
        "Innholdet skal være application/fhir+json (eller application/json).",
        "The content must be application/fhir+json (or application/json).",
    )
    .header(header::ACCEPT, "application/fhir+json")
}
