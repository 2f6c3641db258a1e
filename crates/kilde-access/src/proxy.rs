//! Who may act for a citizen, in what, and until when: proxies that she has given (*fullmakt*), guardians (*verge*), parents.

use crate::age::Regime;
use crate::category::{Categories, Category};
use crate::days::Days;
use crate::question::Action;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a proxy may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// See information.
    Insight,
    /// See the access log.
    Log,
    /// See, register and lift blocks.
    Blocks,
    /// Ask for correction and deletion, and object.
    Requests,
}

impl Task {
    /// All of them.
    pub const EVERY: [Task; 4] = [Task::Insight, Task::Log, Task::Blocks, Task::Requests];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Task::Insight => "insight",
            Task::Log => "log",
            Task::Blocks => "blocks",
            Task::Requests => "requests",
        }
    }

    /// From the name in the API.
    pub fn from_name(name: &str) -> Option<Task> {
        Task::EVERY.into_iter().find(|task| task.name() == name)
    }

    /// The task that an action belongs to; `None` for what nobody does for another.
    pub fn of(action: Action) -> Option<Task> {
        match action {
            Action::Read | Action::Search | Action::Exists | Action::Overview => Some(Task::Insight),
            Action::TilgangsloggOwn => Some(Task::Log),
            Action::Declarations => Some(Task::Blocks),
            Action::Requests => Some(Task::Requests),
            _ => None,
        }
    }
}

/// A proxy that a citizen has given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// National id of who may act. It lies sealed in the log and is never shown.
    pub holder: String,
    /// What the citizen calls her.
    pub name: String,
    /// What she may do.
    pub tasks: Vec<Task>,
    /// Categories by name that she may see; `None` for all.
    pub categories: Option<Vec<String>>,
    /// The days on which it is valid, ends included.
    pub days: Days,
}

/// Shows no national id and no name.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy")
            .field("tasks", &self.tasks)
            .field("categories", &self.categories)
            .field("days", &self.days)
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// What it lets its holder see in a task on a day; `None` if it does not apply.
    pub fn permits(&self, holder: &str, task: Task, today: Date) -> Option<Categories> {
        let applies = self.holder == holder && self.tasks.contains(&task) && self.days.meet(Days::of(today));
        applies.then(|| match &self.categories {
            None => Categories::ALL,
            // A name that is not known (any more) opens nothing.
            Some(names) => names
                .iter()
                .filter_map(|name| Category::from_name(name))
                .chain([Category::Administrativt])
                .collect(),
        })
    }
}

/// What somebody is to a person by what is registered about the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A parent (or another with parental responsibility).
    Parent,
    /// A guardian.
    Guardian,
}

/// Marks on a resource in `meta.security` that keep it from one side of a family (Volven 9603), or from everybody but the patient and who
/// wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Marks(u8);

impl Marks {
    /// None.
    pub const NONE: Marks = Marks(0);
    /// `NORN_FORANS`: kept from those with parental responsibility.
    pub const FROM_PARENTS: Marks = Marks(1);
    /// `NORN_UNGDOM`: kept from the young person herself.
    pub const FROM_YOUTH: Marks = Marks(2);

    /// `NODSCLCDS` and its like (v3-ActCode): an internal working note, not to be disclosed.
    pub const INTERNAL: Marks = Marks(4);

    /// What a code of `meta.security` marks; `N` (normal) and codes of other meaning mark nothing.
    pub fn of_code(code: &str) -> Marks {
        match code {
            "NORN_FORANS" => Marks::FROM_PARENTS,
            "NORN_UNGDOM" => Marks::FROM_YOUTH,
            "NODSCLCD" | "NODSCLCDS" | "ORCON" => Marks::INTERNAL,
            _ => Marks::NONE,
        }
    }

    /// Both together.
    pub fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// What is in both.
    pub fn and(self, other: Marks) -> Marks {
        Marks(self.0 & other.0)
    }

    /// Whether any is in both.
    pub fn meet(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits as they are stored.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From the stored bits.
    pub fn from_bits(bits: u8) -> Marks {
        Marks(bits & 7)
    }
}

/// What somebody may do for another, or a young person for herself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Acting {
    /// What she may see.
    pub categories: Categories,
    /// What is kept from her.
    pub hides: Marks,
}

/// What a member of the family may do, by the child's regime; `None` if nothing. A parent of whom the child's age is not known may do nothing.
pub fn of_family(family: Family, task: Task, regime: Option<Regime>) -> Option<Acting> {
    let permitted = match (family, regime) {
        (Family::Guardian, _) => true,
        (Family::Parent, Some(Regime::Child)) => true,
        (Family::Parent, Some(Regime::Shared)) => task == Task::Insight,
        (Family::Parent, Some(Regime::Own) | None) => false,
    };
    let hides = match family {
        Family::Parent => Marks::FROM_PARENTS,
        Family::Guardian => Marks::NONE,
    };
    permitted.then_some(Acting {
        categories: Categories::ALL,
        hides,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const HOLDER: &str = "14828020014";

    fn proxy() -> Proxy {
        Proxy {
            holder: HOLDER.to_owned(),
            name: "Kari".to_owned(),
            tasks: vec![Task::Insight, Task::Log],
            categories: Some(vec!["tjenester".to_owned(), "unknown".to_owned()]),
            days: Days::between(Some(date(2026, 1, 1)), Some(date(2026, 12, 31))),
        }
    }

    #[test]
    fn a_proxy_is_for_its_holder_tasks_categories_and_days() {
        let proxy = proxy();
        let seen = proxy.permits(HOLDER, Task::Insight, date(2026, 12, 31));
        assert_eq!(seen, Some(Categories::of(&[Category::Tjenester, Category::Administrativt])));
        assert_eq!(proxy.permits(HOLDER, Task::Blocks, date(2026, 6, 1)), None);
        assert_eq!(proxy.permits(HOLDER, Task::Insight, date(2025, 12, 31)), None);
        assert_eq!(proxy.permits(HOLDER, Task::Insight, date(2027, 1, 1)), None);
        assert_eq!(proxy.permits("19779998080", Task::Insight, date(2026, 6, 1)), None);
        let printed = format!("{proxy:?}");
        assert!(!printed.contains(HOLDER) && !printed.contains("Kari"));
    }

    #[test]
    fn parents_see_until_twelve_then_share_and_from_sixteen_nothing() {
        for task in Task::EVERY {
            let may = |regime| of_family(Family::Parent, task, regime).is_some();
            assert!(may(Some(Regime::Child)));
            assert_eq!(may(Some(Regime::Shared)), task == Task::Insight);
            assert!(!may(Some(Regime::Own)) && !may(None));
            assert!(of_family(Family::Guardian, task, Some(Regime::Own)).is_some());
        }
        let parent = of_family(Family::Parent, Task::Insight, Some(Regime::Child)).map(|acting| acting.hides);
        assert_eq!(parent, Some(Marks::FROM_PARENTS));
    }

    #[test]
    fn marks() {
        assert_eq!(Marks::of_code("N"), Marks::NONE);
        assert_eq!(Marks::of_code("NODSCLCDS"), Marks::INTERNAL);
        let both = Marks::of_code("NORN_FORANS").with(Marks::of_code("NORN_UNGDOM"));
        assert!(both.meet(Marks::FROM_PARENTS) && both.meet(Marks::FROM_YOUTH) && !Marks::NONE.meet(both));
        assert_eq!(Marks::from_bits(both.bits()), both);
    }
}
