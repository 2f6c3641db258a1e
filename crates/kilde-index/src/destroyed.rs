//! What goes when something is destroyed, and getting its bytes out of the files.

use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::keys::{self, Rid};
use crate::record::{Header, Record};
use crate::standing;
use kilde_access::{Category, Days};
use kilde_fhir::definitions::ResourceType;
use kilde_log::{Change, EventNo, PersonNo};
use rocksdb::{BottommostLevelCompaction, CompactOptions, FlushOptions};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long it waits for questions that began before something was taken away: what they look at stays in the files.
const PATIENCE: Duration = Duration::from_secs(60);

/// A resource that is to be destroyed: no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// Type.
    pub rtype: ResourceType,
    /// Logical id.
    pub id: String,
    /// Whose the newest version is.
    pub person: PersonNo,
    /// The newest version.
    pub version: u32,
    /// Who delivered it: `<organisation number>/<client id>`.
    pub source: std::sync::Arc<str>,
    /// How it is judged from then on; for `Change::Destroyed`.
    pub standing: [u8; 6],
    /// Where its versions stand in the log, deletions included, and whose each is; but for earlier destructions.
    pub places: Vec<(PersonNo, EventNo, u32)>,
}

/// A resource of a person as retention looks at it: no content.
#[derive(Debug, Clone)]
pub struct Retained<'a> {
    /// Type.
    pub rtype: ResourceType,
    /// Logical id.
    pub id: &'a str,
    /// Whose it is.
    pub person: PersonNo,
    /// Number of the organisation it was delivered for.
    pub organisation: std::sync::Arc<str>,
    /// What kind of information it is.
    pub category: Category,
    /// When it was documented or took place.
    pub documented: Days,
    /// When the newest version was received, milliseconds since the Unix epoch.
    pub last_updated_ms: i64,
    /// The event that brought the newest version.
    pub event: EventNo,
}

impl Index {
    /// Gives every resource of a person that there is something of: also those that are deleted, as long as their versions are not destroyed.
    ///
    /// # Errors
    /// The store or the log refused, or `take` did.
    pub fn each_retained(&self, mut take: impl FnMut(Retained<'_>) -> Result<(), IndexError>) -> Result<(), IndexError> {
        let look = self.look_inside();
        let mut range = look.view.prefix(&[keys::RECORD]);
        while let Some((key, value)) = range.item()? {
            let record = Record::decode(value)?;
            let rtype = ResourceType(key.get(1).copied().unwrap_or_default());
            let header = record.header;
            if header.person.is_some() && !header.lost && (!header.deleted || self.was_deleted(header.event, header.entry)?) {
                take(Retained {
                    rtype,
                    id: record.id,
                    person: header.person,
                    organisation: look.shared.source(header.organisation),
                    category: header.category,
                    documented: header.documented,
                    last_updated_ms: header.last_updated_ms,
                    event: header.event,
                })?;
            }
            range.next();
        }
        Ok(())
    }

    /// Whether an entry is an ordinary deletion, behind which earlier versions still stand.
    fn was_deleted(&self, event: EventNo, entry: u32) -> Result<bool, IndexError> {
        let event = self.log.event(event)?.ok_or(IndexError::MissingEvent(event))?;
        Ok(event
            .entries
            .get(entry as usize)
            .is_some_and(|entry| entry.change == Change::Deleted))
    }

    /// A resource with all its versions; `None` if there was never one. No scope is asked: for whoever has decided that it goes.
    ///
    /// # Errors
    /// The store refused.
    pub fn doomed(&self, rtype: ResourceType, id: &str) -> Result<Option<Doomed>, IndexError> {
        let look = self.look_inside();
        match look.newest(rtype, id)? {
            Some((rid, newest)) => look.doomed(rtype, rid, id, &newest).map(Some),
            None => Ok(None),
        }
    }

    /// Every resource of a person, under all of her numbers; also those that are deleted, but for what is destroyed already.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn doomed_of(&self, person: PersonNo) -> Result<Vec<Doomed>, IndexError> {
        const DAMAGED: IndexError = IndexError::Damaged("list of changes");
        let look = self.look_inside();
        let members = look.shared.groups.of(person);
        let mut found = BTreeSet::new();
        for member in &members {
            let mut range = look.view.prefix(&keys::changes_of(*member));
            while let Some((_, value)) = range.item()? {
                let (rtype, rest) = value.split_first().ok_or(DAMAGED)?;
                let rid = rest.first_chunk().ok_or(DAMAGED)?;
                found.insert((*rtype, Rid::from_be_bytes(*rid)));
                range.next();
            }
        }
        let mut out = Vec::with_capacity(found.len());
        for (rtype, rid) in found {
            let bytes = look.view.get(&keys::record(rtype, rid))?.ok_or(DAMAGED)?;
            let record = Record::decode(&bytes)?;
            let header = record.header;
            // What has become somebody else's is hers now.
            if members.contains(&header.person) && (!header.deleted || self.was_deleted(header.event, header.entry)?) {
                out.push(look.doomed(ResourceType(rtype), rid, record.id, &header)?);
            }
        }
        Ok(out)
    }

    /// Rewrites the files, so that what was taken away is in none of them. Takes as long as reading and writing the whole index does.
    ///
    /// # Errors
    /// The store refused, or a question of before is still being answered after a minute.
    pub fn scour(&self) -> Result<(), IndexError> {
        let since = self.db.latest_sequence_number();
        let started = Instant::now();
        while self.oldest_question()?.is_some_and(|oldest| oldest < since) {
            if started.elapsed() > PATIENCE {
                return Err(IndexError::Busy);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.write_out()?;
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(true);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        self.db.compact_range_opt(None::<&[u8]>, None::<&[u8]>, &options);
        // The engine's list of files names the first and last key of each, and begins anew with the next change.
        for _ in 0..2 {
            let names = self.writer.lock();
            self.db.put(keys::meta("applied"), names.counters.encode())?;
            drop(names);
            self.write_out()?;
        }
        Ok(())
    }

    fn write_out(&self) -> Result<(), IndexError> {
        let mut options = FlushOptions::default();
        options.set_wait(true);
        Ok(self.db.flush_opt(&options)?)
    }

    fn oldest_question(&self) -> Result<Option<u64>, IndexError> {
        let count = self.db.property_int_value("rocksdb.num-snapshots")?.unwrap_or_default();
        let oldest = self.db.property_int_value("rocksdb.oldest-snapshot-sequence")?.unwrap_or_default();
        Ok((count > 0).then_some(oldest))
    }
}

impl Looking<'_> {
    fn doomed(&self, rtype: ResourceType, rid: Rid, id: &str, newest: &Header) -> Result<Doomed, IndexError> {
        let mut places = Vec::new();
        let mut add = |header: &Header| -> Result<(), IndexError> {
            // A deletion has no content, but the message that brought it may tell of some.
            if !header.deleted || self.index.was_deleted(header.event, header.entry)? {
                places.push((header.person, header.event, header.entry));
            }
            Ok(())
        };
        add(newest)?;
        let mut range = self.view.prefix(&keys::versions_of(rtype.0, rid));
        while let Some((_, value)) = range.item()? {
            add(&Header::decode(value)?)?;
            range.next();
        }
        Ok(Doomed {
            rtype,
            id: id.to_owned(),
            person: newest.person,
            version: newest.version,
            source: self.shared.source(newest.source),
            standing: standing::of(newest),
            places,
        })
    }
}
