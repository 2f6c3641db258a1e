//! What can be searched by: for the CapabilityStatement.

use super::included::includable;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, ParamType, params_of};

/// The parameters by which a type can be searched, `_id` and `_lastUpdated` among them.
pub fn parameters(rtype: ResourceType) -> impl Iterator<Item = &'static Param> {
    params_of(rtype)
        .iter()
        .filter(|p| p.extracted() || p.is_composite() || matches!(p.code, "_id" | "_lastUpdated" | "near"))
}

/// The modifiers that a type of parameter takes here (`_id` and `_lastUpdated` take none); for references also
/// the name of a type the parameter points to, and for parameters of identifiers `of-type`. The four that need
/// [`Codes`](super::Codes) are refused when the index has none.
pub fn modifiers(kind: ParamType) -> &'static [&'static str] {
    match kind {
        ParamType::Token => &["missing", "not", "text", "in", "not-in", "below", "above"],
        ParamType::String => &["missing", "contains", "exact"],
        ParamType::Uri => &["missing", "below", "above"],
        ParamType::Reference => &["missing", "identifier", "type"],
        ParamType::Date | ParamType::Number | ParamType::Quantity => &["missing"],
        ParamType::Composite => &["missing"],
        ParamType::Special => &[],
    }
}

/// What `_include` takes for a type: `Type:*` and each reference parameter as `Type:parameter`.
pub fn includes(rtype: ResourceType) -> impl Iterator<Item = String> {
    let each = params_of(rtype).iter().filter(|p| includable(p));
    [format!("{rtype}:*")]
        .into_iter()
        .chain(each.map(move |p| format!("{rtype}:{}", p.code)))
}

/// What `_revinclude` takes that can add to a type: the reference parameters of any type that point to it. Those that
/// may point to more than twenty types are taken too, and left out here: they would stand in the lists of all types.
pub fn reverse_includes(rtype: ResourceType) -> impl Iterator<Item = String> {
    ResourceType::all().flat_map(move |source| {
        let pointing = params_of(source)
            .iter()
            .filter(move |p| includable(p) && p.targets.len() <= 20 && p.targets.contains(&rtype));
        pointing.map(move |p| format!("{source}:{}", p.code))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Limits, Search};
    use kilde_fhir::search::get;

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
                    let value = match modifier {
                        "missing" => "true",
                        "below" | "above" => "s|x",
                        _ => "x",
                    };
                    let query = [(format!("{}:{modifier}", param.code), value.to_owned())];
                    assert!(Search::parse(rtype, &query, false, Limits::default()).is_ok(), "{rtype} {query:?}");
                }
                let example = |kind| match kind {
                    ParamType::Date => "2020",
                    ParamType::Number | ParamType::Quantity => "1",
                    _ => "x",
                };
                let parts = param.components.iter().map(|c| example(get(c.param.unwrap()).unwrap().kind));
                let value = match param.kind {
                    ParamType::Special => "60|10".to_owned(),
                    ParamType::Composite => parts.collect::<Vec<_>>().join("$"),
                    kind => example(kind).to_owned(),
                };
                assert!(
                    Search::parse(rtype, &[(param.code.to_owned(), value)], false, Limits::default()).is_ok(),
                    "{rtype} {}",
                    param.code
                );
            }
        }
    }
}
