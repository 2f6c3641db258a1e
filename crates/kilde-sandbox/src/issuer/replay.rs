//! What has been seen, so that an assertion or a proof counts once.

use std::collections::HashMap;

/// Remembers identifiers until a time.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    seen: HashMap<String, i64>,
    swept: i64,
}

/// More than this at a time and newcomers are turned away.
const MOST: usize = 200_000;

impl Replay {
    /// True the first time; false if seen, or if there is no room to remember.
    pub(crate) fn first(&mut self, key: String, now: i64, until: i64) -> bool {
        if now.saturating_sub(self.swept) >= 30 || self.seen.len() >= MOST {
            self.seen.retain(|_, end| *end >= now);
            self.swept = now;
        }
        if self.seen.len() >= MOST || self.seen.contains_key(&key) {
            return false;
        }
        self.seen.insert(key, until);
        true
    }
}
