//! What the validator asks of terminology.

/// Whether a code is in a value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The value set or code system is not known well enough to tell.
    Unknown,
}

/// A code as a resource gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coded<'a> {
    /// The code system; `None` for an element of type `code`, where the value set gives it.
    pub system: Option<&'a str>,
    /// The version of the code system.
    pub version: Option<&'a str>,
    /// The code.
    pub code: &'a str,
    /// The display text.
    pub display: Option<&'a str>,
}

/// Answers questions about codes. `value_set` is a canonical, perhaps with `|version`.
pub trait Codes: Send + Sync {
    /// Whether the code is in the value set.
    fn member(&self, value_set: &str, coded: &Coded<'_>) -> Membership;

    /// Whether the code system has the code. `Unknown` where the system is not at hand.
    fn known(&self, coded: &Coded<'_>) -> Membership {
        let _ = coded;
        Membership::Unknown
    }

    /// Whether the display is one of the code's terms. `Unknown` where the terms are not at hand.
    fn term(&self, coded: &Coded<'_>) -> Membership {
        let _ = coded;
        Membership::Unknown
    }
}

/// Knows nothing: bindings beyond the codes that R4's structure lists are not examined.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCodes;

impl Codes for NoCodes {
    fn member(&self, _: &str, _: &Coded<'_>) -> Membership {
        Membership::Unknown
    }
}
