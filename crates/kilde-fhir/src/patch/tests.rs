use super::*;
use crate::json::{Document, Limits, parse};
use proptest::prelude::*;

mod fhirpath;

fn doc(text: &str) -> Document {
    parse(text, Limits::default()).unwrap()
}

fn patched(resource: &str, patch: &str) -> Result<String, String> {
    json_patch(doc(resource).root(), doc(patch).root(), Limits::default()).map_err(|e| told(&e))
}

fn told(e: &PatchError) -> String {
    let line = |f: &Finding| {
        format!(
            "{} {} {}",
            f.position.map(|p| p.to_string()).unwrap_or_default(),
            f.rule,
            f.expression
        )
    };
    format!("{:?}: {}", e.fault, e.findings.iter().map(line).collect::<Vec<_>>().join("; "))
}

#[test]
fn operations_on_a_resource() {
    let r = r#"{"a":1.50,"b":[1,2.0,3],"c":{"d":"\u00e6"},"e/~":null}"#;
    for (patch, expected) in [
        ("[]", r#"{"a":1.50,"b":[1,2.0,3],"c":{"d":"\u00e6"},"e/~":null}"#),
        (
            r#"[{"op":"add","path":"/f","value":1.0}]"#,
            r#"{"a":1.50,"b":[1,2.0,3],"c":{"d":"\u00e6"},"e/~":null,"f":1.0}"#,
        ),
        (
            r#"[{"op":"add","path":"/a","value":1}]"#,
            r#"{"a":1,"b":[1,2.0,3],"c":{"d":"\u00e6"},"e/~":null}"#,
        ),
        (
            r#"[{"op":"add","path":"/b/1","value":9}]"#,
            r#"{"a":1.50,"b":[1,9,2.0,3],"c":{"d":"\u00e6"},"e/~":null}"#,
        ),
        (
            r#"[{"op":"add","path":"/b/-","value":9},{"op":"add","path":"/b/4","value":8}]"#,
            r#"{"a":1.50,"b":[1,2.0,3,9,8],"c":{"d":"\u00e6"},"e/~":null}"#,
        ),
        (
            r#"[{"op":"remove","path":"/e~1~0"},{"op":"remove","path":"/b/0"}]"#,
            r#"{"a":1.50,"b":[2.0,3],"c":{"d":"\u00e6"}}"#,
        ),
        (
            r#"[{"op":"replace","path":"/c/d","value":{}}]"#,
            r#"{"a":1.50,"b":[1,2.0,3],"c":{"d":{}},"e/~":null}"#,
        ),
        (
            r#"[{"op":"move","from":"/b/0","path":"/b/2"}]"#,
            r#"{"a":1.50,"b":[2.0,3,1],"c":{"d":"\u00e6"},"e/~":null}"#,
        ),
        (
            r#"[{"op":"move","from":"/c/d","path":"/a"}]"#,
            r#"{"a":"\u00e6","b":[1,2.0,3],"c":{},"e/~":null}"#,
        ),
        (
            r#"[{"op":"move","from":"/a","path":"/a"}]"#,
            r#"{"a":1.50,"b":[1,2.0,3],"c":{"d":"\u00e6"},"e/~":null}"#,
        ),
        (
            r#"[{"op":"copy","from":"/c","path":"/c/e"}]"#,
            r#"{"a":1.50,"b":[1,2.0,3],"c":{"d":"\u00e6","e":{"d":"\u00e6"}},"e/~":null}"#,
        ),
        (
            r#"[{"op":"test","path":"/a","value":15e-1},{"op":"test","path":"","value":{"e/~":null,"c":{"d":"æ"},"b":[1,2,3],"a":1.5}},{"op":"replace","path":"","value":{"x":1}}]"#,
            r#"{"x":1}"#,
        ),
    ] {
        assert_eq!(patched(r, patch).unwrap(), expected, "{patch}");
    }
}

#[test]
fn faults_name_the_operation_and_the_place() {
    let r = r#"{"a":1,"b":[1,2]}"#;
    for (patch, expected) in [
        ("{}", "Malformed: 1:1 fhir-patch-form $this"),
        (
            "[1,\n {},\n {\"op\":\"add\"},\n {\"op\":\"add\",\"path\":\"/a\"},\n {\"op\":\"foo\",\"path\":\"a\"},\n {\"op\":\"Add\",\"path\":\"/a\"},\n {\"op\":\"move\",\"path\":\"/a/b\",\"from\":\"/a\"}]",
            "Malformed: 1:2 fhir-patch-form $this[0]; 2:2 fhir-patch-form $this[1]; 3:2 fhir-patch-form $this[2]; \
             4:2 fhir-patch-form $this[3]; 5:21 fhir-patch-path $this[4].path; 6:8 fhir-patch-operation $this[5].op; \
             7:22 fhir-patch-path $this[6].path",
        ),
        (
            r#"[{"op":"remove","path":"/c"}]"#,
            "Inapplicable: 1:24 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"remove","path":""}]"#,
            "Inapplicable: 1:24 fhir-patch-whole $this[0].path",
        ),
        (
            r#"[{"op":"remove","path":"/b/2"}]"#,
            "Inapplicable: 1:24 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"remove","path":"/b/01"}]"#,
            "Inapplicable: 1:24 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"remove","path":"/b/-"}]"#,
            "Inapplicable: 1:24 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"add","path":"/b/3","value":1}]"#,
            "Inapplicable: 1:21 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"add","path":"/a/x","value":1}]"#,
            "Inapplicable: 1:21 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"add","path":"/","value":1}]"#,
            "Inapplicable: 1:21 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"copy","path":"/","from":"/a"}]"#,
            "Inapplicable: 1:22 fhir-patch-not-found $this[0].path",
        ),
        (
            r#"[{"op":"copy","path":"/c","from":"/x"}]"#,
            "Inapplicable: 1:34 fhir-patch-not-found $this[0].from",
        ),
        (
            r#"[{"op":"test","path":"/a","value":2}]"#,
            "TestFailed: 1:2 fhir-patch-test $this[0]",
        ),
        (
            r#"[{"op":"test","path":"/x","value":null}]"#,
            "Inapplicable: 1:22 fhir-patch-not-found $this[0].path",
        ),
    ] {
        assert_eq!(patched(r, patch).unwrap_err(), expected, "{patch}");
    }
}

#[test]
fn a_patch_cannot_grow_without_bound() {
    let copies = |n: usize| {
        let one = r#"{"op":"copy","from":"/a","path":"/a/-"}"#;
        format!("[{}]", vec![one; n].join(","))
    };
    assert!(patched(r#"{"a":["0123456789"]}"#, &copies(5)).is_ok());
    assert!(
        patched(r#"{"a":["0123456789"]}"#, &copies(100))
            .unwrap_err()
            .contains("fhir-patch-too-large")
    );
    let limits = Limits { bytes: 100, depth: 64 };
    let (r, p) = (doc(r#"{"a":["0123456789"]}"#), doc(&copies(5)));
    assert!(told(&json_patch(r.root(), p.root(), limits).unwrap_err()).contains("fhir-patch-too-large"));
    assert!(
        patched("{}", &format!("[{}]", vec!["1"; 2000].join(",")))
            .unwrap_err()
            .contains("fhir-patch-too-large")
    );
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1.0".to_owned()),
        Just("-2e1".to_owned()),
        Just(r#""a""#.to_owned()),
        Just("true".to_owned())
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(","))),
            proptest::collection::btree_map("[abc]", inner, 0..4).prop_map(|m| {
                let members: Vec<String> = m.into_iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn any_patch() -> impl Strategy<Value = String> {
    let op = (
        "add|remove|replace|move|copy|test",
        "(/(a|b|c|0|1|-)?){0,3}",
        "(/(a|b|c|0|1)){0,3}",
        any_json(),
    );
    proptest::collection::vec(op, 0..6).prop_map(|ops| {
        let each: Vec<String> = ops
            .into_iter()
            .map(|(op, path, from, value)| format!(r#"{{"op":"{op}","path":"{path}","from":"{from}","value":{value}}}"#))
            .collect();
        format!("[{}]", each.join(","))
    })
}

/// The obvious way, on another library's tree; `None` when an operation does not fit.
fn naive(resource: &str, patch: &str) -> Option<serde_json::Value> {
    let mut tree: serde_json::Value = serde_json::from_str(resource).unwrap();
    let patch: serde_json::Value = serde_json::from_str(patch).unwrap();
    for op in patch.as_array().unwrap() {
        let text = |n: &str| op[n].as_str().unwrap().to_owned();
        let (path, from) = (text("path"), text("from"));
        match op["op"].as_str().unwrap() {
            "add" => put(&mut tree, &path, op["value"].clone())?,
            "remove" => drop(take(&mut tree, &path)?),
            "replace" => *tree.pointer_mut(&path)? = op["value"].clone(),
            "copy" => {
                let value = tree.pointer(&from)?.clone();
                put(&mut tree, &path, value)?;
            }
            "move" if path == from => drop(tree.pointer(&from)?),
            "move" => {
                let value = take(&mut tree, &from)?;
                put(&mut tree, &path, value)?;
            }
            _ => drop((*tree.pointer(&path)? == op["value"]).then_some(())?),
        }
    }
    Some(tree)
}

fn put(tree: &mut serde_json::Value, path: &str, value: serde_json::Value) -> Option<()> {
    let Some((above, last)) = path.rsplit_once('/') else {
        *tree = value;
        return Some(());
    };
    match tree.pointer_mut(above)? {
        // RFC 6901 knows properties without a name; FHIR has none.
        serde_json::Value::Object(_) if last.is_empty() => return None,
        serde_json::Value::Object(m) => drop(m.insert(last.to_owned(), value)),
        serde_json::Value::Array(a) if last == "-" => a.push(value),
        serde_json::Value::Array(a) => {
            let i: usize = last.parse().ok()?;
            (i <= a.len()).then(|| a.insert(i, value))?;
        }
        _ => return None,
    }
    Some(())
}

fn take(tree: &mut serde_json::Value, path: &str) -> Option<serde_json::Value> {
    let (above, last) = path.rsplit_once('/')?;
    match tree.pointer_mut(above)? {
        serde_json::Value::Object(m) => m.shift_remove(last),
        serde_json::Value::Array(a) => {
            let i: usize = last.parse().ok()?;
            (i < a.len()).then(|| a.remove(i))
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn it_does_what_the_obvious_way_does(resource in any_json(), patch in any_patch()) {
        match patched(&resource, &patch) {
            Ok(text) => {
                let ours: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(Some(ours), naive(&resource, &patch));
            }
            // Moving into itself is refused before anything is applied.
            Err(e) if e.starts_with("Malformed") => {}
            Err(e) => prop_assert_eq!(naive(&resource, &patch), None, "{}", e),
        }
    }
}
