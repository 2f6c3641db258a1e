//! What the context gives and collects.

use super::{Context, Expression, Item, Node, document};
use crate::fhirpath::{Coded, DateTime, ErrorKind, Profiles, Resolve, System, Terminology};
use crate::json::{Document, Value};
use std::fmt::Write;

struct Hooks(Document);

impl<'a> Resolve<'a> for &'a Hooks {
    fn resolve(&self, reference: &str) -> Option<Value<'a>> {
        (reference == "Organization/1").then(|| self.0.root())
    }
}

impl Terminology for Hooks {
    fn member_of(&self, codes: &[Coded<'_>], value_set: &str) -> Option<bool> {
        (value_set == "vs").then(|| codes.iter().any(|c| c.code == "M"))
    }
    fn subsumes(&self, above: &Coded<'_>, below: &Coded<'_>) -> Option<bool> {
        Some(below.code.starts_with(&*above.code))
    }
}

impl<'a> Profiles<'a> for Hooks {
    fn conforms_to(&self, node: Node<'a>, profile: &str) -> Option<bool> {
        (profile == "p").then(|| node.value().is_some_and(|v| v.get("active").is_some()))
    }
}

const PATIENT: &str = r#"{"resourceType":"Patient","active":true,"managingOrganization":{"reference":"Organization/1"},
"maritalStatus":{"coding":[{"code":"MA"},{"code":"M"}]}}"#;

#[test]
fn hooks_are_asked() {
    let hooks = Hooks(document(r#"{"resourceType":"Organization","name":"o"}"#));
    let by_reference = &hooks;
    let patient = document(PATIENT);
    let context = Context::new(patient.root())
        .with_resolver(&by_reference)
        .with_terminology(&hooks)
        .with_profiles(&hooks)
        .with_variable("mine", vec![Item::Value(System::Integer(7))]);
    let focus = [Item::Node(Node::resource(patient.root()))];
    for (expression, expected) in [
        ("managingOrganization.resolve().name", "o"),
        ("maritalStatus.memberOf('vs')", "true"),
        ("maritalStatus.memberOf('other')", ""),
        ("maritalStatus.coding[1].subsumes(maritalStatus.coding[0])", "true"),
        ("maritalStatus.coding[1].subsumedBy(maritalStatus.coding[0])", "false"),
        ("conformsTo('p')", "true"),
        ("%mine + 1", "8"),
        ("%context.active", "true"),
    ] {
        let items = Expression::compile(expression).unwrap().evaluate(&context, &focus).unwrap();
        let found: Vec<String> = items.iter().filter_map(Item::system).map(|v| v.to_string()).collect();
        assert_eq!(found.join(", "), expected, "{expression}");
    }
    assert_eq!(context.take_notes(), ["memberOf() could not be answered"]);
    let traced = Expression::compile("active.trace('a') and true.trace('b', 5).not()").unwrap();
    traced.evaluate(&context, &focus).unwrap();
    let names: Vec<String> = context
        .take_traces()
        .into_iter()
        .map(|t| format!("{} {}", t.name, t.items.len()))
        .collect();
    assert_eq!(names, ["a 1", "b 1"]);
}

#[test]
fn without_hooks_answers_are_empty_or_say_what_is_missing() {
    let patient = document(PATIENT);
    let context = Context::new(patient.root());
    let focus = [Item::Node(Node::resource(patient.root()))];
    let run = |text: &str| Expression::compile(text).unwrap().evaluate(&context, &focus);
    assert!(run("managingOrganization.resolve()").unwrap().is_empty());
    assert!(run("maritalStatus.memberOf('vs')").unwrap().is_empty());
    assert_eq!(context.take_notes().len(), 1);
    assert_eq!(run("now()").unwrap_err().kind, ErrorKind::Missing);
    assert_eq!(run("true and conformsTo('p')").unwrap_err().kind, ErrorKind::Missing);
    assert_eq!(
        run("active and name.first().conformsTo('p').not() and conformsTo('p')")
            .unwrap_err()
            .kind,
        ErrorKind::Missing
    );
    assert!(DateTime::from_unix_ms(i64::MAX, 0).is_none());
}

/// Each step of these looks at one entry, not at all of them.
#[test]
fn a_bundle_of_a_thousand_entries_costs_a_thousand_times_one() {
    let mut text = String::from(r#"{"resourceType":"Bundle","entry":["#);
    for i in 0..1_000 {
        let comma = if i == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"fullUrl":"urn:uuid:{i}","resource":{{"resourceType":"Observation","id":"{i}","issued":"2026-01-01T00:00:{:02}Z","derivedFrom":[{{"reference":"urn:uuid:{}"}}]}}}}"#,
            i % 60,
            (i + 1) % 1_000
        )
        .unwrap();
    }
    let bundle = document(&(text + "]}"));
    let focus = [Item::Node(Node::resource(bundle.root()))];
    for (expression, count) in [
        ("entry.resource.derivedFrom.resolve()", 1_000),
        ("entry.where(resource.id = '500')", 1),
        ("entry.resource.id.distinct()", 1_000),
        ("entry.resource.issued.distinct()", 60),
        ("entry.resource | entry.resource", 1_000),
        ("entry.fullUrl.intersect(entry.resource.derivedFrom.reference)", 1_000),
        ("descendants().ofType(id)", 1_000),
    ] {
        let context = Context::new(bundle.root()).with_steps(100_000);
        let items = Expression::compile(expression).unwrap().evaluate(&context, &focus);
        assert_eq!(items.map(|i| i.len()), Ok(count), "{expression}");
    }
}
