//! Expressions that want too much: each is an error, at once, in a small stack.

use super::{Context, Expression, Item, Node, document, eval};
use crate::fhirpath::{ErrorKind, MAX_DEPTH};

const RESOURCE: &str = r#"{"resourceType":"Patient","name":[{"given":["a","b"]},{"given":["c"]}]}"#;

/// Runs in a stack of half a megabyte.
fn in_small_stack<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(f).unwrap();
    thread.join().unwrap()
}

#[test]
fn nesting_is_bounded() {
    in_small_stack(|| {
        let deep = 5_000;
        for expression in [
            "(".repeat(deep) + "1" + &")".repeat(deep),
            "(".repeat(deep),
            "not(".repeat(deep) + ")",
            "iif(true, ".repeat(deep) + "1" + &")".repeat(deep),
            "a[".repeat(deep) + "0" + &"]".repeat(deep),
            "{".repeat(deep),
        ] {
            assert!(Expression::compile(&expression).is_err(), "{}", &expression[..20]);
        }
    });
}

#[test]
fn what_is_allowed_fits_the_stack() {
    in_small_stack(|| {
        for (open, close) in [("(", ")"), ("select(", ")"), ("iif(true, ", ")"), ("name[", "]")] {
            let inner = "1 implies 1 or 1 and 1 in 1 = 1 < 1 | 1 + 1 * 1";
            let deepest = (1..=MAX_DEPTH)
                .rev()
                .map(|n| open.repeat(n) + inner + &close.repeat(n))
                .find_map(|text| Expression::compile(&text).ok())
                .unwrap();
            let document = document(RESOURCE);
            let focus = [Item::Node(Node::resource(document.root()))];
            let _ = deepest.evaluate(&Context::new(document.root()), &focus);
            let _ = deepest.check("Patient");
        }
    });
}

#[test]
fn long_is_not_deep() {
    in_small_stack(|| {
        let many = 5_000;
        for (expression, expected) in [
            ("true".to_owned() + &" and true".repeat(many), "true"),
            ("1".to_owned() + &" | 1".repeat(many), "1"),
            ("- ".repeat(many) + "1", "1"),
            ("name".to_owned() + &".where(true)".repeat(many) + ".count()", "2"),
        ] {
            assert_eq!(eval(RESOURCE, &expression), Ok(vec![expected.to_owned()]));
        }
        assert!(Expression::compile(&"1+".repeat(100_000)).is_err());
    });
}

#[test]
fn work_is_bounded() {
    let twice = |text: &str, n| format!("'{}'{}", "a".repeat(16), text.repeat(n));
    let many = "%resource.name.given".to_owned() + &".combine(%resource.name.given)".repeat(3);
    for expression in [
        "(1 | 2).repeatAll($this)".to_owned(),
        "name.repeatAll($this | 1)".to_owned(),
        "1.repeat($this + 1)".to_owned(),
        twice(".replace('a', 'aaaaaaaa')", 12),
        twice(".replaceMatches('a', 'aaaaaaaa')", 12),
        twice(".toChars().join('bbbbbbbb')", 12),
        format!("({many}).select(({many}).select(({many}).select(({many}).select(({many}).select(({many}).select({many}))))))"),
        "(1|2|3|4|5|6|7|8|9).select(1.repeatAll($this + 1).take(5))".to_owned(),
        "repeat($this.combine($this).select($this.descendants() | 1.repeat($this + 1)))".to_owned(),
        "descendants().descendants().select(%resource.descendants().select(1.repeat($this+1)))".to_owned(),
    ] {
        let document = document(RESOURCE);
        let context = Context::new(document.root()).with_steps(200_000);
        let focus = [Item::Node(Node::resource(document.root()))];
        let result = Expression::compile(&expression).unwrap().evaluate(&context, &focus);
        assert_eq!(result.map_err(|e| e.kind).err(), Some(ErrorKind::Cost), "{expression}");
    }
    assert_eq!(eval(RESOURCE, "name.descendants().count()"), Ok(vec!["3".to_owned()]));
}

/// Wide objects, long lists and long texts cost no more than their size times its logarithm, or end.
#[test]
fn hostile_resources_end() {
    let wide = |n: usize| (0..n).map(|i| format!("\"p{i}\":{i}")).collect::<Vec<_>>().join(",");
    let list = |n: usize, item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<Vec<_>>().join(",");
    let resource = format!(
        r#"{{"resourceType":"Patient","extension":[{{{}}},{{{}}}],"name":[{{"given":[{}]}},{{"given":[{}]}}],"identifier":[{}],"text":{{"div":"{}"}}}}"#,
        wide(50_000),
        wide(50_000),
        list(20_000, &|i| format!("\"{i}\"")),
        list(20_000, &|i| format!("\"{}\"", 19_999 - i)),
        list(2_000, &|i| format!(
            r#"{{"extension":[{{"valueQuantity":{{"value":{i},"system":"http://unitsofmeasure.org","code":"no{i}"}}}}]}}"#
        )),
        "&a".repeat(300_000),
    );
    let document = document(&resource);
    let focus = [Item::Node(Node::resource(document.root()))];
    for text in [
        "extension[0] = extension[1]",
        "extension.distinct()",
        "name[0] ~ name[1]",
        "name[0].given ~ name[1].given",
        "name.given.sort().first()",
        "name.given.distinct()",
        "identifier.extension.value.distinct()",
        "identifier.extension.value.select($this > 1 'mg')",
        "text.`div`.unescape('html')",
        "text.`div`.replaceMatches('(&a)*x|&', '')",
        "name.given.select(%resource.text.`div` = %resource.text.`div`)",
        "name.given.sort(iif($index mod 2 = 0, @2024, @2024-01))",
    ] {
        let context = Context::new(document.root());
        if let Err(e) = Expression::compile(text).unwrap().evaluate(&context, &focus) {
            assert!(matches!(e.kind, ErrorKind::Cost | ErrorKind::Type), "{text}: {e}");
        }
    }
}

#[test]
fn huge_numbers() {
    for expression in [
        "9".repeat(50_000),
        "1.".to_owned() + &"9".repeat(50_000),
        "@".to_owned() + &"9".repeat(50_000),
        "@2024-01-01T10:00:00+99:99".to_owned(),
        "1 '".to_owned() + &"m".repeat(50_000) + "' = 1 'm'",
    ] {
        assert!(eval(RESOURCE, &expression).is_ok_and(|found| found.is_empty()) || eval(RESOURCE, &expression).is_err());
    }
    let document =
        document(r#"{"resourceType":"Observation","valueQuantity":{"value":1e999999999,"code":"m","system":"http://unitsofmeasure.org"}}"#);
    let context = Context::new(document.root());
    let focus = [Item::Node(Node::resource(document.root()))];
    for text in [
        "value > 1 'm'",
        "value = 1 'm'",
        "value.value + 1",
        "value.value.toString()",
        "value | value",
    ] {
        let _ = Expression::compile(text).unwrap().evaluate(&context, &focus);
    }
}
