//! Who lives in the sandbox: enough to know a citizen by number.

use super::{Citizen, Number};
use jiff::civil::Date;
use std::collections::HashMap;

/// What the directory holds about somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The municipality's instance.
    pub instance: String,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// Date of birth.
    pub birth: Date,
}

/// Directory of the sandbox's citizens by national identity number.
#[derive(Debug, Clone, Default)]
pub struct People {
    by_number: HashMap<Number, Entry>,
}

impl People {
    /// A directory of these citizens.
    pub fn of(citizens: impl IntoIterator<Item = Citizen>) -> Self {
        let mut people = People::default();
        for citizen in citizens {
            people.add(&citizen);
        }
        people
    }

    /// The fixed citizens alone.
    pub fn fixed() -> Self {
        People::of(super::generate("9901", 0, 0))
    }

    /// Adds one.
    pub fn add(&mut self, citizen: &Citizen) {
        let entry = Entry {
            instance: citizen.instance.clone(),
            given: citizen.given,
            family: citizen.family,
            birth: citizen.birth,
        };
        self.by_number.insert(citizen.number, entry);
    }

    /// Looks somebody up.
    pub fn get(&self, nin: &str) -> Option<&Entry> {
        self.by_number.get(&Number::parse(nin)?)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}
