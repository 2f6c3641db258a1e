//! Blocks (*sperringer*) and reservation: `/{instance}/innbygger/sperringer` and `/{instance}/innbygger/reservasjon`. Described in
//! `docs/citizen/blocks.md`.

use super::own::{Named, Own, enter_own};
use super::readers::Naming;
use super::{choices, form, words};
use crate::answer::{Answer, etag};
use crate::server::Server;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use kilde_access::block::{Against, Block, Covers};
use kilde_access::{Action, Declaration};
use kilde_index::OwnDeclaration;
use serde_json::{Value, json};
use std::sync::Arc;

/// The id of a citizen's one reservation.
const RESERVATION: &str = "reservasjon";

/// The kind of declaration, with which its ids begin.
const KIND: &str = "block";

/// What the id of a block begins with, or that of the reservation.
fn kind_of(id: &str) -> &'static str {
    if id == RESERVATION { RESERVATION } else { KIND }
}

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/innbygger/sperringer", get(list).post(register))
        .route("/{instance}/innbygger/sperringer/valg", get(choose))
        .route("/{instance}/innbygger/sperringer/{id}", get(one).put(change).delete(lift))
        .route("/{instance}/innbygger/sperringer/{id}/historikk", get(history))
        .route("/{instance}/innbygger/reservasjon", get(reserved).put(reserve).delete(unreserve))
}

async fn own(server: &Arc<Server>, instance: &str, request: Request, interaction: &'static str) -> Result<Own, Response> {
    enter_own(server, instance, request, interaction, Action::Declarations).await
}

/// `GET /innbygger/sperringer?lifted=true`
async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "blocks").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let lifted = crate::query::value(&own.query, "lifted").as_deref() == Some("true");
    let answer = own.declarations().map(|all| {
        let shown = all.iter().filter(|one| one.id.starts_with(KIND));
        let blocks: Vec<Value> = shown
            .filter_map(|one| told(&own, one))
            .filter(|b| lifted || b["inForce"] == true)
            .collect();
        Answer::json(StatusCode::OK, json!({ "blocks": blocks }).to_string())
    });
    own.leave(answer).await
}

/// `POST /innbygger/sperringer`
async fn register(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-register").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = registered(&own).await;
    own.leave(answer).await
}

async fn registered(own: &Own) -> Result<Answer, Box<Answer>> {
    let block = form::block(own)?;
    let made = own.declare(Named::New, Some(Declaration::Block(block))).await?;
    let location = own.location("sperringer", &made.id);
    Ok(block_answer(own, &made, StatusCode::CREATED).header(header::LOCATION, location))
}

/// `GET /innbygger/sperringer/valg`
async fn choose(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-choices").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let all = choices::all(&own.visit.place, own.lang());
    own.leave(Ok(Answer::json(StatusCode::OK, all.to_string()))).await
}

/// `GET /innbygger/sperringer/{id}`
async fn one(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = newest(&own, &id);
    own.leave(answer).await
}

fn newest(own: &Own, id: &str) -> Result<Answer, Box<Answer>> {
    let versions = own.versions(kind_of(id), id)?;
    match versions.first() {
        Some(newest) => Ok(block_answer(own, newest, StatusCode::OK)),
        None => Ok(Answer::not_found()),
    }
}

/// `GET /innbygger/sperringer/{id}/historikk`
async fn history(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-history").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.versions(kind_of(&id), &id).map(|all| {
        let versions: Vec<Value> = all.iter().filter_map(|one| told(&own, one)).collect();
        Answer::json(StatusCode::OK, json!({ "versions": versions }).to_string())
    });
    own.leave(answer).await
}

/// `PUT /innbygger/sperringer/{id}`, with `If-Match` if another change in between is to be noticed.
async fn change(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-change").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = changed(&own, id).await;
    own.leave(answer).await
}

async fn changed(own: &Own, id: String) -> Result<Answer, Box<Answer>> {
    own.versions(kind_of(&id), &id)?;
    let block = form::block(own)?;
    let made = own.declare(Named::There(id), Some(Declaration::Block(block))).await?;
    Ok(block_answer(own, &made, StatusCode::OK))
}

/// `DELETE /innbygger/sperringer/{id}`
async fn lift(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-lift").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.lift(kind_of(&id), id.clone()).await;
    own.leave(answer).await
}

/// `GET /innbygger/reservasjon`
async fn reserved(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "reservation").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = newest(&own, RESERVATION);
    own.leave(answer).await
}

/// `PUT /innbygger/reservasjon` with `{"emergencyOpens": true|false}`
async fn reserve(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-register").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = reservation(&own).await;
    own.leave(answer).await
}

async fn reservation(own: &Own) -> Result<Answer, Box<Answer>> {
    let body = own.object()?;
    let mut findings = Vec::new();
    form::known(&body, &["emergencyOpens"], &mut findings);
    let opens = body.get("emergencyOpens").map_or(Some(false), Value::as_bool);
    if opens.is_none() {
        findings.push(form::wrong(
            "emergencyOpens",
            "block-emergency",
            "true eller false",
            "true or false",
        ));
    }
    let Some(emergency_opens) = opens.filter(|_| findings.is_empty()) else {
        return Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings)));
    };
    let block = Block {
        against: Against::OthersThanSource,
        covers: Covers::Everything,
        emergency_opens,
    };
    let made = own.declare(Named::Any(RESERVATION), Some(Declaration::Block(block))).await?;
    Ok(block_answer(own, &made, StatusCode::OK))
}

/// `DELETE /innbygger/reservasjon`
async fn unreserve(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "block-lift").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.lift(RESERVATION, RESERVATION.to_owned()).await;
    own.leave(answer).await
}

fn block_answer(own: &Own, one: &OwnDeclaration, status: StatusCode) -> Answer {
    match told(own, one) {
        Some(block) => Answer::json(status, block.to_string()).header(header::ETAG, etag(one.version)),
        None => Answer::not_found(),
    }
}

/// A version of a block as its citizen sees it; `None` if it is something else.
fn told(own: &Own, one: &OwnDeclaration) -> Option<Value> {
    let lang = own.lang();
    let mut out = json!({
        "id": one.id,
        "version": one.version,
        "inForce": one.declaration.is_some(),
        "declared": kilde_access::log::when(one.declared_ms, lang),
        "declaredMs": one.declared_ms,
    });
    match &one.declaration {
        None => out["text"] = lang.pick("Opphevet.", "Oppheva.", "Lifted.").into(),
        Some(Declaration::Block(block)) => {
            out["against"] = against(&block.against, own);
            out["covers"] = covers(&block.covers);
            out["emergencyOpens"] = block.emergency_opens.into();
            out["text"] = words::block(block, &own.visit.place, lang).into();
        }
        Some(_) => return None,
    }
    Some(out)
}

fn against(against: &Against, own: &Own) -> Value {
    match against {
        Against::Everyone => "everyone".into(),
        Against::OthersThanSource => "others-than-source".into(),
        Against::Organisation { number } => json!({ "organisation": number }),
        Against::Reader { pid, .. } => json!({ "reader": Naming::new(&own.visit).reference(pid) }),
    }
}

fn covers(covers: &Covers) -> Value {
    match covers {
        Covers::Everything => "everything".into(),
        Covers::Category { name } => json!({ "category": name }),
        Covers::Element { rtype, id } => json!({ "element": format!("{rtype}/{id}") }),
        Covers::Period { days } => {
            let mut period = json!({});
            for (name, date) in [("from", days.first()), ("to", days.last())] {
                if let Some(date) = date {
                    period[name] = date.to_string().into();
                }
            }
            json!({ "period": period })
        }
    }
}
