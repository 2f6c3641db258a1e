//! At which ages of an attestation an answer can change: the numbers that the policies compare it with. Between two of them every age is
//! told alike, so that the same facts recur and answers can be remembered by them.

use cedar_policy::Policy;
use serde_json::Value;

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// The numbers that an age is compared with, sorted; `None` where a policy does something else with it, so that every age counts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ages(Option<Vec<i64>>);

impl Ages {
    /// Of some policies.
    pub fn of<'a>(policies: impl Iterator<Item = &'a Policy>) -> Ages {
        let mut compared = Vec::new();
        for policy in policies {
            let read = policy.to_json().ok().and_then(|json| walk(&json, &mut compared));
            if read.is_none() {
                return Ages(None);
            }
        }
        compared.sort_unstable();
        compared.dedup();
        Ages(Some(compared))
    }

    /// An age that stands to every number as this one does: the number itself, or the one after the number below it.
    pub fn told(&self, age: i64) -> i64 {
        let Some(compared) = &self.0 else { return age };
        match compared.binary_search(&age) {
            Ok(_) => age,
            Err(0) => compared.first().map_or(0, |least| least.saturating_sub(1)),
            Err(above) => compared[above - 1].saturating_add(1),
        }
    }
}

/// Looks at an expression of Cedar's JSON form; `None` where the age is used otherwise than compared with a number.
fn walk(expression: &Value, compared: &mut Vec<i64>) -> Option<()> {
    match expression {
        Value::Object(parts) => {
            for (name, part) in parts {
                match (name.as_str(), part.get("left"), part.get("right")) {
                    (name, Some(left), Some(right)) if COMPARISONS.contains(&name) && (is_age(left) || is_age(right)) => {
                        compared.push(number(if is_age(left) { right } else { left })?);
                    }
                    (".", Some(left), None) => {
                        let attribute = part.get("attr").and_then(Value::as_str)?;
                        if ["ageSeconds", "attestation"].contains(&attribute) {
                            return None;
                        }
                        owner(left, compared)?;
                    }
                    ("has", Some(left), None) => owner(left, compared)?,
                    // The facts as a whole.
                    ("Var", ..) if part == "context" => return None,
                    _ => walk(part, compared)?,
                }
            }
        }
        Value::Array(all) => all.iter().try_for_each(|one| walk(one, compared))?,
        _ => {}
    }
    Some(())
}

/// What an attribute is asked of: the facts and the attestation may stand here.
fn owner(expression: &Value, compared: &mut Vec<i64>) -> Option<()> {
    match (expression.get("Var"), expression.get(".")) {
        (Some(_), _) => Some(()),
        (_, Some(access)) if access.get("attr").is_some_and(|attribute| attribute == "attestation") => owner(access.get("left")?, compared),
        _ => walk(expression, compared),
    }
}

fn is_age(expression: &Value) -> bool {
    let access = expression.get(".");
    access.is_some_and(|access| {
        access.get("attr").is_some_and(|attribute| attribute == "ageSeconds")
            && access.get("left").is_some_and(|left| owner(left, &mut Vec::new()).is_some())
    })
}

fn number(expression: &Value) -> Option<i64> {
    match expression.get("neg") {
        Some(negated) => number(negated.get("arg")?)?.checked_neg(),
        None => expression.get("Value")?.as_i64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ages(condition: &str) -> Ages {
        let text = format!("forbid (principal, action, resource) when {{ {condition} }};");
        let policy = Policy::parse(None, text).expect("a policy");
        Ages::of(std::iter::once(&policy))
    }

    #[test]
    fn what_an_age_is_compared_with() {
        for (condition, compared) in [
            ("context has attestation && context.attestation.ageSeconds > 3600", Some(vec![3600])),
            (
                "context.attestation.ageSeconds < -30 || 600 >= context.attestation.ageSeconds",
                Some(vec![-30, 600]),
            ),
            ("principal.level < 4 && context.attestation.purpose == \"TREAT\"", Some(vec![])),
            ("context.attestation has ageSeconds", Some(vec![])),
            (
                "if context.attestation.ageSeconds == 7 then true else context.attestation.ageSeconds != 9",
                Some(vec![7, 9]),
            ),
            // Anything else: every age counts.
            ("context.attestation.ageSeconds + 60 > 3600", None),
            ("context.attestation.ageSeconds < principal.level", None),
            ("context.attestation == context.attestation", None),
            ("context == context", None),
            ("[context.attestation.ageSeconds].contains(5)", None),
            ("context.attestation[\"ageSeconds\"] * 2 == 10", None),
            ("(if principal.own then context else context).attestation.ageSeconds > 60", None),
        ] {
            assert_eq!(ages(condition), Ages(compared), "{condition}");
        }
    }

    proptest! {
        /// Whatever is compared with whatever: the age that is told stands as the age does.
        #[test]
        fn an_age_is_told_as_one_that_stands_alike(numbers in proptest::collection::vec(-100i64..100, 0..6), age in prop_oneof![-120i64..120, any::<i64>()]) {
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let told = Ages(Some(sorted)).told(age);
            for number in numbers {
                prop_assert_eq!(told.cmp(&number), age.cmp(&number));
            }
        }
    }
}
