use super::*;
use crate::record::fake::Fake;
use crate::service::AllUp;
use kilde_fhir::json::{Limits, parse};
use serde_json::Value;

/// 2026-11-22T19:36:05.123Z
pub(crate) const NOW: i64 = 1_795_376_165_123;
const BASE: &str = "https://kilde.example/9901/fhir/r4";
const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","birthDate":"1940-05-01"}"#;
const EPISODE: &str = r#"{"resourceType":"EpisodeOfCare","id":"e","status":"active","type":[{"coding":[{"system":"urn:oid:2.16.578.1.12.4.1.1.9151","code":"6"}]}],"patient":{"reference":"Patient/p"},"period":{"start":"2020-06-22"}}"#;

struct Down(&'static str);

impl SourceStatus for Down {
    fn down(&self, service: &str) -> Vec<String> {
        if service == self.0 { vec!["Gerica".into()] } else { Vec::new() }
    }
}

fn ask(records: Option<&dyn Records>, services: &[&str], lang: Lang, sources: &dyn SourceStatus) -> OverviewBundle {
    let services: Vec<String> = services.iter().map(|s| (*s).to_owned()).collect();
    Services::every().overview(&Request {
        records,
        patient: ("urn:oid:2.16.578.1.12.4.1.4.1", "19779998080"),
        services: &services,
        now_ms: NOW,
        lang,
        base: BASE,
        sources,
    })
}

/// Every bundle that a test looks at is valid R4 in structure.
fn valid(body: Vec<u8>) -> Value {
    let document = parse(body, Limits::default()).expect("the bundle is JSON");
    let findings = kilde_fhir::validate::structure(document.root());
    assert!(findings.is_empty(), "{findings:#?}\n{}", document.text());
    serde_json::from_str(document.text()).unwrap()
}

pub(crate) fn bytes(fake: &Fake, services: &[&str]) -> String {
    String::from_utf8(ask(Some(fake), services, Lang::Nb, &AllUp).body).unwrap()
}

pub(crate) fn overview(fake: &Fake, services: &[&str]) -> Value {
    valid(ask(Some(fake), services, Lang::Nb, &AllUp).body)
}

pub(crate) fn section(bundle: &Value, i: usize) -> &Value {
    &bundle["entry"][0]["resource"]["section"][i]
}

pub(crate) fn div(section: &Value) -> &str {
    section["text"]["div"].as_str().unwrap_or_default()
}

fn reason(section: &Value) -> Option<&str> {
    section["emptyReason"]["coding"][0]["code"].as_str()
}

#[test]
fn four_kinds_of_nothing() {
    let unknown = valid(ask(None, &[], Lang::Nb, &AllUp).body);
    assert_eq!(
        (reason(section(&unknown, 0)), reason(section(&unknown, 1))),
        (Some("notstarted"), Some("notstarted"))
    );

    let known = overview(&Fake::with(&[PATIENT]), &[]);
    assert_eq!(
        (reason(section(&known, 0)), reason(section(&known, 1))),
        (Some("nilknown"), Some("nilknown"))
    );
    assert!(div(section(&known, 0)).contains("Personen er registrert her."));

    let elsewhere = overview(&Fake::with(&[EPISODE]), &[]);
    assert_eq!(
        (reason(section(&elsewhere, 0)), reason(section(&elsewhere, 1))),
        (None, Some("notstarted"))
    );

    let down = valid(ask(Some(&Fake::with(&[PATIENT])), &[], Lang::Nb, &Down("okt")).body);
    assert_eq!(
        (reason(section(&down, 0)), reason(section(&down, 1))),
        (Some("unavailable"), Some("nilknown"))
    );
    assert!(div(section(&down, 0)).contains("Gerica svarer ikke"));

    let withheld = Fake {
        withheld: 2,
        ..Fake::with(&[PATIENT])
    };
    let answer = ask(Some(&withheld), &["okt"], Lang::Nb, &AllUp);
    assert_eq!(answer.withheld, 2);
    let withheld = valid(answer.body);
    assert_eq!(reason(section(&withheld, 0)), Some("withheld"));
    assert_eq!(section(&withheld, 0)["extension"][0]["valueUnsignedInt"], 2);
}

#[test]
fn what_is_missing_beside_content_is_named() {
    let fake = Fake {
        withheld: 1,
        ..Fake::with(&[PATIENT, EPISODE])
    };
    let bundle = valid(ask(Some(&fake), &["okt"], Lang::Nb, &Down("okt")).body);
    let shown = section(&bundle, 0);
    assert_eq!(reason(shown), None);
    let parts: Vec<_> = shown["section"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (reason(p), div(p).to_owned()))
        .collect();
    assert_eq!(
        parts.iter().map(|p| p.0).collect::<Vec<_>>(),
        vec![Some("withheld"), Some("unavailable")]
    );
    assert!(parts[0].1.contains("1 opplysning vises ikke for deg."));
}

#[test]
fn records_that_cannot_be_read_are_unavailable() {
    let fake = Fake {
        broken: true,
        ..Fake::with(&[PATIENT, EPISODE])
    };
    let bundle = overview(&fake, &[]);
    assert_eq!(
        (reason(section(&bundle, 0)), reason(section(&bundle, 1))),
        (Some("unavailable"), Some("unavailable"))
    );
}

#[test]
fn the_access_log_hears_of_every_stored_version() {
    let mut fake = Fake::with(&[
        PATIENT,
        &EPISODE.replace(
            "\"status\"",
            "\"managingOrganization\":{\"reference\":\"Organization/o\"},\"status\"",
        ),
    ]);
    fake.others = vec![r#"{"resourceType":"Organization","id":"o","name":"Sone"}"#.into()];
    let answer = ask(Some(&fake), &[], Lang::Nb, &AllUp);
    let named: Vec<String> = answer.resources.iter().map(|(t, id, v)| format!("{}/{id}/{v}", t.name())).collect();
    assert_eq!(named, vec!["EpisodeOfCare/e/1", "Organization/o/1"]);
    let bundle = valid(answer.body);
    let provenance = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["resource"])
        .find(|r| r["resourceType"] == "Provenance")
        .unwrap();
    assert_eq!(provenance["agent"][0]["who"]["identifier"]["value"], "399901006");
    assert_eq!(provenance["entity"][0]["what"]["identifier"]["value"], "7");
    assert_eq!(provenance["target"][0]["reference"], format!("{BASE}/EpisodeOfCare/e/_history/1"));
}

#[test]
fn every_language() {
    for lang in Lang::ALL {
        let fake = Fake {
            withheld: 3,
            ..Fake::with(&[PATIENT, EPISODE])
        };
        let bundle = valid(ask(Some(&fake), &[], lang, &Down("maaledata")).body);
        assert_eq!(bundle["entry"][0]["resource"]["language"], lang.tag());
        assert!(
            !bundle.to_string().contains('{') || !div(section(&bundle, 0)).contains('{'),
            "nothing left to fill in"
        );
    }
}

#[test]
fn the_same_question_has_the_same_bytes() {
    let fake = Fake::with(&[PATIENT, EPISODE]);
    assert_eq!(bytes(&fake, &[]), bytes(&fake, &[]));
}

#[test]
fn full_urls_are_unique_and_references_resolve() {
    let bundle = overview(&Fake::with(&[PATIENT, EPISODE]), &[]);
    let urls: Vec<&str> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["fullUrl"].as_str().unwrap())
        .collect();
    assert_eq!(urls.iter().collect::<std::collections::BTreeSet<_>>().len(), urls.len());
    for entry in section(&bundle, 0)["entry"].as_array().unwrap() {
        assert!(urls.contains(&entry["reference"].as_str().unwrap()));
    }
}

#[test]
fn status_tells_only_whether() {
    let fake = Fake::with(&[PATIENT, EPISODE]);
    let request = |records| Request {
        records,
        patient: ("urn:oid:2.16.578.1.12.4.1.4.1", "19779998080"),
        services: &[],
        now_ms: NOW,
        lang: Lang::Nb,
        base: BASE,
        sources: &Down("maaledata"),
    };
    let status = valid(Services::every().status(&request(Some(&fake))));
    insta::assert_json_snapshot!("status", status);
    let unknown = valid(Services::every().status(&request(None)));
    assert_eq!(unknown["parameter"][0]["part"][1]["valueBoolean"], false);
    assert_eq!(unknown["parameter"][1]["part"][1]["name"], "unavailable");
}
