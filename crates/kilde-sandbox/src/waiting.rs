//! What waits at an issuer until it is fetched: requests, codes, sessions.

use crate::jose::{KeyError, random_text};
use std::collections::BTreeMap;

/// Things at a time; the oldest goes first.
const MOST: usize = 1_000;

/// Things that wait to be fetched once, by a random name.
pub(crate) struct Waiting<T>(BTreeMap<String, (i64, T)>);

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Waiting(BTreeMap::new())
    }
}

impl<T> Waiting<T> {
    pub(crate) fn put(&mut self, name: String, until: i64, thing: T, now: i64) {
        self.0.retain(|_, (end, _)| *end > now);
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, (end, _))| *end).map(|(name, _)| name.clone())
        {
            self.0.remove(&oldest);
        }
        self.0.insert(name, (until, thing));
    }

    /// Keeps a thing under a new name.
    pub(crate) fn keep(&mut self, until: i64, thing: T, now: i64) -> Result<String, KeyError> {
        let name = random_text()?;
        self.put(name.clone(), until, thing, now);
        Ok(name)
    }

    pub(crate) fn take(&mut self, name: &str, now: i64) -> Option<T> {
        self.0.remove(name).filter(|(end, _)| *end > now).map(|(_, thing)| thing)
    }

    pub(crate) fn has(&self, name: &str, now: i64) -> Option<&T> {
        self.0.get(name).filter(|(end, _)| *end > now).map(|(_, thing)| thing)
    }
}
