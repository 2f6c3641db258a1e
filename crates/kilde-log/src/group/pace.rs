//! When the next group may begin.

use std::time::{Duration, Instant};

/// While at least this many come within the time of gathering, it is worth waiting for them.
const WORTH: u32 = 4;

/// Keeps groups apart while requests come quickly.
pub(super) struct Pace {
    gather: Duration,
    /// When the last group began.
    last: Instant,
    /// Mean time between requests lately.
    between: Duration,
}

impl Pace {
    pub fn new(gather: Duration, now: Instant) -> Self {
        Pace {
            gather,
            last: now,
            between: gather * WORTH * 4,
        }
    }

    /// The next group begins no sooner than this; it may have passed.
    pub fn not_before(&self) -> Instant {
        if self.between * WORTH <= self.gather {
            self.last + self.gather
        } else {
            self.last
        }
    }

    /// A group of that size begins now.
    pub fn begun(&mut self, now: Instant, size: usize) {
        let size = u32::try_from(size).unwrap_or(u32::MAX).max(1);
        // A long silence counts as a short one, so that a burst after it is soon seen.
        let silence = now.saturating_duration_since(self.last).min(self.gather * WORTH * 4);
        self.between = (self.between * 3 + silence / size) / 4;
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATHER: Duration = Duration::from_millis(1);

    /// The pace after 40 groups of that size, `apart` each.
    fn after(size: usize, apart: Duration) -> (Pace, Instant) {
        let mut now = Instant::now();
        let mut pace = Pace::new(GATHER, now);
        for _ in 0..40 {
            now += apart;
            pace.begun(now, size);
        }
        (pace, now)
    }

    #[test]
    fn a_lone_writer_never_waits() {
        let start = Instant::now();
        assert!(Pace::new(GATHER, start).not_before() <= start);
        let (pace, now) = after(1, Duration::from_millis(2));
        assert!(pace.not_before() <= now);
    }

    #[test]
    fn many_writers_begin_apart_and_stay_so() {
        let (mut pace, mut now) = after(1, Duration::from_micros(200));
        for _ in 0..100 {
            assert_eq!(pace.not_before(), now + GATHER);
            now += GATHER;
            pace.begun(now, 5);
        }
    }

    #[test]
    fn silence_ends_it() {
        let (mut pace, mut now) = after(5, GATHER);
        assert_eq!(pace.not_before(), now + GATHER);
        now += Duration::from_secs(10);
        pace.begun(now, 1);
        assert!(pace.not_before() <= now);
    }

    #[test]
    fn without_gathering_nobody_waits() {
        let now = Instant::now();
        let mut pace = Pace::new(Duration::ZERO, now);
        pace.begun(now, 100);
        assert!(pace.not_before() <= now);
    }
}
