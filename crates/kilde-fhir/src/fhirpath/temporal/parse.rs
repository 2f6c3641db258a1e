//! Dates and times from text.

use super::arithmetic::days_in_month;
use super::{Date, DateTime, Time, TimePrecision};
use crate::fhirpath::system::System;

/// What stands after `@` in an expression.
pub(in crate::fhirpath) fn literal(text: &str) -> Option<System<'static>> {
    match text.split_once('T') {
        None => date(text).map(System::Date),
        Some(("", text)) => time(text).map(System::Time),
        Some(_) => date_time(text).map(System::DateTime),
    }
}

/// Two digits.
fn two(text: &str) -> Option<u8> {
    if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

pub(super) fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()))?;
    let year: i32 = year.parse().ok().filter(|y| *y > 0)?;
    let mut part = |most: u8| match parts.next() {
        None => Some(0),
        Some(text) => two(text).filter(|n| (1..=most).contains(n)),
    };
    let month = part(12)?;
    let day = part(if month > 0 { days_in_month(year, month) } else { 0 })?;
    Some(Date { year, month, day })
}

pub(super) fn time(text: &str) -> Option<Time> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut parts = whole.splitn(3, ':');
    let hour = two(parts.next()?).filter(|h| *h < 24)?;
    let minute = parts.next();
    let second = parts.next();
    let below_sixty = |text: Option<&str>| text.map_or(Some(0), |t| two(t).filter(|n| *n < 60));
    let mut found = Time {
        hour,
        minute: below_sixty(minute)?,
        second: below_sixty(second)?,
        nanos: 0,
        precision: match (minute, second) {
            (None, _) => TimePrecision::Hour,
            (_, None) => TimePrecision::Minute,
            _ => TimePrecision::Second,
        },
        digits: 0,
    };
    if let Some(fraction) = fraction {
        if second.is_none() || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let kept = fraction.get(..fraction.len().min(9))?;
        found.digits = u8::try_from(kept.len()).unwrap_or(9);
        found.nanos = kept.parse::<u32>().ok()? * 10u32.pow(9 - u32::from(found.digits));
        found.precision = TimePrecision::Fraction;
    }
    Some(found)
}

pub(super) fn date_time(text: &str) -> Option<DateTime> {
    let Some((day, clock)) = text.split_once('T') else {
        return date(text).map(DateTime::from);
    };
    let day = date(day)?;
    if clock.is_empty() {
        return Some(day.into());
    }
    let (clock, offset) = match clock.find(['Z', '+', '-']) {
        None => (clock, None),
        Some(at) => {
            let (clock, zone) = clock.split_at(at);
            (clock, Some(zone_offset(zone)?))
        }
    };
    if day.day == 0 {
        return None;
    }
    Some(DateTime {
        date: day,
        time: Some(time(clock)?),
        offset,
    })
}

/// `Z` or `+01:00`, in minutes.
fn zone_offset(text: &str) -> Option<i16> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = (text.get(..1)?, text.get(1..)?);
    let (hours, minutes) = rest.split_once(':')?;
    let minutes = i16::from(two(hours)?) * 60 + i16::from(two(minutes).filter(|m| *m < 60)?);
    let signed = if sign == "-" { -minutes } else { minutes };
    Some(signed).filter(|o| o.abs() <= 14 * 60)
}
