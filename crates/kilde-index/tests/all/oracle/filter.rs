//! Random expressions of `_filter`, and what each means of the set of values at its path.

use super::generate::{Random, moment};
use super::linked::Link;
use super::meaning::Meaning;
use super::model::{CODES, NAMES, STATUSES, SYSTEMS, When};
use super::query::{Filter, filter};

/// A `_filter` about a type.
pub fn random(random: &mut Random, name: &str) -> Filter {
    let (text, meaning) = expression(random, name, 2);
    filter("_filter", text, meaning)
}

fn expression(random: &mut Random, name: &str, depth: usize) -> (String, Meaning) {
    if depth == 0 || random.chance(3) {
        return comparison(random, name);
    }
    let (a, of_a) = expression(random, name, depth - 1);
    if random.chance(4) {
        return (format!("not({a})"), Meaning::Not(Box::new(of_a)));
    }
    let (b, of_b) = expression(random, name, depth - 1);
    let (c, of_c) = comparison(random, name);
    match random.below(4) {
        0 => (format!("({a}) and ({b})"), Meaning::All(vec![of_a, of_b])),
        1 => (format!("({a}) or {c}"), Meaning::Any(vec![of_a, of_c])),
        // From left to right.
        2 => (
            format!("({a}) or ({b}) and {c}"),
            Meaning::All(vec![Meaning::Any(vec![of_a, of_b]), of_c]),
        ),
        _ => (
            format!("{c} and ({a}) or ({b})"),
            Meaning::Any(vec![Meaning::All(vec![of_c, of_a]), of_b]),
        ),
    }
}

fn comparison(random: &mut Random, name: &str) -> (String, Meaning) {
    match (name, random.below(6)) {
        ("Patient", 0) => gender(random),
        ("Patient", 1) => date(random, "birthdate"),
        ("Patient", 2) => present(random, "birthdate", Meaning::MissingDate),
        ("Patient", 3) => {
            let (text, meaning) = comparison(random, "Observation");
            match text.contains(['(', '[', '.']) || text.contains(" pr ") {
                true => gender(random),
                false => (
                    format!("_has:Observation:subject:{text}"),
                    Meaning::Has("Observation", Link::Patient, Box::new(meaning)),
                ),
            }
        }
        ("Patient", _) => text(random, "family"),
        ("Observation", 0) => code(random),
        ("Observation", 1) => {
            let status = random.pick(&STATUSES);
            match random.chance(2) {
                true => one(random, "status", status, Meaning::Status(status)),
                false => code_text(random),
            }
        }
        ("Observation", 2) => date(random, "date"),
        ("Observation", 3) => {
            let (inner, meaning) = comparison(random, "Patient");
            match inner.starts_with("_has") || inner.contains(" pr ") {
                true => date(random, "date"),
                false => {
                    let (end, of_end) = text(random, "family");
                    let both = Meaning::All(vec![meaning, of_end]);
                    (
                        format!("subject:Patient[{inner}].{end}"),
                        Meaning::Chain(Link::Patient, Box::new(both)),
                    )
                }
            }
        }
        ("Observation", 4) => present(random, "subject", Meaning::MissingSubject),
        ("Observation", _) => {
            let prefix = random.pick(&["eq", "ne", "gt", "ge", "lt", "le"]);
            let value = random.below(7) as f64 / 2.0;
            let meaning = Meaning::Value {
                prefix: if prefix == "eq" { "" } else { prefix },
                value,
                half: 0.05,
                unit: None,
            };
            (format!("value-quantity {prefix} {value:.1}"), meaning)
        }
        ("RiskAssessment", _) => {
            let prefix = random.pick(&["eq", "ne", "gt", "ge", "lt", "le"]);
            let n = random.below(11) as i64;
            let meaning = Meaning::Probability {
                prefix: if prefix == "eq" { "" } else { prefix },
                value: n * 100,
                half: 50,
            };
            (format!("probability {prefix} {}.{}", n / 10, n % 10), meaning)
        }
        ("Encounter", 0..3) => present(random, "location", Meaning::NamesNone(Link::Place)),
        ("Encounter", _) => {
            let (end, meaning) = text(random, "name");
            (format!("location.{end}"), Meaning::Chain(Link::Place, Box::new(meaning)))
        }
        ("EpisodeOfCare", 0) => date(random, "date"),
        ("EpisodeOfCare", 1) => {
            let (end, meaning) = text(random, "name");
            (format!("organization.{end}"), Meaning::Chain(Link::Organization, Box::new(meaning)))
        }
        ("EpisodeOfCare", 2) => {
            let (end, meaning) = text(random, "family");
            (format!("patient.{end}"), Meaning::Chain(Link::Patient, Box::new(meaning)))
        }
        ("EpisodeOfCare", _) => {
            let status = random.pick(&["active", "finished"]);
            one(random, "status", status, Meaning::Status(status))
        }
        _ => text(random, "name"),
    }
}

/// `eq` or `ne` of what there is one of.
fn one(random: &mut Random, name: &str, value: &str, meaning: Meaning) -> (String, Meaning) {
    match random.chance(2) {
        true => (format!("{name} eq {value}"), meaning),
        false => (format!("{name} ne \"{value}\""), Meaning::Not(Box::new(meaning))),
    }
}

fn gender(random: &mut Random) -> (String, Meaning) {
    let gender = random.pick(&["female", "male"]);
    match random.below(3) {
        0 => (format!("gender eq {gender}"), Meaning::Gender(gender)),
        1 => (format!("gender ne {gender}"), Meaning::OtherGender(gender)),
        _ => {
            let any = Meaning::Any(vec![Meaning::Gender("female"), Meaning::Gender("male")]);
            present(random, "gender", Meaning::Not(Box::new(any)))
        }
    }
}

/// Codes compared as texts.
fn code_text(random: &mut Random) -> (String, Meaning) {
    let operator = random.pick(&["co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let part = random.pick(&["a", "B", "c,d", ",", "d"]);
    let system = if random.chance(2) {
        Some(random.below(SYSTEMS.len()))
    } else {
        None
    };
    let before = system.map(|s| format!("{}|", SYSTEMS[s])).unwrap_or_default();
    (
        format!("code {operator} \"{before}{part}\""),
        Meaning::CodeText { operator, part, system },
    )
}

fn code(random: &mut Random) -> (String, Meaning) {
    let (system, code) = (random.below(SYSTEMS.len()), random.below(CODES.len()));
    let text = format!("\"{}|{}\"", SYSTEMS[system], CODES[code]);
    let (system, code) = (Some(Some(system)), Some(code));
    match random.chance(2) {
        true => (format!("code eq {text}"), Meaning::Code { system, code }),
        false => (format!("code ne {text}"), Meaning::OtherCode { system, code }),
    }
}

fn date(random: &mut Random, name: &str) -> (String, Meaning) {
    let prefix = random.pick(&["eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "po", "co"]);
    let When { json, from, .. } = moment(random);
    (
        format!("{name} {prefix} {json}"),
        Meaning::When {
            prefix,
            from,
            to: from + 1000,
        },
    )
}

fn present(random: &mut Random, name: &str, missing: Meaning) -> (String, Meaning) {
    match random.chance(2) {
        true => (format!("{name} pr false"), missing),
        false => (format!("{name} pr true"), Meaning::Not(Box::new(missing))),
    }
}

fn text(random: &mut Random, name: &str) -> (String, Meaning) {
    let operator = random.pick(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let text = random.pick(&NAMES);
    let letters: Vec<char> = text.chars().collect();
    let part: String = match operator {
        "co" => letters[1..3].iter().collect(),
        "sw" => letters[..2].iter().collect(),
        "ew" => letters[letters.len() - 2..].iter().collect(),
        _ => text.to_owned(),
    };
    (format!("{name} {operator} \"{part}\""), Meaning::Text { operator, part })
}
