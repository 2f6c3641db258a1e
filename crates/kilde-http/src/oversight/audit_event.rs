//! The access log as FHIR AuditEvent, for the controller: `GET` and `POST .../AuditEvent` and `.../AuditEvent/tilgang-[no]`, as HL7 Norway's
//! trust-framework profile has it. Described, with what deviates, in `docs/fhir/auditevent.md`.

use crate::answer::{Answer, http_date};
use crate::entrance::{Left, Subject, Visit};
use crate::fhir::Asked;
use crate::query;
use crate::route::restful_code;
use axum::http::{Method, StatusCode, header};
use kilde_access::log::{ControllerEntry, Lang, Wanted};
use kilde_access::{Action, Actor, ClientKind, Relations};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;
use serde_json::{Value, json};

/// HL7 Norway's profile (`hl7.fhir.no.domain.auditevent`).
const PROFILE: &str = "http://hl7.no/fhir/StructureDefinition/no-domain-Trustframework-Auditevent";
const BASE: &str = "http://hl7.no/fhir/StructureDefinition/";
/// Persons as this instance numbers them.
const PERSON: &str = "urn:kilde:person";
/// Readers by their handles.
const READER: &str = "urn:kilde:reader";
const HPR: &str = "urn:oid:2.16.578.1.12.4.1.4.4";
const ORGANISATION: &str = "urn:oid:2.16.578.1.12.4.1.4.101";
/// How ids begin.
const ID: &str = "tilgang-";
const PAGE: usize = 50;
const LARGEST: usize = 200;

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
    let no = id.strip_prefix(ID).and_then(|no| no.parse().ok()).unwrap_or(0);
    match visit.place.access_log.read(no) {
        Err(cause) => Left::permitted(permitted, Answer::fault(&cause)),
        Ok(None) => Left::permitted(permitted, Answer::not_found()),
        Ok(Some(entry)) => {
            let line = line(visit, no, &entry);
            let persons: Vec<PersonNo> = line.person.map(PersonNo).into_iter().collect();
            let answer = Answer::fhir(StatusCode::OK, resource(visit, &line).to_string())
                .header(header::ETAG, "W/\"1\"")
                .header(header::LAST_MODIFIED, http_date(line.time_ms));
            Left::permitted(permitted, answer).about(&persons)
        }
    }
}

/// `GET /AuditEvent?...` and `POST /AuditEvent/_search`
pub async fn search(visit: &Visit, asked: &Asked) -> Left {
    let form = String::from_utf8_lossy(&asked.body).into_owned();
    let text = if asked.method == Method::POST { &form } else { &asked.query };
    let (wanted, subject, before, limit, names) = match wanted(visit, text, asked.method == Method::POST) {
        Ok(wanted) => wanted,
        Err(answer) => {
            return match visit.decide(Action::TilgangsloggSearch, &Subject::default(), None) {
                Err(refused) => refused,
                Ok(permitted) => Left::permitted(permitted, *answer),
            };
        }
    };
    let permitted = match visit.decide(Action::TilgangsloggSearch, &subject, None) {
        Err(refused) => return refused,
        Ok(permitted) => permitted,
    };
    let (place, question) = (visit.place.clone(), wanted.clone());
    let found = tokio::task::spawn_blocking(move || place.access_log.search(&question, before, limit)).await;
    let page = match found {
        Ok(Ok(page)) => page,
        Ok(Err(cause)) => return Left::permitted(permitted, Answer::fault(&cause)),
        Err(cause) => return Left::permitted(permitted, Answer::fault(&cause)),
    };
    let base = visit.server.fhir_base(&visit.place);
    let mut persons: Vec<PersonNo> = subject.person.into_iter().filter(|p| p.is_some()).collect();
    let entries: Vec<Value> = page
        .entries
        .iter()
        .map(|(no, entry)| {
            let line = line(visit, *no, entry);
            persons.extend(line.person.map(PersonNo));
            json!({
                "fullUrl": format!("{base}/AuditEvent/{ID}{no}"),
                "resource": resource(visit, &line),
                "search": { "mode": "match" },
            })
        })
        .collect();
    persons.sort_unstable();
    persons.dedup();
    let own = link(&wanted, subject.person, before, limit);
    let mut links = vec![json!({ "relation": "self", "url": format!("{base}/AuditEvent?{own}") })];
    if let Some(next) = page.next {
        let next = link(&wanted, subject.person, Some(next), limit);
        links.push(json!({ "relation": "next", "url": format!("{base}/AuditEvent?{next}") }));
    }
    let bundle = json!({ "resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries });
    let mut bundle = bundle;
    if page.entries.is_empty()
        && let Some(object) = bundle.as_object_mut()
    {
        object.remove("entry");
    }
    Left::permitted(permitted, Answer::fhir(StatusCode::OK, bundle.to_string()))
        .about(&persons)
        .parameters(&names)
}

type Asking = (Wanted, Subject, Option<u64>, usize, Vec<String>);

fn wanted(visit: &Visit, text: &str, posted: bool) -> Result<Asking, Box<Answer>> {
    let wrong = |nb: &str, en: &str| Box::new(Answer::error(StatusCode::BAD_REQUEST, "invalid", "auditevent-search", nb, en));
    let unreadable = || wrong("Søket er ikke UTF-8.", "The search is not UTF-8.");
    let (mut wanted, mut subject, mut before, mut limit) = (Wanted::default(), Subject::default(), None, PAGE);
    let mut names = Vec::new();
    for (name, value) in query::pairs(text).ok_or_else(unreadable)? {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "_count" => limit = value.parse::<usize>().unwrap_or(PAGE).clamp(1, LARGEST),
            "before" => before = value.parse().ok(),
            "outcome" if value == "0" || value == "4" => wanted.refused = Some(value == "4"),
            "date" => period(&value, &mut wanted).ok_or_else(|| {
                wrong(
                    "date skal være en dato eller et tidspunkt med sone, med ge eller lt foran.",
                    "date must be a date or an instant with a zone, with ge or lt before it.",
                )
            })?,
            "patient:identifier" => {
                let (system, value) = value.split_once('|').unwrap_or(("", &value));
                subject = match (system, value.parse::<u32>(), Nin::parse(value)) {
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
                };
                let persons = subject.person.filter(|person| person.is_some());
                wanted.persons = Some(persons.map_or_else(Vec::new, |person| visit.place.index.same_person(person).to_vec()));
            }
            "patient" => {
                let id = value.strip_prefix("Patient/").unwrap_or(&value);
                subject = visit.subject_of_patient(id).map_err(|cause| Box::new(Answer::fault(&cause)))?;
                let persons = subject.person.filter(|person| person.is_some());
                wanted.persons = Some(persons.map_or_else(Vec::new, |person| visit.place.index.same_person(person).to_vec()));
            }
            _ => {
                return Err(wrong(
                    "Tilgangsloggen søkes med patient, patient:identifier, date, outcome, _count. For én ansatt: POST /admin/tilgangslogg.",
                    "The access log is searched by patient, patient:identifier, date, outcome, _count. For one employee: POST /admin/tilgangslogg.",
                ));
            }
        }
        names.push(name);
    }
    Ok((wanted, subject, before, limit, names))
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

/// The query of a page, without national id.
fn link(wanted: &Wanted, person: Option<PersonNo>, before: Option<u64>, limit: usize) -> String {
    let instant = |ms: i64| jiff::Timestamp::from_millisecond(ms).map(|t| t.to_string()).unwrap_or_default();
    let mut parts = Vec::new();
    if wanted.persons.is_some() {
        let number = person.map_or(0, |person| person.0);
        parts.push(format!("patient:identifier={}", query::encode(&format!("{PERSON}|{number}"))));
    }
    parts.extend(wanted.from_ms.map(|ms| format!("date=ge{}", instant(ms))));
    parts.extend(wanted.to_ms.map(|ms| format!("date=lt{}", instant(ms))));
    parts.extend(wanted.refused.map(|refused| format!("outcome={}", if refused { 4 } else { 0 })));
    parts.push(format!("_count={limit}"));
    parts.extend(before.map(|before| format!("before={before}")));
    parts.join("&")
}

fn line(visit: &Visit, no: u64, entry: &kilde_access::AccessEntry) -> ControllerEntry {
    let lang = Lang::from_tag(visit.language);
    visit.place.access_log.for_controller(no, entry, lang, &*visit.place)
}

/// An entry as AuditEvent. The profile is claimed for what it is about: a person at work and a patient.
fn resource(visit: &Visit, line: &ControllerEntry) -> Value {
    let instant = jiff::Timestamp::from_millisecond(line.time_ms)
        .map(|t| t.to_string())
        .unwrap_or_default();
    let reader = &line.reader;
    let person = line.person.map(|person| person.to_string());
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": format!("{ID}{}", line.no),
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation" },
        "action": action(line),
        "recorded": instant,
        "outcome": if line.permitted { "0" } else { "4" },
        "outcomeDesc": line.why,
        "source": {
            "site": visit.place.instance.as_str(),
            "observer": { "display": format!("Kilde {}", visit.place.name) },
            "type": [{ "system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "4", "display": "Application Server" }],
        },
    });
    if let Some(code) = restful_code(&line.interaction) {
        event["subtype"] = json!([{ "system": "http://hl7.org/fhir/restful-interaction", "code": code }]);
    }
    if let Some(purpose) = &line.purpose {
        event["purposeOfEvent"] =
            json!([{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": purpose }] }]);
    }
    let policy = format!("urn:kilde:policy:{}", line.policy);
    let mut contained = Vec::new();
    if let Some(person) = &person {
        contained.push(
            json!({ "resourceType": "Patient", "id": "patient", "meta": profile("no-domain-Trustframework-Patient"),
            "identifier": [{ "system": PERSON, "value": person }] }),
        );
        event["extension"] =
            json!([{ "url": format!("{BASE}auditevent-patient-extension"), "valueReference": { "reference": "#patient" } }]);
    }
    let who = if reader.kind == "personnel" {
        contained.extend(at_work(line));
        json!({ "reference": "#role" })
    } else if reader.kind == "citizen" {
        // The patient, or who acts for her: the log knows the one who logged in.
        json!({ "identifier": { "system": READER, "value": reader.handle } })
    } else {
        json!({ "type": "Device", "display": reader.client, "identifier": { "system": "urn:kilde:client", "value": reader.client } })
    };
    event["agent"] = json!([{ "who": who, "requestor": true, "policy": [policy] }]);
    if let Some(handle) = &reader.handle {
        event["agent"][0]["altId"] = json!(handle);
    }
    if let Some(name) = reader.name.as_ref().filter(|_| reader.kind == "personnel") {
        event["agent"][0]["name"] = json!(name);
    }
    if reader.kind == "personnel" && person.is_some() {
        event["meta"] = json!({ "profile": [PROFILE] });
    }
    if !contained.is_empty() {
        event["contained"] = Value::Array(contained);
    }
    event["entity"] = entities(line, person.as_deref());
    event
}

fn profile(name: &str) -> Value {
    json!({ "profile": [format!("{BASE}{name}")] })
}

/// Practitioner, role, organisation and place of who looked.
fn at_work(line: &ControllerEntry) -> Vec<Value> {
    let reader = &line.reader;
    let mut practitioner = json!({
        "resourceType": "Practitioner", "id": "practitioner", "meta": profile("no-domain-Trustframework-Practitioner"),
        "identifier": [{ "system": READER, "value": reader.handle }],
    });
    if let Some(hpr) = &reader.hpr {
        practitioner["identifier"] = json!([{ "system": HPR, "value": hpr }, { "system": READER, "value": reader.handle }]);
    }
    if let Some(name) = &reader.name {
        practitioner["name"] = json!([{ "text": name }]);
    }
    if let Some(role) = &reader.role {
        let mut coding = json!({ "system": "urn:oid:2.16.578.1.12.4.1.1.9060", "code": role });
        if let Some(profession) = reader.profession {
            coding["display"] = json!(capital(profession));
        }
        practitioner["qualification"] = json!([{ "code": { "coding": [coding] } }]);
    }
    let organisation = |id: &str, kind: &str, number: &Option<String>, name: &Option<String>| {
        let mut one = json!({ "resourceType": "Organization", "id": id, "meta": profile(kind) });
        match number {
            Some(number) => one["identifier"] = json!([{ "system": ORGANISATION, "value": number }]),
            None => one["name"] = json!("ukjent"),
        }
        if let Some(name) = name {
            one["name"] = json!(name);
        }
        one
    };
    let place = if reader.unit.is_some() {
        (&reader.unit, &reader.unit_name)
    } else {
        (&reader.organisation, &reader.organisation_name)
    };
    vec![
        practitioner,
        json!({ "resourceType": "PractitionerRole", "id": "role", "meta": profile("no-domain-Trustframework-PractitioneRole"),
            "practitioner": { "reference": "#practitioner" }, "organization": { "reference": "#organisation" }, "location": [{ "reference": "#place" }] }),
        organisation(
            "organisation",
            "no-doc-Trustframework-Organization-PractitionerLegalentity",
            &reader.organisation,
            &reader.organisation_name,
        ),
        json!({ "resourceType": "Location", "id": "place", "meta": profile("no-doc-Trustframework-Location-PractitionerPointofcare"),
            "managingOrganization": { "reference": "#unit" } }),
        organisation(
            "unit",
            "no-doc-Trustframework-Organization-PractitionerPointofcare",
            place.0,
            place.1,
        ),
    ]
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The patient, the client, what was shown.
fn entities(line: &ControllerEntry, person: Option<&str>) -> Value {
    let kind = |code: &str| json!({ "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": code });
    let role = |code: &str| json!({ "system": "http://terminology.hl7.org/CodeSystem/object-role", "code": code });
    let mut all = Vec::new();
    if let Some(person) = person {
        all.push(json!({ "type": kind("1"), "role": role("1"), "what": { "type": "Patient", "identifier": { "system": PERSON, "value": person } } }));
    }
    all.push(json!({ "type": kind("2"), "role": role("11"),
        "what": { "type": "Device", "identifier": { "system": "urn:kilde:client", "value": line.reader.client } }, "name": line.reader.client }));
    for shown in &line.resources {
        let mut parts = shown.split('/');
        if let (Some(rtype), Some(id), Some(version)) = (parts.next(), parts.next(), parts.next()) {
            all.push(json!({ "type": kind("2"), "role": role("4"), "what": { "reference": format!("{rtype}/{id}/_history/{version}") } }));
        }
    }
    Value::Array(all)
}

fn action(line: &ControllerEntry) -> &'static str {
    match line.interaction.as_str() {
        "create" => "C",
        "update" | "patch" | "meta-add" | "meta-delete" => "U",
        "delete" => "D",
        _ if line.action == "write" => "C",
        // A history of many is asked for as a search is.
        name if line.action == "read" || name.starts_with("history") => "R",
        _ => "E",
    }
}
