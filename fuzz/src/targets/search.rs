//! Search values: numbers and dates with prefixes, units, folded strings, views.

use kilde_fhir::date;
use kilde_fhir::search::{Number, fold};
use kilde_fhir::units;
use kilde_fhir::view::Elements;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some((_, number)) = Number::search(text) {
        assert!(number.low <= number.value && number.value <= number.high, "{text}");
        number.approximately();
    }
    let (prefix, rest) = date::Prefix::split(text);
    if let Some(range) = date::parse(rest) {
        assert!(range.from_ms <= range.to_ms);
        assert!(range.contains(range) && range.overlaps(range));
        prefix.matches(range, range.approximately(0));
        date::format_instant(range.from_ms);
    }
    date::Prefix::date(text);
    let folded = fold(text);
    assert_eq!(fold(&folded), folded, "folding twice is folding once");
    let (value, unit) = text.split_once('|').unwrap_or(("1", text));
    if let Some((canonical, base)) = units::canonical(value, unit) {
        assert!(canonical.is_finite());
        assert!(
            units::validate(unit).is_ok() && units::base_unit(unit).as_deref() == Ok(&*base),
            "{text}"
        );
    }
    units::commensurable(unit, "mg").ok();
    Elements::new(text);
    kilde_fhir::national_id::Nin::parse(text).ok();
    kilde_fhir::national_id::OrgNumber::parse(text).ok();
    kilde_fhir::package::Canonical::new(text);
}
