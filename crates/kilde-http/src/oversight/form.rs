//! What is wanted of the access log, as JSON. In the body and not in the address: a national id is in no address.

use crate::answer::Answer;
use crate::entrance::{Subject, Visit};
use crate::innbygger::form::{date, known, wrong};
use axum::http::StatusCode;
use kilde_access::log::{OPERATION, Wanted, WantedReader, midnight};
use kilde_access::{Action, Ground, Relations};
use kilde_fhir::finding::Finding;
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;
use serde_json::Value;

const FIELDS: [&str; 16] = [
    "patient",
    "person",
    "reader",
    "client",
    "supplier",
    "organisation",
    "unit",
    "ground",
    "action",
    "outcome",
    "code",
    "automatic",
    "from",
    "to",
    "before",
    "limit",
];
const PAGE: u64 = 50;
const LARGEST: u64 = 500;
const LONGEST: usize = 200;

/// A search of the access log.
pub struct Search {
    /// What is wanted.
    pub wanted: Wanted,
    /// About whom, where one is named.
    pub subject: Subject,
    /// Where the page begins.
    pub before: Option<u64>,
    /// Entries on a page.
    pub limit: usize,
    /// The fields that were used.
    pub fields: Vec<String>,
}

/// Reads the body of a search.
///
/// # Errors
/// Everything that is wrong with it.
pub fn search(visit: &Visit, body: &[u8]) -> Result<Search, Box<Answer>> {
    let body: Value = match body {
        [] => Value::Object(serde_json::Map::new()),
        body => serde_json::from_slice(body).unwrap_or(Value::Null),
    };
    let mut findings = Vec::new();
    if !body.is_object() {
        findings.push(wrong("", "log-search-body", "et JSON-objekt", "a JSON object"));
    }
    known(&body, &FIELDS, &mut findings);
    let subject = subject(visit, &body, &mut findings)?;
    let mut text = |name: &'static str| match &body[name] {
        Value::Null => None,
        Value::String(text) if (1..=LONGEST).contains(&text.len()) => Some(text.clone()),
        _ => {
            findings.push(wrong(
                name,
                "log-search-text",
                "en tekst på 1 til 200 tegn",
                "a text of 1 to 200 characters",
            ));
            None
        }
    };
    let mut wanted = Wanted {
        client: text("client"),
        supplier: text("supplier"),
        organisation: text("organisation"),
        unit: text("unit"),
        ground: text("ground"),
        action: text("action"),
        code: text("code"),
        ..Wanted::default()
    };
    let named = !body["patient"].is_null() || !body["person"].is_null();
    wanted.persons = named.then(|| {
        let person = subject.person.filter(|person| person.is_some());
        person.map_or_else(Vec::new, |person| visit.place.index.same_person(person).to_vec())
    });
    wanted.reader = reader(&body["reader"], &mut findings);
    one_of(&wanted.ground, "ground", &Ground::EVERY.map(Ground::name), &mut findings);
    let actions: Vec<&str> = Action::EVERY.map(Action::name).into_iter().chain([OPERATION]).collect();
    one_of(&wanted.action, "action", &actions, &mut findings);
    wanted.refused = match body["outcome"].as_str() {
        Some("refused") => Some(true),
        Some("permitted") => Some(false),
        None if body["outcome"].is_null() => None,
        _ => {
            findings.push(wrong(
                "outcome",
                "log-search-outcome",
                "permitted eller refused",
                "permitted or refused",
            ));
            None
        }
    };
    wanted.automatic = body["automatic"].as_bool();
    if wanted.automatic.is_none() && !body["automatic"].is_null() {
        findings.push(wrong("automatic", "log-search-automatic", "true eller false", "true or false"));
    }
    wanted.from_ms = time(&body["from"], "from", false, &mut findings);
    wanted.to_ms = time(&body["to"], "to", true, &mut findings);
    let mut number = |name: &'static str| {
        let number = body[name].as_u64();
        if number.is_none() && !body[name].is_null() {
            findings.push(wrong(name, "log-search-number", "et helt tall", "a whole number"));
        }
        number
    };
    let (before, limit) = (number("before"), number("limit").unwrap_or(PAGE).clamp(1, LARGEST));
    if !findings.is_empty() {
        return Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings)));
    }
    Ok(Search {
        wanted,
        subject,
        before,
        limit: usize::try_from(limit).unwrap_or(1),
        fields: body.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect(),
    })
}

/// About whom: a national id, or the number that an answer gave.
fn subject(visit: &Visit, body: &Value, findings: &mut Vec<Finding>) -> Result<Subject, Box<Answer>> {
    let (patient, person) = (&body["patient"], &body["person"]);
    match (patient, person) {
        (Value::Null, Value::Null) => return Ok(Subject::default()),
        (Value::String(text), Value::Null) => {
            if let Ok(nin) = Nin::parse(text) {
                return visit.subject(nin).map_err(|cause| Box::new(Answer::fault(&cause)));
            }
        }
        (Value::Null, person) => {
            if let Some(number) = person.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0) {
                // A number that nobody has yet must not turn up in the log of who gets it.
                let known = number <= visit.place.log.persons().0;
                return Ok(Subject {
                    person: Some(if known { PersonNo(number) } else { PersonNo::NONE }),
                    nin: None,
                });
            }
        }
        _ => {}
    }
    findings.push(wrong(
        "patient",
        "log-search-patient",
        "et gyldig fødselsnummer eller D-nummer (patient), eller et personnummer fra tilgangsloggen (person), ikke begge",
        "a valid national id (patient), or a person number from the access log (person), not both",
    ));
    Ok(Subject::default())
}

fn reader(value: &Value, findings: &mut Vec<Finding>) -> Option<WantedReader> {
    if value.is_null() {
        return None;
    }
    let one = value
        .as_object()
        .filter(|object| object.len() == 1)
        .and_then(|object| object.iter().next());
    let found = match one.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())) {
        Some(("nin", text)) => Nin::parse(text).ok().map(|nin| WantedReader::Pid(nin.as_str().to_owned())),
        Some(("hpr", text)) if (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) => {
            Some(WantedReader::Hpr(text.to_owned()))
        }
        Some(("handle", text)) if text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(WantedReader::Handle(text.to_ascii_lowercase()))
        }
        _ => None,
    };
    if found.is_none() {
        findings.push(wrong(
            "reader",
            "log-search-reader",
            "{\"nin\"}, {\"hpr\"} eller {\"handle\"} fra tilgangsloggen",
            "{\"nin\"}, {\"hpr\"} or {\"handle\"} from the access log",
        ));
    }
    found
}

fn one_of(value: &Option<String>, name: &'static str, known: &[&str], findings: &mut Vec<Finding>) {
    if value.as_deref().is_some_and(|value| !known.contains(&value)) {
        let list = known.join(", ");
        findings.push(wrong(name, "log-search-code", &format!("en av {list}"), &format!("one of {list}")));
    }
}

/// A date in Oslo, or an instant. A date as the end is included.
pub fn time(value: &Value, name: &'static str, end: bool, findings: &mut Vec<Finding>) -> Option<i64> {
    let text = match value {
        Value::Null => return None,
        value => value.as_str().unwrap_or_default(),
    };
    if let Some(date) = date(text) {
        return Some(midnight(if end { date.tomorrow().unwrap_or(date) } else { date }));
    }
    let instant: Option<jiff::Timestamp> = text.parse().ok();
    if instant.is_none() {
        findings.push(wrong(
            name,
            "log-search-time",
            "en dato (2026-11-23) eller et tidspunkt med sone",
            "a date (2026-11-23) or an instant with a zone",
        ));
    }
    instant.map(jiff::Timestamp::as_millisecond)
}
