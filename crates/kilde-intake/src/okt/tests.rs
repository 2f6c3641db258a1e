use super::*;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::national_id::World;
use proptest::prelude::*;

const PERSON: &str = "19779998080";

fn read_text(text: &str) -> (Option<OktEvent>, Vec<Finding>) {
    let doc = parse(text, Limits::default()).unwrap();
    read(doc.root(), World::Sandbox, 100)
}

fn one(message: &str) -> (Option<OktMessage>, Vec<Finding>) {
    let (event, findings) = read_text(&format!("{{\"personIdentifier\":\"{PERSON}\",\"oktMessages\":[{message}]}}"));
    (event.and_then(|mut e| e.messages.pop()), findings)
}

fn rules(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|f| f.rule).collect()
}

fn keyed(named: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(&[7; 32], named).as_bytes()
}

#[test]
fn empty_strings_are_absent_and_codes_lose_their_zero() {
    let (message, findings) = one(
        r#"{"endDate":"","stayType":"","iplosCode":{"iplosCodeLevel":"1","iplosCodeValue":"02","iplosParentCode":"0",
            "iplosCodeDescription":"Praktisk bistand"},"startDate":"2020-06-22","needsCaption":false,
            "serviceLevel":"1.1.2.6 Test kommune - Sone Vest","weeklyExtent":"15 timer","serviceDescription":"","temporaryCessation":true}"#,
    );
    assert_eq!(findings, []);
    let m = message.unwrap();
    assert_eq!(
        (m.end.as_deref(), m.stay_type.as_deref(), m.description.as_deref()),
        (None, None, None)
    );
    assert_eq!(m.iplos.unwrap().value, "2");
    assert_eq!(m.weekly_extent, Some(WeeklyExtent::Hours("15".into())));
    assert!(m.temporary_cessation);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let (event, findings) = read_text(
        r#"{"personIdentifier":"12345678901","oktMessages":[{"startDate":"2020-02-30","endDate":"x","iplosCode":7,"needsCaption":"ja"},
            {"endDate":"2020-01-01","weeklyExtent":"etter behov","tull":1}, 5]}"#,
    );
    assert!(event.is_none());
    let rules = rules(&findings);
    for rule in [
        "okt-person-invalid",
        "okt-date",
        "okt-iplos-code",
        "okt-boolean",
        "okt-start-missing",
        "okt-weekly-extent",
        "okt-unknown-property",
        "okt-structure",
    ] {
        assert!(rules.contains(&rule), "{rule} not in {rules:?}");
    }
    assert!(
        findings
            .iter()
            .all(|f| f.position.is_some() && !f.nb.is_empty() && !f.en.is_empty())
    );
    assert!(
        findings
            .iter()
            .all(|f| !f.nb.contains("12345678901") && !f.en.contains("12345678901"))
    );
}

#[test]
fn numbers_of_the_real_format_are_refused_in_the_sandbox_and_the_other_way() {
    let doc = parse(
        format!("{{\"personIdentifier\":\"{PERSON}\",\"oktMessages\":[{{\"startDate\":\"2020-01-01\"}}]}}"),
        Limits::default(),
    )
    .unwrap();
    let (event, findings) = read(doc.root(), World::Production, 10);
    assert!(event.is_none());
    assert!(rules(&findings).contains(&"okt-person-world"));
}

#[test]
fn dates_as_they_occur() {
    for (text, want) in [
        ("2020-06-22", "2020-06-22"),
        ("22.06.2020", "2020-06-22"),
        ("2.6.2020", "2020-06-02"),
        ("2020-06-22T00:00:00", "2020-06-22"),
        ("2020-06-22T08:00:00+02:00", "2020-06-22T08:00:00+02:00"),
    ] {
        let (m, findings) = one(&format!("{{\"startDate\":\"{text}\"}}"));
        assert_eq!(m.unwrap().start, want);
        assert_eq!(rules(&findings), ["okt-iplos-missing"]);
    }
    for text in [
        "2020-13-01",
        "2020",
        "i går",
        "20200622",
        "2020-06-22T99:00:00Z",
        "2020-06-22x",
        "åååå-åå-åå",
    ] {
        let (m, findings) = one(&format!("{{\"startDate\":\"{text}\"}}"));
        assert!(m.is_none() && rules(&findings).contains(&"okt-date"), "{text}");
    }
}

#[test]
fn the_same_decision_gets_the_same_identifier_whatever_else_changes() {
    let nin = Nin::parse(PERSON).unwrap();
    let a = OktMessage {
        start: "2020-01-01".into(),
        iplos: Some(IplosCode {
            value: "2".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let b = OktMessage {
        weekly_extent: Some(WeeklyExtent::Hours("5".into())),
        temporary_cessation: true,
        end: Some("2021-01-01".into()),
        ..a.clone()
    };
    let c = OktMessage {
        start: "2020-01-02".into(),
        ..a.clone()
    };
    let of = |m: &OktMessage, n| derived_identifier(keyed, "974760673", &nin, m, n);
    assert_eq!(of(&a, 0), of(&b, 0));
    assert_ne!(of(&a, 0), of(&c, 0));
    assert_ne!(of(&a, 0), of(&a, 1));
    assert!(!of(&a, 0).value.contains(PERSON));
    let other_key = |named: &[u8]| *blake3::keyed_hash(&[8; 32], named).as_bytes();
    assert_ne!(of(&a, 0), derived_identifier(other_key, "974760673", &nin, &a, 0));
}

#[test]
fn an_episode_is_as_the_profile_has_it() {
    let (m, _) = one(
        r#"{"startDate":"2020-06-22","endDate":"2020-07-01","iplosCode":{"iplosCodeLevel":"1","iplosCodeValue":"02","iplosParentCode":"0"},
            "needsCaption":true,"serviceDescription":"a \"b\"","serviceLevel":"1.2 Sone","stayType":"korttidsopphold","temporaryCessation":true,"weeklyExtent":"7,5"}"#,
    );
    let nin = Nin::parse(PERSON).unwrap();
    let m = m.unwrap();
    let id = derived_identifier(keyed, "974760673", &nin, &m, 0);
    insta::assert_snapshot!(to_episode(&m, &nin, "974760673", &id, "2026-01-01".parse().unwrap()));
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(
        "[a-zæøåA-Z0-9\"\\\\/ .,-]{1,30}"
            .prop_map(|s| s.trim().to_owned())
            .prop_filter("empty", |s| !s.is_empty()),
    )
}

fn date() -> impl Strategy<Value = String> {
    (1950i16..2100, 1i8..13, 1i8..29).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}

prop_compose! {
    fn messages()(
        start in date(), end in proptest::option::of(date()), code in proptest::option::of("[0-9A-Z]{1,4}"), level in text(), parent in text(),
        names in text(), caption in any::<Option<bool>>(), description in text(), unit in text(), stay in text(),
        hold in any::<bool>(), extent in proptest::option::of("([0-9]{1,3}([.,][0-9]{1,2})?( ?(timer|min|t|minutter))?|[a-z 0-9]{1,12})"),
        identifier in proptest::option::of(("urn:[a-z]{3,9}", "[a-z0-9]{1,12}")),
    ) -> OktMessage {
        OktMessage {
            identifier: identifier.map(|(system, value)| OktIdentifier { system, value }),
            end: end.filter(|e| *e >= start),
            start,
            iplos: code.map(|c| IplosCode { value: without_zeros(&c).to_owned(), level, parent, description: names }),
            needs_caption: caption,
            description,
            service_level: unit,
            stay_type: stay,
            temporary_cessation: hold,
            weekly_extent: extent.map(|e| weekly_extent(&e)).filter(|e| *e != WeeklyExtent::Text(String::new())),
        }
    }
}

proptest! {
    #[test]
    fn through_fhir_and_back(m in messages(), today in date()) {
        let nin = Nin::parse(PERSON).unwrap();
        let id = m.identifier.clone().unwrap_or_else(|| derived_identifier(keyed, "974760673", &nin, &m, 0));
        let text = to_episode(&m, &nin, "974760673", &id, today.parse().unwrap());
        let doc = parse(text, Limits::default()).unwrap();
        let findings: Vec<Finding> = kilde_fhir::validate::structure(doc.root()).into_iter().filter(Finding::is_error).collect();
        prop_assert_eq!(findings, vec![]);
        let back = from_episode(doc.root()).unwrap();
        prop_assert_eq!(back, OktMessage { identifier: Some(id), ..m });
    }

    #[test]
    fn what_is_written_reads_as_itself(m in messages()) {
        let (back, findings) = one(&m.json());
        prop_assert!(findings.iter().all(|f| !f.is_error()), "{:?}", findings);
        prop_assert_eq!(back.unwrap(), m);
    }

    #[test]
    fn never_panics(text in "\\{\"personIdentifier\":\"?[0-9]{0,12}\"?,\"oktMessages\":\\[\\{\"(startDate|endDate|weeklyExtent|iplosCode)\":(\"\\PC{0,12}\"|[0-9]{1,3}|null|\\[\\]|\\{\\})\\}\\]\\}") {
        if let Ok(doc) = parse(text, Limits::default()) {
            let (event, findings) = read(doc.root(), World::Sandbox, 10);
            prop_assert_eq!(event.is_none(), findings.iter().any(Finding::is_error));
        }
    }
}
