//! The access log by what it is about: person, reader, client, organisation, unit, ground, outcome, hour. Derived from the log, in a
//! directory of its own that can be deleted; it catches up with what it has not seen before each search.

use super::AccessLogError;
use super::entry::{AccessEntry, LoggedActor};
use kilde_log::{Findable, InstanceKeys, Lookup, PersonNo, RecordLog, Subkey, Term};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};

/// So many entries are taken in by one write.
const GROUP: u64 = 2_000;
/// Its directory, beside the log's.
const LOOKUP: &str = "access-index";

/// The lookup beside an access log.
pub(super) struct Finder {
    lookup: Lookup,
    key: Subkey,
    /// One at a time takes entries in.
    turn: Mutex<()>,
}

impl Finder {
    /// Opens the lookup that belongs to the log in `dir`; makes it anew where it knows of more than the log has.
    pub fn open(dir: &Path, keys: &InstanceKeys, records: &RecordLog) -> Result<Self, AccessLogError> {
        let place = dir.with_file_name(LOOKUP);
        let mut lookup = Lookup::open(&place, keys)?;
        if lookup.applied()? > records.last() {
            drop(lookup);
            remove(&place)?;
            lookup = Lookup::open(&place, keys)?;
        }
        Ok(Finder {
            lookup,
            key: keys.subkey("access log lookup"),
            turn: Mutex::new(()),
        })
    }

    /// Takes in what the log has got since, at most so many entries. Gives how many that were.
    pub fn catch_up(&self, records: &RecordLog, most: u64) -> Result<u64, AccessLogError> {
        if self.lookup.applied()? >= records.last() {
            return Ok(0);
        }
        let _turn = self.turn.lock();
        let from = self.lookup.applied()?;
        let last = records.last().min(from.saturating_add(most));
        let mut at = from;
        while at < last {
            let until = last.min(at + GROUP);
            let mut group = Vec::new();
            for no in at + 1..=until {
                if let Some(entry) = records.read(no)?.and_then(|record| AccessEntry::of_record(&record)) {
                    group.push(self.findable(no, &entry));
                }
            }
            self.lookup.put(&group, until)?;
            at = until;
        }
        Ok(last - from)
    }

    /// The postings.
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    fn findable(&self, no: u64, entry: &AccessEntry) -> Findable {
        let actor = &entry.actor;
        let mut terms = vec![
            self.person(PersonNo(entry.person)),
            self.term("client", &actor.client),
            self.term("action", &entry.action),
            self.outcome(entry.refused.is_some()),
        ];
        if actor.kind != "system" {
            terms.push(self.reader(actor));
        }
        for (kind, value) in [
            ("hpr", &actor.hpr),
            ("supplier", &actor.supplier),
            ("organisation", &actor.organisation),
            ("unit", &actor.unit),
            ("ground", &entry.ground),
            ("code", &entry.refused),
        ] {
            terms.extend(value.as_ref().map(|value| self.term(kind, value)));
        }
        if entry.review.is_some() {
            terms.push(self.term("review", ""));
        }
        Findable {
            no,
            time_ms: entry.time_ms,
            terms,
        }
    }

    /// The term of a kind and value.
    pub fn term(&self, kind: &str, value: &str) -> Term {
        let hash = self.key.hash(format!("{kind}|{value}").as_bytes());
        let mut term = Term::default();
        term.copy_from_slice(&hash[..16]);
        term
    }

    /// The term of a person.
    pub fn person(&self, person: PersonNo) -> Term {
        self.term("person", &person.0.to_string())
    }

    /// The term of an outcome.
    pub fn outcome(&self, refused: bool) -> Term {
        self.term("outcome", if refused { "refused" } else { "permitted" })
    }

    /// Who a human being at work, or a citizen, is over all of her entries: the national id, else the HPR number, else what she is
    /// called at her client.
    pub fn reader(&self, actor: &LoggedActor) -> Term {
        match (&actor.pid, &actor.hpr) {
            (Some(pid), _) => self.term("reader", &format!("pid|{pid}")),
            (None, Some(hpr)) => self.term("reader", &format!("hpr|{hpr}")),
            (None, None) => {
                let name = actor.name.as_deref().unwrap_or_default();
                self.term("reader", &format!("name|{}|{name}", actor.client))
            }
        }
    }
}

fn remove(dir: &PathBuf) -> Result<(), AccessLogError> {
    std::fs::remove_dir_all(dir).map_err(|cause| {
        AccessLogError::Log(kilde_log::LogError::Io {
            action: "remove",
            path: dir.clone(),
            cause,
        })
    })
}

/// A term as it is written in answers and questions: a handle of a reader.
pub(super) fn handle(term: &Term) -> String {
    term.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The term that a handle is; `None` if it is none.
pub(super) fn of_handle(text: &str) -> Option<Term> {
    let mut term = Term::default();
    if text.len() != 2 * term.len() || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in term.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(term)
}
