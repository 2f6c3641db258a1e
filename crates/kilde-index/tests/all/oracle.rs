//! R5: random resources, random scopes, random questions at every door. The engine answers as a naive program does that knows everything,
//! computes over all of it, and leaves out afterwards what the rules keep from the reader: the same results, order, counts and refusals.
//!
//! `KILDE_ORACLE_CASES` and `KILDE_ORACLE_SEED` say how many questions, and which (`cargo xtask oracle`).

mod codes;
mod engine;
mod filter;
mod generate;
mod linked;
mod meaning;
mod model;
mod naive;
mod order;
mod query;
mod question;
mod reader;

use engine::Outcome;
use generate::{Built, Random, Step};
use question::{About, Form, Question};
use reader::{Door, Fault, Forgets, Kinds, Reader};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Questions asked of one world: to make a world costs as much as some hundred questions.
const OF_A_WORLD: u64 = 1000;
/// Of so many worlds the index is made anew from the log, and compared.
const REBUILT: u64 = 12;

fn of_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The world of a seed.
fn script(seed: u64) -> Vec<Step> {
    generate::script(&mut Random::new(seed))
}

/// A question of a seed.
fn question(seed: u64, number: u64) -> Question {
    Question::random(&mut Random::new(seed.wrapping_mul(0x0010_0000_01B3).wrapping_add(number)))
}

/// What the engine answers and what the rules say, if these are not the same.
fn difference(built: &Built, question: &Question, fault: Option<Fault>) -> Option<(Outcome, Outcome)> {
    let reader = Reader::new(&question.access, &built.kit, fault);
    let then = question.then.as_ref().map(|then| Reader::new(then, &built.kit, fault));
    let got = engine::ask(&built.kit, question, &reader, then.as_ref());
    let wanted = naive::expect(built, question, &reader, then.as_ref());
    (!same(question, &got, &wanted)).then_some((got, wanted))
}

fn same(question: &Question, got: &Outcome, wanted: &Outcome) -> bool {
    let paged = matches!(
        question.about,
        About::Search { form: Form::Pages(_), .. }
            | About::System { form: Form::Pages(_), .. }
            | About::Compartment { form: Form::Pages(_), .. }
            | About::Contained { form: Form::Pages(_), .. }
    );
    // Of pages a total is told only where it is known anyway.
    let totals = got.total == wanted.total || (paged && got.total.is_none());
    totals && got.rows == wanted.rows && got.error == wanted.error
}

/// The smallest world found in which the question still finds a difference: what can be left out is left out.
fn smallest(mut script: Vec<Step>, fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    loop {
        let before = script.clone();
        for at in (0..script.len()).rev() {
            let mut less = script.clone();
            less.remove(at);
            if fails(&less) {
                script = less;
                continue;
            }
            let Step::Put(_, made) = &script[at] else { continue };
            for one in (0..made.len()).rev() {
                let mut less = script.clone();
                if let Step::Put(_, made) = &mut less[at]
                    && one < made.len()
                {
                    made.remove(one);
                }
                if fails(&less) {
                    script = less;
                }
            }
        }
        if before.iter().map(Step::len).sum::<usize>() == script.iter().map(Step::len).sum::<usize>() && before.len() == script.len() {
            return script;
        }
    }
}

fn told(seed: u64, number: u64) -> String {
    let question = question(seed, number);
    let differs = |script: &[Step]| difference(&Built::new(script), &question, None).is_some();
    let small = smallest(script(seed), differs);
    let outcome = difference(&Built::new(&small), &question, None);
    let (got, wanted) = outcome.unwrap_or_default();
    let world: Vec<String> = small.iter().map(Step::told).collect();
    format!(
        "world {seed}, question {number}\n{question:#?}\nanswered: {got:?}\nthe rules: {wanted:?}\nthe smallest world found:\n{}\n\
         again: KILDE_ORACLE_CASES={OF_A_WORLD} KILDE_ORACLE_SEED={seed}",
        world.join("\n")
    )
}

#[test]
fn the_engine_answers_as_the_rules_say() {
    let cases = of_environment("KILDE_ORACLE_CASES").unwrap_or(100_000);
    let clock = || {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| d.as_millis() as u64)
    };
    let seed = of_environment("KILDE_ORACLE_SEED").unwrap_or_else(clock);
    let worlds = cases.div_ceil(OF_A_WORLD);
    let (next, found) = (AtomicU64::new(0), Mutex::new(None));
    let begun = std::time::Instant::now();
    let work = || {
        loop {
            let world = next.fetch_add(1, Ordering::Relaxed);
            if world >= worlds || found.lock().unwrap().is_some() {
                return;
            }
            let of_world = seed.wrapping_add(world);
            let built = Built::new(&script(of_world));
            for number in 0..OF_A_WORLD.min(cases - world * OF_A_WORLD) {
                if difference(&built, &question(of_world, number), None).is_some() {
                    *found.lock().unwrap() = Some((of_world, number));
                    return;
                }
            }
            if world < REBUILT {
                assert_eq!(
                    built.kit.rebuilt().1.digest().unwrap(),
                    built.kit.index.digest().unwrap(),
                    "rebuild, world {of_world}"
                );
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    if let Some((seed, number)) = found.into_inner().unwrap() {
        panic!("{}", told(seed, number));
    }
    eprintln!(
        "{cases} questions of {worlds} worlds, seed {seed}: no difference, {:?}",
        begun.elapsed()
    );
}

/// Rules that forget something at one door, judge a history by its own labels, take everybody's cursor, or know no condition of some
/// kind: each is noticed, so the questions do come to what the rules are about.
#[test]
fn a_wrong_rule_is_noticed() {
    let forgets = [Forgets::Blocks, Forgets::Marks, Forgets::Permit];
    let mut faults: Vec<Fault> = Door::ALL
        .iter()
        .flat_map(|door| forgets.map(|what| Fault::At(*door, what)))
        .collect();
    faults.extend(Kinds::ALL.map(Fault::Deaf));
    faults.extend([Fault::ByItself, Fault::ByNewest, Fault::CursorUnbound, Fault::PlacesFound]);
    // What a page of everything also brings belongs to nobody, and nobody blocks that.
    faults.retain(|fault| *fault != Fault::At(Door::Everything, Forgets::Blocks));
    for world in 0..240 {
        let built = Built::new(&script(world));
        for number in 0..OF_A_WORLD {
            let question = question(world, number);
            let right = Reader::new(&question.access, &built.kit, None);
            let then = question.then.as_ref().map(|then| Reader::new(then, &built.kit, None));
            let got = engine::ask(&built.kit, &question, &right, then.as_ref());
            assert!(
                same(&question, &got, &naive::expect(&built, &question, &right, then.as_ref())),
                "world {world}, question {number}: see the other test"
            );
            faults.retain(|fault| {
                let (wrong, wrong_then) = (right.judging(*fault), then.as_ref().map(|then| then.judging(*fault)));
                same(&question, &got, &naive::expect(&built, &question, &wrong, wrong_then.as_ref()))
            });
            if faults.is_empty() {
                eprintln!("every wrong rule was noticed within {} questions", world * OF_A_WORLD + number + 1);
                return;
            }
        }
    }
    panic!("not noticed: {faults:?}");
}
