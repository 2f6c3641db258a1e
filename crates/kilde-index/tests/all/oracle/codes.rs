//! The terminology of the oracle: a few codes under one another, and value sets of them.

use super::model::{CODES, Coded, SYSTEMS};
use kilde_index::search::{Code, Codes, CodesError};

/// What lies under what: system, the upper code, the lower one.
const UNDER: [(usize, usize, usize); 3] = [(0, 0, 1), (0, 1, 2), (1, 0, 2)];

/// A code with the number of its system, or of none.
type Member = (Option<usize>, usize);

/// Value sets by url.
pub const SETS: [(&str, &[Member]); 3] = [
    ("urn:set:0", &[(Some(0), 0), (Some(1), 1)]),
    ("urn:set:1", &[(Some(1), 0), (Some(1), 2), (Some(0), 2)]),
    ("urn:set:2", &[(None, 0), (Some(0), 1)]),
];

/// Whether a code of a system is another, or lies under it.
pub fn is_under(system: usize, code: usize, upper: usize) -> bool {
    code == upper
        || UNDER
            .iter()
            .any(|(s, up, low)| *s == system && *low == code && *up != code && is_under(system, *up, upper))
}

/// Whether a value set has a code.
pub fn has(set: usize, coded: &Coded) -> bool {
    SETS[set].1.contains(&(coded.system, coded.code))
}

pub struct Table;

impl Table {
    fn all(system: &str, code: &str, takes: impl Fn(usize, usize, usize) -> bool) -> Result<Vec<Code>, CodesError> {
        let system = SYSTEMS.iter().position(|s| *s == system).ok_or(CodesError::Unknown)?;
        let own = CODES.iter().position(|c| *c == code).ok_or(CodesError::Unknown)?;
        let found = (0..CODES.len()).filter(|other| takes(system, own, *other));
        Ok(found.map(|other| code_of(Some(system), other)).collect())
    }
}

fn code_of(system: Option<usize>, code: usize) -> Code {
    Code {
        system: system.map_or(String::new(), |s| SYSTEMS[s].to_owned()),
        code: CODES[code].to_owned(),
    }
}

impl Codes for Table {
    fn of_value_set(&self, url: &str, _: usize) -> Result<Vec<Code>, CodesError> {
        let set = SETS.iter().find(|(name, _)| *name == url).ok_or(CodesError::Unknown)?;
        Ok(set.1.iter().map(|(system, code)| code_of(*system, *code)).collect())
    }

    fn below(&self, system: &str, code: &str, _: usize) -> Result<Vec<Code>, CodesError> {
        Table::all(system, code, |system, own, other| is_under(system, other, own))
    }

    fn above(&self, system: &str, code: &str, _: usize) -> Result<Vec<Code>, CodesError> {
        Table::all(system, code, is_under)
    }
}
