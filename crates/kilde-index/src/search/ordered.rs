//! Candidates in the order that is asked for, where the index has a list in that order: dates and strings.
//!
//! The walk ends when nothing that is still to come can stand before the last of a full page. What has no value for the
//! parameter stands in no such list, so a page that is not full when the list ends must be found otherwise.

use super::{Sort, SortBy};
use crate::error::IndexError;
use crate::keys::{self, Key, Rid};
use crate::store::{Lane, View};
use kilde_fhir::search::{self, ParamId, ParamType};

/// A walk along the list of one parameter.
pub(super) struct Ordered<'a> {
    descending: bool,
    /// By the text, or by when a range begins.
    starts: Lane<'a>,
    /// Downwards, dates also by when long ranges end: these begin long before.
    ends: Option<Lane<'a>>,
    /// Length of the key before the value.
    head: usize,
    /// Whether the value is a date.
    dates: bool,
}

impl<'a> Ordered<'a> {
    /// The walk for an order from a place on (empty: from the beginning); `None` where no list is in that order.
    pub fn of(view: &'a View<'_>, sort: &[Sort], after: &[u8]) -> Result<Option<Ordered<'a>>, IndexError> {
        let Some(Sort {
            by: SortBy::Param(by),
            descending,
        }) = sort.first().copied()
        else {
            return Ok(None);
        };
        let dates = match search::get(by).map(|p| p.kind) {
            Some(ParamType::Date) => true,
            Some(ParamType::String) => false,
            _ => return Ok(None),
        };
        // Past those that have a value there is no list.
        if after.first().is_some_and(|mark| *mark != 0) {
            return Ok(None);
        }
        let lane = |kind: u8| {
            let prefix = keys::key(kind, &[&by.0.to_be_bytes()]);
            let from = place_in(&prefix, after.get(1..), dates, descending);
            view.lane(&prefix, from.as_ref(), descending)
        };
        Ok(Some(Ordered {
            descending,
            starts: lane(if dates { keys::DATE } else { keys::STRING }),
            ends: (dates && descending).then(|| lane(keys::LONG_DATE)),
            head: keys::key(0, &[&ParamId(0).0.to_be_bytes()]).len(),
            dates,
        }))
    }

    /// The next candidate, with a beginning that no place of a resource still to come is before: of this and of all
    /// that follow. A resource comes as often as it has values.
    pub fn next(&mut self) -> Result<Option<(Rid, Vec<u8>)>, IndexError> {
        let start = self.starts.key()?;
        let end = match &self.ends {
            Some(ends) => ends.key()?,
            None => None,
        };
        let bound_of_start = start.map(|key| self.bound(key));
        let bound_of_end = end.map(|key| inverted(date_in(key, self.head)));
        let from_ends = match (&bound_of_start, &bound_of_end) {
            (Some(start), Some(end)) => end < start,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let (key, bound) = if from_ends { (end, bound_of_end) } else { (start, bound_of_start) };
        let (Some(rid), Some(bound)) = (key.and_then(keys::rid_of), bound) else {
            return Ok(None);
        };
        match (&mut self.ends, from_ends) {
            (Some(ends), true) => ends.next(),
            _ => self.starts.next(),
        }
        Ok(Some((rid, bound)))
    }

    /// What the places of everything from this key of `starts` on do not come before.
    fn bound(&self, key: &[u8]) -> Vec<u8> {
        if self.dates {
            let start = date_in(key, self.head);
            return match self.descending {
                false => start.to_vec(),
                // A range that is not long ends at most that much later.
                true => inverted((u64::from_be_bytes(start).saturating_add(keys::LONG_MS as u64)).to_be_bytes()),
            };
        }
        let text = key.get(self.head..key.len().saturating_sub(5)).unwrap_or_default();
        match self.descending {
            false => text.to_vec(),
            true => sure(text).iter().map(|b| !b).collect(),
        }
    }
}

/// Where in a list a place lies.
fn place_in(prefix: &Key, place: Option<&[u8]>, dates: bool, descending: bool) -> Option<Key> {
    let value: Vec<u8> = place?.iter().map(|b| if descending { !b } else { *b }).collect();
    let value = match dates {
        true => value.get(..8)?,
        // Up to the mark that ends a text, and no more than stands in the list.
        false => {
            let end = value.iter().position(|b| *b == 0).unwrap_or(value.len());
            sure(&value[..end])
        }
    };
    let mut key = prefix.clone();
    key.extend_from_slice(value);
    Some(key)
}

/// As much of a text as surely stands in the list: a character of several bytes at the end may be left out there.
fn sure(text: &[u8]) -> &[u8] {
    &text[..text.len().min(keys::STRING_PREFIX - 3)]
}

fn date_in(key: &[u8], head: usize) -> [u8; 8] {
    key.get(head..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
}

fn inverted(value: [u8; 8]) -> Vec<u8> {
    value.iter().map(|b| !b).collect()
}
