//! The access log: one sealed record per person and request, durable before the answer leaves.

mod citizen;
mod controller;
mod elsewhere;
mod entry;
mod finder;
mod parts;
mod receipt;
mod search;
mod words;

pub use citizen::{CitizenEntry, CitizenPage, Names, NoNames};
pub use controller::{ControllerEntry, LoggedReader};
pub use entry::{AT_THE_MACHINE, AccessEntry, LoggedActor, LoggedAttestation, LoggedResource, OPERATION};
pub use receipt::{receipt_json, receipt_of_json};
pub use search::{FoundPage, Wanted, WantedReader};
pub use words::{Lang, kind, local, midnight, profession, when};

use kilde_log::{GroupCommit, Instance, InstanceKeys, PersonNo, Receipt, Record, RecordLog, Seals};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many writers may wait.
const WAITING: usize = 8192;
/// How many are taken at once.
const GROUP: usize = 512;
/// While many read, an answer waits this long at most for others to share its sync.
const GATHER: Duration = Duration::from_millis(2);

/// Why the access log could not be written or read. Whoever gets it must not answer with personal data.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// The log on disk.
    #[error("access log: {0}")]
    Log(#[from] kilde_log::LogError),
    /// The entry cannot be stored.
    #[error("access log entry: {0}")]
    Entry(#[from] serde_json::Error),
    /// Too many are waiting, or the log has stopped.
    #[error("access log: {0}")]
    Busy(String),
}

type Group = GroupCommit<Vec<Record>, Result<u64, String>>;

/// The access log of an instance. Reading and writing are safe from any thread.
pub struct AccessLog {
    records: Arc<RecordLog>,
    seals: Seals,
    finder: finder::Finder,
    commits: Group,
}

impl AccessLog {
    /// Opens the log in a directory of its own, and its seal in `seal` beside that.
    pub fn open(dir: &Path, instance: &Instance, keys: Arc<InstanceKeys>) -> Result<Self, AccessLogError> {
        Self::open_as(dir, instance, keys, None)
    }

    /// The same; `origin` is the name that its checkpoints carry, `kilde/<instance>` if none is said.
    pub fn open_as(dir: &Path, instance: &Instance, keys: Arc<InstanceKeys>, origin: Option<&str>) -> Result<Self, AccessLogError> {
        let records = Arc::new(RecordLog::open(dir, instance, keys.clone())?);
        let seals = Seals::open(&dir.with_file_name("seal"), records.clone(), &keys, origin)?;
        let finder = finder::Finder::open(dir, &keys, &records)?;
        let writer = records.clone();
        let commits = GroupCommit::spawn(
            &format!("access-log-{}", instance.as_str()),
            WAITING,
            GROUP,
            GATHER,
            move |group: Vec<Vec<Record>>| commit(&writer, group),
        );
        Ok(AccessLog {
            records,
            seals,
            finder,
            commits,
        })
    }

    /// Whether entries can be written: without, nobody gets an answer.
    pub fn takes_entries(&self) -> bool {
        self.records.takes_records() && !self.commits.is_stopped()
    }

    /// Writes entries of one request; when it answers they are durable. Gives the number of the first.
    pub async fn write(&self, entries: &[AccessEntry]) -> Result<u64, AccessLogError> {
        let ticket = self.submit(entries)?;
        ticket
            .await
            .map_err(|error| AccessLogError::Busy(error.to_string()))?
            .map_err(AccessLogError::Busy)
    }

    /// The same for callers without an executor.
    pub fn write_blocking(&self, entries: &[AccessEntry]) -> Result<u64, AccessLogError> {
        let ticket = self.submit(entries)?;
        ticket
            .wait()
            .map_err(|error| AccessLogError::Busy(error.to_string()))?
            .map_err(AccessLogError::Busy)
    }

    fn submit(&self, entries: &[AccessEntry]) -> Result<kilde_log::Ticket<Result<u64, String>>, AccessLogError> {
        let records = entries
            .iter()
            .map(|entry| {
                let (body, kept) = entry.parts()?;
                Ok(Record {
                    person: PersonNo(entry.person),
                    body,
                    kept,
                })
            })
            .collect::<Result<Vec<Record>, serde_json::Error>>()?;
        self.commits
            .submit(records)
            .map_err(|error| AccessLogError::Busy(error.to_string()))
    }

    /// The newest entries before a number, for the controller's search. Reading it is itself to be logged.
    pub fn newest(&self, before: Option<u64>, limit: usize) -> Result<Vec<(u64, AccessEntry)>, AccessLogError> {
        let records = self.records.newest(before, limit)?;
        Ok(records
            .into_iter()
            .filter_map(|record| Some((record.no, AccessEntry::of_record(&record)?)))
            .collect())
    }

    /// One entry; `None` if there is none, or it cannot be understood.
    pub fn read(&self, no: u64) -> Result<Option<AccessEntry>, AccessLogError> {
        Ok(self.records.read(no)?.and_then(|record| AccessEntry::of_record(&record)))
    }

    /// A citizen's own entries, newest first, in plain words and without any reader's national id.
    /// `person` and whoever else is the same human being.
    pub fn for_citizen(
        &self,
        persons: &[PersonNo],
        lang: Lang,
        names: &dyn Names,
        before: Option<u64>,
        limit: usize,
    ) -> Result<CitizenPage, AccessLogError> {
        let mut numbered = Vec::new();
        for person in persons.iter().filter(|person| **person != PersonNo(0)) {
            for record in self.records.by_person(*person, before, limit)? {
                numbered.push((record.no, AccessEntry::of_record(&record)));
            }
        }
        numbered.sort_by_key(|(no, _)| std::cmp::Reverse(*no));
        numbered.dedup_by_key(|(no, _)| *no);
        numbered.truncate(limit);
        Ok(citizen::page(numbered, lang, names, limit))
    }

    /// The receipt of an entry that is about one of these persons; `None` for any other, and where there is none.
    pub fn receipt_for(&self, persons: &[PersonNo], no: u64) -> Result<Option<Receipt>, AccessLogError> {
        let record = self.records.read(no)?;
        let Some(record) = record.filter(|record| record.person.is_some() && persons.contains(&record.person)) else {
            return Ok(None);
        };
        Ok(Some(self.seals.receipt(&record)?))
    }

    /// The receipt of any entry, and whom it is about; `None` if there is no entry of that number.
    ///
    /// # Errors
    /// When the log or its seal cannot be read, or a checkpoint cannot be kept.
    pub fn receipt(&self, no: u64) -> Result<Option<(PersonNo, Receipt)>, AccessLogError> {
        let Some(record) = self.records.read(no)? else {
            return Ok(None);
        };
        Ok(Some((record.person, self.seals.receipt(&record)?)))
    }

    /// The seal: checkpoints, witnesses, receipts.
    pub fn seals(&self) -> &Seals {
        &self.seals
    }

    /// The records beneath, for verification.
    pub fn records(&self) -> &RecordLog {
        &self.records
    }
}

/// Appends a group with one fsync; every waiter gets the number of its first record, or the error.
fn commit(log: &RecordLog, group: Vec<Vec<Record>>) -> Vec<Result<u64, String>> {
    let sizes: Vec<usize> = group.iter().map(Vec::len).collect();
    let all: Vec<Record> = group.into_iter().flatten().collect();
    match log.append(&all) {
        Ok(first) => {
            let mut next = first;
            sizes
                .into_iter()
                .map(|size| {
                    let mine = next;
                    next += size as u64;
                    Ok(mine)
                })
                .collect()
        }
        Err(error) => {
            let message = error.to_string();
            sizes.into_iter().map(|_| Err(message.clone())).collect()
        }
    }
}

#[cfg(test)]
mod tests;
