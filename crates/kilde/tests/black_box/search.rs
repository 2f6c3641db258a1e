//! The rules of the specification's chapter on search, each under its own name, for the sandbox's test system and for
//! those who may see less.

use crate::client::{Answer, Client, FNR, NOBODY, OLAV, SOLVEIG, encode, stranger};
use crate::server::shared;
use serde_json::{Value, json};
use std::sync::OnceLock;

const BASE: &str = "/9901/fhir/r4";
const LOINC: &str = "http://loinc.org";

pub fn system() -> Client {
    shared().who("system-test")
}

/// What these tests search in: a patient with a blood pressure and a weight, in an episode at an organisation.
pub struct World {
    /// Her national id.
    pub nin: String,
    /// Id of the Patient.
    pub patient: String,
    /// Id of the Organization.
    pub organisation: String,
    /// Id of the EpisodeOfCare.
    pub episode: String,
    /// Id of the blood pressure.
    pub pressure: String,
    /// Id of the weight, 71,500 g.
    pub weight: String,
}

pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let system = system();
        let nin = stranger(110);
        let make = |resource: Value| {
            let path = format!("{BASE}/{}", resource["resourceType"].as_str().expect("a type"));
            system.post(&path, &resource).expect(201).json()["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        };
        let patient = make(json!({
            "resourceType": "Patient", "name": [{ "family": "Rulleskiold" }], "gender": "female",
            "identifier": [{ "system": FNR, "value": nin }]
        }));
        let organisation = make(json!({ "resourceType": "Organization", "name": "Søkelaget", "active": true }));
        let subject = json!({ "reference": format!("Patient/{patient}") });
        let episode = make(json!({
            "resourceType": "EpisodeOfCare", "status": "active", "patient": subject,
            "managingOrganization": { "reference": format!("Organization/{organisation}") }
        }));
        let coded = |code: &str| json!({ "coding": [{ "system": LOINC, "code": code, "display": format!("måling {code}") }] });
        let amount = |value: f64, unit: &str| json!({ "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit });
        let observation = |code: &str| {
            json!({
                "resourceType": "Observation", "status": "final", "code": coded(code), "subject": subject,
                "effectiveDateTime": "2026-11-22T10:00:00Z"
            })
        };
        let mut pressure = observation("85354-9");
        pressure["component"] = json!([
            { "code": coded("8480-6"), "valueQuantity": amount(151.0, "mm[Hg]") },
            { "code": coded("8462-4"), "valueQuantity": amount(81.0, "mm[Hg]") }
        ]);
        let mut weight = observation("29463-7");
        weight["valueQuantity"] = amount(71500.0, "g");
        weight["note"] = json!([{ "text": "Veid med søkesko" }]);
        let (pressure, weight) = (make(pressure), make(weight));
        World {
            nin,
            patient,
            organisation,
            episode,
            pressure,
            weight,
        }
    })
}

/// Ids with their mode, sorted.
pub fn entries(answer: &Answer) -> Vec<(String, String)> {
    let bundle = answer.json();
    let mut all: Vec<(String, String)> = bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|e| {
            let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
            (text(&e["search"]["mode"]), text(&e["resource"]["id"]))
        })
        .collect();
    all.sort();
    all
}

pub fn ids(query: &str) -> Vec<String> {
    let answer = system().get(&format!("{BASE}/{query}")).expect(200);
    entries(&answer).into_iter().map(|(_, id)| id).collect()
}

pub fn both<'a>(a: &'a str, b: &'a str) -> Vec<String> {
    let mut both = vec![a.to_owned(), b.to_owned()];
    both.sort();
    both
}

/// SHALL: Entries say whether they are a match or included, and what is included is not in the total (search.html#mode)
#[test]
fn included_resources_are_marked_include_and_are_not_in_the_total() {
    let w = world();
    let query = format!(
        "EpisodeOfCare?_id={}&_include=EpisodeOfCare:patient&_include=EpisodeOfCare:organization",
        w.episode
    );
    let answer = system().get(&format!("{BASE}/{query}&_total=accurate")).expect(200);
    let mut expected = vec![
        ("include".to_owned(), w.patient.clone()),
        ("include".to_owned(), w.organisation.clone()),
        ("match".to_owned(), w.episode.clone()),
    ];
    expected.sort();
    assert_eq!(entries(&answer), expected);
    assert_eq!(answer.json()["total"], 1);
}

/// SHALL: _include and _revinclude add what matches refer to and what refers to them, with :iterate also of what was included (search.html#include)
#[test]
fn revinclude_and_iterate_follow_references_both_ways() {
    let w = world();
    let found = ids(&format!("Patient?_id={}&_revinclude=Observation:subject", w.patient));
    assert_eq!(found.len(), 3);
    assert!(found.contains(&w.pressure) && found.contains(&w.weight) && found.contains(&w.patient));
    let found = ids(&format!(
        "Patient?_id={}&_revinclude=EpisodeOfCare:patient&_include:iterate=EpisodeOfCare:organization",
        w.patient
    ));
    assert!(found.contains(&w.episode) && found.contains(&w.organisation), "{found:?}");
    system()
        .get(&format!("{BASE}/Patient?_include=Patient:name"))
        .refused(400, "search-include-unknown");
}

/// SHALL: A chained parameter is met by what the reference leads to (search.html#chaining)
#[test]
fn chained_parameters_are_met_by_what_the_reference_leads_to() {
    let w = world();
    for chain in [
        "subject:Patient.family=Rulleskiold",
        "subject.family=rulle",
        "patient.gender=female&patient.family=Rulleskiold",
        "patient._has:EpisodeOfCare:patient:organization.name=s%C3%B8kelaget",
    ] {
        assert_eq!(ids(&format!("Observation?{chain}")), both(&w.pressure, &w.weight), "{chain}");
    }
    assert_eq!(
        ids(&format!("EpisodeOfCare?organization.name={}", encode("Søkelaget"))),
        [w.episode.as_str()]
    );
    assert!(ids("Observation?subject:Patient.family=Rulleskiold&subject:Patient.gender=male").is_empty());
    system()
        .get(&format!("{BASE}/Observation?focus._id=x"))
        .refused(400, "search-chain-type");
}

/// SHALL: _has finds resources by properties of those that refer to them (search.html#has)
#[test]
fn reverse_chaining_finds_by_who_refers() {
    let w = world();
    for query in [
        "_has:Observation:patient:code=29463-7&family=Rulleskiold",
        "_has:EpisodeOfCare:patient:organization.name=S%C3%B8kelaget",
    ] {
        assert_eq!(ids(&format!("Patient?{query}")), [w.patient.as_str()], "{query}");
    }
    assert!(ids("Patient?_has:Observation:patient:code=nothing&family=Rulleskiold").is_empty());
    system()
        .get(&format!("{BASE}/Patient?_has:Observation:code:code=x"))
        .refused(400, "search-has-invalid");
}

/// SHALL: The parts of a composite value are met by one element together (search.html#composite)
#[test]
fn composite_parameters_are_met_by_one_element() {
    let w = world();
    let of = |value: &str| {
        ids(&format!(
            "Observation?patient={}&component-code-value-quantity={}",
            w.patient,
            encode(value)
        ))
    };
    assert_eq!(of("http://loinc.org|8480-6$gt150"), [w.pressure.as_str()]);
    assert!(of("http://loinc.org|8462-4$gt150").is_empty());
}

/// SHALL: A quantity of UCUM is found in any unit of the same dimension (search.html#quantity)
#[test]
fn quantities_are_compared_in_the_units_they_have_in_common() {
    let w = world();
    let of = |value: &str| ids(&format!("Observation?patient={}&value-quantity={}", w.patient, encode(value)));
    assert_eq!(of("71.5|http://unitsofmeasure.org|kg"), [w.weight.as_str()]);
    assert!(of("gt72|http://unitsofmeasure.org|kg").is_empty());
}

/// SHALL: :text, _content and _filter find by what stands in the resource (search.html#content)
#[test]
fn modifiers_that_read_the_content() {
    let w = world();
    let of = |query: &str| ids(&format!("Observation?patient={}&{query}", w.patient));
    assert_eq!(of("code:text=M%C3%85LING%2029463"), [w.weight.as_str()]);
    assert_eq!(of("_content=s%C3%B8kesko"), [w.weight.as_str()]);
    assert_eq!(of("_filter=code%20eq%2029463-7%20or%20code%20eq%20x"), [w.weight.as_str()]);
}

/// SHALL: Search goes over a type, over several with _type, and in a compartment (search.html#searchcontexts)
#[test]
fn the_whole_server_and_a_compartment_can_be_searched() {
    let w = world();
    let found = ids(&format!("?_type=Observation,EpisodeOfCare&patient={}", w.patient));
    assert_eq!(found.len(), 3);
    assert_eq!(ids(&format!("Patient/{}/Observation?code=29463-7", w.patient)), [w.weight.as_str()]);
    let found = ids(&format!("Patient/{}/*", w.patient));
    assert!(
        [&w.patient, &w.episode, &w.weight, &w.pressure].iter().all(|id| found.contains(id)),
        "{found:?}"
    );
    assert_eq!(found.len(), 4);
    let posted = system().search(
        &format!("{BASE}/_search"),
        &format!("_type=Patient&identifier={}", encode(&format!("{FNR}|{}", w.nin))),
    );
    assert_eq!(entries(&posted.expect(200)), [("match".to_owned(), w.patient.clone())]);
    system().get(&format!("{BASE}/?_type=Nothing")).refused(400, "search-value-invalid");
    system()
        .get(&format!("{BASE}/?_type=Patient&identifier={}", w.nin))
        .refused(400, "no-nin-in-url");
    system()
        .get(&format!("{BASE}/Patient/{}/Observation", w.nin))
        .refused(400, "no-nin-in-url");
    // The other compartments of R4; what else is at the path is none.
    system().get(&format!("{BASE}/Encounter/{NOBODY}/Observation")).expect(200);
    system().get(&format!("{BASE}/Practitioner/{NOBODY}/*?_type=Encounter")).expect(200);
    let form = system().search(&format!("{BASE}/Device/{NOBODY}/Observation/_search"), "status=final");
    assert_eq!(form.expect(200).resources().len(), 0);
    assert_eq!(system().get(&format!("{BASE}/Organization/{NOBODY}/Observation")).status, 404);
    let page = system().get(&format!("{BASE}/Patient/{}/*?_count=1", w.patient)).expect(200);
    let next = system().get(&page.next().expect("more")).expect(200);
    assert_eq!(next.resources().len(), 1);
}

#[test]
fn what_is_not_done_is_refused_clearly() {
    let get = |query: &str| system().get(&format!("{BASE}/{query}"));
    get("?_type=Observation&_contained=true").refused(400, "search-contained-unsupported");
    get("Observation?code:in=http://x").refused(400, "search-codes-unknown");
    get("Observation?_sort=code-value-quantity").refused(400, "search-sort-unsupported");
    get("Observation?_filter=status%5Bcode%20eq%20x%5D.code%20eq%20y").refused(400, "search-filter-brackets");
    get("Observation?_filter=code%20xx%20y").refused(400, "search-filter-operator");
    get("Observation?_query=x").refused(400, "search-parameter-unsupported");
}

/// SHALL: A server tells in its CapabilityStatement which parameters and includes it has (search.html#conformance)
#[test]
fn the_capability_statement_lists_what_can_be_searched_and_included() {
    let statement = system().get(&format!("{BASE}/metadata")).expect(200).json();
    let resources = statement["rest"][0]["resource"].as_array().expect("resources");
    let observation = resources.iter().find(|r| r["type"] == "Observation").expect("Observation");
    let has = |list: &str, value: &str| {
        observation[list]
            .as_array()
            .expect("a list")
            .iter()
            .any(|v| v == value || v["name"] == value)
    };
    assert!(has("searchInclude", "Observation:subject") && has("searchInclude", "Observation:*"));
    assert!(has("searchRevInclude", "DiagnosticReport:result"));
    for name in ["code", "component-code-value-quantity", "_id", "_lastUpdated", "value-quantity"] {
        assert!(has("searchParam", name), "{name}");
    }
    let of_all = statement["rest"][0]["searchParam"].as_array().expect("parameters of every type");
    for (name, value) in [("_content", "x"), ("_filter", "_id%20eq%20x"), ("_list", NOBODY), ("_text", "x")] {
        assert!(of_all.iter().any(|p| p["name"] == name), "{name}");
        system().get(&format!("{BASE}/Observation?_id={NOBODY}&{name}={value}")).expect(200);
    }
    for include in observation["searchInclude"].as_array().expect("a list") {
        let include = include.as_str().expect("a text");
        system()
            .get(&format!("{BASE}/Observation?_id={NOBODY}&_include={include}"))
            .expect(200);
    }
}

/// SHALL: Chains, includes, counts and filters reach nothing that a read would not (deny by default)
#[test]
fn no_way_round_leads_to_another_patient() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let solveig = physician.get(&format!("{BASE}/Patient")).expect(200).resources()[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    for (her, nobody) in [
        (format!("Patient/{solveig}/*"), format!("Patient/{NOBODY}/*")),
        (format!("Patient/{solveig}/Observation"), format!("Patient/{NOBODY}/Observation")),
        (
            format!("?_type=Observation&patient={solveig}"),
            format!("?_type=Observation&patient={NOBODY}"),
        ),
        (format!("?_type=Patient&_id={solveig}"), format!("?_type=Patient&_id={NOBODY}")),
        (
            format!("Observation?subject:Patient._id={solveig}"),
            format!("Observation?subject:Patient._id={NOBODY}"),
        ),
        (
            format!("Patient?_has:Observation:subject:patient={solveig}"),
            format!("Patient?_has:Observation:subject:patient={NOBODY}"),
        ),
        (
            format!("Observation?_filter=subject%20eq%20Patient%2F{solveig}"),
            format!("Observation?_filter=subject%20eq%20Patient%2F{NOBODY}"),
        ),
    ] {
        let (a, b) = (nurse.get(&format!("{BASE}/{her}")), nurse.get(&format!("{BASE}/{nobody}")));
        assert_eq!(a.status, b.status, "{her}: {} {}", a.start(), b.start());
        let plain = |answer: &Answer| answer.text().replace("%2D", "-").replace(&solveig, NOBODY);
        assert_eq!(plain(&a), plain(&b), "{her}");
    }
    for query in [
        "?_type=Patient,Observation,EpisodeOfCare",
        "Patient?_revinclude=*&_include:iterate=*&_revinclude:iterate=*",
        "Observation?_include=*",
        "Patient?_has:Observation:patient:status=final",
        "Observation?subject:Patient.gender=female",
        "Patient?_content=Solveig",
    ] {
        let answer = nurse.get(&format!("{BASE}/{query}")).expect(200);
        let mut bundle = answer.json();
        bundle.as_object_mut().expect("an object").remove("link");
        let text = bundle.to_string();
        assert!(
            !text.contains(SOLVEIG) && !text.contains("Solveig") && !text.contains(&solveig),
            "{query}"
        );
    }
}
