//! Properties over random expressions, values and trees.

use super::{Context, Expression, Item, Node, value};
use crate::fhirpath::{Date, DateTime, System, Time};
use crate::json::{Limits, parse};
use proptest::prelude::*;

/// Pieces of which expressions are made.
fn piece() -> impl Strategy<Value = String> {
    let functions: Vec<String> = super::super::function::FUNCTIONS.iter().map(|f| f.name.to_owned()).collect();
    prop_oneof![
        prop::sample::select(functions.clone()).prop_map(|f| format!(".{f}()")),
        prop::sample::select(functions).prop_map(|f| format!(".{f}(")),
        prop::sample::select(vec![
            "1",
            "2.50",
            "-",
            "+",
            "'a'",
            "'1 \\'mg\\''",
            "{}",
            "true",
            "@2024",
            "@2024-02-29T10:00:00.5+01:00",
            "@T10",
            "4 days",
            "5 'mg'",
            "$this",
            "$index",
            "$total",
            "%resource",
            "%context",
            "name",
            ".given",
            ".value",
            "Patient",
            "[0]",
            "(",
            ")",
            ",",
            " and ",
            " or ",
            " implies ",
            " = ",
            " ~ ",
            " != ",
            " < ",
            " | ",
            " + ",
            " - ",
            " * ",
            " / ",
            " div ",
            " mod ",
            " & ",
            " is string",
            " as Quantity",
            " in ",
            " contains ",
            ".where($this = ",
            ".select($this & ",
            ".replaceMatches('[a-z]', ",
            "string",
            "System.Integer",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ]
}

fn json(depth: u32) -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "name",
        "given",
        "_given",
        "value",
        "valueQuantity",
        "valueString",
        "_valueString",
        "extension",
        "url",
        "resourceType",
        "contained",
        "id",
        "code",
        "system",
        "birthDate",
        "_birthDate",
        "active",
        "multipleBirthInteger",
        "item",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        prop::sample::select(vec![
            "\"Patient\"",
            "\"2024-02-30\"",
            "\"2024\"",
            "\"#a\"",
            "\"\\u0041 b\"",
            "\"mg\"",
            "\"http://unitsofmeasure.org\""
        ])
        .prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?(e[0-9]{1,4})?",
    ];
    leaf.prop_recursive(depth, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map(key.clone(), inner, 0..5).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// A date, date with time, or time as FHIRPath writes it, without the `@`.
fn moment() -> impl Strategy<Value = String> {
    let date = (1i32..=9999, 1u8..=12, 1u8..=28, 0usize..3).prop_map(|(y, m, d, n)| match n {
        0 => format!("{y:04}"),
        1 => format!("{y:04}-{m:02}"),
        _ => format!("{y:04}-{m:02}-{d:02}"),
    });
    let day = (2020i32..2022, 1u8..=2, 1u8..=3).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"));
    let time = (0u8..24, 0u8..60, 0u8..60, 0u32..1000, 0usize..4).prop_map(|(h, m, s, f, n)| match n {
        0 => format!("{h:02}"),
        1 => format!("{h:02}:{m:02}"),
        2 => format!("{h:02}:{m:02}:{s:02}"),
        _ => format!("{h:02}:{m:02}:{s:02}.{f:03}"),
    });
    let zone = prop::sample::select(vec!["", "Z", "+01:00", "-11:30", "+14:00"]);
    prop_oneof![date, (day, time, zone).prop_map(|(d, t, z)| format!("{d}T{t}{z}"))]
}

/// What equality makes of a list, item by item.
fn naive_distinct(values: &[i32]) -> Vec<i32> {
    let mut found: Vec<i32> = Vec::new();
    for v in values {
        if !found.contains(v) {
            found.push(*v);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Expression::compile(&text);
    }

    #[test]
    fn nothing_that_is_nearly_an_expression_panics(pieces in prop::collection::vec(piece(), 0..14), resource in json(4), closing in 0usize..4) {
        let text = pieces.concat() + &")".repeat(closing);
        let Ok(expression) = Expression::compile(&text) else { return Ok(()) };
        let _ = expression.check("Patient");
        let _ = expression.check("Observation");
        let Ok(document) = parse(resource, Limits::default()) else { return Ok(()) };
        let context = Context::new(document.root()).with_steps(20_000);
        for type_name in ["Patient", "Observation", "Quantity", "string", ""] {
            let node = Node::element(Some(document.root()), None, type_name);
            let _ = expression.evaluate(&context, &[Item::Node(node)]);
        }
        let all: Vec<Item<'_>> = document.root().children().map(|v| Item::Node(Node::resource(v))).collect();
        let _ = expression.evaluate_to_boolean(&context, &all);
    }

    #[test]
    fn every_place_tells_its_path(resource in json(5)) {
        let Ok(document) = parse(resource, Limits::default()) else { return Ok(()) };
        for type_name in ["Patient", "Observation", "Extension", ""] {
            let node = Node::element(Some(document.root()), None, type_name);
            let items = Expression::compile("descendants()").unwrap().evaluate(&Context::empty(), &[Item::Node(node)]).unwrap();
            for item in items {
                let node = item.node().unwrap();
                prop_assert!(node.position().is_some() && !node.path().is_empty());
            }
        }
    }

    #[test]
    fn moments_are_written_as_they_are_read(text in moment()) {
        let at = DateTime::parse(&text).unwrap();
        prop_assert_eq!(at.to_string(), text.as_str());
        let literal = if text.contains('T') { format!("@{text}") } else { format!("@{text}T") };
        prop_assert_eq!(value(&literal), text);
    }

    #[test]
    fn order_of_moments_is_an_order(a in moment(), b in moment(), c in moment()) {
        let (a, b, c) = (DateTime::parse(&a).unwrap(), DateTime::parse(&b).unwrap(), DateTime::parse(&c).unwrap());
        prop_assert_eq!(a.compare(b), b.compare(a).map(std::cmp::Ordering::reverse));
        prop_assert_eq!(a.compare(a), Some(std::cmp::Ordering::Equal));
        if let (Some(first), Some(second)) = (a.compare(b), b.compare(c)) && first == second {
            prop_assert!(a.compare(c) == Some(first) || a.compare(c).is_none());
        }
        if a.compare(b) == Some(std::cmp::Ordering::Equal) {
            prop_assert_eq!(a.key(), b.key());
        }
    }

    #[test]
    fn boundaries_enclose(text in moment(), digits in prop::sample::select(vec![4, 6, 8, 14, 17])) {
        let at = DateTime::parse(&text).unwrap();
        let (low, high) = (at.boundary(17, false).unwrap(), at.boundary(17, true).unwrap());
        prop_assert!(low.compare(high) != Some(std::cmp::Ordering::Greater));
        prop_assert!(at.boundary(digits, false).is_some_and(|b| b.precision() == digits));
    }

    #[test]
    fn days_go_there_and_back(days in -4_000_000i64..4_000_000, start in (1i32..=9999, 1u8..=12, 1u8..=28)) {
        let text = format!("{:04}-{:02}-{:02}", start.0, start.1, start.2);
        let date = Date::parse(&text).unwrap();
        if let Some(moved) = date.plus(days.into(), crate::fhirpath::CalendarUnit::Day) {
            prop_assert_eq!(moved.plus((-days).into(), crate::fhirpath::CalendarUnit::Day), Some(date));
        }
    }

    #[test]
    fn times_go_round_the_clock(minutes in -100_000i64..100_000, h in 0u8..24, m in 0u8..60) {
        let time = Time::parse(&format!("{h:02}:{m:02}")).unwrap();
        let moved = time.plus(minutes.into(), crate::fhirpath::CalendarUnit::Minute).unwrap();
        let expected = (i64::from(h) * 60 + i64::from(m) + minutes).rem_euclid(24 * 60);
        prop_assert_eq!(moved.to_string(), format!("{:02}:{:02}", expected / 60, expected % 60));
    }

    #[test]
    fn sets_are_those_of_a_naive_search(a in prop::collection::vec(-3i32..4, 0..8), b in prop::collection::vec(-3i32..4, 0..8)) {
        let items = |values: &[i32]| values.iter().enumerate().map(|(n, v)| {
            // The same numbers in other spellings.
            let digits = ["", ".0", ".00"][n % 3];
            let number = crate::fhirpath::system::decimal(&format!("{v}{digits}")).unwrap();
            Item::Value(if digits.is_empty() { System::Integer(*v) } else { System::Decimal(number) })
        }).collect::<Vec<_>>();
        let context = Context::empty().with_variable("a", items(&a)).with_variable("b", items(&b));
        let run = |text: &str| -> Vec<i32> {
            let found = Expression::compile(text).unwrap().evaluate(&context, &[]).unwrap();
            found.iter().map(|i| i.system().unwrap().to_string().split('.').next().unwrap().parse().unwrap()).collect()
        };
        let both: Vec<i32> = a.iter().chain(&b).copied().collect();
        prop_assert_eq!(run("%a | %b"), naive_distinct(&both));
        prop_assert_eq!(run("%a.distinct()"), naive_distinct(&a));
        let common: Vec<i32> = a.iter().filter(|v| b.contains(v)).copied().collect();
        prop_assert_eq!(run("%a.intersect(%b)"), naive_distinct(&common));
        let rest: Vec<i32> = a.iter().filter(|v| !b.contains(v)).copied().collect();
        prop_assert_eq!(run("%a.exclude(%b)"), rest.clone());
        prop_assert_eq!(run("iif(%a.subsetOf(%b), 1, 0)"), vec![i32::from(rest.is_empty())]);
        let mut sorted = a.clone();
        sorted.sort_unstable();
        prop_assert_eq!(run("%a.sort()"), sorted);
    }

    #[test]
    fn arithmetic_is_that_of_whole_numbers(a in any::<i32>(), b in -1000i32..1000) {
        let run = |text: String| value(&text);
        let show = |n: Option<i32>| n.map_or(String::new(), |n| n.to_string());
        prop_assert_eq!(run(format!("({a}) + ({b})")), show(a.checked_add(b)));
        prop_assert_eq!(run(format!("({a}) * ({b})")), show(a.checked_mul(b)));
        prop_assert_eq!(run(format!("({a}) div ({b})")), show(a.checked_div(b)));
        prop_assert_eq!(run(format!("({a}) mod ({b})")), show(a.checked_rem(b)));
        prop_assert_eq!(run(format!("({a}) < ({b})")), (a < b).to_string());
    }
}
