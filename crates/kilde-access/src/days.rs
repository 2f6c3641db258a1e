//! Days as numbers: when something was documented, and the period that a citizen has closed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The day with number 0.
const FIRST: Date = jiff::civil::date(1900, 1, 1);

/// A stretch of days, both ends included, counted from 1 January 1900. What lies before is day 0, what lies after 2079 is the last
/// one: an open end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Days {
    /// First day.
    pub from: u16,
    /// Last day.
    pub to: u16,
}

impl Days {
    /// All days.
    pub const ALL: Days = Days { from: 0, to: u16::MAX };

    /// From and with one date until and with another; `None` leaves that end open.
    pub fn between(from: Option<Date>, to: Option<Date>) -> Days {
        Days {
            from: from.map_or(0, number),
            to: to.map_or(u16::MAX, number),
        }
    }

    /// One day.
    pub fn of(date: Date) -> Days {
        let day = number(date);
        Days { from: day, to: day }
    }

    /// Whether any day is in both.
    pub fn meet(self, other: Days) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// The shortest stretch with both in it.
    pub fn with(self, other: Days) -> Days {
        Days {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }

    /// The first day as a date; `None` for an open end.
    pub fn first(self) -> Option<Date> {
        (self.from > 0).then(|| date(self.from)).flatten()
    }

    /// The last day as a date; `None` for an open end.
    pub fn last(self) -> Option<Date> {
        (self.to < u16::MAX).then(|| date(self.to)).flatten()
    }

    /// As it lies on disk.
    pub fn to_bytes(self) -> [u8; 4] {
        let (from, to) = (self.from.to_be_bytes(), self.to.to_be_bytes());
        [from[0], from[1], to[0], to[1]]
    }

    /// From [`to_bytes`](Self::to_bytes).
    pub fn from_bytes(bytes: [u8; 4]) -> Days {
        Days {
            from: u16::from_be_bytes([bytes[0], bytes[1]]),
            to: u16::from_be_bytes([bytes[2], bytes[3]]),
        }
    }
}

fn number(date: Date) -> u16 {
    let days = date.duration_since(FIRST).as_hours() / 24;
    u16::try_from(days.clamp(0, i64::from(u16::MAX))).unwrap_or(u16::MAX)
}

fn date(number: u16) -> Option<Date> {
    FIRST.checked_add(jiff::Span::new().days(i64::from(number))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as on;
    use proptest::prelude::*;

    #[test]
    fn ends_are_included_and_open_ends_reach_everything() {
        let march = Days::between(Some(on(2024, 3, 1)), Some(on(2024, 3, 31)));
        assert!(march.meet(Days::of(on(2024, 3, 1))) && march.meet(Days::of(on(2024, 3, 31))));
        assert!(!march.meet(Days::of(on(2024, 2, 29))) && !march.meet(Days::of(on(2024, 4, 1))));
        assert!(Days::between(Some(on(2024, 3, 31)), None).meet(march));
        assert!(Days::ALL.meet(Days::of(on(1850, 1, 1))) && Days::ALL.meet(Days::of(on(2300, 1, 1))));
        assert_eq!((march.first(), march.last()), (Some(on(2024, 3, 1)), Some(on(2024, 3, 31))));
        assert_eq!((Days::ALL.first(), Days::ALL.last()), (None, None));
        assert_eq!(Days::of(on(2024, 2, 29)).with(march).first(), Some(on(2024, 2, 29)));
    }

    proptest! {
        #[test]
        fn a_date_comes_back(day in 1u16..u16::MAX) {
            let found = date(day).expect("a date");
            prop_assert_eq!(number(found), day);
            prop_assert_eq!(Days::from_bytes(Days::of(found).to_bytes()), Days::of(found));
        }

        #[test]
        fn meeting_is_what_it_says(a: [u16; 2], b: [u16; 2]) {
            let days = |ends: [u16; 2]| Days { from: ends[0].min(ends[1]), to: ends[0].max(ends[1]) };
            let (a, b) = (days(a), days(b));
            let naive = (a.from..=a.to).any(|day| (b.from..=b.to).contains(&day));
            prop_assert_eq!(a.meet(b), naive);
            prop_assert_eq!(b.meet(a), naive);
        }
    }
}
