//! Tests of FHIRPath.

mod hooks;
mod hostile;
mod places;
mod properties;
mod values;

use super::{Context, Expression, Item, Node};
use crate::json::{Document, Limits, parse};

fn document(text: &str) -> Document {
    parse(text, Limits::default()).unwrap()
}

/// What an expression gives about a resource: its values as text, or the error.
fn eval(resource: &str, expression: &str) -> Result<Vec<String>, String> {
    let document = document(resource);
    let context = Context::new(document.root()).with_now(super::DateTime::parse("2026-11-22T14:30:00.000+01:00").unwrap());
    let focus = [Item::Node(Node::resource(document.root()))];
    let expression = Expression::compile(expression).map_err(|e| e.to_string())?;
    let items = expression.evaluate(&context, &focus).map_err(|e| e.to_string())?;
    Ok(items
        .iter()
        .map(|item| item.system().map_or_else(|| item.type_name(), |v| v.to_string()))
        .collect())
}

/// The same about no resource in particular, as one text.
fn value(expression: &str) -> String {
    match eval(r#"{"resourceType":"Basic"}"#, expression) {
        Ok(items) => items.join(", "),
        Err(_) => "error".to_owned(),
    }
}

#[test]
fn expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Expression>();
}
