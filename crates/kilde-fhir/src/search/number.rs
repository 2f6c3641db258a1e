//! Numbers of searches, with the precision that their digits imply.

use crate::date::Prefix;

/// A number of a search (R4, Search, 3.1.1.4.5) and the range that its digits leave open:
/// `100` is [99.5, 100.5), `1.00e2` is [99.5, 100.5), `5.40` is [5.395, 5.405).
///
/// `1e2` is [50, 150): one significant digit. (R4 prints [95, 105) in its example, which R5
/// corrected.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// The number itself.
    pub value: f64,
    /// The least number that it may stand for.
    pub low: f64,
    /// The least number above that it does not stand for.
    pub high: f64,
}

impl Number {
    /// Reads a decimal (`-5.40`, `1e2`). `None` if the text is none or is too great for an `f64`.
    pub fn parse(text: &str) -> Option<Number> {
        let value = decimal(text)?;
        let (low, high) = limits(text).unwrap_or((value, value));
        Some(Number { value, low, high })
    }

    /// A search value: prefix and number.
    pub fn search(text: &str) -> Option<(Prefix, Number)> {
        let (prefix, value) = Prefix::split(text);
        Some((prefix, Number::parse(value)?))
    }

    /// The number with a range of a tenth of it to both sides, at least the one it has: what the
    /// search prefix `ap` means for numbers.
    pub fn approximately(self) -> Number {
        let tenth = self.value.abs() / 10.0;
        Number {
            value: self.value,
            low: self.low.min(self.value - tenth),
            high: self.high.max(self.value + tenth),
        }
    }
}

impl Prefix {
    /// Whether a stored number or quantity is found, given as the closed range from `low` to
    /// `high` (the same number twice, but for ranges and values with a comparator).
    ///
    /// The precision that the search value's digits imply counts for `eq`, `ne` and `ap`; for the
    /// others the value is exact. For `ap`, widen `search` first.
    pub fn matches_number(self, search: &Number, low: f64, high: f64) -> bool {
        let eq = if low == high {
            low == search.value || (search.low <= low && low < search.high)
        } else {
            search.low <= low && high <= search.high
        };
        match self {
            Prefix::Eq => eq,
            Prefix::Ne => !eq,
            Prefix::Gt => high > search.value,
            Prefix::Lt => low < search.value,
            Prefix::Ge => high >= search.value,
            Prefix::Le => low <= search.value,
            Prefix::Sa => low > search.value,
            Prefix::Eb => high < search.value,
            Prefix::Ap => low <= search.high && high >= search.low,
        }
    }
}

/// A decimal as FHIR writes it, as an `f64`.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit())
        || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    text.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// Half a unit of the last digit below and above, exact in decimal before it becomes an `f64`, so
/// that a stored number on the limit compares as its digits do.
fn limits(text: &str) -> Option<(f64, f64)> {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let exponent = exponent
        .parse::<i64>()
        .ok()?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_sub(1)?;
    let tenfold = mantissa.checked_mul(10)?;
    let limit = |mantissa: i128| format!("{mantissa}e{exponent}").parse::<f64>().ok().filter(|v| v.is_finite());
    Some((limit(tenfold.checked_sub(5)?)?, limit(tenfold.checked_add(5)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_imply_precision() {
        for (text, low, high) in [
            ("100", 99.5, 100.5),
            ("100.00", 99.995, 100.005),
            ("1.00e2", 99.5, 100.5),
            ("1e2", 50.0, 150.0),
            ("5.4", 5.35, 5.45),
            ("5.40e-3", 0.005395, 0.005405),
            ("-5.4", -5.45, -5.35),
            ("0", -0.5, 0.5),
            ("-0.0", -0.05, 0.05),
            ("007", 6.5, 7.5),
        ] {
            let n = Number::parse(text).unwrap();
            assert_eq!((n.low, n.high), (low, high), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "", "-", "+5", ".5", "5.4.3", "e5", "5e", "1e999", "inf", "NaN", "0x10", "1_000", "٣", " 5", "5 ",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn prefixes_of_numbers() {
        for (search, stored, found) in [
            ("100", 99.5, true),
            ("100", 100.5, false),
            ("ne100", 100.4, false),
            ("ne100", 100.5, true),
            ("lt100", 99.9, true),
            ("lt100", 100.0, false),
            ("le100", 100.0, true),
            ("gt100", 100.0, false),
            ("gt100", 100.1, true),
            ("ge100", 100.0, true),
            ("sa100", 100.1, true),
            ("eb100", 99.9, true),
            ("37.0", 37.0, true),
            ("37.0", 37.05, false),
            ("ap100", 91.0, true),
            ("ap100", 111.0, false),
        ] {
            let (prefix, n) = Number::search(search).unwrap();
            let n = if prefix == Prefix::Ap { n.approximately() } else { n };
            assert_eq!(prefix.matches_number(&n, stored, stored), found, "{search} {stored}");
        }
    }

    #[test]
    fn values_with_a_comparator_are_open() {
        let (prefix, five) = Number::search("gt5").unwrap();
        assert!(prefix.matches_number(&five, 3.0, f64::INFINITY));
        assert!(!Prefix::Sa.matches_number(&five, 3.0, f64::INFINITY));
        assert!(!Prefix::Eq.matches_number(&five, 3.0, f64::INFINITY));
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = Number::search(&text);
        }

        #[test]
        fn ranges_are_ordered(text in "-?[0-9]{1,30}([.][0-9]{1,30})?([eE][+-]?[0-9]{1,4})?") {
            if let Some(n) = Number::parse(&text) {
                prop_assert!(n.low <= n.value && n.value <= n.high, "{:?}", n);
                let wide = n.approximately();
                prop_assert!(wide.low <= n.low && n.high <= wide.high);
                prop_assert!(Prefix::Eq.matches_number(&n, n.value, n.value));
            }
        }

        #[test]
        fn prefixes_are_coherent(text in "-?[0-9]{1,3}([.][0-9]{1,2})?", a in -500.0f64..500.0, width in prop_oneof![Just(0.0), 0.1f64..50.0]) {
            let n = Number::parse(&text).unwrap();
            let found = |p: Prefix| p.matches_number(&n, a, a + width);
            prop_assert_eq!(found(Prefix::Eq), !found(Prefix::Ne));
            prop_assert!(!found(Prefix::Gt) || found(Prefix::Ge));
            prop_assert!(!found(Prefix::Lt) || found(Prefix::Le));
            prop_assert!(!found(Prefix::Sa) || found(Prefix::Gt));
            prop_assert!(!found(Prefix::Eb) || found(Prefix::Lt));
        }
    }
}
