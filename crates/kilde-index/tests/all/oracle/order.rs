//! Random orders, and how two resources stand by them.

use super::generate::Random;
use super::meaning::{folded, text, when, whose};
use super::model::{CODES, Fields, NINS, ORGANISATIONS, RECORDS, STATUSES, Stored, Who};
use std::cmp::Ordering;

/// An order as it is sent.
#[derive(Debug)]
pub struct Order {
    pub text: &'static str,
}

impl Order {
    /// How two resources stand by it.
    pub fn of(&self, a: &Stored, b: &Stored) -> Ordering {
        let keys = self.text.split(',');
        let each = keys.map(|key| {
            let (descending, key) = key.strip_prefix('-').map_or((false, key), |k| (true, k));
            compare(a, b, key, descending)
        });
        each.fold(Ordering::Equal, Ordering::then)
    }
}

pub fn sort(random: &mut Random, name: &str) -> Option<Order> {
    let texts: &[&str] = match name {
        "Patient" => &[
            "_id",
            "-_id",
            "_lastUpdated",
            "-_lastUpdated",
            "family",
            "-family",
            "birthdate",
            "-birthdate",
            "family,-birthdate",
            "gender",
            "-gender,_id",
            "identifier",
            "gender,-identifier",
        ],
        "Observation" => &[
            "_id",
            "_lastUpdated",
            "-_lastUpdated",
            "date",
            "-date",
            "value-quantity",
            "-value-quantity,_id",
            "status",
            "code",
            "-code,status",
            "subject",
            "-subject,-date",
            "status,patient",
        ],
        "List" => &["_id", "-_id", "-_lastUpdated", "subject", "-patient"],
        "Encounter" => &["_id", "location", "-location,_id", "-part-of", "subject", "-_lastUpdated"],
        "Location" => &["name", "-name", "partof", "-partof,name", "_lastUpdated"],
        "RiskAssessment" => &["probability", "-probability", "-probability,_id", "subject", "_lastUpdated"],
        "EpisodeOfCare" => &["date", "-date", "-_lastUpdated", "organization", "-patient", "status,-organization"],
        _ => &["name", "-name", "_lastUpdated", "identifier", "-identifier"],
    };
    if random.chance(2) {
        None
    } else {
        Some(Order { text: random.pick(texts) })
    }
}

/// An order for whatever type.
pub fn of_all_types(random: &mut Random) -> Option<Order> {
    let texts = ["_id", "-_id", "_lastUpdated", "-_lastUpdated,_id"];
    random.chance(3).then(|| Order { text: random.pick(&texts) })
}

/// What is missing stands last, in either direction.
fn directed<T: PartialOrd>(a: Option<T>, b: Option<T>, descending: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Greater,
        (_, None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(&b).unwrap();
            if descending { order.reverse() } else { order }
        }
    }
}

/// The text of the first code, identifier or reference, or of the last.
fn coded(s: &Stored, key: &str, descending: bool) -> Option<String> {
    let mut texts: Vec<String> = match (&s.fields, key) {
        (Fields::Observation { status, .. }, "status") => vec![STATUSES[*status].to_owned()],
        (Fields::Observation { code, .. }, "code") => code.iter().map(|c| CODES[c.code].to_owned()).collect(),
        (Fields::Episode { active, .. }, "status") => vec![if *active { "active" } else { "finished" }.to_owned()],
        (Fields::Episode { organisation, .. }, "organization") => organisation.iter().map(|o| ORGANISATIONS[*o].to_owned()).collect(),
        (Fields::Patient { gender, .. }, "gender") => gender.iter().map(|g| (*g).to_owned()).collect(),
        (Fields::Patient { nin, record, .. }, "identifier") => {
            let numbers = nin.iter().map(|n| NINS[*n].to_owned());
            numbers.chain(record.iter().map(|(_, n)| RECORDS[*n].to_owned())).collect()
        }
        (Fields::Encounter { place, .. }, "location") => place.iter().map(|id| format!("Location/{id}")).collect(),
        (Fields::Encounter { part_of, .. }, "part-of") => part_of.iter().map(|id| format!("Encounter/{id}")).collect(),
        (Fields::Location { part_of, .. }, "partof") => part_of.iter().map(|id| format!("Location/{id}")).collect(),
        (Fields::Organization { number, .. }, "identifier") => number.iter().map(|n| ORGANISATIONS[*n].to_owned()).collect(),
        _ => match whose(s) {
            Who::Nobody => Vec::new(),
            Who::Patient(id) => vec![format!("Patient/{id}")],
            Who::Nin(n) => vec![NINS[*n].to_owned()],
        },
    };
    texts.sort();
    if descending { texts.pop() } else { texts.into_iter().next() }
}

/// The least probability, or the greatest.
fn probability(s: &Stored, descending: bool) -> Option<i64> {
    let Fields::Risk { probabilities, .. } = &s.fields else {
        return None;
    };
    match descending {
        true => probabilities.iter().map(|(_, high)| *high).max(),
        false => probabilities.iter().map(|(low, _)| *low).min(),
    }
}

fn compare(a: &Stored, b: &Stored, key: &str, descending: bool) -> Ordering {
    let time = |s: &Stored| when(s).map(|w| if descending { w.to } else { w.from });
    let number = |s: &Stored| match s.fields {
        Fields::Observation { value: Some((v, _)), .. } => Some(v),
        _ => None,
    };
    match key {
        "status" | "gender" | "code" | "identifier" | "subject" | "patient" | "organization" | "location" | "part-of" | "partof" => {
            directed(coded(a, key, descending), coded(b, key, descending), descending)
        }
        "_id" => directed(Some(&a.id), Some(&b.id), descending),
        "_lastUpdated" => directed(Some(a.updated), Some(b.updated), descending),
        "date" | "birthdate" => directed(time(a), time(b), descending),
        "probability" => directed(probability(a, descending), probability(b, descending), descending),
        "value-quantity" => directed(number(a), number(b), descending),
        _ => directed(text(a).map(folded), text(b).map(folded), descending),
    }
}
