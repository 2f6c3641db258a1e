//! How quick the index is on this machine: applying, reading by id, one person's resources, searches.
//!
//! `cargo run -p kilde-index --example search_speed [persons]`
//!
//! Figures of one run on one machine, to compare with each other; `kilde bench` measures the whole way.

use kilde_access::{Categories, testing};
use kilde_fhir::definitions::ResourceType;
use kilde_index::{Applied, Index, Limits, Search};
use kilde_log::{Change, Entry, Envelope, EventLog, Instance, InstanceKeys, MasterKey, NewEvent};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PER_PERSON: usize = 20;

/// Parameters of a search about some person.
type Make = fn(usize) -> Vec<(&'static str, String)>;

fn observation(person: usize, n: usize) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"o-{person}-{n}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"{}"}},{{"system":"http://snomed.info/sct","code":"{}"}}],"text":"measurement"}},"subject":{{"reference":"Patient/p-{person}"}},"encounter":{{"reference":"Encounter/e-{person}-{}"}},"effectiveDateTime":"2024-{:02}-{:02}T10:00:00+01:00","issued":"2024-05-01T10:00:00.000+01:00","performer":[{{"reference":"Practitioner/{}"}}],"valueQuantity":{{"value":{}.5,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"}},"identifier":[{{"system":"urn:vendor:measurement","value":"{person}-{n}"}}]}}"#,
        ["8867-4", "9279-1", "8310-5", "59408-5", "85354-9"][n % 5],
        271_649_006 + n % 7,
        n / 5,
        1 + person % 12,
        1 + n % 28,
        person % 50,
        60 + n,
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let persons: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(5_000);
    let dir = tempfile::tempdir()?;
    let instance = Instance::parse("9901").ok_or("instance")?;
    let keys = Arc::new(InstanceKeys::open_or_create(
        &dir.path().join("instance.key"),
        &instance,
        &MasterKey::from_bytes([1; 32]),
    )?);
    let log = Arc::new(EventLog::open(&dir.path().join("log"), &instance, keys.clone())?);
    let index = Index::open(&dir.path().join("index"), &instance, keys, log.clone())?;
    let (observation_type, patient_type) = (
        ResourceType::from_name("Observation").ok_or("type")?,
        ResourceType::from_name("Patient").ok_or("type")?,
    );

    let mut applying = Duration::ZERO;
    for chunk in (0..persons).collect::<Vec<_>>().chunks(100) {
        let mut appender = log.appender();
        let mut events = Vec::new();
        for person in chunk {
            let number = appender.person_or_new(&format!("Patient/p-{person}"))?;
            let entry = |rtype: ResourceType, id: String, text: String| Entry {
                person: number,
                rtype: rtype.0,
                id,
                version: 1,
                change: Change::Created,
                payload: text.into_bytes(),
            };
            let patient = format!(
                r#"{{"resourceType":"Patient","id":"p-{person}","name":[{{"family":"Family{}","given":["Given{}"]}}],"gender":"female","birthDate":"19{:02}-03-04","address":[{{"line":["Street {person}"],"city":"Nordvik","postalCode":"9901"}}]}}"#,
                person % 1000,
                person % 77,
                person % 100
            );
            let mut entries = vec![entry(patient_type, format!("p-{person}"), patient)];
            entries.extend((0..PER_PERSON).map(|n| entry(observation_type, format!("o-{person}-{n}"), observation(*person, n))));
            let event = NewEvent {
                envelope: Envelope {
                    kind: "transaction".into(),
                    source: "999999999/test".into(),
                    received_ms: 1_700_000_000_000 + *person as i64,
                    ..Envelope::default()
                },
                entries,
                ..NewEvent::default()
            };
            events.push((appender.push(event.clone())?, event));
        }
        appender.commit()?;
        let applied: Vec<_> = events.iter().map(|(no, event)| Applied::of(*no, event)).collect();
        let started = Instant::now();
        index.apply(&applied)?;
        applying += started.elapsed();
    }
    let resources = persons * (PER_PERSON + 1);
    println!(
        "{resources} resources; apply {:.0} resources/s",
        resources as f64 / applying.as_secs_f64()
    );

    let scope = testing::everything(instance, "999999999", "test");
    let some = |n: usize| (n * 7919) % persons;
    let measure = |what: &str, rounds: usize, ask: &mut dyn FnMut(usize) -> Result<usize, Box<dyn std::error::Error>>| {
        let mut times = Vec::with_capacity(rounds);
        let mut found = 0;
        for n in 0..rounds + rounds / 10 {
            let started = Instant::now();
            found = ask(n)?;
            if n >= rounds / 10 {
                times.push(started.elapsed());
            }
        }
        times.sort_unstable();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
        println!("{what:<52} {found:>6} found  p50 {:>9.1?}  p99 {:>9.1?}", at(50), at(99));
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    measure("read by id", 5000, &mut |n| {
        index.read(&scope, observation_type, &format!("o-{}-{}", some(n), n % PER_PERSON))?;
        Ok(1)
    })?;
    measure("the same without content (head)", 5000, &mut |n| {
        index.head(&scope, observation_type, &format!("o-{}-{}", some(n), n % PER_PERSON))?;
        Ok(1)
    })?;
    let types: Vec<ResourceType> = ["Patient", "Observation"].into_iter().filter_map(ResourceType::from_name).collect();
    measure("all of a person", 1000, &mut |n| {
        let person = log.person(&format!("Patient/p-{}", some(n)))?.ok_or("person")?;
        Ok(index.one_person(&scope, person, &types)?.read(&types, Categories::ALL)?.0.len())
    })?;
    let searches: [(&str, Make); 9] = [
        ("token, unique (identifier)", |p| {
            vec![("identifier", format!("urn:vendor:measurement|{p}-3"))]
        }),
        ("token, common (code)", |p| {
            vec![("code", format!("http://loinc.org|{}", ["8867-4", "9279-1"][p % 2]))]
        }),
        ("token and token, both common", |_| {
            vec![("code", "8867-4".into()), ("code", "271649008".into())]
        }),
        ("patient", |p| vec![("patient", format!("p-{p}"))]),
        ("patient, code and date, newest first", |p| {
            vec![
                ("patient", format!("p-{p}")),
                ("code", "8867-4".into()),
                ("date", "ge2024".into()),
                ("_sort", "-date".into()),
            ]
        }),
        ("date, one day", |p| vec![("date", format!("2024-05-{:02}", 1 + p % 28))]),
        ("quantity, common", |_| vec![("value-quantity", "gt70".into())]),
        ("everything, newest first", |_| vec![("_sort", "-_lastUpdated".into())]),
        ("count of a common code", |_| {
            vec![("code", "8867-4".into()), ("_summary", "count".into())]
        }),
    ];
    for (what, make) in searches {
        measure(what, if what.starts_with("count") { 20 } else { 1000 }, &mut |n| {
            let mut query: Vec<(String, String)> = make(some(n)).into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
            query.push(("_count".into(), "20".into()));
            if what.starts_with("count") {
                query.pop();
            }
            let (search, _) = Search::parse(observation_type, &query, false, Limits::default()).map_err(|f| format!("{f:?}"))?;
            let page = index.search(&scope, &search)?;
            Ok(page.total.unwrap_or(page.matches.len() as u64) as usize)
        })?;
    }
    Ok(())
}
