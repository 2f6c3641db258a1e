//! `$expand`: the codes of a value set.

use super::code_system::{ABSTRACT, CodeSystem, INACTIVE};
use super::concept_set::{ConceptId, ConceptSet};
use super::error::{OperationError, short};
use super::language;
use super::lookup::{Designation, designations};
use super::member::Answer;
use super::parameters::{Coding, Inputs, Object};
use super::prepare::{Codes, Part, Prepared};
use super::store::Terminology;
use super::value_set::{Listed, ValueSet};
use super::words;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Codes that one expansion may look at. Value sets that name each other over and over end here.
const CANDIDATES: usize = 20_000_000;
/// Parts of value sets that are asked for one code.
const PARTS_ASKED: u32 = 20_000;
/// Parts of a value set that is given with the question.
const PARTS: usize = 1000;

/// The question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpandRequest {
    /// The value set's url, implicit ones too.
    pub url: Option<String>,
    /// Or the value set itself.
    pub value_set: Option<ValueSet>,
    /// Only codes with words that begin like each word of this.
    pub filter: Option<String>,
    /// How many codes to pass over.
    pub offset: usize,
    /// How many codes to give; 0 for the number alone.
    pub count: Option<usize>,
    /// No inactive codes.
    pub active_only: bool,
    /// No codes that only group others.
    pub exclude_not_for_ui: bool,
    /// All terms of each code.
    pub include_designations: bool,
    /// Only terms in these languages.
    pub designations: Vec<String>,
    /// The languages of `display`, as in `Accept-Language`.
    pub display_language: Option<String>,
}

/// The codes of a value set, or a page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The value set's url.
    pub url: String,
    /// Its version.
    pub version: Option<String>,
    /// How many codes there are in all.
    pub total: usize,
    /// How many come before these.
    pub offset: usize,
    /// The codes.
    pub contains: Vec<Contains>,
    /// What the expansion was made with: names and texts.
    pub parameters: Vec<(&'static str, String)>,
}

/// One code of an expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contains {
    /// System, version, code and the term to show.
    pub coding: Coding,
    /// Whether it is no longer to be used.
    pub inactive: bool,
    /// Whether it only groups others.
    pub is_abstract: bool,
    /// Its other terms, if asked for.
    pub designations: Vec<Designation>,
}

impl ExpandRequest {
    /// Reads the parameters of `ValueSet/$expand`.
    ///
    /// # Errors
    /// When neither url nor value set is given, or a value cannot be read.
    pub fn read(inputs: &Inputs) -> Result<Self, OperationError> {
        let request = ExpandRequest {
            url: inputs.text("url").map(|url| match inputs.text("valueSetVersion") {
                Some(version) => format!("{url}|{version}"),
                None => url,
            }),
            value_set: inputs.value_set("valueSet"),
            filter: inputs.text("filter"),
            offset: inputs.number("offset")?.unwrap_or(0),
            count: inputs.number("count")?,
            active_only: inputs.flag("activeOnly")?.unwrap_or(false),
            exclude_not_for_ui: inputs.flag("excludeNotForUI")?.unwrap_or(false),
            include_designations: inputs.flag("includeDesignations")?.unwrap_or(false),
            designations: inputs.texts("designation"),
            display_language: inputs.text("displayLanguage"),
        };
        if request.url.is_none() && request.value_set.is_none() {
            return Err(OperationError::Required("url"));
        }
        Ok(request)
    }
}

impl Terminology {
    /// The value set that a question names or brings.
    pub(super) fn asked_for(&self, url: Option<&str>, given: Option<&ValueSet>) -> Result<Arc<Prepared>, OperationError> {
        if let Some(set) = given {
            if set.include.len() + set.exclude.len() > PARTS {
                return Err(OperationError::Invalid("valueSet"));
            }
            return Ok(Arc::new(self.prepare(set)));
        }
        let url = url.ok_or(OperationError::Required("url"))?;
        self.prepared(url).ok_or_else(|| OperationError::UnknownValueSet(short(url)))
    }

    /// `$expand`.
    ///
    /// # Errors
    /// When the value set is not known, draws on what is not loaded, or has more codes than may be
    /// given at once.
    pub fn expand(&self, request: &ExpandRequest) -> Result<Expansion, OperationError> {
        let set = self.asked_for(request.url.as_deref(), request.value_set.as_ref())?;
        let missing = set.missing();
        if !missing.is_empty() {
            return Err(OperationError::Incomplete(missing));
        }
        let mut collection = Collection::new(request);
        collection.set(&set, set.active_only || request.active_only)?;
        let found = collection.found;
        let limit = self.limits.expansion;
        let left = found.len().saturating_sub(request.offset);
        if request.count.is_none() && left > limit {
            return Err(OperationError::TooCostly { total: found.len(), limit });
        }
        let page = found.iter().skip(request.offset).take(request.count.unwrap_or(limit).min(limit));
        let languages = language::asked(request.display_language.as_deref());
        Ok(Expansion {
            url: set.url.clone(),
            version: set.version.clone(),
            total: found.len(),
            offset: request.offset,
            contains: page.map(|f| f.contains(request, &languages)).collect(),
            parameters: made_with(request, &set),
        })
    }
}

fn made_with(request: &ExpandRequest, set: &Prepared) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let texts = [("filter", &request.filter), ("displayLanguage", &request.display_language)];
    all.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    let mut versions: Vec<String> = set
        .include
        .iter()
        .filter_map(|p| {
            let info = &p.loaded.as_ref()?.info;
            Some(format!("{}|{}", info.url, info.version.as_ref()?))
        })
        .collect();
    versions.sort();
    versions.dedup();
    all.extend(versions.into_iter().map(|v| ("version", v)));
    all
}

/// A code that was found.
#[derive(Clone, Copy)]
struct Found<'a> {
    url: &'a str,
    system: Option<&'a CodeSystem>,
    concept: Option<ConceptId>,
    listed: Option<&'a Listed>,
}

/// The codes found so far, in order, each once.
struct Collection<'a, 'r> {
    request: &'r ExpandRequest,
    found: Vec<Found<'a>>,
    /// What is there already: concepts of loaded systems, by the system's place in memory; codes
    /// of others.
    seen: FxHashMap<*const CodeSystem, ConceptSet>,
    seen_codes: FxHashSet<(&'a str, &'a str)>,
    /// Concepts that the text filter allows, by system.
    filtered: FxHashMap<*const CodeSystem, ConceptSet>,
    candidates: usize,
}

impl<'a> Collection<'a, '_> {
    fn new(request: &ExpandRequest) -> Collection<'a, '_> {
        Collection {
            request,
            found: Vec::new(),
            seen: FxHashMap::default(),
            seen_codes: FxHashSet::default(),
            filtered: FxHashMap::default(),
            candidates: CANDIDATES,
        }
    }

    fn set(&mut self, set: &'a Prepared, active_only: bool) -> Result<(), OperationError> {
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
    fn code(&self) -> &'a str {
        match (self.system, self.concept, self.listed) {
            (Some(system), Some(concept), _) => system.code(concept),
            (_, _, Some(listed)) => &listed.code,
            _ => "",
        }
    }

    fn has(&self, flag: u8) -> bool {
        matches!((self.system, self.concept), (Some(s), Some(c)) if s.has(c, flag))
    }

    fn contains(&self, request: &ExpandRequest, languages: &[String]) -> Contains {
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

impl Expansion {
    /// As a `ValueSet` with its expansion; `timestamp` is when it was made (an instant),
    /// `identifier` what it is to be known by (a uri).
    pub fn to_value_set(&self, timestamp: &str, identifier: Option<&str>) -> String {
        let mut out = String::with_capacity(200 + self.contains.len() * 120);
        let mut set = Object::open(&mut out);
        set.text("resourceType", "ValueSet");
        set.optional("url", Some(&self.url));
        set.optional("version", self.version.as_deref());
        set.text("status", "active");
        set.with("expansion", |out| {
            let mut expansion = Object::open(out);
            expansion.optional("identifier", identifier);
            expansion.text("timestamp", timestamp);
            expansion.raw("total", &self.total.to_string());
            if self.offset > 0 {
                expansion.raw("offset", &self.offset.to_string());
            }
            expansion.list("parameter", &self.parameters, |(name, value), out| {
                let mut parameter = Object::open(out);
                parameter.text("name", name);
                parameter.text(if *name == "version" { "valueUri" } else { "valueString" }, value);
                parameter.close();
            });
            expansion.list("contains", &self.contains, Contains::write);
            expansion.close();
        });
        set.close();
        out
    }
}

impl Contains {
    fn write(&self, out: &mut String) {
        let mut contains = Object::open(out);
        contains.optional("system", self.coding.system.as_deref());
        for (name, _) in [("abstract", self.is_abstract), ("inactive", self.inactive)]
            .into_iter()
            .filter(|(_, is)| *is)
        {
            contains.raw(name, "true");
        }
        contains.optional("version", self.coding.version.as_deref());
        contains.text("code", &self.coding.code);
        contains.optional("display", self.coding.display.as_deref());
        contains.list("designation", &self.designations, |d, out| {
            let mut designation = Object::open(out);
            designation.optional("language", d.language.as_deref());
            if let Some(purpose) = &d.purpose {
                designation.with("use", |out| purpose.write(out));
            }
            designation.text("value", &d.value);
            designation.close();
        });
        contains.close();
    }
}
