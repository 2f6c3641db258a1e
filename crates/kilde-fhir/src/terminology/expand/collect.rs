//! Goes through the parts of a value set and keeps each code once.

use super::{Contains, ExpandRequest};
use crate::terminology::code_system::{ABSTRACT, CodeSystem, INACTIVE};
use crate::terminology::concept_set::{ConceptId, ConceptSet};
use crate::terminology::error::OperationError;
use crate::terminology::language;
use crate::terminology::lookup::{Designation, designations};
use crate::terminology::member::Answer;
use crate::terminology::parameters::Coding;
use crate::terminology::prepare::{Codes, Part, Prepared};
use crate::terminology::value_set::Listed;
use crate::terminology::words;
use rustc_hash::{FxHashMap, FxHashSet};

/// Codes that one expansion may look at. Value sets that name each other over and over end here.
const CANDIDATES: usize = 20_000_000;
/// Parts of value sets that are asked for one code.
const PARTS_ASKED: u32 = 20_000;

/// A code that was found.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    url: &'a str,
    system: Option<&'a CodeSystem>,
    concept: Option<ConceptId>,
    listed: Option<&'a Listed>,
}

/// The codes found so far, in order, each once.
pub(super) struct Collection<'a, 'r> {
    request: &'r ExpandRequest,
    pub found: Vec<Found<'a>>,
    /// What is there already: concepts of loaded systems, by the system's place in memory; codes
    /// of others.
    seen: FxHashMap<*const CodeSystem, ConceptSet>,
    seen_codes: FxHashSet<(&'a str, &'a str)>,
    /// Concepts that the text filter allows, by system.
    filtered: FxHashMap<*const CodeSystem, ConceptSet>,
    candidates: usize,
}

impl<'a> Collection<'a, '_> {
    pub fn new(request: &ExpandRequest) -> Collection<'a, '_> {
        Collection {
            request,
            found: Vec::new(),
            seen: FxHashMap::default(),
            seen_codes: FxHashSet::default(),
            filtered: FxHashMap::default(),
            candidates: CANDIDATES,
        }
    }

    pub fn set(&mut self, set: &'a Prepared, active_only: bool) -> Result<(), OperationError> {
        self.walk(set, &mut |this, found| this.keep(set, found, active_only))
    }

    fn spend(&mut self, steps: usize) -> Result<(), OperationError> {
        let left = self.candidates.checked_sub(steps);
        self.candidates = left.ok_or(OperationError::TooCostly {
            total: CANDIDATES,
            limit: CANDIDATES,
        })?;
        Ok(())
    }

    /// Asks for membership; what it costs is spent.
    fn ask(&mut self, question: impl FnOnce(&mut u32) -> Answer) -> Result<Answer, OperationError> {
        let mut budget = PARTS_ASKED;
        let answer = question(&mut budget);
        self.spend((PARTS_ASKED - budget) as usize)?;
        Ok(answer)
    }

    /// Goes through the codes of a set's parts, before what is taken out again.
    fn walk(
        &mut self,
        set: &'a Prepared,
        each: &mut dyn FnMut(&mut Self, Found<'a>) -> Result<(), OperationError>,
    ) -> Result<(), OperationError> {
        for part in &set.include {
            self.part(part, each)?;
        }
        Ok(())
    }

    fn part(
        &mut self,
        part: &'a Part,
        each: &mut dyn FnMut(&mut Self, Found<'a>) -> Result<(), OperationError>,
    ) -> Result<(), OperationError> {
        let url = part.system.as_deref().unwrap_or_default();
        let system = part.loaded.as_deref();
        let mut one = |this: &mut Self, found: Found<'a>| {
            this.spend(1)?;
            for set in &part.value_sets {
                if this.ask(|budget| set.ask(Some(found.url), found.code(), budget))? != Answer::Yes {
                    return Ok(());
                }
            }
            each(this, found)
        };
        let concept = |c: ConceptId| Found {
            url,
            system,
            concept: Some(c),
            listed: None,
        };
        match &part.codes {
            Codes::Any => match part.value_sets.first() {
                Some(first) => {
                    let first: &'a Prepared = first;
                    self.walk(first, &mut |this, found| {
                        let member = this.ask(|budget| first.ask(Some(found.url), found.code(), budget))?;
                        if member == Answer::Yes { one(this, found) } else { Ok(()) }
                    })
                }
                None => Ok(()),
            },
            Codes::All => (0..system.map_or(0, CodeSystem::len) as ConceptId).try_for_each(|c| one(self, concept(c))),
            Codes::Set(set) => set.iter().try_for_each(|c| one(self, concept(c))),
            Codes::Listed(listed, _) => listed.iter().try_for_each(|l| {
                let found = Found {
                    url,
                    system,
                    concept: system.and_then(|s| s.find(&l.code)),
                    listed: Some(l),
                };
                one(self, found)
            }),
            Codes::Rules(..) => Err(OperationError::Endless(url.to_owned())),
            Codes::Unknown => Ok(()),
        }
    }

    /// Keeps a code that is wanted and not there yet.
    fn keep(&mut self, set: &Prepared, found: Found<'a>, active_only: bool) -> Result<(), OperationError> {
        if (active_only && found.has(INACTIVE)) || (self.request.exclude_not_for_ui && found.has(ABSTRACT)) {
            return Ok(());
        }
        for part in &set.exclude {
            if self.ask(|budget| part.ask(Some(found.url), found.code(), false, budget))? == Answer::Yes {
                return Ok(());
            }
        }
        if !self.matches(found) {
            return Ok(());
        }
        let new = match (found.system, found.concept) {
            (Some(system), Some(concept)) => {
                let seen = self.seen.entry(system).or_insert_with(|| ConceptSet::empty(system.len()));
                seen.insert(concept)
            }
            _ => self.seen_codes.insert((found.url, found.code())),
        };
        if new {
            self.found.push(found);
        }
        Ok(())
    }

    /// Whether the text filter holds.
    fn matches(&mut self, found: Found<'a>) -> bool {
        let Some(filter) = &self.request.filter else { return true };
        let own = found.listed.is_some_and(|l| {
            let terms = l.display.iter().chain(l.designations.iter().map(|(_, t)| t)).chain([&l.code]);
            words::matches(filter, terms.map(String::as_str))
        });
        if own {
            return true;
        }
        let (Some(system), Some(concept)) = (found.system, found.concept) else {
            return false;
        };
        let allowed = self.filtered.entry(system).or_insert_with(|| {
            let index = system.words.get_or_init(|| words::WordIndex::new(system));
            index.search(filter, system.len())
        });
        allowed.contains(concept)
    }
}

impl<'a> Found<'a> {
    pub fn url(&self) -> &'a str {
        self.url
    }

    pub fn code(&self) -> &'a str {
        match (self.system, self.concept, self.listed) {
            (Some(system), Some(concept), _) => system.code(concept),
            (_, _, Some(listed)) => &listed.code,
            _ => "",
        }
    }

    fn has(&self, flag: u8) -> bool {
        matches!((self.system, self.concept), (Some(s), Some(c)) if s.has(c, flag))
    }

    pub fn contains(&self, request: &ExpandRequest, languages: &[String]) -> Contains {
        let (system, concept) = (self.system.filter(|_| self.concept.is_some()), self.concept.unwrap_or_default());
        let own = self.listed.and_then(|l| {
            let translated = languages.iter().find_map(|asked| {
                let mut of = l.designations.iter();
                of.find(|(language, _)| language.as_ref().is_some_and(|l| language::answers(l, asked)))
            });
            translated.map(|(_, text)| text.as_str())
        });
        let listed = self.listed.and_then(|l| l.display.as_deref());
        // In the language asked for; else as the value set has it; else as the system has it.
        let of_system = system.and_then(|s| language::display(s, concept, languages));
        let display = if languages.is_empty() {
            listed.or(of_system)
        } else {
            own.or(of_system).or(listed)
        };
        let mut terms = Vec::new();
        if request.include_designations || !request.designations.is_empty() {
            terms.extend(system.map(|s| designations(s, concept)).unwrap_or_default());
            let own = self.listed.map_or(&[][..], |l| &l.designations);
            terms.extend(own.iter().map(|(language, value)| Designation {
                language: language.clone(),
                purpose: None,
                value: value.clone(),
            }));
            if !request.designations.is_empty() {
                let wanted = |d: &Designation| {
                    d.language
                        .as_ref()
                        .is_some_and(|l| request.designations.iter().any(|w| language::answers(l, bare(w))))
                };
                terms.retain(wanted);
            }
        }
        Contains {
            coding: Coding {
                system: Some(self.url.to_owned()),
                version: system.and_then(|s| s.info.version.clone()),
                code: self.code().to_owned(),
                display: display.map(str::to_owned),
            },
            inactive: self.has(INACTIVE),
            is_abstract: self.has(ABSTRACT),
            designations: terms,
        }
    }
}

/// `urn:ietf:bcp:47|nb` is `nb`.
fn bare(token: &str) -> &str {
    token.rsplit('|').next().unwrap_or(token)
}
