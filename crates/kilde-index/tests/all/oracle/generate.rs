//! Random events: resources created, changed and deleted, in the model and in the log.

mod resources;

pub use resources::{hundredths, moment};

use super::codes::Table;
use super::model::{Fields, LABELS, PROFILES, SOURCES, Stored, World, organisation};
use super::question::NAMES as TYPES;
use crate::kit::{Kit, all, rtype};
use kilde_index::{Limits, Over, Search};
use std::sync::Arc;

/// Numbers that follow from a seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n`.
    pub fn chance(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A resource of a delivery: id, what the model knows of it, its JSON, its label.
#[derive(Debug, Clone)]
pub struct Made {
    pub id: String,
    pub fields: Fields,
    pub text: String,
    pub label: Option<usize>,
    pub profile: Option<usize>,
    pub secret: bool,
}

/// One event.
#[derive(Debug, Clone)]
pub enum Step {
    /// A delivery of a source.
    Put(usize, Vec<Made>),
    /// A source deletes a resource, if it is there then.
    Delete(usize, &'static str, String),
}

impl Step {
    /// How many resources it is about.
    pub fn len(&self) -> usize {
        match self {
            Step::Put(_, made) => made.len(),
            Step::Delete(..) => 1,
        }
    }

    /// As text, for who looks for the fault.
    pub fn told(&self) -> String {
        match self {
            Step::Put(source, made) => {
                let all: Vec<String> = made.iter().map(Made::json).collect();
                format!("{} delivers\n  {}", SOURCES[*source], all.join("\n  "))
            }
            Step::Delete(source, name, id) => format!("{} deletes {name}/{id}", SOURCES[*source]),
        }
    }
}

/// Some events.
pub fn script(random: &mut Random) -> Vec<Step> {
    (0..8 + random.below(30)).map(|_| step(random)).collect()
}

fn step(random: &mut Random) -> Step {
    let source = random.below(SOURCES.len());
    if random.chance(6) {
        let (name, letter, n) = random.pick(&[
            ("Observation", "o", 14),
            ("Patient", "p", 4),
            ("EpisodeOfCare", "e", 4),
            ("List", "l", 3),
            ("Encounter", "v", 4),
            ("Location", "h", 4),
            ("RiskAssessment", "r", 3),
        ]);
        return Step::Delete(source, name, format!("{letter}{}", random.below(n)));
    }
    let made = |random: &mut Random| {
        let (id, fields, text) = resources::resource(random);
        let label = if random.chance(3) { Some(random.below(LABELS.len())) } else { None };
        let profile = if random.chance(3) {
            Some(random.below(PROFILES.len()))
        } else {
            None
        };
        let secret = matches!(fields, Fields::Patient { .. }) && random.chance(4);
        Made {
            id,
            fields,
            text,
            label,
            profile,
            secret,
        }
    };
    Step::Put(source, (0..1 + random.below(4)).map(|_| made(random)).collect())
}

impl Made {
    /// The JSON with the label.
    fn json(&self) -> String {
        let label = self
            .label
            .map(|label| format!(r#"{{"system":"urn:oid:2.16.578.1.12.4.1.1.9603","code":"{}"}}"#, LABELS[label]));
        let secret = self
            .secret
            .then(|| r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}"#.to_owned());
        let labels: Vec<String> = label.into_iter().chain(secret).collect();
        let security = (!labels.is_empty()).then(|| format!(r#""security":[{}]"#, labels.join(",")));
        let profile = self.profile.map(|p| format!(r#""profile":["{}"]"#, PROFILES[p]));
        let meta: Vec<String> = security.into_iter().chain(profile).collect();
        match meta.is_empty() {
            true => self.text.clone(),
            false => format!(r#"{},"meta":{{{}}}}}"#, &self.text[..self.text.len() - 1], meta.join(",")),
        }
    }

    /// First and last day that it tells of, in Oslo in winter; the day it was received, if it tells none.
    fn documented(&self, received: i64) -> (i64, i64) {
        let day = |ms: i64| (ms + 3_600_000).div_euclid(86_400_000);
        match &self.fields {
            Fields::Observation { when: Some(w), .. } | Fields::Episode { when: Some(w), .. } => {
                (day(w.from), if w.to == i64::MAX { i64::MAX } else { day(w.to - 1) })
            }
            _ => (day(received), day(received)),
        }
    }
}

/// A script as it was carried out.
pub struct Built {
    pub kit: Kit,
    pub world: World,
    /// Ids of each type in the default order, which is the index's own.
    orders: Vec<(&'static str, Vec<String>)>,
    /// The ids of all types in it.
    pub numbers: Vec<String>,
}

impl Built {
    pub fn new(script: &[Step]) -> Built {
        let (mut kit, mut world) = (Kit::new(), World::default());
        kit.index.set_codes(Arc::new(Table));
        for step in script {
            apply(step, &mut kit, &mut world);
        }
        let order = |name: &'static str| (name, kit.ids(&all(), name, &[("_count", "1000")]));
        let orders: Vec<(&str, Vec<String>)> = TYPES.into_iter().map(order).collect();
        for (name, order) in &orders {
            assert_eq!(order.len(), world.of(name).count(), "{name}");
        }
        let (system, _) = Search::parse_over(Over::System, &[("_count".into(), "1000".into())], false, Limits::default()).unwrap();
        let numbers = kit.index.search(&all(), &system).unwrap().matches.into_iter().map(|v| v.id);
        let numbers = numbers.collect();
        Built {
            kit,
            world,
            orders,
            numbers,
        }
    }

    pub fn order(&self, name: &str) -> &[String] {
        self.orders.iter().find(|(n, _)| *n == name).map_or(&[], |(_, order)| order)
    }
}

/// What happens in an event, in the model and in the log.
pub fn apply(step: &Step, kit: &mut Kit, world: &mut World) {
    match step {
        Step::Delete(source, name, id) => {
            if world.current.iter().any(|s| s.name() == *name && s.id == *id) {
                let (no, event) = kit.put_in_log(SOURCES[*source], organisation(*source), &[], &[(rtype(name), id)]);
                kit.index.apply(&[kilde_index::Applied::of(no, &event)]).unwrap();
                world.remove(name, id, *source, event.envelope.received_ms);
            }
        }
        Step::Put(source, made) => {
            let texts: Vec<String> = made.iter().map(Made::json).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let (no, event) = kit.put_in_log(SOURCES[*source], organisation(*source), &texts, &[]);
            kit.index.apply(&[kilde_index::Applied::of(no, &event)]).unwrap();
            world.links.extend(event.links.iter().copied());
            for (made, entry) in made.iter().zip(&event.entries) {
                world.put(Stored {
                    id: made.id.clone(),
                    person: entry.person,
                    updated: event.envelope.received_ms,
                    fields: made.fields.clone(),
                    version: 1,
                    source: *source,
                    marks: made.label.map_or(0, |label| [0, 1, 2, 4][label]),
                    profile: made.profile,
                    secret: made.secret,
                    documented: made.documented(event.envelope.received_ms),
                    deleted: false,
                });
            }
        }
    }
}
