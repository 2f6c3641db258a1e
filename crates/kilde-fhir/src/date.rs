//! Dates: FHIR `date`, `dateTime`, `instant`, `Period` bounds and search values as half-open
//! ranges of milliseconds since the Unix epoch.
//!
//! A text covers all it may mean: `2026-11` is the whole of November. A value without a zone is a
//! local one in Norway (Europe/Oslo, from the time zone rules built into the program, so that the
//! same text gives the same range on every machine): `2026-03-29` is 23 hours long.

mod local;
mod parse;
mod prefix;

pub use local::{format_instant, local_date};
pub use parse::{Precision, parse, parse_precise, period};
pub use prefix::Prefix;

/// A half-open range of time: `from_ms` belongs to it, `to_ms` does not. `i64::MIN` and
/// `i64::MAX` stand for an open end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// First millisecond.
    pub from_ms: i64,
    /// The millisecond after the last; greater than `from_ms`.
    pub to_ms: i64,
}

impl Range {
    /// Whether every moment of `other` is in this range.
    pub fn contains(self, other: Range) -> bool {
        self.from_ms <= other.from_ms && other.to_ms <= self.to_ms
    }

    /// Whether the two have a moment in common.
    pub fn overlaps(self, other: Range) -> bool {
        self.from_ms < other.to_ms && other.from_ms < self.to_ms
    }

    /// The range wider by a tenth of its distance from `now_ms` at both ends: what the search
    /// prefix `ap` means for dates.
    pub fn approximately(self, now_ms: i64) -> Range {
        let distance = if now_ms < self.from_ms {
            self.from_ms.saturating_sub(now_ms)
        } else {
            now_ms.saturating_sub(self.to_ms).max(0)
        };
        Range {
            from_ms: self.from_ms.saturating_sub(distance / 10),
            to_ms: self.to_ms.saturating_add(distance / 10),
        }
    }
}

#[cfg(test)]
mod tests;
