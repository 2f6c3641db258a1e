//! How fast this machine appends: `cargo run -p kilde-log --example append_speed -- [directory] [seconds per line]`.
//!
//! Prints the disk's limit (synced appends a second) beside what the log and the record log reach.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kilde_log::{
    Change, Entry, Envelope, EventLog, EventNo, GroupCommit, Instance, InstanceKeys, MasterKey, NewEvent, PersonNo, Record, RecordLog,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds = Duration::from_secs_f64(arguments.next().map_or(Ok(2.0), |text| text.parse())?);
    let dir = root.join(format!("kilde-append-speed-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let outcome = measure(&dir, seconds);
    std::fs::remove_dir_all(&dir)?;
    outcome
}

fn measure(dir: &Path, seconds: Duration) -> Outcome<()> {
    for size in [512, 8 << 10, 100 << 10] {
        println!("disk: {:>9.0} synced appends/s of {size} bytes", syncs(dir, seconds / 2, size)?);
    }
    let instance = Instance::parse("9901").ok_or("not an instance")?;
    let keys = Arc::new(InstanceKeys::create(
        &dir.join("instance.key"),
        &instance,
        &MasterKey::from_bytes([0; 32]),
    )?);
    let log = Arc::new(EventLog::open(&dir.join("log"), &instance, keys.clone())?);
    for group in [1, 8, 64] {
        let (rate, syncs) = appends(&log, group, 1, seconds)?;
        println!("log, groups of {group:>2}, events of 1 entry of 2 kB: {rate:>9.0} events/s, {syncs:>7.0} syncs/s");
    }
    let (rate, _) = appends(&log, 8, 100, seconds)?;
    println!("log, groups of  8, events of 100 entries of 2 kB: {:>9.0} entries/s", rate * 100.0);
    println!(
        "log, 64 waiting writers through the commit thread: {:>9.0} events/s",
        waiting(&log, 64, seconds)?
    );
    let last = log.last();
    println!("log, random payloads, one thread: {:>9.0} reads/s", reads(&log, last, seconds)?);
    let start = Instant::now();
    let found = log.verify(|_| {})?;
    println!(
        "log, verification: {:>9.0} entries/s of {}",
        found.entries as f64 / start.elapsed().as_secs_f64(),
        found.entries
    );
    drop(log);
    let start = Instant::now();
    let log = EventLog::open(&dir.join("log"), &instance, keys.clone())?;
    println!(
        "log, opening {} events after a clean stop: {:.3} s",
        log.last(),
        start.elapsed().as_secs_f64()
    );

    let records = RecordLog::open(&dir.join("access"), &instance, keys)?;
    for group in [1, 8, 64, 512] {
        println!(
            "record log, groups of {group:>3}, 300 bytes: {:>9.0} records/s",
            record_appends(&records, group, seconds)?
        );
    }
    Ok(())
}

/// Something like a FHIR resource: mostly structure, some content that differs.
fn payload(seed: u64, size: usize) -> Vec<u8> {
    let mut out = format!("{{\"resourceType\":\"Observation\",\"id\":\"{seed:016x}\",\"status\":\"final\",\"component\":[").into_bytes();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while out.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let part = format!(
            "{{\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"{}-{}\"}}]}},\"valueQuantity\":{{\"value\":{}}}}},",
            state % 99_999,
            state % 7,
            state % 1000
        );
        out.extend_from_slice(part.as_bytes());
    }
    out
}

fn event(no: EventNo, person: PersonNo, entries: u64) -> NewEvent {
    let entry = |n: u64| Entry {
        person,
        rtype: 90,
        id: format!("{:032x}", no.0 << 20 | n),
        version: 1,
        change: Change::Created,
        payload: payload(no.0 << 8 | n, 2000),
    };
    let entries: Vec<_> = (0..entries).map(entry).collect();
    let envelope = Envelope {
        kind: "transaction".into(),
        source: "epj".into(),
        organisation: "999999999".into(),
        client: "epj-nordvik".into(),
        received_ms: 1_790_000_000_000,
        format: "application/fhir+json".into(),
        persons: vec![person],
        ..Envelope::default()
    };
    let original = entries.iter().flat_map(|entry| entry.payload.iter().copied()).collect();
    NewEvent {
        envelope,
        original,
        answer: b"{\"resourceType\":\"Bundle\"}".to_vec(),
        message_key: Some(no.0.to_be_bytes().to_vec()),
        entries,
        ..NewEvent::default()
    }
}

/// Events and syncs a second. Making the events is not counted.
fn appends(log: &EventLog, group: u64, entries: u64, seconds: Duration) -> Outcome<(f64, f64)> {
    let (mut busy, mut events, mut syncs) = (Duration::ZERO, 0u64, 0u64);
    while busy < seconds {
        let first = log.last().0 + 1;
        let mut made: Vec<_> = (first..first + group).map(|no| event(EventNo(no), PersonNo(0), entries)).collect();
        let start = Instant::now();
        let mut appender = log.appender();
        for event in &mut made {
            let person = appender.person_or_new(&format!("Patient/{}", appender.next_no().0 % 10_000))?;
            event.envelope.persons = vec![person];
            event.entries.iter_mut().for_each(|entry| entry.person = person);
        }
        for event in made {
            appender.push(event)?;
        }
        appender.commit()?;
        busy += start.elapsed();
        events += group;
        syncs += 1;
    }
    Ok((events as f64 / busy.as_secs_f64(), syncs as f64 / busy.as_secs_f64()))
}

fn waiting(log: &Arc<EventLog>, writers: u64, seconds: Duration) -> Outcome<f64> {
    let target = log.clone();
    let worker = GroupCommit::spawn("append-speed", 1024, 256, Duration::ZERO, move |events: Vec<NewEvent>| {
        let count = events.len();
        let mut appender = target.appender();
        let pushed = events.into_iter().try_for_each(|event| appender.push(event).map(|_| ()));
        vec![pushed.and_then(|()| appender.commit()).is_ok(); count]
    });
    let start = Instant::now();
    let done: Vec<u64> = std::thread::scope(|scope| {
        let spawn = |writer: u64| {
            let worker = &worker;
            scope.spawn(move || {
                let mut done = 0;
                while start.elapsed() < seconds {
                    let event = event(EventNo(1 << 40 | writer << 24 | done), PersonNo(1), 1);
                    done += u64::from(worker.submit(event).is_ok_and(|ticket| ticket.wait() == Ok(true)));
                }
                done
            })
        };
        let writers: Vec<_> = (0..writers).map(spawn).collect();
        writers.into_iter().filter_map(|writer| writer.join().ok()).collect()
    });
    Ok(done.iter().sum::<u64>() as f64 / start.elapsed().as_secs_f64())
}

fn reads(log: &EventLog, last: EventNo, seconds: Duration) -> Outcome<f64> {
    let (start, mut count, mut state) = (Instant::now(), 0u64, 88_172_645_463_325_252u64);
    while start.elapsed() < seconds {
        for _ in 0..64 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            log.payload(EventNo(state % last.0 + 1), 0)?.ok_or("unreadable")?;
        }
        count += 64;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

fn record_appends(log: &RecordLog, group: u32, seconds: Duration) -> Outcome<f64> {
    let (start, mut count) = (Instant::now(), 0u64);
    while start.elapsed() < seconds {
        let records: Vec<_> = (0..group)
            .map(|n| Record {
                person: PersonNo(1 + n * 37 % 5000),
                body: payload(count + u64::from(n), 250),
                ..Record::default()
            })
            .collect();
        log.append(&records)?;
        count += u64::from(group);
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

fn syncs(dir: &Path, seconds: Duration, size: usize) -> Outcome<f64> {
    let mut file = File::create(dir.join("sync"))?;
    let bytes = vec![7; size];
    let (start, mut count) = (Instant::now(), 0u64);
    while start.elapsed() < seconds {
        file.write_all(&bytes)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}
