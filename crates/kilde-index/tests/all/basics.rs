//! Read, version read, history, head, and each type of parameter.

use crate::kit::{Kit, all, body, rtype};
use kilde_index::changes::{Changes, Of};
use kilde_index::{Options, Read};

fn observation(id: &str, more: &str) -> String {
    format!(r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"x"}}{more}}}"#)
}

#[test]
fn versions_of_a_resource() {
    let mut kit = Kit::new();
    let (scope, organization) = (all(), rtype("Organization"));
    let text = |name: &str| format!(r#"{{"resourceType":"Organization","id":"o","name":"{name}"}}"#);
    kit.put(&[&text("A")]);
    kit.put(&[&text("B")]);
    assert_eq!(body(kit.index.read(&scope, organization, "o").unwrap()), text("B").into_bytes());
    assert_eq!(body(kit.index.vread(&scope, organization, "o", 1).unwrap()), text("A").into_bytes());
    assert_eq!(body(kit.index.vread(&scope, organization, "o", 2).unwrap()), text("B").into_bytes());
    assert_eq!(kit.index.vread(&scope, organization, "o", 3).unwrap(), Read::Absent);
    kit.delete(organization, "o");
    assert!(matches!(
        kit.index.read(&scope, organization, "o").unwrap(),
        Read::Gone { version: 3, .. }
    ));
    assert_eq!(body(kit.index.vread(&scope, organization, "o", 2).unwrap()), text("B").into_bytes());
    assert!(kit.ids(&scope, "Organization", &[]).is_empty());
    assert!(kit.index.head(&scope, organization, "o").unwrap().unwrap().deleted);
    kit.put(&[&text("C")]);
    assert_eq!(kit.ids(&scope, "Organization", &[("name", "c")]), ["o"]);
    let of = Of::Instance(organization, "o".to_owned());
    let changes = |count, cursor| {
        let wanted = Changes {
            count,
            cursor,
            ..Changes::default()
        };
        kit.index.changes(&scope, &of, &wanted, kit.now_ms).unwrap().unwrap()
    };
    let history = changes(10, None);
    assert_eq!(
        history.versions.iter().map(|v| (v.version, v.deleted)).collect::<Vec<_>>(),
        [(4, false), (3, true), (2, false), (1, false)]
    );
    let later = changes(1, changes(2, None).next);
    assert_eq!(later.versions.iter().map(|v| v.version).collect::<Vec<_>>(), [2]);
    assert_eq!(kit.index.read(&scope, organization, "unknown").unwrap(), Read::Absent);
    let head = kit.index.head(&scope, organization, "o").unwrap().unwrap();
    assert_eq!(
        (head.version, head.source.as_ref(), head.organisation.as_ref()),
        (4, "999999999/test", "999999999")
    );
}

#[test]
fn an_update_is_found_by_the_new_and_not_by_the_old() {
    let mut kit = Kit::new();
    let scope = all();
    for (code, date) in [("a", "2020-01-01"), ("b", "2021-01-01")] {
        kit.put(&[&observation(
            "o",
            &format!(r#","effectiveDateTime":"{date}","category":[{{"coding":[{{"system":"s","code":"{code}"}}]}}]"#),
        )]);
    }
    assert_eq!(kit.ids(&scope, "Observation", &[("category", "b")]), ["o"]);
    assert!(kit.ids(&scope, "Observation", &[("category", "a")]).is_empty());
    assert!(kit.ids(&scope, "Observation", &[("date", "2020")]).is_empty());
    assert_eq!(kit.ids(&scope, "Observation", &[("date", "2021")]), ["o"]);
}

#[test]
fn two_versions_in_one_event() {
    let mut kit = Kit::new();
    let one = r#"{"resourceType":"Organization","id":"o","name":"First"}"#;
    let two = r#"{"resourceType":"Organization","id":"o","name":"Second"}"#;
    kit.put(&[one, two]);
    let scope = all();
    assert!(kit.ids(&scope, "Organization", &[("name", "first")]).is_empty());
    assert_eq!(kit.ids(&scope, "Organization", &[("name", "second")]), ["o"]);
    assert_eq!(
        body(kit.index.vread(&scope, rtype("Organization"), "o", 1).unwrap()),
        one.as_bytes()
    );
    assert_eq!(kit.rebuilt().1.digest().unwrap(), kit.index.digest().unwrap());
}

#[test]
fn tokens_in_all_four_forms() {
    let mut kit = Kit::new();
    let scope = all();
    let coding = |system: Option<&str>, code: &str| {
        let system = system.map(|s| format!(r#""system":"{s}","#)).unwrap_or_default();
        format!(r#","category":[{{"coding":[{{{system}"code":"{code}"}}]}}]"#)
    };
    kit.put(&[
        &observation("s-a", &coding(Some("s"), "a")),
        &observation("t-a", &coding(Some("t"), "a")),
        &observation("a", &coding(None, "a")),
        &observation("s-b", &coding(Some("s"), "b")),
        &observation("none", ""),
    ]);
    let found = |value: &str| kit.found(&scope, "Observation", &[("category", value)]);
    assert_eq!(found("a"), ["a", "s-a", "t-a"]);
    assert_eq!(found("|a"), ["a"]);
    assert_eq!(found("s|"), ["s-a", "s-b"]);
    assert_eq!(found("s|a"), ["s-a"]);
    assert_eq!(found("t|b"), [""; 0]);
    assert_eq!(found("unknown|a"), [""; 0]);
    assert_eq!(found("s|b,t|a"), ["s-b", "t-a"]);
    assert_eq!(found("A"), [""; 0]);
    assert_eq!(kit.found(&scope, "Observation", &[("category:not", "a")]), ["none", "s-b"]);
    assert_eq!(kit.found(&scope, "Observation", &[("category:missing", "true")]), ["none"]);
    assert_eq!(
        kit.found(&scope, "Observation", &[("category:missing", "false"), ("category:not", "s|b")]),
        ["a", "s-a", "t-a"]
    );
}

#[test]
fn strings_and_uris() {
    let mut kit = Kit::new();
    let scope = all();
    let long = "x".repeat(40);
    kit.put(&[
        r#"{"resourceType":"Patient","id":"1","name":[{"family":"Åsen","given":["Bjørn","Émile"]}]}"#,
        r#"{"resourceType":"Patient","id":"2","name":[{"family":"Asen"}],"meta":{"profile":["http://a/b/c"]}}"#,
        &format!(r#"{{"resourceType":"Patient","id":"3","name":[{{"family":"{long}1"}}]}}"#),
        &format!(r#"{{"resourceType":"Patient","id":"4","name":[{{"family":"{long}2"}}]}}"#),
    ]);
    let found = |name: &str, value: &str| kit.found(&scope, "Patient", &[(name, value)]);
    assert_eq!(found("family", "ås"), ["1"]);
    assert_eq!(found("family", "AS"), ["2"]);
    assert_eq!(found("name", "emile"), ["1"]);
    assert_eq!(found("given", "bjø"), ["1"]);
    assert_eq!(found("family:exact", "Åsen"), ["1"]);
    assert_eq!(found("family:exact", "åsen"), [""; 0]);
    assert_eq!(found("family:contains", "SEN"), ["1", "2"]);
    assert_eq!(found("family", &long), ["3", "4"]);
    assert_eq!(found("family", &format!("{long}2")), ["4"]);
    assert_eq!(found("family:exact", &format!("{long}1")), ["3"]);
    assert_eq!(found("family:missing", "true"), [""; 0]);
}

#[test]
fn dates_numbers_quantities() {
    let mut kit = Kit::new();
    let scope = all();
    let value = |v: &str, unit: &str, system: &str| {
        format!(r#","valueQuantity":{{"value":{v},"unit":"{unit}","system":"{system}","code":"{unit}"}}"#)
    };
    kit.put(&[
        &observation(
            "day",
            &format!(r#","effectiveDateTime":"2024-05-17"{}"#, value("37.0", "Cel", "ucum")),
        ),
        &observation(
            "month",
            &format!(r#","effectiveDateTime":"2024-05"{}"#, value("98.6", "[degF]", "ucum")),
        ),
        &observation(
            "open",
            &format!(r#","effectivePeriod":{{"start":"2023-01-01"}}{}"#, value("37.4", "Cel", "other")),
        ),
        &observation(
            "closed",
            r#","effectivePeriod":{"start":"2024-01-01","end":"2024-02-01"},"valueQuantity":{"value":5,"comparator":">"}"#,
        ),
    ]);
    let date = |value: &str| kit.found(&scope, "Observation", &[("date", value)]);
    assert_eq!(date("2024-05-17"), ["day"]);
    assert_eq!(date("2024-05"), ["day", "month"]);
    assert_eq!(date("ge2024-05-17"), ["day", "month", "open"]);
    assert_eq!(date("gt2024-05-17"), ["month", "open"]);
    assert_eq!(date("lt2024-05"), ["closed", "open"]);
    assert_eq!(date("sa2024-04"), ["day", "month"]);
    assert_eq!(date("eb2024-05"), ["closed"]);
    assert_eq!(date("ne2024"), ["open"]);
    assert_eq!(date("ge2024-01-15,eb2000"), ["closed", "day", "month", "open"]);
    let quantity = |value: &str| kit.found(&scope, "Observation", &[("value-quantity", value)]);
    assert_eq!(quantity("37"), ["day", "open"]);
    assert_eq!(quantity("37.0"), ["day"]);
    assert_eq!(quantity("37|ucum|Cel"), ["day"]);
    assert_eq!(quantity("37||Cel"), ["day", "open"]);
    assert_eq!(quantity("gt90"), ["closed", "month"]);
    // More than five may be less than 37.2.
    assert_eq!(quantity("lt37.2"), ["closed", "day"]);
    assert_eq!(quantity("37|unknown|Cel"), [""; 0]);
}

#[test]
fn last_updated_and_sorting() {
    let mut kit = Kit::new();
    let scope = all();
    for (id, date) in [("a", "2024-03"), ("b", "2024-01"), ("c", "2024-02"), ("d", "")] {
        let date = if date.is_empty() {
            String::new()
        } else {
            format!(r#","effectiveDateTime":"{date}""#)
        };
        kit.put(&[&observation(id, &date)]);
    }
    kit.put(&[&observation("a", r#","effectiveDateTime":"2024-03""#)]);
    let sorted = |by: &str| kit.ids(&scope, "Observation", &[("_sort", by)]);
    assert_eq!(kit.ids(&scope, "Observation", &[]), ["d", "c", "b", "a"]);
    assert_eq!(sorted("-_lastUpdated"), ["a", "d", "c", "b"]);
    assert_eq!(sorted("_lastUpdated"), ["b", "c", "d", "a"]);
    assert_eq!(sorted("date"), ["b", "c", "a", "d"]);
    assert_eq!(sorted("-date"), ["a", "c", "b", "d"]);
    assert_eq!(sorted("-_id"), ["d", "c", "b", "a"]);
    let at = kilde_fhir::date::format_instant(1_700_000_003_000);
    assert_eq!(
        kit.found(&scope, "Observation", &[("_lastUpdated", &format!("gt{at}"))]),
        ["a", "d"]
    );
    assert_eq!(kit.found(&scope, "Observation", &[("_lastUpdated", &at)]), ["c"]);
    assert_eq!(
        kit.found(&scope, "Observation", &[("_lastUpdated", &format!("le{at}"))]),
        ["b", "c"]
    );
    assert_eq!(kit.found(&scope, "Observation", &[("_id", "a,d,x")]), ["a", "d"]);
}

#[test]
fn totals() {
    let mut kit = Kit::new();
    let scope = all();
    let texts: Vec<String> = (0..30).map(|n| observation(&format!("o{n}"), "")).collect();
    kit.put(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let page = |query: &[(&str, &str)]| kit.search(&scope, "Observation", query);
    assert_eq!(page(&[("_summary", "count")]).total, Some(30));
    assert!(page(&[("_summary", "count")]).matches.is_empty());
    assert_eq!(page(&[("_count", "0")]).total, Some(30));
    let first = page(&[("_count", "7"), ("_total", "accurate")]);
    assert_eq!((first.total, first.matches.len()), (Some(30), 7));
    let second = page(&[("_cursor", &first.next.unwrap())]);
    assert_eq!((second.total, second.matches.len()), (Some(30), 7));
    assert_eq!(
        second.params,
        [("_count".to_owned(), "7".to_owned()), ("_total".to_owned(), "accurate".to_owned())]
    );
}

#[test]
fn references() {
    let mut kit = Kit::new();
    let scope = all();
    let performer = |r: &str| format!(r#","performer":[{r}]"#);
    kit.put(&[
        &observation("practitioner", &performer(r#"{"reference":"Practitioner/x"}"#)),
        &observation("organization", &performer(r#"{"reference":"Organization/x"}"#)),
        &observation(
            "absolute",
            &performer(r#"{"reference":"https://elsewhere.example/fhir/Practitioner/x"}"#),
        ),
        &observation("logical", &performer(r#"{"identifier":{"system":"hpr","value":"9"}}"#)),
    ]);
    let found = |name: &str, value: &str| kit.found(&scope, "Observation", &[(name, value)]);
    assert_eq!(found("performer", "Practitioner/x"), ["practitioner"]);
    assert_eq!(found("performer", "x"), ["organization", "practitioner"]);
    assert_eq!(found("performer:Organization", "x"), ["organization"]);
    assert_eq!(found("performer", "https://elsewhere.example/fhir/Practitioner/x"), ["absolute"]);
    assert_eq!(found("performer:identifier", "hpr|9"), ["logical"]);
    assert_eq!(found("performer:identifier", "9"), ["logical"]);
    assert_eq!(found("performer:identifier", "|9"), [""; 0]);
    assert_eq!(found("performer", "Practitioner/y"), [""; 0]);
}

#[test]
fn the_log_may_be_ahead() {
    let mut kit = Kit::new();
    kit.put_in_log("s", "o", &[r#"{"resourceType":"Organization","id":"a","name":"A"}"#], &[]);
    let (no, event) = kit.put_in_log("s", "o", &[r#"{"resourceType":"Organization","id":"b","name":"B"}"#], &[]);
    kit.index.apply(&[kilde_index::Applied::of(no, &event)]).unwrap();
    assert_eq!(kit.found(&all(), "Organization", &[]), ["a", "b"]);
    kit.index.apply(&[kilde_index::Applied::of(no, &event)]).unwrap();
    assert_eq!(kit.index.applied(), no);
    let _ = Options::default();
}
