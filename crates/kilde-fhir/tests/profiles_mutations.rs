//! Damage to valid examples of the Norwegian packages is found by their profiles.

mod support;

use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::profile::Validator;
use serde_json::{Value, json};
use std::sync::LazyLock;

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| Some(support::norwegian::validator(&support::data("packages")?).0));

fn validate(validator: &Validator, resource: &Value) -> Vec<Finding> {
    validator.validate(parse(resource.to_string(), Limits::default()).unwrap().root(), &[])
}

/// Examples without errors that claim a profile at hand, with that profile.
fn valid(validator: &Validator) -> Vec<(String, Value, String)> {
    let mut found = Vec::new();
    for (_, resource) in validator.packages().resources().filter(|(_, r)| r.is_example()) {
        let Some(root) = resource.root() else { continue };
        let Some(claim) = root.path(&["meta", "profile"]).and_then(|p| p.as_str()) else {
            continue;
        };
        let value: Value = serde_json::from_str(root.document().text().trim_start_matches('\u{feff}')).unwrap();
        if validator.snapshot(&claim).is_some() && !validate(validator, &value).iter().any(Finding::is_error) {
            found.push((resource.file().to_owned(), value, claim.into_owned()));
        }
    }
    found
}

/// JSON pointers to what stands at an element path below the root; no slices, no choices.
fn pointers(value: &Value, names: &[&str], at: &str, found: &mut Vec<String>) {
    let Some((name, rest)) = names.split_first() else {
        found.push(at.to_owned());
        return;
    };
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                pointers(item, names, &format!("{at}/{i}"), found);
            }
        }
        Value::Object(properties) => {
            if let Some(child) = properties.get(*name) {
                pointers(child, rest, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn without(resource: &Value, pointer: &str) -> Value {
    let mut damaged = resource.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    damaged.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    damaged
}

#[test]
fn what_a_profile_asks_for_is_missed_when_it_is_taken_away_or_changed() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let (mut damages, mut unseen) = (0, Vec::new());
    let examples = valid(validator);
    for (file, resource, claim) in &examples {
        let snapshot = validator.snapshot(claim).unwrap();
        for (id, path, at) in snapshot.all() {
            let names: Vec<&str> = path.split('.').skip(1).collect();
            if names.is_empty() || id.contains(':') || id.contains("[x]") {
                continue;
            }
            let element = snapshot.element(at);
            let mut places = Vec::new();
            pointers(resource, &names, "", &mut places);
            for place in &places {
                let there = resource.pointer(place).unwrap();
                let mut cases: Vec<(&str, Value)> = Vec::new();
                if element.min() > 0 {
                    cases.push(("removed", without(resource, place)));
                }
                if let (Some(max), Value::Array(items)) = (element.max(), there)
                    && max > 0
                {
                    let mut damaged = resource.clone();
                    let many: Vec<Value> = items.iter().cycle().take(max as usize + 1).cloned().collect();
                    *damaged.pointer_mut(place).unwrap() = json!(many);
                    cases.push(("too many", damaged));
                }
                let valued = element.property_of_type("fixed").or_else(|| element.property_of_type("pattern"));
                if valued.is_some() && there.is_string() {
                    let mut damaged = resource.clone();
                    *damaged.pointer_mut(place).unwrap() = json!("another");
                    cases.push(("another value", damaged));
                }
                for (what, damaged) in cases {
                    damages += 1;
                    if !validate(validator, &damaged).iter().any(Finding::is_error) {
                        unseen.push(format!("{file} {id}: {what}"));
                    }
                }
            }
        }
    }
    println!("{} examples, {damages} damages", examples.len());
    assert!(examples.len() >= 40 && damages >= 150);
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn slices_that_must_be_there_are_missed() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let (mut damages, mut unseen) = (0, Vec::new());
    for (file, resource, claim) in valid(validator) {
        let snapshot = validator.snapshot(&claim).unwrap();
        for (id, path, at) in snapshot.all() {
            let element = snapshot.element(at);
            let names: Vec<&str> = path.split('.').skip(1).collect();
            if element.slice_name().is_none() || element.min() == 0 || names.len() != 1 || path.contains("[x]") {
                continue;
            }
            if resource.get(names[0]).is_none() {
                continue;
            }
            damages += 1;
            // Emptied of what its slices are known by.
            let mut damaged = resource.clone();
            damaged[names[0]] = json!([{"extension": [{"url": "http://example.org/x", "valueBoolean": true}]}]);
            let errors = validate(validator, &damaged);
            if !errors.iter().any(|f| f.is_error() && f.rule.starts_with("profile-")) {
                unseen.push(format!("{file} {id}"));
            }
        }
    }
    println!("{damages} slices");
    assert!(damages > 0 && unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn extensions_that_nobody_knows_and_codes_that_do_not_exist() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    for (file, resource, _) in valid(validator) {
        if resource["resourceType"] == "Bundle" {
            continue;
        }
        let mut damaged = resource.clone();
        let extensions = damaged.as_object_mut().unwrap().entry("extension").or_insert_with(|| json!([]));
        extensions
            .as_array_mut()
            .unwrap()
            .push(json!({"url": "http://example.org/unheard-of", "valueBoolean": true}));
        assert!(
            validate(validator, &damaged).iter().any(|f| f.rule == "extension-unknown"),
            "{file}"
        );
        let mut damaged = resource.clone();
        damaged["modifierExtension"] = json!([{"url": "http://example.org/unheard-of", "valueBoolean": true}]);
        assert!(
            validate(validator, &damaged)
                .iter()
                .any(|f| f.rule == "extension-modifier-unknown" && f.is_error()),
            "{file}"
        );
        if resource.get("status").is_some() {
            let mut damaged = resource.clone();
            damaged["status"] = json!("none-such");
            assert!(validate(validator, &damaged).iter().any(Finding::is_error), "{file}");
        }
        let mut damaged = resource.clone();
        damaged["meta"]["profile"] = json!(["http://hl7.org/fhir/StructureDefinition/StructureDefinition"]);
        assert!(validate(validator, &damaged).iter().any(|f| f.rule == "profile-type"), "{file}");
    }
}
