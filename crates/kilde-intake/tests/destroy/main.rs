//! After destruction nothing of the content is in any file: not in journals, tables, the engine's own lists, nor in a copy from before,
//! once its key is gone.

#[path = "../common/mod.rs"]
mod common;
mod files;

use common::*;
use files::*;
use kilde_access::Relations;
use kilde_index::Read;
use kilde_intake::destroy::{Destroy, DestroyError, Destroyed, Target};

/// What stands in the content: each unlike anything else in the files. The second of each is how string search folds it.
const MARKS: [&str; 12] = [
    "Qvxjåkzen",
    "qvxjakzen",
    "Zwqpfløyth",
    "zwqpfloyth",
    "xkzqtext-vjwqpf",
    "qjzkcode-wxvbpt",
    "wqzkident-jxvkpq",
    "vkqzattach-xwjpqz",
    "zxqwvnote-kjpqvz",
    "urn:pqzxk:wvjkqzxv",
    "jqwxbad-pzkvqx",
    "kvzjdisplay-qwxzp",
];
/// Everybody else's, which stays.
const OTHER_NAME: &str = "Blivendexyz";

fn patient() -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"doomed","identifier":[{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{PERSON}"}},
        {{"system":"urn:pqzxk:wvjkqzxv","value":"wqzkident-jxvkpq"}}],"name":[{{"family":"Qvxjåkzen","given":["Zwqpfløyth"]}}],
        "birthDate":"1943-02-07"}}"#
    )
}

fn observation(id: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","meta":{{"profile":["urn:pqzxk:wvjkqzxv"]}},"code":{{"coding":[{{"system":"urn:pqzxk:wvjkqzxv","code":"qjzkcode-wxvbpt","display":"kvzjdisplay-qwxzp"}}],"text":"{text}"}},
        "subject":{{"reference":"Patient/doomed"}},"effectiveDateTime":"2019-03-04","note":[{{"text":"zxqwvnote-kjpqvz"}}],"valueString":"{text}"}}"#
    )
}

fn document() -> String {
    use base64::Engine;
    let data = base64::engine::general_purpose::STANDARD.encode("vkqzattach-xwjpqz in the attachment");
    format!(
        r#"{{"resourceType":"DocumentReference","id":"paper","status":"current","subject":{{"reference":"Patient/doomed"}},"description":"vkqzattach-xwjpqz",
        "content":[{{"attachment":{{"contentType":"text/plain","data":"{data}","title":"vkqzattach-xwjpqz"}}}}]}}"#
    )
}

/// An instance with the doomed person, somebody else, and a message about the doomed one in quarantine. Each in a table file and
/// also, by what came after, in the journal.
fn filled() -> World9901 {
    let world = world();
    world.update("Patient", "doomed", None, &patient()).expect("a patient");
    world
        .update("Observation", "o1", None, &observation("o1", "xkzqtext-vjwqpf"))
        .expect("one");
    world.update("DocumentReference", "paper", None, &document()).expect("a document");
    let other = format!(r#"{{"resourceType":"Patient","id":"stays","name":[{{"family":"{OTHER_NAME}"}}]}}"#);
    world.update("Patient", "stays", None, &other).expect("another");
    world.log.settle().expect("settled");
    world.index.flush().expect("flushed");
    world.index.settle().expect("settled");
    world
        .update("Observation", "o1", None, &observation("o1", "xkzqtext-vjwqpf again"))
        .expect("two");
    world
        .update("Observation", "o2", None, &observation("o2", "xkzqtext-vjwqpf"))
        .expect("other");
    let bad = observation("o3", "jqwxbad-pzkvqx").replace("final", "no-such-status");
    let refused = world.create("Observation", &bad).expect_err("it is wrong");
    assert!(refused.quarantine.is_some());
    world
}

fn destroy(world: &World9901, targets: Vec<Target>) -> Result<Destroyed, DestroyError> {
    world.intake.destroy(&Destroy {
        targets,
        client: "controller",
        now_ms: NOW,
    })
}

fn element(name: &str, id: &str) -> Target {
    Target::Element(rtype(name), id.to_owned())
}

fn is_gone(world: &World9901, name: &str, id: &str) -> bool {
    let scope = world.scope();
    let read = matches!(world.index.read(&scope, rtype(name), id).expect("read"), Read::Gone { .. });
    let version = matches!(world.index.vread(&scope, rtype(name), id, 1).expect("read"), Read::Gone { .. });
    assert_eq!(read, version);
    read
}

#[test]
fn of_a_destroyed_person_no_byte_is_in_any_file_nor_in_a_copy_from_before_without_the_key() {
    let world = filled();
    let person = world.log.person("Patient/doomed").expect("the log").expect("a person");
    let place = world.dir.path().to_owned();
    // A copy as it is made of a running instance that is stopped for it: content, without the key ring and what is derived.
    let stopped = stop(world);
    let before = tempfile::tempdir().expect("a directory");
    copy(&place, before.path(), &["log", "keys", "index"]);
    assert!(!search(before.path(), &MARKS[..4]).is_empty(), "the search finds what is there");
    let backup = tempfile::tempdir().expect("a directory");
    copy(&place, backup.path(), &["log"]);
    std::fs::copy(place.join("instance.key"), backup.path().join("instance.key")).expect("copied");
    let world = open(stopped);
    assert_eq!(search(backup.path(), &MARKS), Vec::<String>::new(), "content is sealed");

    let verified = world.log.verify(|_| {}).expect("whole");
    let done = destroy(&world, vec![Target::Person(person)]).expect("destroyed");
    assert_eq!((done.elements.len(), done.persons.as_slice()), (4, &[person][..]));
    let after = world.log.verify(|_| {}).expect("still whole");
    assert!(after.destroyed > 8 && after.events == verified.events + 1);
    // Now, while it runs, and of a stopped one.
    let running: Vec<String> = files_below(&place)
        .iter()
        .flat_map(|path| marks_in(&std::fs::read(path).unwrap_or_default(), &MARKS))
        .collect();
    assert_eq!(running, Vec::<String>::new());
    for (name, id) in [
        ("Patient", "doomed"),
        ("Observation", "o1"),
        ("Observation", "o2"),
        ("DocumentReference", "paper"),
    ] {
        assert!(is_gone(&world, name, id), "{name}");
    }
    assert_eq!(world.count("Patient", &[("name", "Qvxj")]), 0);
    assert_eq!(world.count("Patient", &[("name", "Blivende")]), 1);
    assert!(world.log.destructions().expect("the log").is_empty());
    let (item, original) = world.quarantine.get(1).expect("the quarantine").expect("an item");
    assert!(original.is_none() && item.resolution.is_some());
    assert!(matches!(destroy(&world, vec![Target::Person(person)]), Err(DestroyError::Absent)));

    let dir = stop(world);
    assert_eq!(search(dir.path(), &MARKS), Vec::<String>::new());
    let later = tempfile::tempdir().expect("a directory");
    copy(dir.path(), later.path(), &["log", "keys", "index"]);
    assert_eq!(search(later.path(), &MARKS), Vec::<String>::new());

    // The copy from before, with the keys from after: nothing of hers opens, and what is built from it holds nothing.
    copy(dir.path(), backup.path(), &["keys"]);
    let restored = open(backup);
    assert!(is_gone(&restored, "Patient", "doomed") && is_gone(&restored, "Observation", "o1"));
    assert!(restored.read("Patient", "stays").is_some());
    for no in 1..=restored.last().0 {
        let event = restored.log.event(kilde_log::EventNo(no)).expect("the log").expect("an event");
        let shared = [
            restored.log.original(event.no).expect("the log"),
            restored.log.answer(event.no).expect("the log"),
        ];
        let contents = restored.log.payloads(&event).expect("the log").into_iter().chain(shared).flatten();
        assert!(contents.into_iter().all(|content| marks_in(&content, &MARKS).is_empty()));
    }
    assert!(restored.quarantine.get(1).expect("the quarantine").expect("an item").1.is_none());
    assert_eq!(search(stop(restored).path(), &MARKS), Vec::<String>::new());
}

#[test]
fn one_element_goes_with_all_its_versions_and_the_rest_stays() {
    let world = filled();
    let marks = ["xkzqtext-vjwqpf", "qjzkcode-wxvbpt", "zxqwvnote-kjpqvz"];
    destroy(&world, vec![element("Observation", "o1"), element("Observation", "o2")]).expect("destroyed");
    assert!(is_gone(&world, "Observation", "o1") && is_gone(&world, "Observation", "o2"));
    assert!(world.read("Patient", "doomed").is_some() && world.read("DocumentReference", "paper").is_some());
    assert_eq!(world.count("Patient", &[("name", "Qvxj")]), 1);
    assert_eq!(world.count("Observation", &[("patient", "Patient/doomed")]), 0);
    assert!(matches!(
        destroy(&world, vec![element("Observation", "o1")]),
        Err(DestroyError::Absent)
    ));
    assert!(matches!(
        destroy(&world, vec![element("Observation", "never")]),
        Err(DestroyError::Absent)
    ));
    let person = world.log.person("Patient/doomed").expect("the log").expect("a person");
    assert!(!world.log.destroyed(person).expect("the log"));
    // Her later elements are as good as before, and can go in their turn.
    world
        .update("Observation", "o4", None, &observation("o4", "xkzqtext-vjwqpf"))
        .expect("a later one");
    assert!(world.read("Observation", "o4").is_some());
    destroy(&world, vec![element("Observation", "o4")]).expect("destroyed");
    // The message in quarantine names her, but none of the elements.
    assert!(world.quarantine.get(1).expect("the quarantine").expect("an item").1.is_some());
    let dir = stop(world);
    assert_eq!(search(dir.path(), &marks), Vec::<String>::new());
    let world = open(dir);
    assert!(world.read("Patient", "doomed").is_some() && is_gone(&world, "Observation", "o1"));
    assert_eq!(world.log.verify(|_| {}).expect("whole").events, world.last().0);
}

#[test]
fn a_rebuild_answers_as_the_index_that_saw_the_content() {
    let world = filled();
    let scope = world.scope();
    destroy(&world, vec![element("Observation", "o1"), element("Patient", "doomed")]).expect("destroyed");
    let answers = |world: &World9901| {
        let reads: Vec<String> = [
            ("Observation", "o1"),
            ("Observation", "o2"),
            ("Patient", "doomed"),
            ("Patient", "stays"),
            ("Patient", "none"),
        ]
        .iter()
        .map(|(name, id)| format!("{:?}", world.index.read(&scope, rtype(name), id).expect("read")))
        .collect();
        let counts = [
            world.count("Patient", &[]),
            world.count("Patient", &[("identifier", PERSON)]),
            world.count("Observation", &[("code", "qjzkcode-wxvbpt")]),
            world.count("Observation", &[("patient", "Patient/doomed")]),
            world.count("Observation", &[("date", "2019")]),
            world.count("DocumentReference", &[("patient.identifier", PERSON)]),
        ];
        let doomed = world
            .index
            .doomed(rtype("Observation"), "o1")
            .expect("the index")
            .map(|one| (one.version, one.person, one.standing));
        let person = world.log.person("Patient/doomed").expect("the log").expect("a person");
        (reads, counts, doomed, world.index.same_person(person))
    };
    let live = answers(&world);
    let dir = stop(world);
    std::fs::remove_dir_all(dir.path().join("index")).expect("removed");
    assert_eq!(answers(&open(dir)), live);
}

/// Wherever the program is killed, the next start carries it through.
#[test]
fn what_a_kill_left_half_done_is_done_at_the_next_start() {
    let world = filled();
    let person = world.log.person("Patient/doomed").expect("the log").expect("a person");
    let before = crashed(&world, None);
    let what = kilde_log::Destruction {
        persons: vec![person],
        entries: Vec::new(),
    };
    let doomed = world.index.doomed_of(person).expect("the index").into_iter();
    let entries = doomed.map(|one| kilde_log::Entry {
        person: one.person,
        rtype: one.rtype.0,
        id: one.id,
        version: one.version + 1,
        change: kilde_log::Change::Destroyed(one.standing),
        payload: Vec::new(),
    });
    let event = kilde_log::NewEvent {
        entries: entries.collect(),
        ..kilde_log::NewEvent::default()
    };
    let mut appender = world.log.appender();
    appender.push_destroying(event, what).expect("pushed");
    appender.commit().expect("committed");
    let mut left = vec![
        // The event is durable, the ring has not heard of it.
        crashed(&world, Some(before.path())),
        // Nothing more is sealed for her.
        crashed(&world, None),
    ];
    world.log.destroy_keys().expect("destroyed");
    left.push(crashed(&world, None));
    world.index.catch_up(&mut |_| ()).expect("caught up");
    left.push(crashed(&world, None));
    world.index.scour().expect("scoured");
    left.push(crashed(&world, None));
    for (stage, dir) in left.into_iter().enumerate() {
        let world = open(dir);
        assert!(
            world.log.destroyed(person).expect("the log"),
            "{stage}: the log does its part when it is opened"
        );
        assert_eq!(world.log.destructions().expect("the log").len(), 1, "{stage}");
        world.intake.finish_destructions().expect("done");
        assert!(world.log.destructions().expect("the log").is_empty());
        assert!(is_gone(&world, "Patient", "doomed") && world.read("Patient", "stays").is_some());
        assert_eq!(world.log.verify(|_| {}).expect("whole").events, world.last().0);
        assert_eq!(search(stop(world).path(), &MARKS), Vec::<String>::new(), "{stage}");
    }
}

/// What is sealed for a person while her key goes would be lost although it was acknowledged: it is not taken, or she is a new person.
#[test]
fn who_writes_about_a_person_while_she_is_destroyed_writes_about_a_new_one() {
    let world = filled();
    let person = world.log.person("Patient/doomed").expect("the log").expect("a person");
    let mut appender = world.log.appender();
    let what = kilde_log::Destruction {
        persons: vec![person],
        entries: Vec::new(),
    };
    appender.push_destroying(kilde_log::NewEvent::default(), what).expect("pushed");
    appender.commit().expect("committed");
    // The keys are not scoured yet.
    let mut appender = world.log.appender();
    assert_ne!(appender.person_or_new("Patient/doomed").expect("somebody"), person);
    drop(appender);
    world.intake.finish_destructions().expect("done");
    world.update("Patient", "doomed", None, &patient()).expect("she is back");
    let again = world.log.person("Patient/doomed").expect("the log").expect("a person");
    assert_ne!(again, person);
    assert!(world.read("Patient", "doomed").is_some());
}

/// What she has declared goes with her; a hold of the controller's stands in the way until it is lifted.
#[test]
fn a_hold_stops_destruction_and_declarations_go_with_the_person() {
    use kilde_access::request::{OwnRequest, Status, Wish};
    use kilde_access::{Declaration, hold::Hold};
    use kilde_intake::{Declare, Which, Whose};
    let world = filled();
    let person = world.log.person("Patient/doomed").expect("the log").expect("a person");
    let declare = |which: Which<'_>, declaration: Option<Declaration>| {
        let made = world.intake.declare(Declare {
            whose: Whose::Person(person),
            which,
            declaration,
            client: "portal",
            original: b"qjwzdeclared-xvkpbt".to_vec(),
            now_ms: NOW,
            most: 100,
        });
        made.expect("declared").id
    };
    let wish = Declaration::Request(OwnRequest {
        wish: Wish::Deletion,
        element: Some("Observation/o1".to_owned()),
        text: "qjwzdeclared-xvkpbt".to_owned(),
        version: None,
        entry: None,
        to: format!("{ORGANISATION}/epj"),
        status: Status::Received,
        answer: None,
    });
    let request = declare(Which::New, Some(wish));
    let hold = declare(
        Which::New,
        Some(Declaration::Hold(Hold {
            element: Some("Observation/o1".to_owned()),
            reason: "qjwzdeclared-xvkpbt".to_owned(),
        })),
    );
    let last = world.last();
    for target in [element("Observation", "o1"), Target::Person(person)] {
        let refused = destroy(&world, vec![element("Observation", "o2"), target]);
        assert!(matches!(refused, Err(DestroyError::Held(holds)) if holds == [hold.clone()]));
    }
    assert_eq!(world.last(), last, "nothing was done, of the other either");
    assert!(world.read("Observation", "o1").is_some() && world.read("Observation", "o2").is_some());
    destroy(&world, vec![element("Observation", "o2")]).expect("that is not held");
    declare(Which::There(&hold, None), None);
    let done = destroy(&world, vec![element("Observation", "o1")]).expect("lifted");
    assert_eq!(done.requests, [request]);
    destroy(&world, vec![Target::Person(person)]).expect("all of her");
    assert!(world.index.declarations(person).expect("the index").is_empty());
    assert!(world.index.declared().is_none());
    let mut marks = MARKS.to_vec();
    marks.push("qjwzdeclared-xvkpbt");
    let dir = stop(world);
    assert_eq!(search(dir.path(), &marks), Vec::<String>::new());
    assert!(open(dir).index.declared().is_none());
}

#[test]
fn what_belongs_to_nobody_is_refused() {
    let world = world();
    world
        .update(
            "Organization",
            "org",
            None,
            r#"{"resourceType":"Organization","id":"org","name":"A"}"#,
        )
        .expect("an organisation");
    assert!(matches!(
        destroy(&world, vec![element("Organization", "org")]),
        Err(DestroyError::Nobody)
    ));
    assert!(world.read("Organization", "org").is_some());
}
