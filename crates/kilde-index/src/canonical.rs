//! Quantities in base units of UCUM, so that 500 mg and 0.5 g are found by each other.

use kilde_fhir::units;
use rustc_hash::FxHashMap;

/// A range in base units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Canonical {
    pub low: f64,
    pub high: f64,
    /// The base unit, as UCUM writes it.
    pub unit: String,
}

/// The range from `low` to `high` (either may be infinite) of a UCUM unit in base units; `None` if that is no unit with a
/// linear scale, or a number does not fit.
pub(crate) fn canonical(low: f64, high: f64, code: &str) -> Option<Canonical> {
    in_base(low, high, code, units::base_unit(code).ok()?)
}

fn in_base(low: f64, high: f64, code: &str, unit: String) -> Option<Canonical> {
    // The shortest digits that are this number: the arithmetic is decimal.
    let convert = |n: f64| match n.is_finite() {
        true => units::canonical(&format!("{n:e}"), code).map(|(value, _)| value),
        false => Some(n),
    };
    let low_there = convert(low)?;
    let high_there = if high == low { low_there } else { convert(high)? };
    Some(Canonical {
        low: low_there,
        high: high_there,
        unit,
    })
}

/// Which texts are units, remembered: looking up a text that is none takes long.
#[derive(Default)]
pub(crate) struct Units {
    base: FxHashMap<Box<str>, Option<String>>,
    /// The same quantity is often asked for several parameters in a row.
    last: Option<(f64, f64, Box<str>, Option<Canonical>)>,
}

const REMEMBERED: usize = 1_000;

impl Units {
    /// As [`canonical`].
    pub fn canonical(&mut self, low: f64, high: f64, code: &str) -> Option<Canonical> {
        if let Some((l, h, c, found)) = &self.last
            && (*l, *h, &**c) == (low, high, code)
        {
            return found.clone();
        }
        if self.base.len() > REMEMBERED {
            self.base.clear();
        }
        if !self.base.contains_key(code) {
            self.base.insert(code.into(), units::base_unit(code).ok());
        }
        let unit = self.base.get(code).cloned().flatten();
        let found = unit.and_then(|unit| in_base(low, high, code, unit));
        self.last = Some((low, high, code.into(), found.clone()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_quantities_are_equal() {
        for ((a, x), (b, y)) in [
            ((0.5, "g"), (500.0, "mg")),
            ((1.0, "[in_i]"), (2.54, "cm")),
            ((5.4, "mmol/L"), (5400.0, "umol/L")),
            ((120.0, "mm[Hg]"), (12.0, "cm[Hg]")),
            ((38.1, "Cel"), (311.25, "K")),
        ] {
            assert_eq!(canonical(a, a, x).unwrap(), canonical(b, b, y).unwrap(), "{x} {y}");
        }
        assert_eq!(canonical(1.0, 1.0, "no unit"), None);
        assert_eq!(canonical(7.4, 7.4, "[pH]"), None);
        assert_eq!(canonical(f64::NEG_INFINITY, 5.0, "mg").unwrap().low, f64::NEG_INFINITY);
    }

    proptest! {
        #[test]
        fn memory_changes_nothing(asked in proptest::collection::vec((0i32..50, 0i32..3, prop_oneof![Just("mg"), Just("g"), Just("x"), Just("mm[Hg]")]), 0..20)) {
            let mut units = Units::default();
            for (low, more, code) in asked {
                let (low, high) = (f64::from(low) / 8.0, f64::from(low + more) / 8.0);
                prop_assert_eq!(units.canonical(low, high, code), canonical(low, high, code));
            }
        }
    }
}
