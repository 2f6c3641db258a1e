//! Dates and times plus and minus durations.

use super::{Date, DateTime, Time, TimePrecision};
use crate::fhirpath::quantity::CalendarUnit;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Nanoseconds of a day.
pub(super) const DAY: i128 = 86_400 * 1_000_000_000;

/// Days in a month of a year.
pub(super) fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar.
pub(super) fn day_of_date(year: i32, month: u8, day: u8) -> i128 {
    let (month, day) = (i128::from(month.max(1)), i128::from(day.max(1)));
    // Years begin in March, so that the leap day is the last.
    let year = i128::from(year) - i128::from(month < 3);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day counted from 1970-01-01, if it has a year from 1 to 9999.
pub(super) fn date_of_day(day: i128) -> Option<Date> {
    let shifted = day.checked_add(719_468)?;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + i128::from(month < 3);
    Some(Date {
        year: i32::try_from(year).ok().filter(|y| (1..=9999).contains(y))?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
    })
}

/// A duration in whole units, or for seconds and below in nanoseconds.
fn nanoseconds(amount: Decimal, unit: CalendarUnit) -> Option<i128> {
    let of_unit: i64 = match unit {
        CalendarUnit::Millisecond => 1_000_000,
        CalendarUnit::Second => 1_000_000_000,
        CalendarUnit::Minute => 60_000_000_000,
        CalendarUnit::Hour => 3_600_000_000_000,
        CalendarUnit::Day => 86_400_000_000_000,
        CalendarUnit::Week => 604_800_000_000_000,
        CalendarUnit::Month | CalendarUnit::Year => return None,
    };
    // Above seconds, decimals do not count.
    let amount = if unit > CalendarUnit::Second { amount.trunc() } else { amount };
    amount.checked_mul(of_unit.into())?.trunc().to_i128()
}

impl Date {
    fn months(self, months: i128) -> Option<Date> {
        let total = i128::from(self.year) * 12 + i128::from(self.month.max(1)) - 1 + months;
        let year = i32::try_from(total.div_euclid(12)).ok().filter(|y| (1..=9999).contains(y))?;
        let month = u8::try_from(total.rem_euclid(12) + 1).ok()?;
        Some(Date {
            year,
            month: if self.month == 0 { 0 } else { month },
            day: self.day.min(days_in_month(year, month)),
        })
    }

    /// The date plus a duration; what is finer than the date counts in whole units of its precision.
    pub(in crate::fhirpath) fn plus(self, amount: Decimal, unit: CalendarUnit) -> Option<Date> {
        match unit {
            CalendarUnit::Year => self.months(amount.trunc().to_i128()?.checked_mul(12)?),
            CalendarUnit::Month => {
                let months = amount.trunc().to_i128()?;
                self.months(if self.month == 0 { months / 12 * 12 } else { months })
            }
            _ => {
                let days = nanoseconds(amount, unit)? / DAY;
                match (self.month, self.day) {
                    (0, _) => self.months(days / 365 * 12),
                    (_, 0) => self.months(days / 30),
                    (month, day) => date_of_day(day_of_date(self.year, month, day).checked_add(days)?),
                }
            }
        }
    }
}

impl Time {
    /// The time plus a duration, round the clock.
    pub(in crate::fhirpath) fn plus(self, amount: Decimal, unit: CalendarUnit) -> Option<Time> {
        if unit > CalendarUnit::Hour {
            return None;
        }
        let added = self.whole(nanoseconds(amount, unit)?);
        Some(self.moved(self.nanoseconds().checked_add(added)?))
    }

    /// What is finer than the time counts in whole units of its precision.
    fn whole(self, nanoseconds: i128) -> i128 {
        let of_unit = match self.precision {
            TimePrecision::Hour => 3_600_000_000_000,
            TimePrecision::Minute => 60_000_000_000,
            TimePrecision::Second | TimePrecision::Fraction => 1,
        };
        nanoseconds / of_unit * of_unit
    }

    fn moved(self, nanoseconds: i128) -> Time {
        let fraction = nanoseconds.rem_euclid(1_000_000_000) != 0;
        if fraction && self.precision >= TimePrecision::Second {
            let fine = nanoseconds.rem_euclid(1_000_000) != 0;
            return Time::at(nanoseconds, TimePrecision::Fraction, if fine { 9 } else { self.digits.max(3) });
        }
        Time::at(nanoseconds, self.precision, self.digits)
    }
}

impl DateTime {
    /// The moment plus a duration, on the clock of its time zone.
    pub(in crate::fhirpath) fn plus(self, amount: Decimal, unit: CalendarUnit) -> Option<DateTime> {
        let Some(time) = self.time.filter(|_| unit <= CalendarUnit::Week) else {
            let date = self.date.plus(amount, unit)?;
            return Some(DateTime { date, ..self });
        };
        let start = day_of_date(self.date.year, self.date.month, self.date.day) * DAY + time.nanoseconds();
        let moved = start.checked_add(time.whole(nanoseconds(amount, unit)?))?;
        Some(DateTime {
            date: date_of_day(moved.div_euclid(DAY))?,
            time: Some(time.moved(moved)),
            ..self
        })
    }
}
