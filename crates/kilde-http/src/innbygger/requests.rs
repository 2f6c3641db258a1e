//! Requests of citizens (*krav*): she asks at `/{instance}/innbygger/krav`, whoever is to answer does so at `/{instance}/krav`. Described in
//! `docs/citizen/requests.md`.

use super::form;
use super::own::{MOST, Named, Own, declared, enter_own};
use crate::answer::{Answer, etag};
use crate::body::read_body;
use crate::entrance::{Left, Permitted, Subject, Visit, enter};
use crate::query;
use crate::server::Server;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{get, put};
use kilde_access::block::Covers;
use kilde_access::log::Lang;
use kilde_access::request::{CONTROLLER, OwnRequest, Status, Wish};
use kilde_access::{Action, Actor, Declaration, Relations};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_index::{OwnDeclaration, Read};
use kilde_intake::{Declare, Which, Whose};
use kilde_log::PersonNo;
use serde_json::{Value, json};
use std::sync::Arc;

/// The kind of declaration, with which its ids begin.
const KIND: &str = "request";
/// Characters of her words, or of an answer, at most.
const WORDS: usize = 4_000;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/innbygger/krav", get(list).post(ask))
        .route("/{instance}/innbygger/krav/{id}", get(one).delete(withdraw))
        .route("/{instance}/krav", get(to_answer))
        .route("/{instance}/krav/{id}", put(answer))
}

async fn own(server: &Arc<Server>, instance: &str, request: Request, interaction: &'static str) -> Result<Own, Response> {
    enter_own(server, instance, request, interaction, Action::Requests).await
}

/// `GET /innbygger/krav`
async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "requests").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.declarations().map(|all| {
        let requests: Vec<Value> = all.iter().filter_map(|one| told(one, own.lang())).collect();
        Answer::json(StatusCode::OK, json!({ "requests": requests }).to_string())
    });
    own.leave(answer).await
}

/// `POST /innbygger/krav`
async fn ask(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "request-make").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = asked(&own).await;
    own.leave(answer).await
}

async fn asked(own: &Own) -> Result<Answer, Box<Answer>> {
    let request = read(own)?;
    let made = own.declare(Named::New, Some(Declaration::Request(request))).await?;
    let location = own.location("krav", &made.id);
    Ok(shown(&made, own.lang(), StatusCode::CREATED).header(header::LOCATION, location))
}

/// `GET /innbygger/krav/{id}`
async fn one(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "request").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.versions(KIND, &id).map(|versions| match versions.first() {
        Some(newest) => shown(newest, own.lang(), StatusCode::OK),
        None => Answer::not_found(),
    });
    own.leave(answer).await
}

/// `DELETE /innbygger/krav/{id}`
async fn withdraw(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "request-withdraw").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.lift(KIND, id).await;
    own.leave(answer).await
}

/// The request in a body.
fn read(own: &Own) -> Result<OwnRequest, Box<Answer>> {
    let body = own.object()?;
    let mut findings = Vec::new();
    form::known(&body, &["kind", "element", "entry", "text"], &mut findings);
    let wish = body["kind"].as_str().and_then(Wish::from_name);
    if wish.is_none() {
        findings.push(form::wrong(
            "kind",
            "request-kind",
            "correction, deletion eller objection",
            "correction, deletion or objection",
        ));
    }
    let text = words(&body["text"]);
    if text.is_none() {
        findings.push(form::wrong(
            "text",
            "request-text",
            "dine ord, høyst 4000 tegn",
            "your words, 4,000 characters at most",
        ));
    }
    let about = match wish {
        Some(Wish::Objection) => objected(own, &body, &mut findings)?,
        Some(_) => element(own, &body, &mut findings)?,
        None => None,
    };
    match (wish, text, about) {
        (Some(wish), Some(text), Some((element, version, entry, to))) if findings.is_empty() => Ok(OwnRequest {
            wish,
            element,
            version,
            entry,
            text,
            to,
            status: Status::Sent,
            answer: None,
        }),
        _ => Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings as &[Finding]))),
    }
}

/// Words of a person: a text that is not empty, without control characters but line breaks.
fn words(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let fine = !text.is_empty() && text.chars().count() <= WORDS && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\r');
    fine.then(|| text.to_owned())
}

/// Element, version, entry, and who is to answer.
type About = (Option<String>, Option<u32>, Option<u64>, String);

fn element(own: &Own, body: &Value, findings: &mut Vec<Finding>) -> Result<Option<About>, Box<Answer>> {
    let reference = body["element"].as_str().unwrap_or_default();
    if let Some(Covers::Element { rtype, id }) = form::element(own, reference)?
        && let Some(known) = ResourceType::from_name(&rtype)
    {
        let read = own.visit.place.index.read(own.permitted.scope(), known, &id);
        if let Read::Found(version) = read.map_err(|cause| Box::new(Answer::fault(&cause)))? {
            let to = version.source.as_ref().to_owned();
            return Ok(Some((Some(format!("{rtype}/{id}")), Some(version.version), None, to)));
        }
    }
    findings.push(Finding::error(
        "not-found",
        "request-element-unknown",
        "element",
        "Det er ingen opplysning om deg med denne referansen. Den er på formen Observation/id.",
        "There is nothing about you with this reference. Its form is Observation/id.",
    ));
    Ok(None)
}

/// An emergency access in her own log.
fn objected(own: &Own, body: &Value, findings: &mut Vec<Finding>) -> Result<Option<About>, Box<Answer>> {
    if let Some(no) = body["entry"].as_u64() {
        let entry = own
            .visit
            .place
            .access_log
            .read(no)
            .map_err(|cause| Box::new(Answer::fault(&cause)))?;
        let hers = entry.is_some_and(|entry| {
            entry.ground.as_deref() == Some("emergency") && own.persons.contains(&PersonNo(entry.person)) && entry.person != 0
        });
        if hers {
            return Ok(Some((None, None, Some(no), CONTROLLER.to_owned())));
        }
    }
    findings.push(Finding::error(
        "not-found",
        "request-entry-unknown",
        "entry",
        "Tilgangsloggen din har ingen tilgang i øyeblikkelig hjelp med dette nummeret. Bruk no fra en oppføring i den.",
        "Your access log has no emergency access with this number. Use no of an entry in it.",
    ));
    Ok(None)
}

fn shown(one: &OwnDeclaration, lang: Lang, status: StatusCode) -> Answer {
    match told(one, lang) {
        Some(request) => Answer::json(status, request.to_string()).header(header::ETAG, etag(one.version)),
        None => Answer::not_found(),
    }
}

/// A request as both sides see it; `None` if it is something else, or withdrawn.
fn told(one: &OwnDeclaration, lang: Lang) -> Option<Value> {
    let Some(Declaration::Request(request)) = &one.declaration else {
        return None;
    };
    let mut out = json!({
        "id": one.id,
        "version": one.version,
        "kind": request.wish.name(),
        "text": request.text,
        "status": request.status.name(),
        "statusText": status(request.status, lang),
        "changed": kilde_access::log::when(one.declared_ms, lang),
        "changedMs": one.declared_ms,
    });
    for (name, value) in [
        ("element", request.element.as_ref().map(|e| json!(e))),
        ("elementVersion", request.version.map(|v| json!(v))),
        ("entry", request.entry.map(|e| json!(e))),
        ("answer", request.answer.as_ref().map(|a| json!(a))),
    ] {
        if let Some(value) = value {
            out[name] = value;
        }
    }
    Some(out)
}

fn status(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Sent => lang.pick("Sendt, ikke mottatt ennå", "Sendt, ikkje motteke enno", "Sent, not received yet"),
        Status::Received => lang.pick("Mottatt, til behandling", "Motteke, til handsaming", "Received, being handled"),
        Status::Done => lang.pick("Gjennomført", "Gjennomført", "Done"),
        Status::Refused => lang.pick("Avslått, se svaret", "Avslått, sjå svaret", "Refused, see the answer"),
    }
}

/// Whom somebody answers for: a source for itself, oversight for the controller.
fn answers_for(visit: &Visit, permitted: &Permitted) -> Option<String> {
    match visit.identity.actor {
        Actor::System => permitted.scope().source().map(str::to_owned),
        _ => Some(CONTROLLER.to_owned()),
    }
}

/// What is routed to somebody: whose, and its newest version.
fn routed(visit: &Visit, to: &str) -> Result<Vec<OwnDeclaration>, Box<Answer>> {
    let Some(declared) = visit.place.index.declared() else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for (person, id, _) in declared.requests().filter(|(_, _, request)| request.to == to) {
        let versions = visit.place.index.declaration_versions(person, id);
        out.extend(versions.map_err(|cause| Box::new(Answer::fault(&cause)))?.into_iter().next());
    }
    out.sort_by_key(|one| one.event);
    Ok(out)
}

/// `GET /{instance}/krav?all=true`: what the asker is to answer, the oldest first.
async fn to_answer(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "request-list").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let all = query::value(parts.uri.query().unwrap_or(""), "all").as_deref() == Some("true");
    let left = match visit.decide(Action::RequestsAnswer, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let to = answers_for(&visit, &permitted).unwrap_or_default();
            match routed(&visit, &to) {
                Err(answer) => Left::permitted(permitted, *answer),
                Ok(routed) => {
                    let is_open = |one: &OwnDeclaration| matches!(&one.declaration, Some(Declaration::Request(r)) if r.status.is_open());
                    let shown: Vec<&OwnDeclaration> = routed.iter().filter(|one| all || is_open(one)).collect();
                    let mut persons: Vec<PersonNo> = shown.iter().map(|one| one.person).collect();
                    persons.sort_unstable();
                    persons.dedup();
                    let lang = Lang::from_tag(visit.language);
                    let requests: Vec<Value> = shown.iter().filter_map(|one| told(one, lang)).collect();
                    let answer = Answer::json(StatusCode::OK, json!({ "requests": requests }).to_string());
                    // Each of them finds it in her own log.
                    Left::permitted(permitted, answer).about(&persons)
                }
            }
        }
    };
    visit.leave(left).await
}

/// `PUT /{instance}/krav/{id}` with `{"status": "received"|"done"|"refused", "answer": "..."}`
async fn answer(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "request-answer").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let body = match read_body(body, &server.limits).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let permitted = match visit.decide(Action::RequestsAnswer, &Subject::default(), None) {
        Err(refused) => return visit.leave(refused).await,
        Ok(permitted) => permitted,
    };
    let to = answers_for(&visit, &permitted).unwrap_or_default();
    let left = match answered(&visit, &to, &id, body).await {
        Ok((person, answer)) => Left::permitted(permitted, answer).about(&[person]),
        Err(answer) => Left::permitted(permitted, *answer),
    };
    visit.leave(left).await
}

async fn answered(visit: &Visit, to: &str, id: &str, body: Vec<u8>) -> Result<(PersonNo, Answer), Box<Answer>> {
    let (status, text) = decision(&body)?;
    // What is routed to somebody else is not there.
    let found = routed(visit, to)?.into_iter().find(|one| one.id == id);
    let Some((person, version, Declaration::Request(request))) = found.and_then(|one| Some((one.person, one.version, one.declaration?)))
    else {
        return Err(Box::new(Answer::not_found()));
    };
    let request = OwnRequest {
        status,
        answer: text.or(request.answer.clone()),
        ..request
    };
    let (intake, client, now_ms, id) = (
        visit.place.intake.clone(),
        visit.identity.client.clone(),
        visit.now_ms,
        id.to_owned(),
    );
    let work = move || {
        intake.declare(Declare {
            whose: Whose::Person(person),
            which: Which::There(&id, Some(version)),
            declaration: Some(Declaration::Request(request)),
            client: &client,
            original: body,
            now_ms,
            most: MOST,
        })
    };
    let made = declared(work).await?;
    Ok((person, shown(&made, Lang::from_tag(visit.language), StatusCode::OK)))
}

/// Status and words of an answer.
fn decision(body: &[u8]) -> Result<(Status, Option<String>), Box<Answer>> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut findings = Vec::new();
    form::known(&body, &["status", "answer"], &mut findings);
    let status = body["status"].as_str().and_then(Status::from_answer);
    if status.is_none() {
        findings.push(form::wrong(
            "status",
            "request-status",
            "received, done eller refused",
            "received, done or refused",
        ));
    }
    let text = words(&body["answer"]);
    if (!body["answer"].is_null() || status == Some(Status::Refused)) && text.is_none() {
        findings.push(form::wrong(
            "answer",
            "request-answer",
            "ord til innbyggeren, høyst 4000 tegn; et avslag skal begrunnes",
            "words to the citizen, 4,000 characters at most; a refusal must be explained",
        ));
    }
    match status {
        Some(status) if findings.is_empty() => Ok((status, text)),
        _ => Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings))),
    }
}
