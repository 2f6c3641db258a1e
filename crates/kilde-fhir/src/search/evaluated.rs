//! Parameters of packages whose expression is more than paths: FHIRPath, evaluated on each resource.
//!
//! An expression that takes too many steps, or fails, gives nothing for that resource. What depends on the time is refused,
//! since an index that is built anew must be the same.

use super::extract::Indexed;
use super::table::{Param, ParamId, ParamType};
use super::value::Reading;
use crate::date;
use crate::fhirpath::{Context, Expression, Item, System};
use crate::json::Value;

/// So many steps may one resource cost.
const STEPS: u64 = 20_000;

/// Functions that tell another thing tomorrow.
const OF_TIME: [&str; 3] = ["now(", "today(", "timeOfDay("];

/// What is evaluated for one parameter.
pub(super) struct Evaluated {
    param: ParamId,
    kind: ParamType,
    expression: Expression,
}

impl Evaluated {
    /// Of a parameter whose expression is none that is walked.
    ///
    /// # Errors
    /// Why it is no FHIRPath, or can never give what the parameter reads.
    pub fn of(param: &Param) -> Result<Evaluated, String> {
        let plain: String = param.expression.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some(function) = OF_TIME.iter().find(|function| plain.contains(**function)) {
            return Err(format!("{function}) tells another thing tomorrow"));
        }
        let expression = Expression::compile(param.expression).map_err(|error| error.to_string())?;
        let types = expression.types(param.base.name()).map_err(|error| error.to_string())?;
        if types.is_some_and(|types| !types.iter().any(|name| readable(param.kind, name))) {
            return Err(format!("nothing that a {} parameter reads", param.kind.code()));
        }
        Ok(Evaluated {
            param: param.id,
            kind: param.kind,
            expression,
        })
    }

    /// Gives what a resource is found by.
    pub fn values<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(ParamId, Indexed<'a>)) {
        self.items(resource, &mut |item| match item {
            Item::Node(node) => {
                if let (Some(value), Some(reading)) = (node.value(), Reading::of(self.kind, node.fhir_type().name())) {
                    reading.read(value, self.param, out);
                }
            }
            Item::Value(value) => {
                if let Some(indexed) = computed(self.kind, &value) {
                    out(self.param, indexed);
                }
            }
        });
    }

    /// Gives each element that something is read from.
    pub fn elements<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(Value<'a>)) {
        self.items(resource, &mut |item| {
            if let Item::Node(node) = item
                && Reading::of(self.kind, node.fhir_type().name()).is_some()
                && let Some(value) = node.value()
            {
                out(value);
            }
        });
    }

    fn items<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(Item<'a>)) {
        let context = Context::new(resource).with_steps(STEPS).with_lists_in_as();
        let focus = [Item::Node(crate::fhirpath::Node::resource(resource))];
        for item in self.expression.evaluate(&context, &focus).unwrap_or_default() {
            out(item);
        }
    }
}

impl std::fmt::Debug for Evaluated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.expression.text())
    }
}

/// Whether a parameter of a type reads something of a FHIR type or of one of FHIRPath's own (`System.String`).
fn readable(kind: ParamType, name: &str) -> bool {
    match (kind, name.strip_prefix("System.")) {
        (_, None) => Reading::of(kind, name).is_some(),
        (ParamType::Token, Some(name)) => matches!(name, "Boolean" | "String" | "Integer"),
        (ParamType::String | ParamType::Uri, Some(name)) => name == "String",
        (ParamType::Number, Some(name)) => matches!(name, "Integer" | "Decimal"),
        (ParamType::Date, Some(name)) => matches!(name, "Date" | "DateTime"),
        _ => false,
    }
}

/// What a value that an expression made is found by.
fn computed<'a>(kind: ParamType, value: &System<'_>) -> Option<Indexed<'a>> {
    let text = value.to_string();
    if text.is_empty() {
        return None;
    }
    Some(match (kind, value) {
        (ParamType::Token, System::Boolean(_) | System::String(_) | System::Integer(_)) => Indexed::Token {
            system: None,
            code: Some(text.into()),
        },
        (ParamType::String, System::String(_)) => Indexed::String(text.into()),
        (ParamType::Uri, System::String(_)) => Indexed::Uri(text.into()),
        (ParamType::Number, System::Integer(_) | System::Decimal(_)) => {
            let number = super::number::decimal(&text)?;
            Indexed::Number { low: number, high: number }
        }
        (ParamType::Date, System::Date(_) | System::DateTime(_)) => Indexed::Date(date::parse(&text)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definitions::ResourceType;
    use crate::json::{Limits, parse};

    fn evaluated(kind: ParamType, base: &str, expression: &'static str) -> Result<Evaluated, String> {
        Evaluated::of(&Param {
            id: ParamId(7),
            base: ResourceType::from_name(base).unwrap(),
            code: "x",
            kind,
            targets: &[],
            definition: "http://example.org/x",
            expression,
            components: Vec::new(),
        })
    }

    fn found(kind: ParamType, expression: &'static str, text: &str) -> Vec<String> {
        let document = parse(text, Limits::default()).unwrap();
        let mut out = Vec::new();
        let evaluated = evaluated(kind, "Patient", expression).unwrap();
        evaluated.values(document.root(), &mut |param, indexed| {
            assert_eq!(param, ParamId(7));
            out.push(match indexed {
                Indexed::Token { code, .. } => code.unwrap_or_default().into_owned(),
                Indexed::String(text) => text.into_owned(),
                other => format!("{other:?}"),
            });
        });
        out
    }

    const KARI: &str = r#"{"resourceType":"Patient","birthDate":"1980-02-01","active":true,
        "name":[{"use":"old","family":"Vik"},{"use":"official","family":"Nes","given":["Kari","Anne"]}],
        "telecom":[{"system":"phone","value":"90000000","rank":2},{"system":"email","value":"kari@example.org","rank":1}]}"#;

    #[test]
    fn what_is_more_than_a_path_is_evaluated() {
        assert_eq!(
            found(
                ParamType::String,
                "Patient.name.where(use = 'official' and family.exists()).given.first()",
                KARI
            ),
            ["Kari"]
        );
        assert_eq!(
            found(ParamType::Token, "Patient.telecom.where(rank < 2)", KARI),
            ["kari@example.org"]
        );
        assert_eq!(
            found(ParamType::Token, "Patient.telecom.where(system = 'email').exists()", KARI),
            ["true"]
        );
        assert_eq!(
            found(ParamType::String, "Patient.name.given.select($this.lower())", KARI),
            ["kari", "anne"]
        );
        assert_eq!(
            found(ParamType::Number, "Patient.name.given.count()", KARI),
            ["Number { low: 2.0, high: 2.0 }"]
        );
        assert_eq!(found(ParamType::Date, "iif(Patient.active, Patient.birthDate, {})", KARI).len(), 1);
        assert!(
            found(ParamType::String, "Patient.name.single().family", KARI).is_empty(),
            "an error gives nothing"
        );
    }

    #[test]
    fn what_never_gives_anything_or_tells_the_time_is_refused() {
        for (kind, expression, why) in [
            (ParamType::Token, "Patient.name.first()", "nothing that a token parameter reads"),
            (ParamType::Date, "Patient.birthDate.where($this < today ( ))", "tomorrow"),
            (ParamType::String, "Patient.nothing.first()", "no element"),
            (ParamType::String, "Patient.name.(", ""),
        ] {
            let error = evaluated(kind, "Patient", expression).unwrap_err();
            assert!(error.contains(why), "{expression}: {error}");
        }
    }

    #[test]
    fn what_takes_too_long_gives_nothing() {
        let many = format!(
            r#"{{"resourceType":"Patient","name":[{}]}}"#,
            vec![r#"{"family":"a"}"#; 300].join(",")
        );
        assert!(
            found(
                ParamType::String,
                "Patient.name.where(%resource.name.where(family = 'b').empty()).family",
                &many
            )
            .is_empty()
        );
    }
}
