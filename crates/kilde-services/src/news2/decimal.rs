//! Decimal text to scaled integers, without floating point.

/// A JSON number's text, times ten to the power of `places`, rounded half up (towards plus
/// infinity: `38.05` in tenths is 381). `None` if the text is no decimal or far too large.
pub fn scaled(text: &str, places: u32) -> Option<i64> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || whole.len() + fraction.len() > 30 || !(-30..=30).contains(&exponent) {
        return None;
    }
    let mut number: i128 = 0;
    for b in whole.bytes().chain(fraction.bytes()) {
        if !b.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i128::from(b - b'0');
    }
    if negative {
        number = -number;
    }
    let mut shift = exponent + places as i32 - fraction.len() as i32;
    while shift > 0 {
        number = number.checked_mul(10)?;
        shift -= 1;
    }
    if shift < 0 {
        let divisor = 10i128.checked_pow(shift.unsigned_abs().min(38))?;
        number = (number + divisor / 2).div_euclid(divisor);
    }
    i64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::scaled;
    use proptest::prelude::*;

    #[test]
    fn tenths() {
        let cases = [
            ("38.1", 381),
            ("38", 380),
            ("38.10", 381),
            ("38.05", 381),
            ("38.04", 380),
            ("38.0499999", 380),
            ("3.81e1", 381),
            ("381e-1", 381),
            ("-0.5", -5),
            ("-0.05", 0),
            ("-0.06", -1),
            ("0", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(scaled(text, 1), Some(expected), "{text}");
        }
    }

    #[test]
    fn not_numbers() {
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "x",
            "1e",
            "1e99999",
            "999999999999999999999999999999999999",
            "1e30",
            "--1",
            "+1",
        ] {
            assert_eq!(scaled(text, 1), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "\\PC{0,40}", places in 0u32..4) {
            let _ = scaled(&text, places);
        }

        #[test]
        fn exact_when_it_fits(value in -100_000i64..100_000) {
            let text = format!("{}{}.{}", if value < 0 { "-" } else { "" }, value.abs() / 10, value.abs() % 10);
            prop_assert_eq!(scaled(&text, 1), Some(value));
        }
    }
}
