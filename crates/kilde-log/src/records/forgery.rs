//! What somebody with the disk and all keys could do to a record log. For tests.

use rocksdb::WriteBatch;

use super::tree::TILES;
use super::*;

impl RecordLog {
    fn do_batch(&self, fill: impl FnOnce(&mut WriteBatch)) {
        let mut batch = WriteBatch::default();
        fill(&mut batch);
        self.store.write(batch, None).unwrap();
    }

    fn raw(&self, no: u64) -> Vec<u8> {
        self.store.get(RECORDS, &no.to_be_bytes()).unwrap().unwrap().to_vec()
    }

    /// Removes every record after `last`, with its line in the index. The tree stays.
    pub(crate) fn cut(&self, last: u64) {
        let all = last + 1..=self.last();
        let persons: Vec<_> = all.clone().map(|no| parts(&self.raw(no)).unwrap().1).collect();
        let (records, index) = (self.store.cf(RECORDS).unwrap(), self.store.cf(BY_PERSON).unwrap());
        self.do_batch(|batch| {
            for (no, person) in all.zip(persons) {
                batch.delete_cf(records, no.to_be_bytes());
                batch.delete_cf(index, person_key(person, no));
            }
        });
    }

    /// Writes another body in the place of one record, sealed as it should be, and the whole chain after it anew. Gives what
    /// undoes it.
    pub(crate) fn forge(&self, no: u64) -> impl FnOnce(&RecordLog) + use<> {
        let all = no..=self.last();
        let before: Vec<_> = all.clone().map(|no| self.raw(no)).collect();
        let mut hash = match no {
            1 => genesis(&self.instance),
            _ => parts(&self.raw(no - 1)).unwrap().0,
        };
        let mut values = before.clone();
        let (_, person, _) = parts(&values[0]).unwrap();
        let stored = self.read(no).unwrap().unwrap();
        let record = Record {
            person,
            body: b"somebody else looked".to_vec(),
            kept: stored.kept.clone(),
        };
        let (mut plain, mut salts) = (Vec::new(), [0; 2 * SALT]);
        salts.copy_from_slice(stored.salts.as_flattened());
        body::put(&record, &salts, &mut plain).unwrap();
        values[0].truncate(PREFIX);
        let nonce = seal::fresh_nonce().unwrap();
        seal::seal(&self.key, self.place(no, person), nonce, &plain, PACK_FROM, &mut values[0]).unwrap();
        for (no, value) in all.clone().zip(&mut values) {
            hash = record_hash(&hash, no, value);
            value[1..33].copy_from_slice(&hash);
        }
        let put = move |log: &RecordLog, values: &[Vec<u8>]| {
            let family = log.store.cf(RECORDS).unwrap();
            log.do_batch(|batch| {
                for (no, value) in all.clone().zip(values) {
                    batch.put_cf(family, no.to_be_bytes(), value);
                }
            });
        };
        put(self, &values);
        move |log| put(log, &before)
    }

    pub(crate) fn raw_tile(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.store.get(TILES, key).unwrap().map(|tile| tile.to_vec())
    }

    pub(crate) fn put_tile(&self, key: &[u8], tile: Option<&[u8]>) {
        let family = self.store.cf(TILES).unwrap();
        self.do_batch(|batch| match tile {
            Some(tile) => batch.put_cf(family, key, tile),
            None => batch.delete_cf(family, key),
        });
    }

    /// Writes records as they were before there was a tree.
    pub(crate) fn write_old_format(&self, records: u64) {
        let (family, index) = (self.store.cf(RECORDS).unwrap(), self.store.cf(BY_PERSON).unwrap());
        let (mut hash, person) = (genesis(&self.instance), PersonNo(7));
        self.do_batch(|batch| {
            for no in 1..=records {
                let mut value = vec![OLD_FORMAT];
                value.extend_from_slice(&[0; 32]);
                value.extend_from_slice(&person.0.to_be_bytes());
                let (plain, nonce) = (format!("old entry {no}"), seal::fresh_nonce().unwrap());
                seal::seal(&self.key, self.place(no, person), nonce, plain.as_bytes(), PACK_FROM, &mut value).unwrap();
                hash = record_hash(&hash, no, &value);
                value[1..33].copy_from_slice(&hash);
                batch.put_cf(family, no.to_be_bytes(), &value);
                batch.put_cf(index, person_key(person, no), []);
            }
        });
    }
}
