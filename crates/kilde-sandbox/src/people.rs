//! Synthetic citizens: the same for the same instance, number and seed.
//!
//! Who they are (numbers, names, households, needs) hangs on instance and seed alone; when their
//! services ran and their measurements were taken hangs on the day given, so that a sandbox made
//! next year is as fresh as one made today.

mod bundle;
mod citizen;
mod dice;
mod directory;
mod fixed;
mod household;
mod measurements;
mod names;
pub(crate) mod number;
mod place;
mod services;
mod ward_score;

pub use bundle::Part;
pub use citizen::{Citizen, GeneralPractitioner, Need, Role, Story, Text};
pub use directory::{Entry, People};
pub use fixed::{FIXED, FixedCitizen};
pub use measurements::{Consciousness, Course, Measurement, Setting, Single, SingleKind, VitalSigns};
pub use names::Background;
pub use number::{Marking, Number};
pub use place::Address;
pub use services::{SERVICE_TYPES, Service, ServiceState, ServiceType, service_type};
pub use ward_score::{WardScore, ward_score};

use dice::Dice;
use jiff::civil::Date;
use std::collections::{HashSet, VecDeque};

/// The day the ages of citizens are reckoned from, and the day [`generate`] places services and measurements by.
pub const REFERENCE: Date = jiff::civil::date(2026, 11, 22);

/// Citizens of an instance, `n` of them (never fewer than the fixed ones), in a fixed order.
pub fn generate(instance: &str, n: usize, seed: u64) -> Generator {
    generate_as_of(instance, n, seed, REFERENCE)
}

/// The last day that is over in Norway: made as of it, citizens have nothing that lies ahead.
pub fn last_whole_day(now_ms: i64) -> Date {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    kilde_fhir::date::local_date(now_ms - DAY_MS)
}

/// As [`generate`], with services and measurements up to `today` (not before [`REFERENCE`]).
pub fn generate_as_of(instance: &str, n: usize, seed: u64, today: Date) -> Generator {
    let stream = crate::fhir::hash("instance", instance, 0);
    let today = today.max(REFERENCE);
    let mut generator = Generator {
        instance: instance.to_owned(),
        seed,
        today,
        dice: Dice::new(seed, stream),
        waiting: VecDeque::new(),
        taken: HashSet::new(),
        left: n,
        next_index: 0,
        next_household: 1,
    };
    fixed::add(&mut generator);
    generator.left = n.max(generator.waiting.len());
    generator
}

/// Iterator over citizens; made by [`generate`].
#[derive(Debug, Clone)]
pub struct Generator {
    instance: String,
    seed: u64,
    today: Date,
    dice: Dice,
    waiting: VecDeque<Citizen>,
    taken: HashSet<Number>,
    left: usize,
    next_index: u32,
    next_household: u32,
}

impl Iterator for Generator {
    type Item = Citizen;

    fn next(&mut self) -> Option<Citizen> {
        if self.left == 0 {
            return None;
        }
        if self.waiting.is_empty() {
            household::add(self);
        }
        self.left -= 1;
        self.waiting.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl Generator {
    /// Hands out the place of the next citizen.
    fn index(&mut self) -> u32 {
        self.next_index += 1;
        self.next_index - 1
    }

    /// A number nobody has, for somebody born that day. The day moves on if all of its numbers are taken.
    fn number(&mut self, birth: Date, woman: bool) -> (Number, Date) {
        let marking = if self.dice.chance(60) { Marking::SyntPop } else { Marking::Tenor };
        let d_number = self.dice.chance(12);
        // Instances have individual numbers of their own, so that nobody lives in two of them.
        let residue = 2 * (1 + (self.instance.bytes().map(u16::from).sum::<u16>()) % 3) + u16::from(!woman);
        let mut day = birth;
        loop {
            let (low, high) = number::individual_range(day.year());
            let steps = (high - low) / 8;
            let start = self.dice.below(u32::from(steps)) as u16;
            for i in 0..steps {
                let base = low + 8 * ((start + i) % steps);
                // `low` is 0 or 500; 500 leaves a rest of 4 by 8.
                let individual = base - base % 8 + residue + if base % 8 > residue { 8 } else { 0 };
                if let Some(number) = Number::new(day, individual, marking, d_number)
                    && self.taken.insert(number)
                {
                    return (number, day);
                }
            }
            day = day.tomorrow().unwrap_or(birth);
        }
    }
}

#[cfg(test)]
mod tests;
