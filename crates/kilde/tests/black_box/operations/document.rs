//! `$document`: <https://hl7.org/fhir/R4/composition-operation-document.html>.

use super::{at, made, name, same, system};
use crate::client::{NOBODY, OLAV, SOLVEIG};
use crate::server::shared;
use serde_json::{Value, json};

struct Made {
    patient: String,
    author: String,
    organization: String,
    observation: String,
}

fn parts() -> Made {
    let patient = made(&json!({ "resourceType": "Patient", "name": [{ "family": "Dokument" }] }));
    let organization = made(&json!({ "resourceType": "Organization", "name": "Legegruppen" }));
    let practitioner = made(&json!({ "resourceType": "Practitioner", "name": [{ "family": "Strand" }] }));
    let author = made(
        &json!({ "resourceType": "PractitionerRole", "practitioner": { "reference": practitioner }, "organization": { "reference": organization } }),
    );
    let observation = made(
        &json!({ "resourceType": "Observation", "status": "final", "code": { "text": "puls" }, "subject": { "reference": patient },
            "performer": [{ "reference": author }] }),
    );
    Made {
        patient,
        author,
        organization,
        observation,
    }
}

fn composition(made: &Made, entries: &[&str]) -> Value {
    let entries: Vec<Value> = entries.iter().map(|e| json!({ "reference": e })).collect();
    json!({ "resourceType": "Composition", "status": "final", "type": { "text": "Epikrise" }, "date": "2026-01-01", "title": "Epikrise",
        "subject": { "reference": made.patient }, "author": [{ "reference": made.author }],
        "section": [{ "title": "Målinger", "entry": entries }] })
}

/// SHALL: A document begins with the composition and has everything that it refers to, each once, with identifier and timestamp (documents.html#bundle)
#[test]
fn document_shall_begin_with_the_composition_and_hold_what_it_refers_to() {
    let parts = parts();
    let id = made(&composition(&parts, &[&parts.observation, &parts.observation]));
    let first = system().get(&at(&format!("{id}/$document"))).expect(200);
    let bundle = first.json();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("document")));
    assert_eq!(bundle["identifier"]["system"], "urn:ietf:rfc:3986");
    assert!(bundle["timestamp"].is_string());
    let names: Vec<String> = first.resources().iter().map(name).collect();
    assert_eq!(names[0], id);
    let mut rest = names[1..].to_vec();
    rest.sort();
    let once = rest.len();
    rest.dedup();
    assert_eq!(rest.len(), once, "each once: {names:?}");
    for expected in [&parts.patient, &parts.author, &parts.observation, &parts.organization] {
        assert!(rest.contains(expected), "{expected} in {rest:?}");
    }
    assert_eq!(rest.len(), 5, "{rest:?}");
    assert!(bundle["entry"][0]["fullUrl"].as_str().is_some_and(|u| u.ends_with(&id)));
    assert!(bundle["entry"][0].get("search").is_none());
    // Each is a document of its own; and it can be asked for in every way that the operation has.
    let (rtype, own) = id.split_once('/').expect("a name");
    let by_type = system().get(&at(&format!("{rtype}/$document?id={own}"))).expect(200);
    assert_ne!(by_type.json()["identifier"], bundle["identifier"]);
    assert_eq!(by_type.json()["entry"], bundle["entry"]);
    let parameters = json!({ "resourceType": "Parameters", "parameter": [{ "name": "persist", "valueBoolean": false }] });
    assert_eq!(
        system().post(&at(&format!("{id}/$document")), &parameters).expect(200).json()["entry"],
        bundle["entry"]
    );
    let xml = system()
        .ask("GET", &at(&format!("{id}/$document")))
        .header("accept", "application/fhir+xml")
        .send()
        .expect(200);
    assert!(xml.text().contains("<type value=\"document\"/>"), "{}", xml.start());
}

/// SHALL: A document is given whole, or refused with the places of what is missing in it (documents.html#content)
#[test]
fn document_shall_be_whole_or_refused() {
    let parts = parts();
    let id = made(&composition(&parts, &[&parts.observation, &format!("Observation/{NOBODY}")]));
    let answer = system().get(&at(&format!("{id}/$document")));
    answer.refused(422, "document-incomplete");
    assert_eq!(answer.json()["issue"][0]["expression"][0], "Composition.section[0].entry[1]");
    let ask = |query: &str| system().get(&at(&format!("{id}/$document?{query}")));
    ask("persist=true").refused(501, "document-not-supported");
    ask("graph=x").refused(501, "document-not-supported");
    ask("code=x").refused(400, "operation-parameter");
    system().get(&at("Composition/$document")).refused(400, "operation-parameter");
}

/// SHALL: A document holds nothing that its reader may not read, and does not tell what is there (deny by default)
#[test]
fn document_shall_reach_nothing_of_another_patient() {
    let nurse = || shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let hers = super::patient_of(&physician);
    let olav = super::patient_of(&shared().who("lege-legevakt-nordvik").attested(OLAV));
    let of = |patient: &str, entry: &str| {
        let mut parts = parts();
        parts.patient = patient.to_owned();
        made(&composition(&parts, &[entry]))
    };
    let observation =
        made(&json!({ "resourceType": "Observation", "status": "final", "code": { "text": "puls" }, "subject": { "reference": hers } }));
    // Hers, by its id.
    let document = of(&hers, &observation);
    let (her, none) = (
        nurse().get(&at(&format!("{document}/$document"))),
        nurse().get(&at(&format!("Composition/{NOBODY}/$document"))),
    );
    assert_eq!(her.status, 404, "{}", her.start());
    same(&her, &none, &document, &format!("Composition/{NOBODY}"));
    // His, with an entry of hers slipped in: the answer is that of an entry that there is none of, whoever asks.
    for reader in [nurse(), system()] {
        let (her, none) = (
            reader.get(&at(&format!("{}/$document", of(&olav, &observation)))),
            reader.get(&at(&format!("{}/$document", of(&olav, &format!("Observation/{NOBODY}"))))),
        );
        her.refused(422, "document-incomplete");
        assert_eq!(her.text(), none.text());
    }
}
