//! How the values of a parameter are read: by its type, its modifier and what a chain ends in.

use super::hierarchy::{Way, part_of};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, ParamType};

/// How the values of a parameter are read: by its type and modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Token,
    NotToken,
    In,
    NotIn,
    Below,
    Above,
    Identifier,
    /// What ends a chain to a patient: her identifier, on the reference or on the Patient.
    PatientIdentifier,
    Date,
    Number,
    Quantity,
    Starts,
    Contains,
    Exact,
    Equal,
    Ends,
    Uri,
    UriBelow,
    UriAbove,
    Reference,
    ReferenceTo(ResourceType),
    /// `:below` and `:above` on a reference
    Hierarchy(Way),
}

impl How {
    /// `None`: the parameter does not take the modifier.
    pub fn of(param: &Param, modifier: Option<&str>) -> Option<How> {
        Some(match (param.kind, modifier) {
            (ParamType::Token, None) => How::Token,
            (ParamType::Token, Some("not")) => How::NotToken,
            (ParamType::Token, Some("in")) => How::In,
            (ParamType::Token, Some("not-in")) => How::NotIn,
            (ParamType::Token, Some("below")) => How::Below,
            (ParamType::Token, Some("above")) => How::Above,
            (ParamType::Date, None) => How::Date,
            (ParamType::Number, None) => How::Number,
            (ParamType::Quantity, None) => How::Quantity,
            (ParamType::String, None) => How::Starts,
            (ParamType::String, Some("contains")) => How::Contains,
            (ParamType::String, Some("exact")) => How::Exact,
            (ParamType::Uri, None) => How::Uri,
            (ParamType::Uri, Some("below")) => How::UriBelow,
            (ParamType::Uri, Some("above")) => How::UriAbove,
            (ParamType::Reference, None) => How::Reference,
            (ParamType::Reference, Some("identifier")) => How::Identifier,
            (ParamType::Reference, Some(modifier @ ("below" | "above"))) => {
                let way = if modifier == "below" { Way::Down } else { Way::Up };
                param.targets.iter().any(|t| part_of(*t).is_some()).then_some(How::Hierarchy(way))?
            }
            (ParamType::Reference, Some(rtype)) => {
                let rtype = ResourceType::from_name(rtype)?;
                param.targets.contains(&rtype).then_some(How::ReferenceTo(rtype))?
            }
            _ => return None,
        })
    }

    /// As in a `_filter`, which has more ways to compare text.
    pub fn in_filter(param: &Param, modifier: Option<&str>) -> Option<How> {
        match (param.kind, modifier) {
            (ParamType::String, Some("eq")) => Some(How::Equal),
            (ParamType::String, Some("ew")) => Some(How::Ends),
            _ => How::of(param, modifier),
        }
    }

    /// What a value should be, in bokmål and English.
    pub fn expected(self) -> (&'static str, &'static str) {
        match self {
            How::Token | How::NotToken | How::Identifier | How::PatientIdentifier => (
                "«kode», «system|kode», «|kode» eller «system|»",
                "'code', 'system|code', '|code' or 'system|'",
            ),
            How::In | How::NotIn => ("url-en til et verdisett", "the url of a value set"),
            How::Below | How::Above => ("«system|kode»", "'system|code'"),
            How::Date => (
                "en dato eller et tidspunkt, eventuelt med prefiks",
                "a date or a time, with or without a prefix",
            ),
            How::Number => ("et tall, eventuelt med prefiks", "a number, with or without a prefix"),
            How::Quantity => (
                "«tall», «tall|system|kode» eller «tall||enhet»",
                "'number', 'number|system|code' or 'number||unit'",
            ),
            How::Starts | How::Contains | How::Exact | How::Equal | How::Ends => ("en tekst", "a text"),
            How::Uri | How::UriBelow | How::UriAbove => ("en uri", "a uri"),
            How::Hierarchy(_) => (
                "«Type/id» eller «id», av en type som kan være del av en annen av samme type",
                "'Type/id' or 'id', of a type that can be part of another of the same type",
            ),
            How::Reference | How::ReferenceTo(_) => ("«Type/id», «id» eller en url", "'Type/id', 'id' or a url"),
        }
    }
}
