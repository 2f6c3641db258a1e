//! How dates and times compare. A partial one stands for the span of all that it may mean; two
//! spans that overlap without being the same cannot be compared.

use super::arithmetic::{DAY, day_of_date, days_in_month};
use super::{Date, DateTime, Time, TimePrecision};
use std::cmp::Ordering;

const MINUTE: i128 = 60 * 1_000_000_000;

/// First and last nanosecond.
type Span = (i128, i128);

/// How the spans compare if what is known of both is known equally well, or if they are apart.
fn compare(a: Span, b: Span, same_precision: bool) -> Option<Ordering> {
    if same_precision && a == b {
        Some(Ordering::Equal)
    } else if a.1 < b.0 {
        Some(Ordering::Less)
    } else if b.1 < a.0 {
        Some(Ordering::Greater)
    } else {
        None
    }
}

impl Date {
    fn span(self) -> Span {
        let day = |month, day| day_of_date(self.year, month, day) * DAY;
        let (first, last) = match (self.month, self.day) {
            (0, _) => (day(1, 1), day(12, 31)),
            (m, 0) => (day(m, 1), day(m, days_in_month(self.year, m))),
            (m, d) => (day(m, d), day(m, d)),
        };
        (first, last + DAY - 1)
    }
}

impl Time {
    /// Seconds and fractions are one precision: a second is the whole number of it.
    fn span(self) -> Span {
        let first = self.nanoseconds();
        let length = match self.precision {
            TimePrecision::Hour => 60 * MINUTE,
            TimePrecision::Minute => MINUTE,
            TimePrecision::Second | TimePrecision::Fraction => 1,
        };
        (first, first + length - 1)
    }

    fn rank(self) -> TimePrecision {
        self.precision.min(TimePrecision::Second)
    }

    /// How the times compare; `None` if it cannot be told.
    pub(in crate::fhirpath) fn compare(self, other: Self) -> Option<Ordering> {
        compare(self.span(), other.span(), self.rank() == other.rank())
    }

    /// The time without the spelling: equal times give equal keys.
    pub(in crate::fhirpath) fn key(self) -> (TimePrecision, i128) {
        (self.rank(), self.nanoseconds())
    }
}

impl DateTime {
    fn span(self) -> Span {
        let day = self.date.span();
        let (first, last) = match self.time {
            None => day,
            Some(time) => {
                let (first, last) = time.span();
                (day.0 + first, day.0 + last)
            }
        };
        let east = i128::from(self.offset.unwrap_or(0)) * MINUTE;
        (first - east, last - east)
    }

    fn rank(self) -> i32 {
        self.precision().min(14)
    }

    /// How the moments compare; `None` if it cannot be told. One without a time zone may be in any.
    pub(in crate::fhirpath) fn compare(self, other: Self) -> Option<Ordering> {
        let (mut a, mut b) = (self.span(), other.span());
        match (self.offset, other.offset) {
            (None, Some(_)) => a = anywhere(a),
            (Some(_), None) => b = anywhere(b),
            _ => return compare(a, b, self.rank() == other.rank()),
        }
        compare(a, b, false)
    }

    /// The moment without the spelling: equal ones give equal keys.
    pub(in crate::fhirpath) fn key(self) -> (i32, bool, i128) {
        (self.rank(), self.offset.is_some(), self.span().0)
    }
}

/// The span in every time zone from UTC-12 to UTC+14.
fn anywhere((first, last): Span) -> Span {
    (first - 14 * 60 * MINUTE, last + 12 * 60 * MINUTE)
}
