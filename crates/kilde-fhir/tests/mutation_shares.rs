//! What share of damage to valid examples of the Norwegian packages is found, by kind of damage. The
//! damage is done blindly, everywhere: some of it leaves a resource that is valid, too.

mod support;

use kilde_fhir::finding::Severity;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::package::Packages;
use kilde_fhir::profile::{FhirPath, Options, Validator, terminology_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Places taken of one example for one kind of damage, spread over the example.
const PLACES: usize = 40;

/// A kind of damage: its name, what it does to a place (`false` if it does not apply), and the
/// least share in percent that must be found.
type Kind = (&'static str, fn(&mut Value) -> bool, usize);

const KINDS: &[Kind] = &[
    ("unknown property", unknown_property, 100),
    ("object for a value", object_for_value, 97),
    ("list emptied", list_emptied, 93),
    ("list for a value", list_for_value, 95),
    ("date that does not exist", no_such_date, 100),
    ("code that does not exist", no_such_code, 80),
    ("system that does not exist", no_such_system, 50),
    ("reference to another type", other_target, 100),
    ("extension that nobody knows", unknown_extension, 100),
    ("property removed", property_removed, 50),
];

fn unknown_property(value: &mut Value) -> bool {
    value
        .as_object_mut()
        .map(|o| o.insert("noSuchThing".to_owned(), json!("x")))
        .is_some()
}

fn object_for_value(value: &mut Value) -> bool {
    let applies = value.is_string() || value.is_number() || value.is_boolean();
    if applies {
        *value = json!({"a": 1});
    }
    applies
}

fn list_emptied(value: &mut Value) -> bool {
    value.as_array_mut().map(Vec::clear).is_some()
}

fn list_for_value(value: &mut Value) -> bool {
    let applies = value.is_string() || value.is_number();
    if applies {
        *value = json!([value.take()]);
    }
    applies
}

fn no_such_date(value: &mut Value) -> bool {
    let Some(o) = value.as_object_mut() else { return false };
    let dated = o.iter_mut().find(|(k, v)| {
        let named = [
            "start",
            "end",
            "issued",
            "birthDate",
            "recorded",
            "authoredOn",
            "lastUpdated",
            "effectiveDateTime",
        ]
        .contains(&k.as_str());
        named && v.is_string()
    });
    dated.map(|(_, v)| *v = json!("2026-02-30")).is_some()
}

fn no_such_code(value: &mut Value) -> bool {
    let Some(o) = value.as_object_mut() else { return false };
    let coded = o
        .iter_mut()
        .find(|(k, _)| matches!(k.as_str(), "code" | "status" | "gender" | "use"));
    match coded {
        Some((_, code)) if code.is_string() => {
            *code = json!("no-such-code");
            true
        }
        _ => false,
    }
}

fn no_such_system(value: &mut Value) -> bool {
    let Some(o) = value.as_object_mut().filter(|o| o.contains_key("code")) else {
        return false;
    };
    o.get_mut("system").map(|s| *s = json!("http://no.such/system")).is_some()
}

fn other_target(value: &mut Value) -> bool {
    let Some(o) = value.as_object_mut() else { return false };
    o.get_mut("reference")
        .filter(|r| r.is_string())
        .map(|r| *r = json!("SubstanceNucleicAcid/1"))
        .is_some()
}

fn unknown_extension(value: &mut Value) -> bool {
    let Some(o) = value
        .as_object_mut()
        .filter(|o| !o.contains_key("extension") && !o.contains_key("entry"))
    else {
        return false;
    };
    o.insert(
        "extension".to_owned(),
        json!([{"url": "http://no.such/extension", "valueBoolean": true}]),
    );
    true
}

fn property_removed(value: &mut Value) -> bool {
    let Some(o) = value.as_object_mut() else { return false };
    let first = o.keys().find(|k| *k != "id" && *k != "resourceType").cloned();
    first.map(|k| o.shift_remove(&k)).is_some()
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(o) => o
            .iter()
            .for_each(|(k, v)| pointers(v, format!("{at}/{}", k.replace('~', "~0").replace('/', "~1")), found)),
        Value::Array(a) => a.iter().enumerate().for_each(|(i, v)| pointers(v, format!("{at}/{i}"), found)),
        _ => {}
    }
    found.push(at);
}

/// What is found in a resource, apart from what is only good to know.
fn found(validator: &Validator, resource: &Value) -> BTreeSet<(&'static str, String)> {
    let document = parse(resource.to_string(), Limits::default()).unwrap();
    let findings = validator.validate(document.root(), &[]);
    let told = findings.into_iter().filter(|f| f.severity >= Severity::Warning);
    told.map(|f| (f.rule, f.expression)).collect()
}

#[test]
fn shares_of_damage_that_is_found() {
    let Some(folder) = support::data("packages") else { return };
    let packages = Arc::new(Packages::load(&folder).0);
    let codes = Arc::new(terminology_of(&packages).0);
    let validator = Validator::new(packages)
        .with_codes(codes.clone())
        .with_invariants(Arc::new(FhirPath::new(codes)))
        .with_options(Options {
            unknown_extension: Severity::Error,
            ..Options::default()
        });
    let examples: Vec<Value> = validator
        .packages()
        .resources()
        .filter(|(_, r)| r.is_example())
        .filter_map(|(_, r)| r.root())
        .filter(|r| r.path(&["meta", "profile"]).is_some() && !validator.validate(*r, &[]).iter().any(|f| f.is_error()))
        .filter_map(|r| serde_json::from_str(r.document().text().trim_start_matches('\u{feff}')).ok())
        .collect();
    println!("{:<30}{:>9}{:>9}{:>8}", "damage", "done", "found", "share");
    let mut low = Vec::new();
    for (name, damage, least) in KINDS {
        let (mut done, mut seen) = (0usize, 0usize);
        for example in &examples {
            let before = found(&validator, example);
            let mut places = Vec::new();
            pointers(example, String::new(), &mut places);
            let applies = |place: &String| {
                let mut damaged = example.clone();
                let at = damaged.pointer_mut(place)?;
                // Narratives and ids of types are other tests' business.
                let skipped = place.contains("/text") || place.ends_with("/resourceType") || place.contains("/meta");
                (!skipped && damage(at)).then_some(damaged)
            };
            let step = places.len().div_ceil(PLACES * 4).max(1);
            for damaged in places.iter().step_by(step).filter_map(applies).take(PLACES) {
                done += 1;
                seen += usize::from(!found(&validator, &damaged).is_subset(&before));
            }
        }
        let share = (seen * 1000 / done.max(1)) as f64 / 10.0;
        println!("{name:<30}{done:>9}{seen:>9}{share:>7.1}%");
        if done == 0 || seen * 100 < least * done {
            low.push(format!("{name}: {seen} of {done}, at least {least} %"));
        }
    }
    assert!(low.is_empty(), "{low:#?}");
}
