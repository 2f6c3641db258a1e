//! From text to range.

use super::Range;
use super::local::{Twice, from_local};

/// How much of a date a text gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// `2026`
    Year,
    /// `2026-11`
    Month,
    /// `2026-11-22`
    Day,
    /// `2026-11-22T19:36`, which only a search value may be.
    Minute,
    /// `2026-11-22T19:36:05`
    Second,
    /// `2026-11-22T19:36:05.1` or finer.
    Fraction,
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The range of a FHIR `date`, `dateTime` or `instant`, or of a date in a search (which may leave
/// out seconds). `None` if the text is none of them.
///
/// Without a zone: local time in Norway; a time that the clock shows twice covers both. Second 60
/// is the first of the next minute. Fractions finer than a millisecond are cut off.
pub fn parse(text: &str) -> Option<Range> {
    parse_precise(text).map(|(range, _)| range)
}

/// Like [`parse`], with how much of a date the text gives.
pub fn parse_precise(text: &str) -> Option<(Range, Precision)> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.digits(4)?;
    if year == 0 {
        return None;
    }
    if rest.0.is_empty() {
        return Some((local(days(year, 1, 1) * DAY, days(year + 1, 1, 1) * DAY), Precision::Year));
    }
    rest.byte(b'-')?;
    let month = rest.digits(2).filter(|m| (1..=12).contains(m))?;
    if rest.0.is_empty() {
        let (y, m) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        return Some((local(days(year, month, 1) * DAY, days(y, m, 1) * DAY), Precision::Month));
    }
    rest.byte(b'-')?;
    let day = rest.digits(2).filter(|d| (1..=days_in_month(year, month)).contains(d))?;
    let start = days(year, month, day) * DAY;
    if rest.0.is_empty() {
        return Some((local(start, start + DAY), Precision::Day));
    }
    rest.byte(b'T')?;
    let hour = rest.digits(2).filter(|h| *h < 24)?;
    rest.byte(b':')?;
    let minute = rest.digits(2).filter(|m| *m < 60)?;
    let mut from = start + (hour * 60 + minute) * MINUTE;
    let (mut width, mut precision) = (MINUTE, Precision::Minute);
    if rest.byte(b':').is_some() {
        from += rest.digits(2).filter(|s| *s <= 60)? * 1000;
        (width, precision) = (1000, Precision::Second);
        if rest.byte(b'.').is_some() {
            let (ms, ms_width) = rest.fraction()?;
            from += ms;
            (width, precision) = (ms_width, Precision::Fraction);
        }
    }
    let range = match rest.zone()? {
        None => local(from, from + width),
        Some(offset) => Range {
            from_ms: from - offset,
            to_ms: from - offset + width,
        },
    };
    Some((range, precision))
}

/// The range of a `Period`: from the first moment that `start` may mean to the last that `end`
/// may mean. A bound that is not given is open. `None` if neither is given, one is no date, or
/// the end lies before the start.
pub fn period(start: Option<&str>, end: Option<&str>) -> Option<Range> {
    if start.is_none() && end.is_none() {
        return None;
    }
    let from_ms = start.map_or(Some(i64::MIN), |text| parse(text).map(|r| r.from_ms))?;
    let to_ms = end.map_or(Some(i64::MAX), |text| parse(text).map(|r| r.to_ms))?;
    (from_ms < to_ms).then_some(Range { from_ms, to_ms })
}

/// The range between two showings of the clock.
fn local(from: i64, to: i64) -> Range {
    Range {
        from_ms: from_local(from, Twice::First),
        to_ms: from_local(to - 1, Twice::Last) + 1,
    }
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == byte).then(|| self.0 = rest)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits
            .iter()
            .try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    }

    /// Milliseconds and the width that the number of digits leaves open.
    fn fraction(&mut self) -> Option<(i64, i64)> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let ms = digits.iter().take(3).fold(0, |n, b| n * 10 + i64::from(b - b'0'));
        match count {
            0 => None,
            1 => Some((ms * 100, 100)),
            2 => Some((ms * 10, 10)),
            _ => Some((ms, 1)),
        }
    }

    /// Milliseconds east of UTC, `Some(None)` at the end of the text.
    fn zone(&mut self) -> Option<Option<i64>> {
        let Some((sign, rest)) = self.0.split_first() else {
            return Some(None);
        };
        self.0 = rest;
        let offset = match sign {
            b'Z' => 0,
            b'+' | b'-' => {
                let hours = self.digits(2)?;
                self.byte(b':')?;
                let minutes = self.digits(2).filter(|m| *m < 60)?;
                let east = (hours * 60 + minutes) * MINUTE;
                if east > 14 * 60 * MINUTE {
                    return None;
                }
                if *sign == b'-' { -east } else { east }
            }
            _ => return None,
        };
        self.0.is_empty().then_some(Some(offset))
    }
}

fn leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, year 1 or later. Counts years from
/// March, so that the leap day is the last day of a year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    let before_month = (month * 153 + 2) / 5;
    before_year + before_month + day - 719_469
}
