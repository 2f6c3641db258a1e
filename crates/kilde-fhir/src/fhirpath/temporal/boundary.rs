//! The earliest and the latest that a partial date or time may mean, at a given precision.

use super::arithmetic::days_in_month;
use super::{Date, DateTime, Time, TimePrecision};

impl Date {
    /// The boundary with so many digits (4, 6 or 8).
    pub(in crate::fhirpath) fn boundary(self, digits: i32, high: bool) -> Option<Date> {
        let month = match self.month {
            0 if high => 12,
            0 => 1,
            month => month,
        };
        let day = match self.day {
            0 if high => days_in_month(self.year, month),
            0 => 1,
            day => day,
        };
        match digits {
            4 => Some(Date { month: 0, day: 0, ..self }),
            6 => Some(Date { month, day: 0, ..self }),
            8 => Some(Date { month, day, ..self }),
            _ => None,
        }
    }
}

impl Time {
    /// The boundary with so many digits (2, 4, 6 or 9).
    pub(in crate::fhirpath) fn boundary(self, digits: i32, high: bool) -> Option<Time> {
        let precision = match digits {
            2 => TimePrecision::Hour,
            4 => TimePrecision::Minute,
            6 => TimePrecision::Second,
            9 => TimePrecision::Fraction,
            _ => return None,
        };
        let unknown = |known: TimePrecision, value: u8| match self.precision >= known {
            true => value,
            false if high => 59,
            false => 0,
        };
        let full = Time {
            hour: self.hour,
            minute: unknown(TimePrecision::Minute, self.minute),
            second: unknown(TimePrecision::Second, self.second),
            nanos: match self.precision {
                TimePrecision::Fraction => self.nanos,
                _ if high => 999_000_000,
                _ => 0,
            },
            precision: TimePrecision::Fraction,
            digits: 3,
        };
        Some(Time::at(full.nanoseconds(), precision, 3))
    }
}

impl DateTime {
    /// The boundary with so many digits (4 to 17). Without a time zone it is the earliest or
    /// latest in all of them: UTC+14 and UTC-12.
    pub(in crate::fhirpath) fn boundary(self, digits: i32, high: bool) -> Option<DateTime> {
        if digits <= 8 {
            return self.date.boundary(digits, high).map(DateTime::from);
        }
        let midnight = Time::at(0, TimePrecision::Hour, 0);
        let hour = Time {
            hour: if high { 23 } else { 0 },
            ..midnight
        };
        Some(DateTime {
            date: self.date.boundary(8, high)?,
            time: Some(self.time.unwrap_or(hour).boundary(digits - 8, high)?),
            offset: Some(self.offset.unwrap_or(if high { -12 * 60 } else { 14 * 60 })),
        })
    }
}
