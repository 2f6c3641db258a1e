//! Random questions, in words that do not depend on a world: the same one can be asked of a smaller world.

use super::generate::Random;
use super::linked::{self, Include};
use super::order::{self, Order};
use super::query::{self, Filter};
use super::reader::{Access, Kind, identity};

/// How the matches of a search are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// On one page, with a total.
    Whole,
    Count,
    /// In pages of so many. If somebody else is named in the question, she asks for all but the first.
    Pages(usize),
}

/// What is asked.
#[derive(Debug)]
pub enum About {
    Search {
        name: &'static str,
        filters: Vec<Filter>,
        sort: Option<Order>,
        form: Form,
    },
    Include {
        name: &'static str,
        filters: Vec<Filter>,
        includes: Vec<&'static Include>,
        most: usize,
    },
    /// Of some types at once.
    System {
        types: Vec<&'static str>,
        filters: Vec<Filter>,
        sort: Option<Order>,
        form: Form,
    },
    Compartment {
        id: String,
        name: &'static str,
        form: Form,
    },
    Contained {
        filter: Filter,
        mode: &'static str,
        form: Form,
    },
    Everything(String),
    Read(&'static str, String),
    Vread(&'static str, String, u32),
    Head(&'static str, String),
    History {
        /// A type, and perhaps one of it; `None` for everything.
        of: Option<(&'static str, Option<String>)>,
        count: usize,
        since: Option<i64>,
    },
    Matching {
        name: &'static str,
        filters: Vec<Filter>,
    },
    Bulk {
        name: &'static str,
        filters: Vec<Filter>,
        of_persons: bool,
    },
    Person(String),
}

/// A question, who asks it, and who or what she is when she goes on with it.
#[derive(Debug)]
pub struct Question {
    pub about: About,
    pub access: Access,
    pub then: Option<Access>,
    /// Whether lists are walked that could be taken at once, and how long those are that are taken.
    pub walk: Option<usize>,
}

pub const NAMES: [&str; 8] = [
    "Patient",
    "Observation",
    "EpisodeOfCare",
    "Organization",
    "List",
    "Encounter",
    "Location",
    "RiskAssessment",
];

fn one(random: &mut Random) -> (&'static str, String) {
    let (name, letter, n) = random.pick(&[
        ("Observation", "o", 15),
        ("Observation", "o", 15),
        ("Patient", "p", 5),
        ("EpisodeOfCare", "e", 5),
        ("Organization", "g", 4),
        ("List", "l", 4),
        ("Encounter", "v", 5),
        ("Location", "h", 5),
        ("RiskAssessment", "r", 4),
    ]);
    (name, format!("{letter}{}", random.below(n)))
}

fn form(random: &mut Random) -> Form {
    match random.below(4) {
        0 => Form::Whole,
        1 => Form::Count,
        _ => Form::Pages(1 + random.below(4)),
    }
}

impl Question {
    pub fn random(random: &mut Random) -> Question {
        let access = Access::random(random);
        let name = random.pick(&NAMES);
        let about = match random.below(34) {
            32 | 33 => About::System {
                types: NAMES.into_iter().filter(|_| random.chance(2)).collect(),
                filters: (0..random.below(3)).map(|_| query::of_all_types(random)).collect(),
                sort: order::of_all_types(random),
                form: form(random),
            },
            0..12 => About::Search {
                name,
                filters: query::random(random, name),
                sort: order::sort(random, name),
                form: form(random),
            },
            12..17 => About::Include {
                name,
                filters: query::random(random, name),
                includes: linked::includes(random),
                most: random.pick(&[1, 3, 1000, 1000, 1000]),
            },
            17 => About::Compartment {
                id: format!("p{}", random.below(4)),
                name: random.pick(&["Observation", "EpisodeOfCare", "List", "Encounter", "RiskAssessment"]),
                form: form(random),
            },
            18 => About::Contained {
                filter: query::family(random, "name"),
                mode: random.pick(&["false", "true", "both"]),
                form: form(random),
            },
            19 | 20 => About::Everything(format!("p{}", random.below(4))),
            21 => {
                let (name, id) = one(random);
                About::Read(name, id)
            }
            22 => {
                let (name, id) = one(random);
                About::Vread(name, id, 1 + random.below(4) as u32)
            }
            23 => {
                let (name, id) = one(random);
                About::Head(name, id)
            }
            24..28 => About::History {
                of: match random.below(3) {
                    0 => None,
                    1 => Some((name, None)),
                    _ => {
                        let (name, id) = one(random);
                        Some((name, Some(id)))
                    }
                },
                count: 1 + random.below(8),
                since: random.chance(3).then(|| 1_700_000_000_000 + 1000 * random.below(30) as i64),
            },
            28 => About::Matching {
                name,
                filters: query::random(random, name),
            },
            29 | 30 => About::Bulk {
                name,
                filters: match random.chance(2) {
                    true => Vec::new(),
                    false => vec![query::one(random, name, 2)],
                },
                of_persons: random.chance(2),
            },
            _ => About::Person(identity(random)),
        };
        // Where everybody's history is read along the log, a page may be followed by an empty one.
        let goes_on = !matches!(about, About::History { .. }) || matches!(access.kind, Kind::Persons(_));
        let then = match random.below(4) {
            0 if goes_on => Some(access.narrowed(random)),
            1 if goes_on => Some(Access::random(random)),
            _ => None,
        };
        let walk = random.chance(2).then(|| random.below(4));
        Question { about, access, then, walk }
    }
}
