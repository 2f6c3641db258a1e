//! Measurements that belong together.
//!
//! 1. A NEWS2 total makes a set. What it points to (`hasMember`, `derivedFrom`), and what that
//!    points to, belongs to the set.
//! 2. Any other part score or raw value belongs to the set of the same source and the same minute;
//!    if there is none, those of one source and minute make a set.
//!
//! A measurement belongs to one set. Measurements that NEWS2 does not use belong to none.

use super::reading::Reading;
use rustc_hash::FxHashMap;

/// Indexes into the readings, newest received first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    pub at_ms: i64,
    pub members: Vec<usize>,
}

const MINUTE: i64 = 60_000;

/// Sets, newest measured first. Readings must be newest received first.
pub(super) fn sets(readings: &[Reading<'_>]) -> Vec<Set> {
    let by_id: FxHashMap<&str, usize> = readings.iter().enumerate().map(|(i, r)| (r.record.id.as_str(), i)).collect();
    let mut taken = vec![false; readings.len()];
    let mut sets: Vec<Set> = Vec::new();
    let mut at: FxHashMap<(&str, i64), usize> = FxHashMap::default();
    let totals = (0..readings.len()).filter(|i| readings[*i].seen.is_total);
    let others = (0..readings.len()).filter(|i| !readings[*i].seen.is_total && !readings[*i].seen.is_empty());
    // Parts before raw values, so that what a part points to follows it.
    let (parts, raw): (Vec<usize>, Vec<usize>) = others.partition(|i| !readings[*i].seen.parts.is_empty());
    for first in totals.chain(parts).chain(raw) {
        if std::mem::replace(&mut taken[first], true) {
            continue;
        }
        let reading = &readings[first];
        let minute = (reading.record.source.as_str(), reading.at_ms.div_euclid(MINUTE));
        let set = match at.get(&minute) {
            Some(set) if !reading.seen.is_total => *set,
            _ => {
                sets.push(Set {
                    at_ms: reading.at_ms,
                    members: Vec::new(),
                });
                at.entry(minute).or_insert(sets.len() - 1);
                sets.len() - 1
            }
        };
        let mut reached = vec![first];
        while let Some(i) = reached.pop() {
            sets[set].members.push(i);
            for id in &readings[i].links {
                if let Some(&linked) = by_id.get(id.as_str())
                    && !taken[linked]
                    && !readings[linked].seen.is_total
                {
                    taken[linked] = true;
                    reached.push(linked);
                }
            }
        }
    }
    for set in &mut sets {
        set.members.sort_unstable();
    }
    sets.sort_by_key(|s| (std::cmp::Reverse(s.at_ms), s.members.first().copied()));
    sets
}
