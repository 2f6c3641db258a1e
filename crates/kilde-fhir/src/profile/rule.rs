//! Compiled profiles: what is left to ask of an element when R4's structure holds.

use super::source::Source;
use crate::package::PackageId;

/// A compiled profile. Rule 0 is that of the root.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) url: Box<str>,
    pub(crate) version: Box<str>,
    pub(crate) type_name: Box<str>,
    pub(crate) package: PackageId,
    pub(crate) rules: Vec<Rule>,
    /// Set for profiles on Extension.
    pub(crate) extension: Option<ExtensionRule>,
}

/// What an extension's definition says of its use.
#[derive(Debug, Default)]
pub(crate) struct ExtensionRule {
    pub(crate) modifier: bool,
    /// How often it may stand on an element.
    pub(crate) max: Option<u32>,
    /// `element`, `extension` or `fhirpath`, and the expression.
    pub(crate) contexts: Vec<(Box<str>, Box<str>)>,
    /// The first and last version of FHIR that it is for, where it says so.
    pub(crate) versions: Option<(Box<str>, Box<str>)>,
    /// The urls of its parts; empty for a simple extension.
    pub(crate) parts: Vec<Box<str>>,
}

/// Number of a rule in its profile.
pub(crate) type RuleId = u32;

/// What is asked of an element.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    /// `Observation.component:SystolicBP.code`
    pub(crate) id: Box<str>,
    /// The name without `[x]`.
    pub(crate) name: Box<str>,
    pub(crate) choice: bool,
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
    /// The types; asked for if `narrowed`.
    pub(crate) types: Vec<TypeRule>,
    pub(crate) narrowed: bool,
    pub(crate) fixed: Option<Source>,
    pub(crate) pattern: Option<Source>,
    pub(crate) min_value: Option<Source>,
    pub(crate) max_value: Option<Source>,
    pub(crate) max_length: Option<usize>,
    pub(crate) binding: Option<Binding>,
    /// For a primitive: whether it must have a value, and the extensions that may stand for it.
    pub(crate) presence: Option<Presence>,
    /// The sections by language that a narrative must have: `_yes`, `_no`, `_resource`, languages.
    pub(crate) sections: Vec<Box<str>>,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) must_support: bool,
    pub(crate) children: Vec<RuleId>,
    pub(crate) slicing: Option<Slicing>,
}

/// A type that an element may have.
#[derive(Debug, Default)]
pub(crate) struct TypeRule {
    pub(crate) code: Box<str>,
    pub(crate) profiles: Vec<Box<str>>,
    pub(crate) targets: Vec<Box<str>>,
    pub(crate) aggregation: Vec<Box<str>>,
}

/// When a primitive may be without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Never.
    Value,
    /// When it has one of these extensions.
    Or(Vec<Box<str>>),
}

/// How strongly codes are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Preferred,
    Extensible,
    Required,
}

/// A value set for an element's codes.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) value_set: Box<str>,
    pub(crate) strength: Strength,
    /// Beyond the value set's leeway, codes must be of this one.
    pub(crate) max: Option<Box<str>>,
}

/// A FHIRPath constraint.
#[derive(Debug, Clone)]
pub(crate) struct Invariant {
    pub(crate) key: Box<str>,
    pub(crate) human: Box<str>,
    pub(crate) error: bool,
    pub(crate) expression: u32,
}

/// The slices of an element.
#[derive(Debug, Default)]
pub(crate) struct Slicing {
    pub(crate) closed: bool,
    pub(crate) open_at_end: bool,
    pub(crate) ordered: bool,
    pub(crate) slices: Vec<Slice>,
}

/// A slice and how its items are known.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) name: Box<str>,
    pub(crate) rule: RuleId,
    pub(crate) tests: Vec<Test>,
}

/// One discriminator as a slice fills it.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) path: Vec<Step>,
    pub(crate) check: Check,
    /// `value:coding.code`, for findings.
    pub(crate) shown: Box<str>,
}

/// A step of a discriminator's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Child(Box<str>),
    Extension(Box<str>),
    Resolve,
    OfType(Box<str>),
}

/// What must hold at the end of the path.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// One of the elements is the value.
    Fixed(Source),
    /// One of the elements has the pattern.
    Pattern(Source),
    /// One of the elements is the text.
    Text(Box<str>),
    /// One of the codes is in the value set.
    Binding(Binding),
    /// There is something, or nothing.
    Exists(bool),
    /// The element has one of these types.
    Types(Vec<Box<str>>),
    /// The element conforms to one of these profiles.
    Profiles(Vec<Box<str>>),
    /// All of these, each from the end of the path.
    All(Vec<Test>),
    /// The definition gives nothing to tell the slice by.
    Nothing,
}

impl Profile {
    /// A rule by number (numbers come from here, so it is there).
    pub(crate) fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id as usize]
    }

    /// The rule of an element by its id.
    pub(crate) fn part(&self, id: &str) -> Option<RuleId> {
        let at = self.rules.iter().position(|r| &*r.id == id)?;
        RuleId::try_from(at).ok()
    }

    /// The canonical with version, for findings.
    pub(crate) fn canonical(&self) -> String {
        if self.version.is_empty() {
            self.url.to_string()
        } else {
            format!("{}|{}", self.url, self.version)
        }
    }
}
