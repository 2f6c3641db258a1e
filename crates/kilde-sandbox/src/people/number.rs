//! Synthetic national identity numbers with valid control digits.

use jiff::civil::Date;

/// Which way a number is marked as synthetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Marking {
    /// Month + 80, as the Tax Administration's Tenor does.
    Tenor,
    /// Month + 65, as Norsk helsenett's SyntPop does.
    SyntPop,
}

/// Eleven digits without allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number([u8; 11]);

impl Number {
    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Reads eleven digits as they stand; control digits are not looked at.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        let digits: [u8; 11] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Number(digits))
    }

    /// A number for a birth date and an individual number; `None` where the control digits do not exist.
    pub fn new(birth: Date, individual: u16, marking: Marking, d_number: bool) -> Option<Number> {
        let month = birth.month() as u8
            + match marking {
                Marking::Tenor => 80,
                Marking::SyntPop => 65,
            };
        let day = birth.day() as u8 + if d_number { 40 } else { 0 };
        let year = (birth.year().rem_euclid(100)) as u8;
        let mut d = [0u8; 11];
        for (i, two) in [day, month, year].into_iter().enumerate() {
            d[2 * i] = two / 10;
            d[2 * i + 1] = two % 10;
        }
        if individual > 999 {
            return None;
        }
        d[6] = (individual / 100) as u8;
        d[7] = (individual / 10 % 10) as u8;
        d[8] = (individual % 10) as u8;
        d[9] = control(&d[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2])?;
        d[10] = control(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])?;
        Some(Number(d.map(|digit| b'0' + digit)))
    }

    /// A number of its own for a name: always the same one. For personas who are made on request.
    pub(crate) fn for_name(name: &str) -> Number {
        let h = crate::fhir::hash("number", name, 0);
        let birth = jiff::civil::date(1940 + (h % 55) as i16, 1 + (h / 55 % 12) as i8, 1 + (h / 660 % 28) as i8);
        let start = (h >> 32) % 62;
        for i in 0..62 {
            let individual = 8 * ((start + i) % 62) as u16 + RESERVED;
            if let Some(number) = Number::new(birth, individual, Marking::Tenor, false) {
                return number;
            }
        }
        Number(*b"11833810555")
    }
}

/// Individual numbers with this rest by 8 (or one more) are kept for personas and fixed citizens; generated
/// citizens have the others.
pub(crate) const RESERVED: u16 = 0;

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Number(...)")
    }
}

fn control(digits: &[u8], weights: &[u32]) -> Option<u8> {
    let sum: u32 = digits.iter().zip(weights).map(|(d, w)| u32::from(*d) * w).sum();
    match (11 - sum % 11) % 11 {
        10 => None,
        k => Some(k as u8),
    }
}

/// The individual numbers that belong to a year of birth.
pub(crate) fn individual_range(year: i16) -> (u16, u16) {
    match year {
        2000..=2039 => (500, 999),
        1900..=1999 => (0, 499),
        _ => (500, 749),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn published_numbers_come_out() {
        let n = |y, m, d, i, marking| Number::new(date(y, m, d), i, marking, false).map(|n| n.as_str().to_owned());
        assert_eq!(n(2008, 10, 22, 849, Marking::SyntPop).as_deref(), Some("22750884907"));
        assert_eq!(n(1999, 12, 19, 980, Marking::SyntPop).as_deref(), Some("19779998080"));
        assert_eq!(n(1985, 10, 16, 324, Marking::SyntPop).as_deref(), Some("16758532406"));
    }

    proptest! {
        #[test]
        fn control_digits_hold(days in 0i32..44_000, individual in 0u16..1000, tenor: bool, d_number: bool) {
            let birth = date(1910, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let marking = if tenor { Marking::Tenor } else { Marking::SyntPop };
            if let Some(number) = Number::new(birth, individual, marking, d_number) {
                let d: Vec<u32> = number.as_str().chars().map(|c| c.to_digit(10).unwrap()).collect();
                let sum = |w: &[u32]| d.iter().zip(w).map(|(a, b)| a * b).sum::<u32>() % 11;
                prop_assert_eq!(sum(&[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]), 0);
                prop_assert_eq!(sum(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]), 0);
                let month = d[2] * 10 + d[3];
                prop_assert!((66..=77).contains(&month) || (81..=92).contains(&month));
            }
        }

        #[test]
        fn a_name_has_one_number(name in "\\PC{0,20}") {
            prop_assert_eq!(Number::for_name(&name), Number::for_name(&name));
        }
    }
}
