//! `/{instance}/admin/review`: findings of unusual access, and what came of them. For the privacy officer, and for leaders in their own
//! unit. Nobody sees or closes what is about herself.

use super::facts::InstanceFacts;
use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, Permitted, Visit, enter};
use crate::innbygger::form::{known, wrong};
use crate::query;
use crate::server::{Municipality, Server};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::log::{Lang, Names, profession, when};
use kilde_access::review::{Item, Outcome, Queue, ReviewNote, Rule, Thresholds};
use kilde_access::{AccessLogError, Action, ClientKind};
use kilde_log::PersonNo;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const PAGE: usize = 50;
const WORDS: usize = 500;

/// The review queue of an instance.
pub struct Review {
    queue: Mutex<Queue>,
}

impl Default for Review {
    fn default() -> Self {
        Review::new(Thresholds::default())
    }
}

impl Review {
    /// A queue that goes by these thresholds.
    pub fn new(thresholds: Thresholds) -> Self {
        Review {
            queue: Mutex::new(Queue::new(thresholds)),
        }
    }

    /// Reads on in the access log and writes what is found into it. Blocks; gives how many findings that were.
    ///
    /// # Errors
    /// The access log cannot be read or written.
    pub fn turn(&self, place: &Municipality, now_ms: i64) -> Result<usize, AccessLogError> {
        self.queue.lock().turn(&place.access_log, &InstanceFacts(place), now_ms)
    }

    /// As [`turn`](Self::turn), but reads at most so many entries. Gives the findings, and whether there is more to read.
    ///
    /// # Errors
    /// The access log cannot be read or written.
    pub fn part(&self, place: &Municipality, now_ms: i64, most: u64) -> Result<(usize, bool), AccessLogError> {
        let mut queue = self.queue.lock();
        let found = queue.part(&place.access_log, &InstanceFacts(place), now_ms, most)?;
        Ok((found, !queue.is_even(&place.access_log)))
    }
}

/// Who looks at findings, and which she may see.
struct Overseer {
    handle: String,
    office: ClientKind,
    organisation: Option<String>,
    unit: Option<String>,
}

impl Overseer {
    fn of(visit: &Visit, permitted: &Permitted) -> Self {
        let identity = &visit.identity;
        let policy = visit.place.policy.current();
        let client = policy.client(&identity.client, identity.legal_entity.as_deref(), identity.unit.as_deref());
        Overseer {
            handle: visit.place.access_log.handle(&permitted.entry().actor),
            // Without an office nobody is let in; then this is the one that sees least.
            office: client.map_or(ClientKind::Manager, |client| client.kind),
            organisation: identity.organisation().map(str::to_owned),
            unit: identity.unit.clone(),
        }
    }

    /// A leader sees her own unit, or her whole organisation if her login names no unit; nobody sees what is about herself.
    fn may_see(&self, item: &Item) -> bool {
        let finding = &item.finding;
        let everything = matches!(self.office, ClientKind::PrivacyOfficer | ClientKind::Test);
        let hers =
            self.organisation.is_some() && finding.organisation == self.organisation && (self.unit.is_none() || finding.unit == self.unit);
        finding.reader != self.handle && (everything || hers)
    }
}

async fn started(
    server: &Arc<Server>,
    instance: &str,
    request: Request,
    interaction: &'static str,
) -> Result<(Visit, String, Vec<u8>), Response> {
    let (parts, body) = request.into_parts();
    let visit = enter(server, instance, &parts, interaction).await?;
    let body = read_body(body, &server.limits).await.map_err(|answer| answer.release())?;
    Ok((visit, parts.uri.query().unwrap_or("").to_owned(), body))
}

/// Decides, reads on in the log, and lets `work` look at the queue.
#[allow(clippy::result_large_err)] // Refusals are rare.
async fn with_queue<T: Send + 'static>(
    visit: &Visit,
    work: impl FnOnce(&Queue, &Overseer) -> T + Send + 'static,
) -> Result<(Permitted, Result<T, Answer>), Left> {
    let permitted = visit.decide(Action::Review, &Default::default(), None)?;
    let (place, now, overseer) = (visit.place.clone(), visit.now_ms, Overseer::of(visit, &permitted));
    let done = tokio::task::spawn_blocking(move || {
        place.review.turn(&place, now)?;
        Ok::<T, AccessLogError>(work(&place.review.queue.lock(), &overseer))
    });
    let done = match done.await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(cause)) => Err(Answer::fault(&cause)),
        Err(cause) => Err(Answer::fault(&cause)),
    };
    Ok((permitted, done))
}

/// `GET /admin/review?status=open|closed|all&rule=&unit=&before=&limit=`, newest first.
pub async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (visit, text, _) = match started(&server, &instance, request, "review-list").await {
        Ok(started) => started,
        Err(response) => return response,
    };
    let value = |name: &str| query::value(&text, name);
    let status = value("status").unwrap_or_else(|| "open".to_owned());
    let rule = value("rule");
    let unit = value("unit");
    let before = value("before").and_then(|b| b.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let limit = value("limit").and_then(|l| l.parse().ok()).unwrap_or(PAGE).clamp(1, 500);
    let mut findings = Vec::new();
    if !["open", "closed", "all"].contains(&status.as_str()) {
        findings.push(wrong("status", "review-status", "open, closed eller all", "open, closed or all"));
    }
    if rule.as_deref().is_some_and(|rule| Rule::from_name(rule).is_none()) {
        let names = Rule::EVERY.map(Rule::name).join(", ");
        findings.push(wrong("rule", "review-rule", &format!("en av {names}"), &format!("one of {names}")));
    }
    let wrong = !findings.is_empty();
    let work = move |queue: &Queue, overseer: &Overseer| {
        let seen = queue.items().filter(|item| overseer.may_see(item));
        let (mut page, mut open, mut more) = (Vec::new(), 0, None);
        for item in seen {
            open += u32::from(item.is_open());
            let wanted = item.no < before
                && (status == "all" || item.is_open() == (status == "open"))
                && rule.as_deref().is_none_or(|rule| item.finding.rule.name() == rule)
                && (unit.is_none() || unit == item.finding.unit);
            if wanted && page.len() < limit {
                page.push(item.clone());
            } else if wanted && more.is_none() {
                more = page.last().map(|last| last.no);
            }
        }
        (page, open, more)
    };
    let left = match with_queue(&visit, work).await {
        Err(refused) => refused,
        Ok((permitted, _)) if wrong => Left::permitted(permitted, Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings)),
        Ok((permitted, Err(fault))) => Left::permitted(permitted, fault),
        Ok((permitted, Ok((page, open, more)))) => {
            let told: Vec<Value> = page.iter().map(|item| told(&visit, item)).collect();
            let mut body = json!({ "findings": told, "open": open });
            if let Some(before) = more {
                body["before"] = json!(before);
            }
            let persons = persons(page.iter());
            Left::permitted(permitted, Answer::json(StatusCode::OK, body.to_string())).about(&persons)
        }
    };
    visit.leave(left).await
}

/// `GET /admin/review/{id}`: one finding, with the reader's own reason.
pub async fn one(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let (visit, ..) = match started(&server, &instance, request, "review-show").await {
        Ok(started) => started,
        Err(response) => return response,
    };
    let work = move |queue: &Queue, overseer: &Overseer| queue.item(&id).filter(|item| overseer.may_see(item)).cloned();
    let left = match with_queue(&visit, work).await {
        Err(refused) => refused,
        Ok((permitted, Err(fault))) => Left::permitted(permitted, fault),
        Ok((permitted, Ok(None))) => Left::permitted(permitted, Answer::not_found()),
        Ok((permitted, Ok(Some(item)))) => {
            let mut body = told(&visit, &item);
            if let Ok(Some(entry)) = visit.place.access_log.read(item.finding.entry) {
                let lang = Lang::from_tag(visit.language);
                let line = visit
                    .place
                    .access_log
                    .for_controller(item.finding.entry, &entry, lang, &*visit.place);
                body["access"] = json!({ "why": line.why, "reason": line.reason, "ground": line.ground, "purpose": line.purpose });
            }
            let persons = persons([&item].into_iter());
            Left::permitted(permitted, Answer::json(StatusCode::OK, body.to_string())).about(&persons)
        }
    };
    visit.leave(left).await
}

/// `PUT /admin/review/{id}` with `{"outcome": "justified"|"unjustified"|"unclear"|"reopened", "words": "..."}`.
pub async fn close(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let (visit, _, body) = match started(&server, &instance, request, "review-outcome").await {
        Ok(started) => started,
        Err(response) => return response,
    };
    let sought = id.clone();
    let work = move |queue: &Queue, overseer: &Overseer| {
        let item = queue.item(&sought).filter(|item| overseer.may_see(item)).cloned();
        item.map(|item| (item, overseer.office))
    };
    let left = match with_queue(&visit, work).await {
        Err(refused) => refused,
        Ok((permitted, Err(fault))) => Left::permitted(permitted, fault),
        Ok((permitted, Ok(None))) => Left::permitted(permitted, Answer::not_found()),
        Ok((permitted, Ok(Some((item, office))))) => match outcome(&body) {
            Err(answer) => Left::permitted(permitted, *answer),
            Ok((outcome, _)) if !fits(&item, outcome, office) => Left::permitted(permitted, conflict()),
            Ok((outcome, words)) => {
                let persons = persons([&item].into_iter());
                let status = if outcome == Outcome::Reopened { "open" } else { "closed" };
                let body = json!({ "id": id, "status": status, "outcome": outcome.name(), "words": words });
                let note = ReviewNote::Outcome { finding: id, outcome };
                let permitted = permitted.noting(|entry| {
                    entry.reason = Some(words);
                    entry.review = Some(Box::new(note));
                });
                Left::permitted(permitted, Answer::json(StatusCode::OK, body.to_string())).about(&persons)
            }
        },
    };
    visit.leave(left).await
}

/// What is open can be closed; what is closed can be opened again, by the privacy officer.
fn fits(item: &Item, outcome: Outcome, office: ClientKind) -> bool {
    match (item.is_open(), outcome) {
        (true, Outcome::Reopened) => false,
        (true, _) => true,
        (false, Outcome::Reopened) => office != ClientKind::Manager,
        (false, _) => false,
    }
}

fn conflict() -> Answer {
    Answer::error(
        StatusCode::CONFLICT,
        "conflict",
        "review-status-conflict",
        "Et åpent funn kan lukkes; et lukket kan bare åpnes igjen (reopened), av personvernombudet.",
        "An open finding can be closed; a closed one can only be opened again (reopened), by the privacy officer.",
    )
}

fn outcome(body: &[u8]) -> Result<(Outcome, String), Box<Answer>> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut findings = Vec::new();
    known(&body, &["outcome", "words"], &mut findings);
    let outcome = body["outcome"].as_str().and_then(Outcome::from_name);
    if outcome.is_none() {
        let names = Outcome::EVERY.map(Outcome::name).join(", ");
        findings.push(wrong(
            "outcome",
            "review-outcome",
            &format!("en av {names}"),
            &format!("one of {names}"),
        ));
    }
    let words = body["words"].as_str().map(str::trim).filter(|words| {
        let letters = words
            .split_whitespace()
            .filter(|word| word.chars().any(char::is_alphabetic))
            .count();
        letters >= 2 && (10..=WORDS).contains(&words.chars().count()) && !words.chars().any(char::is_control)
    });
    if words.is_none() {
        findings.push(wrong(
            "words",
            "review-words",
            "en begrunnelse med ord, 10 til 500 tegn på én linje",
            "a reason in words, 10 to 500 characters on one line",
        ));
    }
    match (outcome, words) {
        (Some(outcome), Some(words)) if findings.is_empty() => Ok((outcome, words.to_owned())),
        _ => Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings))),
    }
}

fn persons<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<PersonNo> {
    let mut persons: Vec<PersonNo> = items.map(|item| PersonNo(item.finding.person)).filter(|p| p.is_some()).collect();
    persons.sort_unstable();
    persons.dedup();
    persons
}

fn told(visit: &Visit, item: &Item) -> Value {
    let (finding, lang, place) = (&item.finding, Lang::from_tag(visit.language), &*visit.place);
    let named = |number: &Option<String>| number.as_deref().and_then(|number| Names::organisation(place, number));
    let figures: Map<String, Value> = finding.figures.iter().map(|(kind, n)| (kind.name().to_owned(), json!(n))).collect();
    let outcomes: Vec<Value> = item
        .outcomes
        .iter()
        .map(|one| {
            json!({
                "entry": one.no,
                "when": when(one.time_ms, lang),
                "timeMs": one.time_ms,
                "by": one.by,
                "outcome": one.outcome.name(),
                "title": one.outcome.title(lang),
                "words": one.words,
            })
        })
        .collect();
    json!({
        "id": finding.id,
        "no": item.no,
        "rule": finding.rule.name(),
        "title": finding.rule.title(lang),
        "explanation": finding.explained(lang),
        "figures": figures,
        "status": if item.is_open() { "open" } else { "closed" },
        "when": when(finding.time_ms, lang),
        "timeMs": finding.time_ms,
        "entry": finding.entry,
        "person": (finding.person != 0).then_some(finding.person),
        "reader": {
            "handle": finding.reader,
            "name": finding.name,
            "role": finding.role,
            "profession": finding.role.as_deref().and_then(|role| profession(role, lang)),
            "organisation": finding.organisation,
            "organisationName": named(&finding.organisation),
            "unit": finding.unit,
            "unitName": named(&finding.unit),
        },
        "outcomes": outcomes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_access::review::Finding;

    fn item(reader: &str, organisation: &str, unit: Option<&str>) -> Item {
        Item {
            no: 1,
            finding: Finding {
                id: "a".to_owned(),
                rule: Rule::Emergency,
                reader: reader.to_owned(),
                name: None,
                role: None,
                organisation: Some(organisation.to_owned()),
                unit: unit.map(str::to_owned),
                person: 1,
                entry: 1,
                time_ms: 0,
                figures: Vec::new(),
            },
            outcomes: Vec::new(),
        }
    }

    #[test]
    fn nobody_sees_her_own_and_a_leader_sees_her_unit() {
        let overseer = |office, unit: Option<&str>| Overseer {
            handle: "me".to_owned(),
            office,
            organisation: Some("o".to_owned()),
            unit: unit.map(str::to_owned),
        };
        let officer = overseer(ClientKind::PrivacyOfficer, None);
        let leader = overseer(ClientKind::Manager, Some("u"));
        let of_all = overseer(ClientKind::Manager, None);
        for one in [&officer, &leader, &of_all] {
            assert!(!one.may_see(&item("me", "o", Some("u"))));
            assert!(one.may_see(&item("her", "o", Some("u"))));
        }
        let elsewhere = [item("her", "o", Some("v")), item("her", "p", Some("u")), item("her", "o", None)];
        assert_eq!(elsewhere.each_ref().map(|item| leader.may_see(item)), [false; 3]);
        assert_eq!(elsewhere.each_ref().map(|item| of_all.may_see(item)), [true, false, true]);
        assert_eq!(elsewhere.each_ref().map(|item| officer.may_see(item)), [true; 3]);
        let nobody = Overseer {
            organisation: None,
            ..overseer(ClientKind::Manager, None)
        };
        assert!(!nobody.may_see(&item("her", "o", None)));
    }

    #[test]
    fn outcomes_need_words_and_a_closed_finding_is_opened_by_the_officer_only() {
        assert!(outcome(br#"{"outcome":"justified","words":"Snakket med legen"}"#).is_ok());
        for bad in [
            "",
            "{}",
            r#"{"outcome":"justified"}"#,
            r#"{"outcome":"justified","words":"1234567890 1234"}"#,
            r#"{"outcome":"no","words":"Snakket med legen"}"#,
        ] {
            assert!(outcome(bad.as_bytes()).is_err(), "{bad}");
        }
        let open = item("her", "o", None);
        let mut closed = open.clone();
        closed.outcomes.push(kilde_access::review::Closing {
            no: 2,
            time_ms: 0,
            by: None,
            outcome: Outcome::Unclear,
            words: String::new(),
        });
        assert!(fits(&open, Outcome::Unjustified, ClientKind::Manager) && !fits(&open, Outcome::Reopened, ClientKind::PrivacyOfficer));
        assert!(fits(&closed, Outcome::Reopened, ClientKind::PrivacyOfficer) && !fits(&closed, Outcome::Reopened, ClientKind::Manager));
        assert!(!fits(&closed, Outcome::Justified, ClientKind::PrivacyOfficer));
    }
}
