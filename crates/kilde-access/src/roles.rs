//! Minimisation as data: which profession reaches which category in which kind of unit for which purpose. `policies/roles.tsv` is what
//! holds everywhere; a municipality's own rows stand before it.

use crate::category::{Categories, Category};
use crate::identity::Purpose;
use crate::instance::UnitKind;
use crate::place;
use kilde_fhir::finding::Finding;
use std::sync::{Arc, LazyLock};

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
    /// The categories by their names in the table.
    pub fn names(self) -> Vec<&'static str> {
        let name = |category: Category| match category {
            Category::Tjenester if !self.descriptions => WITHOUT_DESCRIPTIONS,
            category => category.name(),
        };
        self.categories.iter().map(name).collect()
    }

    /// What any of two roles of one person reaches.
    pub(crate) fn or(self, other: Reach) -> Reach {
        Reach {
            categories: self.categories.iter().chain(other.categories.iter()).collect(),
            descriptions: self.descriptions || other.descriptions,
        }
    }
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    professions: Match,
    units: Match,
    purposes: Match,
    reach: Reach,
}

/// One column of a row: `*` or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Match(Option<Vec<String>>);

impl Match {
    fn of(values: &[&str]) -> Match {
        Match((values != ["*"]).then(|| values.iter().map(|value| (*value).to_owned()).collect()))
    }
    fn values(&self) -> Vec<&str> {
        self.0
            .as_ref()
            .map_or_else(|| vec!["*"], |list| list.iter().map(String::as_str).collect())
    }
    fn fits(&self, value: &str) -> bool {
        self.0.as_ref().is_none_or(|list| list.iter().any(|own| own == value))
    }
}

/// Why a value of a row means nothing: which column (from 0), which value of it (from 0), and the rule.
pub type WrongCell = (usize, usize, &'static str);

impl Row {
    /// A row of professions (Volven 9060; `-` for a person without authorisation), kinds of unit, purposes of use, and the categories reached.
    /// `*` alone is any.
    ///
    /// # Errors
    /// Every cell that means nothing.
    pub fn new(columns: [&[&str]; 4]) -> Result<Row, Vec<WrongCell>> {
        let [professions, units, purposes, categories] = columns;
        let mut wrong = Vec::new();
        let mut each = |column: usize, values: &[&str], rule: &'static str, known: &dyn Fn(&str) -> bool| {
            if values.is_empty() {
                wrong.push((column, 0, rule));
            }
            let any = values == ["*"] && column < 3;
            wrong.extend(
                (0..values.len())
                    .filter(|at| !any && !known(values[*at]))
                    .map(|at| (column, at, rule)),
            );
        };
        each(0, professions, "policy-profession", &is_profession);
        each(1, units, "policy-unit", &|unit| UnitKind::from_name(unit).is_some());
        each(2, purposes, "policy-purpose", &|purpose| Purpose::from_code(purpose).is_some());
        each(3, categories, "policy-category", &|name| category(name).is_some());
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut reach = Reach {
            categories: Categories::ADMINISTRATIVE,
            descriptions: false,
        };
        for (category, descriptions) in categories.iter().filter_map(|name| category(name)) {
            reach.categories = reach.categories.with(category);
            reach.descriptions |= descriptions;
        }
        Ok(Row {
            professions: Match::of(professions),
            units: Match::of(units),
            purposes: Match::of(purposes),
            reach,
        })
    }
}

impl Row {
    /// The columns: professions, kinds of unit, purposes, categories.
    pub fn columns(&self) -> [Vec<&str>; 4] {
        [
            self.professions.values(),
            self.units.values(),
            self.purposes.values(),
            self.reach.names(),
        ]
    }
}

/// A code of Volven 9060 is two capital letters, sometimes a digit after them; which there are, is for the register of health personnel to know.
fn is_profession(code: &str) -> bool {
    code == "-" || ((2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// The category that a name in the table means, and whether descriptions of services come with it.
fn category(name: &str) -> Option<(Category, bool)> {
    match name {
        WITHOUT_DESCRIPTIONS => Some((Category::Tjenester, false)),
        name => Category::from_name(name).map(|category| (category, matches!(category, Category::Tjenester | Category::Tvang))),
    }
}

/// Services without their free text.
pub const WITHOUT_DESCRIPTIONS: &str = "tjenester-uten-beskrivelse";

/// A table of minimisation. The first row that fits decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    rows: Vec<Row>,
}

static NATIONAL: LazyLock<Arc<Table>> = LazyLock::new(|| match Table::parse(include_str!("../policies/roles.tsv")) {
    Ok(table) => Arc::new(table),
    // A table that cannot be read reaches nothing; a test guards the one that is part of the program.
    Err(findings) => {
        tracing::error!(errors = findings.len(), "roles.tsv cannot be read");
        Arc::default()
    }
});

impl Table {
    /// The table that holds where a municipality says nothing else.
    pub fn national() -> Arc<Table> {
        NATIONAL.clone()
    }

    /// A municipality's own rows, and after them those that hold everywhere.
    pub fn with(mut rows: Vec<Row>) -> Table {
        rows.extend(NATIONAL.rows.iter().cloned());
        Table { rows }
    }

    /// Reads the form of `roles.tsv`: four columns with one tab between, several values of one with commas.
    ///
    /// # Errors
    /// Every cell that means nothing, with line and column.
    pub fn parse(text: &str) -> Result<Table, Vec<Finding>> {
        Table::rows(text).map(|rows| Table { rows })
    }

    /// The rows of a text in that form, without those that hold everywhere.
    ///
    /// # Errors
    /// Every cell that means nothing, with line and column.
    pub fn rows(text: &str) -> Result<Vec<Row>, Vec<Finding>> {
        let (mut rows, mut findings) = (Vec::new(), Vec::new());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if line.starts_with('#') || line.starts_with("profession\t") || line.is_empty() {
                continue;
            }
            let cells: Vec<&str> = line.split('\t').collect();
            let Ok(cells) = <[&str; 4]>::try_from(cells) else {
                findings.push(wrong_cell("policy-columns").at(place::of(text, start)));
                continue;
            };
            let values = cells.map(|cell| cell.split(',').collect::<Vec<_>>());
            match Row::new(values.each_ref().map(Vec::as_slice)) {
                Ok(row) => rows.push(row),
                Err(wrong) => findings.extend(wrong.into_iter().map(|(column, value, rule)| {
                    let before: usize = cells[..column].iter().map(|cell| cell.len() + 1).sum();
                    let within: usize = values[column][..value].iter().map(|value| value.len() + 1).sum();
                    wrong_cell(rule).at(place::of(text, start + before + within))
                })),
            }
        }
        if findings.is_empty() { Ok(rows) } else { Err(findings) }
    }

    /// What personnel with these professions reach in that kind of unit for that purpose. Without a
    /// profession the rows for `-` decide.
    pub fn reach<'a>(&self, professions: impl IntoIterator<Item = &'a str>, unit: UnitKind, purpose: Purpose) -> Reach {
        let mut authorised = false;
        let mut total = Reach::default();
        for profession in professions {
            authorised = true;
            total = total.or(self.of_one(Some(profession), unit, purpose));
        }
        if authorised { total } else { self.of_one(None, unit, purpose) }
    }

    /// What one profession, or nobody authorised, reaches.
    pub fn of_one(&self, profession: Option<&str>, unit: UnitKind, purpose: Purpose) -> Reach {
        let fits = |row: &&Row| {
            let profession_fits = match (profession, &row.professions.0) {
                (None, None) => false,
                (None, Some(list)) => list.iter().any(|one| one == "-"),
                // Unspecified is nothing that anybody is authorised as.
                (Some("-" | "XX"), _) => false,
                (Some(code), _) => row.professions.fits(code),
            };
            profession_fits && row.units.fits(unit.name()) && row.purposes.fits(purpose.code())
        };
        self.rows.iter().find(fits).map(|row| row.reach).unwrap_or_default()
    }

    /// Every profession that a row names.
    pub fn professions(&self) -> impl Iterator<Item = &str> {
        let named = self.rows.iter().filter_map(|row| row.professions.0.as_ref());
        named.flatten().map(String::as_str).filter(|code| *code != "-")
    }
}

/// What is told of a cell that means nothing.
pub(crate) fn wrong_cell(rule: &'static str) -> Finding {
    let units = UnitKind::EVERY.map(UnitKind::name).join(", ");
    let categories = Category::EVERY.map(Category::name).join(", ");
    let (nb, en) = match rule {
        "policy-profession" => (
            "Koden er ingen helsepersonellkategori (Volven 9060): to store bokstaver, som LE eller SP; `-` for en uten autorisasjon, eller `*` alene.".to_owned(),
            "The code is no authorisation category (Volven 9060): two capital letters, such as LE or SP; `-` for a person without authorisation, or `*` alone.".to_owned(),
        ),
        "policy-unit" => (
            format!("Ukjent enhetstype. Bruk en av: {units}, eller `*` alene."),
            format!("Unknown kind of unit. Use one of: {units}, or `*` alone."),
        ),
        "policy-purpose" => (
            "Ukjent formål. Bruk TREAT, ETREAT, COC eller BTG, eller `*` alene.".to_owned(),
            "Unknown purpose of use. Use TREAT, ETREAT, COC or BTG, or `*` alone.".to_owned(),
        ),
        "policy-category" => (
            format!("Ukjent kategori. Bruk av: {categories}, {WITHOUT_DESCRIPTIONS}."),
            format!("Unknown category. Use of: {categories}, {WITHOUT_DESCRIPTIONS}."),
        ),
        _ => (
            "Fire kolonner er ventet, med ett tabulatortegn mellom: profesjon, enhet, formål, kategorier.".to_owned(),
            "Four columns are expected, with one tab between: profession, unit, purpose, categories.".to_owned(),
        ),
    };
    Finding::error("value", rule, "", nb, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach<'a>(professions: impl IntoIterator<Item = &'a str>, unit: UnitKind, purpose: Purpose) -> Reach {
        Table::national().reach(professions, unit, purpose)
    }

    #[test]
    fn the_table_is_readable() {
        let table = Table::parse(include_str!("../policies/roles.tsv"));
        assert!(table.as_ref().is_ok_and(|table| table.rows.len() > 10), "{:?}", table.err());
    }

    #[test]
    fn a_broken_table_says_where() {
        for (text, place) in [
            ("LE\tlegevakt\tTREAT", "1:1"),
            ("# first\nLE\tkad,mars\tTREAT\tperson", "2:8"),
            ("LE\tkad\tFUN\tperson", "1:8"),
            ("LE\tkad\tTREAT\tperson,all", "1:21"),
            ("lege\tkad\tTREAT\tperson", "1:1"),
            ("LE\tkad\tTREAT\t*", "1:14"),
        ] {
            let findings = Table::parse(text).expect_err(text);
            assert_eq!(findings.len(), 1, "{text}");
            assert_eq!(findings[0].position.map(|p| p.to_string()).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn a_municipalitys_rows_stand_before_those_that_hold_everywhere() {
        let rows = Table::rows("FT\tfysioterapi\tTREAT\ttjenester,person").expect("rows");
        let table = Table::with(rows);
        assert!(table.reach(["FT"], UnitKind::Fysioterapi, Purpose::Treat).descriptions);
        assert!(!reach(["FT"], UnitKind::Fysioterapi, Purpose::Treat).descriptions);
        let same = table.reach(["LE"], UnitKind::Legevakt, Purpose::Treat);
        assert_eq!(same, reach(["LE"], UnitKind::Legevakt, Purpose::Treat));
    }

    /// Every authorisation category of Volven 9060.
    const VOLVEN_9060: [&str; 36] = [
        "AA", "AT", "AU", "BI", "ET", "FA1", "FA2", "FB", "FO", "FT", "HE", "HF", "HP", "JO", "KE", "KI", "LE", "MT", "NP", "OA", "OI",
        "OP", "OR", "OS", "PE", "PM", "PS", "RA", "SP", "TH", "TL", "TP", "TT", "VE", "VP", "XX",
    ];

    #[test]
    fn the_table_says_of_every_profession_whether_it_reaches_anything_as_treatment() {
        let reaches = |code: &str| {
            let mut units = UnitKind::EVERY.into_iter();
            units.any(|unit| !reach([code], unit, Purpose::Treat).categories.is_empty())
        };
        let not: Vec<&str> = VOLVEN_9060.into_iter().filter(|code| !reaches(code)).collect();
        // Whoever adds a row for one of these decides that she needs to know.
        let expected = [
            "AT", "AU", "FA1", "FA2", "FB", "NP", "OI", "OP", "OR", "OS", "PE", "RA", "TH", "TP", "TT", "VE", "XX",
        ];
        assert_eq!(not, expected);
        assert!(VOLVEN_9060.iter().all(|code| is_profession(code)));
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
