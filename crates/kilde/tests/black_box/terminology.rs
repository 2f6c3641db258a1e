//! Terminology operations over HTTP: <https://hl7.org/fhir/R4/terminology-service.html>.

use crate::client::{Answer, Ask, encode};
use crate::packages::own;
use kilde_fhir::json::{Limits, parse};
use serde_json::{Value, json};

const BASE: &str = "/9901/fhir/r4";
const SITES: &str = "https://kilde.example/fhir/CodeSystem/example-sites";
const LIMBS: &str = "https://kilde.example/fhir/ValueSet/example-limbs";

fn get(path: &str) -> Answer {
    own().who("epj-nordvik").get(&format!("{BASE}/{path}"))
}

fn post(path: &str, parameters: &Value) -> Answer {
    let parameters = json!({ "resourceType": "Parameters", "parameter": parameters });
    own().who("epj-nordvik").post(&format!("{BASE}/{path}"), &parameters)
}

/// The first parameter of that name.
fn value(answer: &Answer, name: &str) -> Value {
    let parameters = answer.json();
    let all = parameters["parameter"].as_array().into_iter().flatten();
    let found = all.filter(|p| p["name"] == name).find_map(|p| {
        let value = p.as_object()?.iter().find(|(key, _)| key.starts_with("value"))?;
        Some(value.1.clone())
    });
    found.unwrap_or(Value::Null)
}

fn codes(answer: &Answer) -> Vec<String> {
    let set = answer.json();
    let all = set["expansion"]["contains"].as_array().into_iter().flatten();
    all.map(|c| c["code"].as_str().unwrap_or("").to_owned()).collect()
}

#[track_caller]
fn is_fhir(answer: &Answer) {
    let document = parse(answer.body.clone(), Limits::default()).expect("JSON");
    let errors: Vec<String> = kilde_fhir::validate::structure(document.root())
        .iter()
        .filter(|f| f.is_error())
        .map(|f| format!("{} {}", f.rule, f.expression))
        .collect();
    assert!(errors.is_empty(), "{errors:?} {}", answer.start());
}

#[test]
fn lookup_by_get_and_post_tells_the_same_and_in_the_language_asked_for() {
    let by_get = get(&format!("CodeSystem/$lookup?system={}&code=arm", encode(SITES))).expect(200);
    let coding = json!([{ "name": "coding", "valueCoding": { "system": SITES, "code": "arm" } }]);
    let by_post = post("CodeSystem/$lookup", &coding).expect(200);
    is_fhir(&by_get);
    assert_eq!(by_get.body, by_post.body);
    assert_eq!(value(&by_get, "display"), "arm");
    let norwegian = get(&format!("CodeSystem/$lookup?system={}&code=arm&displayLanguage=nb", encode(SITES)));
    assert_eq!(value(&norwegian.expect(200), "display"), "overlem");
    let accepted = own()
        .who("epj-nordvik")
        .ask("GET", &format!("{BASE}/CodeSystem/$lookup?system={}&code=arm", encode(SITES)))
        .header("accept-language", "nn-NO, en;q=0.5")
        .send();
    assert_eq!(
        value(&accepted.expect(200), "display"),
        "overlem",
        "nynorsk readers are shown bokmål before English"
    );
}

#[test]
fn validate_code_in_system_and_value_set() {
    let in_system = |code: &str| get(&format!("CodeSystem/$validate-code?url={}&code={code}", encode(SITES))).expect(200);
    assert_eq!(
        (value(&in_system("arm"), "result"), value(&in_system("wing"), "result")),
        (json!(true), json!(false))
    );
    let in_set = |code: &str| {
        let query = format!("url={}&system={}&code={code}", encode(LIMBS), encode(SITES));
        get(&format!("ValueSet/$validate-code?{query}")).expect(200)
    };
    assert_eq!(
        (value(&in_set("left-arm"), "result"), value(&in_set("head"), "result")),
        (json!(true), json!(false))
    );
    let message = value(&in_set("head"), "message");
    assert!(
        message.as_str().is_some_and(|m| m.contains("head") && m.contains("Velg")),
        "{message}"
    );
    let concept = json!([{ "name": "url", "valueUri": LIMBS },
        { "name": "codeableConcept", "valueCodeableConcept": { "coding": [{ "system": SITES, "code": "head" }, { "system": SITES, "code": "leg" }] } }]);
    let one_will_do = post("ValueSet/$validate-code", &concept).expect(200);
    is_fhir(&one_will_do);
    assert_eq!(value(&one_will_do, "result"), json!(true));
}

#[test]
fn expand_filters_pages_and_gives_designations() {
    let all = get(&format!("ValueSet/$expand?url={}", encode(LIMBS))).expect(200);
    is_fhir(&all);
    assert_eq!(codes(&all), ["limb", "arm", "left-arm", "right-arm", "leg"]);
    assert_eq!(all.json()["expansion"]["total"], 5);
    let page = get(&format!("ValueSet/$expand?url={}&offset=1&count=2", encode(LIMBS))).expect(200);
    assert_eq!(codes(&page), ["arm", "left-arm"]);
    assert_eq!(
        (&page.json()["expansion"]["total"], &page.json()["expansion"]["offset"]),
        (&json!(5), &json!(1))
    );
    let filtered = get(&format!("ValueSet/$expand?url={}&filter=ven&displayLanguage=nb", encode(LIMBS))).expect(200);
    assert_eq!(codes(&filtered), ["left-arm"]);
    assert_eq!(filtered.json()["expansion"]["contains"][0]["display"], "venstre arm");
    let designated = get(&format!("ValueSet/$expand?url={}&includeDesignations=true&count=1", encode(LIMBS))).expect(200);
    assert_eq!(designated.json()["expansion"]["contains"][0]["designation"][0]["value"], "lem");
    let given = json!({ "resourceType": "ValueSet", "status": "active", "compose": { "include": [{ "system": SITES, "concept": [{ "code": "head" }] }] } });
    let body = own()
        .who("epj-nordvik")
        .post(&format!("{BASE}/ValueSet/$expand"), &given)
        .expect(200);
    assert_eq!(codes(&body), ["head"]);
    let wrapped = post("ValueSet/$expand", &json!([{ "name": "valueSet", "resource": given }])).expect(200);
    assert_eq!(codes(&wrapped), ["head"]);
}

#[test]
fn translate_and_subsumes() {
    let path = format!("ConceptMap/$translate?system={}&code=arm", encode(SITES));
    let found = get(&path).expect(200);
    is_fhir(&found);
    assert_eq!(value(&found, "result"), json!(true));
    assert!(found.text().contains("\"code\":\"A\""));
    let outcome = |a: &str, b: &str| {
        let answer = get(&format!("CodeSystem/$subsumes?system={}&codeA={a}&codeB={b}", encode(SITES))).expect(200);
        value(&answer, "outcome").as_str().unwrap_or("").to_owned()
    };
    assert_eq!(outcome("limb", "left-arm"), "subsumes");
    assert_eq!(outcome("left-arm", "limb"), "subsumed-by");
    assert_eq!(outcome("arm", "arm"), "equivalent");
    assert_eq!(outcome("arm", "head"), "not-subsumed");
}

#[test]
fn codes_of_a_table_are_known() {
    let path = "CodeSystem/$subsumes?system=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Ficd-10-no&codeA=X00&codeB=X00.1";
    assert_eq!(value(&get(path).expect(200), "outcome"), "subsumes");
}

#[test]
fn what_cannot_be_answered_says_why_with_a_code_of_its_own() {
    let sites = encode(SITES);
    for (path, status, rule) in [
        ("CodeSystem/$lookup?code=a", 400, "terminology-parameter-missing"),
        ("CodeSystem/$lookup?system=urn%3Anone&code=a", 404, "terminology-unknown-system"),
        (
            &*format!("CodeSystem/$lookup?system={sites}&code=wing"),
            404,
            "terminology-unknown-code",
        ),
        ("ValueSet/$expand", 400, "terminology-parameter-missing"),
        ("ValueSet/$expand?url=urn%3Anone", 404, "terminology-unknown-value-set"),
        (
            &*format!("ValueSet/$expand?url={}&count=many", encode(LIMBS)),
            400,
            "terminology-parameter-invalid",
        ),
        (
            "ConceptMap/$translate?system=urn%3Anone&code=a&url=urn%3Anone",
            404,
            "terminology-unknown-map",
        ),
        (
            &*format!("CodeSystem/$subsumes?system={sites}&codeA=arm"),
            400,
            "terminology-parameter-missing",
        ),
        ("CodeSystem/$lookup?system=%ff", 400, "query-encoding"),
    ] {
        get(path).refused(status, rule);
    }
    let client = own().who("epj-nordvik");
    let lookup = format!("{BASE}/CodeSystem/$lookup");
    client
        .post(&lookup, &json!({ "resourceType": "Patient" }))
        .refused(400, "terminology-body");
    client
        .ask("POST", &lookup)
        .body(crate::client::FHIR, "{")
        .send()
        .refused(400, "json-syntax");
    client
        .ask("PUT", &lookup)
        .json(&json!({}))
        .send()
        .refused(405, "method-not-allowed");
    let missing = json!({ "resourceType": "ValueSet", "status": "active", "compose": { "include": [{ "system": "urn:none" }] } });
    client
        .post(&format!("{BASE}/ValueSet/$expand"), &missing)
        .refused(422, "terminology-incomplete");
    let nobody = Ask::new("GET", &own().who("epj-nordvik").url(&format!("{BASE}/ValueSet/$expand?url=x"))).send();
    assert_eq!(nobody.status, 401);
}

#[test]
fn definitions_of_packages_are_found_by_url_and_version() {
    for (rtype, url) in [
        (
            "StructureDefinition",
            "https://kilde.example/fhir/StructureDefinition/example-pressure",
        ),
        ("StructureDefinition", "https://kilde.example/fhir/StructureDefinition/okt-episode"),
        ("ValueSet", LIMBS),
        ("CodeSystem", SITES),
        ("ConceptMap", "https://kilde.example/fhir/ConceptMap/example-sites-to-letters"),
    ] {
        let found = get(&format!("{rtype}?url={}", encode(url))).expect(200);
        is_fhir(&found);
        assert_eq!(
            (found.json()["total"].clone(), found.resources()[0]["url"].clone()),
            (json!(1), json!(url))
        );
        let version = get(&format!("{rtype}?url={}&version=1.0.0&_elements=url", encode(url))).expect(200);
        assert_eq!(version.resources().len(), 1);
        let other = get(&format!("{rtype}?url={}&version=9", encode(url))).expect(200);
        assert_eq!(other.resources().len(), 0, "of another version there is none");
        let other_type = get(&format!("Library?url={}", encode(url))).expect(200);
        assert_eq!(other_type.resources().len(), 0);
    }
}

#[test]
fn terminology_capabilities_name_the_code_systems() {
    let answer = Ask::new("GET", &format!("{}{BASE}/metadata?mode=terminology", own().url))
        .send()
        .expect(200);
    is_fhir(&answer);
    let statement = answer.json();
    assert_eq!(statement["resourceType"], "TerminologyCapabilities");
    let systems = statement["codeSystem"].as_array().expect("code systems");
    assert!(
        systems.iter().any(|s| s["uri"] == SITES && s["version"][0]["code"] == "1.0.0"),
        "{systems:?}"
    );
    let full = Ask::new("GET", &format!("{}{BASE}/metadata?mode=full", own().url))
        .send()
        .expect(200)
        .json();
    assert_eq!(full["resourceType"], "CapabilityStatement");
    let value_sets = full["rest"][0]["resource"]
        .as_array()
        .expect("types")
        .iter()
        .find(|r| r["type"] == "ValueSet")
        .expect("ValueSet");
    let names: Vec<&str> = value_sets["operation"]
        .as_array()
        .expect("operations")
        .iter()
        .filter_map(|o| o["name"].as_str())
        .collect();
    for name in ["validate", "expand", "validate-code"] {
        assert!(names.contains(&name), "{names:?}");
    }
}
