//! Who had been given what was later corrected or deleted: computed from the access log, told to the controller
//! (`/{instance}/admin/rettelser/[type]/[id]`) and to the systems of those who were given it (`/{instance}/rettelser`). Described in
//! `docs/citizen/requests.md`.

use crate::answer::Answer;
use crate::entrance::{Left, Subject, Visit, enter};
use crate::query;
use crate::server::{Municipality, Server};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use kilde_access::declared::DECLARATION;
use kilde_access::ledger::POLICY;
use kilde_access::{AccessEntry, Action, Relations};
use kilde_fhir::definitions::ResourceType;
use kilde_log::{Change, EventNo, PersonNo, StoredRecord};
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries of a person's access log that are read at a time.
const ENTRIES: usize = 10_000;
/// Events that are looked at for one page.
const EVENTS: usize = 500;
/// Corrections on a page at most.
const PAGE: usize = 100;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/rettelser", get(told))
        .route("/{instance}/admin/rettelser/{rtype}/{id}", get(recipients))
}

/// Something that was given: the entry of the access log, and which version.
struct Given {
    no: u64,
    entry: AccessEntry,
    /// `None` where the entry names too few of what it showed to be certain.
    version: Option<u32>,
}

/// The entries by which versions before this one were given to somebody whom `wanted` names; not to the citizen herself,
/// nor to the source.
fn given(
    place: &Municipality,
    person: PersonNo,
    rtype: &str,
    id: &str,
    before: u32,
    wanted: impl Fn(&AccessEntry) -> bool,
) -> Result<Vec<Given>, kilde_log::LogError> {
    let mut out = Vec::new();
    for number in place.index.same_person(person) {
        for record in all_of(place, number) {
            let record = record?;
            let Some(entry) = AccessEntry::of_record(&record) else { continue };
            let to_others = entry.actor.kind != "citizen" && entry.ground.as_deref() != Some("own-delivery");
            let showed = entry.refused.is_none() && entry.is_reading() && to_others;
            if !showed || !wanted(&entry) {
                continue;
            }
            let of_it = entry.resources.iter().filter(|r| r.0 == rtype && r.1 == id);
            let version = of_it.map(|r| r.2).filter(|version| *version < before).max();
            let unnamed = (entry.total as usize) > entry.resources.len() && !entry.resources.iter().any(|r| r.0 == rtype && r.1 == id);
            if version.is_some() || unnamed {
                out.push(Given {
                    no: record.no,
                    entry,
                    version,
                });
            }
        }
    }
    Ok(out)
}

/// All entries about a person, newest first, some at a time.
fn all_of(place: &Municipality, person: PersonNo) -> impl Iterator<Item = Result<StoredRecord, kilde_log::LogError>> {
    let mut before = Some(u64::MAX);
    std::iter::from_fn(move || {
        let page = place.access_log.records().by_person(person, Some(before?), ENTRIES);
        before = match &page {
            Ok(page) if page.len() == ENTRIES => page.last().map(|record| record.no),
            _ => None,
        };
        Some(match page {
            Ok(page) => page.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    })
    .flatten()
}

/// `GET /{instance}/admin/rettelser/[type]/[id]`: for the controller, to whom earlier versions had been given.
async fn recipients(
    State(server): State<Arc<Server>>,
    Path((instance, rtype, id)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "correction-recipients").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let left = match visit.decide(Action::TilgangsloggSearch, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let known = ResourceType::from_name(&rtype).map(|known| visit.place.index.standing(known, &id));
            match known.transpose() {
                Err(cause) => Left::permitted(permitted, Answer::fault(&cause)),
                Ok(Some(Some((person, version, deleted)))) if person.is_some() => {
                    let answer = match given(&visit.place, person, &rtype, &id, version, |_| true) {
                        Err(cause) => Answer::fault(&cause),
                        Ok(all) => {
                            let recipients: Vec<Value> = all.iter().map(|one| recipient(one, &visit.place)).collect();
                            let body = json!({
                                "element": format!("{rtype}/{id}"), "version": version, "kind": kind(deleted), "recipients": recipients
                            });
                            Answer::json(StatusCode::OK, body.to_string())
                        }
                    };
                    Left::permitted(permitted, answer).about(&[person])
                }
                Ok(_) => Left::permitted(permitted, Answer::not_found()),
            }
        }
    };
    visit.leave(left).await
}

fn kind(deleted: bool) -> &'static str {
    if deleted { "deleted" } else { "corrected" }
}

fn recipient(given: &Given, place: &Municipality) -> Value {
    let actor = &given.entry.actor;
    let name = |number: &Option<String>| number.as_ref().map(|n| place.names.get(n).unwrap_or(n).clone());
    json!({
        "entry": given.no,
        "timeMs": given.entry.time_ms,
        "version": given.version,
        "certain": given.version.is_some(),
        "kind": actor.kind,
        "name": actor.name,
        "role": actor.role,
        "organisation": name(&actor.organisation),
        "unit": name(&actor.unit),
        "client": actor.client,
    })
}

/// `GET /{instance}/rettelser?since=[event]`: for a system, what has been corrected or deleted since of what its own users and it itself were
/// given; the oldest first. `next` is where the next page begins.
async fn told(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "corrections").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let since = query::value(parts.uri.query().unwrap_or(""), "since")
        .and_then(|since| since.parse().ok())
        .unwrap_or(0);
    let left = match visit.decide(Action::Corrections, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => match page(&visit, since) {
            Err(cause) => Left::permitted(permitted, Answer::fault(&cause)),
            Ok((corrections, mut persons, next)) => {
                persons.sort_unstable();
                persons.dedup();
                let body = json!({ "corrections": corrections, "next": next });
                Left::permitted(permitted, Answer::json(StatusCode::OK, body.to_string())).about(&persons)
            }
        },
    };
    visit.leave(left).await
}

/// Corrections, whose they are, and the last event that was looked at.
type Page = (Vec<Value>, Vec<PersonNo>, u64);

fn page(visit: &Visit, since: u64) -> Result<Page, kilde_log::LogError> {
    let place = &visit.place;
    let own = visit.identity.organisation();
    let ours =
        |entry: &AccessEntry| own.is_some() && entry.actor.organisation.as_deref() == own && entry.actor.client == visit.identity.client;
    let (mut out, mut persons, mut last) = (Vec::new(), Vec::new(), since);
    for event in place.log.events_from(EventNo(since.saturating_add(1)))?.take(EVENTS) {
        let event = event?;
        for entry in &event.entries {
            let changes = entry.change != Change::Created && entry.rtype != DECLARATION && entry.rtype != POLICY;
            if !changes || !entry.person.is_some() {
                continue;
            }
            let rtype = ResourceType(entry.rtype).name();
            let all = given(place, entry.person, rtype, &entry.id, entry.version, ours)?;
            // The newest that was given. Where an entry only may have shown it, the controller is told, and no system: it would
            // learn of what it was perhaps never given.
            if let Some(newest) = all.iter().filter_map(|one| one.version).max() {
                out.push(json!({
                    "element": format!("{rtype}/{}", entry.id),
                    "given": newest,
                    "version": entry.version,
                    "kind": kind(entry.change.is_gone()),
                    "event": event.no.0,
                    "timeMs": event.envelope.received_ms,
                }));
                persons.push(entry.person);
            }
        }
        last = event.no.0;
        if out.len() >= PAGE {
            break;
        }
    }
    Ok((out, persons, last))
}
