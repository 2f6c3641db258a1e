//! Resources as the naive program knows them: fields, not JSON.

use kilde_access::Category;
use kilde_log::PersonNo;

pub const SYSTEMS: [&str; 2] = ["urn:s", "urn:t"];
pub const CODES: [&str; 3] = ["a", "b", "c,d"];
pub const NAMES: [&str; 5] = ["Åsen", "Asen", "Hansen", "hansén", "Hanssen-Åsgård med et ganske langt navn bak"];
/// Units of values: two of no system that is known, two of UCUM that measure the same.
pub const UNITS: [&str; 4] = ["u0", "u1", "mg", "g"];
/// How many of the smaller one a unit of UCUM is.
pub const SIZE: [Option<f64>; 4] = [None, None, Some(1.0), Some(1000.0)];
pub const STATUSES: [&str; 2] = ["final", "amended"];
pub const ORGANISATIONS: [&str; 2] = ["974760673", "999999999"];
pub const NINS: [&str; 3] = ["22750884907", "19779998080", "16758532406"];

/// Whom a reference is to.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    Nobody,
    Patient(String),
    Nin(usize),
}

/// A time as it was written, and the range it means (milliseconds, the second exclusive).
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    pub json: String,
    pub from: i64,
    pub to: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Coded {
    pub system: Option<usize>,
    pub code: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Fields {
    Patient {
        family: Option<usize>,
        born: Option<When>,
        nin: Option<usize>,
        gender: Option<&'static str>,
    },
    Observation {
        subject: Who,
        code: Vec<Coded>,
        status: usize,
        when: Option<When>,
        value: Option<(f64, usize)>,
        /// Code and value of each component.
        parts: Vec<(usize, Option<f64>)>,
        vital: bool,
        /// Name of an organisation that it contains and that performed it.
        inside: Option<usize>,
    },
    Episode {
        patient: Who,
        active: bool,
        organisation: Option<usize>,
        when: Option<When>,
    },
    Organization {
        name: usize,
        number: Option<usize>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub id: String,
    pub person: PersonNo,
    pub updated: i64,
    pub fields: Fields,
}

impl Stored {
    pub fn name(&self) -> &'static str {
        match self.fields {
            Fields::Patient { .. } => "Patient",
            Fields::Observation { .. } => "Observation",
            Fields::Episode { .. } => "EpisodeOfCare",
            Fields::Organization { .. } => "Organization",
        }
    }

    pub fn category(&self) -> Category {
        match &self.fields {
            Fields::Patient { .. } => Category::Person,
            Fields::Observation { vital: true, .. } => Category::Maaledata,
            Fields::Observation { .. } | Fields::Episode { .. } => Category::Journal,
            Fields::Organization { .. } => Category::Administrativt,
        }
    }
}

/// Everything that is there now, and who was ever said to be whom.
#[derive(Default)]
pub struct World {
    pub current: Vec<Stored>,
    pub links: Vec<(PersonNo, PersonNo)>,
    /// National numbers that a Patient of a person number ever had.
    pub nins: Vec<(PersonNo, usize)>,
}

impl World {
    pub fn of(&self, name: &str) -> impl Iterator<Item = &Stored> {
        self.current.iter().filter(move |s| s.name() == name)
    }

    pub fn put(&mut self, stored: Stored) {
        self.remove(stored.name(), &stored.id);
        if let Fields::Patient { nin: Some(nin), .. } = stored.fields {
            self.nins.push((stored.person, nin));
        }
        self.current.push(stored);
    }

    pub fn remove(&mut self, name: &str, id: &str) {
        self.current.retain(|s| s.name() != name || s.id != id);
    }

    /// Whether two person numbers are linked, over any number of links.
    pub fn same(&self, a: PersonNo, b: PersonNo) -> bool {
        let mut group = vec![a];
        let mut at = 0;
        while at < group.len() {
            for (x, y) in &self.links {
                for (from, to) in [(x, y), (y, x)] {
                    if *from == group[at] && !group.contains(to) {
                        group.push(*to);
                    }
                }
            }
            at += 1;
        }
        group.contains(&b)
    }
}
