//! What a citizen asks the controller for: correction, deletion, or an answer to her objection to an emergency access. It is routed to
//! whoever can answer, and its answer is the next version of it.

use serde::{Deserialize, Serialize};

/// What she asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// That something is corrected.
    Correction,
    /// That something is deleted.
    Deletion,
    /// That an emergency access is looked into.
    Objection,
}

impl Wish {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Wish::Correction => "correction",
            Wish::Deletion => "deletion",
            Wish::Objection => "objection",
        }
    }

    /// From the name in the API.
    pub fn from_name(name: &str) -> Option<Wish> {
        [Wish::Correction, Wish::Deletion, Wish::Objection]
            .into_iter()
            .find(|wish| wish.name() == name)
    }
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nobody has seen it yet.
    Sent,
    /// Whoever is to answer has it.
    Received,
    /// It is done.
    Done,
    /// It is refused, with a reason.
    Refused,
}

impl Status {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Status::Sent => "sent",
            Status::Received => "received",
            Status::Done => "done",
            Status::Refused => "refused",
        }
    }

    /// From the name of one that an answer can give.
    pub fn from_answer(name: &str) -> Option<Status> {
        [Status::Received, Status::Done, Status::Refused]
            .into_iter()
            .find(|status| status.name() == name)
    }

    /// Whether there is no answer yet.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Sent | Status::Received)
    }
}

/// Who is to answer what no source can: the controller.
pub const CONTROLLER: &str = "controller";

/// A request of a citizen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRequest {
    /// What she asks for.
    pub wish: Wish,
    /// The element it is about, as `Type/id`.
    pub element: Option<String>,
    /// The version she saw.
    pub version: Option<u32>,
    /// The number of the entry in the access log that she objects to.
    pub entry: Option<u64>,
    /// Her words.
    pub text: String,
    /// Who is to answer: the source (`<organisation number>/<client id>`), or [`CONTROLLER`].
    pub to: String,
    /// How far it has come.
    pub status: Status,
    /// The words of the answer.
    pub answer: Option<String>,
}

/// Shows none of the words.
impl std::fmt::Debug for OwnRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnRequest")
            .field("wish", &self.wish)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round() {
        for wish in [Wish::Correction, Wish::Deletion, Wish::Objection] {
            assert_eq!(Wish::from_name(wish.name()), Some(wish));
        }
        for status in [Status::Received, Status::Done, Status::Refused] {
            assert_eq!(Status::from_answer(status.name()), Some(status));
        }
        assert_eq!(Status::from_answer("sent"), None);
        assert!(Status::Received.is_open() && !Status::Refused.is_open());
    }
}
