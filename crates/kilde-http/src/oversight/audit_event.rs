//! The access log as FHIR AuditEvent, for the controller: `GET` and `POST .../AuditEvent` and `.../AuditEvent/tilgang-[no]`, as HL7 Norway's
//! trust-framework profile has it, and `balp-[no]`, by IHE's patterns. Described, with what deviates, in `docs/fhir/auditevent.md`.

mod balp;
mod common;
mod national;

use crate::answer::{Answer, http_date};
use crate::entrance::{Left, Subject, Visit};
use crate::fhir::Asked;
use crate::query;
use axum::http::{Method, StatusCode, header};
use common::PERSON;
use kilde_access::log::{ControllerEntry, Lang, Wanted};
use kilde_access::{Action, Actor, ClientKind, Relations};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;
use serde_json::{Value, json};

const PAGE: usize = 50;
const LARGEST: usize = 200;
/// So many times as many entries are looked at for a page of one form.
const ROUNDS: usize = 10;

/// Whether a question about AuditEvents is one about the access log: that of the privacy officer. What sources have delivered under
/// that type is content, and hers is the log.
pub fn is_of_log(visit: &Visit, rtype: ResourceType) -> bool {
    let identity = &visit.identity;
    let policy = visit.place.policy.current();
    let client = policy.client(&identity.client, identity.legal_entity.as_deref(), identity.unit.as_deref());
    rtype.name() == "AuditEvent"
        && matches!(identity.actor, Actor::Personnel { .. })
        && client.is_some_and(|client| client.kind == ClientKind::PrivacyOfficer)
}

/// `GET /AuditEvent/tilgang-[no]`
pub fn read(visit: &Visit, id: &str) -> Left {
    let permitted = match visit.decide(Action::TilgangsloggSearch, &Subject::default(), None) {
        Err(refused) => return refused,
        Ok(permitted) => permitted,
    };
    let (form, no) = [Form::National, Form::Balp(Vec::new())]
        .into_iter()
        .find_map(|form| Some((id.strip_prefix(form.id())?.parse().ok()?, form)))
        .map_or((Form::National, 0), |(no, form)| (form, no));
    let found = match visit.place.access_log.read(no) {
        Err(cause) => return Left::permitted(permitted, Answer::fault(&cause)),
        Ok(entry) => entry.map(|entry| line(visit, no, &entry)),
    };
    match found.and_then(|line| Some((form.resource(visit, &line)?, line))) {
        None => Left::permitted(permitted, Answer::not_found()),
        Some((event, line)) => {
            let persons: Vec<PersonNo> = line.person.map(PersonNo).into_iter().collect();
            let answer = Answer::fhir(StatusCode::OK, event.to_string())
                .header(header::ETAG, "W/\"1\"")
                .header(header::LAST_MODIFIED, http_date(line.time_ms));
            Left::permitted(permitted, answer).about(&persons)
        }
    }
}

/// `GET /AuditEvent?...` and `POST /AuditEvent/_search`
pub async fn search(visit: &Visit, asked: &Asked) -> Left {
    let posted = asked.method == Method::POST;
    let body = String::from_utf8_lossy(&asked.body);
    let asking = match asking(visit, if posted { &body } else { &asked.query }, posted) {
        Ok(asking) => asking,
        Err(answer) => {
            return match visit.decide(Action::TilgangsloggSearch, &Subject::default(), None) {
                Err(refused) => refused,
                Ok(permitted) => Left::permitted(permitted, *answer),
            };
        }
    };
    let permitted = match visit.decide(Action::TilgangsloggSearch, &asking.subject, None) {
        Err(refused) => return refused,
        Ok(permitted) => permitted,
    };
    let base = visit.server.fhir_base(&visit.place);
    let mut persons: Vec<PersonNo> = asking.subject.person.into_iter().filter(|p| p.is_some()).collect();
    let (mut entries, mut next) = (Vec::new(), asking.before);
    // Entries that have not the form asked for make room for more, up to a bound.
    for _ in 0..ROUNDS {
        let (place, question) = (visit.place.clone(), asking.wanted.clone());
        let some = if asking.form.has_all() { asking.limit } else { LARGEST };
        let found = tokio::task::spawn_blocking(move || place.access_log.search(&question, next, some)).await;
        let page = match found {
            Ok(Ok(page)) => page,
            Ok(Err(cause)) => return Left::permitted(permitted, Answer::fault(&cause)),
            Err(cause) => return Left::permitted(permitted, Answer::fault(&cause)),
        };
        next = page.next;
        for (no, entry) in &page.entries {
            let line = line(visit, *no, entry);
            let Some(resource) = asking.form.resource(visit, &line) else {
                continue;
            };
            persons.extend(line.person.map(PersonNo));
            entries.push(json!({
                "fullUrl": format!("{base}/AuditEvent/{}{no}", asking.form.id()),
                "resource": resource,
                "search": { "mode": "match" },
            }));
            if entries.len() == asking.limit && Some(no) != page.entries.last().map(|(last, _)| last) {
                next = Some(*no);
                break;
            }
        }
        if next.is_none() || entries.len() >= asking.limit || asking.form.has_all() {
            break;
        }
    }
    persons.sort_unstable();
    persons.dedup();
    let own = asking.link(asking.before);
    let mut links = vec![json!({ "relation": "self", "url": format!("{base}/AuditEvent?{own}") })];
    if next.is_some() {
        let next = asking.link(next);
        links.push(json!({ "relation": "next", "url": format!("{base}/AuditEvent?{next}") }));
    }
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "link": links });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    Left::permitted(permitted, Answer::fhir(StatusCode::OK, bundle.to_string()))
        .about(&persons)
        .parameters(&asking.names)
}

/// Which of the two forms of an entry is asked for, by `_profile`.
#[derive(Default)]
enum Form {
    /// HL7 Norway's: every entry.
    #[default]
    National,
    /// HL7 Norway's, and those only that claim its profile.
    NationalClaimed,
    /// IHE's, by these profiles, or by any if there is none.
    Balp(Vec<String>),
}

impl Form {
    /// By the value of `_profile`: canonical URLs of one of the two. `None` for others.
    fn of(value: &str) -> Option<Form> {
        let urls: Vec<String> = value.split(',').map(str::to_owned).collect();
        if urls.iter().all(|url| balp::is_profile(url)) {
            Some(Form::Balp(urls))
        } else {
            (value == national::PROFILE).then_some(Form::NationalClaimed)
        }
    }

    /// Whether every entry has it.
    fn has_all(&self) -> bool {
        matches!(self, Form::National)
    }

    /// How ids begin.
    fn id(&self) -> &'static str {
        match self {
            Form::National | Form::NationalClaimed => national::ID,
            Form::Balp(_) => balp::ID,
        }
    }

    /// An entry in this form, if it has it.
    fn resource(&self, visit: &Visit, line: &ControllerEntry) -> Option<Value> {
        match self {
            Form::National => Some(national::resource(&visit.place, line)),
            Form::NationalClaimed => {
                Some(national::resource(&visit.place, line)).filter(|event| event["meta"]["profile"][0] == national::PROFILE)
            }
            Form::Balp(urls) => {
                let event = balp::resource(&visit.place, &visit.server.fhir_base(&visit.place), line)?;
                let wanted = urls.is_empty() || urls.iter().any(|url| event["meta"]["profile"][0] == **url);
                wanted.then_some(event)
            }
        }
    }

    /// As parameter of a link.
    fn parameter(&self) -> Option<String> {
        match self {
            Form::National => None,
            Form::NationalClaimed => Some(national::PROFILE.to_owned()),
            Form::Balp(urls) => Some(urls.join(",")),
        }
    }
}

/// What is asked.
#[derive(Default)]
struct Asking {
    wanted: Wanted,
    subject: Subject,
    form: Form,
    before: Option<u64>,
    limit: usize,
    names: Vec<String>,
}

impl Asking {
    /// The query of a page that begins before that entry, without national id.
    fn link(&self, before: Option<u64>) -> String {
        let instant = |ms: i64| jiff::Timestamp::from_millisecond(ms).map(|t| t.to_string()).unwrap_or_default();
        let wanted = &self.wanted;
        let mut parts = Vec::new();
        if wanted.persons.is_some() {
            let number = self.subject.person.map_or(0, |person| person.0);
            parts.push(format!("patient:identifier={}", query::encode(&format!("{PERSON}|{number}"))));
        }
        parts.extend(wanted.from_ms.map(|ms| format!("date=ge{}", instant(ms))));
        parts.extend(wanted.to_ms.map(|ms| format!("date=lt{}", instant(ms))));
        parts.extend(wanted.refused.map(|refused| format!("outcome={}", if refused { 4 } else { 0 })));
        parts.extend(self.form.parameter().map(|urls| format!("_profile={}", query::encode(&urls))));
        parts.push(format!("_count={}", self.limit));
        parts.extend(before.map(|before| format!("before={before}")));
        parts.join("&")
    }
}

fn asking(visit: &Visit, text: &str, posted: bool) -> Result<Asking, Box<Answer>> {
    let wrong = |nb: &str, en: &str| Box::new(Answer::error(StatusCode::BAD_REQUEST, "invalid", "auditevent-search", nb, en));
    let unreadable = || wrong("Søket er ikke UTF-8.", "The search is not UTF-8.");
    let mut asking = Asking {
        limit: PAGE,
        ..Asking::default()
    };
    let mut about = None;
    for (name, value) in query::pairs(text).ok_or_else(unreadable)? {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "_count" => asking.limit = value.parse::<usize>().unwrap_or(PAGE).clamp(1, LARGEST),
            "before" => asking.before = value.parse().ok(),
            "_profile" => {
                asking.form = Form::of(&value).ok_or_else(|| {
                    wrong(
                        "_profile skal være HL7 Norges profil for tillitsrammeverket, eller profiler fra IHE BALP.",
                        "_profile must be HL7 Norway's trust-framework profile, or profiles of IHE BALP.",
                    )
                })?;
            }
            "outcome" if value == "0" || value == "4" => asking.wanted.refused = Some(value == "4"),
            "date" => period(&value, &mut asking.wanted).ok_or_else(|| {
                wrong(
                    "date skal være en dato eller et tidspunkt med sone, med ge eller lt foran.",
                    "date must be a date or an instant with a zone, with ge or lt before it.",
                )
            })?,
            "patient:identifier" => {
                let (system, value) = value.split_once('|').unwrap_or(("", &value));
                about = Some(match (system, value.parse::<u32>(), Nin::parse(value)) {
                    (PERSON, Ok(no), _) if no > 0 && no <= visit.place.log.persons().0 => Subject {
                        person: Some(PersonNo(no)),
                        nin: None,
                    },
                    (system, _, Ok(nin)) if posted && system != PERSON => {
                        visit.subject(nin).map_err(|cause| Box::new(Answer::fault(&cause)))?
                    }
                    (PERSON, ..) => Subject::default(),
                    _ => {
                        return Err(wrong(
                            "Fødselsnummer sendes i kroppen: POST AuditEvent/_search.",
                            "A national id is sent in the body: POST AuditEvent/_search.",
                        ));
                    }
                });
            }
            "patient" => {
                let id = value.strip_prefix("Patient/").unwrap_or(&value);
                about = Some(visit.subject_of_patient(id).map_err(|cause| Box::new(Answer::fault(&cause)))?);
            }
            _ => {
                return Err(wrong(
                    "Tilgangsloggen søkes med patient, patient:identifier, date, outcome, _profile, _count. For én ansatt: POST /admin/tilgangslogg.",
                    "The access log is searched by patient, patient:identifier, date, outcome, _profile, _count. For one employee: POST /admin/tilgangslogg.",
                ));
            }
        }
        asking.names.push(name);
    }
    if let Some(subject) = about {
        // Of somebody who is not known nothing is found.
        let known = subject.person.filter(|person| person.is_some());
        asking.wanted.persons = Some(known.map_or_else(Vec::new, |person| visit.place.index.same_person(person).to_vec()));
        asking.subject = subject;
    }
    Ok(asking)
}

/// `ge2026-11-01`, `lt2026-12-01`, `2026-11-23`
fn period(value: &str, wanted: &mut Wanted) -> Option<()> {
    let (prefix, rest) = match value.get(..2) {
        Some(prefix @ ("ge" | "lt" | "eq")) => (prefix, value.get(2..)?),
        _ => ("eq", value),
    };
    let range = kilde_fhir::date::parse(rest)?;
    if prefix != "lt" {
        wanted.from_ms = Some(range.from_ms);
    }
    match prefix {
        "lt" => wanted.to_ms = Some(range.from_ms),
        "eq" => wanted.to_ms = Some(range.to_ms),
        _ => {}
    }
    Some(())
}

fn line(visit: &Visit, no: u64, entry: &kilde_access::AccessEntry) -> ControllerEntry {
    let lang = Lang::from_tag(visit.language);
    visit.place.access_log.for_controller(no, entry, lang, &*visit.place)
}
