//! Declarations in the log, and blocks at every door of the index.

use crate::kit::{Kit, instance, over, rtype};
use kilde_access::block::{Against, Block, Covers, Element, Reader};
use kilde_access::declared::DECLARATION;
use kilde_access::{AccessScope, Category, Days, Declaration, Declared, Relations, testing};
use kilde_fhir::national_id::FNR;
use kilde_index::changes::{Changes, Of};
use kilde_index::search::{Bulk, Whose};
use kilde_index::{Applied, Read};
use kilde_log::{Change, Entry, Envelope, EventNo, NewEvent, PersonNo};
use proptest::prelude::*;
use std::sync::Arc;

const NIN: &str = "22750884907";

/// A patient with notes of some years and a pulse.
fn one() -> (Kit, PersonNo) {
    let mut kit = Kit::new();
    let about = r#""status":"final","subject":{"reference":"Patient/a"}"#;
    let note = |id: &str, year: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}",{about},"code":{{"coding":[{{"system":"s","code":"note"}}]}},"effectiveDateTime":"{year}"}}"#
        )
    };
    kit.put(&[
        &format!(r#"{{"resourceType":"Patient","id":"a","identifier":[{{"system":"{FNR}","value":"{NIN}"}}],"name":[{{"family":"Nordmann"}}]}}"#),
        &note("n19", "2019-03-01"),
        &note("n20", "2020"),
        &format!(
            r#"{{"resourceType":"Observation","id":"pulse",{about},"code":{{"coding":[{{"system":"s","code":"pulse"}}]}},"derivedFrom":[{{"reference":"Observation/n19"}}],"category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}]}}"#
        ),
    ]);
    let person = kit.person("Patient/a");
    (kit, person)
}

/// Puts a declaration into the log and the index; bytes, so that a test can write what no program of today does.
fn declare(kit: &mut Kit, person: PersonNo, id: &str, version: u32, payload: Vec<u8>) -> EventNo {
    kit.now_ms += 1000;
    let event = NewEvent {
        envelope: Envelope {
            kind: "declaration".into(),
            source: "citizen/test".into(),
            organisation: "citizen".into(),
            received_ms: kit.now_ms,
            persons: vec![person],
            ..Envelope::default()
        },
        entries: vec![Entry {
            person,
            rtype: DECLARATION,
            id: id.into(),
            version,
            change: if payload.is_empty() { Change::Deleted } else { Change::Created },
            payload,
        }],
        ..NewEvent::default()
    };
    let mut appender = kit.log.appender();
    let no = appender.push(event.clone()).unwrap();
    appender.commit().unwrap();
    kit.index.apply(&[Applied::of(no, &event)]).unwrap();
    no
}

fn block(covers: Covers) -> Block {
    Block {
        against: Against::Everyone,
        covers,
        emergency_opens: false,
    }
}

fn bytes(block: &Block) -> Vec<u8> {
    Declaration::Block(block.clone()).encode().unwrap()
}

/// The scope over the person, under what is declared now.
fn hindered(kit: &Kit, person: PersonNo) -> AccessScope {
    let declared = kit.index.declared().unwrap_or_default();
    testing::hindered(&over(&[person]), declared, Reader::default())
}

fn one_element(id: &str) -> Covers {
    Covers::Element {
        rtype: "Observation".into(),
        id: id.into(),
    }
}

#[test]
fn what_is_declared_is_there_in_versions_until_it_is_lifted() {
    let (mut kit, person) = one();
    assert!(kit.index.declared().is_none());
    let first = block(one_element("n19"));
    let second = block(Covers::Everything);
    declare(&mut kit, person, "b1", 1, bytes(&first));
    declare(&mut kit, person, "b1", 2, bytes(&second));
    declare(&mut kit, person, "b1x", 1, bytes(&first));
    let blocks = |kit: &Kit| -> Vec<Block> {
        kit.index
            .declared()
            .map(|d| d.blocks(person).cloned().collect())
            .unwrap_or_default()
    };
    assert_eq!(blocks(&kit), [second.clone(), first.clone()]);
    kit.reopen();
    assert_eq!(blocks(&kit).len(), 2);
    declare(&mut kit, person, "b1", 3, Vec::new());
    assert_eq!(blocks(&kit), [first]);
    let versions = kit.index.declaration_versions(person, "b1").unwrap();
    let told: Vec<(u32, bool)> = versions.iter().map(|v| (v.version, v.declaration.is_some())).collect();
    assert_eq!(told, [(3, false), (2, true), (1, true)]);
    assert_eq!(kit.index.declarations(person).unwrap().len(), 2);
    assert!(kit.index.declaration_versions(person, "b").unwrap().is_empty());
    // Made anew from the log, it is the same.
    let (_elsewhere, rebuilt) = kit.rebuilt();
    assert_eq!(rebuilt.digest().unwrap(), kit.index.digest().unwrap());
    assert_eq!(rebuilt.declared().map(|d| d.blocks(person).count()), Some(1));
    // It is no resource: not in the history of everything either.
    let all = kit
        .index
        .changes(
            &crate::kit::all(),
            &Of::System,
            &Changes {
                count: 100,
                ..Changes::default()
            },
            kit.now_ms,
        )
        .unwrap();
    assert_eq!(all.unwrap().versions.len(), 4);
}

#[test]
fn what_cannot_be_understood_closes_everything_and_what_is_destroyed_nothing() {
    let (mut kit, person) = one();
    declare(&mut kit, person, "new", 1, b"\x09a later program wrote this".to_vec());
    assert_eq!(kit.found(&hindered(&kit, person), "Observation", &[]), [""; 0]);
    kit.reopen();
    assert_eq!(kit.found(&hindered(&kit, person), "Observation", &[]), [""; 0]);
    kit.destroy_key(person);
    kit.reopen();
    assert!(kit.index.declared().is_none());
    assert!(kit.index.declarations(person).unwrap().is_empty());
}

#[test]
fn a_block_under_one_number_of_a_person_closes_under_all() {
    let (mut kit, person) = one();
    // The same human being came to be known twice.
    kit.put(&[r#"{"resourceType":"Observation","id":"other","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"}}"#]);
    let other = kit.person("Patient/b");
    kit.put(&[&format!(
        r#"{{"resourceType":"Patient","id":"b","identifier":[{{"system":"{FNR}","value":"{NIN}"}}]}}"#
    )]);
    assert!(kit.index.same_person(person).contains(&other));
    declare(&mut kit, other, "b1", 1, bytes(&block(Covers::Everything)));
    let both = testing::hindered(&over(&[person, other]), kit.index.declared().unwrap(), Reader::default());
    assert_eq!(kit.found(&both, "Observation", &[]), [""; 0]);
    assert_eq!(kit.index.declarations(person).unwrap().len(), 1);
}

#[test]
fn no_door_leads_to_what_is_blocked() {
    let (mut kit, person) = one();
    kit.put(&[r#"{"resourceType":"Observation","id":"n19","status":"amended","subject":{"reference":"Patient/a"},"code":{"coding":[{"system":"s","code":"note"}]}}"#]);
    declare(&mut kit, person, "b1", 1, bytes(&block(one_element("n19"))));
    let (scope, observation) = (hindered(&kit, person), rtype("Observation"));
    for walk in [false, true] {
        kit.walk = walk;
        assert_eq!(kit.found(&scope, "Observation", &[]), ["n20", "pulse"]);
        assert_eq!(kit.found(&scope, "Observation", &[("_sort", "date")]), ["n20", "pulse"]);
        assert_eq!(kit.found(&scope, "Observation", &[("_id", "n19,n20")]), ["n20"]);
        assert_eq!(kit.search(&scope, "Observation", &[("_summary", "count")]).total, Some(2));
        assert_eq!(kit.found(&scope, "Observation", &[("derived-from.code", "note")]), [""; 0]);
        assert_eq!(
            kit.found(&scope, "Observation", &[("_has:Observation:derived-from:code", "pulse")]),
            [""; 0]
        );
        assert_eq!(
            kit.found(&over(&[person]), "Observation", &[("derived-from.code", "note")]),
            ["pulse"]
        );
        let page = kit.search(&scope, "Observation", &[("_id", "pulse"), ("_include", "Observation:derived-from")]);
        assert_eq!((page.matches.len(), page.included.len()), (1, 0));
        let page = kit.search(&scope, "Patient", &[("_revinclude", "Observation:subject")]);
        assert_eq!(page.included.len(), 2);
    }
    assert_eq!(kit.index.read(&scope, observation, "n19").unwrap(), Read::Absent);
    assert_eq!(kit.index.vread(&scope, observation, "n19", 1).unwrap(), Read::Absent);
    assert_eq!(kit.index.head(&scope, observation, "n19").unwrap(), None);
    let wanted = Changes {
        count: 100,
        ..Changes::default()
    };
    assert!(
        kit.index
            .changes(&scope, &Of::Instance(observation, "n19".into()), &wanted, kit.now_ms)
            .unwrap()
            .is_none()
    );
    for of in [Of::Type(observation), Of::System] {
        let page = kit.index.changes(&scope, &of, &wanted, kit.now_ms).unwrap().unwrap();
        assert!(page.versions.iter().all(|v| v.id != "n19"));
    }
    let condition = crate::kit::search("Observation", &[("_id", "n19")]);
    assert!(kit.index.matching(&scope, &condition, 2).unwrap().is_empty());
    let bulk = Bulk {
        rtype: observation,
        filters: &[],
        whose: Whose::Any,
        until: kit.log.last(),
        since_ms: None,
        deleted: false,
    };
    let places = kit.index.bulk(&over(&[person]), &bulk, 0, 100).unwrap().places;
    assert_eq!(places.len(), 3);
    // Asked for before, fetched after.
    assert_eq!(kit.index.bulk_read(&scope, observation, &places).unwrap().len(), 2);
    assert_eq!(kit.index.bulk(&scope, &bulk, 0, 100).unwrap().places.len(), 2);
    // Withheld by the citizen's choice is told as a number for all, and not where it would belong.
    assert_eq!(kit.of_person(&scope, person).1, 0);
    assert_eq!(kit.presence(&scope, person, "Observation"), (2, 0));
    assert_eq!(kit.index.closed(&scope).unwrap(), 1);
    assert_eq!(kit.index.closed(&over(&[person])).unwrap(), 0);
    let narrow = testing::hindered(
        &testing::reader(instance(), &[person], &[Category::Maaledata]),
        kit.index.declared().unwrap(),
        Reader::default(),
    );
    assert_eq!(
        kit.index.closed(&narrow).unwrap(),
        0,
        "what her role does not reach is not blocked from her"
    );
}

#[test]
fn an_export_over_everybody_stands_under_everybodys_blocks() {
    let (mut kit, person) = one();
    kit.put(&[r#"{"resourceType":"Observation","id":"b","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"}}"#]);
    declare(&mut kit, person, "b1", 1, bytes(&block(Covers::Everything)));
    let everybody = testing::organisation(instance(), crate::kit::ORGANISATION, "test");
    let scope = testing::hindered(&everybody, kit.index.declared().unwrap(), Reader::default());
    assert_eq!(kit.found(&everybody, "Observation", &[]).len(), 4);
    assert_eq!(kit.found(&scope, "Observation", &[]), ["b"]);
    assert!(!scope.reaches_everything());
}

/// What the oracle knows of a resource.
type Known = (&'static str, Category, u16);

const RESOURCES: [Known; 3] = [
    ("n19", Category::Journal, 2019),
    ("n20", Category::Journal, 2020),
    ("pulse", Category::Maaledata, 2023),
];

fn any_covers() -> impl Strategy<Value = Covers> {
    let year = |year: i16| jiff::civil::date(year, 1, 1);
    prop_oneof![
        Just(Covers::Everything),
        prop_oneof![Just("journal"), Just("maaledata"), Just("tjenester"), Just("person")]
            .prop_map(|name| Covers::Category { name: name.into() }),
        prop_oneof![Just("n19"), Just("n20"), Just("pulse"), Just("n1")].prop_map(one_element),
        (2017i16..2026, 1i16..4).prop_map(move |(from, length)| Covers::Period {
            days: Days::between(Some(year(from)), Some(year(from + length).yesterday().expect("a day"))),
        }),
    ]
}

fn any_block() -> impl Strategy<Value = Block> {
    let against = prop_oneof![
        Just(Against::Everyone),
        Just(Against::OthersThanSource),
        prop_oneof![Just("999999999"), Just("111111111")].prop_map(|number| Against::Organisation { number: number.into() }),
        prop_oneof![Just("03878620827"), Just("14828020014")].prop_map(|pid| Against::Reader {
            pid: pid.into(),
            hpr: None,
            name: None,
            workplace: None,
        }),
    ];
    (against, any_covers(), any::<bool>()).prop_map(|(against, covers, emergency_opens)| Block {
        against,
        covers,
        emergency_opens,
    })
}

/// Whether a resource is closed, said naively.
fn closed((id, category, year): Known, blocks: &[Block], organisation: &str, pid: &str, emergency: bool) -> bool {
    let day = |year: u16| Days::of(jiff::civil::date(i16::try_from(year).unwrap_or(0), 1, 1)).from;
    blocks.iter().any(|block| {
        let kept_out = match &block.against {
            Against::Everyone => true,
            Against::OthersThanSource => organisation != "999999999",
            Against::Organisation { number } => number == organisation,
            Against::Reader { pid: blocked, .. } => blocked == pid,
        };
        let covered = match &block.covers {
            Covers::Everything => true,
            Covers::Category { name } => name == category.name(),
            Covers::Element { id: covered, .. } => covered == id,
            Covers::Period { days } => days.from < day(year + 1) && day(year) <= days.to,
        };
        kept_out && covered && !(emergency && block.emergency_opens)
    })
}

#[test]
fn search_and_read_agree_with_a_naive_oracle() {
    let (kit, person) = one();
    let runner = &mut proptest::test_runner::TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(400)
    });
    let asked = (
        proptest::collection::vec(any_block(), 0..4),
        prop_oneof![Just("999999999"), Just("111111111")],
        prop_oneof![Just("03878620827"), Just("14828020014")],
        any::<bool>(),
    );
    let outcome = runner.run(&asked, |(blocks, organisation, pid, emergency)| {
        let mut declared = Declared::default();
        for (number, block) in blocks.iter().enumerate() {
            declared.put(person, &number.to_string(), Some(Declaration::Block(block.clone())));
        }
        let reader = Reader {
            pid: Some(pid.into()),
            hpr: None,
            organisations: vec![organisation.into()],
            emergency,
        };
        let scope = testing::hindered(&over(&[person]), Arc::new(declared), reader);
        let open: Vec<&str> = RESOURCES
            .into_iter()
            .filter(|known| !closed(*known, &blocks, organisation, pid, emergency))
            .map(|(id, ..)| id)
            .collect();
        prop_assert_eq!(kit.found(&scope, "Observation", &[]), open.clone());
        prop_assert_eq!(
            kit.search(&scope, "Observation", &[("_summary", "count")]).total,
            Some(open.len() as u64)
        );
        for (id, ..) in RESOURCES {
            let read = kit
                .index
                .read(&scope, rtype("Observation"), id)
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(matches!(read, Read::Found(_)), open.contains(&id));
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn a_block_is_decided_quickly() {
    let mut declared = Declared::default();
    for person in 1..100_001 {
        declared.put(PersonNo(person), "b", Some(Declaration::Block(block(one_element("x")))));
    }
    let declared = Arc::new(declared);
    let scope = testing::hindered(&over(&[PersonNo(7)]), declared, Reader::default());
    let element = Element {
        person: PersonNo(7),
        category: Category::Journal,
        source: "999999999/test",
        rtype: "Observation",
        id: "x",
        documented: Days::ALL,
        marks: kilde_access::proxy::Marks::NONE,
    };
    let begun = std::time::Instant::now();
    let closed = (0..100_000).filter(|_| scope.closes(&element)).count();
    eprintln!(
        "a block beside 100,000 persons with blocks: {:?} an element",
        begun.elapsed() / 100_000
    );
    assert_eq!(closed, 100_000);
    assert!(begun.elapsed().as_secs() < 5);
}
