//! FHIRPath: whatever compiles is checked and evaluated within its steps.

use super::{OBSERVATION, PATIENT, limits};
use kilde_fhir::fhirpath::{Context, Expression, Item, Node};
use kilde_fhir::json::{Document, parse};
use std::sync::LazyLock;

static RESOURCES: LazyLock<Vec<(&str, Document)>> = LazyLock::new(|| {
    let document = |text: &str| parse(text, limits()).expect("a seed is JSON");
    vec![("Patient", document(PATIENT)), ("Observation", document(OBSERVATION))]
});

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(expression) = Expression::compile(text) else { return };
    let again = Expression::compile(expression.text()).expect("what is compiled can be compiled");
    for (name, document) in RESOURCES.iter() {
        let checked = expression.check(name).is_ok();
        assert_eq!(again.check(name).is_ok(), checked);
        let context = Context::new(document.root()).with_steps(50_000);
        let focus = [Item::Node(Node::element(Some(document.root()), None, name))];
        let first = expression.evaluate(&context, &focus);
        assert_eq!(first.is_ok(), again.evaluate(&context, &focus).is_ok());
        expression.evaluate_to_boolean(&context, &focus).ok();
    }
}
