//! When two JSON values are the same (RFC 6902, 4.6): numbers by their value, strings by their
//! characters, objects whatever the order of their properties.

use super::tree::Tree;
use crate::json::{Limits, parse};
use std::borrow::Cow;
use std::collections::HashMap;

/// Whether two values are the same.
pub(super) fn same(a: &Tree<'_>, b: &Tree<'_>) -> bool {
    match (a, b) {
        (Tree::Array(a), Tree::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Tree::Object(a), Tree::Object(b)) => {
            if a.len() != b.len() {
                return false;
            }
            let by_name: HashMap<&str, &Tree<'_>> = b.iter().map(|(k, v)| (k.as_ref(), v)).collect();
            a.iter().all(|(k, v)| by_name.get(k.as_ref()).is_some_and(|other| same(v, other)))
        }
        (Tree::Leaf(a), Tree::Leaf(b)) => a == b || texts(a, b) || numbers(a, b),
        _ => false,
    }
}

fn texts(a: &str, b: &str) -> bool {
    if !a.starts_with('"') || !b.starts_with('"') || !(a.contains('\\') || b.contains('\\')) {
        return false;
    }
    let read = |text: &str| parse(text, Limits::default()).ok()?.root().as_str().map(Cow::into_owned);
    read(a).is_some_and(|a| read(b) == Some(a))
}

/// Whether two JSON numbers are of the same value.
pub(super) fn numbers(a: &str, b: &str) -> bool {
    matches!((number(a), number(b)), (Some(a), Some(b)) if a == b)
}

/// Sign, digits without zeros at the ends, and the power of ten of the last digit.
fn number(text: &str) -> Option<(bool, String, i128)> {
    if !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let negative = whole.starts_with('-');
    let all = format!("{}{fraction}", whole.trim_start_matches('-'));
    if !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = all.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let dropped = i128::try_from(digits.len() - significant.len()).ok()?;
    let scale = i128::try_from(fraction.len()).ok()?;
    let power = exponent.parse::<i128>().ok()?.checked_sub(scale)?.checked_add(dropped)?;
    Some((negative, significant.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_json() {
        for (a, b, expected) in [
            ("1.0", "1", true),
            ("1.50e1", "15", true),
            ("-0", "0.00", true),
            ("1e400", "10e399", true),
            ("1", "-1", false),
            ("0.1", "0.10000000000000000001", false),
            ("1e99999999999999999999999999999999999999999", "1", false),
            (r#""\u0061\/""#, r#""a/""#, true),
            (r#""1""#, "1", false),
            (r#"{"a":1,"b":[1,2]}"#, r#"{"b":[1.0,2],"a":1}"#, true),
            ("[1,2]", "[2,1]", false),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false),
            ("null", "false", false),
        ] {
            let (x, y) = (parse(a, Limits::default()).unwrap(), parse(b, Limits::default()).unwrap());
            let tree = |d| Tree::new(d, 10).unwrap();
            assert_eq!(same(&tree(x.root()), &tree(y.root())), expected, "{a} {b}");
        }
    }
}
