use super::*;
use crate::news2::codes::{LOINC, SNOMED, TOTAL, part_code};
use kilde_fhir::json::{Limits, parse};
use proptest::prelude::*;

fn rules(text: &str) -> Vec<(&'static str, String)> {
    let document = parse(text, Limits::default()).expect("JSON");
    check_observation(document.root())
        .into_iter()
        .map(|f| (f.rule, f.expression))
        .collect()
}

fn names(text: &str) -> Vec<&'static str> {
    rules(text).into_iter().map(|(rule, _)| rule).collect()
}

fn part(parameter: Parameter, scale: Scale, points: i64, text: &str) -> String {
    let interpretation = if text.is_empty() {
        String::new()
    } else {
        format!(r#","interpretation":[{{"text":"{text}"}}]"#)
    };
    format!(
        r#"{{"code":{{"coding":[{{"system":"{SNOMED}","code":"{}"}}]}},"valueQuantity":{{"value":{points}}}{interpretation}}}"#,
        part_code(parameter, scale)
    )
}

fn total(value: &str, components: &[String]) -> String {
    format!(
        r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"{SNOMED}","code":"{TOTAL}"}}]}},"valueQuantity":{{"value":{value}}},"component":[{}]}}"#,
        components.join(",")
    )
}

fn parts(points: [i64; 7]) -> Vec<String> {
    Parameter::ALL
        .into_iter()
        .zip(points)
        .map(|(p, n)| part(p, Scale::One, n, ""))
        .collect()
}

#[test]
fn a_right_total_has_no_findings() {
    assert_eq!(names(&total("8", &parts([1, 2, 0, 1, 1, 3, 0]))), Vec::<&str>::new());
    assert_eq!(names(&total("5", &[])), Vec::<&str>::new(), "a total alone cannot be checked");
}

#[test]
fn a_total_that_differs() {
    assert_eq!(
        rules(&total("9", &parts([1, 2, 0, 1, 1, 3, 0]))),
        vec![("news2-total-differs", "Observation.value".to_owned())]
    );
    assert_eq!(
        names(&total("2", &parts([3, 0, 0, 0, 0, 0, 0])[..1])),
        vec!["news2-total-differs"],
        "less than the part that is there"
    );
    assert_eq!(names(&total("21", &[])), vec!["news2-total-impossible"]);
    assert_eq!(names(&total("4.5", &[])), vec!["news2-total-impossible"]);
}

#[test]
fn a_total_of_a_partial_set() {
    assert_eq!(
        names(&total("3", &parts([1, 1, 0, 1, 0, 0, 0])[..6])),
        vec!["news2-total-of-partial-set"]
    );
}

#[test]
fn parts_that_the_chart_cannot_give() {
    assert_eq!(
        rules(&total("4", &parts([1, 1, 1, 1, 0, 0, 0]))),
        vec![("news2-part-impossible", "Observation.component[2].value".to_owned())]
    );
    let mut twice = parts([0, 0, 0, 0, 0, 0, 0]);
    twice.push(part(Parameter::Saturation, Scale::Two, 0, ""));
    assert_eq!(names(&total("0", &twice)), vec!["news2-part-twice"]);
}

#[test]
fn a_part_that_differs_from_its_interval() {
    let mut components = parts([0, 0, 2, 0, 0, 0, 0]);
    components[1] = part(Parameter::Saturation, Scale::Two, 3, "93–94 med oksygentilførsel");
    assert_eq!(
        rules(&total("5", &components)),
        vec![("news2-part-differs", "Observation.component[1].value".to_owned())]
    );
    components[1] = part(Parameter::Saturation, Scale::Two, 3, "93–94");
    assert_eq!(
        names(&total("5", &components)),
        vec!["news2-part-differs"],
        "the part about oxygen decides"
    );
    components[1] = part(Parameter::Saturation, Scale::Two, 1, "93–94");
    assert!(names(&total("3", &components)).is_empty());
    components[1] = part(Parameter::Saturation, Scale::Two, 3, "noe vi ikke forstår");
    assert!(names(&total("5", &components)).is_empty());
}

#[test]
fn a_part_that_differs_from_the_raw_value() {
    let pulse = format!(r#"{{"code":{{"coding":[{{"system":"{LOINC}","code":"8867-4"}}]}},"valueQuantity":{{"value":95,"code":"/min"}}}}"#);
    let mut components = parts([0, 0, 0, 0, 2, 0, 0]);
    components.push(pulse.clone());
    assert_eq!(
        rules(&total("2", &components)),
        vec![("news2-part-differs", "Observation.component[4].value".to_owned())]
    );
    let alone = format!(
        r##"{{"resourceType":"Observation","contained":[{{"resourceType":"Observation","id":"p",{}],"code":{{"coding":[{{"system":"{SNOMED}","code":"{}"}}]}},"valueQuantity":{{"value":2}},"derivedFrom":[{{"reference":"#p"}}]}}"##,
        &pulse[1..],
        part_code(Parameter::Pulse, Scale::One)
    );
    assert_eq!(names(&alone), vec!["news2-part-differs"]);
}

#[test]
fn raw_values_that_are_not_scored_are_named() {
    let text = format!(
        r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"{LOINC}","code":"2708-6"}}]}},"valueQuantity":{{"value":24,"code":"%"}}}}"#
    );
    let document = parse(text, Limits::default()).unwrap();
    let findings = check_observation(document.root());
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, "news2-raw-implausible");
    assert!(!findings[0].is_error(), "it is kept and shown");
    assert!(findings[0].position.is_some());
}

#[test]
fn no_text_repeats_a_value() {
    for finding in check_observation(parse(total("17", &parts([1, 1, 1, 9, 0, 0, 0])), Limits::default()).unwrap().root()) {
        assert!(!finding.nb.contains("17") && !finding.en.contains("17"));
    }
}

#[test]
fn the_national_examples() {
    let folder = std::env::var_os("KILDE_SHARED").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/norway"),
        |root| std::path::Path::new(&root).join("data/norway"),
    );
    let Ok(text) = std::fs::read(folder.join("vkp-pmd/Observation-vkp-news2-create.json")) else {
        eprintln!("SKIPPED: the national examples are not at {}", folder.display());
        return;
    };
    let document = parse(text, Limits::default()).unwrap();
    let findings = check_observation(document.root());
    let found: Vec<_> = findings.iter().map(|f| (f.rule, f.expression.as_str())).collect();
    assert_eq!(
        found,
        vec![("news2-part-differs", "Observation.component[1].value")],
        "the total is the sum of the parts as given"
    );
    assert!(findings[0].is_error());

    let saturation = std::fs::read(folder.join("vitalsigns/Observation-no-oxygen-saturation-create.json")).expect("the folder is there");
    let document = parse(saturation, Limits::default()).unwrap();
    let found: Vec<_> = check_observation(document.root()).iter().map(|f| f.rule).collect();
    assert_eq!(found, vec!["news2-raw-implausible", "news2-oxygen-contradiction"]);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let codes = prop::sample::select(vec![
        "Observation",
        TOTAL,
        "1104321000000108",
        "1104331000000105",
        "1104361000000100",
        "2708-6",
        "8867-4",
        "67775-7",
        "LA6560-2",
        "≥25",
        "#a",
        "http://snomed.info/sct",
        "http://loinc.org",
        "/min",
        "%",
        "",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-50.0f64..300.0).prop_map(Into::into),
        codes.prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
    ];
    let keys = prop::sample::select(vec![
        "code",
        "coding",
        "system",
        "value",
        "valueQuantity",
        "valueInteger",
        "valueCodeableConcept",
        "component",
        "contained",
        "derivedFrom",
        "reference",
        "interpretation",
        "text",
        "unit",
        "extension",
        "url",
        "id",
        "display",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map(keys.clone(), inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_observation_is_safe(mut value in any_json()) {
        if let Some(object) = value.as_object_mut() {
            object.insert("resourceType".into(), "Observation".into());
            object.insert("code".into(), serde_json::json!({"coding":[{"system": SNOMED, "code": TOTAL}]}));
        }
        if let Ok(document) = parse(value.to_string(), Limits::default()) {
            let _ = check_observation(document.root());
        }
    }

    #[test]
    fn a_total_is_found_wrong_exactly_when_it_is(points in prop::collection::vec(0usize..4, 7), delivered in 0i64..=20) {
        let mut numbers = [0i64; 7];
        for (i, parameter) in Parameter::ALL.into_iter().enumerate() {
            numbers[i] = parameter.possible()[points[i] % parameter.possible().len()].value().into();
        }
        let found = names(&total(&delivered.to_string(), &parts(numbers)));
        prop_assert_eq!(found.contains(&"news2-total-differs"), numbers.iter().sum::<i64>() != delivered);
    }
}
