//! The queue: what the rules find as the log grows, and what came of each finding. Both stand in the access log; here is what is read
//! from it, made anew at each start.

use super::rules::{Facts, Rules};
use super::thresholds::Thresholds;
use super::{Finding, Outcome, ReviewNote};
use crate::log::{AccessEntry, AccessLog, AccessLogError, LoggedActor, Wanted};
use std::collections::BTreeMap;

/// Findings that are written at once.
const GROUP: usize = 500;
/// Under this name the lookup keeps how far the rules have come.
const MARK: &str = "review";

/// What came of a finding, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Number of the entry in the access log.
    pub no: u64,
    /// When (Unix ms).
    pub time_ms: i64,
    /// Name of who said it.
    pub by: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// In words.
    pub words: String,
}

/// A finding with its outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Number of the entry in the access log by which it was found.
    pub no: u64,
    /// The finding.
    pub finding: Finding,
    /// What came of it, the oldest first.
    pub outcomes: Vec<Closing>,
}

impl Item {
    /// Whether it waits for somebody.
    pub fn is_open(&self) -> bool {
        self.outcomes.last().is_none_or(|last| last.outcome == Outcome::Reopened)
    }
}

/// The queue of an instance.
pub struct Queue {
    rules: Rules,
    items: BTreeMap<u64, Item>,
    by_id: BTreeMap<String, u64>,
    /// The log has been read up to here; `None` before the first turn.
    read: Option<u64>,
    /// Up to here findings have been made by an earlier run.
    made: u64,
}

impl Queue {
    /// A queue that has read nothing yet.
    pub fn new(thresholds: Thresholds) -> Self {
        Queue {
            rules: Rules::new(thresholds),
            items: BTreeMap::new(),
            by_id: BTreeMap::new(),
            read: None,
            made: 0,
        }
    }

    /// Reads on in the log, and writes into it what the rules find. Gives how many findings that were. The first turn reads all
    /// findings there are, and as much of the log as habits are made of.
    pub fn turn(&mut self, log: &AccessLog, facts: &dyn Facts, now_ms: i64) -> Result<usize, AccessLogError> {
        self.part(log, facts, now_ms, u64::MAX)
    }

    /// As [`turn`](Self::turn), but reads at most so many entries.
    pub fn part(&mut self, log: &AccessLog, facts: &dyn Facts, now_ms: i64, most: u64) -> Result<usize, AccessLogError> {
        let found = self.try_turn(log, facts, now_ms, most);
        if found.is_err() {
            // What was found and not written must be found again.
            *self = Queue::new(self.rules.thresholds().clone());
        }
        found
    }

    /// Whether there is nothing in the log that was not read.
    pub fn is_even(&self, log: &AccessLog) -> bool {
        self.read.is_some_and(|read| read >= log.records().last())
    }

    fn try_turn(&mut self, log: &AccessLog, facts: &dyn Facts, now_ms: i64, most: u64) -> Result<usize, AccessLogError> {
        log.catch_up_some(most)?;
        let from = match self.read {
            Some(read) => read,
            None => self.begin(log, now_ms)?,
        };
        let last = log.records().last().min(from.saturating_add(most));
        let mut found = Vec::new();
        for no in from + 1..=last {
            let Some(entry) = log.read(no)? else { continue };
            self.take(no, &entry);
            let unusual = self.rules.observe(no, &entry, facts);
            if no > self.made {
                found.extend(unusual);
            }
        }
        self.read = Some(last);
        found.extend(self.rules.due(now_ms));
        found.retain(|finding| !self.by_id.contains_key(&finding.id));
        for group in found.chunks(GROUP) {
            let entries: Vec<AccessEntry> = group.iter().map(|finding| written(finding, now_ms)).collect();
            let first = log.write_blocking(&entries)?;
            for (no, entry) in (first..).zip(&entries) {
                self.take(no, entry);
            }
        }
        if self.made < last {
            log.set_mark(MARK, last)?;
            self.made = last;
        }
        Ok(found.len())
    }

    /// Reads the findings and outcomes of earlier runs. Gives the number after which the log is to be read for habits.
    fn begin(&mut self, log: &AccessLog, now_ms: i64) -> Result<u64, AccessLogError> {
        let wanted = Wanted {
            review: true,
            ..Wanted::default()
        };
        let (mut before, mut all) = (None, Vec::new());
        loop {
            let page = log.search(&wanted, before, GROUP)?;
            all.extend(page.entries);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        self.made = log.mark(MARK)?.min(log.records().last());
        for (no, entry) in all.iter().rev() {
            self.take(*no, entry);
        }
        // Where the lookup was made anew, the findings themselves tell how far the rules had come.
        let made = self.items.values().map(|item| item.finding.entry).max().unwrap_or(0);
        self.made = self.made.max(made);
        let since = now_ms.saturating_sub(self.rules.thresholds().memory_ms());
        Ok(log.first_since(since)?.saturating_sub(1))
    }

    /// Takes in what an entry says of reviews.
    fn take(&mut self, no: u64, entry: &AccessEntry) {
        match entry.review.as_deref() {
            Some(ReviewNote::Found(finding)) if !self.by_id.contains_key(&finding.id) => {
                self.rules.known(finding);
                self.by_id.insert(finding.id.clone(), no);
                let item = Item {
                    no,
                    finding: finding.clone(),
                    outcomes: Vec::new(),
                };
                self.items.insert(no, item);
            }
            Some(ReviewNote::Outcome { finding, outcome }) if entry.refused.is_none() => {
                let item = self.by_id.get(finding).and_then(|no| self.items.get_mut(no));
                if let Some(item) = item.filter(|item| item.outcomes.iter().all(|one| one.no != no)) {
                    item.outcomes.push(Closing {
                        no,
                        time_ms: entry.time_ms,
                        by: entry.actor.name.clone(),
                        outcome: *outcome,
                        words: entry.reason.clone().unwrap_or_default(),
                    });
                }
            }
            _ => {}
        }
    }

    /// The findings, newest first.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values().rev()
    }

    /// A finding by its id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.get(self.by_id.get(id)?)
    }
}

/// A finding as an entry of the log. It stands in nobody's own log: it is about an access that stands there already.
fn written(finding: &Finding, now_ms: i64) -> AccessEntry {
    AccessEntry {
        time_ms: now_ms,
        actor: LoggedActor {
            kind: "system".to_owned(),
            client: "kilde".to_owned(),
            ..LoggedActor::default()
        },
        action: "review".to_owned(),
        interaction: "review-finding".to_owned(),
        ground: Some("oversight".to_owned()),
        policy: "office-review".to_owned(),
        automatic: true,
        review: Some(Box::new(ReviewNote::Found(finding.clone()))),
        ..AccessEntry::default()
    }
}
