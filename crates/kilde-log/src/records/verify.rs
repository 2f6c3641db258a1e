//! Recovery of the end of a record log, and verification of the whole.

use rocksdb::{Direction, ReadOptions};

use super::{BY_PERSON, RECORDS, RecordLog, StoredRecord, Tail, genesis, parts, person_key, record_hash};
use crate::LogError;
use crate::merkle::{Edge, Hash, WIDTH};

/// What a verification that found no fault has seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VerifiedRecords {
    /// Records walked, all of which opened.
    pub records: u64,
    /// The chain hash of the last one.
    pub head: [u8; 32],
    /// The root of the tree over them.
    pub root: Hash,
}

impl RecordLog {
    /// Finds the end and checks the last few records: the last 64 at least, and all whose leaves are in no full tile.
    pub(super) fn recover(&self) -> Result<Tail, LogError> {
        let last = self.edge(self.store.last_key(RECORDS)?)?;
        self.store.check_head(last)?;
        if last == 0 {
            return Ok(Tail {
                no: 0,
                hash: genesis(&self.instance),
                edge: self.recover_edge(0, Vec::new())?.into(),
            });
        }
        if self.edge(self.store.first_key(RECORDS)?)? != 1 {
            return Err(LogError::Missing { family: RECORDS, key: 1 });
        }
        let in_full_tiles = last - last % WIDTH as u64;
        let from = last.saturating_sub(63).min(in_full_tiles + 1).max(1);
        let before = match from {
            1 => genesis(&self.instance),
            no => {
                let value = self.store.get(RECORDS, &(no - 1).to_be_bytes())?.ok_or(LogError::Missing {
                    family: RECORDS,
                    key: no - 1,
                })?;
                parts(&value)
                    .ok_or_else(|| LogError::damaged(RECORDS, no - 1, "the record cannot be read"))?
                    .0
            }
        };
        let mut leaves = Vec::new();
        let found = self.walk(from, before, ReadOptions::default(), |record| {
            if record.no > in_full_tiles {
                leaves.push(record.leaf());
            }
            Ok(())
        })?;
        if found.records != last - from + 1 {
            return Err(LogError::Missing {
                family: RECORDS,
                key: from + found.records,
            });
        }
        for no in from..=last {
            self.check_index(no)?;
        }
        Ok(Tail {
            no: last,
            hash: found.head,
            edge: self.recover_edge(last, leaves)?.into(),
        })
    }

    /// Walks every record: numbers without gap, the chain from the first record on, every body opens, every tile of the
    /// tree is what the records make it, and the index by person leads to every record and nowhere else. The first fault is
    /// an error that names the place.
    ///
    /// # Errors
    /// The first fault, or that of the store.
    pub fn verify(&self, mut progress: impl FnMut(u64)) -> Result<VerifiedRecords, LogError> {
        self.verify_each(|record| {
            progress(record.no);
            Ok(())
        })
    }

    /// The same; `each` looks at every record too.
    ///
    /// # Errors
    /// The first fault, that of the store, or what `each` gives.
    pub fn verify_each(&self, mut each: impl FnMut(&StoredRecord) -> Result<(), LogError>) -> Result<VerifiedRecords, LogError> {
        let snapshot = self.store.snapshot();
        let options = || {
            let mut options = ReadOptions::default();
            options.set_snapshot(&snapshot);
            options.fill_cache(false);
            options.set_readahead_size(1 << 20);
            options
        };
        let mut edge = Edge::default();
        let mut found = self.walk(1, genesis(&self.instance), options(), |record| {
            let mut wrong = None;
            edge.push(record.leaf(), |level, index, tile| {
                wrong = wrong.take().or(self.check_tile(level, index, tile).err());
            });
            match wrong {
                Some(wrong) => Err(wrong),
                None => each(record),
            }
        })?;
        for level in 1..8 {
            let tile = edge.tile(level);
            if !tile.is_empty() {
                self.check_tile(level, Edge::growing(edge.size(), level as u32).1, tile)?;
            }
        }
        found.root = match self.tree_of(found.records) {
            Some(tree) => tree.root()?,
            None => {
                return Err(LogError::damaged(
                    super::tree::TILES,
                    found.records,
                    "the tree is smaller than the log",
                ));
            }
        };
        let mut indexed = 0;
        for item in self.store.scan(BY_PERSON, &[], Direction::Forward, options())? {
            let (key, _) = item?;
            indexed += 1;
            let no = key.get(4..12).and_then(|no| no.try_into().ok()).map_or(0, u64::from_be_bytes);
            let wrong = || LogError::damaged(BY_PERSON, no, "it leads to another person's record, or to none");
            let value = self.store.get(RECORDS, &no.to_be_bytes())?.ok_or_else(wrong)?;
            let (_, person, _) = parts(&value).ok_or_else(wrong)?;
            if key[..] != person_key(person, no) || no > found.records {
                return Err(wrong());
            }
        }
        if indexed != found.records {
            return Err(LogError::damaged(BY_PERSON, indexed, "records are missing from the index"));
        }
        Ok(found)
    }

    /// Walks the records from one on, holds each against the chain, and hands it to `each`.
    pub(super) fn walk(
        &self,
        from: u64,
        before: [u8; 32],
        options: ReadOptions,
        mut each: impl FnMut(&StoredRecord) -> Result<(), LogError>,
    ) -> Result<VerifiedRecords, LogError> {
        let mut found = VerifiedRecords {
            head: before,
            ..VerifiedRecords::default()
        };
        let key = if from <= 1 { Vec::new() } else { from.to_be_bytes().to_vec() };
        for (item, no) in self.store.scan(RECORDS, &key, Direction::Forward, options)?.zip(from..) {
            let (key, value) = item?;
            if key[..] != no.to_be_bytes() {
                return Err(LogError::Missing { family: RECORDS, key: no });
            }
            let record = self.stored(no, &value)?;
            found.head = record_hash(&found.head, no, &value);
            if found.head != record.hash {
                return Err(LogError::damaged(RECORDS, no, "the hash chain breaks here"));
            }
            found.records += 1;
            each(&record)?;
        }
        Ok(found)
    }

    fn check_index(&self, no: u64) -> Result<(), LogError> {
        let Some(record) = self.store.get(RECORDS, &no.to_be_bytes())? else {
            return Ok(());
        };
        let Some((_, person, _)) = parts(&record) else { return Ok(()) };
        match self.store.get(BY_PERSON, &person_key(person, no))? {
            Some(_) => Ok(()),
            None => Err(LogError::Missing {
                family: BY_PERSON,
                key: no,
            }),
        }
    }

    fn edge(&self, key: Option<Box<[u8]>>) -> Result<u64, LogError> {
        let Some(key) = key else { return Ok(0) };
        key[..]
            .try_into()
            .map(u64::from_be_bytes)
            .map_err(|_| LogError::damaged(RECORDS, 0, "the key has a wrong length"))
    }
}
