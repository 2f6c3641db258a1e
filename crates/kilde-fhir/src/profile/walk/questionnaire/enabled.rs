//! `enableWhen`: whether a question is to be answered, by the answers to others.

use super::MAX_DEPTH;
use crate::json::{Kind, Value};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// All answers of a response by link id.
pub(super) struct Answers<'a>(FxHashMap<String, Vec<Value<'a>>>);

impl<'a> Answers<'a> {
    pub(super) fn of(response: Value<'a>) -> Self {
        let mut answers = Answers(FxHashMap::default());
        answers.collect(response, 0);
        answers
    }

    fn collect(&mut self, place: Value<'a>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for item in place.items("item") {
            if let Some(link) = item.str("linkId") {
                self.0.entry(link.into_owned()).or_default().extend(item.items("answer"));
            }
            self.collect(item, depth + 1);
            for answer in item.items("answer") {
                self.collect(answer, depth + 1);
            }
        }
    }

    /// Whether the question's conditions hold.
    pub(super) fn enabled(&self, question: Value<'_>) -> bool {
        let mut conditions = question.items("enableWhen").peekable();
        if conditions.peek().is_none() {
            return true;
        }
        match question.str("enableBehavior").as_deref() {
            Some("all") => conditions.all(|c| self.holds(c)),
            _ => conditions.any(|c| self.holds(c)),
        }
    }

    fn holds(&self, condition: Value<'_>) -> bool {
        let given: &[Value<'_>] = condition.str("question").and_then(|q| self.0.get(&*q)).map_or(&[], Vec::as_slice);
        let Some(wanted) = typed(condition, "answer") else { return false };
        let operator = condition.str("operator").unwrap_or_default();
        if operator == "exists" {
            return wanted.as_bool() == Some(!given.is_empty());
        }
        given.iter().filter_map(|a| typed(*a, "value")).any(|value| {
            let order = compare(value, wanted);
            match &*operator {
                "=" => order == Some(Ordering::Equal),
                "!=" => order != Some(Ordering::Equal),
                ">" => order == Some(Ordering::Greater),
                "<" => order == Some(Ordering::Less),
                ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                _ => false,
            }
        })
    }
}

/// The `value[x]` of an answer.
pub(super) fn typed<'v>(value: Value<'v>, stem: &str) -> Option<Value<'v>> {
    value.children().find(|c| {
        c.key().is_some_and(|k| {
            k.strip_prefix(stem)
                .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_uppercase()))
        })
    })
}

/// Two values of the same kind; codings by system and code, quantities by value.
pub(super) fn compare(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
    match (a.kind(), b.kind()) {
        (Kind::Object, Kind::Object) if a.get("value").is_some() && b.get("value").is_some() => super::quantity::compare(a, b),
        (Kind::Object, Kind::Object) => {
            let key = |v: Value<'_>| {
                let part = |name: &str| v.str(name).map(std::borrow::Cow::into_owned).unwrap_or_default();
                (part("system"), part("code"), part("reference"))
            };
            (key(a) == key(b)).then_some(Ordering::Equal)
        }
        (Kind::Number, Kind::Number) => a.raw().parse::<f64>().ok()?.partial_cmp(&b.raw().parse().ok()?),
        (Kind::String, Kind::String) => {
            let (x, y) = (a.as_str()?, b.as_str()?);
            let is_date = |v: Value<'_>| v.key().is_some_and(|k| k.ends_with("Date") || k.ends_with("DateTime"));
            match (crate::date::parse(&x), crate::date::parse(&y)) {
                (Some(x), Some(y)) if is_date(a) && is_date(b) => Some((x.from_ms, x.to_ms).cmp(&(y.from_ms, y.to_ms))),
                _ => Some(x.cmp(&y)),
            }
        }
        (Kind::Bool, Kind::Bool) => Some(a.raw().cmp(b.raw())),
        _ => None,
    }
}
