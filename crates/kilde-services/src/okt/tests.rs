use super::episode::{Episode, State};
use crate::overview::tests::{NOW, div, overview, section};
use crate::record::fake::Fake;
use kilde_fhir::json::{Limits, parse};
use proptest::prelude::*;
use serde_json::json;

fn episode(id: &str, code: &str, more: serde_json::Value) -> String {
    let mut resource = json!({
        "resourceType": "EpisodeOfCare",
        "id": id,
        "meta": { "versionId": "1", "lastUpdated": "2026-11-20T10:00:00.000Z", "profile": ["http://hl7.no/fhir/ig/okt/StructureDefinition/OktEpisodeOfCare"] },
        "status": "active",
        "type": [{ "coding": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": code, "display": format!("Tjeneste {code}") }] }],
        "patient": { "reference": "Patient/p" },
        "period": { "start": "2020-06-22" },
    });
    if let (Some(into), serde_json::Value::Object(more)) = (resource.as_object_mut(), more) {
        into.extend(more);
    }
    resource.to_string()
}

fn state(status: &str, start: Option<&str>, end: Option<&str>, now_ms: i64) -> Option<State> {
    let mut period = json!({});
    if let Some(start) = start {
        period["start"] = start.into();
    }
    if let Some(end) = end {
        period["end"] = end.into();
    }
    let text = episode("e", "2", json!({ "status": status, "period": period }));
    let document = parse(text, Limits::default()).unwrap();
    Episode::read(document.root(), now_ms).map(|e| e.state)
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn states() {
    assert_eq!(state("active", Some("2020-01-01"), None, NOW), Some(State::Active));
    assert_eq!(state("onhold", Some("2020-01-01"), None, NOW), Some(State::OnHold));
    assert_eq!(state("planned", None, None, NOW), Some(State::Planned));
    assert_eq!(state("active", Some("2027-01-01"), None, NOW), Some(State::Planned));
    assert_eq!(state("finished", Some("2020-01-01"), None, NOW), Some(State::Ended));
    assert_eq!(
        state("onhold", Some("2020-01-01"), Some("2021-01-01"), NOW),
        Some(State::Ended),
        "the period has passed"
    );
    assert_eq!(state("entered-in-error", None, None, NOW), None);
}

#[test]
fn a_service_ends_at_midnight_in_norway() {
    let last_day = Some("2026-06-30");
    assert_eq!(state("active", None, last_day, ms("2026-06-30T21:59:59.999Z")), Some(State::Active));
    assert_eq!(state("active", None, last_day, ms("2026-06-30T22:00:00Z")), Some(State::Ended));
}

#[test]
fn one_overview() {
    let mut fake = Fake::with(&[
        &episode(
            "a",
            "2",
            json!({
                "extension": [
                    { "url": "http://hl7.no/fhir/ig/okt/StructureDefinition/WeeklyExtentRatio", "valueRatio": { "numerator": { "value": 7.5, "code": "h" }, "denominator": { "value": 1, "code": "wk" } } },
                    { "url": "http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown", "valueMarkdown": "Hjelp til <dusj> & påkledning" },
                    { "url": "https://kilde.example/fhir/StructureDefinition/okt-review-date", "valueDate": "2027-03-01" }
                ],
                "managingOrganization": { "reference": "Organization/vest" }
            }),
        ),
        &episode("b", "6", json!({ "status": "onhold" })),
        &episode("c", "17", json!({ "period": { "start": "2026-01-01", "end": "2026-10-31" } })),
        &episode("d", "18", json!({ "period": { "start": "2019-01-01", "end": "2019-10-31" } })),
        r#"{"resourceType":"Patient","id":"p","birthDate":"1940-05-01"}"#,
    ]);
    fake.others = vec![
        r#"{"resourceType":"Organization","id":"vest","name":"Sone Vest","telecom":[{"system":"phone","value":"22 33 44 55"}],"partOf":{"reference":"Organization/hj"}}"#.into(),
        r#"{"resourceType":"Organization","id":"hj","name":"Hjemmetjenesten"}"#.into(),
    ];
    let bundle = overview(&fake, &["okt"]);
    insta::assert_json_snapshot!("okt", bundle);
    let shown = section(&bundle, 0);
    assert_eq!(shown["entry"].as_array().unwrap().len(), 2);
    assert_eq!(shown["section"][0]["entry"].as_array().unwrap().len(), 1, "what ended this year");
    assert!(div(shown).contains("Hjelp til &lt;dusj&gt; &amp; påkledning"));
    assert!(div(shown).contains("7,5 timer per uke"));
}

#[test]
fn descriptions_only_where_allowed() {
    let mut fake = Fake::with(&[&episode(
        "a",
        "2",
        json!({
            "extension": [{ "url": "http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown", "valueMarkdown": "hemmelig" }]
        }),
    )]);
    assert!(overview(&fake, &["okt"]).to_string().contains("hemmelig"));
    fake.no_descriptions = true;
    let bundle = overview(&fake, &["okt"]);
    assert!(!bundle.to_string().contains("hemmelig"));
    assert_eq!(bundle["entry"][1]["resource"]["meta"]["tag"][0]["code"], "SUBSETTED");
    assert!(div(section(&bundle, 0)).contains("ikke vises for din rolle"));
}

#[test]
fn exact_bytes_where_nothing_is_taken_out() {
    let text = episode("a", "2", json!({})).replace("\"id\":\"a\"", "\"id\" : \"a\"");
    let bundle = crate::overview::tests::bytes(&Fake::with(&[&text]), &["okt"]);
    assert!(bundle.contains(&text));
}

#[test]
fn only_ended_is_known_and_nothing() {
    let fake = Fake::with(&[&episode(
        "c",
        "17",
        json!({ "status": "finished", "period": { "start": "2026-01-01", "end": "2026-10-31" } }),
    )]);
    let bundle = overview(&fake, &["okt"]);
    let shown = section(&bundle, 0);
    assert_eq!(shown["emptyReason"]["coding"][0]["code"], "nilknown");
    assert!(div(shown).contains("Ingen tjenester nå."));
    assert_eq!(shown["section"][0]["code"]["coding"][0]["code"], "ended");
}

#[test]
fn the_national_examples() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/norway/okt");
    let folder = std::env::var_os("KILDE_SHARED").map_or(folder, |root| std::path::Path::new(&root).join("data/norway/okt"));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let Some(first) = read("episodes/EpisodeOfCare-OktEpisodeOfCare-Proto-19779998080-1.json") else {
        eprintln!("SKIPPED: the national examples are not at {}", folder.display());
        return;
    };
    let mut fake = Fake::with(&[&first, &read("episodes/EpisodeOfCare-OktEpisodeOfCare1.json").unwrap()]);
    fake.others = ["org-1-1-2-6", "org-1-1-2", "org-1-1", "org-1"]
        .iter()
        .map(|o| read(&format!("other/Organization-{o}.json")).unwrap())
        .collect();
    let bundle = overview(&fake, &["okt"]);
    let shown = section(&bundle, 0);
    assert!(
        div(shown).contains("1 aktiv tjeneste"),
        "the other one's period ended, though its status is active"
    );
    assert!(div(shown).contains("Ansvarlig: Sone Vest, Kjeller, tlf. 23101675"));
    assert!(div(shown).contains("15 timer per uke"));
    assert_eq!(shown["section"][0]["entry"].as_array().unwrap().len(), 1);
}

proptest! {
    #[test]
    fn any_episode_is_safe(status in "\\PC{0,8}", start in "\\PC{0,12}", value in any::<f64>(), text in "\\PC{0,20}") {
        let more = json!({
            "status": status,
            "period": { "start": start, "end": text },
            "type": [{ "text": text, "coding": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": text }] }, [], null, 3],
            "extension": [{ "url": "x/WeeklyExtentRatio", "valueRatio": { "numerator": { "value": value, "code": "min" }, "denominator": { "value": value, "code": "wk" } } }],
            "managingOrganization": { "reference": text, "display": text }
        });
        let bundle = crate::overview::tests::bytes(&Fake::with(&[&episode("e", "2", more)]), &["okt"]);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&bundle).is_ok());
    }
}
