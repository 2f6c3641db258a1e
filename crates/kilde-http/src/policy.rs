//! `/{instance}/admin/policy`: the policy in force, what would be decided and why, and changes of it. Described in `docs/guides/policy.md`.

mod change;
mod explain;
mod in_force;

pub use in_force::PolicyInForce;

use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, Permitted, Subject, Visit, enter};
use crate::server::{Limits, Server};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use kilde_access::Action;
use kilde_access::ledger::{Proposal, State as Stage, Taken};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

/// Bytes of a body at most.
const BODY: usize = 256 << 10;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/admin/policy", get(show))
        .route("/{instance}/admin/policy/explain", post(explain::explain))
        .route("/{instance}/admin/policy/check", post(change::check))
        .route("/{instance}/admin/policy/proposals", get(proposals).post(change::propose))
        .route("/{instance}/admin/policy/proposals/{id}", get(proposal))
        .route("/{instance}/admin/policy/proposals/{id}/approve", post(change::approve))
        .route("/{instance}/admin/policy/proposals/{id}/withdraw", post(change::withdraw))
}

/// `GET /admin/policy`: what the municipality has decided itself, its version, and every version before it.
async fn show(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    read(&server, &instance, request, "policy", |visit| Some(shown(visit))).await
}

/// `GET /admin/policy/proposals`: the proposals, newest first.
async fn proposals(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let all = |visit: &Visit| {
        let ledger = visit.place.index.ledger();
        let version = ledger.version();
        let all: Vec<Value> = ledger.proposals().rev().take(200).map(|one| told(one, version)).collect();
        Some(json!({ "proposals": all }))
    };
    read(&server, &instance, request, "policy-proposals", all).await
}

/// `GET /admin/policy/proposals/{id}`: one, with its text.
async fn proposal(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let one = |visit: &Visit| {
        let ledger = visit.place.index.ledger();
        let one = ledger.proposals().find(|one| one.id == id)?;
        let mut shown = told(one, ledger.version());
        shown["text"] = json!(one.text);
        Some(shown)
    };
    read(&server, &instance, request, "policy-proposal", one).await
}

async fn read(
    server: &Arc<Server>,
    instance: &str,
    request: Request,
    interaction: &'static str,
    work: impl FnOnce(&Visit) -> Option<Value>,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(server, instance, &parts, interaction).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let left = match visit.decide(Action::PolicyRead, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = work(&visit).map_or_else(Answer::not_found, |body| Answer::json(StatusCode::OK, body.to_string()));
            Left::permitted(permitted, answer)
        }
    };
    visit.leave(left).await
}

fn shown(visit: &Visit) -> Value {
    let ledger = visit.place.index.ledger();
    let in_force = visit.place.policy.current();
    let history: Vec<Value> = ledger
        .proposals()
        .filter(|one| matches!(one.state, Stage::Approved(..)))
        .map(|one| told(one, ledger.version()))
        .collect();
    let text = ledger
        .in_force()
        .map_or_else(|| in_force.municipal().to_toml(), |(proposal, _)| proposal.text.clone());
    json!({
        "version": in_force.in_force().version,
        "event": in_force.in_force().event.map(|event| event.0),
        "understood": in_force.is_understood(),
        "text": text,
        "history": history,
    })
}

/// A proposal without its text.
fn told(one: &Proposal, version: u32) -> Value {
    let taken = |taken: &Taken| {
        json!({
            "by": taken.by.name,
            "client": taken.by.client,
            "event": taken.event.0,
            "atMs": taken.at_ms,
        })
    };
    let widens: Vec<Value> = one.widens.iter().map(widening).collect();
    let mut told = json!({
        "id": one.id,
        "base": one.base,
        "why": one.why,
        "widens": widens,
        "proposed": taken(&one.proposed),
    });
    match &one.state {
        Stage::Open => told["state"] = json!(if one.base == version { "open" } else { "outdated" }),
        Stage::Approved(version, by) => {
            told["state"] = json!("approved");
            told["version"] = json!(version);
            told["approved"] = taken(by);
        }
        Stage::Withdrawn(by) => {
            told["state"] = json!("withdrawn");
            told["withdrawn"] = taken(by);
        }
    }
    told
}

fn widening(one: &kilde_access::widening::Widening) -> Value {
    let (nb, en) = one.told();
    json!({ "nb": nb, "en": en })
}

/// Lets somebody in with a body, for an action that is about nobody.
async fn enter_with_body(
    server: &Arc<Server>,
    instance: &str,
    request: Request,
    interaction: &'static str,
    action: Action,
) -> Result<(Visit, Permitted, Vec<u8>), Response> {
    let (parts, body) = request.into_parts();
    let visit = enter(server, instance, &parts, interaction).await?;
    // Nobody else's bytes are read.
    let permitted = match visit.decide(action, &Subject::default(), None) {
        Err(refused) => return Err(visit.leave(refused).await),
        Ok(permitted) => permitted,
    };
    match read_body(body, &limits(server)).await {
        Ok(body) => Ok((visit, permitted, body)),
        Err(answer) => Err(visit.leave(Left::permitted(permitted, answer)).await),
    }
}

fn limits(server: &Server) -> Limits {
    Limits {
        body: BODY,
        ..server.limits
    }
}

/// A body of some shape.
fn body_as<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Answer>> {
    serde_json::from_slice(body).map_err(|error| {
        // The place, and never what stands there: it may be a number of somebody's.
        let place = format!("{}:{}", error.line(), error.column());
        Box::new(Answer::error(
            StatusCode::BAD_REQUEST,
            "structure",
            "policy-body",
            &format!("Innholdet er ikke JSON av riktig form ({place}). Se docs/guides/policy.md."),
            &format!("The body is not JSON of the right shape ({place}). See docs/guides/policy.md."),
        ))
    })
}
