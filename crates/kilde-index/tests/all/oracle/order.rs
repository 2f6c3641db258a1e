//! Random orders, and how two resources stand by them.

use super::generate::Random;
use super::model::{Fields, Stored};
use super::query::{folded, text, when};
use std::cmp::Ordering;

/// An order as it is sent.
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
        ],
        "Observation" => &[
            "_id",
            "_lastUpdated",
            "-_lastUpdated",
            "date",
            "-date",
            "value-quantity",
            "-value-quantity,_id",
        ],
        "EpisodeOfCare" => &["date", "-date", "-_lastUpdated"],
        _ => &["name", "-name", "_lastUpdated"],
    };
    if random.chance(2) {
        None
    } else {
        Some(Order { text: random.pick(texts) })
    }
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

fn compare(a: &Stored, b: &Stored, key: &str, descending: bool) -> Ordering {
    let time = |s: &Stored| when(s).map(|w| if descending { w.to } else { w.from });
    let number = |s: &Stored| match s.fields {
        Fields::Observation { value: Some((v, _)), .. } => Some(v),
        _ => None,
    };
    match key {
        "_id" => directed(Some(&a.id), Some(&b.id), descending),
        "_lastUpdated" => directed(Some(a.updated), Some(b.updated), descending),
        "date" | "birthdate" => directed(time(a), time(b), descending),
        "value-quantity" => directed(number(a), number(b), descending),
        _ => directed(text(a).map(folded), text(b).map(folded), descending),
    }
}
