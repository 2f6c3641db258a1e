use super::*;
use crate::testing::{Place, entry, event, instance};
use crate::{EventLog, EventNo, PersonNo, Record};

mod damage;
mod witness;

/// The logs of a place and their seal.
struct Sealed {
    records: Arc<RecordLog>,
    seals: Seals,
}

fn open(place: &Place) -> Sealed {
    try_open(place).unwrap()
}

fn try_open(place: &Place) -> Result<Sealed, LogError> {
    let records = Arc::new(RecordLog::open(&place.dir.path().join("access"), &instance(), place.keys.clone())?);
    let seals = Seals::open(&place.dir.path().join("seal"), records.clone(), &place.keys, None)?;
    Ok(Sealed { records, seals })
}

impl Sealed {
    fn add(&self, from: u64, to: u64) {
        let records: Vec<Record> = (from..=to)
            .map(|no| Record {
                person: PersonNo((no % 5) as u32),
                body: format!("entry {no}").into_bytes(),
                kept: format!("kept {no}").into_bytes(),
            })
            .collect();
        assert_eq!(self.records.append(&records).unwrap(), from);
    }

    fn receipt(&self, no: u64) -> Receipt {
        self.seals.receipt(&self.records.read(no).unwrap().unwrap()).unwrap()
    }
}

#[test]
fn a_checkpoint_is_signed_kept_and_the_same_after_opening_again() {
    let place = Place::new();
    let sealed = open(&place);
    assert!(sealed.seals.last().is_none());
    sealed.add(1, 300);
    let signed = sealed.seals.sign().unwrap();
    assert_eq!((signed.checkpoint.size, signed.checkpoint.origin.as_str()), (300, "kilde/9901"));
    assert_eq!(signed.checkpoint.root, sealed.records.verify(|_| {}).unwrap().root);
    assert!(signed.note.verify([sealed.seals.key()]).is_ok());
    let text = std::fs::read_to_string(sealed.seals.path()).unwrap();
    assert_eq!(text, signed.note.to_string());
    assert_eq!(sealed.seals.sign().unwrap(), signed, "nothing was added");
    sealed.add(301, 301);
    let crashed = place.crashed();
    drop(sealed);
    for place in [&place, &crashed] {
        let again = open(place);
        assert_eq!(again.seals.last().unwrap(), signed);
        let next = again.seals.sign().unwrap();
        assert_eq!(next.checkpoint.size, 301);
        let proof = again.records.tree().consistency(300).unwrap().unwrap();
        assert!(crate::merkle::verify_consistency(
            300,
            &signed.checkpoint.root,
            301,
            &next.checkpoint.root,
            &proof
        ));
    }
}

#[test]
fn the_name_of_a_log_can_be_said_and_stays() {
    let place = Place::new();
    let records = open(&place).records;
    let open = |origin| Seals::open(&place.dir.path().join("seal"), records.clone(), &place.keys, origin).unwrap();
    let named = open(Some("kilde.nordvik.example/9901"));
    assert_eq!(named.sign().unwrap().checkpoint.origin, "kilde.nordvik.example/9901");
    let kept = open(None);
    assert_eq!(kept.key(), named.key());
    assert_eq!(kept.last(), named.last());
    let other = open(Some("other"));
    assert!(other.last().is_none() && other.own(&kept.last().unwrap().note.to_string()).is_ok());
    assert!(Seals::open(&place.dir.path().join("x"), records.clone(), &place.keys, Some("a b")).is_err());
}

#[test]
fn a_receipt_proves_one_record_and_holds_nothing_of_what_is_kept_back() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 700);
    for no in [1, 2, 256, 257, 512, 699, 700] {
        let receipt = sealed.receipt(no);
        assert_eq!(receipt.body, format!("entry {no}").into_bytes());
        let signed = receipt.check().unwrap();
        assert!(signed.note.verify([sealed.seals.key()]).is_ok());
        assert_eq!(signed.checkpoint.size, 700);
    }
    // Of an entry after the last checkpoint too.
    sealed.add(701, 701);
    assert_eq!(sealed.receipt(701).check().unwrap().checkpoint.size, 701);
}

#[test]
fn a_changed_receipt_is_refused() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 300);
    let good = sealed.receipt(17);
    type Change = fn(&mut Receipt);
    let changes: [Change; 8] = [
        |r| r.body[0] ^= 1,
        |r| r.salt[0] ^= 1,
        |r| r.kept[0] ^= 1,
        |r| r.no += 1,
        |r| r.proof = r.proof.replace("index 16", "index 18"),
        |r| {
            r.proof = r
                .proof
                .replace("index 16\n", "index 16\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
        },
        |r| r.proof = r.proof.replace("\n300\n", "\n299\n"),
        |r| r.proof = r.proof.replace("tlog-proof@v1", "tlog-proof@v2"),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        assert_ne!(bad, good, "change {at}");
        // The size is no part of the root: there it is the signature that tells.
        let proven = bad.check().and_then(|signed| signed.note.verify([sealed.seals.key()]).map(|_| ()));
        assert!(proven.is_err(), "change {at}");
    }
    // A proof that fits a checkpoint of somebody's own making: then nobody who is trusted has signed it.
    let mut bad = good.clone();
    bad.proof = bad.proof.replacen("kilde/9901", "kilde/9902", 1);
    assert!(bad.check().unwrap().note.verify([sealed.seals.key()]).is_err());
}

#[test]
fn the_event_log_is_bound_in() {
    let place = Place::new();
    let (log, sealed) = (place.log(), open(&place));
    sealed.seals.bind(&log).unwrap();
    assert_eq!(sealed.records.last(), 0, "there is nothing to bind");
    let add = |log: &EventLog| {
        let mut appender = log.appender();
        let person = appender.person_or_new("nin|1").unwrap();
        appender.push(event(vec![entry(person.0, "a", b"payload")])).unwrap();
        appender.commit().unwrap();
    };
    add(&log);
    add(&log);
    sealed.seals.bind(&log).unwrap();
    sealed.seals.bind(&log).unwrap();
    assert_eq!(sealed.records.last(), 1, "once for what is the same");
    let bound = Bound::parse(&sealed.records.read(1).unwrap().unwrap().body).unwrap();
    assert_eq!((bound.event, Some(bound.hash)), (EventNo(2), log.hash_of(EventNo(2)).unwrap()));
    add(&log);
    bound.check(&log).unwrap();
    // A log that was begun anew, with as many events.
    let other = Place::new();
    let theirs = other.log();
    add(&theirs);
    assert!(matches!(bound.check(&theirs), Err(LogError::Missing { key: 2, .. })));
    add(&theirs);
    assert!(matches!(bound.check(&theirs), Err(LogError::Damaged { key: 2, .. })));
}

#[test]
fn a_checkpoint_that_cannot_be_written_stops_no_record() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 3);
    let first = sealed.seals.sign().unwrap();
    let obstacle = sealed.seals.path().with_extension("new");
    std::fs::create_dir(&obstacle).unwrap();
    sealed.add(4, 6);
    assert!(sealed.seals.sign().is_err());
    assert_eq!(sealed.seals.last(), Some(first), "what is published is what is kept");
    sealed.add(7, 7);
    std::fs::remove_dir(&obstacle).unwrap();
    assert_eq!(sealed.seals.sign().unwrap().checkpoint.size, 7);
}
