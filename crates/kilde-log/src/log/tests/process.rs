//! Two processes: one at a time, and one that is killed while it writes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::super::*;
use crate::testing::{Place, entry, event, instance};
use crate::{EventNo, MasterKey};

const DIR: &str = "KILDE_LOG_TEST_DIR";

/// Runs one of the `child_` tests below in a process of its own.
fn child(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("log::tests::process::{name}"), "--nocapture"])
        .env(DIR, dir);
    command
}

fn open_in_child() -> Option<Result<EventLog, LogError>> {
    let dir = std::path::PathBuf::from(std::env::var_os(DIR)?);
    let keys = InstanceKeys::open(&dir.join("instance.key"), &instance(), &MasterKey::from_bytes([1; 32])).unwrap();
    Some(EventLog::open(&dir.join("log"), &instance(), Arc::new(keys)))
}

#[test]
fn child_opens() {
    if let Some(opened) = open_in_child() {
        println!("child: {}", opened.err().map_or("opened".to_owned(), |error| error.to_string()));
    }
}

#[test]
fn child_appends() {
    let Some(log) = open_in_child() else { return };
    let log = log.unwrap();
    loop {
        let mut appender = log.appender();
        for _ in 0..3 {
            let no = appender.next_no().0;
            let person = appender.person_or_new(&format!("Patient/{}", no % 50)).unwrap();
            appender
                .push(event(vec![entry(person.0, "a", &no.to_be_bytes().repeat(100))]))
                .unwrap();
        }
        appender.commit().unwrap();
        println!("acknowledged {}", log.last());
    }
}

#[test]
fn a_second_process_is_refused_by_name() {
    let place = Place::new();
    let log = place.log();
    let told = |place: &Place| String::from_utf8(child("child_opens", place.dir.path()).output().unwrap().stdout).unwrap();
    let text = told(&place);
    assert!(text.contains("is already open; only one process"), "{text}");
    drop(log);
    let text = told(&place);
    assert!(text.contains("child: opened"), "{text}");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let place = Place::new();
    let mut acknowledged = 0;
    for round in 0..4 {
        let mut process = child("child_appends", place.dir.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut note = |line: String| {
            if let Some(no) = line.strip_prefix("acknowledged ").and_then(|no| no.parse::<u64>().ok()) {
                acknowledged = acknowledged.max(no);
            }
        };
        lines.by_ref().take(10 + 37 * round).for_each(|line| note(line.unwrap()));
        process.kill().unwrap();
        process.wait().unwrap();
        lines.for_each(|line| note(line.unwrap()));
        let log = place.log();
        assert!(log.last().0 >= acknowledged, "{} < {acknowledged}", log.last());
        assert_eq!(log.verify(|_| {}).unwrap().events, log.last().0);
        assert_eq!(
            log.payload(EventNo(acknowledged), 0).unwrap().unwrap(),
            acknowledged.to_be_bytes().repeat(100)
        );
        acknowledged = log.last().0;
    }
    assert!(acknowledged >= 100);
}
