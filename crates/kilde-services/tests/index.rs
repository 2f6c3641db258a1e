//! The services over a real log and index, within real access scopes.

use kilde_access::{AccessScope, Categories, Category, testing};
use kilde_fhir::definitions::ResourceType;
use kilde_index::{Applied, Index};
use kilde_log::{Change, Entry, Envelope, EventLog, Instance, InstanceKeys, MasterKey, NewEvent, PersonNo};
use kilde_services::{AllUp, Lang, OverviewBundle, Request, Services, Store};
use serde_json::{Value, json};
use std::sync::Arc;

const SOURCE: &str = "399901006/epj";
const NOW: i64 = 1_795_376_165_123;

struct Kit {
    _dir: tempfile::TempDir,
    log: Arc<EventLog>,
    index: Index,
}

fn instance() -> Instance {
    Instance::parse("9901").unwrap()
}

impl Kit {
    fn new() -> Kit {
        let dir = tempfile::tempdir().unwrap();
        let master = MasterKey::from_bytes([7; 32]);
        let keys = Arc::new(InstanceKeys::open_or_create(&dir.path().join("instance.key"), &instance(), &master).unwrap());
        let log = Arc::new(EventLog::open(&dir.path().join("log"), &instance(), keys.clone()).unwrap());
        let index = Index::open(&dir.path().join("index"), &instance(), keys, log.clone()).unwrap();
        Kit { _dir: dir, log, index }
    }

    /// Writes the first version of resources of one person, or of nobody.
    fn put(&self, identity: Option<&str>, resources: &[Value]) -> PersonNo {
        let mut appender = self.log.appender();
        let person = identity.map_or(PersonNo(0), |identity| appender.person_or_new(identity).unwrap());
        let event = NewEvent {
            envelope: Envelope {
                kind: "transaction".into(),
                source: SOURCE.into(),
                organisation: "399901006".into(),
                client: "epj".into(),
                received_ms: NOW - 60_000,
                format: "application/fhir+json".into(),
                ..Envelope::default()
            },
            original: b"original".to_vec(),
            answer: b"answer".to_vec(),
            entries: resources
                .iter()
                .map(|r| Entry {
                    person,
                    rtype: ResourceType::from_name(r["resourceType"].as_str().unwrap()).unwrap().0,
                    id: r["id"].as_str().unwrap().to_owned(),
                    version: 1,
                    change: Change::Created,
                    payload: r.to_string().into_bytes(),
                })
                .collect(),
            ..NewEvent::default()
        };
        let no = appender.push(event.clone()).unwrap();
        appender.commit().unwrap();
        self.index.apply(&[Applied::of(no, &event)]).unwrap();
        person
    }

    fn overview(&self, services: &Services, scope: &AccessScope, person: PersonNo) -> (OverviewBundle, Value) {
        let store = Store::new(&self.index, scope, person, &[]).expect("index");
        let answer = services.overview(&request(&store));
        let value = serde_json::from_slice(&answer.body).unwrap();
        (answer, value)
    }
}

fn request<'a>(store: &'a Store<'a>) -> Request<'a> {
    Request {
        records: Some(store),
        patient: ("urn:oid:2.16.578.1.12.4.1.4.1", "19779998080"),
        services: &[],
        now_ms: NOW,
        lang: Lang::Nb,
        base: "https://kilde.example/9901/fhir/r4",
        sources: &AllUp,
    }
}

fn episode(id: &str, code: &str) -> Value {
    json!({
        "resourceType": "EpisodeOfCare", "id": id, "status": "active", "patient": { "reference": "Patient/p" },
        "extension": [{ "url": "http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown", "valueMarkdown": "hemmelig" }],
        "type": [{ "coding": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": code, "display": format!("Tjeneste {code}") }] }],
        "managingOrganization": { "identifier": { "system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "399901006" }, "display": "Sone" },
        "period": { "start": "2020-06-22" }
    })
}

fn temperature(id: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": id, "status": "final", "subject": { "reference": "Patient/p" },
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8310-5" }] }, "effectiveDateTime": "2026-11-22T10:00:00+01:00",
        "valueQuantity": { "value": 38.5, "unit": "Cel", "system": "http://unitsofmeasure.org", "code": "Cel" }
    })
}

fn section<'a>(bundle: &'a Value, service: &str) -> Option<&'a Value> {
    bundle["entry"][0]["resource"]["section"]
        .as_array()?
        .iter()
        .find(|s| s["code"]["coding"][0]["code"] == service)
}

fn filled() -> (Kit, PersonNo) {
    let kit = Kit::new();
    kit.put(None, &[json!({ "resourceType": "Organization", "id": "sone", "name": "Sone Vest", "identifier": [{ "system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "399901006" }] })]);
    let person = kit.put(
        Some("Patient/p"),
        &[
            json!({ "resourceType": "Patient", "id": "p", "birthDate": "1940-01-01" }),
            episode("a", "2"),
            episode("b", "14"),
        ],
    );
    kit.put(Some("Patient/p"), &[temperature("t")]);
    (kit, person)
}

#[test]
fn a_service_activated_later_shows_what_came_before() {
    let (kit, person) = filled();
    let scope = testing::reader(instance(), &[person], &Category::EVERY);
    let (_, before) = kit.overview(&Services::activated(&["okt"]).unwrap(), &scope, person);
    assert!(section(&before, "okt").is_some() && section(&before, "maaledata").is_none());
    let (_, after) = kit.overview(&Services::activated(&["okt", "maaledata"]).unwrap(), &scope, person);
    let shown = section(&after, "maaledata").unwrap();
    assert!(shown["text"]["div"].as_str().unwrap().contains("38,5 °C"));
    assert_eq!(
        shown["entry"].as_array().unwrap().len(),
        2,
        "the measurement and what Kilde made of it"
    );
}

#[test]
fn sensitive_services_are_counted_and_never_shown() {
    let (kit, person) = filled();
    let every = testing::reader(instance(), &[person], &Category::EVERY);
    assert!(
        kit.overview(&Services::every(), &every, person)
            .1
            .to_string()
            .contains("Tjeneste 14")
    );
    let narrow = testing::reader(
        instance(),
        &[person],
        &[Category::Tjenester, Category::Administrativt, Category::Person],
    );
    let (answer, bundle) = kit.overview(&Services::every(), &narrow, person);
    assert!(!bundle.to_string().contains("Tjeneste 14") && !bundle.to_string().contains("\"14\""));
    assert_eq!(section(&bundle, "okt").unwrap()["extension"][0]["valueUnsignedInt"], 1);
    assert_eq!(
        section(&bundle, "maaledata").unwrap()["emptyReason"]["coding"][0]["code"],
        "withheld"
    );
    assert_eq!(answer.withheld, 2);
    assert!(answer.resources.iter().all(|(_, id, _)| id != "b" && id != "t"));
}

#[test]
fn descriptions_follow_the_scope() {
    let (kit, person) = filled();
    let scope = testing::reader(instance(), &[person], &Category::EVERY);
    assert!(kit.overview(&Services::every(), &scope, person).1.to_string().contains("hemmelig"));
    let narrow = testing::without_descriptions(&scope);
    let (answer, bundle) = kit.overview(&Services::every(), &narrow, person);
    assert!(!bundle.to_string().contains("hemmelig"));
    assert!(bundle.to_string().contains("SUBSETTED"));
    assert_eq!(answer.withheld, 2, "a description of each service");
    assert!(bundle.to_string().contains("Sone Vest"), "the unit is shown");
}

#[test]
fn another_person_is_out_of_reach() {
    let (kit, person) = filled();
    let other = kit.put(Some("Patient/q"), &[json!({ "resourceType": "Patient", "id": "q" })]);
    let scope = testing::reader(instance(), &[other], &Category::EVERY);
    let (answer, bundle) = kit.overview(&Services::every(), &scope, person);
    assert_eq!((answer.resources.len(), answer.withheld), (0, 0), "not even that there is anything");
    assert_eq!(section(&bundle, "okt").unwrap()["emptyReason"]["coding"][0]["code"], "notstarted");
    let (_, own) = kit.overview(&Services::every(), &scope, other);
    assert_eq!(section(&own, "okt").unwrap()["emptyReason"]["coding"][0]["code"], "nilknown");
}

#[test]
fn an_existence_check_tells_only_whether() {
    let (kit, person) = filled();
    let scope = testing::exists_only(&testing::reader(instance(), &[person], &[Category::Tjenester, Category::Maaledata]));
    let store = Store::new(&kit.index, &scope, person, &[]).expect("index");
    let status: Value = serde_json::from_slice(&Services::every().status(&request(&store))).unwrap();
    let part = |service: usize, i: usize| &status["parameter"][service]["part"][i];
    assert_eq!(part(0, 1)["valueBoolean"], true);
    assert_eq!(part(0, 2)["valueUnsignedInt"], 1, "the sensitive one is not counted");
    assert_eq!(part(1, 2)["valueUnsignedInt"], 1);
    let answer = Services::every().overview(&request(&store));
    assert!(answer.resources.is_empty(), "such a scope shows nothing");
}

#[test]
fn bytes_are_the_stored_ones() {
    let (kit, person) = filled();
    let scope = testing::reader(instance(), &[person], &Category::EVERY);
    let (answer, _) = kit.overview(&Services::every(), &scope, person);
    let body = String::from_utf8(answer.body).unwrap();
    assert!(body.contains(&temperature("t").to_string()) && body.contains(&episode("a", "2").to_string()));
}

#[test]
fn how_long_an_overview_takes() {
    let (kit, person) = filled();
    for i in 0..200 {
        let mut one = temperature(&format!("t{i}"));
        one["effectiveDateTime"] = format!("2026-{:02}-{:02}T10:{:02}:00+01:00", 1 + i / 25, 1 + i % 25, i % 60).into();
        kit.put(Some("Patient/p"), &[one]);
    }
    let scope = testing::reader(instance(), &[person], &Category::EVERY);
    let types = [ResourceType::from_name("Observation").unwrap()];
    let time = |what: &str, f: &dyn Fn()| {
        let start = std::time::Instant::now();
        (0..20).for_each(|_| f());
        eprintln!("{what}: {:?}", start.elapsed() / 20);
    };
    let services = Services::every();
    time("reading 201 measurements, each its own event", &|| {
        let one = kit.index.one_person(&scope, person, &types).unwrap();
        drop(one.read(&types, Categories::ALL).unwrap())
    });
    time("overview with them", &|| {
        let store = Store::new(&kit.index, &scope, person, &[]).expect("index");
        services.overview(&request(&store));
    });
}
