//! Search in the compartments of R4, and what of them a scope shows.

use crate::kit::{Kit, all, over, rtype};
use kilde_access::AccessScope;
use kilde_fhir::search::has_compartment;
use kilde_index::{Limits, Over, Search};

/// Two patients, each with an encounter at which the same practitioner was, and measurements at it; a device measured one.
fn kit() -> Kit {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Practitioner","id":"l"}"#,
        r#"{"resourceType":"Device","id":"d"}"#,
        r#"{"resourceType":"PractitionerRole","id":"role","practitioner":{"reference":"Practitioner/l"}}"#,
    ]);
    for id in ["p", "q"] {
        kit.put(&[
            &format!(
                r#"{{"resourceType":"Patient","id":"{id}","generalPractitioner":[{{"reference":"Practitioner/l"}}]}}"#
            ),
            &format!(
                r#"{{"resourceType":"RelatedPerson","id":"r-{id}","patient":{{"reference":"Patient/{id}"}}}}"#
            ),
            &format!(
                r#"{{"resourceType":"Encounter","id":"e-{id}","status":"finished","class":{{"code":"AMB"}},"subject":{{"reference":"Patient/{id}"}},"participant":[{{"individual":{{"reference":"Practitioner/l"}}}}]}}"#
            ),
            &format!(
                r#"{{"resourceType":"Observation","id":"o-{id}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/{id}"}},"encounter":{{"reference":"Encounter/e-{id}"}},"device":{{"reference":"Device/d"}},"performer":[{{"reference":"RelatedPerson/r-{id}"}}]}}"#
            ),
            &format!(
                r#"{{"resourceType":"Observation","id":"free-{id}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/{id}"}}}}"#
            ),
        ]);
    }
    kit
}

fn found(kit: &Kit, scope: &AccessScope, focus: &str, id: &str, of: Option<&str>, query: &[(&str, &str)]) -> Vec<String> {
    let over = Over::Compartment {
        focus: rtype(focus),
        id: id.to_owned(),
        rtype: of.map(rtype),
    };
    let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let (search, _) = Search::parse_over(over, &query, false, Limits::default()).unwrap();
    let mut ids: Vec<String> = kit
        .index
        .search(scope, &search)
        .unwrap()
        .matches
        .into_iter()
        .map(|v| v.id)
        .collect();
    ids.sort();
    ids
}

#[test]
fn each_compartment_holds_what_r4_lists_and_its_own_resource() {
    let kit = kit();
    let of = |focus: &str, id: &str, of: Option<&str>| found(&kit, &all(), focus, id, of, &[]);
    assert_eq!(of("Encounter", "e-p", None), ["e-p", "o-p"]);
    assert_eq!(of("Encounter", "e-p", Some("Observation")), ["o-p"]);
    assert_eq!(of("Encounter", "e-p", Some("Encounter")), ["e-p"]);
    assert_eq!(of("Practitioner", "l", None), ["e-p", "e-q", "l", "p", "q", "role"]);
    assert_eq!(of("Practitioner", "l", Some("Patient")), ["p", "q"]);
    assert_eq!(of("Device", "d", None), ["d", "o-p", "o-q"]);
    assert_eq!(of("RelatedPerson", "r-p", None), ["o-p", "r-p"]);
    assert_eq!(of("RelatedPerson", "r-p", Some("RelatedPerson")), ["r-p"]);
    assert_eq!(of("Patient", "p", None), ["e-p", "free-p", "o-p", "p", "r-p"]);
    assert_eq!(found(&kit, &all(), "Encounter", "e-p", None, &[("_type", "Observation")]), ["o-p"]);
    // A type that the compartment does not have: nothing of it is there, and that of the focus is not confused with it.
    assert_eq!(of("Encounter", "e-p", Some("Patient")), [""; 0]);
    assert_eq!(of("Device", "nothing", None), [""; 0]);
    assert!(
        ["Patient", "Encounter", "Practitioner", "RelatedPerson", "Device"]
            .iter()
            .all(|t| has_compartment(rtype(t)))
    );
}

#[test]
fn a_compartment_shows_only_what_the_scope_reaches() {
    let kit = kit();
    let (p, q) = (kit.person("Patient/p"), kit.person("Patient/q"));
    let within = |person, focus: &str, id: &str| found(&kit, &over(&[person]), focus, id, None, &[]);
    // The practitioner's compartment spans patients; of the other one nothing is there, and nothing is counted.
    assert_eq!(within(p, "Practitioner", "l"), ["e-p", "l", "p", "role"]);
    assert_eq!(within(q, "Device", "d"), ["o-q"], "a device is no administrative resource");
    assert_eq!(within(q, "Encounter", "e-p"), [""; 0]);
    assert_eq!(within(q, "RelatedPerson", "r-p"), [""; 0]);
    let over_all = Over::Compartment {
        focus: rtype("Practitioner"),
        id: "l".into(),
        rtype: None,
    };
    let count = [("_summary".to_owned(), "count".to_owned())];
    let (search, _) = Search::parse_over(over_all, &count, false, Limits::default()).unwrap();
    assert_eq!(kit.index.search(&over(&[p]), &search).unwrap().total, Some(4));
    assert_eq!(kit.index.search(&all(), &search).unwrap().total, Some(6));
}
