//! A code system in little memory: texts once, concepts as numbers, the hierarchy as lists of
//! parents and children.

use super::concept_set::{ConceptId, ConceptSet};
use super::rows::Rows;
use super::strings::{Strings, Table, Text};
use super::words::WordIndex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

/// How much of a code system is there (`CodeSystem.content`). In order of worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Nothing but its name.
    NotPresent,
    /// A few concepts, as an example.
    Example,
    /// Some of the concepts.
    Fragment,
    /// All concepts.
    Complete,
}

/// What is known of a code system as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSystemInfo {
    /// Canonical url.
    pub url: String,
    /// Version, if it has one.
    pub version: Option<String>,
    /// Name for people.
    pub name: String,
    /// How much of it is there.
    pub content: Content,
    /// Whether codes that differ in case differ.
    pub case_sensitive: bool,
    /// Canonical url of the value set of all its codes.
    pub value_set: Option<String>,
    /// Language of `display`, if known.
    pub language: Option<String>,
}

/// A code system.
#[derive(Debug)]
pub struct CodeSystem {
    pub(super) info: CodeSystemInfo,
    pub(super) strings: Strings,
    pub(super) codes: Vec<Text>,
    pub(super) by_code: Table,
    pub(super) displays: Vec<Text>,
    pub(super) definitions: Vec<Text>,
    pub(super) flags: Vec<u8>,
    pub(super) parents: Rows<ConceptId>,
    pub(super) children: Rows<ConceptId>,
    pub(super) designations: Rows<Designation>,
    /// Names of properties; [`Property::name`] is an index.
    pub(super) property_names: Vec<String>,
    pub(super) properties: Rows<Property>,
    pub(super) attributes: Rows<Attribute>,
    /// Members of reference sets, by the set's concept.
    pub(super) refsets: FxHashMap<ConceptId, ConceptSet>,
    /// Words of displays and designations, made at the first search among them.
    pub(super) words: OnceLock<WordIndex>,
}

/// The concept is no longer to be used.
pub(super) const INACTIVE: u8 = 1;
/// The concept groups others and is not to be chosen.
pub(super) const ABSTRACT: u8 = 2;
/// The concept is fully defined by its relationships.
pub(super) const DEFINED: u8 = 4;

/// Another term of a concept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Designation {
    pub text: Text,
    pub language: Text,
    pub purpose: Purpose,
}

/// What a designation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Not said.
    Unsaid,
    /// The term to show in its language.
    Preferred,
    /// One that may be used.
    Synonym,
    /// The name that is unambiguous.
    FullySpecified,
    /// `designation.use` as it came: system, code.
    Use(Text, Text),
}

/// A property of a concept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Property {
    pub name: u32,
    pub value: PropertyValue,
}

/// The value of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PropertyValue {
    Code(Text),
    String(Text),
    Integer(Text),
    Decimal(Text),
    DateTime(Text),
    Boolean(bool),
    /// A code of another system: `system|code`.
    Coding(Text),
}

/// A relationship to another concept, as SNOMED CT has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute {
    pub kind: ConceptId,
    pub target: ConceptId,
    /// Attributes of one group belong together; those of group 0 stand alone.
    pub group: u32,
}

impl CodeSystem {
    /// What is known of it as a whole.
    pub fn info(&self) -> &CodeSystemInfo {
        &self.info
    }

    /// How many concepts it has.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether it has no concepts.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Whether all concepts are there.
    pub fn is_complete(&self) -> bool {
        self.info.content == Content::Complete
    }

    /// All codes, in order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|c| self.strings.get(*c))
    }

    /// Whether the system has that code.
    pub fn contains(&self, code: &str) -> bool {
        self.find(code).is_some()
    }

    pub(super) fn find(&self, code: &str) -> Option<ConceptId> {
        let exact = self.by_code.find(code, |c| self.code(c) == code);
        if exact.is_some() || self.info.case_sensitive {
            return exact;
        }
        self.by_code.find(code, |c| self.code(c).eq_ignore_ascii_case(code))
    }

    pub(super) fn code(&self, concept: ConceptId) -> &str {
        self.codes.get(concept as usize).map_or("", |t| self.strings.get(*t))
    }

    pub(super) fn display(&self, concept: ConceptId) -> Option<&str> {
        self.strings.some(*self.displays.get(concept as usize)?)
    }

    pub(super) fn definition(&self, concept: ConceptId) -> Option<&str> {
        self.strings.some(*self.definitions.get(concept as usize)?)
    }

    pub(super) fn has(&self, concept: ConceptId, flag: u8) -> bool {
        self.flags.get(concept as usize).is_some_and(|f| f & flag != 0)
    }

    /// The text of a property's value.
    pub(super) fn value_text(&self, value: PropertyValue) -> &str {
        match value {
            PropertyValue::Boolean(b) => {
                if b {
                    "true"
                } else {
                    "false"
                }
            }
            PropertyValue::Code(t)
            | PropertyValue::String(t)
            | PropertyValue::Integer(t)
            | PropertyValue::Decimal(t)
            | PropertyValue::DateTime(t)
            | PropertyValue::Coding(t) => self.strings.get(t),
        }
    }

    /// The concept and all below it.
    pub(super) fn descendants_or_self(&self, concept: ConceptId) -> ConceptSet {
        let mut found = ConceptSet::empty(self.len());
        self.reach(&mut found, concept, &self.children);
        found
    }

    /// The concept and all above it.
    pub(super) fn ancestors_or_self(&self, concept: ConceptId) -> ConceptSet {
        let mut found = ConceptSet::empty(self.len());
        self.reach(&mut found, concept, &self.parents);
        found
    }

    /// Adds what can be reached; what is in the set already is not followed again.
    pub(super) fn reach(&self, found: &mut ConceptSet, from: ConceptId, along: &Rows<ConceptId>) {
        let mut waiting = vec![from];
        while let Some(concept) = waiting.pop() {
            if found.insert(concept) {
                waiting.extend(along.of(concept));
            }
        }
    }

    /// Whether the concept is the other or below it. Climbs: concepts have few ancestors.
    pub(super) fn is_a(&self, concept: ConceptId, ancestor: ConceptId) -> bool {
        let mut seen = FxHashSet::default();
        let mut waiting = vec![concept];
        while let Some(concept) = waiting.pop() {
            if concept == ancestor {
                return true;
            }
            waiting.extend(self.parents.of(concept).iter().filter(|p| seen.insert(**p)));
        }
        false
    }

    /// Bytes held, without what the memory allocator adds.
    pub fn memory(&self) -> usize {
        self.strings.memory()
            + self.by_code.memory()
            + (self.codes.capacity() + self.displays.capacity() + self.definitions.capacity()) * 4
            + self.flags.capacity()
            + self.parents.memory()
            + self.children.memory()
            + self.designations.memory()
            + self.properties.memory()
            + self.attributes.memory()
            + self.refsets.len() * self.len() / 8
            + self.words.get().map_or(0, WordIndex::memory)
    }
}
