//! Value sets that nobody writes down: their url says what is in them.

use super::loinc::LOINC;
use super::sctid::{SNOMED, SctId};
use super::store::Terminology;
use super::value_set::{Filter, Include, ValueSet};

impl Terminology {
    /// The definition that an implicit value set's url stands for.
    pub(super) fn implicit_definition(&self, canonical: &str) -> Option<ValueSet> {
        let (url, version) = canonical.split_once('|').map_or((canonical, None), |(u, v)| (u, Some(v)));
        let include = snomed(canonical).or_else(|| loinc(url)).or_else(|| {
            let system = self.all_codes_of.get(url)?;
            Some(Include {
                system: Some(system.clone()),
                version: version.map(str::to_owned),
                ..Include::default()
            })
        })?;
        Some(ValueSet {
            url: canonical.to_owned(),
            include: vec![include],
            ..ValueSet::default()
        })
    }
}

fn filter(property: &str, op: &str, value: &str) -> Vec<Filter> {
    vec![Filter {
        property: property.to_owned(),
        op: op.to_owned(),
        value: value.to_owned(),
    }]
}

/// `http://snomed.info/sct[/module[/version/date]]?fhir_vs[=isa/ID | =refset[/ID] | =ecl/...]`
fn snomed(url: &str) -> Option<Include> {
    let (base, query) = url.split_once('?')?;
    let edition = base.strip_prefix(SNOMED)?;
    let wanted = query.strip_prefix("fhir_vs")?;
    let mut include = Include {
        system: Some(SNOMED.to_owned()),
        // A module alone says which edition, not which version.
        version: edition.contains("/version/").then(|| base.to_owned()),
        ..Include::default()
    };
    if !edition.is_empty() && !edition.starts_with('/') {
        return None;
    }
    include.filters = match wanted.strip_prefix('=') {
        None if wanted.is_empty() => Vec::new(),
        Some(what) => match what.split_once('/') {
            Some(("isa", id)) if SctId::concept(id).is_ok() => filter("concept", "is-a", id),
            Some(("refset", id)) if SctId::concept(id).is_ok() => filter("concept", "in", id),
            Some(("ecl", expression)) => filter("constraint", "=", &decoded(expression)),
            // All concepts that stand for a reference set.
            None if what == "refset" => filter("constraint", "=", "< 900000000000455006"),
            _ => return None,
        },
        None => return None,
    };
    Some(include)
}

/// `http://loinc.org/vs` and the codes below a part, `http://loinc.org/vs/LP...`.
fn loinc(url: &str) -> Option<Include> {
    let rest = url.strip_prefix(LOINC)?.strip_prefix("/vs")?;
    let filters = match rest.strip_prefix('/') {
        None if rest.is_empty() => Vec::new(),
        Some(part) if part.starts_with("LP") => filter("ancestor", "=", part),
        _ => return None,
    };
    Some(Include {
        system: Some(LOINC.to_owned()),
        filters,
        ..Include::default()
    })
}

/// `%20` and its like resolved; what is no such code, or gives no UTF-8, stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |b: u8| char::from(b).to_digit(16);
        match (first, after) {
            (b'%', [a, b, tail @ ..]) if hex(*a).is_some() && hex(*b).is_some() => {
                bytes.push((hex(*a).unwrap_or(0) * 16 + hex(*b).unwrap_or(0)) as u8);
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
