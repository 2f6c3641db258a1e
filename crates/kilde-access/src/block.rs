//! A citizen's block (*sperring*): whom it keeps out, what it closes, and whether an emergency opens it. What follows from it is
//! decided here and nowhere else.

use crate::category::Category;
use crate::days::Days;
use crate::proxy::Marks;
use kilde_log::PersonNo;
use serde::{Deserialize, Serialize};

/// Whom a block keeps out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Against {
    /// All health personnel and case workers, and systems that export.
    Everyone,
    /// Everyone but the organisation that delivered the element: a reservation against sharing.
    OthersThanSource,
    /// Whoever works for an organisation or a unit, by its number.
    Organisation {
        /// Organisation number.
        number: String,
    },
    /// One person at work, wherever she works.
    Reader {
        /// National id. It lies sealed in the log and is never shown.
        pid: String,
        /// HPR number, where she has one.
        hpr: Option<String>,
        /// Her name as the citizen's access log had it.
        name: Option<String>,
        /// Where she worked then.
        workplace: Option<String>,
    },
}

/// What a block closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Covers {
    /// Everything about the person.
    Everything,
    /// One category of information, by its name in tables.
    Category {
        /// [`Category::name`]
        name: String,
    },
    /// One resource, in all its versions.
    Element {
        /// Resource type.
        rtype: String,
        /// Logical id.
        id: String,
    },
    /// What was documented, or took place, in a period.
    Period {
        /// The days, ends included.
        days: Days,
    },
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Whom it keeps out.
    pub against: Against,
    /// What it closes.
    pub covers: Covers,
    /// Whether access in an emergency (ETREAT, BTG) opens it. Only where the citizen has said so.
    pub emergency_opens: bool,
}

/// Shows no national id and no name.
impl std::fmt::Debug for Against {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Against::Everyone => f.write_str("Everyone"),
            Against::OthersThanSource => f.write_str("OthersThanSource"),
            Against::Organisation { number } => write!(f, "Organisation({number})"),
            Against::Reader { .. } => f.write_str("Reader(..)"),
        }
    }
}

/// One resource, as far as it is known without its content: what a block is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Whose it is.
    pub person: PersonNo,
    /// What kind of information it is.
    pub category: Category,
    /// Who delivered it: `<organisation number>/<client id>`.
    pub source: &'a str,
    /// Resource type.
    pub rtype: &'a str,
    /// Logical id.
    pub id: &'a str,
    /// When it was documented or took place.
    pub documented: Days,
    /// From whom in the family it is kept.
    pub marks: Marks,
}

/// Who wants to read, as far as blocks look at it. `Debug` shows no national id.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reader {
    /// National id of a person at work.
    pub pid: Option<String>,
    /// HPR number.
    pub hpr: Option<String>,
    /// Numbers of the organisations and units she acts for.
    pub organisations: Vec<String>,
    /// Whether the ground is an emergency.
    pub emergency: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("organisations", &self.organisations)
            .field("emergency", &self.emergency)
            .finish_non_exhaustive()
    }
}

impl Block {
    /// The block that stands where one cannot be understood: closed is the safe side.
    pub const UNREADABLE: Block = Block {
        against: Against::Everyone,
        covers: Covers::Everything,
        emergency_opens: false,
    };

    /// Whether it keeps this reader out of anything at all.
    pub fn concerns(&self, reader: &Reader) -> bool {
        if self.emergency_opens && reader.emergency {
            return false;
        }
        match &self.against {
            Against::Everyone | Against::OthersThanSource => true,
            Against::Organisation { number } => reader.organisations.contains(number),
            Against::Reader { pid, hpr, .. } => reader.pid.as_ref() == Some(pid) || (hpr.is_some() && reader.hpr == *hpr),
        }
    }

    /// Whether it closes this element.
    pub fn closes(&self, element: &Element<'_>, reader: &Reader) -> bool {
        self.concerns(reader) && self.covers.contains(element) && !self.is_own(element, reader)
    }

    /// Whether the reader's own organisation delivered it, where that matters.
    fn is_own(&self, element: &Element<'_>, reader: &Reader) -> bool {
        let organisation = element.source.split('/').next().unwrap_or_default();
        self.against == Against::OthersThanSource && reader.organisations.iter().any(|own| own == organisation)
    }
}

impl Covers {
    /// Whether the element is in it. What belongs to nobody is in nothing.
    pub fn contains(&self, element: &Element<'_>) -> bool {
        element.person.is_some()
            && match self {
                Covers::Everything => true,
                Covers::Category { name } => element.category.name() == name,
                Covers::Element { rtype, id } => element.rtype == rtype && element.id == id,
                Covers::Period { days } => days.meet(element.documented),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const PID: &str = "03878620827";

    fn element() -> Element<'static> {
        Element {
            person: PersonNo(1),
            category: Category::Journal,
            source: "399901006/epj",
            rtype: "Observation",
            id: "a",
            documented: Days::of(date(2024, 3, 1)),
            marks: Marks::NONE,
        }
    }

    fn nurse() -> Reader {
        Reader {
            pid: Some(PID.to_owned()),
            hpr: Some("999000002".to_owned()),
            organisations: vec!["399901006".to_owned(), "399901014".to_owned()],
            emergency: false,
        }
    }

    fn block(against: Against, covers: Covers) -> Block {
        Block {
            against,
            covers,
            emergency_opens: false,
        }
    }

    fn reader(pid: &str, hpr: Option<&str>) -> Against {
        Against::Reader {
            pid: pid.to_owned(),
            hpr: hpr.map(str::to_owned),
            name: None,
            workplace: None,
        }
    }

    #[test]
    fn whom_it_keeps_out() {
        let number = |number: &str| Against::Organisation { number: number.to_owned() };
        for (against, closed) in [
            (Against::Everyone, true),
            (Against::OthersThanSource, false),
            (number("399901006"), true),
            (number("399901014"), true),
            (number("399901022"), false),
            (reader(PID, None), true),
            (reader("14828020014", Some("999000002")), true),
            (reader("14828020014", Some("999000003")), false),
            (reader("14828020014", None), false),
        ] {
            let told = format!("{against:?}");
            assert_eq!(block(against, Covers::Everything).closes(&element(), &nurse()), closed, "{told}");
        }
        let stranger = Reader {
            organisations: vec!["399902002".to_owned()],
            ..Reader::default()
        };
        assert!(block(Against::OthersThanSource, Covers::Everything).closes(&element(), &stranger));
        // Nobody known is nobody in particular.
        assert!(!block(reader(PID, None), Covers::Everything).closes(&element(), &stranger));
    }

    #[test]
    fn what_it_closes() {
        let days = |from, to| Covers::Period {
            days: Days::between(from, to),
        };
        let category = |name: &str| Covers::Category { name: name.to_owned() };
        let one = |rtype: &str, id: &str| Covers::Element {
            rtype: rtype.to_owned(),
            id: id.to_owned(),
        };
        for (covers, closed) in [
            (Covers::Everything, true),
            (category("journal"), true),
            (category("tjenester"), false),
            (one("Observation", "a"), true),
            (one("Observation", "b"), false),
            (one("Condition", "a"), false),
            (days(Some(date(2024, 3, 1)), Some(date(2024, 3, 1))), true),
            (days(None, Some(date(2024, 2, 29))), false),
            (days(Some(date(2024, 3, 2)), None), false),
        ] {
            let told = format!("{covers:?}");
            assert_eq!(block(Against::Everyone, covers).closes(&element(), &nurse()), closed, "{told}");
        }
        let nobodys = Element {
            person: PersonNo::NONE,
            ..element()
        };
        assert!(!Block::UNREADABLE.closes(&nobodys, &nurse()));
    }

    #[test]
    fn an_emergency_opens_only_what_says_so() {
        let mut block = block(Against::Everyone, Covers::Everything);
        let emergency = Reader {
            emergency: true,
            ..nurse()
        };
        assert!(block.closes(&element(), &emergency));
        block.emergency_opens = true;
        assert!(!block.closes(&element(), &emergency));
        assert!(block.closes(&element(), &nurse()));
    }

    #[test]
    fn nothing_of_a_reader_is_printed() {
        let printed = format!("{:?} {:?}", reader(PID, Some("999000002")), nurse());
        assert!(!printed.contains(PID) && !printed.contains("999000002"), "{printed}");
    }
}
