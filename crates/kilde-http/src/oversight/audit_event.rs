//! The access log as FHIR AuditEvent, for the controller: `GET` and `POST .../AuditEvent` and `.../AuditEvent/tilgang-[no]`, as HL7 Norway's
//! trust-framework profile has it, and `balp-[no]`, by IHE's patterns. Described, with what deviates, in `docs/fhir/auditevent.md`.

mod balp;

use crate::answer::{Answer, http_date};
use crate::entrance::{Left, Subject, Visit};
use crate::fhir::Asked;
use crate::query;
use crate::route::restful_code;
use crate::server::Municipality;
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
    let form = String::from_utf8_lossy(&asked.body).into_owned();
    let text = if asked.method == Method::POST { &form } else { &asked.query };
    let Asking {
        wanted,
        subject,
        form,
        before,
        limit,
        names,
    } = match wanted(visit, text, asked.method == Method::POST) {
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
        .filter_map(|(no, entry)| {
            let line = line(visit, *no, entry);
            let resource = form.resource(visit, &line)?;
            persons.extend(line.person.map(PersonNo));
            Some(json!({
                "fullUrl": format!("{base}/AuditEvent/{}{no}", form.id()),
                "resource": resource,
                "search": { "mode": "match" },
            }))
        })
        .collect();
    persons.sort_unstable();
    persons.dedup();
    let own = link(&wanted, &form, subject.person, before, limit);
    let mut links = vec![json!({ "relation": "self", "url": format!("{base}/AuditEvent?{own}") })];
    if let Some(next) = page.next {
        let next = link(&wanted, &form, subject.person, Some(next), limit);
        links.push(json!({ "relation": "next", "url": format!("{base}/AuditEvent?{next}") }));
    }
    let empty = entries.is_empty();
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries });
    if empty && let Some(object) = bundle.as_object_mut() {
        object.remove("entry");
    }
    Left::permitted(permitted, Answer::fhir(StatusCode::OK, bundle.to_string()))
        .about(&persons)
        .parameters(&names)
}

/// Which of the two forms of an entry is asked for, by `_profile`.
enum Form {
    /// HL7 Norway's: every entry.
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
            (value == PROFILE).then_some(Form::NationalClaimed)
        }
    }

    /// How ids begin.
    fn id(&self) -> &'static str {
        match self {
            Form::National | Form::NationalClaimed => ID,
            Form::Balp(_) => balp::ID,
        }
    }

    /// An entry in this form, if it has it.
    fn resource(&self, visit: &Visit, line: &ControllerEntry) -> Option<Value> {
        match self {
            Form::National => Some(resource(visit, line)),
            Form::NationalClaimed => Some(resource(visit, line)).filter(|event| event["meta"]["profile"][0] == PROFILE),
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
            Form::NationalClaimed => Some(PROFILE.to_owned()),
            Form::Balp(urls) => Some(urls.join(",")),
        }
    }
}

/// What is asked.
struct Asking {
    wanted: Wanted,
    subject: Subject,
    form: Form,
    before: Option<u64>,
    limit: usize,
    names: Vec<String>,
}

fn wanted(visit: &Visit, text: &str, posted: bool) -> Result<Asking, Box<Answer>> {
    let wrong = |nb: &str, en: &str| Box::new(Answer::error(StatusCode::BAD_REQUEST, "invalid", "auditevent-search", nb, en));
    let unreadable = || wrong("Søket er ikke UTF-8.", "The search is not UTF-8.");
    let (mut wanted, mut subject, mut form, mut before, mut limit) = (Wanted::default(), Subject::default(), Form::National, None, PAGE);
    let mut names = Vec::new();
    for (name, value) in query::pairs(text).ok_or_else(unreadable)? {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "_count" => limit = value.parse::<usize>().unwrap_or(PAGE).clamp(1, LARGEST),
            "before" => before = value.parse().ok(),
            "_profile" => {
                form = Form::of(&value).ok_or_else(|| {
                    wrong(
                        "_profile skal være HL7 Norges profil for tillitsrammeverket, eller profiler fra IHE BALP.",
                        "_profile must be HL7 Norway's trust-framework profile, or profiles of IHE BALP.",
                    )
                })?;
            }
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
                    "Tilgangsloggen søkes med patient, patient:identifier, date, outcome, _profile, _count. For én ansatt: POST /admin/tilgangslogg.",
                    "The access log is searched by patient, patient:identifier, date, outcome, _profile, _count. For one employee: POST /admin/tilgangslogg.",
                ));
            }
        }
        names.push(name);
    }
    Ok(Asking {
        wanted,
        subject,
        form,
        before,
        limit,
        names,
    })
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
fn link(wanted: &Wanted, form: &Form, person: Option<PersonNo>, before: Option<u64>, limit: usize) -> String {
    let instant = |ms: i64| jiff::Timestamp::from_millisecond(ms).map(|t| t.to_string()).unwrap_or_default();
    let mut parts = Vec::new();
    if wanted.persons.is_some() {
        let number = person.map_or(0, |person| person.0);
        parts.push(format!("patient:identifier={}", query::encode(&format!("{PERSON}|{number}"))));
    }
    parts.extend(wanted.from_ms.map(|ms| format!("date=ge{}", instant(ms))));
    parts.extend(wanted.to_ms.map(|ms| format!("date=lt{}", instant(ms))));
    parts.extend(wanted.refused.map(|refused| format!("outcome={}", if refused { 4 } else { 0 })));
    parts.extend(form.parameter().map(|urls| format!("_profile={}", query::encode(&urls))));
    parts.push(format!("_count={limit}"));
    parts.extend(before.map(|before| format!("before={before}")));
    parts.join("&")
}

fn line(visit: &Visit, no: u64, entry: &kilde_access::AccessEntry) -> ControllerEntry {
    let lang = Lang::from_tag(visit.language);
    visit.place.access_log.for_controller(no, entry, lang, &*visit.place)
}

/// What both forms begin with: when, what, how it went, who recorded it.
fn begin(place: &Municipality, line: &ControllerEntry, id: &str) -> Value {
    let instant = jiff::Timestamp::from_millisecond(line.time_ms)
        .map(|t| t.to_string())
        .unwrap_or_default();
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": id,
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation" },
        "action": action(line),
        "recorded": instant,
        "outcome": if line.permitted { "0" } else { "4" },
        "outcomeDesc": line.why,
        "source": {
            "site": place.instance.as_str(),
            "observer": { "display": format!("Kilde {}", place.name) },
            "type": [{ "system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "4", "display": "Application Server" }],
        },
    });
    if restful_code(&line.interaction).is_some() {
        event["subtype"] = interaction(line);
    }
    if let Some(purpose) = &line.purpose {
        event["purposeOfEvent"] = json!([coded("http://terminology.hl7.org/CodeSystem/v3-ActReason", purpose)]);
    }
    event
}

/// The interaction, as FHIR names it.
fn interaction(line: &ControllerEntry) -> Value {
    json!([{ "system": "http://hl7.org/fhir/restful-interaction", "code": restful_code(&line.interaction) }])
}

/// A CodeableConcept of one code.
fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// The authorisation of who looked (Volven 9060), as Coding.
fn authorisation(line: &ControllerEntry) -> Option<Value> {
    let mut coding = json!({ "system": "urn:oid:2.16.578.1.12.4.1.1.9060", "code": line.reader.role.as_ref()? });
    if let Some(profession) = line.reader.profession {
        coding["display"] = json!(capital(profession));
    }
    Some(coding)
}

/// The entry by the national profile, which is claimed for what it is about: a person at work and a patient.
fn resource(visit: &Visit, line: &ControllerEntry) -> Value {
    let reader = &line.reader;
    let person = line.person.map(|person| person.to_string());
    let mut event = begin(&visit.place, line, &format!("{ID}{}", line.no));
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
    if let Some(coding) = authorisation(line) {
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

/// An entity, by codes of `audit-entity-type` and `object-role`.
fn entity(kind: &str, role: &str, what: Value) -> Value {
    json!({
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": kind },
        "role": { "system": "http://terminology.hl7.org/CodeSystem/object-role", "code": role },
        "what": what,
    })
}

/// The patient, the client, what was shown.
fn entities(line: &ControllerEntry, person: Option<&str>) -> Value {
    let mut all = Vec::new();
    if let Some(person) = person {
        let identifier = json!({ "system": PERSON, "value": person });
        all.push(entity("1", "1", json!({ "type": "Patient", "identifier": identifier })));
    }
    let client = &line.reader.client;
    let identifier = json!({ "system": "urn:kilde:client", "value": client });
    let mut client_entity = entity("2", "11", json!({ "type": "Device", "identifier": identifier }));
    client_entity["name"] = json!(client);
    all.push(client_entity);
    for shown in &line.resources {
        let mut parts = shown.split('/');
        if let (Some(rtype), Some(id), Some(version)) = (parts.next(), parts.next(), parts.next()) {
            all.push(entity("2", "4", json!({ "reference": format!("{rtype}/{id}/_history/{version}") })));
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
