//! A secret address hides where she lives and where she is met: at every door, from everybody but herself and those who wrote it.

use super::proxies::holder;
use super::someone::{BASE, LOG, Someone, stranger};
use crate::client::{Client, FNR, encode, parameters};
use crate::server::shared;
use serde_json::{Value, json};

/// What no answer may hold: her street, the place where she was met, the unit that is responsible.
const PLACES: [&str; 4] = ["Gjemmestien", "Krisesenteret", "399901006", "Sone Gjemt"];

struct Hidden {
    her: Someone<'static>,
    encounter: String,
    location: String,
}

fn patient(nin: &str, label: Option<&str>) -> Value {
    let mut patient = json!({
        "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "name": [{ "family": "Sperresen", "given": ["Siv"] }],
        "address": [{ "line": ["Gjemmestien 7"], "city": "Gjemmestien", "postalCode": "9901" }], "birthDate": "1990-10-30",
        "managingOrganization": { "display": "Sone Gjemt" }
    });
    if let Some(code) = label {
        patient["meta"] = json!({ "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": code }] });
    }
    patient
}

impl Hidden {
    /// Somebody with an address, a place that she was met at, and no label yet.
    fn new(number: usize) -> Hidden {
        let her = Someone::new(shared(), number);
        let source = shared().who("epj-nordvik");
        let made = |rtype: &str, resource: Value| {
            let answer = source.post(&format!("{BASE}/{rtype}"), &resource).expect(201).json();
            answer["id"].as_str().expect("an id").to_owned()
        };
        let location = made(
            "Location",
            json!({ "resourceType": "Location", "name": format!("Krisesenteret {number}"), "status": "active" }),
        );
        let encounter = made(
            "Encounter",
            json!({
                "resourceType": "Encounter", "status": "finished", "subject": { "reference": format!("Patient/{}", her.patient) },
                "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH" },
                "location": [{ "location": { "reference": format!("Location/{location}"), "display": "Krisesenteret" } }],
                "serviceProvider": { "display": "Sone Gjemt" }, "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Krisesenteret</div>" }
            }),
        );
        let one = Hidden { her, encounter, location };
        one.label(None);
        one
    }

    /// A new version of the Patient, labelled or not.
    fn label(&self, code: Option<&str>) {
        let mut resource = patient(&self.her.nin, code);
        resource["id"] = json!(self.her.patient);
        let path = format!("{BASE}/Patient/{}", self.her.patient);
        shared().who("epj-nordvik").put(&path, &resource).expect(200);
    }

    /// Each question, with whether its answer has her while nothing is secret, and while it is.
    fn questions(&self) -> Vec<(String, bool, bool)> {
        let Hidden { her, encounter, location } = self;
        let org = encode("urn:oid:2.16.578.1.12.4.1.4.101|399901006");
        let (patient, service) = (&her.patient, &her.service);
        let found = |text: String| (text, true, false);
        let both = |text: String| (text, true, true);
        let other = |text: String| (text, false, true);
        vec![
            both(format!("Patient/{patient}")),
            both(format!("Patient/{patient}/_history")),
            both(format!("Patient/{patient}/_history/2")),
            both(format!("Patient/{patient}/$everything")),
            both(format!("EpisodeOfCare/{service}")),
            both(format!("Encounter/{encounter}")),
            both(format!("Patient?_id={patient}&_elements=address")),
            both(format!("Patient?_id={patient}&_sort=address-city")),
            both(format!("EpisodeOfCare?_id={service}&_include=EpisodeOfCare:organization")),
            both(format!("Encounter?_id={encounter}&_include=*")),
            both(format!("Encounter/{encounter}/$everything")),
            both("_history?_count=1000".to_owned()),
            found(format!("Patient?_id={patient}&address-city=Gjemmestien")),
            found(format!("Patient?_id={patient}&address=Gjemmestien")),
            found(format!("Patient?_id={patient}&address-postalcode:exact=9901")),
            found(format!("Patient?_id={patient}&_content=Gjemmestien")),
            found(format!("Patient?_id={patient}&_filter={}", encode("address co \"jemmest\""))),
            found(format!("EpisodeOfCare?_id={service}&organization:identifier={org}")),
            found(format!("Encounter?_id={encounter}&location={location}")),
            found(format!("Encounter?_id={encounter}&location.name=Krisesenteret")),
            found(format!("Encounter?_id={encounter}&_text=Krisesenteret")),
            found(format!("Patient?_id={patient}&_has:Encounter:subject:location=Location/{location}")),
            found(format!("Patient?_id={patient}&_has:Encounter:subject:location.name=Krisesenteret")),
            other(format!("Patient?_id={patient}&address-city:missing=true")),
            other(format!("Encounter?_id={encounter}&location:missing=true")),
        ]
    }
}

/// Whether an answer has what she has, and no more than its own address says of places.
#[track_caller]
fn ask(client: &Client, path: &str, ids: &[&String]) -> (bool, String) {
    let answer = client.get(&format!("{BASE}/{path}")).expect(200);
    let mut body = answer.json();
    body.as_object_mut().map(|bundle| bundle.remove("link"));
    if let Some(entries) = body["entry"].as_array_mut().filter(|_| path.starts_with("_history")) {
        // What belongs to nobody is there as well.
        entries.retain(|entry| !["Location", "Organization"].contains(&entry["resource"]["resourceType"].as_str().unwrap_or_default()));
    }
    let text = body.to_string();
    (ids.iter().any(|id| text.contains(id.as_str())), text)
}

#[test]
fn no_door_tells_where_she_lives_or_is_met() {
    let one = Hidden::new(170);
    let (her, nurse) = (&one.her, one.her.nurse());
    let ids = [&her.patient, &her.service, &one.encounter];
    for (path, before, _) in one.questions() {
        let (has, text) = ask(&nurse, &path, &ids);
        assert_eq!(has, before, "{path}: {text}");
    }
    let about = parameters(&her.nin, None);
    let overview = nurse.post(&format!("{BASE}/$overview"), &about).expect(200).text();
    assert!(overview.contains("399901006") && !overview.contains("adressen er sperret"));
    for grade in ["R", "V"] {
        one.label(Some(grade));
        for (path, _, after) in one.questions() {
            let (has, text) = ask(&nurse, &path, &ids);
            assert_eq!(has, after, "{path}: {text}");
            for place in PLACES {
                assert!(!text.contains(place), "{path} tells of {place}: {text}");
            }
        }
        // The place is no secret; that she was there is.
        for path in [
            format!("Location?_id={}&_has:Encounter:location:status=finished", one.location),
            format!("Location?_id={}&_revinclude=Encounter:location", one.location),
        ] {
            let (_, text) = ask(&nurse, &path, &ids);
            assert!(!text.contains(&one.encounter), "{path}: {text}");
            assert_eq!(path.contains("_has"), !text.contains(&one.location), "{path}: {text}");
        }
        let read = nurse.get(&format!("{BASE}/Patient/{}", her.patient)).expect(200);
        assert!(read.text().contains("\"masked\"") && read.text().contains("SUBSETTED") && read.text().contains("Sperresen"));
        for (lang, words) in [
            ("nb", "Ansvarlig enhet vises ikke: adressen er sperret"),
            ("en", "The responsible unit is not shown"),
        ] {
            let asked = nurse
                .ask("POST", &format!("{BASE}/$overview"))
                .header("accept-language", lang)
                .json(&about)
                .send();
            let text = asked.expect(200).text();
            assert!(text.contains(words), "{text}");
            assert!(PLACES.iter().all(|place| !text.contains(place)), "{text}");
        }
        let okt = nurse.get(&format!("/9901/okt/v1/okt-events/{}", her.nin)).expect(200).text();
        assert!(PLACES.iter().all(|place| !okt.contains(place)), "{okt}");
        one.label(None);
        assert!(
            ask(&nurse, &format!("Patient/{}", her.patient), &ids).1.contains("Gjemmestien"),
            "secret no more"
        );
    }
}

#[test]
fn an_emergency_opens_no_address() {
    let one = Hidden::new(171);
    one.label(Some("V"));
    let (_, text) = ask(&one.her.emergency(), &format!("Patient/{}", one.her.patient), &[]);
    assert!(
        PLACES.iter().all(|place| !text.contains(place)) && text.contains("Sperresen"),
        "{text}"
    );
}

#[test]
fn she_herself_and_the_source_see_it_and_who_acts_for_her_does_not() {
    let one = Hidden::new(172);
    one.label(Some("R"));
    let her = &one.her;
    let ids = [&her.patient];
    let patient = format!("Patient/{}", her.patient);
    assert!(ask(&her.citizen(), &patient, &ids).1.contains("Gjemmestien"));
    assert!(ask(&her.citizen(), "Patient?address-city=Gjemmestien", &ids).0);
    assert!(ask(&shared().who("epj-nordvik"), &patient, &ids).1.contains("Gjemmestien"));
    let holder = holder(&her.nin);
    let proxy = json!({ "holder": holder, "name": "Kari", "tasks": ["insight", "log"] });
    her.citizen().post("/9901/innbygger/fullmakter", &proxy).expect(201);
    let acting = shared().who(&format!("verge-{}", her.nin));
    let (has, text) = ask(&acting, &patient, &ids);
    assert!(has && PLACES.iter().all(|place| !text.contains(place)), "{text}");
    let page = acting.get("/9901/innbygger/innsyn").expect(200).text();
    assert!(PLACES.iter().all(|place| !page.contains(place)), "{page}");
    // Whom she has trusted with her log may read it.
    acting.get(LOG).expect(200);
}

/// The log says where a child is met: a parent does not read it.
#[test]
fn a_parent_reads_no_log_of_a_child_whose_address_is_secret() {
    let nin = stranger(173);
    let source = shared().who("epj-nordvik");
    let born = jiff::Zoned::now().date().saturating_sub(jiff::Span::new().years(5));
    let mut patient = json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "birthDate": born.to_string() });
    let made = source.post(&format!("{BASE}/Patient"), &patient).expect(201).json();
    let mother = json!({
        "resourceType": "RelatedPerson", "patient": { "reference": format!("Patient/{}", made["id"].as_str().expect("an id")) },
        "identifier": [{ "system": FNR, "value": holder(&nin) }],
        "relationship": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH" }] }]
    });
    source.post(&format!("{BASE}/RelatedPerson"), &mother).expect(201);
    let parent = || shared().who(&format!("verge-{nin}"));
    parent().get(LOG).expect(200);
    patient["id"] = made["id"].clone();
    patient["meta"] = json!({ "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" }] });
    source
        .put(&format!("{BASE}/Patient/{}", made["id"].as_str().expect("an id")), &patient)
        .expect(200);
    parent().get(LOG).refused(403, "proxy_not_registered");
    parent()
        .get(&format!("{BASE}/Patient/{}", made["id"].as_str().expect("an id")))
        .expect(200);
}

/// What is masked is never written back.
#[test]
fn nobody_patches_what_is_not_shown_whole() {
    let one = Hidden::new(174);
    one.label(Some("R"));
    let nurse = one.her.nurse();
    let pulse = json!({
        "resourceType": "Observation", "status": "final", "subject": { "reference": format!("Patient/{}", one.her.patient) },
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] }, "effectiveDateTime": "2026-11-20T11:00:00Z",
        "valueQuantity": { "value": 71, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
    });
    let made = nurse.post(&format!("{BASE}/Observation"), &pulse);
    if made.status == 201 {
        let path = format!("{BASE}/Observation/{}", made.json()["id"].as_str().expect("an id"));
        let patch = nurse.ask("PATCH", &path).body(
            "application/json-patch+json",
            r#"[{"op":"replace","path":"/status","value":"amended"}]"#,
        );
        patch.send().refused(403, "patch-withheld");
    }
}
