//! Between moments and local time in Norway.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::sync::LazyLock;

/// The rules for Norway. They are built in; the line that stands for them if they were not is
/// today's rule without history.
static OSLO: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZone::get("Europe/Oslo")
        .or_else(|_| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3"))
        .unwrap_or(TimeZone::UTC)
});

/// Which of two moments is meant when the clock shows the same time twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    First,
    Last,
}

/// The moment at which clocks in Norway show `local_ms` (milliseconds since 1970-01-01T00:00 as
/// if the clock showed UTC). A time that the clock passes over in spring is taken an hour later.
pub(super) fn from_local(local_ms: i64, twice: Twice) -> i64 {
    let civil = |ms| {
        let moment = Timestamp::from_millisecond(ms).ok()?;
        Some(TimeZone::UTC.to_datetime(moment))
    };
    let moment = civil(local_ms).and_then(|clock: DateTime| {
        let ambiguous = OSLO.to_ambiguous_timestamp(clock);
        match twice {
            Twice::First => ambiguous.compatible().ok(),
            Twice::Last => ambiguous.later().ok(),
        }
    });
    // Only the last hours of the year 9999 are beyond the library's reach.
    moment.map_or(local_ms - 3_600_000, Timestamp::as_millisecond)
}

/// The moment as FHIR `instant`: UTC with milliseconds, `2026-11-22T19:36:05.123Z`. Moments
/// outside the years 1 to 9999 give the nearest one inside.
pub fn format_instant(ms: i64) -> String {
    format!("{:.3}", clamped(ms))
}

/// The date on calendars in Norway at that moment (`Display` gives `2026-11-22`).
pub fn local_date(ms: i64) -> Date {
    let moment = clamped(ms);
    OSLO.to_datetime(moment).date()
}

/// 0001-01-02T00:00Z to 9999-12-30T00:00Z: far enough from the ends that every zone can show it.
fn clamped(ms: i64) -> Timestamp {
    const FIRST: i64 = -62_135_510_400;
    const LAST: i64 = 253_402_128_000;
    let ms = ms.clamp(FIRST * 1000, LAST * 1000);
    Timestamp::from_duration(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::UNIX_EPOCH)
}
