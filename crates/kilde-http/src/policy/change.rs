//! Changes of policy: checked, proposed, approved, withdrawn.

use super::{body_as, enter_with_body, told, widening};
use crate::answer::Answer;
use crate::entrance::{Left, Visit};
use crate::heavy::heavy;
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use kilde_access::ledger::{By, NoStep, Step};
use kilde_access::widening::{self, Widening};
use kilde_access::{Action, Actor, Municipal};
use kilde_intake::PolicyStepError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Characters of a reason, at least and at most.
const WHY: std::ops::RangeInclusive<usize> = 5..=1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposed {
    base: u32,
    why: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checked {
    text: String,
}

/// `POST /admin/policy/check`: what is wrong with a text, and how it would widen. Nothing is stored.
pub async fn check(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (visit, permitted, body) = match enter_with_body(&server, &instance, request, "policy-check", Action::PolicyPropose).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let answer = match checked(&visit, &body).await {
        Ok(answer) | Err(answer) => *answer,
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

async fn checked(visit: &Visit, body: &[u8]) -> Result<Box<Answer>, Box<Answer>> {
    let Checked { text } = body_as(body)?;
    let (base, widens) = read(visit, text).await?;
    let told: Vec<Value> = widens.iter().map(widening).collect();
    let body = json!({ "base": base, "widens": told });
    Ok(Box::new(Answer::json(StatusCode::OK, body.to_string())))
}

/// The version in force, and how a text widens just that; or what is wrong with it.
async fn read(visit: &Visit, text: String) -> Result<(u32, Vec<Widening>), Box<Answer>> {
    let policy = visit.place.policy.current();
    let version = policy.in_force().version;
    let read = heavy(move || Municipal::from_toml(&text).map(|municipal| widening::of(&policy, &municipal))).await;
    match read {
        Err(answer) => Err(Box::new(answer)),
        Ok(Err(findings)) => Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings))),
        Ok(Ok(widens)) => Ok((version, widens)),
    }
}

/// `POST /admin/policy/proposals`: proposes a text. It is stored, and changes nothing until it is approved.
pub async fn propose(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (visit, permitted, body) = match enter_with_body(&server, &instance, request, "policy-propose", Action::PolicyPropose).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let answer = match proposed(&visit, body).await {
        Ok(answer) | Err(answer) => *answer,
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

async fn proposed(visit: &Visit, body: Vec<u8>) -> Result<Box<Answer>, Box<Answer>> {
    let Proposed { base, why, text } = body_as(&body)?;
    if !WHY.contains(&why.trim().chars().count()) {
        return Err(Box::new(Answer::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "value",
            "policy-why",
            "Si med ord hvorfor regelen endres (`why`), 5 til 1000 tegn.",
            "Say in words why the policy is changed (`why`), 5 to 1,000 characters.",
        )));
    }
    let (version, widens) = read(visit, text.clone()).await?;
    if version != base {
        // What it widens was judged against the one in force, and counts for no other.
        return Err(Box::new(refusal(&NoStep::Outdated(version).into())));
    }
    let step = Step::Proposed {
        text,
        base,
        widens,
        why: why.trim().to_owned(),
        by: by(visit)?,
    };
    let id = taken(visit, None, step, body).await?;
    let (url, instance) = (&visit.server.public_url, visit.place.instance.as_str());
    let location = format!("{url}/{instance}/admin/policy/proposals/{id}");
    let answer = after(visit, &id, StatusCode::CREATED);
    Ok(Box::new(answer.header(header::LOCATION, location)))
}

/// `POST /admin/policy/proposals/{id}/approve`: takes a proposal into force, from the event that says so.
pub async fn approve(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let (visit, permitted, body) = match enter_with_body(&server, &instance, request, "policy-approve", Action::PolicyApprove).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let answer = match approved(&visit, id, body).await {
        Ok(answer) | Err(answer) => *answer,
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

async fn approved(visit: &Visit, id: String, body: Vec<u8>) -> Result<Box<Answer>, Box<Answer>> {
    let by = by(visit)?;
    let ledger = visit.place.index.ledger();
    let step = Step::Approved { by: by.clone() };
    ledger.permits(&id, &step).map_err(|no| Box::new(refusal(&no.into())))?;
    let Some(proposal) = ledger.proposals().find(|one| one.id == id) else {
        return Err(Box::new(Answer::not_found()));
    };
    // Judged anew by what is in force now: the instance's file, or this program, may have changed since it was proposed.
    let (_, widens) = read(visit, proposal.text.clone()).await?;
    if !widens.is_empty() && by.pid == proposal.proposed.by.pid {
        return Err(Box::new(refusal(&NoStep::SecondPerson.into())));
    }
    let id = taken(visit, Some(id), step, body).await?;
    Ok(Box::new(after(visit, &id, StatusCode::OK)))
}

/// `POST /admin/policy/proposals/{id}/withdraw`: puts a proposal aside.
pub async fn withdraw(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let (visit, permitted, body) = match enter_with_body(&server, &instance, request, "policy-withdraw", Action::PolicyPropose).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let answer = match by(&visit) {
        Err(answer) => *answer,
        Ok(by) => match taken(&visit, Some(id), Step::Withdrawn { by }, body).await {
            Err(answer) => *answer,
            Ok(id) => after(&visit, &id, StatusCode::OK),
        },
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

fn by(visit: &Visit) -> Result<By, Box<Answer>> {
    match &visit.identity.actor {
        Actor::Personnel { pid, name, .. } => Ok(By {
            pid: pid.clone(),
            name: name.clone(),
            client: visit.identity.client.clone(),
        }),
        // The policies let nobody else come here.
        _ => Err(Box::new(Answer::not_found())),
    }
}

/// Takes a step; when it is durable, what is in force by the log is taken into use.
async fn taken(visit: &Visit, id: Option<String>, step: Step, original: Vec<u8>) -> Result<String, Box<Answer>> {
    let (place, now_ms) = (visit.place.clone(), visit.now_ms);
    let work = move || {
        let made = place.intake.policy_step(id.as_deref(), &step, original, now_ms);
        // Also when it is not certain that it was stored: what is in force is what the log says.
        place.policy.renew(&place.index.ledger());
        made
    };
    match tokio::task::spawn_blocking(work).await {
        Err(cause) => Err(Box::new(Answer::fault(&cause))),
        Ok(Err(error)) => Err(Box::new(refusal(&error))),
        Ok(Ok((id, event))) => {
            tracing::info!(
                instance = visit.place.instance.as_str(),
                event = event.0,
                interaction = visit.interaction,
                version = visit.place.policy.current().in_force().version,
                "a change of policy"
            );
            Ok(id)
        }
    }
}

/// The proposal as it is now.
fn after(visit: &Visit, id: &str, status: StatusCode) -> Answer {
    let ledger = visit.place.index.ledger();
    match ledger.proposals().find(|one| one.id == id) {
        Some(one) => Answer::json(status, told(one, ledger.version()).to_string()),
        None => Answer::not_found(),
    }
}

fn refusal(error: &PolicyStepError) -> Answer {
    match error {
        PolicyStepError::Refused(NoStep::Absent) => Answer::error(
            StatusCode::NOT_FOUND,
            "not-found",
            "policy-proposal-not-open",
            "Det er ikke noe åpent forslag med denne id-en.",
            "There is no open proposal with that id.",
        ),
        PolicyStepError::Refused(NoStep::Outdated(version)) => Answer::error(
            StatusCode::CONFLICT,
            "conflict",
            "policy-outdated",
            &format!(
                "Versjon {version} gjelder nå, og forslaget endrer en annen. Hent reglene på nytt, og foreslå endringen av dem (`base`)."
            ),
            &format!(
                "Version {version} is in force now, and the proposal changes another. Fetch the policy again, and propose a change of it (`base`)."
            ),
        ),
        PolicyStepError::Refused(NoStep::SecondPerson) => Answer::error(
            StatusCode::FORBIDDEN,
            "forbidden",
            "policy-second-person",
            "Endringen gir noen tilgang til mer. Da må en annen enn den som foreslo den, godkjenne.",
            "The change gives somebody access to more. Then another than who proposed it must approve.",
        ),
        PolicyStepError::Refused(NoStep::TooMany) => Answer::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too-costly",
            "policy-proposals-too-many",
            "Det er for mange åpne forslag. Trekk noen av dem tilbake.",
            "There are too many open proposals. Withdraw some of them.",
        ),
        PolicyStepError::Form(_) | PolicyStepError::Log(_) | PolicyStepError::Index(_) => {
            tracing::error!(cause = %error, "a change of policy could not be taken in");
            Answer::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "transient",
                "policy-unavailable",
                "Endringen ble kanskje ikke lagret. Se etter om den står der, og forsøk igjen om litt.",
                "The change may not have been stored. Look whether it is there, and try again shortly.",
            )
            .header(header::RETRY_AFTER, "2")
        }
    }
}
