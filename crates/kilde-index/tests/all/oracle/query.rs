//! Random searches, and their answer by looking at everything.

use super::codes::SETS;
use super::generate::{Random, hundredths, moment};
use super::linked::{self, Link};
use super::meaning::{Meaning, meets};
use super::model::{
    CODES, KINDS, NAMES, NINS, ORGANISATIONS, PROFILES, RECORDS, SIZE, STATUSES, SYSTEMS, Stored, TEXTS, UNITS, When, World,
};
use super::order::Order;
use super::reader::{Door, Reader};
use crate::kit::Kit;
use kilde_fhir::national_id::{FNR, ORGNR};
use std::cmp::Ordering;

/// One parameter: as it is sent, and what it means.
#[derive(Debug)]
pub struct Filter {
    pub name: String,
    pub value: String,
    pub meaning: Meaning,
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
    if name == "Observation" && random.chance(8) {
        return vec![listed(random)];
    }
    if name == "Encounter" && random.chance(3) {
        return vec![part(random, "part-of", ("Encounter", "v"), Link::Visit)];
    }
    let mut all: Vec<Filter> = (0..random.below(4)).map(|_| one(random, name, STEPS)).collect();
    if random.chance(4) && name != "List" {
        all.push(super::filter::random(random, name));
    }
    all
}

fn listed(random: &mut Random) -> Filter {
    let id = format!("l{}", random.below(4));
    filter("_list", id.clone(), Meaning::Listed(id))
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
        (_, 0) => updated(random),
        (_, 1) if random.chance(3) => profile(random),
        ("Patient", 1) => id(random, "p", 5),
        ("Patient", 2..5) => family(random, "family"),
        ("Patient", 5) if random.chance(2) => record(random),
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
        ("Observation", 1) if random.chance(2) => listed(random),
        ("Observation", 1) => id(random, "o", 16),
        ("Observation", 2) if random.chance(2) => coded(random),
        ("Observation", 2 | 3) => code(random),
        ("Observation", 4) => {
            let s = random.pick(&STATUSES);
            filter("status", s, Meaning::Status(s))
        }
        ("Observation", 6) if random.chance(2) => {
            let inner = family(random, "performer:Organization.name");
            filter(inner.name, inner.value, Meaning::Inside(Box::new(inner.meaning)))
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
        ("Observation", 9) => words(random),
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
        ("List", 1..6) => id(random, "l", 4),
        ("List", _) => person(random, "subject"),
        ("Organization", 1 | 2) => id(random, "g", 4),
        ("Organization", 3..7) => {
            let n = random.below(ORGANISATIONS.len());
            filter("identifier", ORGANISATIONS[n], Meaning::Organisation(n))
        }
        ("Encounter", 1) => id(random, "v", 5),
        ("Encounter", 2) => missing(random, "location", Meaning::NamesNone(Link::Place)),
        ("Encounter", 3) => missing(random, "part-of", Meaning::NamesNone(Link::Visit)),
        ("Encounter", 4..6) => part(random, "location", ("Location", "h"), Link::Place),
        ("Encounter", 6..10) => part(random, "part-of", ("Encounter", "v"), Link::Visit),
        ("Encounter", _) => person(random, "subject"),
        ("Location", 1) => id(random, "h", 5),
        ("Location", 2) => missing(random, "partof", Meaning::NamesNone(Link::Part)),
        ("Location", 3..6) => part(random, "partof", ("Location", "h"), Link::Part),
        ("Location", 6..9) => near(random),
        ("RiskAssessment", 1) => id(random, "r", 4),
        ("RiskAssessment", 2) => missing(random, "probability", Meaning::MissingProbability),
        ("RiskAssessment", 3..6) => person(random, "subject"),
        ("RiskAssessment", _) => probability(random),
        _ => family(random, "name"),
    }
}

/// One parameter that every type has.
pub fn of_all_types(random: &mut Random) -> Filter {
    match random.below(3) {
        0 => profile(random),
        1 => {
            let (letter, n) = random.pick(&[("p", 5), ("o", 16), ("v", 5), ("h", 5)]);
            id(random, letter, n)
        }
        _ => updated(random),
    }
}

fn updated(random: &mut Random) -> Filter {
    let prefix = random.pick(&["", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"]);
    let at = 1_700_000_000_000 + 1000 * random.below(30) as i64;
    filter(
        "_lastUpdated",
        format!("{prefix}{}", kilde_fhir::date::format_instant(at)),
        Meaning::Updated { prefix, at },
    )
}

/// A number that is not the national one: of a kind, or whatever its kind.
fn record(random: &mut Random) -> Filter {
    let (kind, n) = (random.below(KINDS.len()), random.below(RECORDS.len()));
    match random.chance(3) {
        true => filter("identifier", format!("urn:records|{}", RECORDS[n]), Meaning::Record(n)),
        false => filter(
            "identifier:of-type",
            format!("urn:kinds|{}|{}", KINDS[kind], RECORDS[n]),
            Meaning::OfKind(kind, n),
        ),
    }
}

/// By value set, or by what lies under or over a code.
fn coded(random: &mut Random) -> Filter {
    let (set, system, code) = (random.below(SETS.len()), random.below(SYSTEMS.len()), random.below(CODES.len()));
    let text = format!("{}|{}", SYSTEMS[system], CODES[code].replace(',', "\\,"));
    match random.below(4) {
        0 => filter("code:in", SETS[set].0, Meaning::InSet(set)),
        1 => filter("code:not-in", SETS[set].0, Meaning::Not(Box::new(Meaning::InSet(set)))),
        2 => filter("code:below", text, Meaning::Below { system, code }),
        _ => filter("code:above", text, Meaning::Above { system, code }),
    }
}

/// A reference to a location or an encounter: to that one, or also to what is part of it, or to what it is part of.
fn part(random: &mut Random, name: &str, (of, letter): (&str, &str), link: Link) -> Filter {
    let id = format!("{letter}{}", random.below(5));
    let value = if random.chance(2) { id.clone() } else { format!("{of}/{id}") };
    match random.below(3) {
        0 => filter(name, value, Meaning::Names(link, id)),
        way => {
            let up = way == 1;
            let modifier = if up { "above" } else { "below" };
            filter(format!("{name}:{modifier}"), value, Meaning::Within { link, up, id })
        }
    }
}

fn near(random: &mut Random) -> Filter {
    let at = (6000 + 50 * random.below(5) as i64, 1000 + 50 * random.below(5) as i64);
    let place = format!("{}|{}", hundredths(at.0), hundredths(at.1));
    let (distance, metres) = random.pick(&[
        ("", 10_000.0),
        ("|70", 70_000.0),
        ("|90000|m", 90_000.0),
        ("|115.5|km", 115_500.0),
        ("|200", 200_000.0),
    ]);
    filter("near", format!("{place}{distance}"), Meaning::Near { at, metres })
}

fn probability(random: &mut Random) -> Filter {
    let prefix = random.pick(&["", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"]);
    let (text, value, half) = match random.chance(2) {
        true => {
            let n = random.below(11) as i64;
            (format!("{}.{}", n / 10, n % 10), n * 100, 50)
        }
        false => {
            let n = 5 * random.below(21) as i64;
            (hundredths(n), n * 10, 5)
        }
    };
    filter(
        "probability",
        format!("{prefix}{text}"),
        Meaning::Probability { prefix, value, half },
    )
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

pub fn family(random: &mut Random, name: &str) -> Filter {
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

/// What stands beside the codes of an Observation, by its beginning or by words anywhere.
fn words(random: &mut Random) -> Filter {
    if random.chance(2) {
        let text = random.pick(&TEXTS);
        let letters = 1 + random.below(text.find(',').unwrap_or(text.len()) / 2);
        let start: String = text.chars().take(letters).collect();
        return filter("code:text", start.to_uppercase(), Meaning::Said(start));
    }
    let (mut texts, mut meanings) = (Vec::new(), Vec::new());
    for _ in 0..1 + random.below(2) {
        let all: Vec<&str> = (0..1 + random.below(2))
            .map(|_| random.pick(&["måling", "maling", "vekt", "blodtrykk", "blod"]))
            .collect();
        texts.push(all.join(" "));
        meanings.push(Meaning::Words(all));
    }
    filter("_content", texts.join(","), Meaning::Any(meanings))
}

fn profile(random: &mut Random) -> Filter {
    let modifier = random.pick(&["", ":below", ":above"]);
    let uri = random.pick(&[
        PROFILES[0],
        PROFILES[1],
        PROFILES[2],
        "http://x.no",
        "http://x.no/a/b/c",
        "http://x.no/a/",
    ]);
    let uri = uri.to_owned();
    filter(format!("_profile{modifier}"), uri.clone(), Meaning::Profile { modifier, uri })
}

fn date(random: &mut Random, name: &str) -> Filter {
    let prefix = random.pick(&["", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"]);
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
    let prefix = random.pick(&["", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"]);
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

/// The ids in order, by looking at everything and filtering afterwards, for the door that they go through.
#[allow(clippy::too_many_arguments)]
pub fn answer(
    world: &World,
    kit: &Kit,
    reader: &Reader,
    name: &str,
    filters: &[Filter],
    sort: Option<&Order>,
    order: &[String],
    door: Door,
) -> Vec<String> {
    let met = |s: &&Stored| filters.iter().all(|f| meets(world, kit, reader, s, &f.meaning));
    let mut found: Vec<&Stored> = world.of(name).filter(met).filter(|s| reader.sees(world, s, door)).collect();
    sorted(&mut found, sort, order);
    found.into_iter().map(|s| s.id.clone()).collect()
}

/// Puts them in order; the default order, which decides between equals, is the index's own.
pub fn sorted(found: &mut [&Stored], sort: Option<&Order>, order: &[String]) {
    let rank = |s: &Stored| order.iter().position(|id| *id == s.id);
    found.sort_by(|a, b| {
        let by = sort.map_or(Ordering::Equal, |order| order.of(a, b));
        by.then_with(|| rank(a).cmp(&rank(b)))
    });
}
