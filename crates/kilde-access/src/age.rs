//! Ages that decide who speaks for a child. Computed from a birth date that a source has told, never from a national id.

use jiff::civil::Date;

/// From this age a child's parents see less.
pub const SHARED_FROM: i16 = 12;
/// From this age she decides alone (health's age of majority, pasient- og brukerrettighetsloven § 4-3).
pub const OWN_FROM: i16 = 16;

/// Who speaks for a person because of her age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// Under 12: her parents.
    Child,
    /// 12 to 15: she and her parents, each without what is kept from them.
    Shared,
    /// From 16: she alone.
    Own,
}

/// Whole years at a date. Who was born on 29 February has her birthday on the 28th where there is no 29th. `None` before she was born.
pub fn years(birth: Date, today: Date) -> Option<i16> {
    if today < birth {
        return None;
    }
    // The largest number of years whose birthday has come.
    let most = today.year().saturating_sub(birth.year());
    let come = birth
        .checked_add(jiff::Span::new().years(most))
        .is_ok_and(|birthday| birthday <= today);
    Some(if come { most } else { most - 1 })
}

/// The regime at a date; `None` before she was born.
pub fn regime(birth: Date, today: Date) -> Option<Regime> {
    Some(match years(birth, today)? {
        ..SHARED_FROM => Regime::Child,
        SHARED_FROM..OWN_FROM => Regime::Shared,
        _ => Regime::Own,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Unit;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn the_day_itself_counts() {
        let birth = date(2014, 11, 23);
        for (today, expected) in [
            (date(2014, 11, 22), None),
            (date(2014, 11, 23), Some(Regime::Child)),
            (date(2026, 11, 22), Some(Regime::Child)),
            (date(2026, 11, 23), Some(Regime::Shared)),
            (date(2030, 11, 22), Some(Regime::Shared)),
            (date(2030, 11, 23), Some(Regime::Own)),
            (date(2114, 11, 23), Some(Regime::Own)),
        ] {
            assert_eq!(regime(birth, today), expected, "{today}");
        }
    }

    #[test]
    fn born_on_29_february() {
        let birth = date(2012, 2, 29);
        assert_eq!(years(birth, date(2024, 2, 28)), Some(11));
        assert_eq!(years(birth, date(2024, 2, 29)), Some(12));
        assert_eq!(years(birth, date(2025, 2, 27)), Some(12));
        assert_eq!(years(birth, date(2025, 2, 28)), Some(13));
        assert_eq!(years(birth, date(2028, 2, 28)), Some(15));
        assert_eq!(years(birth, date(2028, 2, 29)), Some(16));
        // 2100 has no 29 February.
        assert_eq!(years(date(2088, 2, 29), date(2100, 2, 27)), Some(11));
        assert_eq!(years(date(2088, 2, 29), date(2100, 2, 28)), Some(12));
    }

    proptest! {
        #[test]
        fn years_grow_with_the_days(birth in 0i32..40_000, age in 0i32..45_000) {
            let day = |n: i32| date(1900, 1, 1).checked_add(jiff::Span::new().days(n)).expect("a date");
            let (born, today) = (day(birth), day(birth + age));
            let here = years(born, today).expect("born");
            let next = years(born, today.tomorrow().expect("a date")).expect("born");
            prop_assert!(next == here || next == here + 1);
            let span = born.until((Unit::Year, today)).expect("a span").get_years();
            // They differ at most where there is no 29 February.
            prop_assert!(here == span || (born.month() == 2 && born.day() == 29));
        }
    }
}
