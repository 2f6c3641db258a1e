//! `/{instance}/admin/review-report`: who has access by role, and who used it. For the privacy officer; for a leader about her own unit.

use super::form::time;
use crate::answer::Answer;
use crate::entrance::{Left, Visit, enter};
use crate::query;
use crate::server::{Municipality, Server};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::InstancePolicy;
use kilde_access::log::{Lang, LoggedReader, Wanted, profession};
use kilde_access::roles::PROFESSIONS;
use kilde_access::{AccessEntry, AccessLogError, Action, Category, ClientKind, Purpose, UnitKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries that are looked at for one report.
const MOST: usize = 100_000;
const PAGE: usize = 2_000;
/// A report is about so many days if nothing else is said.
const DAYS: i64 = 30;

/// `GET /admin/review-report?unit=&from=&to=`
pub async fn report(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "review-report").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let text = parts.uri.query().unwrap_or("").to_owned();
    let left = match visit.decide(Action::Review, &Default::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = made(&visit, &text).await;
            Left::permitted(permitted, answer)
        }
    };
    visit.leave(left).await
}

async fn made(visit: &Visit, text: &str) -> Answer {
    let mut findings = Vec::new();
    let value = |name: &str| query::value(text, name).map_or(Value::Null, Value::from);
    let from = time(&value("from"), "from", false, &mut findings);
    let to = time(&value("to"), "to", true, &mut findings);
    if !findings.is_empty() {
        return Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings);
    }
    let identity = &visit.identity;
    let policy = visit.place.policy.current();
    let client = policy.client(&identity.client, identity.legal_entity.as_deref(), identity.unit.as_deref());
    let mut wanted = Wanted {
        unit: query::value(text, "unit"),
        automatic: Some(false),
        from_ms: Some(from.unwrap_or(visit.now_ms - DAYS * 24 * 3_600_000)),
        to_ms: to,
        ..Wanted::default()
    };
    if client.is_none_or(|client| client.kind == ClientKind::Manager) {
        wanted.organisation = Some(identity.organisation().unwrap_or_default().to_owned());
        wanted.unit = identity.unit.clone().or(wanted.unit);
    }
    let (place, lang) = (visit.place.clone(), Lang::from_tag(visit.language));
    let policy = policy.clone();
    let done = tokio::task::spawn_blocking(move || {
        let used = used(&place, &wanted, lang)?;
        Ok::<Value, AccessLogError>(json!({
            "from": wanted.from_ms,
            "to": wanted.to_ms,
            "unit": wanted.unit,
            "access": access(&policy, wanted.unit.as_deref(), lang),
            "agreements": agreements(&place, &policy),
            "used": used.0,
            "complete": used.1,
        }))
    });
    match done.await {
        Ok(Ok(body)) => Answer::json(StatusCode::OK, body.to_string()),
        Ok(Err(cause)) => Answer::fault(&cause),
        Err(cause) => Answer::fault(&cause),
    }
}

/// What each profession reaches in each unit, by purpose.
fn access(policy: &InstancePolicy, unit: Option<&str>, lang: Lang) -> Vec<Value> {
    let units = policy.units.iter().filter(|one| unit.is_none_or(|unit| one.id == unit));
    units
        .map(|unit| {
            let kind = policy.kind_of(&unit.id).unwrap_or(unit.kind);
            let roles: Vec<Value> = PROFESSIONS.iter().flat_map(|code| role(policy, kind, code, lang)).collect();
            json!({ "unit": unit.id, "name": unit.name, "kind": kind.name(), "roles": roles })
        })
        .collect()
}

fn role(policy: &InstancePolicy, unit: UnitKind, code: &'static str, lang: Lang) -> Vec<Value> {
    let purposes = [Purpose::Treat, Purpose::Coc, Purpose::Etreat];
    let reached = purposes.map(|purpose| (purpose, policy.table().reach((code != "-").then_some(code), unit, purpose)));
    reached
        .into_iter()
        .filter(|(_, reach)| !reach.categories.is_empty())
        .map(|(purpose, reach)| {
            let categories: Vec<&str> = reach.categories.iter().map(Category::name).collect();
            json!({
                "role": code,
                "profession": profession(code, lang),
                "purpose": purpose.code(),
                "categories": categories,
                "descriptions": reach.descriptions,
            })
        })
        .collect()
}

fn agreements(place: &Municipality, policy: &InstancePolicy) -> Vec<Value> {
    let all = policy.agreements.iter();
    all.map(|one| {
        let categories: Vec<&str> = one.categories.iter().map(Category::name).collect();
        let purposes: Vec<&str> = one.purposes.iter().map(|p| p.code()).collect();
        json!({
            "organisation": one.legal_entity,
            "name": place.names.get(&one.legal_entity),
            "unit": one.unit.name(),
            "services": one.services,
            "categories": categories,
            "purposes": purposes,
            "from": one.from_ms,
            "to": one.to_ms,
        })
    })
    .collect()
}

/// What one reader did in a period.
struct Used {
    reader: LoggedReader,
    accesses: u64,
    refused: u64,
    emergency: u64,
    self_declared: u64,
    persons: BTreeSet<u32>,
}

/// Readers with the most persons first, and whether all entries of the period were looked at.
fn used(place: &Municipality, wanted: &Wanted, lang: Lang) -> Result<(Vec<Value>, bool), AccessLogError> {
    let log = &place.access_log;
    let mut readers: BTreeMap<String, Used> = BTreeMap::new();
    let (mut before, mut looked, mut complete) = (None, 0, false);
    while looked < MOST {
        let page = log.search(wanted, before, PAGE)?;
        looked += page.entries.len().max(1);
        // Oversight looks at no record: it is in the log, and not in this report.
        let of_records = |entry: &AccessEntry| entry.actor.kind == "personnel" && entry.ground.as_deref() != Some("oversight");
        for (_, entry) in page.entries.iter().filter(|(_, entry)| of_records(entry)) {
            let one = readers.entry(log.handle(&entry.actor)).or_insert_with(|| Used {
                reader: log.reader_of(entry, lang, place),
                accesses: 0,
                refused: 0,
                emergency: 0,
                self_declared: 0,
                persons: BTreeSet::new(),
            });
            if entry.refused.is_some() {
                one.refused += 1;
                continue;
            }
            one.accesses += 1;
            one.emergency += u64::from(entry.ground.as_deref() == Some("emergency"));
            let declared = entry.attested.as_ref().is_some_and(|attested| attested.self_declared);
            one.self_declared += u64::from(declared || entry.ground.as_deref() == Some("self-declared"));
            if entry.person != 0 {
                one.persons.insert(entry.person);
            }
        }
        before = page.next;
        if before.is_none() {
            complete = true;
            break;
        }
    }
    let mut all: Vec<Used> = readers.into_values().collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.persons.len(), one.accesses)));
    let told = all.into_iter().map(|one| {
        json!({
            "reader": one.reader,
            "accesses": one.accesses,
            "persons": one.persons.len(),
            "refused": one.refused,
            "emergency": one.emergency,
            "selfDeclared": one.self_declared,
        })
    });
    Ok((told.collect(), complete))
}
