//! How long terminology takes: `cargo run -p kilde-fhir --example terminology_speed [CONCEPTS]`.
//!
//! Makes up concepts in RF2 form (300,000 if not said): each with three terms in two languages,
//! one or two parents and two attributes. Loads them and prints time and memory, then answers a
//! second. Memory is what the process holds, from `/proc/self/status`.

use kilde_fhir::terminology::*;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Lines made as they are read, so that the text itself takes no memory.
struct Made<F> {
    line: F,
    next: u32,
    count: u32,
    rest: Vec<u8>,
}

/// Nanoseconds that making lines up took: no part of loading.
static MAKING: AtomicU64 = AtomicU64::new(0);

impl<F: FnMut(u32) -> String> Read for Made<F> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let start = Instant::now();
        while self.rest.len() < out.len() && self.next < self.count {
            self.rest.extend((self.line)(self.next).into_bytes());
            self.next += 1;
        }
        let n = self.rest.len().min(out.len());
        out[..n].copy_from_slice(&self.rest[..n]);
        self.rest.drain(..n);
        MAKING.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        Ok(n)
    }
}

fn with_check(digits: String) -> String {
    (0..10).map(|d| format!("{digits}{d}")).find(|t| verhoeff(t)).unwrap_or_default()
}

fn concept(n: u32) -> String {
    with_check(format!("{}00", n + 1000))
}

/// A number that looks random, the same for the same input.
fn mix(n: u32) -> u32 {
    n.wrapping_mul(2_654_435_761).rotate_right(13).wrapping_mul(2_246_822_519)
}

fn main() {
    let count: u32 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(300_000);
    let ids: Vec<String> = (0..count).map(concept).collect();
    // Some hundred top groups, then ever deeper: about twelve levels.
    let parent = |n: u32| if n == 0 { 0 } else { mix(n) % n.div_ceil(3) };
    let words = [
        "akutt",
        "kronisk",
        "betennelse",
        "brudd",
        "venstre",
        "høyre",
        "hjerte",
        "lunge",
        "nyre",
        "ben",
        "arm",
        "øye",
        "smerte",
        "hevelse",
    ];
    let term = |n: u32, salt: u32| {
        let word = |at: u32| words[(mix(n ^ (salt << at)) as usize + at as usize) % words.len()];
        format!("{} {} i {} nummer {n}", word(3), word(5), word(7))
    };
    let before = memory();
    let start = Instant::now();
    let mut files = Rf2::new(None);
    let mut read = |header: &str, rows: u32, line: &mut dyn FnMut(u32) -> String| {
        let made = Made {
            line,
            next: 0,
            count: rows,
            rest: format!("{header}\n").into_bytes(),
        };
        files
            .file("made up", BufReader::with_capacity(1 << 16, made))
            .expect("made up lines are read");
    };
    read("id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId", count, &mut |n| {
        format!("{}\t20990101\t1\t900000000000207008\t900000000000074008\n", ids[n as usize])
    });
    let kinds = ["900000000000003001", "900000000000013009", "900000000000013009"];
    read(
        "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId",
        count * 3,
        &mut |n| {
            let id = with_check(format!("{}01", n + 1000));
            let language = if n % 3 == 2 { "nb" } else { "en" };
            format!(
                "{id}\t20990101\t1\t1\t{}\t{language}\t{}\t{}\t1\n",
                ids[n as usize / 3],
                kinds[n as usize % 3],
                term(n / 3, n % 3)
            )
        },
    );
    read(
        "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId",
        count * 2,
        &mut |n| {
            let (refset, at) = if n % 2 == 0 {
                ("61000202103", 2)
            } else {
                ("900000000000509007", 1)
            };
            let description = with_check(format!("{}01", n / 2 * 3 + at + 1000));
            format!("x\t20990101\t1\t1\t{refset}\t{description}\t900000000000548007\n")
        },
    );
    read(
        "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId",
        count * 4,
        &mut |n| {
            let c = n / 4;
            let (target, kind) = match n % 4 {
                0 => (parent(c), "116680003"),
                1 => (
                    parent(c.wrapping_add(c / 7)).min(c.saturating_sub(1)),
                    if c.is_multiple_of(2) { "116680003" } else { ids[1].as_str() },
                ),
                at => (mix(c + at) % count, ids[at as usize].as_str()),
            };
            format!(
                "1\t20990101\t1\t1\t{}\t{}\t{}\t{kind}\t900000000000011006\t1\n",
                ids[c as usize],
                ids[target as usize],
                n % 2
            )
        },
    );
    read(
        "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId",
        count / 100,
        &mut |n| format!("x\t20990101\t1\t1\t{}\t{}\n", ids[5], ids[(mix(n) % count) as usize]),
    );
    let mut builder = TerminologyBuilder::new();
    builder.snomed(files);
    let (store, findings) = builder.build();
    let loaded = start.elapsed() - Duration::from_nanos(MAKING.load(Ordering::Relaxed));
    println!(
        "loaded {count} concepts in {:.2} s; findings: {}",
        loaded.as_secs_f64(),
        findings.len()
    );
    println!(
        "memory: store {} MB, process +{} MB (peak {} MB)",
        store.memory() >> 20,
        memory().0.saturating_sub(before.0) >> 10,
        memory().1 >> 10
    );

    let below = format!("http://snomed.info/sct?fhir_vs=isa/{}", ids[3]);
    println!("{:<34} {} codes", "value set is-a", expand(&store, &below, None, 0));
    let first = Instant::now();
    let ecl = format!(
        "http://snomed.info/sct?fhir_vs=ecl/<<{} MINUS (<{} OR ^{})",
        ids[3], ids[20], ids[5]
    );
    let _ = black_box(store.in_value_set(&ecl, Some(SNOMED), &ids[9]));
    println!(
        "{:<34} {:.2} ms",
        "first question to an ECL value set",
        first.elapsed().as_secs_f64() * 1e3
    );
    let first = Instant::now();
    let ecl = format!("http://snomed.info/sct?fhir_vs=ecl/<<{}:{}=<<{}", ids[0], ids[2], ids[3]);
    let total = expand(&store, &ecl, None, 0);
    println!(
        "{:<34} {:.2} ms, {total} codes",
        "refinement over all concepts",
        first.elapsed().as_secs_f64() * 1e3
    );

    let mut n = 0u32;
    rate("in_value_set (is-a)", || {
        n = n.wrapping_add(7919);
        black_box(store.in_value_set(&below, Some(SNOMED), &ids[(n % count) as usize]));
    });
    rate("is_a", || {
        n = n.wrapping_add(7919);
        black_box(store.is_a(SNOMED, &ids[(n % count) as usize], &ids[(mix(n) % count) as usize]));
    });
    rate("lookup", || {
        n = n.wrapping_add(7919);
        let request = LookupRequest {
            coding: Coding::new(SNOMED, &ids[(n % count) as usize]),
            display_language: Some("nb".to_owned()),
            properties: Vec::new(),
        };
        let _ = black_box(store.lookup(&request));
    });
    let small = (10..count).find(|c| (50..200).contains(&store.below(SNOMED, &ids[*c as usize]).map_or(0, Iterator::count)));
    let small = format!("http://snomed.info/sct?fhir_vs=isa/{}", ids[small.unwrap_or(10) as usize]);
    println!("{:<34} {} codes", "small value set", expand(&store, &small, None, 1000));
    rate("expand small", || _ = black_box(expand(&store, &small, None, 1000)));
    rate("expand big, page of 100", || _ = black_box(expand(&store, &below, None, 100)));
    let first = Instant::now();
    let hits = expand(&store, &below, Some("hjer akut"), 20);
    println!(
        "{:<34} {:.2} s, {hits} codes",
        "first search (makes word index)",
        first.elapsed().as_secs_f64()
    );
    rate("expand big with filter, page of 20", || {
        _ = black_box(expand(&store, &below, Some("hjer akut"), 20))
    });
    println!(
        "memory with word index: store {} MB, process +{} MB",
        store.memory() >> 20,
        memory().0.saturating_sub(before.0) >> 10
    );
}

fn expand(store: &Terminology, url: &str, filter: Option<&str>, count: usize) -> usize {
    let request = ExpandRequest {
        url: Some(url.to_owned()),
        filter: filter.map(str::to_owned),
        count: Some(count),
        ..ExpandRequest::default()
    };
    store.expand(&request).map_or(0, |e| e.total)
}

fn rate(name: &str, mut once: impl FnMut()) {
    let start = Instant::now();
    let mut times = 0u64;
    while start.elapsed() < Duration::from_millis(700) {
        (0..10).for_each(|_| once());
        times += 10;
    }
    println!("{name:<34} {:>12.0} /s", times as f64 / start.elapsed().as_secs_f64());
}

/// Kilobytes held now, and at most so far.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    (of("VmRSS:"), of("VmHWM:"))
}
