//! Times for people (Europe/Oslo).

use crate::lang::Lang;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::sync::LazyLock;

/// Norwegian time. The rule is written out, so that no time zone files of the machine decide.
static OSLO: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC));

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Date and time in Norway.
pub fn local(ms: i64) -> DateTime {
    OSLO.to_datetime(timestamp(ms))
}

/// A date as people write it: `22.11.2026`, `22 Nov 2026`.
pub fn date_text(lang: Lang, date: Date) -> String {
    match lang {
        Lang::Nb | Lang::Nn => format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
        Lang::En => format!("{} {} {}", date.day(), MONTHS[date.month() as usize - 1], date.year()),
    }
}

/// Date and time as people write them: `22.11.2026 kl. 20:36`, `22 Nov 2026 at 20:36`.
pub fn time_text(lang: Lang, ms: i64) -> String {
    let t = local(ms);
    let word = match lang {
        Lang::Nb | Lang::Nn => "kl.",
        Lang::En => "at",
    };
    format!("{} {word} {:02}:{:02}", date_text(lang, t.date()), t.hour(), t.minute())
}

/// A FHIR date or dateTime for people, as precise as it was given: a year or a month stay so.
pub fn fhir_date_text(lang: Lang, text: &str) -> String {
    if text.len() >= 10
        && let Some(range) = kilde_fhir::date::parse(text)
    {
        return date_text(lang, kilde_fhir::date::local_date(range.from_ms));
    }
    match text.split_once('-') {
        Some((year, month)) if text.len() == 7 && lang != Lang::En => format!("{month}.{year}"),
        _ => text.to_owned(),
    }
}

/// Whole years from a FHIR birth date to a moment, for certain: `None` if the date's precision leaves
/// more than one answer to "under 16 or not", or it is no date.
pub fn age(birth: &str, at_ms: i64) -> Option<u16> {
    let at = kilde_fhir::date::local_date(at_ms);
    let mut numbers = birth.get(..birth.len().min(10))?.split('-');
    let year: i16 = numbers.next()?.parse().ok()?;
    let month: Option<i8> = numbers.next().map(str::parse).transpose().ok()?;
    let day: Option<i8> = numbers.next().map(str::parse).transpose().ok()?;
    let earliest = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
    let latest = match (month, day) {
        (Some(_), Some(_)) => earliest,
        (Some(_), None) => earliest.last_of_month(),
        _ => earliest.last_of_year(),
    };
    let years = |birth: Date| kilde_access::age::years(birth, at).and_then(|years| u16::try_from(years).ok());
    let (oldest, youngest) = (years(earliest)?, years(latest)?);
    ((oldest < 16) == (youngest < 16)).then_some(youngest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn summer_and_winter() {
        assert_eq!(time_text(Lang::Nb, ms("2026-11-22T19:36:00Z")), "22.11.2026 kl. 20:36");
        assert_eq!(time_text(Lang::En, ms("2026-06-30T22:30:00Z")), "1 Jul 2026 at 00:30");
    }

    #[test]
    fn ages() {
        let at = ms("2026-11-22T12:00:00Z");
        assert_eq!(age("2010-11-22", at), Some(16));
        assert_eq!(age("2010-11-23", at), Some(15));
        assert_eq!(age("1940", at), Some(85));
        assert_eq!(age("2010", at), None, "15 or 16");
        assert_eq!(age("2010-11", at), None);
        assert_eq!(age("2010-12", at), Some(15));
        assert_eq!(age("2030-01-01", at), None);
        assert_eq!(age("x", at), None);
        assert_eq!(age("", at), None);
        assert_eq!(age("2010-13-01", at), None);
    }

    /// The same as where it decides who speaks for a child.
    #[test]
    fn born_on_29_february() {
        assert_eq!(age("2012-02-29", ms("2025-02-27T12:00:00Z")), Some(12));
        assert_eq!(age("2012-02-29", ms("2025-02-28T12:00:00Z")), Some(13));
        assert_eq!(age("2012-02-29", ms("2028-02-28T22:59:59Z")), Some(15));
        assert_eq!(age("2012-02-29", ms("2028-02-28T23:00:00Z")), Some(16), "midnight in Norway");
    }

    #[test]
    fn clocks_that_are_set_forward_and_back() {
        let nb = |text: &str| time_text(Lang::Nb, ms(text));
        assert_eq!(nb("2026-03-29T00:59:59Z"), "29.03.2026 kl. 01:59");
        assert_eq!(nb("2026-03-29T01:00:00Z"), "29.03.2026 kl. 03:00");
        assert_eq!(nb("2026-10-25T00:30:00Z"), "25.10.2026 kl. 02:30");
        assert_eq!(nb("2026-10-25T01:30:00Z"), "25.10.2026 kl. 02:30");
        assert_eq!(nb("2027-12-31T23:00:00Z"), "01.01.2028 kl. 00:00");
        assert_eq!(nb("2028-02-29T11:00:00Z"), "29.02.2028 kl. 12:00");
    }

    #[test]
    fn dates_as_given() {
        assert_eq!(fhir_date_text(Lang::Nb, "2020-06-22"), "22.06.2020");
        assert_eq!(fhir_date_text(Lang::Nb, "2020-06"), "06.2020");
        assert_eq!(fhir_date_text(Lang::En, "2020"), "2020");
    }
}
