//! What a condition means, and whether a resource meets it: by looking.

use super::codes;
use super::linked::{self, Link};
use super::model::{CODES, Fields, NAMES, NINS, PROFILES, SIZE, STATUSES, Stored, TEXTS, When, Who, World};
use super::reader::{Door, Fault, Kinds, Reader};
use crate::kit::Kit;
use kilde_log::PersonNo;

/// What a condition means.
#[derive(Debug)]
pub enum Meaning {
    /// What is referred to meets it.
    Chain(Link, Box<Meaning>),
    /// Somebody of that type who refers to it meets it.
    Has(&'static str, Link, Box<Meaning>),
    /// What it contains and refers to meets it.
    Inside(Box<Meaning>),
    Any(Vec<Meaning>),
    All(Vec<Meaning>),
    Not(Box<Meaning>),
    Code {
        system: Option<Option<usize>>,
        code: Option<usize>,
    },
    /// The text of some code stands so to a part.
    CodeText {
        operator: &'static str,
        part: &'static str,
        system: Option<usize>,
    },
    /// Some coding is another one.
    OtherCode {
        system: Option<Option<usize>>,
        code: Option<usize>,
    },
    /// Some code is in a value set.
    InSet(usize),
    /// Some code of the system is this one or lies under it.
    Below {
        system: usize,
        code: usize,
    },
    /// Some code of the system is this one or lies over it.
    Above {
        system: usize,
        code: usize,
    },
    /// The text beside the codes begins so.
    Said(String),
    /// All these words stand somewhere in it.
    Words(Vec<&'static str>),
    /// The profile that it claims: this one, one below or one above.
    Profile {
        modifier: &'static str,
        uri: String,
    },
    Status(&'static str),
    When {
        prefix: &'static str,
        from: i64,
        to: i64,
    },
    Updated {
        prefix: &'static str,
        at: i64,
    },
    Value {
        prefix: &'static str,
        value: f64,
        half: f64,
        unit: Option<usize>,
    },
    /// An amount in the smaller of the two units of UCUM.
    Amount {
        prefix: &'static str,
        value: f64,
        half: f64,
    },
    /// A code and a value of one element: of the components, or of the whole too, or of that alone.
    Together {
        whole: bool,
        parts: bool,
        code: usize,
        prefix: &'static str,
        value: f64,
    },
    Starts(String),
    Exact(&'static str),
    Contains(String),
    /// By an operator of `_filter`.
    Text {
        operator: &'static str,
        part: String,
    },
    /// It refers to what has that id.
    Names(Link, String),
    /// It refers to what has that id, or to what is part of it; `up`: or to what that is part of.
    Within {
        link: Link,
        up: bool,
        id: String,
    },
    /// It refers to nothing by that.
    NamesNone(Link),
    /// Its place is so many metres at most from another (hundredths of degrees).
    Near {
        at: (i64, i64),
        metres: f64,
    },
    /// Some probability stands so to a number of thousandths, that leaves so many open to both sides.
    Probability {
        prefix: &'static str,
        value: i64,
        half: i64,
    },
    MissingProbability,
    /// A number of that kind.
    OfKind(usize, usize),
    /// A number of whatever kind.
    Record(usize),
    Gender(&'static str),
    OtherGender(&'static str),
    Nin(usize),
    OfPatient(String),
    OfNin(usize),
    Id(String),
    Organisation(usize),
    /// A list of that id names it.
    Listed(String),
    MissingDate,
    MissingValue,
    MissingSubject,
    /// No element has both code and value: of the components, or of the whole too, or of that alone.
    Incomplete {
        whole: bool,
        parts: bool,
    },
}

/// Folding, for the names that are used here.
pub fn folded(text: &str) -> String {
    text.to_lowercase().replace('é', "e")
}

pub fn text(s: &Stored) -> Option<&'static str> {
    match s.fields {
        Fields::Patient { family, .. } => family.map(|f| NAMES[f]),
        Fields::Organization { name, .. } | Fields::Location { name, .. } => Some(NAMES[name]),
        _ => None,
    }
}

pub fn when(s: &Stored) -> Option<&When> {
    match &s.fields {
        Fields::Patient { born, .. } => born.as_ref(),
        Fields::Observation { when, .. } | Fields::Episode { when, .. } => when.as_ref(),
        _ => None,
    }
}

pub fn whose(s: &Stored) -> &Who {
    match &s.fields {
        Fields::Observation { subject, .. } => subject,
        Fields::Episode { patient, .. } => patient,
        Fields::List { subject, .. } | Fields::Encounter { subject, .. } | Fields::Risk { subject, .. } => subject,
        _ => &Who::Nobody,
    }
}

/// The stored range `[a, b)` against the searched one `[from, to)`, in the words of the specification.
fn lies(prefix: &str, (from, to): (i64, i64), (a, b): (i64, i64)) -> bool {
    let contained = from <= a && b <= to;
    match prefix {
        "" | "eq" => contained,
        "ne" => !contained,
        "gt" => b > to,
        "lt" => a < from,
        "ge" => b > to || contained,
        "le" => a < from || contained,
        "ap" => {
            // A tenth of what lies between it and now, to both sides.
            let now = now();
            let distance = (from - now).max(now - to).max(0);
            a < to + distance / 10 && from - distance / 10 < b
        }
        "po" => a < to && from < b,
        "co" => a <= from && to <= b,
        "sa" => a >= to,
        "eb" => b <= from,
        other => panic!("{other}"),
    }
}

fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_millis() as i64
}

/// Whether a range of hundredths stands so to a number of thousandths.
fn probable(prefix: &str, value: i64, half: i64, (low, high): (i64, i64)) -> bool {
    let (low, high) = (low * 10, high * 10);
    let equal = match low == high {
        true => value - half <= low && low < value + half,
        false => value - half <= low && high <= value + half,
    };
    match prefix {
        "" => equal,
        "ne" => !equal,
        "gt" => high > value,
        "ge" => high >= value,
        "lt" => low < value,
        "le" => low <= value,
        "sa" => low > value,
        "eb" => high < value,
        "ap" => {
            let open = half.max(value / 10);
            low <= value + open && high >= value - open
        }
        other => panic!("{other}"),
    }
}

/// Metres between two places on a ball of the size of the earth: the angle between them, seen from its middle.
fn metres(a: (i64, i64), b: (i64, i64)) -> f64 {
    let point = |(north, east): (i64, i64)| {
        let (north, east) = ((north as f64 / 100.0).to_radians(), (east as f64 / 100.0).to_radians());
        [north.cos() * east.cos(), north.cos() * east.sin(), north.sin()]
    };
    let product: f64 = point(a).iter().zip(point(b)).map(|(a, b)| a * b).sum();
    6_371_008.8 * product.clamp(-1.0, 1.0).acos()
}

fn compares(prefix: &str, value: f64, half: f64, v: f64) -> bool {
    match prefix {
        "" => v >= value - half && v < value + half,
        "ne" => !(v >= value - half && v < value + half),
        "gt" | "sa" => v > value,
        "lt" | "eb" => v < value,
        "ge" => v >= value,
        "le" => v <= value,
        // A tenth of it to both sides, at least what its digits leave open.
        "ap" => (v - value).abs() <= half.max(value.abs() / 10.0),
        other => panic!("{other}"),
    }
}

/// Whether a uri is another, or a path below it.
fn is_below(uri: &str, above: &str) -> bool {
    uri == above
        || uri
            .strip_prefix(above.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The text beside the codes, for who may read it.
fn said(reader: &Reader, s: &Stored) -> Option<&'static str> {
    match s.fields {
        Fields::Observation { said: Some(said), .. } if !reader.access.exists_only => Some(TEXTS[said]),
        _ => None,
    }
}

/// Whether a text stands so to another, by an operator of `_filter`.
fn stands(operator: &str, text: &str, other: &str) -> bool {
    let (text, other) = (folded(text), folded(other));
    match operator {
        "eq" => text == other,
        "ne" => text != other,
        "co" => text.contains(&other),
        "sw" => text.starts_with(&other),
        "ew" => text.ends_with(&other),
        "gt" => text > other,
        "ge" => text >= other,
        "lt" => text < other,
        "le" => text <= other,
        unknown => panic!("{unknown}"),
    }
}

/// The kind of a condition that is seldom asked.
fn kind(meaning: &Meaning) -> Option<Kinds> {
    Some(match meaning {
        Meaning::InSet(_) => Kinds::InSet,
        Meaning::Below { .. } => Kinds::Below,
        Meaning::Above { .. } => Kinds::Above,
        Meaning::Within { up: false, .. } => Kinds::Parts,
        Meaning::Within { up: true, .. } => Kinds::Wholes,
        Meaning::Near { .. } => Kinds::Near,
        Meaning::Probability { .. } => Kinds::Number,
        Meaning::OfKind(..) => Kinds::OfType,
        Meaning::When { prefix: "ap", .. } => Kinds::Approximate,
        _ => return None,
    })
}

pub fn meets(world: &World, kit: &Kit, reader: &Reader, s: &Stored, meaning: &Meaning) -> bool {
    if matches!((reader.fault, kind(meaning)), (Some(Fault::Deaf(deaf)), Some(kind)) if deaf == kind) {
        return false;
    }
    match meaning {
        Meaning::Chain(link, m) => linked::chain(world, kit, reader, s, *link, m),
        Meaning::Has(name, link, m) => linked::has(world, kit, reader, s, (name, *link), m),
        // What may only be counted is not read, nor what it contains.
        Meaning::Inside(m) => !reader.access.exists_only && inside(s).is_some_and(|inner| meets(world, kit, reader, &inner, m)),
        Meaning::All(all) => all.iter().all(|m| meets(world, kit, reader, s, m)),
        Meaning::Any(all) => all.iter().any(|m| meets(world, kit, reader, s, m)),
        Meaning::Not(m) => !meets(world, kit, reader, s, m),
        Meaning::Code { system, code } => match &s.fields {
            Fields::Observation { code: codes, .. } => codes
                .iter()
                .any(|c| system.is_none_or(|s| s == c.system) && code.is_none_or(|wanted| wanted == c.code)),
            _ => false,
        },
        Meaning::InSet(set) => match &s.fields {
            Fields::Observation { code, .. } => code.iter().any(|c| codes::has(*set, c)),
            _ => false,
        },
        Meaning::Below { system, code } => match &s.fields {
            Fields::Observation { code: codes, .. } => codes
                .iter()
                .any(|c| c.system == Some(*system) && codes::is_under(*system, c.code, *code)),
            _ => false,
        },
        Meaning::Above { system, code } => match &s.fields {
            Fields::Observation { code: codes, .. } => codes
                .iter()
                .any(|c| c.system == Some(*system) && codes::is_under(*system, *code, c.code)),
            _ => false,
        },
        Meaning::Names(link, id) => link.id(s) == Some(id),
        Meaning::NamesNone(link) => link.id(s).is_none(),
        Meaning::Within { link, up, id } => link
            .id(s)
            .is_some_and(|named| linked::hierarchy(world, reader, *link, id, *up).contains(named)),
        Meaning::Near { at, metres: most } => match s.fields {
            // What may only be counted is not read.
            Fields::Location { position: Some(own), .. } if !reader.access.exists_only => metres(own, *at) <= *most,
            _ => false,
        },
        Meaning::Probability { prefix, value, half } => match &s.fields {
            Fields::Risk { probabilities, .. } => probabilities.iter().any(|p| probable(prefix, *value, *half, *p)),
            _ => false,
        },
        Meaning::MissingProbability => matches!(&s.fields, Fields::Risk { probabilities, .. } if probabilities.is_empty()),
        Meaning::OfKind(kind, n) => {
            !reader.access.exists_only && matches!(s.fields, Fields::Patient { record: Some((Some(k), m)), .. } if k == *kind && m == *n)
        }
        Meaning::Record(n) => matches!(s.fields, Fields::Patient { record: Some((_, m)), .. } if m == *n),
        // What may only be counted is not read.
        Meaning::CodeText { operator, part, system } => match &s.fields {
            Fields::Observation { code: codes, .. } if !reader.access.exists_only => codes
                .iter()
                .any(|c| stands(operator, CODES[c.code], part) && system.is_none_or(|s| c.system == Some(s))),
            _ => false,
        },
        Meaning::Said(start) => said(reader, s).is_some_and(|text| folded(text).starts_with(&folded(start))),
        Meaning::Words(words) => said(reader, s).is_some_and(|text| {
            let text = folded(text);
            let found: Vec<&str> = text.split([' ', ',']).collect();
            words.iter().all(|word| found.contains(word))
        }),
        Meaning::Profile { modifier, uri } => s.profile.map(|p| PROFILES[p]).is_some_and(|profile| match *modifier {
            ":below" => is_below(profile, uri),
            ":above" => is_below(uri, profile),
            _ => profile == uri,
        }),
        Meaning::OtherCode { system, code } => match &s.fields {
            Fields::Observation { code: codes, .. } => codes
                .iter()
                .any(|c| system.is_some_and(|s| s != c.system) || code.is_some_and(|wanted| wanted != c.code)),
            _ => false,
        },
        Meaning::Text { operator, part } => text(s).is_some_and(|t| stands(operator, t, part)),
        Meaning::OtherGender(wanted) => matches!(s.fields, Fields::Patient { gender: Some(g), .. } if g != *wanted),
        Meaning::Incomplete { whole, parts } => match &s.fields {
            Fields::Observation {
                value, parts: of_parts, ..
            } => !((*whole && value.is_some()) || (*parts && of_parts.iter().any(|(_, v)| v.is_some()))),
            _ => true,
        },
        Meaning::Status(wanted) => match s.fields {
            Fields::Observation { status, .. } => STATUSES[status] == *wanted,
            Fields::Episode { active, .. } => (*wanted == "active") == active,
            _ => false,
        },
        Meaning::When { prefix, from, to } => when(s).is_some_and(|w| lies(prefix, (*from, *to), (w.from, w.to))),
        Meaning::Updated { prefix, at } => lies(prefix, (*at, at + 1), (s.updated, s.updated + 1)),
        Meaning::Value { prefix, value, half, unit } => match s.fields {
            Fields::Observation { value: Some((v, u)), .. } => unit.is_none_or(|wanted| wanted == u) && compares(prefix, *value, *half, v),
            _ => false,
        },
        Meaning::Amount { prefix, value, half } => match s.fields {
            Fields::Observation { value: Some((v, u)), .. } => SIZE[u].is_some_and(|size| compares(prefix, *value, *half, v * size)),
            _ => false,
        },
        Meaning::Together {
            whole,
            parts,
            code,
            prefix,
            value,
        } => match &s.fields {
            Fields::Observation {
                code: codes,
                value: of_whole,
                parts: of_parts,
                ..
            } => {
                let meets = |v: f64| compares(prefix, *value, 0.05, v);
                let in_whole = codes.iter().any(|c| c.code == *code) && of_whole.is_some_and(|(v, _)| meets(v));
                let in_part = of_parts.iter().any(|(c, v)| c == code && v.is_some_and(meets));
                (*whole && in_whole) || (*parts && in_part)
            }
            _ => false,
        },
        Meaning::Starts(start) => text(s).is_some_and(|t| folded(t).starts_with(folded(start).trim_end())),
        Meaning::Exact(wanted) => text(s) == Some(*wanted),
        Meaning::Contains(part) => text(s).is_some_and(|t| folded(t).contains(&folded(part))),
        Meaning::Gender(wanted) => matches!(s.fields, Fields::Patient { gender: Some(g), .. } if g == *wanted),
        Meaning::Nin(n) => matches!(s.fields, Fields::Patient { nin: Some(m), .. } if m == *n),
        Meaning::Id(id) => s.id == *id,
        Meaning::Organisation(n) => match s.fields {
            Fields::Episode { organisation: Some(o), .. } => o == *n,
            Fields::Organization { number: Some(o), .. } => o == *n,
            _ => false,
        },
        Meaning::Listed(id) => {
            let names = |l: &Stored| matches!(&l.fields, Fields::List { items, .. } if s.name() == "Observation" && items.contains(&s.id));
            world
                .of("List")
                .any(|l| l.id == *id && names(l) && reader.sees(world, l, Door::List))
        }
        Meaning::MissingDate => when(s).is_none(),
        Meaning::MissingValue => matches!(s.fields, Fields::Observation { value: None, .. }),
        Meaning::MissingSubject => *whose(s) == Who::Nobody,
        Meaning::OfPatient(id) => {
            let person = kit.log.person(&format!("Patient/{id}")).unwrap();
            whose(s) == &Who::Patient(id.clone()) || about(world, reader, whose(s), person)
        }
        Meaning::OfNin(n) => {
            let person = kit.log.person(&format!("nin|{}", NINS[*n])).unwrap();
            whose(s) == &Who::Nin(*n) || about(world, reader, whose(s), person)
        }
    }
}

/// What a resource contains, as if it stood by itself.
pub fn inside(s: &Stored) -> Option<Stored> {
    match s.fields {
        Fields::Observation { inside: Some(name), .. } => Some(Stored {
            id: "c".to_owned(),
            person: PersonNo(0),
            fields: Fields::Organization { name, number: None },
            profile: None,
            ..s.clone()
        }),
        _ => None,
    }
}

/// Whether a reference is to a person by any of her identities: a Patient that is there now, or a national
/// number that a Patient of hers ever had.
pub fn about(world: &World, reader: &Reader, who: &Who, person: Option<PersonNo>) -> bool {
    let Some(person) = person.filter(|p| reader.within(world, *p)) else {
        return false;
    };
    match who {
        Who::Nobody => false,
        Who::Patient(id) => world.of("Patient").any(|p| p.id == *id && world.same(p.person, person)),
        Who::Nin(n) => world.nins.iter().any(|(p, m)| m == n && world.same(*p, person)),
    }
}
