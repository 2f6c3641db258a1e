//! From an event to what changes in the store.

use crate::apply::Applied;
use crate::canonical::Canonical;
use crate::error::IndexError;
use crate::found_by::{self, Numbers};
use crate::index::Index;
use crate::keys::{self, Hash, Key, Rid};
use crate::names::{Names, named};
use crate::people::Groups;
use crate::postings;
use crate::record::{Header, Record};
use crate::secret::Secret;
use crate::standing;
use crate::store::View;
use crate::terms::{self, Builder, Term, Terms};
use kilde_access::declared::DECLARATION;
use kilde_access::ledger::POLICY;
use kilde_access::proxy::Marks;
use kilde_access::{Category, Days, Declared, Ledger, mask};
use kilde_fhir::date::local_date;
use kilde_fhir::json::{self, Value};
use kilde_fhir::national_id::nin_of;
use kilde_fhir::search::ParamId;
use kilde_log::{Change, Entry, PersonNo};
use rocksdb::WriteBatch;
use rustc_hash::FxHashMap;

/// One write in the making.
pub(crate) struct Batch<'a> {
    pub(crate) index: &'a Index,
    names: &'a mut Names,
    pub write: WriteBatch,
    /// Records as they are after what is in the batch.
    records: FxHashMap<(u8, Rid), Vec<u8>>,
    /// The groups, if the batch links persons.
    pub groups: Option<Groups>,
    /// Who has a secret address, if the batch changes it.
    pub secret: Option<Secret>,
    /// What citizens have declared, if the batch changes it.
    pub declared: Option<Declared>,
    /// Changes of policy, if there is one in the batch.
    pub ledger: Option<Ledger>,
    builder: Builder,
    old_postings: Vec<Key>,
    new_postings: Vec<Key>,
}

impl<'a> Batch<'a> {
    pub fn new(index: &'a Index, names: &'a mut Names) -> Self {
        Batch {
            index,
            names,
            write: WriteBatch::default(),
            records: FxHashMap::default(),
            groups: None,
            secret: None,
            declared: None,
            ledger: None,
            builder: Builder::default(),
            old_postings: Vec::new(),
            new_postings: Vec::new(),
        }
    }

    /// Takes in one event.
    pub fn event(&mut self, event: &Applied<'_>) -> Result<(), IndexError> {
        for (a, b) in event.links {
            self.write.put(keys::key(keys::LINK, &[&a.0.to_be_bytes(), &b.0.to_be_bytes()]), []);
            let groups = self.groups.get_or_insert_with(|| (*self.index.shared.read().groups).clone());
            groups.link(*a, *b);
        }
        let source = self.names.source(&mut self.write, event.source)?;
        let organisation = self.names.source(&mut self.write, event.organisation)?;
        for (number, entry) in (0u32..).zip(event.entries) {
            if entry.rtype == DECLARATION {
                self.declaration(event.no, number, entry);
                continue;
            }
            if entry.rtype == POLICY {
                self.policy(event.no, event.received_ms, number, entry);
                continue;
            }
            let header = Header {
                deleted: entry.change.is_gone(),
                lost: !entry.change.is_gone() && entry.payload.is_empty(),
                category: Category::Journal,
                marks: Marks::NONE,
                secret: false,
                event: event.no,
                entry: number,
                version: entry.version,
                person: entry.person,
                source,
                organisation,
                last_updated_ms: event.received_ms,
                documented: Days::of(local_date(event.received_ms)),
            };
            self.entry(header, entry)?;
        }
        self.names.counters.take(event.no.0, event.received_ms);
        Ok(())
    }

    /// The watermark and counters, last of all.
    pub fn finish(&mut self) {
        self.write.put(keys::meta("applied"), self.names.counters.encode());
    }

    fn entry(&mut self, mut header: Header, entry: &Entry) -> Result<(), IndexError> {
        if entry.id.is_empty() || entry.id.len() > crate::names::ID {
            return Err(IndexError::Damaged("id of a resource in the log"));
        }
        let rtype = entry.rtype;
        let rid = self.names.rid(&self.index.db, &mut self.write, rtype, &entry.id)?;
        let old = match self.records.remove(&(rtype, rid)) {
            Some(bytes) => Some(bytes),
            None => self.index.db.get(keys::record(rtype, rid))?,
        };
        let old = old.as_deref().map(Record::decode).transpose()?;
        if let Some(old) = &old {
            header.category = old.header.category;
            header.marks = old.header.marks;
            // Also of one that is deleted: what it said was so.
            header.secret = old.header.secret;
        }
        let change = [&[rtype][..], &rid.to_be_bytes(), &header.version.to_be_bytes()].concat();
        self.write.put(keys::change(header.person, header.event.0, header.entry), change);
        let terms = self.content(&mut header, entry)?;
        if let Some(old) = &old {
            // Once within a closed period, always: a correction of the date opens nothing.
            header.documented = match header.deleted || header.lost {
                true => old.header.documented,
                false => header.documented.with(old.header.documented),
            };
        }
        if let Change::Destroyed(standing) = entry.change {
            // What was read in the content is told by the log now: it is the same after a rebuild.
            standing::put(standing, &mut header)?;
            if let Some(old) = &old {
                // Who delivered it stays who delivered it: she is judged as before, and may deliver again.
                header.source = old.header.source;
                header.organisation = old.header.organisation;
            }
            self.lose_versions(rtype, rid, &header)?;
            if rtype == self.index.types.patient.0 {
                self.forget_national_numbers(header.person)?;
            }
        }

        self.old_postings.clear();
        if let Some(old) = &old {
            let mut earlier = old.header;
            if matches!(entry.change, Change::Destroyed(_)) {
                lose(&mut earlier, &header);
            }
            self.retire(rtype, rid, &earlier, &header);
            let mut postings = std::mem::take(&mut self.old_postings);
            postings::postings(old.terms, rid, &mut postings);
            self.old_postings = postings;
        }
        postings::postings(Terms(&terms), rid, &mut self.new_postings);
        self.difference();
        if !header.deleted {
            let before = old.as_ref().map(|o| &o.header).filter(|o| !o.deleted);
            if before.is_none_or(|o| o.person != header.person) {
                self.write.put(keys::person(header.person, rtype, rid), []);
            }
            if before.is_none_or(|o| o.last_updated_ms != header.last_updated_ms) {
                self.write.put(keys::updated(rtype, header.last_updated_ms, rid), []);
            }
        }
        self.secrecy(rid, old.as_ref().map(|old| &old.header), &header);
        let record = Record::encode(&header, &entry.id, &terms);
        self.write.put(keys::record(rtype, rid), &record);
        self.write.put(keys::resource(rtype, &entry.id), named(rid, Some(&header)));
        self.records.insert((rtype, rid), record);
        Ok(())
    }

    /// Keeps the list of who has a secret address.
    fn secrecy(&mut self, rid: Rid, old: Option<&Header>, new: &Header) {
        let says = |header: &Header| (header.secret && header.person.is_some()).then_some(header.person);
        let (before, after) = (old.and_then(says), says(new));
        if before == after {
            return;
        }
        let secret = self.secret.get_or_insert_with(|| (*self.index.shared.read().secret).clone());
        for (person, more) in [(before, false), (after, true)] {
            let Some(person) = person else { continue };
            secret.count(person, more);
            let key = keys::key(keys::SECRET, &[&person.0.to_be_bytes(), &rid.to_be_bytes()]);
            if more { self.write.put(key, []) } else { self.write.delete(key) }
        }
    }

    /// The version that was current goes to the history, its lists are left where the new one does
    /// not stand in them.
    fn retire(&mut self, rtype: u8, rid: Rid, old: &Header, new: &Header) {
        if old.version != new.version {
            self.write.put(keys::version(rtype, rid, old.version), old.encode());
        }
        if old.deleted {
            return;
        }
        if new.deleted || old.person != new.person {
            self.write.delete(keys::person(old.person, rtype, rid));
        }
        if new.deleted || old.last_updated_ms != new.last_updated_ms {
            self.write.delete(keys::updated(rtype, old.last_updated_ms, rid));
        }
    }

    /// Writes what differs between the old and the new postings, both sorted.
    fn difference(&mut self) {
        let (old, new) = (&self.old_postings, &self.new_postings);
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            match (old.get(i), new.get(j)) {
                (Some(o), Some(n)) if o == n => {
                    i += 1;
                    j += 1;
                }
                (Some(o), n) if n.is_none_or(|n| o < n) => {
                    self.write.delete(o);
                    i += 1;
                }
                (_, Some(n)) => {
                    self.write.put(n, []);
                    j += 1;
                }
                _ => break,
            }
        }
    }

    /// Category and terms of the content. Content that is no JSON (it never came through intake) is
    /// kept, and found by id only.
    fn content(&mut self, header: &mut Header, entry: &Entry) -> Result<Vec<u8>, IndexError> {
        if header.deleted || header.lost {
            return Ok(Vec::new());
        }
        let Ok(document) = json::parse(entry.payload.as_slice(), json::Limits::default()) else {
            tracing::warn!(
                event = header.event.0,
                entry = header.entry,
                "content in the log is no JSON; only its id is indexed"
            );
            header.category = Category::Journal;
            return Ok(Vec::new());
        };
        let root = document.root();
        header.category = Category::of(root);
        header.marks = marks(root);
        if entry.rtype == self.index.types.patient.0 {
            self.national_numbers(root, entry.person);
            header.secret = mask::is_secret(root);
        }
        let terms = self.terms(root)?;
        if header.category != Category::Person {
            header.documented = documented(Terms(&terms), header.documented);
        }
        Ok(terms)
    }

    /// Remembers which national numbers a person has, so that references by them are found.
    fn national_numbers(&mut self, patient: Value<'_>, person: PersonNo) {
        if !person.is_some() {
            return;
        }
        for identifier in patient.items("identifier") {
            let (system, value) = (identifier.str("system"), identifier.str("value"));
            if let Some(nin) = nin_of(system.as_deref(), value.as_deref().unwrap_or_default()) {
                let hash = self.index.hash(nin.as_str());
                self.write.put(keys::national(person, &hash), []);
                self.write.put(keys::key(keys::NATIONAL_OF, &[&hash, &person.0.to_be_bytes()]), []);
            }
        }
    }

    /// Earlier versions of what is destroyed are judged as it is from then on: what they said is not known after a rebuild.
    fn lose_versions(&mut self, rtype: u8, rid: Rid, newest: &Header) -> Result<(), IndexError> {
        let index = self.index;
        let view = View::new(&index.db);
        let mut range = view.prefix(&keys::versions_of(rtype, rid));
        while let Some((key, value)) = range.item()? {
            let mut header = Header::decode(value)?;
            lose(&mut header, newest);
            self.write.put(key, header.encode());
            range.next();
        }
        Ok(())
    }

    /// Forgets the national numbers of a person whose Patient is destroyed: the log tells of them no more.
    fn forget_national_numbers(&mut self, person: PersonNo) -> Result<(), IndexError> {
        let prefix = keys::key(keys::NATIONAL, &[&person.0.to_be_bytes()]);
        let index = self.index;
        let view = View::new(&index.db);
        let mut range = view.prefix(&prefix);
        while let Some((key, _)) = range.item()? {
            let hash = key.get(prefix.len()..).unwrap_or_default();
            self.write.delete(key);
            self.write.delete(keys::key(keys::NATIONAL_OF, &[hash, &person.0.to_be_bytes()]));
            range.next();
        }
        Ok(())
    }

    fn terms(&mut self, root: Value<'_>) -> Result<Vec<u8>, IndexError> {
        let mut builder = std::mem::take(&mut self.builder);
        builder.clear();
        let outcome = found_by::terms(self, root, &mut builder);
        let terms = builder.finish();
        self.builder = builder;
        outcome.map(|()| terms)
    }
}

/// From whom in the family a resource is kept: codes of `meta.security`, of whatever system, since a mark that is not understood would show it.
fn marks(root: Value<'_>) -> Marks {
    let labels = root.get("meta").into_iter().flat_map(|meta| meta.items("security"));
    labels
        .filter_map(|label| label.str("code").map(|code| Marks::of_code(&code)))
        .fold(Marks::NONE, Marks::with)
}

/// When something was documented or took place: the dates that it is found by, and the day it was received.
fn documented(terms: Terms<'_>, received: Days) -> Days {
    let dates = terms.iter().filter_map(|(_, term)| match term {
        Term::Date { from_ms, to_ms } => Some(Days::between(Some(local_date(from_ms)), Some(local_date(to_ms.saturating_sub(1))))),
        _ => None,
    });
    dates.reduce(Days::with).unwrap_or(received)
}

impl Numbers for Batch<'_> {
    fn index(&self) -> &Index {
        self.index
    }

    fn rid(&mut self, rtype: u8, id: &str) -> Result<Rid, IndexError> {
        self.names.rid(&self.index.db, &mut self.write, rtype, id)
    }

    fn system(&mut self, system: &str) -> Result<u32, IndexError> {
        self.names.system(&self.index.db, &mut self.write, &self.index.hashing, system)
    }

    fn canonical(&mut self, low: f64, high: f64, code: &str) -> Option<Canonical> {
        self.names.units.canonical(low, high, code)
    }

    fn coded(&mut self, param: ParamId, system: u32, hash: Hash) {
        if self.names.system_codes.insert((param.0, system, hash)) {
            self.write.put(
                keys::key(keys::SYSTEM_CODE, &[&param.0.to_be_bytes(), &system.to_be_bytes(), &hash]),
                [],
            );
        }
    }
}

/// An earlier version of what is destroyed; one of somebody else is left as it is.
fn lose(header: &mut Header, newest: &Header) {
    if header.person == newest.person {
        header.lost = !header.deleted;
        header.category = newest.category;
        header.marks = newest.marks;
        header.secret = newest.secret;
        header.documented = newest.documented;
    }
}

impl Index {
    /// The keyed hash under which a value that is not kept in clear is found.
    pub(crate) fn hash(&self, value: &str) -> keys::Hash {
        terms::short(self.hashing.hash(value.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::definitions::ResourceType;
    use kilde_log::{Envelope, EventLog, Instance, InstanceKeys, MasterKey, NewEvent};
    use std::sync::Arc;

    /// How many keys there are of the kinds that lead to resources that exist.
    fn leading(index: &Index) -> usize {
        const KINDS: [u8; 11] = [
            keys::CANONICAL,
            keys::TOKEN,
            keys::STRING,
            keys::URI,
            keys::DATE,
            keys::LONG_DATE,
            keys::NUMBER,
            keys::QUANTITY,
            keys::REFERENCE,
            keys::PERSON,
            keys::UPDATED,
        ];
        KINDS.iter().map(|kind| View::new(&index.db).rids(&[*kind]).unwrap().len()).sum()
    }

    #[test]
    fn what_is_gone_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let instance = Instance::parse("9901").unwrap();
        let keys = Arc::new(InstanceKeys::create(&dir.path().join("key"), &instance, &MasterKey::from_bytes([1; 32])).unwrap());
        let log = Arc::new(EventLog::open(&dir.path().join("log"), &instance, keys.clone()).unwrap());
        let index = Index::open(&dir.path().join("index"), &instance, keys, log.clone()).unwrap();
        let rich = r#"{"resourceType":"Observation","id":"o","status":"final","meta":{"profile":["http://a/b"]},"code":{"coding":[{"system":"s","code":"c"}]},"subject":{"reference":"Patient/p","identifier":{"value":"x"}},"performer":[{"reference":"http://a/Practitioner/1"}],"effectivePeriod":{"start":"2020"},"valueQuantity":{"value":1,"comparator":"<","system":"http://unitsofmeasure.org","code":"mg"},"component":[{"code":{"text":"a"}},{"code":{"coding":[{"code":"a"}]},"valueQuantity":{"value":2}}]}"#;
        let poor = r#"{"resourceType":"Observation","id":"o","status":"final"}"#;
        let mut leads = Vec::new();
        for (version, text) in (1..).zip([poor, rich, poor, rich, ""]) {
            let change = if text.is_empty() { Change::Deleted } else { Change::Updated };
            let rtype = ResourceType::from_name("Observation").unwrap().0;
            let mut appender = log.appender();
            let person = appender.person_or_new(if version < 4 { "Patient/p" } else { "Patient/q" }).unwrap();
            let event = NewEvent {
                envelope: Envelope {
                    received_ms: version.into(),
                    ..Envelope::default()
                },
                entries: vec![Entry {
                    person,
                    rtype,
                    id: "o".into(),
                    version,
                    change,
                    payload: text.into(),
                }],
                ..NewEvent::default()
            };
            let no = appender.push(event.clone()).unwrap();
            appender.commit().unwrap();
            index.apply(&[Applied::of(no, &event)]).unwrap();
            leads.push(leading(&index));
        }
        assert_eq!((leads[0], leads[1], leads[4]), (leads[2], leads[3], 0));
        assert!(leads[0] < leads[1]);
    }
}
