//! What a decision takes, in process: over the index of a municipality in which every citizen has a block, beside agreements with many.

use super::bare::Askers;
use super::load::Loaded;
use super::report::Figure;
use super::requests::scattered;
use super::stores;
use crate::assembly::sandbox;
use anyhow::{Context, ensure};
use hdrhistogram::Histogram;
use jiff::civil::Date;
use kilde_access::agreement::Agreement;
use kilde_access::block::{Against, Block, Covers};
use kilde_access::declared::Declaration;
use kilde_access::proxy::Family;
use kilde_access::{Action, Decision, Declared, Identity, Question, Relations, decide};
use kilde_fhir::national_id::Nin;
use kilde_http::server::now_ms;
use kilde_index::Index;
use kilde_log::PersonNo;
use kilde_sandbox::issuer::PersonaRequest;
use smallvec::SmallVec;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Who asks: everybody who works in the municipality, and her neighbours.
const ASKERS: [&str; 8] = [
    "sykepleier-legevakt-nordvik",
    "lege-legevakt-nordvik",
    "sykepleier-kad-nordvik",
    "hjemmesykepleier-nordvik",
    "fysioterapeut-nordvik",
    "saksbehandler-nordvik",
    "fastlege-nordvik",
    "sykepleier-dalfjord",
];
/// What they ask.
const ACTIONS: [Action; 5] = [Action::Overview, Action::Read, Action::Search, Action::Exists, Action::Write];
/// Parties of agreements.
const PARTIES: u32 = 200;
/// Citizens for whom each of them has an attestation.
const ATTESTED: usize = 50;
/// How old an attestation may be, milliseconds.
const OLDEST_MS: i64 = 60 * 60 * 1000;

/// The index, and what everybody has declared.
struct Declaring<'a> {
    index: &'a Index,
    declared: Arc<Declared>,
}

impl Relations for Declaring<'_> {
    fn recorded(&self, person: PersonNo, organisation: &str, unit: Option<&str>, at_ms: i64) -> bool {
        self.index.recorded(person, organisation, unit, at_ms)
    }
    fn birth_date(&self, person: PersonNo) -> Option<Date> {
        self.index.birth_date(person)
    }
    fn same_person(&self, person: PersonNo) -> SmallVec<[PersonNo; 2]> {
        self.index.same_person(person)
    }
    fn family(&self, holder: &str, person: PersonNo, at_ms: i64, trusted: &[String]) -> Option<Family> {
        self.index.family(holder, person, at_ms, trusted)
    }
    fn secret_address(&self, person: PersonNo) -> bool {
        self.index.secret_address(person)
    }
    fn declared(&self) -> Option<Arc<Declared>> {
        Some(self.declared.clone())
    }
}

/// The rows: `n` decisions about random citizens, by attestations of any age; every other one is about another citizen than was attested.
///
/// # Errors
/// When an index cannot be opened, a token is refused, or nothing is permitted or nothing refused.
pub fn measure(data: &Path, loaded: &Loaded, n: usize) -> anyhow::Result<Vec<Figure>> {
    let stores = stores(data)?;
    let mut people: Vec<(PersonNo, Nin)> = Vec::with_capacity(loaded.people.len());
    let mut declared = Declared::default();
    for (at, nin) in loaded.people.iter().enumerate() {
        let person = stores.log.person(&format!("nin|{nin}"))?.context("a citizen is not there")?;
        people.push((person, Nin::parse(nin).map_err(|_| anyhow::anyhow!("a citizen without a number"))?));
        // Every third keeps the emergency clinic out, the others somebody who does not ask.
        let number = if at % 3 == 0 { "399901014" } else { "399905555" };
        let block = Block {
            against: Against::Organisation { number: number.to_owned() },
            covers: Covers::Everything,
            emergency_opens: at % 2 == 0,
        };
        declared.put(person, "1", Some(Declaration::Block(block)));
    }
    let relations = Declaring {
        index: &stores.index,
        declared: Arc::new(declared),
    };
    let mut policy = sandbox::policy("9901").context("the sandbox has no policy")?;
    let like = policy.agreements.first().cloned().context("the sandbox has no agreement")?;
    let parties = (0..PARTIES).map(|number| Agreement {
        id: number.to_string(),
        legal_entity: (300_000_000 + number).to_string(),
        ..like.clone()
    });
    policy.agreements.splice(0..0, parties);
    eprintln!("tokens for {} attestations ...", ASKERS.len() * ATTESTED);
    let issued = now_ms();
    let sandbox = Askers::new()?;
    let mut asking: Vec<(Arc<Identity>, usize)> = Vec::new();
    for (of, persona) in ASKERS.iter().enumerate() {
        for at in scattered(ATTESTED, people.len()).map(|at| (at + of) % people.len()) {
            let request = PersonaRequest::new(persona, "").patient(people[at].1.as_str());
            asking.push((sandbox.identity(request)?, at));
        }
    }
    let (mut latency, mut permitted) = (Histogram::<u64>::new_with_bounds(1, 1_000_000_000, 3)?, 0);
    let (order, mut nanoseconds) = (scattered(n, usize::MAX >> 33), 0);
    for (no, at) in order.enumerate() {
        let (identity, attested) = &asking[at % asking.len()];
        let about = if no % 2 == 0 { *attested } else { at % people.len() };
        let (person, nin) = &people[about];
        let action = ACTIONS[no / 2 % ACTIONS.len()];
        let later = (at as i64).rem_euclid(OLDEST_MS);
        let mut question = Question::new(identity, &policy, action, issued + later, &relations);
        (question.person, question.nin) = (Some(*person), Some(nin));
        question.service = (no % 3 == 0).then_some("okt");
        let begun = Instant::now();
        let decision = decide(&question);
        let took = begun.elapsed().as_nanos() as u64;
        nanoseconds += took;
        latency.record(took.max(1))?;
        permitted += usize::from(matches!(decision, Decision::Permit(_)));
    }
    ensure!(permitted > n / 20 && permitted < n - n / 20, "{permitted} of {n} were permitted");
    let us = |ns: u64| ns as f64 / 1000.0;
    let row = |id: &str, what: &str, quantile: f64, limit: Option<f64>| {
        let what = format!("a decision, {what}; {permitted} of {n} permitted");
        Figure::new(
            format!("decision/{id}"),
            what,
            us(latency.value_at_quantile(quantile)),
            "us",
            limit,
            people.len() as u64,
        )
    };
    let per_second = n as f64 * 1e9 / nanoseconds as f64;
    Ok(vec![
        Figure::new(
            "decision",
            "decisions, one thread",
            per_second,
            "a second",
            None,
            people.len() as u64,
        ),
        row("p50", "median", 0.5, None),
        row("p99", "99 % within (limit: the goal)", 0.99, Some(50.0)),
        row("p99.9", "99.9 % within", 0.999, None),
        row("max", "the slowest", 1.0, None),
    ])
}
