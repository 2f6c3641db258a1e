use super::*;
use proptest::prelude::*;

fn doc(text: &str) -> Document {
    parse(text, Limits::default()).unwrap()
}

#[test]
fn numbers_keep_their_digits() {
    let d = doc(r#"{"value": 1.500, "big": 1e-7}"#);
    let mut out = String::new();
    write_compact(d.root(), &mut out);
    assert_eq!(out, r#"{"value":1.500,"big":1e-7}"#);
}

#[test]
fn positions_count_lines_and_characters() {
    let d = doc("{\n  \"æøå\": \"ø\", \"x\": 1\n}");
    let x = d.root().get("x").unwrap();
    assert_eq!(x.position().to_string(), "2:20");
    assert_eq!(x.key_position().to_string(), "2:15");
}

#[test]
fn errors_say_where() {
    for (text, at) in [
        ("{\"a\":1,\"a\":2}", "1:8"),
        ("{\"a\":}", "1:6"),
        ("[1,]", "1:4"),
        ("{} x", "1:4"),
        ("[01]", "1:3"),
        ("\"a\nb\"", "1:3"),
        ("", "1:1"),
    ] {
        assert_eq!(parse(text, Limits::default()).unwrap_err().position.to_string(), at, "{text}");
    }
}

#[test]
fn a_repeated_property_hidden_by_an_escape_is_seen() {
    assert!(parse(r#"{"a":1,"\u0061":2}"#, Limits::default()).is_err());
    assert!(parse(r#"{"\u0061":1,"a":2}"#, Limits::default()).is_err());
}

#[test]
fn a_huge_object_takes_linear_time_and_its_repeats_are_seen() {
    let names = |count: usize| (0..count).map(|i| format!("\"n{i}\":{{}},")).collect::<String>();
    let start = std::time::Instant::now();
    let text = format!("{{{}\"last\":1}}", names(200_000));
    assert_eq!(doc(&text).root().children().count(), 200_001);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    for count in [1, 15, 16, 17, 18, 300] {
        for again in ["n0", "\\u006e0", "n\\u0030"] {
            assert!(
                parse(format!("{{{}\"{again}\":1}}", names(count)), Limits::default()).is_err(),
                "{count} {again}"
            );
        }
        assert!(
            parse(format!("{{\"\\u006e0\":1,{}\"x\":1}}", names(count)), Limits::default()).is_err(),
            "{count}"
        );
    }
}

#[test]
fn depth_is_bounded() {
    let limits = Limits {
        depth: 3,
        ..Limits::default()
    };
    assert!(parse("[[[]]]", limits).is_ok());
    assert!(parse("[[[[]]]]", limits).is_err());
    assert!(parse("[".repeat(1_000_000), Limits::default()).is_err());
}

#[test]
fn escapes_resolve() {
    assert_eq!(doc(r#""\u00e6\ud83d\ude00\n\/""#).root().as_str().unwrap(), "æ😀\n/");
    assert!(parse(r#""\ud83d""#, Limits::default()).is_err());
}

#[test]
fn edits_replace_remove_and_prepend() {
    let d = doc(r#"{"resourceType":"X","id":"old","meta":{"a":1},"keep":[1,2]}"#);
    let mut edits = Edits::default();
    edits.replace(d.root().get("id").unwrap(), "\"new\"".into());
    edits.remove(d.root().get("meta").unwrap());
    edits.prepend(d.root(), "\"first\":true".into());
    let mut out = String::new();
    write_edited(d.root(), &edits, &mut out);
    assert_eq!(out, r#"{"first":true,"resourceType":"X","id":"new","keep":[1,2]}"#);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map(any::<String>().prop_filter("named", |s| !s.is_empty()), inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_the_same(v in any_json()) {
        let pretty = serde_json::to_string_pretty(&v).unwrap();
        let d = doc(&pretty);
        let mut out = String::new();
        write_compact(d.root(), &mut out);
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), v);
    }

    #[test]
    fn accepts_only_what_serde_accepts(text in "[\\[\\]{}\",:0-9a-e\\\\u.+ -]{0,40}") {
        if parse(text.as_str(), Limits::default()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn escaping_goes_round(text in any::<String>()) {
        let mut out = String::new();
        escape_into(&text, &mut out);
        let d = doc(&out);
        prop_assert_eq!(d.root().as_str().unwrap(), text);
    }
}

#[test]
fn values_go_with_their_companions() {
    let told = |text: &str| {
        let document = parse(text, Limits::default()).unwrap();
        let (value, companion) = (document.root().get("a"), document.root().get("_a"));
        pairs(value, companion)
            .map(|(v, c)| format!("{} {}", v.map_or("-", Value::raw), c.map_or("-", Value::raw)))
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert_eq!(
        told(r#"{"a":["A",null,"C"],"_a":[null,{"id":"b"}]}"#),
        r#""A" null; null {"id":"b"}; "C" -"#
    );
    assert_eq!(told(r#"{"a":1,"_a":{"id":"b"}}"#), r#"1 {"id":"b"}"#);
    assert_eq!(told(r#"{"_a":[{"id":"b"}]}"#), r#"- {"id":"b"}"#);
    assert_eq!(told(r#"{"a":[1],"_a":{"id":"b"}}"#), "1 -");
    assert_eq!((told("{}"), told(r#"{"a":[]}"#)), (String::new(), String::new()));
}
