//! What can be searched by: for the CapabilityStatement.

use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, ParamType, params_of};

/// The parameters by which a type can be searched, `_id` and `_lastUpdated` among them.
pub fn parameters(rtype: ResourceType) -> impl Iterator<Item = &'static Param> {
    params_of(rtype)
        .iter()
        .filter(|p| p.extracted() || matches!(p.code, "_id" | "_lastUpdated"))
}

/// The modifiers that a type of parameter takes here (`_id` and `_lastUpdated` take none); for references also
/// the name of a type the parameter points to.
pub fn modifiers(kind: ParamType) -> &'static [&'static str] {
    match kind {
        ParamType::Token => &["missing", "not"],
        ParamType::String => &["missing", "contains", "exact"],
        ParamType::Uri => &["missing", "below", "above"],
        ParamType::Reference => &["missing", "identifier", "type"],
        ParamType::Date | ParamType::Number | ParamType::Quantity => &["missing"],
        ParamType::Composite | ParamType::Special => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Limits, Search};

    #[test]
    fn what_is_offered_is_understood() {
        for rtype in ResourceType::all() {
            for param in parameters(rtype) {
                let special = matches!(param.code, "_id" | "_lastUpdated");
                for modifier in if special { &[] } else { modifiers(param.kind) } {
                    if *modifier == "type" && param.targets.is_empty() {
                        continue;
                    }
                    let modifier = if *modifier == "type" { param.targets[0].name() } else { modifier };
                    let value = if modifier == "missing" { "true" } else { "x" };
                    let query = [(format!("{}:{modifier}", param.code), value.to_owned())];
                    assert!(Search::parse(rtype, &query, false, Limits::default()).is_ok(), "{rtype} {query:?}");
                }
                let value = match param.kind {
                    ParamType::Date => "2020",
                    ParamType::Number | ParamType::Quantity => "1",
                    _ => "x",
                };
                assert!(
                    Search::parse(rtype, &[(param.code.to_owned(), value.to_owned())], false, Limits::default()).is_ok(),
                    "{rtype} {}",
                    param.code
                );
            }
        }
    }
}
