//! The log on disk, and what a citizen gets to see of it.

use super::*;
use kilde_log::MasterKey;

const READER: &str = "03878620827";
const PERSON: PersonNo = PersonNo(1);

struct Directory;

impl Names for Directory {
    fn organisation(&self, number: &str) -> Option<String> {
        match number {
            "399901006" => Some("Nordvik kommune".to_owned()),
            "399901014" => Some("Legevakten i Nordvik".to_owned()),
            _ => None,
        }
    }
    fn service(&self, id: &str, lang: Lang) -> Option<String> {
        (id == "okt").then(|| {
            lang.pick("kommunale tjenester", "kommunale tenester", "municipal services")
                .to_owned()
        })
    }
}

pub(super) fn open(dir: &Path) -> AccessLog {
    let instance = Instance::parse("9901").expect("four digits");
    let keys = InstanceKeys::open_or_create(&dir.join("instance.key"), &instance, &MasterKey::from_bytes([7; 32])).expect("keys");
    AccessLog::open(&dir.join("access"), &instance, Arc::new(keys)).expect("a log")
}

fn looked(time_ms: i64) -> AccessEntry {
    AccessEntry {
        time_ms,
        actor: LoggedActor {
            kind: "personnel".to_owned(),
            pid: Some(READER.to_owned()),
            name: Some("Nina Havnes".to_owned()),
            hpr: Some("999000002".to_owned()),
            role: Some("SP".to_owned()),
            organisation: Some("399901006".to_owned()),
            unit: Some("399901014".to_owned()),
            client: "legevaktjournal-nordvik".to_owned(),
            supplier: Some("399904005".to_owned()),
        },
        person: PERSON.0,
        action: "overview".to_owned(),
        interaction: "$overview".to_owned(),
        service: Some("okt".to_owned()),
        ground: Some("emergency".to_owned()),
        purpose: Some("ETREAT".to_owned()),
        reason: Some(format!("Funnet bevisstløs, kollega {READER} varslet")),
        policy: "need-emergency".to_owned(),
        ..AccessEntry::default()
    }
    .resources([("EpisodeOfCare", "a", 1), ("Organization", "b", 2)])
}

fn refused(time_ms: i64) -> AccessEntry {
    AccessEntry {
        ground: None,
        refused: Some("attestation_has_expired".to_owned()),
        policy: "attestation-expired".to_owned(),
        reason: None,
        resources: Vec::new(),
        total: 0,
        ..looked(time_ms)
    }
}

fn automatic(time_ms: i64) -> AccessEntry {
    AccessEntry {
        time_ms,
        actor: LoggedActor {
            kind: "system".to_owned(),
            client: "epj-nordvik".to_owned(),
            organisation: Some("399901006".to_owned()),
            ..LoggedActor::default()
        },
        person: PERSON.0,
        action: "read".to_owned(),
        ground: Some("own-delivery".to_owned()),
        policy: "system-own-delivery".to_owned(),
        automatic: true,
        ..AccessEntry::default()
    }
}

#[test]
fn what_is_written_is_read_after_reopening_and_told_in_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let start = 1_795_375_565_000;
    {
        let log = open(dir.path());
        assert_eq!(log.write_blocking(&[looked(start)]).expect("durable"), 1);
        let several: Vec<AccessEntry> = (1..=3).map(|i| automatic(start + i * 1000)).collect();
        assert_eq!(log.write_blocking(&several).expect("durable"), 2);
        let nobody = AccessEntry {
            person: 0,
            ..refused(start + 4000)
        };
        assert_eq!(log.write_blocking(&[nobody, refused(start + 5000)]).expect("durable"), 5);
    }
    let log = open(dir.path());
    assert_eq!(log.read(1).expect("readable"), Some(looked(start)));
    let newest: Vec<u64> = log.newest(None, 10).expect("readable").iter().map(|(no, _)| *no).collect();
    assert_eq!(newest, [6, 5, 4, 3, 2, 1]);
    assert_eq!(log.newest(Some(3), 1).expect("readable")[0].0, 2);

    for lang in [Lang::Nb, Lang::Nn, Lang::En] {
        let page = log.for_citizen(&[PERSON], lang, &Directory, None, 50).expect("readable");
        let json = serde_json::to_string_pretty(&page).expect("JSON");
        assert!(!json.contains(READER) && !json.contains("999000002"), "{json}");
        insta::assert_snapshot!(format!("citizen_{lang:?}"), json);
    }
    let first = log.for_citizen(&[PERSON], Lang::Nb, &NoNames, None, 2).expect("readable");
    assert_eq!(first.before, Some(4));
    let rest = log.for_citizen(&[PERSON], Lang::Nb, &NoNames, first.before, 50).expect("readable");
    assert_eq!(rest.before, None);
    assert_eq!(rest.entries.last().map(|e| e.no), Some(1));
    let another = log
        .for_citizen(&[PersonNo(2), PersonNo(0)], Lang::Nb, &NoNames, None, 50)
        .expect("readable");
    assert!(another.entries.is_empty());
}

#[test]
fn a_receipt_is_the_persons_own_and_tells_no_number_of_who_looked() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = open(dir.path());
    let no = log.write_blocking(&[looked(1_795_375_565_000), automatic(1)]).expect("durable");
    for (persons, no) in [
        (&[PersonNo(2)][..], no),
        (&[PersonNo(0)], no),
        (&[PERSON], 0),
        (&[PERSON], 99),
        (&[], no),
    ] {
        assert!(log.receipt_for(persons, no).expect("readable").is_none());
    }
    let receipt = log.receipt_for(&[PersonNo(2), PERSON], no).expect("readable").expect("hers");
    let signed = receipt.check().expect("proven");
    signed.note.verify([log.seals().key()]).expect("signed");
    let json = receipt_json(&receipt, None).expect("JSON");
    let text = String::from_utf8_lossy(&json);
    assert!(text.contains("Nina Havnes") && text.contains("bevisstløs"), "{text}");
    assert!(!text.contains(READER) && !text.contains("999000002"), "{text}");
    assert_eq!(receipt_of_json(&json).as_ref(), Some(&receipt));
    // The controller may disclose the rest, and nothing else can be put in its place.
    let record = log.records().read(no).expect("readable").expect("there");
    let whole = receipt_json(&receipt, Some(&record)).expect("JSON");
    let text = String::from_utf8_lossy(&whole);
    assert!(text.contains(READER), "{text}");
    assert_eq!(receipt_of_json(&whole).as_ref(), Some(&receipt));
    assert!(receipt_of_json(text.replace(READER, "11833810555").as_bytes()).is_none());
    for bad in [
        "",
        "{}",
        "null",
        &text.replace("kilde-receipt-1", "kilde-receipt-2"),
        &text.replacen("salt\": \"", "salt\": \"A", 1),
    ] {
        assert!(receipt_of_json(bad.as_bytes()).is_none(), "{bad}");
    }
    // What binds the event log in is no entry of anybody's.
    assert_eq!(log.newest(None, 10).expect("readable").len(), 2);
}

#[test]
fn many_writers_share_and_all_get_their_own_number() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Arc::new(open(dir.path()));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let log = log.clone();
            std::thread::spawn(move || {
                (0..20)
                    .map(|i| log.write_blocking(&[looked(i)]).expect("durable"))
                    .collect::<Vec<u64>>()
            })
        })
        .collect();
    let mut numbers: Vec<u64> = threads.into_iter().flat_map(|t| t.join().expect("a thread")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=160).collect::<Vec<u64>>());
}

#[tokio::test]
async fn it_can_be_awaited() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = open(dir.path());
    assert_eq!(log.write(&[looked(1)]).await.expect("durable"), 1);
}
