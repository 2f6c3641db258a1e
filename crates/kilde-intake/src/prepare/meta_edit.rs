//! `$meta-add` and `$meta-delete` (<https://hl7.org/fhir/R4/resource-operation-meta-add.html>): profiles, tags and
//! security labels of a resource, and nothing else of it.

use super::STRUCTURE;
use crate::problems::Problems;
use crate::rules;
use kilde_fhir::json::{Edits, Value, escape_into, write_edited};

/// The resource with what stands in the Parameters' `meta` added to its own, or taken from it.
pub(crate) fn edit(resource: Value<'_>, parameters: Value<'_>, add: bool) -> Result<String, Problems> {
    let given = parameters
        .items("parameter")
        .find(|p| p.str("name").as_deref() == Some("meta"))
        .and_then(|p| p.get("valueMeta"))
        .filter(|meta| meta.is_object() && parameters.str("resourceType").as_deref() == Some("Parameters"));
    let (Some(given), Some(meta)) = (given, resource.get("meta").filter(|m| m.is_object())) else {
        let mut problems = Problems::default();
        problems.add(STRUCTURE, rules::meta_parameter().at(parameters.position()));
        return Err(problems);
    };
    let mut out = String::from("{");
    let mut first = true;
    let mut property = |name: &str, value: &str| {
        if !std::mem::replace(&mut first, false) {
            out.push(',');
        }
        escape_into(name, &mut out);
        out.push(':');
        out.push_str(value);
    };
    for child in meta.children() {
        let key = child.key().unwrap_or_default();
        if !LISTS.contains(&key.as_ref()) {
            property(&key, child.raw());
        }
    }
    for name in LISTS {
        let items = list(meta, given, name, add);
        if !items.is_empty() {
            property(name, &format!("[{}]", items.join(",")));
        }
    }
    out.push('}');
    let mut edits = Edits::default();
    edits.replace(meta, out);
    let mut text = String::with_capacity(resource.raw().len());
    write_edited(resource, &edits, &mut text);
    Ok(text)
}

const LISTS: [&str; 3] = ["profile", "security", "tag"];

/// The items of a list as they are to be, each as JSON.
fn list<'a>(own: Value<'a>, given: Value<'a>, name: &str, add: bool) -> Vec<&'a str> {
    let has = |list: Value<'a>, item: Value<'a>| list.items(name).any(|other| same(other, item));
    let kept = own.items(name).filter(|item| add || !has(given, *item));
    let new = given.items(name).filter(|item| add && !has(own, *item));
    kept.chain(new).map(Value::raw).collect()
}

/// A profile is its canonical, a tag or label its system and code.
fn same(a: Value<'_>, b: Value<'_>) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a == b,
        _ => a.is_object() && a.str("system") == b.str("system") && a.str("code") == b.str("code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse};

    fn edited(resource: &str, meta: &str, add: bool) -> Option<String> {
        let resource = parse(resource, Limits::default()).unwrap();
        let text = format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"meta","valueMeta":{meta}}}]}}"#);
        let parameters = parse(text, Limits::default()).unwrap();
        edit(resource.root(), parameters.root(), add).ok()
    }

    const BASIC: &str = r#"{"resourceType":"Basic","meta":{"versionId":"1","tag":[{"system":"s","code":"a","display":"A"}]},"code":{}}"#;

    #[test]
    fn tags_and_profiles_are_added_once_and_taken_away() {
        let more = r#"{"profile":["http://p"],"tag":[{"system":"s","code":"a"},{"system":"s","code":"b"}]}"#;
        let added = edited(BASIC, more, true).unwrap();
        let expected = r#"{"resourceType":"Basic","meta":{"versionId":"1","profile":["http://p"],"tag":[{"system":"s","code":"a","display":"A"},{"system":"s","code":"b"}]},"code":{}}"#;
        assert_eq!(added, expected);
        assert_eq!(
            edited(&added, more, false).unwrap(),
            r#"{"resourceType":"Basic","meta":{"versionId":"1"},"code":{}}"#
        );
    }

    #[test]
    fn without_a_meta_nothing_is_done() {
        assert!(edited(BASIC, "7", true).is_none());
    }
}
