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
/// Texts of codes.
pub const TEXTS: [&str; 3] = ["Måling av blodtrykk", "maling, vekt", "Vekt ved måling"];
/// Profiles that resources claim: one is below another, one only begins alike.
pub const PROFILES: [&str; 3] = ["http://x.no/a", "http://x.no/a/b", "http://x.no/ab"];
pub const ORGANISATIONS: [&str; 2] = ["974760673", "999999999"];
pub const NINS: [&str; 3] = ["22750884907", "19779998080", "16758532406"];
/// Who delivers: `<organisation number>/<client>`.
pub const SOURCES: [&str; 3] = ["999999999/test", "999999999/ward", "888888888/epj"];
/// Numbers of another kind than the national one, and the types that they may say they are of.
pub const RECORDS: [&str; 2] = ["1", "2"];
pub const KINDS: [&str; 2] = ["MR", "PPN"];
/// Codes of `meta.security`: one that says nothing here, the two that keep from one side of a family, and that of an internal note.
pub const LABELS: [&str; 4] = ["N", "NORN_FORANS", "NORN_UNGDOM", "NODSCLCDS"];

/// The organisation of a source.
pub fn organisation(source: usize) -> &'static str {
    SOURCES[source].split('/').next().unwrap_or_default()
}

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
        /// Another number, and what kind it says it is.
        record: Option<(Option<usize>, usize)>,
    },
    Observation {
        subject: Who,
        code: Vec<Coded>,
        /// The text beside the codes.
        said: Option<usize>,
        status: usize,
        when: Option<When>,
        value: Option<(f64, usize)>,
        /// Code and value of each component.
        parts: Vec<(usize, Option<f64>)>,
        vital: bool,
        /// Name of an organisation that it contains and that performed it.
        inside: Option<usize>,
        /// Id of the patient whom it also looks at, as the source says.
        focus: Option<String>,
        /// Id of another observation that is part of it, perhaps another patient's.
        member: Option<String>,
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
    List {
        subject: Who,
        /// Ids of observations.
        items: Vec<String>,
    },
    Location {
        name: usize,
        /// Hundredths of degrees north and east.
        position: Option<(i64, i64)>,
        /// Id of the location that it is part of.
        part_of: Option<String>,
    },
    Encounter {
        subject: Who,
        /// Id of a location.
        place: Option<String>,
        /// Id of the encounter that it is part of, perhaps another patient's.
        part_of: Option<String>,
    },
    Risk {
        subject: Who,
        /// Least and greatest probability, each in hundredths.
        probabilities: Vec<(i64, i64)>,
    },
}

/// A resource as its newest version leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub id: String,
    pub person: PersonNo,
    pub updated: i64,
    pub fields: Fields,
    pub version: u32,
    /// Who delivered the newest version.
    pub source: usize,
    /// Bits of [`LABELS`]: 1 from parents, 2 from the young person, 4 from everybody else.
    pub marks: u8,
    /// The profile that it claims.
    pub profile: Option<usize>,
    /// It is a Patient that says that her address is secret.
    pub secret: bool,
    /// First and last day (since 1970) of all its versions.
    pub documented: (i64, i64),
    /// What it is now; while it is deleted, what it was.
    pub deleted: bool,
}

/// One version of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub name: &'static str,
    /// The resource as this version left it.
    pub was: Stored,
}

impl Stored {
    pub fn name(&self) -> &'static str {
        match self.fields {
            Fields::Patient { .. } => "Patient",
            Fields::Observation { .. } => "Observation",
            Fields::Episode { .. } => "EpisodeOfCare",
            Fields::Organization { .. } => "Organization",
            Fields::List { .. } => "List",
            Fields::Location { .. } => "Location",
            Fields::Encounter { .. } => "Encounter",
            Fields::Risk { .. } => "RiskAssessment",
        }
    }

    pub fn category(&self) -> Category {
        match &self.fields {
            Fields::Patient { .. } => Category::Person,
            Fields::Observation { vital: true, .. } => Category::Maaledata,
            Fields::Observation { .. } | Fields::Episode { .. } | Fields::List { .. } => Category::Journal,
            Fields::Encounter { .. } | Fields::Risk { .. } => Category::Journal,
            Fields::Organization { .. } | Fields::Location { .. } => Category::Administrativt,
        }
    }
}

/// Everything that is there now, what is deleted, what ever happened, and who was ever said to be whom.
#[derive(Default, Clone)]
pub struct World {
    pub current: Vec<Stored>,
    pub gone: Vec<Stored>,
    /// Every version, the oldest first.
    pub changes: Vec<Change>,
    pub links: Vec<(PersonNo, PersonNo)>,
    /// National numbers that a Patient of a person number ever had.
    pub nins: Vec<(PersonNo, usize)>,
}

impl World {
    pub fn of(&self, name: &str) -> impl Iterator<Item = &Stored> {
        self.current.iter().filter(move |s| s.name() == name)
    }

    /// The resource, deleted or not.
    pub fn newest(&self, name: &str, id: &str) -> Option<&Stored> {
        self.current.iter().chain(&self.gone).find(|s| s.name() == name && s.id == id)
    }

    /// Whether somebody's address is secret: some Patient of hers says so.
    pub fn is_secret(&self, person: PersonNo) -> bool {
        let says = |s: &Stored| s.secret && s.person != PersonNo(0) && self.same(s.person, person);
        person != PersonNo(0) && self.current.iter().chain(&self.gone).any(says)
    }

    /// The world as it looks to those whom places are kept from: what is somebody's with a secret address names no unit.
    pub fn without_places(&self) -> World {
        let mut seen = self.clone();
        for s in &mut seen.current {
            if self.is_secret(s.person) {
                match &mut s.fields {
                    Fields::Episode { organisation, .. } => *organisation = None,
                    Fields::Observation { inside, .. } => *inside = None,
                    Fields::Encounter { place, .. } => *place = None,
                    _ => {}
                }
            }
        }
        seen
    }

    fn take(&mut self, name: &str, id: &str) -> Option<Stored> {
        let old = self.newest(name, id).cloned();
        let others = |s: &Stored| s.name() != name || s.id != id;
        self.current.retain(others);
        self.gone.retain(others);
        old
    }

    fn changed(&mut self, stored: &Stored) {
        self.changes.push(Change {
            name: stored.name(),
            was: stored.clone(),
        });
    }

    /// A new version, or the first.
    pub fn put(&mut self, mut stored: Stored) {
        if let Some(old) = self.take(stored.name(), &stored.id) {
            stored.version = old.version + 1;
            stored.documented.0 = stored.documented.0.min(old.documented.0);
            stored.documented.1 = stored.documented.1.max(old.documented.1);
        }
        if let Fields::Patient { nin: Some(nin), .. } = stored.fields {
            self.nins.push((stored.person, nin));
        }
        self.changed(&stored);
        self.current.push(stored);
    }

    /// Deletes what is there.
    pub fn remove(&mut self, name: &str, id: &str, source: usize, updated: i64) {
        if let Some(mut old) = self.take(name, id) {
            (old.version, old.deleted, old.source, old.updated) = (old.version + 1, true, source, updated);
            self.changed(&old);
            self.gone.push(old);
        }
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
