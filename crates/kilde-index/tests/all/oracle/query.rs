//! Random searches, and their answer by looking at everything.

use super::generate::{Random, moment};
use super::linked::{self, Link};
use super::model::{CODES, Fields, NAMES, NINS, ORGANISATIONS, SIZE, STATUSES, SYSTEMS, Stored, UNITS, When, Who, World};
use super::order::Order;
use super::{Kit, Reader};
use kilde_fhir::national_id::{FNR, ORGNR};
use kilde_log::PersonNo;
use std::cmp::Ordering;

/// One parameter: as it is sent, and what it means.
pub struct Filter {
    pub name: String,
    pub value: String,
    pub meaning: Meaning,
}

pub enum Meaning {
    /// What is referred to meets it.
    Chain(Link, Box<Meaning>),
    /// Somebody of that type who refers to it meets it.
    Has(&'static str, Link, Box<Meaning>),
    Any(Vec<Meaning>),
    All(Vec<Meaning>),
    Not(Box<Meaning>),
    Code {
        system: Option<Option<usize>>,
        code: Option<usize>,
    },
    /// Some coding is another one.
    OtherCode {
        system: Option<Option<usize>>,
        code: Option<usize>,
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
    Gender(&'static str),
    OtherGender(&'static str),
    Nin(usize),
    OfPatient(String),
    OfNin(usize),
    Id(String),
    Organisation(usize),
    MissingDate,
    MissingValue,
    MissingSubject,
    /// No element has both code and value: of the components, or of the whole too, or of that alone.
    Incomplete {
        whole: bool,
        parts: bool,
    },
}

pub fn filter(name: impl Into<String>, value: impl Into<String>, meaning: Meaning) -> Filter {
    Filter {
        name: name.into(),
        value: value.into(),
        meaning,
    }
}

/// None to three parameters for a type.
pub fn random(random: &mut Random, name: &str) -> Vec<Filter> {
    let mut all: Vec<Filter> = (0..random.below(4)).map(|_| one(random, name, STEPS)).collect();
    if random.chance(4) {
        all.push(super::filter::random(random, name));
    }
    all
}

/// How long the chains are at most.
const STEPS: usize = 6;

/// One parameter, with chains of at most so many steps.
pub fn one(random: &mut Random, name: &str, steps: usize) -> Filter {
    if steps > 0
        && random.chance(4)
        && let Some(linked) = linked::random(random, name, steps)
    {
        return linked;
    }
    match (name, random.below(12)) {
        (_, 0) => {
            let prefix = random.pick(&["", "gt", "ge", "lt", "le", "sa", "eb"]);
            let at = 1_700_000_000_000 + 1000 * random.below(30) as i64;
            filter(
                "_lastUpdated",
                format!("{prefix}{}", kilde_fhir::date::format_instant(at)),
                Meaning::Updated { prefix, at },
            )
        }
        ("Patient", 1) => id(random, "p", 5),
        ("Patient", 2..5) => family(random, "family"),
        ("Patient", 5 | 6) => {
            let n = random.below(NINS.len());
            filter("identifier", format!("{FNR}|{}", NINS[n]), Meaning::Nin(n))
        }
        ("Patient", 7 | 8) => {
            let g = random.pick(&["female", "male"]);
            if random.chance(2) {
                filter("gender:not", g, Meaning::Not(Box::new(Meaning::Gender(g))))
            } else {
                filter("gender", g, Meaning::Gender(g))
            }
        }
        ("Patient", 9) => missing(random, "birthdate", Meaning::MissingDate),
        ("Patient", _) => date(random, "birthdate"),
        ("Observation", 1) => id(random, "o", 16),
        ("Observation", 2 | 3) => code(random),
        ("Observation", 4) => {
            let s = random.pick(&STATUSES);
            filter("status", s, Meaning::Status(s))
        }
        ("Observation", 5 | 6) => person(random, "subject"),
        ("Observation", 7) if random.chance(2) => together(random),
        ("Observation", 7) => quantity(random),
        ("Observation", 8) => match random.below(4) {
            3 => {
                let (name, whole, parts) = random.pick(&COMPOSITES);
                missing(random, name, Meaning::Incomplete { whole, parts })
            }
            0 => missing(random, "date", Meaning::MissingDate),
            1 => missing(random, "value-quantity", Meaning::MissingValue),
            _ => missing(random, "subject", Meaning::MissingSubject),
        },
        ("Observation", _) => date(random, "date"),
        ("EpisodeOfCare", 1) => id(random, "e", 5),
        ("EpisodeOfCare", 2..4) => {
            let s = random.pick(&["active", "finished"]);
            filter("status", s, Meaning::Status(s))
        }
        ("EpisodeOfCare", 4..7) => person(random, "patient"),
        ("EpisodeOfCare", 7..9) => {
            let n = random.below(ORGANISATIONS.len());
            filter(
                "organization:identifier",
                format!("{ORGNR}|{}", ORGANISATIONS[n]),
                Meaning::Organisation(n),
            )
        }
        ("EpisodeOfCare", _) => date(random, "date"),
        ("Organization", 1 | 2) => id(random, "g", 4),
        ("Organization", 3..7) => {
            let n = random.below(ORGANISATIONS.len());
            filter("identifier", ORGANISATIONS[n], Meaning::Organisation(n))
        }
        _ => family(random, "name"),
    }
}

fn id(random: &mut Random, letter: &str, n: usize) -> Filter {
    let ids: Vec<String> = (0..1 + random.below(3)).map(|_| format!("{letter}{}", random.below(n))).collect();
    filter("_id", ids.join(","), Meaning::Any(ids.into_iter().map(Meaning::Id).collect()))
}

fn missing(random: &mut Random, name: &str, meaning: Meaning) -> Filter {
    if random.chance(2) {
        filter(format!("{name}:missing"), "true", meaning)
    } else {
        filter(format!("{name}:missing"), "false", Meaning::Not(Box::new(meaning)))
    }
}

fn family(random: &mut Random, name: &str) -> Filter {
    match random.below(4) {
        0 => {
            let n = random.pick(&NAMES);
            filter(format!("{name}:exact"), n, Meaning::Exact(n))
        }
        1 => {
            let part = random.pick(&["sen", "ås", "gård", "e"]);
            filter(format!("{name}:contains"), part.to_uppercase(), Meaning::Contains(part.into()))
        }
        _ => {
            let n = random.pick(&NAMES);
            let letters = 1 + random.below(n.chars().count());
            let start: String = n.chars().take(letters).collect();
            filter(name, start.clone(), Meaning::Starts(start))
        }
    }
}

fn code(random: &mut Random) -> Filter {
    let mut texts = Vec::new();
    let mut meanings = Vec::new();
    for _ in 0..1 + random.below(2) {
        let (system, code) = (random.below(SYSTEMS.len()), random.below(CODES.len()));
        let escaped = CODES[code].replace(',', "\\,");
        let (text, system, code) = match random.below(4) {
            0 => (escaped, None, Some(code)),
            1 => (format!("|{escaped}"), Some(None), Some(code)),
            2 => (format!("{}|", SYSTEMS[system]), Some(Some(system)), None),
            _ => (format!("{}|{escaped}", SYSTEMS[system]), Some(Some(system)), Some(code)),
        };
        texts.push(text);
        meanings.push(Meaning::Code { system, code });
    }
    let any = Meaning::Any(meanings);
    if random.chance(4) {
        filter("code:not", texts.join(","), Meaning::Not(Box::new(any)))
    } else {
        filter("code", texts.join(","), any)
    }
}

fn date(random: &mut Random, name: &str) -> Filter {
    let prefix = random.pick(&["", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb"]);
    let When { json, from, .. } = moment(random);
    // To the second, or the whole local day (an hour before UTC in winter).
    let (text, from, to) = if random.chance(2) {
        (json, from, from + 1000)
    } else {
        let day = from.div_euclid(86_400_000) * 86_400_000 - 3_600_000;
        (json[..10].to_owned(), day, day + 86_400_000)
    };
    filter(name, format!("{prefix}{text}"), Meaning::When { prefix, from, to })
}

fn quantity(random: &mut Random) -> Filter {
    let prefix = random.pick(&["", "ne", "gt", "ge", "lt", "le", "sa", "eb"]);
    let (value, text, half) = if random.chance(2) {
        (random.below(4) as f64, None, 0.5)
    } else {
        (random.below(7) as f64 / 2.0, Some(1), 0.05)
    };
    let text = text.map_or_else(|| format!("{value}"), |_| format!("{value:.1}"));
    if random.chance(2) {
        let (unit, size) = random.pick(&[("mg", 1.0), ("g", 1000.0)]);
        let scale = if unit == "mg" { 1000.0 } else { 1.0 };
        let text = if half == 0.05 {
            format!("{:.1}", value * scale)
        } else {
            format!("{}", value * scale)
        };
        return filter(
            "value-quantity",
            format!("{prefix}{text}|http://unitsofmeasure.org|{unit}"),
            Meaning::Amount {
                prefix,
                value: value * scale * size,
                half: half * size,
            },
        );
    }
    let unit = if random.chance(2) { None } else { Some(random.below(UNITS.len())) };
    let after = match unit {
        None => String::new(),
        Some(u) if SIZE[u].is_none() && random.chance(2) => format!("|urn:units|{}", UNITS[u]),
        Some(u) => format!("||{}", UNITS[u]),
    };
    filter(
        "value-quantity",
        format!("{prefix}{text}{after}"),
        Meaning::Value { prefix, value, half, unit },
    )
}

/// Composite parameters: whether they are about the whole, and about its components.
const COMPOSITES: [(&str, bool, bool); 3] = [
    ("component-code-value-quantity", false, true),
    ("combo-code-value-quantity", true, true),
    ("code-value-quantity", true, false),
];

/// A composite parameter.
fn together(random: &mut Random) -> Filter {
    let (name, whole, parts) = random.pick(&COMPOSITES);
    let (mut texts, mut meanings) = (Vec::new(), Vec::new());
    for _ in 0..1 + random.below(2) {
        let prefix = random.pick(&["", "gt", "ge", "lt", "le"]);
        let (code, value) = (random.below(CODES.len()), random.below(5) as f64 / 2.0);
        texts.push(format!("{}${prefix}{value:.1}", CODES[code].replace(',', "\\,")));
        meanings.push(Meaning::Together {
            whole,
            parts,
            code,
            prefix,
            value,
        });
    }
    filter(name, texts.join(","), Meaning::Any(meanings))
}

fn person(random: &mut Random, name: &str) -> Filter {
    if random.chance(2) {
        let id = format!("p{}", random.below(5));
        let value = if random.chance(2) { id.clone() } else { format!("Patient/{id}") };
        let name = if random.chance(2) { "patient" } else { name };
        filter(name, value, Meaning::OfPatient(id))
    } else {
        let n = random.below(NINS.len());
        let name = random.pick(&["patient.identifier", "patient:identifier"]);
        filter(name, format!("{FNR}|{}", NINS[n]), Meaning::OfNin(n))
    }
}

/// The ids in order, by looking at everything.
pub fn answer(
    world: &World,
    kit: &Kit,
    reader: &Reader,
    name: &str,
    filters: &[Filter],
    sort: Option<&Order>,
    order: &[String],
) -> Vec<String> {
    let mut found: Vec<&Stored> = world
        .of(name)
        .filter(|s| reader.sees(world, s))
        .filter(|s| filters.iter().all(|f| meets(world, kit, reader, s, &f.meaning)))
        .collect();
    let rank = |s: &Stored| order.iter().position(|id| *id == s.id);
    found.sort_by(|a, b| {
        let by = sort.map_or(Ordering::Equal, |order| order.of(a, b));
        by.then_with(|| rank(a).cmp(&rank(b)))
    });
    found.into_iter().map(|s| s.id.clone()).collect()
}

/// Folding, for the names that are used here.
pub fn folded(text: &str) -> String {
    text.to_lowercase().replace('é', "e")
}

pub fn text(s: &Stored) -> Option<&'static str> {
    match s.fields {
        Fields::Patient { family, .. } => family.map(|f| NAMES[f]),
        Fields::Organization { name, .. } => Some(NAMES[name]),
        _ => None,
    }
}

pub fn when(s: &Stored) -> Option<&When> {
    match &s.fields {
        Fields::Patient { born, .. } => born.as_ref(),
        Fields::Observation { when, .. } | Fields::Episode { when, .. } => when.as_ref(),
        Fields::Organization { .. } => None,
    }
}

pub fn whose(s: &Stored) -> &Who {
    match &s.fields {
        Fields::Observation { subject, .. } => subject,
        Fields::Episode { patient, .. } => patient,
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
        "po" => a < to && from < b,
        "co" => a <= from && to <= b,
        "sa" => a >= to,
        "eb" => b <= from,
        other => panic!("{other}"),
    }
}

fn compares(prefix: &str, value: f64, half: f64, v: f64) -> bool {
    match prefix {
        "" => v >= value - half && v < value + half,
        "ne" => !(v >= value - half && v < value + half),
        "gt" | "sa" => v > value,
        "lt" | "eb" => v < value,
        "ge" => v >= value,
        "le" => v <= value,
        other => panic!("{other}"),
    }
}

pub fn meets(world: &World, kit: &Kit, reader: &Reader, s: &Stored, meaning: &Meaning) -> bool {
    match meaning {
        Meaning::Chain(link, m) => linked::chain(world, kit, reader, s, *link, m),
        Meaning::Has(name, link, m) => linked::has(world, kit, reader, s, (name, *link), m),
        Meaning::All(all) => all.iter().all(|m| meets(world, kit, reader, s, m)),
        Meaning::Any(all) => all.iter().any(|m| meets(world, kit, reader, s, m)),
        Meaning::Not(m) => !meets(world, kit, reader, s, m),
        Meaning::Code { system, code } => match &s.fields {
            Fields::Observation { code: codes, .. } => codes
                .iter()
                .any(|c| system.is_none_or(|s| s == c.system) && code.is_none_or(|wanted| wanted == c.code)),
            _ => false,
        },
        Meaning::OtherCode { system, code } => match &s.fields {
            Fields::Observation { code: codes, .. } => codes
                .iter()
                .any(|c| system.is_some_and(|s| s != c.system) || code.is_some_and(|wanted| wanted != c.code)),
            _ => false,
        },
        Meaning::Text { operator, part } => text(s).is_some_and(|t| {
            let (text, part) = (folded(t), folded(part));
            match *operator {
                "eq" => text == part,
                "ne" => text != part,
                "co" => text.contains(&part),
                "sw" => text.starts_with(&part),
                "ew" => text.ends_with(&part),
                "gt" => text > part,
                "ge" => text >= part,
                "lt" => text < part,
                _ => text <= part,
            }
        }),
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
        Meaning::MissingDate => when(s).is_none(),
        Meaning::MissingValue => matches!(s.fields, Fields::Observation { value: None, .. }),
        Meaning::MissingSubject => *whose(s) == Who::Nobody,
        Meaning::OfPatient(id) => {
            whose(s) == &Who::Patient(id.clone()) || about(world, reader, s, kit.log.person(&format!("Patient/{id}")).unwrap())
        }
        Meaning::OfNin(n) => whose(s) == &Who::Nin(*n) || about(world, reader, s, kit.log.person(&format!("nin|{}", NINS[*n])).unwrap()),
    }
}

/// Whether a resource refers to a person by any of her identities: a Patient that is there now, or a national
/// number that a Patient of hers ever had.
pub fn about(world: &World, reader: &Reader, s: &Stored, person: Option<PersonNo>) -> bool {
    let Some(person) = person.filter(|p| reader.within(world, *p)) else {
        return false;
    };
    match whose(s) {
        Who::Nobody => false,
        Who::Patient(id) => world.of("Patient").any(|p| p.id == *id && world.same(p.person, person)),
        Who::Nin(n) => world.nins.iter().any(|(p, m)| m == n && world.same(*p, person)),
    }
}
