//! What an evaluation may use, and what it leaves behind besides its result.

use super::item::{Item, Node};
use super::resolve::BundleIndex;
use super::temporal::DateTime;
use crate::json::Value;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

/// Steps that an evaluation may take unless the caller says otherwise: some hundred milliseconds.
pub const DEFAULT_STEPS: u64 = 2_000_000;

/// At most so many traces and notes are kept.
const MAX_KEPT: usize = 1_000;

/// Finds what references point to, beyond contained resources and the entries of the Bundle.
pub trait Resolve<'a> {
    /// The resource that a reference (`Patient/1`, `urn:uuid:...`, a URL) points to, if it is had.
    fn resolve(&self, reference: &str) -> Option<Value<'a>>;
}

/// A code with its system, for questions to terminology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded<'a> {
    /// The code system; none for an element of type `code`.
    pub system: Option<Cow<'a, str>>,
    /// Its version, if given.
    pub version: Option<Cow<'a, str>>,
    /// The code.
    pub code: Cow<'a, str>,
}

/// Answers questions about codes. `None`: not known; the result is then empty, with a note.
pub trait Terminology {
    /// Whether one of the codes is in the value set (a canonical url, perhaps with `|version`).
    fn member_of(&self, codes: &[Coded<'_>], value_set: &str) -> Option<bool>;
    /// Whether the first code is the second or one above it.
    fn subsumes(&self, above: &Coded<'_>, below: &Coded<'_>) -> Option<bool>;
}

/// Answers questions about profiles. `None`: not known.
pub trait Profiles<'a> {
    /// Whether the element conforms to the profile (a canonical url).
    fn conforms_to(&self, node: Node<'a>, profile: &str) -> Option<bool>;
    /// The ElementDefinition of an element.
    fn element_definition(&self, node: Node<'a>) -> Option<Node<'a>> {
        let _ = node;
        None
    }
    /// Whether the element is in that slice of the profile.
    fn in_slice(&self, node: Node<'a>, profile: &str, slice: &str) -> Option<bool> {
        let _ = (node, profile, slice);
        None
    }
}

/// What `trace()` was given.
#[derive(Debug, Clone)]
pub struct Trace<'a> {
    /// The name.
    pub name: String,
    /// The items.
    pub items: Vec<Item<'a>>,
}

/// What an evaluation may use. One context serves many expressions about the same resource; it
/// is not shared between threads.
pub struct Context<'a> {
    pub(super) resource: Option<Item<'a>>,
    pub(super) root_resource: Option<Item<'a>>,
    pub(super) variables: FxHashMap<String, Vec<Item<'a>>>,
    pub(super) now: Option<DateTime>,
    pub(super) resolver: Option<&'a dyn Resolve<'a>>,
    pub(super) terminology: Option<&'a dyn Terminology>,
    pub(super) profiles: Option<&'a dyn Profiles<'a>>,
    pub(super) steps: u64,
    pub(super) lists_in_as: bool,
    pub(super) index: OnceCell<BundleIndex<'a>>,
    traces: RefCell<Vec<Trace<'a>>>,
    notes: RefCell<Vec<String>>,
}

impl<'a> Context<'a> {
    /// A context for expressions about a resource: it is `%resource` and `%rootResource`.
    pub fn new(resource: Value<'a>) -> Self {
        let resource = Item::Node(Node::resource(resource));
        Context {
            root_resource: Some(resource.clone()),
            resource: Some(resource),
            ..Context::empty()
        }
    }

    /// A context for expressions about no resource.
    pub fn empty() -> Self {
        Context {
            resource: None,
            root_resource: None,
            variables: FxHashMap::default(),
            now: None,
            resolver: None,
            terminology: None,
            profiles: None,
            steps: DEFAULT_STEPS,
            lists_in_as: false,
            index: OnceCell::new(),
            traces: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// Another `%resource`: the contained resource or the Bundle's entry that is examined.
    pub fn with_resource(mut self, resource: Value<'a>) -> Self {
        self.resource = Some(Item::Node(Node::resource(resource)));
        self
    }

    /// A variable, named without `%`. It goes before those that FHIR defines.
    pub fn with_variable(mut self, name: &str, items: Vec<Item<'a>>) -> Self {
        self.variables.insert(name.to_owned(), items);
        self
    }

    /// What `now()`, `today()` and `timeOfDay()` tell. Without it they are errors.
    pub fn with_now(mut self, now: DateTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Where `resolve()` looks further.
    pub fn with_resolver(mut self, resolver: &'a dyn Resolve<'a>) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// Who answers `memberOf()`, `subsumes()` and `subsumedBy()`.
    pub fn with_terminology(mut self, terminology: &'a dyn Terminology) -> Self {
        self.terminology = Some(terminology);
        self
    }

    /// Who answers `conformsTo()`, `elementDefinition()` and `slice()`.
    pub fn with_profiles(mut self, profiles: &'a dyn Profiles<'a>) -> Self {
        self.profiles = Some(profiles);
        self
    }

    /// How many steps an evaluation may take; see [`DEFAULT_STEPS`].
    pub fn with_steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Lets `as` choose from several items, as `ofType` does. The specification makes them an
    /// error, but invariants and search parameters that R4 itself publishes (`dom-3`) count on it.
    pub fn with_lists_in_as(mut self) -> Self {
        self.lists_in_as = true;
        self
    }

    /// What `trace()` was given, in order; taken out.
    pub fn take_traces(&self) -> Vec<Trace<'a>> {
        self.traces.take()
    }

    /// What could not be answered and is empty in the result for that reason; taken out.
    pub fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }

    pub(super) fn trace(&self, trace: Trace<'a>) {
        let mut traces = self.traces.borrow_mut();
        if traces.len() < MAX_KEPT {
            traces.push(trace);
        }
    }

    pub(super) fn note(&self, note: String) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < MAX_KEPT && !notes.contains(&note) {
            notes.push(note);
        }
    }
}
