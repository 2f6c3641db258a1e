//! Terminology operations on definitions that are stored in the municipality: on the instance, and by url.

use crate::client::{Answer, encode};
use crate::packages::own;
use serde_json::{Value, json};

const BASE: &str = "/9901/fhir/r4";

fn get(path: &str) -> Answer {
    own().who("epj-nordvik").get(&format!("{BASE}/{path}"))
}

fn stored(resource: &Value) -> String {
    let path = format!("{BASE}/{}", resource["resourceType"].as_str().expect("a type"));
    let answer = own().who("epj-nordvik").post(&path, resource).expect(201);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn birds(name: &str) -> Value {
    json!({"resourceType": "CodeSystem", "url": format!("http://kilde.example/{name}"), "status": "active", "content": "complete",
        "concept": [{"code": "gull", "display": "gull", "designation": [{"language": "nb", "value": "måke"}], "concept": [{"code": "kittiwake", "display": "kittiwake"}]},
        {"code": "tern", "display": "tern", "designation": [{"language": "nb", "value": "terne"}]}]})
}

fn set_of(system: &str, name: &str) -> Value {
    json!({"resourceType": "ValueSet", "url": format!("http://kilde.example/{name}"), "status": "active",
        "compose": {"include": [{"system": format!("http://kilde.example/{system}")}]}})
}

fn codes(answer: &Answer) -> Vec<String> {
    let set = answer.json();
    let all = set["expansion"]["contains"].as_array().into_iter().flatten();
    all.map(|c| c["code"].as_str().unwrap_or("").to_owned()).collect()
}

fn value(answer: &Answer, name: &str) -> Value {
    let parameters = answer.json();
    let all = parameters["parameter"].as_array().cloned().unwrap_or_default();
    let found = all
        .iter()
        .find(|p| p["name"] == name)
        .and_then(|p| p.as_object()?.iter().find(|(k, _)| k.starts_with("value")));
    found.map_or(Value::Null, |(_, v)| v.clone())
}

#[test]
fn operations_on_an_instance_are_about_what_is_stored() {
    let system = stored(&birds("birds-1"));
    let set = stored(&set_of("birds-1", "set-1"));
    let looked = get(&format!("CodeSystem/{system}/$lookup?code=gull&displayLanguage=nb")).expect(200);
    assert_eq!(value(&looked, "display"), "måke");
    let valid = |path: String| value(&get(&path).expect(200), "result");
    assert_eq!(valid(format!("CodeSystem/{system}/$validate-code?code=tern")), true);
    assert_eq!(valid(format!("CodeSystem/{system}/$validate-code?code=crow")), false);
    let subsumed = get(&format!("CodeSystem/{system}/$subsumes?codeA=gull&codeB=kittiwake")).expect(200);
    assert_eq!(value(&subsumed, "outcome"), "subsumes");
    assert_eq!(
        codes(&get(&format!("ValueSet/{set}/$expand")).expect(200)),
        ["gull", "kittiwake", "tern"]
    );
    let page = get(&format!(
        "ValueSet/{set}/$expand?filter=ter&displayLanguage=nb&includeDesignations=true"
    ))
    .expect(200);
    assert_eq!(codes(&page), ["tern"]);
    assert_eq!(page.json()["expansion"]["contains"][0]["display"], "terne");
    let second = get(&format!("ValueSet/{set}/$expand?offset=1&count=1")).expect(200);
    assert_eq!(
        (codes(&second), &second.json()["expansion"]["total"]),
        (vec!["kittiwake".to_owned()], &json!(3))
    );
    assert_eq!(
        valid(format!(
            "ValueSet/{set}/$validate-code?system={}&code=gull",
            encode("http://kilde.example/birds-1")
        )),
        true
    );
    let map = stored(
        &json!({"resourceType": "ConceptMap", "url": "http://kilde.example/map-1", "status": "active",
        "group": [{"source": "http://kilde.example/birds-1", "target": "http://kilde.example/letters",
            "element": [{"code": "gull", "target": [{"code": "G", "equivalence": "equivalent"}]}]}]}),
    );
    let translated = get(&format!(
        "ConceptMap/{map}/$translate?system={}&code=gull",
        encode("http://kilde.example/birds-1")
    ));
    assert_eq!(value(&translated.expect(200), "result"), true);
    // Whatever url the question names, it is about this one.
    let other = get(&format!(
        "ValueSet/{set}/$expand?url={}",
        encode("http://hl7.org/fhir/ValueSet/administrative-gender")
    ));
    assert_eq!(codes(&other.expect(200)).len(), 3);
    let coding = json!({"resourceType": "Parameters", "parameter": [{"name": "coding", "valueCoding": {"system": "http://kilde.example/other", "code": "gull"}}]});
    own()
        .who("epj-nordvik")
        .post(&format!("{BASE}/CodeSystem/{system}/$lookup"), &coding)
        .refused(400, "terminology-parameter-invalid");
}

#[test]
fn what_is_stored_is_found_by_url_and_a_change_counts_at_once() {
    let system = stored(&birds("birds-2"));
    stored(&set_of("birds-2", "set-2"));
    let expand = format!("ValueSet/$expand?url={}", encode("http://kilde.example/set-2"));
    assert_eq!(codes(&get(&expand).expect(200)), ["gull", "kittiwake", "tern"]);
    let lookup = format!("CodeSystem/$lookup?system={}&code=gull", encode("http://kilde.example/birds-2"));
    get(&lookup).expect(200);
    let mut fewer = birds("birds-2");
    fewer["id"] = json!(system);
    fewer["concept"] = json!([{"code": "tern", "display": "tern"}]);
    own()
        .who("epj-nordvik")
        .put(&format!("{BASE}/CodeSystem/{system}"), &fewer)
        .expect(200);
    assert_eq!(codes(&get(&expand).expect(200)), ["tern"], "nothing is remembered of what was");
    get(&lookup).refused(404, "terminology-unknown-code");
}

#[test]
fn what_is_not_there_or_not_for_the_one_who_asks_is_the_same() {
    let system = stored(&birds("birds-3"));
    get("CodeSystem/nothing/$lookup?code=gull").refused(404, "not-found");
    get(&format!("ValueSet/{system}/$expand")).refused(404, "not-found");
    // A system that reads only what it delivered learns nothing of what another did, neither by id nor by url.
    let foreign = |path: &str| own().who("tavle-nordvik").get(&format!("{BASE}/{path}"));
    let by_id = foreign(&format!("CodeSystem/{system}/$lookup?code=gull"));
    assert!(matches!(by_id.status, 403 | 404), "{} {}", by_id.status, by_id.start());
    foreign(&format!(
        "CodeSystem/$lookup?system={}&code=gull",
        encode("http://kilde.example/birds-3")
    ))
    .refused(404, "terminology-unknown-system");
    // Who may see no resource may ask what is loaded, not what is stored.
    let operator = own().who("drift").get(&format!("{BASE}/CodeSystem/{system}/$lookup?code=gull"));
    assert!(matches!(operator.status, 403 | 404), "{} {}", operator.status, operator.start());
    let path = format!("{BASE}/CodeSystem/{system}");
    let deleted = own().who("epj-nordvik").ask("DELETE", &path).send();
    assert!(deleted.status < 300, "{}", deleted.start());
    get(&format!("CodeSystem/{system}/$lookup?code=gull")).refused(410, "deleted");
    get(&format!(
        "CodeSystem/$lookup?system={}&code=gull",
        encode("http://kilde.example/birds-3")
    ))
    .refused(404, "terminology-unknown-system");
}

#[test]
fn closure_and_find_matches_are_refused_clearly() {
    get("$closure?name=x").refused(501, "terminology-not-supported");
    get("CodeSystem/$find-matches?system=x").refused(501, "terminology-not-supported");
    get("CodeSystem/a/$find-matches").refused(501, "terminology-not-supported");
}
