//! Dates, dates with times, and times of day, each perhaps partial.

mod arithmetic;
mod boundary;
mod compare;
mod parse;

pub(super) use parse::literal;

use super::system::System;

/// A date: year, month or day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    pub(super) year: i32,
    /// 0 if not known.
    pub(super) month: u8,
    /// 0 if not known.
    pub(super) day: u8,
}

/// A time of day: hour, minute, second or fraction of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) nanos: u32,
    pub(super) precision: TimePrecision,
    /// How many digits the fraction was written with.
    pub(super) digits: u8,
}

/// How much of a time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum TimePrecision {
    Hour,
    Minute,
    Second,
    Fraction,
}

/// A date with a time, either of them perhaps partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    pub(super) date: Date,
    pub(super) time: Option<Time>,
    /// Minutes east of UTC, if known.
    pub(super) offset: Option<i16>,
}

impl From<Date> for DateTime {
    fn from(date: Date) -> Self {
        DateTime {
            date,
            time: None,
            offset: None,
        }
    }
}

impl Date {
    /// The date that a text of FHIR (`2026`, `2026-11`, `2026-11-22`) stands for.
    pub fn parse(text: &str) -> Option<Self> {
        parse::date(text)
    }

    /// Digits that are known: 4, 6 or 8.
    pub(super) fn precision(self) -> i32 {
        match (self.month, self.day) {
            (0, _) => 4,
            (_, 0) => 6,
            _ => 8,
        }
    }
}

impl Time {
    /// The time that a text of FHIR (`14:30:00`) stands for.
    pub fn parse(text: &str) -> Option<Self> {
        parse::time(text)
    }

    /// Digits that are known: 2, 4, 6 or 9.
    pub(super) fn precision(self) -> i32 {
        match self.precision {
            TimePrecision::Hour => 2,
            TimePrecision::Minute => 4,
            TimePrecision::Second => 6,
            TimePrecision::Fraction => 9,
        }
    }

    /// Nanoseconds since midnight.
    pub(super) fn nanoseconds(self) -> i128 {
        let seconds = (i128::from(self.hour) * 60 + i128::from(self.minute)) * 60 + i128::from(self.second);
        seconds * 1_000_000_000 + i128::from(self.nanos)
    }

    /// A time of full precision with a fraction of so many digits.
    pub(super) fn at(nanoseconds: i128, precision: TimePrecision, digits: u8) -> Self {
        let of_day = nanoseconds.rem_euclid(arithmetic::DAY);
        let seconds = of_day / 1_000_000_000;
        let part = |value: i128| u8::try_from(value).unwrap_or(0);
        let known = |p| precision >= p;
        Time {
            hour: part(seconds / 3600),
            minute: if known(TimePrecision::Minute) { part(seconds / 60 % 60) } else { 0 },
            second: if known(TimePrecision::Second) { part(seconds % 60) } else { 0 },
            nanos: if known(TimePrecision::Fraction) {
                u32::try_from(of_day % 1_000_000_000).unwrap_or(0)
            } else {
                0
            },
            precision,
            digits,
        }
    }
}

impl DateTime {
    /// The date and time that a text of FHIR (`2026-11-22T14:30:00+01:00`) stands for.
    pub fn parse(text: &str) -> Option<Self> {
        parse::date_time(text)
    }

    /// A moment, given as milliseconds since the Unix epoch and minutes east of UTC.
    pub fn from_unix_ms(milliseconds: i64, offset_minutes: i16) -> Option<Self> {
        let local = i128::from(milliseconds) + i128::from(offset_minutes) * 60_000;
        let nanoseconds = local * 1_000_000;
        Some(DateTime {
            date: arithmetic::date_of_day(nanoseconds.div_euclid(arithmetic::DAY))?,
            time: Some(Time::at(nanoseconds, TimePrecision::Fraction, 3)),
            offset: Some(offset_minutes).filter(|o| o.abs() <= 14 * 60),
        })
    }

    /// Digits that are known: 4, 6, 8, 10, 12, 14 or 17.
    pub(super) fn precision(self) -> i32 {
        match self.time {
            None => self.date.precision(),
            Some(time) => 8 + time.precision(),
        }
    }

    pub(super) fn date(self) -> Date {
        self.date
    }

    pub(super) fn time(self) -> Option<Time> {
        self.time
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month > 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day > 0 {
            write!(f, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}", self.hour)?;
        if self.precision >= TimePrecision::Minute {
            write!(f, ":{:02}", self.minute)?;
        }
        if self.precision >= TimePrecision::Second {
            write!(f, ":{:02}", self.second)?;
        }
        if self.precision >= TimePrecision::Fraction {
            let fraction = format!("{:09}", self.nanos);
            f.write_str(".")?;
            f.write_str(fraction.get(..usize::from(self.digits.clamp(1, 9))).unwrap_or(""))?;
        }
        Ok(())
    }
}

impl std::fmt::Display for DateTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date.fmt(f)?;
        if let Some(time) = self.time {
            write!(f, "T{time}")?;
        }
        match self.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl From<DateTime> for System<'_> {
    fn from(value: DateTime) -> Self {
        System::DateTime(value)
    }
}
