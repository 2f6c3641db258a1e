//! What a decision takes: `cargo test --workspace --lib what_decisions_take -- --nocapture`.

use super::world::*;
use crate::agreement::Agreement;
use crate::block::{Against, Block, Covers};
use crate::declared::{Declaration, Declared};
use crate::question::{Question, Relations};
use kilde_log::PersonNo;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PERSONS: u32 = 100_000;
const DECISIONS: u32 = 20_000;
const PARTIES: u32 = 200;

struct Many(Arc<Declared>);

impl Relations for Many {
    fn recorded(&self, person: PersonNo, _organisation: &str, _unit: Option<&str>, _at_ms: i64) -> bool {
        person.0.is_multiple_of(3)
    }
    fn birth_date(&self, _person: PersonNo) -> Option<jiff::civil::Date> {
        None
    }
    fn declared(&self) -> Option<Arc<Declared>> {
        Some(self.0.clone())
    }
}

fn told(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    eprintln!(
        "{what}: {} decisions, median {:?}, 99 % {:?}, 99.9 % {:?}",
        times.len(),
        at(500),
        at(990),
        at(999)
    );
    at(990)
}

/// Everybody has a block, there are agreements with many, and everybody who works asks about anybody, with attestations of any age.
#[test]
fn what_decisions_take() {
    let mut declared = Declared::default();
    for person in 1..=PERSONS {
        let block = Block {
            against: Against::Organisation {
                number: LEGEVAKT.to_owned(),
            },
            covers: Covers::Everything,
            emergency_opens: person.is_multiple_of(2),
        };
        declared.put(PersonNo(person), "b", Some(Declaration::Block(block)));
    }
    let relations = Many(Arc::new(declared));
    let mut asks: Vec<Ask> = PERSONNEL.iter().map(Ask::of).collect();
    let agreement = asks[0].policy.agreements[0].clone();
    let others = (0..PARTIES).map(|number| Agreement {
        id: number.to_string(),
        legal_entity: format!("{:09}", 300_000_000 + number),
        ..agreement.clone()
    });
    let mut policy = asks[0].policy.clone();
    policy.agreements.splice(0..0, others);
    let rule = r#"@id("cost") @code("cost") @status("403") @order("1") @reason_nb("a") @reason_nn("b") @reason_en("c")
        forbid (principal is Kilde::Personnel, action, resource) when { principal.level < 4 };"#;
    policy
        .narrow(rule)
        .expect("a rule of its own, so that nothing is remembered from other tests");
    let (mut known, mut new) = (Vec::new(), Vec::new());
    for number in 0..DECISIONS {
        let worker = number as usize % asks.len();
        let ask = &mut asks[worker];
        ask.attest(|a| a.time_ms = Some(NOW - i64::from(number * 7919 % 3_600) * 1000));
        let mut question = Question::new(&ask.identity, &policy, ask.action, ask.now_ms, &relations);
        (question.person, question.nin) = (Some(PersonNo(1 + number * 104_729 % PERSONS)), ask.nin.as_ref());
        let policies = policy.policies().expect("policies");
        let facts = super::super::facts::gather(&question).facts.told_to(&policies);
        let before = policies.knows(&facts);
        let begun = Instant::now();
        let decision = crate::decide(&question);
        let took = begun.elapsed();
        std::hint::black_box(&decision);
        if before { known.push(took) } else { new.push(took) }
    }
    let all: Vec<Duration> = known.iter().chain(&new).copied().collect();
    eprintln!(
        "beside {PERSONS} persons with blocks and {PARTIES} agreements, {} of {DECISIONS} about new facts",
        new.len()
    );
    told("all", all);
    told("facts known", known);
    told("facts new", new);
    // What of it is making the request.
    let ask = Ask::of(&PERSONNEL[0]);
    let question = Question::new(&ask.identity, &policy, ask.action, ask.now_ms, &relations);
    let facts = super::super::facts::gather(&question).facts;
    let begun = Instant::now();
    for _ in 0..300 {
        std::hint::black_box(super::super::cedar::request(&facts, None).is_ok());
    }
    eprintln!("request and entities: {:?}", begun.elapsed() / 300);
}
