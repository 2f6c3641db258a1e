//! Minimisation as data: `policies/roles.tsv`.

use crate::category::{Categories, Category};
use crate::identity::Purpose;
use crate::instance::UnitKind;
use std::sync::LazyLock;

/// Authorisation categories that rows may name, and `-` for a person without one: for those who list what is reached.
pub const PROFESSIONS: [&str; 23] = [
    "-", "AA", "AU", "BI", "ET", "FO", "FT", "HE", "HF", "HP", "JO", "KE", "KI", "LE", "MT", "OA", "PM", "PS", "RA", "SP", "TL", "TP", "VP",
];

/// What a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reach {
    /// Categories.
    pub categories: Categories,
    /// Whether descriptions of services are included.
    pub descriptions: bool,
}

impl Reach {
    /// What any of two roles of one person reaches.
    fn or(self, other: Reach) -> Reach {
        Reach {
            categories: self.categories.iter().chain(other.categories.iter()).collect(),
            descriptions: self.descriptions || other.descriptions,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone)]
struct Row {
    professions: Match,
    units: Match,
    purposes: Match,
    reach: Reach,
}

/// One column of a row: `*` or a list.
#[derive(Debug, Clone)]
struct Match(Option<Vec<&'static str>>);

impl Match {
    fn parse(cell: &'static str) -> Match {
        Match((cell != "*").then(|| cell.split(',').collect()))
    }
    fn fits(&self, value: &str) -> bool {
        self.0.as_ref().is_none_or(|list| list.contains(&value))
    }
}

/// Why the table cannot be read. It is part of the program, so a test guards it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("roles.tsv line {line}: {what}")]
pub struct RolesError {
    line: usize,
    what: String,
}

static ROWS: LazyLock<Result<Vec<Row>, RolesError>> = LazyLock::new(|| parse(include_str!("../policies/roles.tsv")));

/// What personnel with these professions reach in that kind of unit for that purpose. Without a
/// profession the rows for `-` decide. A table that cannot be read reaches nothing.
pub fn reach<'a>(professions: impl IntoIterator<Item = &'a str>, unit: UnitKind, purpose: Purpose) -> Reach {
    let Ok(rows) = ROWS.as_ref() else { return Reach::default() };
    let mut authorised = false;
    let mut total = Reach::default();
    for profession in professions {
        authorised = true;
        total = total.or(of_one(rows, Some(profession), unit, purpose));
    }
    if authorised { total } else { of_one(rows, None, unit, purpose) }
}

fn of_one(rows: &[Row], profession: Option<&str>, unit: UnitKind, purpose: Purpose) -> Reach {
    let fits = |row: &&Row| {
        let profession_fits = match (profession, &row.professions.0) {
            (None, None) => false,
            (None, Some(list)) => list.contains(&"-"),
            (Some("-"), _) => false,
            (Some(code), _) => row.professions.fits(code),
        };
        profession_fits && row.units.fits(unit.name()) && row.purposes.fits(purpose.code())
    };
    rows.iter().find(fits).map(|row| row.reach).unwrap_or_default()
}

fn parse(text: &'static str) -> Result<Vec<Row>, RolesError> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.starts_with("profession\t") || line.is_empty() {
            continue;
        }
        let error = |what: &str| RolesError {
            line: number + 1,
            what: what.to_owned(),
        };
        let cells: Vec<&'static str> = line.split('\t').collect();
        let [professions, units, purposes, reached] = cells[..] else {
            return Err(error("four columns are expected"));
        };
        if units != "*" && !units.split(',').all(|u| UnitKind::from_name(u).is_some()) {
            return Err(error("unknown unit"));
        }
        if purposes != "*" && !purposes.split(',').all(|p| Purpose::from_code(p).is_some()) {
            return Err(error("unknown purpose"));
        }
        let mut reach = Reach {
            categories: Categories::ADMINISTRATIVE,
            descriptions: false,
        };
        for name in reached.split(',') {
            let category = match name {
                "tjenester-uten-beskrivelse" => Category::Tjenester,
                name => {
                    reach.descriptions |= name == "tjenester" || name == "tvang";
                    Category::from_name(name).ok_or_else(|| error("unknown category"))?
                }
            };
            reach.categories = reach.categories.with(category);
        }
        rows.push(Row {
            professions: Match::parse(professions),
            units: Match::parse(units),
            purposes: Match::parse(purposes),
            reach,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_readable() {
        assert!(ROWS.as_ref().is_ok_and(|rows| rows.len() > 10), "{:?}", ROWS.as_ref().err());
    }

    #[test]
    fn a_broken_table_is_an_error() {
        for text in [
            "LE\tlegevakt\tTREAT",
            "LE\tmars\tTREAT\tperson",
            "LE\tkad\tFUN\tperson",
            "LE\tkad\tTREAT\tall",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_physiotherapist_needs_less_than_a_physician() {
        let physician = reach(["LE"], UnitKind::Legevakt, Purpose::Treat);
        assert!(physician.descriptions && physician.categories.contains(Category::Tvang));
        let therapist = reach(["FT"], UnitKind::Fysioterapi, Purpose::Treat);
        assert!(therapist.categories.contains(Category::Tjenester) && !therapist.descriptions);
        assert!(!therapist.categories.contains(Category::Journal));
        assert!(reach(["FT"], UnitKind::Fysioterapi, Purpose::Etreat).categories.is_empty());
    }

    #[test]
    fn without_authorisation_only_case_work() {
        assert!(
            reach([], UnitKind::Tjenestekontor, Purpose::Coc)
                .categories
                .contains(Category::Tjenester)
        );
        assert!(reach([], UnitKind::Tjenestekontor, Purpose::Treat).categories.is_empty());
        assert!(reach([], UnitKind::Legevakt, Purpose::Coc).categories.is_empty());
        assert!(reach(["-"], UnitKind::Tjenestekontor, Purpose::Coc).categories.is_empty());
        assert!(reach(["XX"], UnitKind::Legevakt, Purpose::Treat).categories.is_empty());
    }
}
