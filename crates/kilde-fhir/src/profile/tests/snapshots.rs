use super::*;

fn elements(validator: &Validator, url: &str) -> Vec<String> {
    let snapshot = validator.snapshot(url).unwrap();
    let line = |(id, _, at): (String, String, ElementId)| {
        let e = snapshot.element(at);
        format!("{id} {}..{}", e.min(), e.max().map_or("*".to_owned(), |m| m.to_string()))
    };
    snapshot.all().into_iter().map(line).collect()
}

#[test]
fn a_differential_is_laid_over_its_base() {
    let p = [
        profile(
            "p",
            "Observation",
            json!([
            {"path": "Observation.component", "slicing": {"discriminator": [{"type": "value", "path": "code"}], "rules": "open"}, "min": 1},
            {"path": "Observation.component", "sliceName": "S", "max": "1"},
            {"path": "Observation.component.code.coding", "min": 1},
            {"path": "Observation.valueQuantity.code", "min": 1}]),
        ),
        {
            let mut derived = profile(
                "derived",
                "Observation",
                json!([{"id": "Observation.component:S.valueString", "path": "Observation.component.valueString", "max": "0"}]),
            );
            derived["baseDefinition"] = json!("http://x/p");
            derived
        },
    ];
    let validator = validator(&p);
    assert_eq!(validator.check_profiles(), []);
    let found = elements(&validator, "http://x/p");
    for expected in [
        "Observation.component 1..*",
        "Observation.component:S 0..1",
        "Observation.component:S.code 1..1",
        "Observation.component:S.code.coding 1..*",
        "Observation.component:S.value[x] 0..1",
        "Observation.value[x]:valueQuantity 0..1",
        "Observation.value[x]:valueQuantity.code 1..1",
    ] {
        assert!(found.iter().any(|l| l == expected), "{expected} in {found:?}");
    }
    let derived = elements(&validator, "http://x/derived");
    assert!(
        derived.contains(&"Observation.component:S.value[x]:valueString 0..0".to_owned()),
        "{derived:?}"
    );
    assert!(found.iter().all(|l| derived.contains(l)));
    let json = validator.snapshot("http://x/p").unwrap().to_json();
    let written: Value = serde_json::from_str(&json).unwrap();
    let ids: Vec<&str> = written["element"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), found.len());
    assert!(found.iter().zip(ids).all(|(line, id)| line.starts_with(&format!("{id} "))));
}

#[test]
fn what_cannot_be_done_is_said() {
    let on_itself = |name: &str, base: &str| {
        let mut p = profile(name, "Patient", json!([]));
        p["baseDefinition"] = json!(format!("http://x/{base}"));
        p
    };
    let rules = |p: &[Value]| validator(p).check_profiles().into_iter().map(|f| f.rule).collect::<Vec<_>>();
    assert_eq!(rules(&[on_itself("a", "a")]), ["snapshot-base", "snapshot-circle"]);
    assert_eq!(rules(&[on_itself("a", "none")]), ["snapshot-base"]);
    assert_eq!(
        rules(&[profile("p", "Patient", json!([{"path": "Patient.unheardOf", "min": 1}]))]),
        ["snapshot-path"]
    );
    assert_eq!(
        rules(&[profile("p", "Patient", json!([{"min": 1}, {"path": "Patient..name"}]))]),
        ["snapshot-path", "snapshot-path"]
    );
    assert_eq!(
        rules(&[profile(
            "p",
            "Observation",
            json!([{"path": "Observation.code", "min": 0}, {"path": "Observation.subject", "max": "*"}])
        )]),
        ["snapshot-looser", "snapshot-looser"]
    );
    let two = [on_itself("a", "b"), on_itself("b", "a")];
    assert!(rules(&two).contains(&"snapshot-circle"));
    assert!(
        validate(
            &validator(&two),
            &json!({"resourceType": "Patient", "active": true}),
            &["http://x/a"]
        )
        .iter()
        .any(|f| f.rule == "profile-unknown")
    );
}
