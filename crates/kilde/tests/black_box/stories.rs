//! The two stories of the demo as promises.

use crate::client::{Answer, Client, FNR, OLAV, SOLVEIG, eleven_digits, parameters, stranger};
use crate::server::shared;
use serde_json::{Value, json};

const OVERVIEW: &str = "/9901/fhir/r4/$overview";

fn who(persona: &str, patient: &str) -> Client {
    shared().who(persona).attested(patient)
}

/// A decision from that day on: day and service tell one decision from another.
fn decision(from: &str, description: &str) -> Value {
    json!({
        "personIdentifier": OLAV,
        "oktMessages": [{
            "startDate": from, "endDate": "", "needsCaption": false, "temporaryCessation": false,
            "serviceLevel": "Hjemmetjenesten i Nordvik, sone Nord", "weeklyExtent": "30 minutter", "stayType": "",
            "serviceDescription": description,
            "iplosCode": { "iplosCodeLevel": "1", "iplosCodeValue": "15", "iplosParentCode": "0",
                           "iplosCodeDescription": "Helsetjenester i hjemmet" }
        }]
    })
}

fn okt_overview(persona: &str) -> Answer {
    who(persona, OLAV).post(OVERVIEW, &parameters(OLAV, Some("okt")))
}

#[test]
fn a_decision_in_okt_json_is_seen_by_nurse_and_physician() {
    let description = "Tilsyn klokken tre hver natt. Svart nøkkelboks.";
    who("saksbehandler-nordvik", OLAV)
        .post("/9901/okt/v1/okt-events", &decision("2026-10-01", description))
        .expect(201);
    for persona in ["sykepleier-legevakt-nordvik", "lege-legevakt-nordvik"] {
        let answer = okt_overview(persona).expect(200);
        assert!(answer.text().contains(description), "{persona}: {}", answer.start());
        let okt = who(persona, OLAV).get(&format!("/9901/okt/v1/okt-events/{OLAV}")).expect(200);
        assert!(okt.text().contains(description), "{persona}: {}", okt.start());
    }
    let status = who("sykepleier-legevakt-nordvik", OLAV)
        .get(&format!("/9901/okt/v1/okt-status/{OLAV}"))
        .expect(200);
    assert!(status.json()["count"].as_u64().is_some_and(|n| n > 0), "{}", status.text());
}

#[test]
fn a_decision_in_a_fhir_transaction_is_seen_by_nurse_and_physician() {
    let (first, second) = (
        "Hjelp til dusj tirsdag formiddag.",
        "Hjelp til frokost hver dag, kaffe uten sukker.",
    );
    let case_worker = who("saksbehandler-nordvik", OLAV);
    case_worker
        .post("/9901/okt/v1/okt-events", &decision("2026-10-02", first))
        .expect(201);
    let nurse = who("sykepleier-legevakt-nordvik", OLAV);
    let found = nurse.get("/9901/fhir/r4/EpisodeOfCare?_count=200").expect(200).resources();
    let model = found.iter().find(|r| r.to_string().contains(first)).expect("the first decision");
    let mut episode: Value = serde_json::from_str(&model.to_string().replace(first, second)).expect("JSON");
    for name in ["id", "meta", "identifier", "text"] {
        episode.as_object_mut().expect("a resource").remove(name);
    }
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction",
        "entry": [{ "resource": episode, "request": { "method": "POST", "url": "EpisodeOfCare" } }] });
    case_worker.post("/9901/fhir/r4", &bundle).expect(200);
    for persona in ["sykepleier-legevakt-nordvik", "lege-legevakt-nordvik"] {
        let answer = okt_overview(persona).expect(200);
        assert!(answer.text().contains(second), "{persona}: {}", answer.start());
    }
}

#[test]
fn a_physiotherapist_sees_services_without_any_description() {
    let description = "Ordinasjonsskjema ligger i blå perm på kjøkkenet.";
    who("saksbehandler-nordvik", OLAV)
        .post("/9901/okt/v1/okt-events", &decision("2026-10-03", description))
        .expect(201);
    // What the nurse reads of descriptions, the physiotherapist must not find anywhere.
    let okt = who("sykepleier-legevakt-nordvik", OLAV)
        .get(&format!("/9901/okt/v1/okt-events/{OLAV}"))
        .expect(200)
        .json();
    let descriptions: Vec<String> = okt["oktMessages"]
        .as_array()
        .expect("messages")
        .iter()
        .filter_map(|m| m["serviceDescription"].as_str().filter(|d| !d.is_empty()).map(str::to_owned))
        .collect();
    assert!(
        descriptions.iter().any(|d| d == description) && descriptions.len() > 3,
        "{descriptions:?}"
    );
    let physiotherapist = who("fysioterapeut-nordvik", OLAV);
    let overview = physiotherapist.post(OVERVIEW, &parameters(OLAV, Some("okt"))).expect(200);
    assert!(overview.text().contains("Helsetjenester i hjemmet"), "she sees that there is help");
    let search = physiotherapist.get("/9901/fhir/r4/EpisodeOfCare?_count=200").expect(200);
    let mut answers = vec![
        overview,
        physiotherapist.get(&format!("/9901/okt/v1/okt-events/{OLAV}")).expect(200),
    ];
    for episode in search.resources() {
        let id = episode["id"].as_str().expect("an id");
        answers.push(physiotherapist.get(&format!("/9901/fhir/r4/EpisodeOfCare/{id}")).expect(200));
        answers.push(
            physiotherapist
                .get(&format!("/9901/fhir/r4/EpisodeOfCare/{id}/_history/1"))
                .expect(200),
        );
        answers.push(
            physiotherapist
                .get(&format!("/9901/fhir/r4/EpisodeOfCare/{id}/_history"))
                .expect(200),
        );
    }
    assert!(answers.len() > 4);
    answers.push(search);
    for answer in answers {
        for description in &descriptions {
            assert!(!answer.text().contains(description.as_str()), "{description} in {}", answer.start());
        }
    }
}

#[test]
fn the_refused_are_told_why() {
    let nurse = || who("sykepleier-legevakt-nordvik", OLAV);
    for (client, code) in [
        (who("sykepleier-dalfjord", OLAV), "other_organisation"),
        (shared().who("drift"), "operator_sees_no_content"),
        (nurse().variant("attestation-expired"), "attestation_has_expired"),
        (who("sykepleier-legevakt-nordvik", SOLVEIG), "attestation_other_patient"),
        (who("lege-legevakt-nordvik", OLAV).purpose("ETREAT"), "emergency_without_reason"),
        (shared().who("innbygger-02887910416"), "other_citizen"),
    ] {
        client.post(OVERVIEW, &parameters(OLAV, None)).refused(403, code);
    }
}

#[test]
fn an_emergency_with_a_reason_is_answered() {
    let physician = who("lege-legevakt-nordvik", OLAV)
        .purpose("ETREAT")
        .reason("Bevisstløs i ambulanse, må vite om hjelp hjemme");
    physician.post(OVERVIEW, &parameters(OLAV, None)).expect(200);
}

#[test]
fn the_citizen_sees_who_looked_in_three_languages_and_no_national_id() {
    who("sykepleier-legevakt-nordvik", OLAV)
        .post(OVERVIEW, &parameters(OLAV, Some("okt")))
        .expect(200);
    who("sykepleier-dalfjord", OLAV).post(OVERVIEW, &parameters(OLAV, None)).expect(403);
    let citizen = shared().who(&format!("innbygger-{OLAV}"));
    let mut texts = Vec::new();
    for language in ["nb", "nn", "en"] {
        let answer = citizen
            .ask("GET", "/9901/innbygger/tilgangslogg?limit=500")
            .header("accept-language", language)
            .send()
            .expect(200);
        assert_eq!(eleven_digits(&answer.text()), Vec::<&str>::new(), "{language}: {}", answer.text());
        let page = answer.json();
        let entries = page["entries"].as_array().expect("entries").clone();
        let of = |who: &str| {
            entries
                .iter()
                .find(|e| e["who"] == who)
                .unwrap_or_else(|| panic!("{who} in {page}"))
                .clone()
        };
        let (nurse, refused) = (of("Nina Havnes"), of("Sjur Kvamsdal"));
        assert!(
            nurse["workplace"].as_str().is_some_and(|w| w.contains("Legevakten i Nordvik")),
            "{nurse}"
        );
        assert!(refused["workplace"].as_str().is_some_and(|w| w.contains("Dalfjord")), "{refused}");
        texts.push(refused.to_string());
    }
    assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2], "{texts:#?}");
}

#[test]
fn the_citizens_log_is_the_citizens_own() {
    who("sykepleier-legevakt-nordvik", OLAV)
        .post(OVERVIEW, &parameters(OLAV, None))
        .expect(200);
    for persona in ["sykepleier-legevakt-nordvik", "drift", "system-test", "epj-nordvik"] {
        let answer = shared().who(persona).attested(OLAV).get("/9901/innbygger/tilgangslogg");
        assert_eq!(answer.status, 403, "{persona}: {}", answer.start());
        answer.rule();
    }
}

/// A full set of vital signs, scoring 2+1+0+1+1+0+1.
fn vital_signs() -> Value {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let quantity =
        |value: Value, unit: &str, code: &str| json!({ "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code });
    let entry = |code: &str, content: Value| {
        let mut resource = json!({
            "resourceType": "Observation", "status": "final",
            "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
            "subject": { "type": "Patient", "identifier": { "system": crate::client::FNR, "value": SOLVEIG } },
            "effectiveDateTime": now
        });
        resource
            .as_object_mut()
            .expect("object")
            .extend(content.as_object().expect("object").clone());
        json!({ "resource": resource, "request": { "method": "POST", "url": "Observation" } })
    };
    let single = |code: &str, value: Value, unit: &str, ucum: &str| entry(code, json!({ "valueQuantity": quantity(value, unit, ucum) }));
    let pressure = |code: &str, value: Value| json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": code }] }, "valueQuantity": quantity(value, "mmHg", "mm[Hg]") });
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        single("9279-1", json!(22), "/min", "/min"),
        single("59408-5", json!(94), "%", "%"),
        single("3151-8", json!(0), "l/min", "L/min"),
        entry("85354-9", json!({ "component": [pressure("8480-6", json!(108)), pressure("8462-4", json!(66))] })),
        single("8867-4", json!(104), "slag/min", "/min"),
        entry("67775-7", json!({ "valueCodeableConcept": { "coding": [{ "system": "http://loinc.org", "code": "LA9340-6" }] } })),
        single("8310-5", json!(38.4), "°C", "Cel"),
    ] })
}

#[test]
fn vital_signs_become_a_score_with_parts_and_the_persons_habitual_score() {
    who("sykepleier-kad-nordvik", SOLVEIG)
        .post("/9901/fhir/r4", &vital_signs())
        .expect(200);
    let answer = who("lege-legevakt-nordvik", SOLVEIG)
        .post(OVERVIEW, &parameters(SOLVEIG, Some("maaledata")))
        .expect(200);
    let composition = &answer.json()["entry"][0]["resource"];
    let text = composition["section"].to_string();
    for part in [
        "NEWS2: 6",
        "22/min",
        "94 %",
        "108 mmHg",
        "104 slag/min",
        "38,4 °C",
        "Vanlig for personen",
        "Nå 5 over det vanlige",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn decisions_under_two_numbers_of_one_person_are_told_once_each() {
    let numbers = [stranger(70), stranger(71)];
    for nin in &numbers {
        let mut event = decision("2026-10-05", "Tilsyn.");
        event["personIdentifier"] = json!(nin);
        shared().who("epj-nordvik").post("/9901/okt/v1/okt-events", &event).expect(201);
    }
    let identifiers: Vec<Value> = numbers.iter().map(|nin| json!({ "system": FNR, "value": nin })).collect();
    let both = json!({ "resourceType": "Patient", "identifier": identifiers });
    shared().who("system-test").post("/9901/fhir/r4/Patient", &both).expect(201);
    let [first, _] = &numbers;
    let nurse = who("sykepleier-legevakt-nordvik", first);
    let status = nurse.get(&format!("/9901/okt/v1/okt-status/{first}")).expect(200).json();
    assert_eq!(status["count"], 2);
    let events = nurse.get(&format!("/9901/okt/v1/okt-events/{first}")).expect(200).json();
    assert_eq!(events["oktMessages"].as_array().map(Vec::len), Some(2), "{events}");
}
