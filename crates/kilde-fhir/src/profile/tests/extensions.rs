use super::*;

/// An extension with those contexts.
fn extension(name: &str, contexts: &[(&str, &str)], elements: Value) -> Value {
    let mut sd = profile(name, "Extension", elements);
    let contexts: Vec<Value> = contexts.iter().map(|(kind, e)| json!({"type": kind, "expression": e})).collect();
    sd["context"] = json!(contexts);
    sd
}

fn simple(contexts: &[(&str, &str)]) -> Value {
    extension(
        "e",
        contexts,
        json!([{"path": "Extension", "max": "1"}, {"path": "Extension.url", "fixedUri": "http://x/e"}, {"path": "Extension.value[x]", "min": 1, "type": [{"code": "boolean"}]}]),
    )
}

fn lines(profiles: &[Value], resource: &Value) -> Vec<String> {
    let all = validate(&validator(profiles), resource, &[]);
    all.into_iter()
        .map(|f| format!("{} {} {}", &f.severity.code()[..1], f.rule, f.expression))
        .collect()
}

fn with(extension: Value) -> Value {
    json!({"resourceType": "Patient", "extension": [extension], "name": [{"family": "A"}]})
}

#[test]
fn a_known_extension_is_as_it_is_defined() {
    let p = [simple(&[("element", "Patient")])];
    assert_eq!(lines(&p, &with(json!({"url": "http://x/e", "valueBoolean": true}))), [""; 0]);
    assert_eq!(
        lines(&p, &with(json!({"url": "http://x/e", "valueString": "s"}))),
        ["e profile-types Patient.extension[0].value.ofType(string)"]
    );
    assert_eq!(
        lines(&p, &with(json!({"url": "http://x/e|1", "valueBoolean": true})))
            .first()
            .unwrap(),
        "e extension-version Patient.extension[0].url"
    );
    let twice = json!({"resourceType": "Patient", "extension": [{"url": "http://x/e", "valueBoolean": true}, {"url": "http://x/e", "valueBoolean": true}]});
    assert_eq!(lines(&p, &twice), ["e extension-max Patient.extension[1]"]);
}

#[test]
fn unknown_ones() {
    assert_eq!(
        lines(&[], &with(json!({"url": "http://y/e", "valueBoolean": true}))),
        ["w extension-unknown Patient.extension[0]"]
    );
    assert_eq!(
        lines(&[], &with(json!({"url": "plain", "valueBoolean": true}))),
        ["e extension-url Patient.extension[0]"]
    );
    let modifier = json!({"resourceType": "Patient", "modifierExtension": [{"url": "http://y/e", "valueBoolean": true}]});
    assert_eq!(lines(&[], &modifier), ["e extension-modifier-unknown Patient.modifierExtension[0]"]);
    let known = json!({"resourceType": "Patient", "modifierExtension": [{"url": "http://x/e", "valueBoolean": true}]});
    assert_eq!(lines(&[simple(&[])], &known), ["e extension-modifier Patient.modifierExtension[0]"]);
    assert_eq!(
        lines(
            &[profile("q", "Patient", json!([]))],
            &with(json!({"url": "http://x/q", "valueBoolean": true}))
        ),
        ["e extension-url Patient.extension[0].url"]
    );
}

#[test]
fn contexts() {
    let on_patient = with(json!({"url": "http://x/e", "valueBoolean": true}));
    let on_name = json!({"resourceType": "Patient", "name": [{"extension": [{"url": "http://x/e", "valueBoolean": true}]}]});
    let on_family = json!({"resourceType": "Patient", "name": [{"_family": {"extension": [{"url": "http://x/e", "valueBoolean": true}]}}]});
    for (context, patient, name, family) in [
        ("Patient", true, false, false),
        ("DomainResource", true, false, false),
        ("Resource", true, false, false),
        ("Element", true, true, true),
        ("Patient.name", false, true, false),
        ("HumanName", false, true, false),
        ("HumanName.family", false, false, true),
        ("Patient.name.family", false, false, true),
        ("string", false, false, true),
        ("Observation", false, false, false),
    ] {
        let p = [simple(&[("element", context)])];
        for (resource, allowed) in [(&on_patient, patient), (&on_name, name), (&on_family, family)] {
            assert_eq!(
                lines(&p, resource).iter().all(|l| !l.contains("extension-context")),
                allowed,
                "{context} {resource}"
            );
        }
    }
}

#[test]
fn parts() {
    let p = [extension(
        "e",
        &[("element", "Patient")],
        json!([{"path": "Extension.extension", "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}},
            {"path": "Extension.extension", "sliceName": "part", "min": 1, "max": "1"}, {"path": "Extension.extension.url", "fixedUri": "part"},
            {"path": "Extension.extension.value[x]", "type": [{"code": "string"}]}, {"path": "Extension.url", "fixedUri": "http://x/e"}, {"path": "Extension.value[x]", "max": "0"}]),
    )];
    let part = |url: &str, value: Value| with(json!({"url": "http://x/e", "extension": [{"url": url, "valueString": value}]}));
    assert_eq!(lines(&p, &part("part", json!("s"))), [""; 0]);
    assert_eq!(
        lines(&p, &part("other", json!("s"))),
        [
            "e profile-slice-min Patient.extension[0].extension",
            "e extension-part Patient.extension[0].extension[0]"
        ]
    );
    assert_eq!(
        lines(&p, &with(json!({"url": "http://x/e", "valueBoolean": true}))),
        [
            "e profile-slice-min Patient.extension[0].extension",
            "e profile-max Patient.extension[0].value.ofType(boolean)"
        ]
    );
}

#[test]
fn the_value_of_an_extension_belongs_to_it() {
    let outer = extension(
        "outer",
        &[("element", "Patient")],
        json!([{"path": "Extension.url", "fixedUri": "http://x/outer"}]),
    );
    let p = [simple(&[("extension", "http://x/outer")]), outer];
    let inner = json!({"extension": [{"url": "http://x/e", "valueBoolean": true}]});
    assert_eq!(
        lines(
            &p,
            &with(json!({"url": "http://x/outer", "valueBoolean": true, "_valueBoolean": inner}))
        ),
        [""; 0]
    );
    assert_eq!(
        lines(&p, &with(json!({"url": "http://x/e", "valueBoolean": true}))),
        ["e extension-context Patient.extension[0]"]
    );
}
