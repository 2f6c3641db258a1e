//! Legal holds: what must not be destroyed while a case is open, whatever its time is. The controller sets and lifts them.

use serde::{Deserialize, Serialize};

/// A hold on a person or on one element of hers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The element, as `Type/id`; `None` for everything of the person.
    pub element: Option<String>,
    /// Why, in words.
    pub reason: String,
}

impl Hold {
    /// Whether it keeps an element (`Type/id`) of its person.
    pub fn keeps(&self, element: &str) -> bool {
        self.element.as_deref().is_none_or(|own| own == element)
    }
}

/// Shows none of the words.
impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hold")
            .field("whole", &self.element.is_none())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_keeps_its_element_or_all() {
        let of = |element: Option<&str>| Hold {
            element: element.map(str::to_owned),
            reason: "case".to_owned(),
        };
        assert!(of(None).keeps("Observation/a") && of(Some("Observation/a")).keeps("Observation/a"));
        assert!(!of(Some("Observation/a")).keeps("Observation/b"));
        assert!(!format!("{:?}", of(None)).contains("case"));
    }
}
