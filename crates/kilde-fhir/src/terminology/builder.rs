//! Makes a [`CodeSystem`], concept by concept in any order.

use super::code_system::{
    ABSTRACT, Attribute, CodeSystem, CodeSystemInfo, Content, Designation, INACTIVE, Property, PropertyValue, Purpose,
};
use super::concept_set::{ConceptId, ConceptSet};
use super::rows::Rows;
use super::strings::{Interner, Table, Text};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// A code system in the making.
#[derive(Debug)]
pub(super) struct CodeSystemBuilder {
    pub info: CodeSystemInfo,
    pub texts: Interner,
    codes: Vec<Text>,
    by_code: Table,
    displays: Vec<Text>,
    definitions: Vec<Text>,
    flags: Vec<u8>,
    /// Child, parent.
    parents: Vec<(ConceptId, ConceptId)>,
    designations: Vec<(ConceptId, Designation)>,
    property_names: Vec<String>,
    /// Places in `property_names`.
    property_places: FxHashMap<String, u32>,
    properties: Vec<(ConceptId, Property)>,
    attributes: Vec<(ConceptId, Attribute)>,
    refset_members: Vec<(ConceptId, ConceptId)>,
}

impl CodeSystemInfo {
    /// A complete, case-sensitive system of that url.
    pub fn new(url: &str) -> Self {
        CodeSystemInfo {
            url: url.to_owned(),
            version: None,
            name: url.to_owned(),
            content: Content::Complete,
            case_sensitive: true,
            value_set: None,
            language: None,
        }
    }
}

impl CodeSystemBuilder {
    pub fn new(info: CodeSystemInfo) -> Self {
        CodeSystemBuilder {
            info,
            texts: Interner::default(),
            codes: Vec::new(),
            by_code: Table::default(),
            displays: Vec::new(),
            definitions: Vec::new(),
            flags: Vec::new(),
            parents: Vec::new(),
            designations: Vec::new(),
            property_names: Vec::new(),
            property_places: FxHashMap::default(),
            properties: Vec::new(),
            attributes: Vec::new(),
            refset_members: Vec::new(),
        }
    }

    /// The concept of that code, made if it is not there.
    pub fn concept(&mut self, code: &str) -> ConceptId {
        if let Some(there) = self.find(code) {
            return there;
        }
        let concept = self.codes.len() as ConceptId;
        let text = self.texts.intern(code);
        self.codes.push(text);
        let (codes, strings) = (&self.codes, &self.texts.strings);
        self.by_code.insert(code, concept, |c| strings.get(codes[c as usize]));
        self.displays.push(Text::NONE);
        self.flags.push(0);
        concept
    }

    /// The concept of that code.
    pub fn find(&self, code: &str) -> Option<ConceptId> {
        self.by_code.find(code, |c| self.code(c) == code)
    }

    pub fn code(&self, concept: ConceptId) -> &str {
        self.texts.strings.get(self.codes[concept as usize])
    }

    pub fn len(&self) -> usize {
        self.codes.len()
    }

    pub fn display(&mut self, concept: ConceptId, text: &str) {
        self.displays[concept as usize] = self.texts.optional(Some(text));
    }

    pub fn has_display(&self, concept: ConceptId) -> bool {
        self.displays[concept as usize].is_some()
    }

    pub fn definition(&mut self, concept: ConceptId, text: &str) {
        if self.definitions.len() <= concept as usize {
            self.definitions.resize(concept as usize + 1, Text::NONE);
        }
        self.definitions[concept as usize] = self.texts.optional(Some(text));
    }

    pub fn flag(&mut self, concept: ConceptId, flag: u8) {
        self.flags[concept as usize] |= flag;
    }

    pub fn parent(&mut self, child: ConceptId, parent: ConceptId) {
        if child != parent {
            self.parents.push((child, parent));
        }
    }

    pub fn designation(&mut self, concept: ConceptId, text: &str, language: Option<&str>, purpose: Purpose) {
        let text = self.texts.optional(Some(text));
        if text.is_some() {
            let language = self.texts.optional(language);
            self.designations.push((concept, Designation { text, language, purpose }));
        }
    }

    /// The number of a property's name, made if it is not there.
    pub fn property_name(&mut self, name: &str) -> u32 {
        if let Some(there) = self.property_places.get(name) {
            return *there;
        }
        let new = self.property_names.len() as u32;
        self.property_names.push(name.to_owned());
        self.property_places.insert(name.to_owned(), new);
        new
    }

    pub fn property(&mut self, concept: ConceptId, name: u32, value: PropertyValue) {
        self.properties.push((concept, Property { name, value }));
    }

    pub fn text_property(&mut self, concept: ConceptId, name: u32, text: &str) {
        let text = self.texts.optional(Some(text));
        if text.is_some() {
            self.property(concept, name, PropertyValue::String(text));
        }
    }

    pub fn attribute(&mut self, concept: ConceptId, attribute: Attribute) {
        self.attributes.push((concept, attribute));
    }

    pub fn refset_member(&mut self, refset: ConceptId, member: ConceptId) {
        self.refset_members.push((refset, member));
    }

    /// Adds the designations and properties of a supplement. Concepts that this system does not
    /// have are left out; gives how many.
    pub fn supplement(&mut self, other: &CodeSystemBuilder) -> usize {
        let from = &other.texts.strings;
        let ids: Vec<Option<ConceptId>> = (0..other.len()).map(|c| self.find(other.code(c as ConceptId))).collect();
        for (concept, d) in &other.designations {
            let Some(concept) = ids[*concept as usize] else { continue };
            let purpose = match d.purpose {
                Purpose::Use(system, code) => Purpose::Use(self.texts.intern(from.get(system)), self.texts.intern(from.get(code))),
                said => said,
            };
            self.designation(concept, from.get(d.text), from.some(d.language), purpose);
        }
        for (concept, id) in ids.iter().enumerate() {
            if let (Some(id), Some(display)) = (id, from.some(other.displays[concept])) {
                self.designation(*id, display, other.info.language.as_deref(), Purpose::Unsaid);
            }
        }
        for (concept, property) in &other.properties {
            let Some(concept) = ids[*concept as usize] else { continue };
            let name = self.property_name(&other.property_names[property.name as usize]);
            let value = property.value.map(|text| self.texts.intern(from.get(text)));
            self.property(concept, name, value);
        }
        ids.iter().filter(|id| id.is_none()).count()
    }

    /// The finished code system, and how many hierarchy links were left out because they closed a
    /// circle.
    pub fn build(mut self) -> (CodeSystem, usize) {
        let n = self.codes.len();
        self.parents.sort_unstable();
        self.parents.dedup();
        let dropped = break_circles(n, &mut self.parents);
        let children = self.parents.iter().map(|(child, parent)| (*parent, *child)).collect();
        let mut refsets: FxHashMap<ConceptId, ConceptSet> = FxHashMap::default();
        for (refset, member) in self.refset_members {
            refsets.entry(refset).or_insert_with(|| ConceptSet::empty(n)).insert(member);
        }
        let mut strings = self.texts.strings;
        strings.shrink();
        self.codes.shrink_to_fit();
        self.displays.shrink_to_fit();
        self.flags.shrink_to_fit();
        let system = CodeSystem {
            info: self.info,
            strings,
            codes: self.codes,
            by_code: self.by_code,
            displays: self.displays,
            definitions: self.definitions,
            flags: self.flags,
            parents: Rows::new(n, self.parents),
            children: Rows::new(n, children),
            designations: Rows::new(n, self.designations),
            property_names: self.property_names,
            properties: Rows::new(n, self.properties),
            attributes: Rows::new(n, self.attributes),
            refsets,
            words: OnceLock::new(),
        };
        (system, dropped)
    }

    /// Sets what well-known properties say: inactive, not to be chosen, parents and children.
    /// Properties that are part of the hierarchy are kept there only.
    pub fn well_known(&mut self, concept: ConceptId, name: &str, value: &str) -> bool {
        match (name, value) {
            ("inactive", "true") | ("status", "inactive" | "retired") => self.flag(concept, INACTIVE),
            ("notSelectable" | "abstract", "true") => self.flag(concept, ABSTRACT),
            ("parent" | "subsumedBy", code) => {
                let parent = self.concept(code);
                self.parent(concept, parent);
                return true;
            }
            ("child", code) => {
                let child = self.concept(code);
                self.parent(child, concept);
                return true;
            }
            _ => {}
        }
        false
    }
}

impl PropertyValue {
    fn map(self, mut text: impl FnMut(Text) -> Text) -> PropertyValue {
        match self {
            PropertyValue::Code(t) => PropertyValue::Code(text(t)),
            PropertyValue::String(t) => PropertyValue::String(text(t)),
            PropertyValue::Integer(t) => PropertyValue::Integer(text(t)),
            PropertyValue::Decimal(t) => PropertyValue::Decimal(text(t)),
            PropertyValue::DateTime(t) => PropertyValue::DateTime(text(t)),
            PropertyValue::Coding(t) => PropertyValue::Coding(text(t)),
            PropertyValue::Boolean(b) => PropertyValue::Boolean(b),
        }
    }
}

/// Leaves out links that close a circle, so that "is above" orders the concepts. `links` are
/// sorted pairs of child and parent.
fn break_circles(concepts: usize, links: &mut Vec<(ConceptId, ConceptId)>) -> usize {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut starts = vec![0usize; concepts + 1];
    links.iter().for_each(|(child, _)| starts[*child as usize + 1] += 1);
    (0..concepts).for_each(|i| starts[i + 1] += starts[i]);
    let mut state = vec![State::New; concepts];
    let mut closing = Vec::new();
    // The concepts on the way up, each with the link to follow next.
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..concepts {
        if state[start] != State::New {
            continue;
        }
        state[start] = State::Open;
        way.push((start, starts[start]));
        while let Some((concept, next)) = way.last_mut() {
            if *next == starts[*concept + 1] {
                state[*concept] = State::Done;
                way.pop();
                continue;
            }
            let link = *next;
            *next += 1;
            let parent = links[link].1 as usize;
            match state[parent] {
                State::New => {
                    state[parent] = State::Open;
                    way.push((parent, starts[parent]));
                }
                State::Open => closing.push(link),
                State::Done => {}
            }
        }
    }
    closing.sort_unstable();
    let mut at = 0;
    links.retain(|_| {
        at += 1;
        closing.binary_search(&(at - 1)).is_err()
    });
    closing.len()
}
