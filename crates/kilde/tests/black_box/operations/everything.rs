//! `$everything`: <https://hl7.org/fhir/R4/patient-operation-everything.html>.

use super::{at, by_a_system, made, name, pages, patient_of, same, system, told};
use crate::client::{FNR, NOBODY, OLAV, SOLVEIG, stranger};
use crate::server::shared;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn names<'a>(found: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    found.into_iter().map(name).collect()
}

/// SHALL: $everything of a patient gives the whole compartment of hers that the reader reaches, in pages, each match once (patient-operation-everything.html)
#[test]
fn everything_shall_give_the_patients_whole_compartment_in_pages() {
    // A citizen of this test's own, so that nobody else adds to her.
    let organization = made(&json!({ "resourceType": "Organization", "name": "Legegruppen" }));
    let practitioner = made(&json!({ "resourceType": "Practitioner", "name": [{ "family": "Strand" }] }));
    let role = made(
        &json!({ "resourceType": "PractitionerRole", "practitioner": { "reference": practitioner }, "organization": { "reference": organization } }),
    );
    let patient = made(&json!({ "resourceType": "Patient", "name": [{ "family": "Alt" }] }));
    let other = made(&json!({ "resourceType": "Patient", "name": [{ "family": "Annen" }] }));
    let of = |patient: &str, date: &str| {
        json!({ "resourceType": "Observation", "status": "final", "code": { "text": "puls" }, "subject": { "reference": patient },
            "performer": [{ "reference": role }], "effectiveDateTime": date })
    };
    let old = made(&of(&patient, "2020-05-01"));
    let new = made(&of(&patient, "2026-05-01"));
    let undated = made(&json!({ "resourceType": "Condition", "subject": { "reference": patient }, "code": { "text": "x" } }));
    made(&of(&other, "2026-05-01"));
    // A group has her in it; the others of the group are not hers.
    let group = made(
        &json!({ "resourceType": "Group", "type": "person", "actual": true, "member": [{ "entity": { "reference": patient } }, { "entity": { "reference": other } }] }),
    );

    let path = at(&format!("{patient}/$everything"));
    let all = pages(&system(), &format!("{path}?_count=2"));
    let matches: Vec<&Value> = all.iter().filter(|(mode, _)| mode == "match").map(|(_, r)| r).collect();
    let expected = BTreeSet::from([patient.clone(), old.clone(), new.clone(), undated.clone(), group]);
    assert_eq!(names(matches.iter().copied()), expected);
    assert_eq!(matches.len(), expected.len(), "each once");
    // What those refer to, directly or through another, and that no patient has.
    let included = names(all.iter().filter(|(mode, _)| mode == "include").map(|(_, r)| r));
    assert_eq!(included, BTreeSet::from([organization, practitioner, role]));

    // By types, by time of care, by time of change; a resource that says nothing of when is not left out.
    let found = |query: &str| {
        let all = pages(&system(), &format!("{path}?{query}"));
        names(all.iter().filter(|(mode, _)| mode == "match").map(|(_, r)| r))
    };
    assert_eq!(
        found("_type=Observation,Patient"),
        BTreeSet::from([patient.clone(), old.clone(), new.clone()])
    );
    let since_2025 = found("start=2025-01-01&_type=Observation,Condition");
    assert_eq!(since_2025, BTreeSet::from([new.clone(), undated.clone()]));
    let until_2025 = found("end=2025&_type=Observation,Condition");
    assert_eq!(until_2025, BTreeSet::from([old.clone(), undated]));
    assert!(found("_since=2999-01-01T00:00:00Z").is_empty());
    assert!(found("_since=2020-01-01T00:00:00%2B01:00").len() > 4);

    // The same by POST, with the parameters of the operation or of a form.
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "_type", "valueCode": "Observation" }, { "name": "end", "valueDate": "2025-01-01" }, { "name": "_count", "valueInteger": 5 } ] });
    let posted = system().post(&path, &parameters).expect(200).resources();
    let matched = posted.iter().filter(|r| r["resourceType"] == "Observation");
    assert_eq!(names(matched), BTreeSet::from([old.clone()]));
    let form = system().search(&path, "_type=Observation&end=2025").expect(200).resources();
    assert!(names(&form).contains(&old));
    assert!(!names(&form).contains(&new));
}

/// SHALL: $everything of an encounter gives the encounter, what refers to it, its patient, and what those refer to (encounter-operation-everything.html)
#[test]
fn everything_shall_give_an_encounter_with_what_belongs_to_it() {
    let patient = made(&json!({ "resourceType": "Patient", "name": [{ "family": "Møte" }] }));
    let place = made(&json!({ "resourceType": "Location", "name": "Legevakten" }));
    let episode = made(&json!({ "resourceType": "EpisodeOfCare", "status": "active", "patient": { "reference": patient } }));
    let encounter = made(
        &json!({ "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" }, "subject": { "reference": patient },
            "episodeOfCare": [{ "reference": episode }], "location": [{ "location": { "reference": place } }] }),
    );
    let observation = |context: Value| {
        let mut resource =
            json!({ "resourceType": "Observation", "status": "final", "code": { "text": "puls" }, "subject": { "reference": patient } });
        if context.is_string() {
            resource["encounter"] = json!({ "reference": context });
        }
        made(&resource)
    };
    let inside = observation(json!(encounter));
    let outside = observation(Value::Null);
    let given = made(
        &json!({ "resourceType": "MedicationAdministration", "status": "completed", "medicationCodeableConcept": { "text": "x" },
            "subject": { "reference": patient }, "context": { "reference": encounter }, "effectiveDateTime": "2026-01-01" }),
    );
    let all = pages(&system(), &at(&format!("{encounter}/$everything")));
    let found = names(all.iter().map(|(_, r)| r));
    assert_eq!(found, BTreeSet::from([encounter, inside, given, patient, place, episode]));
    assert!(!found.contains(&outside));
}

/// SHALL: What $everything gives is judged as any search is, and another's everything looks as if there were nothing (deny by default)
#[test]
fn everything_shall_reach_nothing_of_another_patient() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let hers = patient_of(&physician);
    let nobody = format!("Patient/{NOBODY}");
    let nurse = || shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let ask = |patient: &str, query: &str| nurse().get(&at(&format!("{patient}/$everything{query}")));
    for query in ["", "?_count=1", "?_type=Observation"] {
        let (her, none) = (ask(&hers, query), ask(&nobody, query));
        assert!(matches!(her.status, 403 | 404), "{}", her.start());
        same(&her, &none, &hers, &nobody);
    }
    // An encounter of hers, by its id.
    let encounter =
        made(&json!({ "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" }, "subject": { "reference": hers } }));
    let (her, none) = (
        nurse().get(&at(&format!("{encounter}/$everything"))),
        nurse().get(&at(&format!("Encounter/{NOBODY}/$everything"))),
    );
    assert_eq!(her.status, 404, "{}", her.start());
    same(&her, &none, &encounter, &format!("Encounter/{NOBODY}"));
    // Who may, may; and a page of hers is good for nobody else.
    let first = physician.get(&at(&format!("{hers}/$everything?_count=2"))).expect(200);
    let next = first.next().expect("a next page");
    assert!(
        physician
            .get(&next)
            .expect(200)
            .resources()
            .iter()
            .all(|r| !first.resources().contains(r))
    );
    for thief in [
        nurse(),
        shared().who("lege-legevakt-nordvik").attested(OLAV),
        system(),
        shared().who(&format!("innbygger-{OLAV}")),
    ] {
        let answer = thief.get(&next);
        assert!(matches!(answer.status, 400 | 403), "{}: {}", answer.status, answer.start());
        assert!(!answer.text().contains(&hers[8..]), "{}", answer.start());
    }
    // The citizen herself has it; a system has what it delivered and no more.
    let own = shared()
        .who(&format!("innbygger-{SOLVEIG}"))
        .get(&at(&format!("{hers}/$everything")))
        .expect(200);
    assert!(own.resources().len() > 1);
    let board = shared().who("tavle-nordvik").get(&at(&format!("{hers}/$everything")));
    assert_eq!(board.status, 404, "{}", board.start());
    let log = shared()
        .who(&format!("innbygger-{SOLVEIG}"))
        .get("/9901/innbygger/tilgangslogg")
        .expect(200);
    assert!(
        log.text().contains("Tavleverket") || log.text().contains("datasystem"),
        "{}",
        log.start()
    );
}

/// SHALL: Parameters that $everything does not have are refused, and $everything of all patients points to bulk data (operations.html)
#[test]
fn everything_shall_refuse_what_it_does_not_have() {
    let patient = made(&json!({ "resourceType": "Patient" }));
    let ask = |query: &str| system().get(&at(&format!("{patient}/$everything?{query}")));
    ask("code=8867-4").refused(400, "search-parameter-unsupported");
    ask("start=snart").refused(400, "search-value-invalid");
    ask("_count=0").refused(400, "search-value-invalid");
    ask("_type=Pasient").refused(400, "search-value-invalid");
    ask("start=2020&start=2021").refused(400, "search-parameter-repeated");
    ask("_cursor=abc").expect(400).rule();
    system().get(&at("Patient/$everything")).refused(501, "everything-of-all");
    system()
        .post(&at("Patient/$everything"), &json!({ "resourceType": "Parameters" }))
        .refused(501, "everything-of-all");
    system()
        .post(&at(&format!("{patient}/$everything")), &json!({ "resourceType": "Patient" }))
        .refused(400, "operation-parameters");
    system()
        .get(&at(&format!("{patient}/$summary")))
        .refused(501, "summary-not-supported");
    shared()
        .who("system-test")
        .ask("PUT", &at(&format!("{patient}/$everything")))
        .send()
        .refused(405, "method-not-allowed");
    system()
        .get(&at(&format!("Patient/{OLAV}/$everything")))
        .refused(400, "no-nin-in-url");
}

/// Who reaches everybody leaves an entry in the log of each person whose resources were shown.
#[test]
fn each_person_whose_resources_a_system_is_shown_finds_it_in_her_log() {
    let lines = |nin: &str| told(nin, |entry| by_a_system(entry, "Søkte"));
    let before = [lines(OLAV), lines(SOLVEIG)];
    let all = pages(&system(), &at("Patient?_count=1000"));
    assert!(all.len() > 30);
    let after = [lines(OLAV), lines(SOLVEIG)];
    assert!(after[0] > before[0] && after[1] > before[1], "{before:?} {after:?}");
}

/// So does she whose stored resource a system has examined: the findings tell of its content.
#[test]
fn a_person_whose_resource_a_system_examined_finds_it_in_her_log() {
    let nin = stranger(91);
    let pulse = made(&json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "puls" },
        "subject": { "type": "Patient", "identifier": { "system": FNR, "value": nin } }
    }));
    let read = |nin: &str| told(nin, |entry| entry["who"] == "Et datasystem" && !by_a_system(entry, "Registrerte"));
    assert_eq!(read(&nin), 0);
    system().get(&at(&format!("{pulse}/$validate"))).expect(200);
    assert_eq!(read(&nin), 1);
}
