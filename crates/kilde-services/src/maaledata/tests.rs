use crate::overview::tests::{NOW, bytes, div, overview, section};
use crate::record::fake::Fake;
use kilde_fhir::date::format_instant;
use proptest::prelude::*;
use serde_json::{Value, json};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","birthDate":"1940-05-01"}"#;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn observation(id: &str, at: i64, code: (&str, &str), value: Value) -> String {
    let mut resource = json!({
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": code.0, "code": code.1 }] },
        "subject": { "reference": "Patient/p" },
        "effectiveDateTime": format_instant(at),
    });
    if let (Some(into), Value::Object(value)) = (resource.as_object_mut(), value) {
        into.extend(value);
    }
    resource.to_string()
}

fn loinc(id: &str, at: i64, code: &str, value: f64, unit: &str) -> String {
    let value = if value.fract() == 0.0 { json!(value as i64) } else { json!(value) };
    let quantity = json!({ "valueQuantity": { "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit } });
    observation(id, at, ("http://loinc.org", code), quantity)
}

/// A full set of raw values: pulse decides the points (95 gives 1, 115 gives 2, 140 gives 3).
fn set(name: &str, at: i64, pulse: f64) -> Vec<String> {
    let id = |what: &str| format!("{name}-{what}");
    vec![
        loinc(&id("r"), at, "9279-1", 16.0, "/min"),
        loinc(&id("s"), at, "59408-5", 97.0, "%"),
        loinc(&id("o"), at, "3151-8", 0.0, "L/min"),
        observation(
            &id("b"),
            at,
            ("http://loinc.org", "85354-9"),
            json!({ "component": [
            { "code": { "coding": [{ "system": "http://loinc.org", "code": "8480-6", "display": "Systolisk" }] }, "valueQuantity": { "value": 128, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } },
            { "code": { "coding": [{ "system": "http://loinc.org", "code": "8462-4" }] }, "valueQuantity": { "value": 78, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } }
        ] }),
        ),
        loinc(&id("p"), at, "8867-4", pulse, "/min"),
        observation(
            &id("c"),
            at,
            ("http://loinc.org", "67775-7"),
            json!({ "valueCodeableConcept": { "coding": [{ "system": "http://loinc.org", "code": "LA9340-6" }] } }),
        ),
        loinc(&id("t"), at, "8310-5", 37.2, "Cel"),
    ]
}

fn shown(resources: &[String]) -> Value {
    let mut all: Vec<&str> = vec![PATIENT];
    all.extend(resources.iter().map(String::as_str));
    overview(&Fake::with(&all), &["maaledata"])
}

fn resources<'a>(bundle: &'a Value, profile: &str) -> Vec<&'a Value> {
    let wanted = format!("https://kilde.example/fhir/StructureDefinition/{profile}");
    bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["resource"])
        .filter(|r| r["meta"]["profile"][0] == wanted.as_str())
        .collect()
}

fn text(bundle: &Value) -> &str {
    div(section(bundle, 0))
}

#[test]
fn a_full_set_with_history() {
    let mut all = set("new", NOW - HOUR, 140.0);
    for day in 1..=6 {
        all.extend(set(&format!("d{day}"), NOW - day * DAY, if day % 2 == 0 { 95.0 } else { 70.0 }));
    }
    let bundle = shown(&all);
    insta::assert_snapshot!("narrative", text(&bundle).replace("><", ">\n<"));
    insta::assert_json_snapshot!("derived", bundle["entry"].as_array().unwrap()[1..4].to_vec());
    assert!(text(&bundle).contains("NEWS2: 3 – 3 poeng i én måling"), "{}", text(&bundle));
    assert!(text(&bundle).contains("Vanlig for personen: 0,5."), "{}", text(&bundle));
    assert!(text(&bundle).contains("Nå 2,5 over det vanlige."));
    assert!(text(&bundle).contains("Stigende."));
    let newest = resources(&bundle, "news2-derived")[0];
    assert_eq!(newest["valueQuantity"]["value"], 3);
    assert_eq!(newest["component"].as_array().unwrap().len(), 7);
    assert_eq!(newest["derivedFrom"].as_array().unwrap().len(), 7);
    assert_eq!(resources(&bundle, "news2-trend")[0]["hasMember"].as_array().unwrap().len(), 6);
    assert_eq!(resources(&bundle, "news2-habitual")[0]["valueQuantity"]["value"], 0.5);
}

#[test]
fn a_partial_set_has_no_total() {
    let mut all = set("new", NOW - HOUR, 95.0);
    all.pop();
    let bundle = shown(&all);
    assert!(text(&bundle).contains("ufullstendig, ingen totalsum"));
    assert!(text(&bundle).contains("Mangler: temperatur."));
    let derived = resources(&bundle, "news2-derived")[0];
    assert!(derived.get("valueQuantity").is_none());
    assert_eq!(derived["dataAbsentReason"]["coding"][0]["code"], "unknown");
    assert_eq!(derived["component"].as_array().unwrap().len(), 6);
}

#[test]
fn implausible_values_are_shown_and_not_scored() {
    let mut all = set("new", NOW - HOUR, 95.0);
    all[1] = loinc("new-s", NOW - HOUR, "59408-5", 24.0, "%");
    let bundle = shown(&all);
    assert!(
        text(&bundle).contains("24 % – usannsynlig verdi, gir ikke poeng"),
        "{}",
        text(&bundle)
    );
    assert!(text(&bundle).contains("Mangler: oksygenmetning."));
}

#[test]
fn a_newer_single_value_does_not_hide_the_last_total() {
    let mut all = set("old", NOW - 5 * HOUR, 95.0);
    all.push(loinc("temp", NOW - HOUR, "8310-5", 39.4, "Cel"));
    let bundle = shown(&all);
    assert!(text(&bundle).contains("NEWS2: 1 – lav"));
    assert!(
        text(&bundle).contains("Nyere enkeltmålinger") && text(&bundle).contains("Temperatur: 39,4 °C"),
        "{}",
        text(&bundle)
    );
}

#[test]
fn children_and_pregnant_are_named_and_not_scored() {
    let child = PATIENT.replace("1940", "2015");
    let mut all: Vec<String> = set("new", NOW - HOUR, 140.0);
    all.push(child);
    let refs: Vec<&str> = all.iter().map(String::as_str).collect();
    let bundle = overview(&Fake::with(&refs), &["maaledata"]);
    assert!(text(&bundle).contains("NEWS2 gjelder ikke for barn under 16 år."));
    assert!(!text(&bundle).contains("Poeng</th>"));
    let derived = resources(&bundle, "news2-derived")[0];
    assert_eq!(derived["dataAbsentReason"]["coding"][0]["code"], "not-applicable");
    assert!(derived.get("component").is_none() && derived.get("interpretation").is_none());
}

fn total(id: &str, at: i64, number: i64, more: Value) -> String {
    let mut value = json!({ "valueQuantity": { "value": number } });
    if let (Some(into), Value::Object(more)) = (value.as_object_mut(), more) {
        into.extend(more);
    }
    observation(id, at, ("http://snomed.info/sct", "1104051000000101"), value)
}

#[test]
fn a_delivered_total_is_compared_with_its_raw_values() {
    let mut all = set("new", NOW - HOUR, 95.0);
    let members: Vec<Value> = ["r", "s", "o", "b", "p", "c", "t"]
        .iter()
        .map(|m| json!({ "reference": format!("Observation/new-{m}") }))
        .collect();
    all.push(total("sum", NOW - HOUR + 120_000, 4, json!({ "derivedFrom": members })));
    let bundle = shown(&all);
    assert!(text(&bundle).contains("Levert totalsum er 4. Delene gir 1."), "{}", text(&bundle));
    assert_eq!(
        resources(&bundle, "news2-derived")[0]["dataAbsentReason"]["coding"][0]["code"],
        "error"
    );
    let right = all.last().unwrap().replace("\"value\":4", "\"value\":1");
    *all.last_mut().unwrap() = right;
    let bundle = shown(&all);
    assert!(
        text(&bundle).contains("NEWS2: 1 – lav"),
        "linked, though two minutes apart: {}",
        text(&bundle)
    );
}

#[test]
fn a_delivered_part_that_differs_from_its_raw_value() {
    let mut all = set("new", NOW - HOUR, 95.0);
    all.push(observation(
        "part",
        NOW - HOUR,
        ("http://snomed.info/sct", "1104351000000103"),
        json!({
            "valueQuantity": { "value": 2 }, "derivedFrom": [{ "reference": "Observation/new-p" }]
        }),
    ));
    let bundle = shown(&all);
    assert!(text(&bundle).contains("Levert poeng for puls stemmer ikke"), "{}", text(&bundle));
    assert!(text(&bundle).contains("1 (levert: 2)"));
}

#[test]
fn a_total_alone_and_a_total_with_some_parts() {
    let alone = shown(&[total("sum", NOW - HOUR, 6, json!({}))]);
    assert!(text(&alone).contains("NEWS2: 6 – middels (5–6)") && text(&alone).contains("levert uten delene"));
    let component = json!({ "component": [{ "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "1104351000000103" }] }, "valueQuantity": { "value": 2 } }] });
    let some = shown(&[total("sum", NOW - HOUR, 6, component)]);
    assert!(text(&some).contains("6 er levert, men kan ikke kontrolleres"), "{}", text(&some));
}

#[test]
fn other_measurements_and_withdrawn_ones() {
    let weight = loinc("w", NOW - 2 * DAY, "29463-7", 71.5, "kg")
        .replace("\"code\":\"29463-7\"", "\"code\":\"29463-7\",\"display\":\"<script>Vekt\"");
    let older = loinc("w0", NOW - 9 * DAY, "29463-7", 72.0, "kg");
    let wrong = loinc("x", NOW - HOUR, "8867-4", 70.0, "/min").replace("\"final\"", "\"entered-in-error\"");
    let bundle = shown(&[weight, older, wrong]);
    assert!(
        text(&bundle).contains("&lt;script&gt;Vekt: 71,5 kg") && !text(&bundle).contains("<script"),
        "{}",
        text(&bundle)
    );
    assert!(text(&bundle).contains("1 eldre måling vises ikke her."));
    assert!(!bundle.to_string().contains("entered-in-error"));
}

#[test]
fn the_national_example_is_named_as_wrong() {
    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/norway/vkp-pmd/Observation-vkp-news2-create.json");
    let file = std::env::var_os("KILDE_SHARED").map_or(file, |root| {
        std::path::Path::new(&root).join("data/norway/vkp-pmd/Observation-vkp-news2-create.json")
    });
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: the national examples are not at {}", file.display());
        return;
    };
    let found = shown(&[text]);
    assert!(self::text(&found).contains("Oksygenmetning er vurdert på skala 2."));
    assert!(self::text(&found).contains("93–94 med oksygentilførsel"));
    assert!(self::text(&found).contains("Målingen er mer enn ett døgn gammel."));
}

#[test]
fn two_hundred_observations_are_quick() {
    let all: Vec<String> = (0..29)
        .flat_map(|i| set(&format!("s{i}"), NOW - (i + 1) * 20 * HOUR, 95.0))
        .collect();
    let mut refs: Vec<&str> = all.iter().map(String::as_str).collect();
    refs.push(PATIENT);
    let fake = Fake::with(&refs);
    let start = std::time::Instant::now();
    let rounds = 20;
    for _ in 0..rounds {
        assert!(!bytes(&fake, &["maaledata"]).is_empty());
    }
    let each = start.elapsed() / rounds;
    eprintln!(
        "maaledata: {each:?} for {} observations, test records made anew each time",
        all.len()
    );
    assert!(each < std::time::Duration::from_millis(100), "{each:?}");
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        (-5i64..400).prop_map(Into::into),
        (-1e3f64..1e3).prop_map(Into::into),
        "\\PC{0,6}".prop_map(Into::into),
        prop::sample::select(vec![
            "/min",
            "%",
            "Cel",
            "mm[Hg]",
            "L/min",
            "LA9340-6",
            "http://loinc.org",
            "Observation/o1",
            "Observation/o0"
        ])
        .prop_map(Into::into),
    ];
    let keys = prop::sample::select(vec![
        "value",
        "unit",
        "code",
        "system",
        "coding",
        "text",
        "display",
        "reference",
        "valueQuantity",
        "component",
        "interpretation",
    ]);
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map(keys.clone(), inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_observations_are_safe(parts in prop::collection::vec((prop::sample::select(vec![
        ("http://snomed.info/sct", "1104051000000101"), ("http://snomed.info/sct", "1104321000000108"), ("http://snomed.info/sct", "1104331000000105"),
        ("http://loinc.org", "2708-6"), ("http://loinc.org", "85354-9"), ("http://loinc.org", "67775-7"), ("http://loinc.org", "29463-7"),
    ]), any_value(), any_value(), any_value(), "\\PC{0,10}"), 0..6)) {
        let all: Vec<String> = parts.into_iter().enumerate().map(|(i, (code, a, b, c, when))| {
            observation(&format!("o{i}"), NOW - i as i64 * DAY, code, json!({
                "valueQuantity": a, "component": b, "hasMember": c.clone(), "derivedFrom": [{ "reference": "Observation/o0" }, { "reference": "Observation/o1" }],
                "extension": c, "effectiveDateTime": when
            }))
        }).collect();
        let refs: Vec<&str> = all.iter().map(String::as_str).collect();
        let body = bytes(&Fake::with(&refs), &["maaledata"]);
        prop_assert!(serde_json::from_str::<Value>(&body).is_ok());
    }
}
