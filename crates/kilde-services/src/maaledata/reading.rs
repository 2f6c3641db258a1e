//! One Observation as the service reads it.

use crate::news2::observed::{Observed, observe};
use crate::record::Record;
use kilde_fhir::date::parse;

/// An Observation that says something, with what it says about NEWS2.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// Its place among the records.
    pub index: usize,
    pub record: &'a Record,
    pub seen: Observed<'a>,
    /// When it was measured; when it was received if that is not stated.
    pub at_ms: i64,
    /// The time of measuring as it was written.
    pub effective: Option<String>,
    /// Ids of Observations that it points to by `hasMember` and `derivedFrom`.
    pub links: Vec<String>,
}

impl<'a> Reading<'a> {
    /// Reads an Observation; `None` if it is withdrawn or has no result yet.
    pub fn read(index: usize, record: &'a Record) -> Option<Reading<'a>> {
        let resource = record.resource();
        if !matches!(&*resource.str("status")?, "final" | "amended" | "corrected" | "preliminary") {
            return None;
        }
        let effective = resource
            .str("effectiveDateTime")
            .or_else(|| resource.str("effectiveInstant"))
            .or_else(|| resource.get("effectivePeriod")?.str("start"))
            .or_else(|| resource.str("issued"))
            .map(|t| t.into_owned())
            .filter(|t| parse(t).is_some());
        let at_ms = effective
            .as_deref()
            .and_then(parse)
            .map_or(record.last_updated_ms, |range| range.from_ms);
        let links = ["hasMember", "derivedFrom"]
            .into_iter()
            .flat_map(|name| resource.items(name))
            .filter_map(|link| observation_id(&link.str("reference")?))
            .collect();
        Some(Reading {
            index,
            record,
            seen: observe(resource),
            at_ms,
            effective,
            links,
        })
    }
}

fn observation_id(reference: &str) -> Option<String> {
    let mut steps = reference.split('/').skip_while(|step| *step != "Observation");
    steps.next()?;
    steps.next().filter(|id| !id.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::observation_id;

    #[test]
    fn ids_of_references() {
        assert_eq!(observation_id("Observation/a").as_deref(), Some("a"));
        assert_eq!(
            observation_id("https://x/9901/fhir/r4/Observation/a/_history/2").as_deref(),
            Some("a")
        );
        assert_eq!(observation_id("Patient/a"), None);
        assert_eq!(observation_id("#a"), None);
        assert_eq!(observation_id("Observation/"), None);
    }
}
