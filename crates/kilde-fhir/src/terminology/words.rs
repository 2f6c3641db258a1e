//! Search among the terms of a code system by the beginnings of words.

use super::code_system::CodeSystem;
use super::concept_set::{ConceptId, ConceptSet};
use super::rows::Rows;
use super::strings::{Interner, Strings, Text};
use crate::search::fold;

/// Words of a code system's codes, displays and designations, in order, and where they stand.
#[derive(Debug)]
pub(super) struct WordIndex {
    words: Strings,
    sorted: Vec<Text>,
    concepts: Rows<ConceptId>,
}

impl WordIndex {
    pub fn new(system: &CodeSystem) -> Self {
        let mut words = Interner::default();
        let mut pairs: Vec<(Text, ConceptId)> = Vec::new();
        for concept in 0..system.len() as ConceptId {
            let first = pairs.len();
            let mut add = |text: &str| {
                for_each_word(text, |word| pairs.push((words.intern(word), concept)));
            };
            add(system.code(concept));
            add(system.display(concept).unwrap_or_default());
            system.designations.of(concept).iter().for_each(|d| add(system.strings.get(d.text)));
            pairs[first..].sort_unstable();
            // The same word in several terms.
            let mut last = None;
            let mut keep = first;
            for at in first..pairs.len() {
                if last != Some(pairs[at]) {
                    last = Some(pairs[at]);
                    pairs[keep] = pairs[at];
                    keep += 1;
                }
            }
            pairs.truncate(keep);
        }
        let mut words = words.strings;
        words.shrink();
        let mut sorted: Vec<Text> = pairs.iter().map(|(word, _)| *word).collect();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.sort_by(|a, b| words.get(*a).cmp(words.get(*b)));
        let mut place: rustc_hash::FxHashMap<Text, u32> = rustc_hash::FxHashMap::default();
        place.extend(sorted.iter().zip(0..).map(|(word, at)| (*word, at)));
        let rows = pairs.iter().map(|(word, concept)| (place[word], *concept)).collect();
        let concepts = Rows::new(sorted.len(), rows);
        WordIndex { words, sorted, concepts }
    }

    /// The concepts that have, for each word of the text, a word that begins with it.
    pub fn search(&self, text: &str, concepts: usize) -> ConceptSet {
        let mut found = ConceptSet::all(concepts);
        for_each_word(text, |prefix| {
            let first = self.sorted.partition_point(|w| self.words.get(*w) < prefix);
            let mut with = ConceptSet::empty(concepts);
            for (at, _) in (first as u32..).zip(self.sorted[first..].iter().take_while(|w| self.words.get(**w).starts_with(prefix))) {
                self.concepts.of(at).iter().for_each(|c| _ = with.insert(*c));
            }
            found.intersect(&with);
        });
        found
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.words.memory() + self.sorted.capacity() * 4 + self.concepts.memory()
    }
}

/// Whether texts together have, for each word of `text`, a word that begins with it.
pub(super) fn matches<'a>(text: &str, terms: impl Iterator<Item = &'a str> + Clone) -> bool {
    let mut all = true;
    for_each_word(text, |prefix| {
        let mut found = false;
        terms
            .clone()
            .for_each(|term| for_each_word(term, |word| found |= word.starts_with(prefix)));
        all &= found;
    });
    all
}

/// Words as they are compared: letters and digits, folded.
fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .for_each(&mut each);
}
