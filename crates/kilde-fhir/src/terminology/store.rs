//! The store: what was loaded, by canonical url.

use super::builder::CodeSystemBuilder;
use super::code_system::{CodeSystem, Content};
use super::concept_map::{ConceptMap, NamingSystem};
use super::lines::LineError;
use super::loinc::Loinc;
use super::prepare::Prepared;
use super::read_code_system::{Read, code_system};
use super::rf2::Rf2;
use super::table::{TableFormat, table};
use super::value_set::ValueSet;
use crate::finding::{Finding, Severity};
use crate::json::Value;
use crate::package::Packages;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::io::BufRead;
use std::sync::{Arc, OnceLock, RwLock};

mod with;

/// Bounds of what one question may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Codes of one page of an expansion; a longer one without `count` is refused.
    pub expansion: usize,
    /// Concepts that one expression of the Expression Constraint Language may look at.
    pub ecl_steps: usize,
    /// Implicit value sets kept ready.
    pub implicit: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            expansion: 10_000,
            ecl_steps: 20_000_000,
            implicit: 200,
        }
    }
}

/// Code systems, value sets and concept maps. Built by a [`TerminologyBuilder`]; never changes.
#[derive(Debug, Default)]
pub struct Terminology {
    systems: Vec<Arc<CodeSystem>>,
    /// Places in `systems`, the one to prefer first.
    systems_by_url: FxHashMap<String, Vec<u32>>,
    value_sets: Vec<Loaded>,
    value_sets_by_url: FxHashMap<String, Vec<u32>>,
    /// Code systems whose `valueSet` is that url.
    pub(super) all_codes_of: FxHashMap<String, String>,
    maps: Vec<Arc<ConceptMap>>,
    naming: Vec<Arc<NamingSystem>>,
    naming_by_id: FxHashMap<String, u32>,
    aliases: FxHashMap<String, String>,
    pub(super) implicit: RwLock<FxHashMap<String, Arc<Prepared>>>,
    pub(super) limits: Limits,
    /// Where value sets list a code with texts of their own: value set, part and place in it. Made
    /// when it is first asked for.
    listed: OnceLock<FxHashMap<String, Vec<[u32; 3]>>>,
}

#[derive(Debug)]
pub(super) struct Loaded {
    pub definition: Arc<ValueSet>,
    pub prepared: OnceLock<Arc<Prepared>>,
}

impl Terminology {
    /// The code system of that url (`url|version` too) or other name (`urn:oid:...`), whatever of
    /// it is there.
    pub fn code_system(&self, canonical: &str) -> Option<&CodeSystem> {
        self.system(canonical, None).map(|s| &**s)
    }

    pub(super) fn system(&self, canonical: &str, version: Option<&str>) -> Option<&Arc<CodeSystem>> {
        let (url, version) = split(canonical, version);
        let places = self
            .systems_by_url
            .get(url)
            .or_else(|| self.systems_by_url.get(self.aliases.get(url)?))?;
        let matches = |at: &&u32| {
            let info = &self.systems[**at as usize].info;
            version.is_none() || info.version.as_deref() == version
        };
        places.iter().find(matches).map(|at| &self.systems[*at as usize])
    }

    /// The url under which a code system is known here, if `name` is another name for it.
    pub fn canonical_system<'a>(&'a self, name: &'a str) -> &'a str {
        if self.systems_by_url.contains_key(name) {
            return name;
        }
        self.aliases.get(name).map_or(name, String::as_str)
    }

    /// All names that a code system goes by here: its url, then the others in order.
    pub fn names_of<'a>(&'a self, system: &'a str) -> Vec<&'a str> {
        let url = self.canonical_system(system);
        let mut others: Vec<&str> = self
            .aliases
            .iter()
            .filter(|(_, of)| *of == url)
            .map(|(name, _)| name.as_str())
            .collect();
        others.sort_unstable();
        others.insert(0, url);
        others
    }

    /// Whether a value set gives a code that text.
    pub(super) fn is_listed_term(&self, system: &str, code: &str, good: impl Fn(&str) -> bool) -> bool {
        let listed = self.listed.get_or_init(|| listed(&self.value_sets));
        listed.get(code).into_iter().flatten().any(|[set, part, at]| {
            let part = self
                .value_sets
                .get(*set as usize)
                .and_then(|s| s.definition.include.get(*part as usize));
            part.filter(|p| p.system.as_deref() == Some(system))
                .and_then(|p| p.concepts.get(*at as usize))
                .is_some_and(|c| c.display.as_deref().is_some_and(&good) || c.designations.iter().any(|(_, t)| good(t)))
        })
    }

    /// The value set of that url (`url|version` too).
    pub fn value_set(&self, canonical: &str) -> Option<&ValueSet> {
        self.loaded(canonical).map(|(_, l)| &*l.definition)
    }

    pub(super) fn loaded(&self, canonical: &str) -> Option<(u32, &Loaded)> {
        let (url, version) = split(canonical, None);
        let matches = |at: &&u32| version.is_none() || self.value_sets[**at as usize].definition.version.as_deref() == version;
        let at = *self.value_sets_by_url.get(url)?.iter().find(matches)?;
        Some((at, &self.value_sets[at as usize]))
    }

    /// All code systems.
    pub fn code_systems(&self) -> impl Iterator<Item = &CodeSystem> {
        self.systems.iter().map(|s| &**s)
    }

    /// All value sets.
    pub fn value_sets(&self) -> impl Iterator<Item = &ValueSet> {
        self.value_sets.iter().map(|l| &*l.definition)
    }

    /// All concept maps.
    pub fn concept_maps(&self) -> &[Arc<ConceptMap>] {
        &self.maps
    }

    /// The naming system with that unique id (a url or `urn:oid:...`).
    pub fn naming_system(&self, id: &str) -> Option<&NamingSystem> {
        self.naming_by_id.get(id).map(|at| &*self.naming[*at as usize])
    }

    /// Bytes held by code systems, without what the memory allocator adds.
    pub fn memory(&self) -> usize {
        self.systems.iter().map(|s| s.memory()).sum()
    }
}

/// The codes that value sets list with texts.
fn listed(sets: &[Loaded]) -> FxHashMap<String, Vec<[u32; 3]>> {
    let mut places: FxHashMap<String, Vec<[u32; 3]>> = FxHashMap::default();
    for (set, loaded) in (0u32..).zip(sets) {
        for (part, include) in (0u32..).zip(&loaded.definition.include) {
            for (at, concept) in (0u32..).zip(&include.concepts) {
                if concept.display.is_some() || !concept.designations.is_empty() {
                    places.entry(concept.code.clone()).or_default().push([set, part, at]);
                }
            }
        }
    }
    places
}

/// `url|version` into its parts; a version given apart goes before.
fn split<'a>(canonical: &'a str, version: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    let canonical = canonical.split_once('#').map_or(canonical, |(url, _)| url);
    match canonical.split_once('|') {
        Some((url, inside)) => (url, version.or(Some(inside).filter(|v| !v.is_empty()))),
        None => (canonical, version),
    }
}

/// Takes what is to be loaded, in any order.
#[derive(Debug, Default)]
pub struct TerminologyBuilder {
    systems: Vec<CodeSystemBuilder>,
    supplements: Vec<(String, CodeSystemBuilder)>,
    value_sets: Vec<ValueSet>,
    maps: Vec<ConceptMap>,
    naming: Vec<NamingSystem>,
    aliases: Vec<(String, String)>,
    limits: Limits,
    findings: Vec<Finding>,
}

impl TerminologyBuilder {
    /// Nothing loaded yet.
    pub fn new() -> Self {
        TerminologyBuilder::default()
    }

    /// Other bounds than the usual.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Takes a CodeSystem, ValueSet, ConceptMap or NamingSystem, or a Bundle of them; anything
    /// else is passed over (`false`).
    pub fn resource(&mut self, resource: Value<'_>) -> bool {
        match &*resource.str("resourceType").unwrap_or_default() {
            "CodeSystem" => {
                let mut findings = Vec::new();
                if let Some(read) = code_system(resource, &mut findings) {
                    self.add_code_system(read);
                }
                self.tell(resource, findings);
            }
            "ValueSet" => {
                let mut findings = Vec::new();
                self.value_sets.push(ValueSet::read(resource, &mut findings));
                self.tell(resource, findings);
            }
            "ConceptMap" => self.maps.push(ConceptMap::read(resource)),
            "NamingSystem" => self.naming.push(NamingSystem::read(resource)),
            "Bundle" => {
                let resources = resource.items("entry").filter_map(|e| e.get("resource"));
                // A Bundle in a Bundle is not opened.
                resources
                    .filter(|r| r.str("resourceType").as_deref() != Some("Bundle"))
                    .for_each(|r| _ = self.resource(r));
            }
            _ => return false,
        }
        true
    }

    /// Takes all code systems, value sets, concept maps and naming systems of packages, and those that their
    /// profiles and questionnaires contain and give a url; examples are passed over.
    pub fn packages(&mut self, packages: &Packages) -> &mut Self {
        for (_, resource) in packages.resources() {
            let Some(root) = resource.root().filter(|_| !resource.is_example()) else {
                continue;
            };
            match resource.resource_type() {
                "CodeSystem" | "ValueSet" | "ConceptMap" | "NamingSystem" => {
                    self.resource(root);
                }
                "StructureDefinition" | "Questionnaire" => {
                    let contained = root.items("contained").filter(|c| c.get("url").is_some());
                    for part in contained.filter(|c| matches!(c.str("resourceType").as_deref(), Some("CodeSystem" | "ValueSet"))) {
                        self.resource(part);
                    }
                }
                _ => {}
            }
        }
        self
    }

    fn add_code_system(&mut self, read: Read) {
        match read.supplements {
            Some(base) => self.supplements.push((base, read.builder)),
            None => {
                let url = &read.builder.info.url;
                self.aliases.extend(read.identifiers.into_iter().map(|i| (i, url.clone())));
                self.systems.push(read.builder);
            }
        }
    }

    /// Findings name the resource that they are about.
    fn tell(&mut self, resource: Value<'_>, findings: Vec<Finding>) {
        let name = resource.str("url").or_else(|| resource.str("id")).unwrap_or_default();
        self.findings.extend(findings.into_iter().map(|mut f| {
            f.nb = format!("{name}: {}", f.nb);
            f.en = format!("{name}: {}", f.en);
            f
        }));
    }

    /// Takes SNOMED CT.
    pub fn snomed(&mut self, files: Rf2) -> &mut Self {
        let (builder, findings) = files.finish();
        self.systems.push(builder);
        self.findings.extend(findings);
        self
    }

    /// Takes LOINC.
    pub fn loinc(&mut self, files: Loinc) -> &mut Self {
        let (builder, findings) = files.finish();
        self.systems.push(builder);
        self.findings.extend(findings);
        self
    }

    /// Reads a code system from a table; `name` is for findings only.
    ///
    /// # Errors
    /// When reading fails or a line is too long.
    pub fn table(&mut self, format: &TableFormat, name: &str, reader: impl BufRead) -> Result<(), LineError> {
        let builder = table(format, name, reader, &mut self.findings)?;
        self.systems.extend(builder);
        Ok(())
    }

    /// Makes another name for a code system: `alias("urn:oid:2.16.578.1.12.4.1.1.9060", url)`.
    pub fn alias(&mut self, name: &str, url: &str) -> &mut Self {
        self.aliases.push((name.to_owned(), url.to_owned()));
        self
    }

    /// The finished store, and what was found wrong on the way.
    pub fn build(mut self) -> (Terminology, Vec<Finding>) {
        for (base, supplement) in std::mem::take(&mut self.supplements) {
            self.supplement(&base, &supplement);
        }
        let mut store = Terminology {
            limits: self.limits,
            ..Terminology::default()
        };
        for builder in self.systems {
            let url = builder.info.url.clone();
            let (system, dropped) = builder.build();
            if dropped > 0 {
                self.findings.push(circles(&url, dropped));
            }
            if let Some(all) = &system.info.value_set {
                store.all_codes_of.insert(all.clone(), url.clone());
            }
            store.systems_by_url.entry(url).or_default().push(store.systems.len() as u32);
            store.systems.push(Arc::new(system));
        }
        for places in store.systems_by_url.values_mut() {
            // The last loaded wins among equals.
            places.sort_by(|a, b| {
                let (x, y) = (&store.systems[*a as usize].info, &store.systems[*b as usize].info);
                (y.content.cmp(&x.content))
                    .then_with(|| versions(y.version.as_deref(), x.version.as_deref()))
                    .then(b.cmp(a))
            });
        }
        for definition in self.value_sets {
            if !definition.url.is_empty() {
                let places = store.value_sets_by_url.entry(definition.url.clone()).or_default();
                places.push(store.value_sets.len() as u32);
                store.value_sets.push(Loaded {
                    definition: Arc::new(definition),
                    prepared: OnceLock::new(),
                });
            }
        }
        for places in store.value_sets_by_url.values_mut() {
            places.sort_by(|a, b| {
                let version = |at: &u32| store.value_sets[*at as usize].definition.version.as_deref();
                versions(version(b), version(a)).then(b.cmp(a))
            });
        }
        store.maps = self.maps.into_iter().map(Arc::new).collect();
        for (at, naming) in (0..).zip(&self.naming) {
            for id in &naming.ids {
                store.naming_by_id.insert(id.clone(), at);
                if let (Some(known), "codesystem") = (naming.ids.iter().find(|i| store.systems_by_url.contains_key(*i)), &*naming.kind) {
                    store.aliases.insert(id.clone(), known.clone());
                }
            }
        }
        store.naming = self.naming.into_iter().map(Arc::new).collect();
        store.aliases.extend(self.aliases);
        (store, self.findings)
    }

    fn supplement(&mut self, base: &str, supplement: &CodeSystemBuilder) {
        let (url, version) = split(base, None);
        let target = self
            .systems
            .iter_mut()
            .filter(|s| s.info.url == url && (version.is_none() || s.info.version.as_deref() == version))
            .max_by_key(|s| s.info.content);
        let name = &supplement.info.url;
        let lost = match target {
            Some(target) if target.info.content > Content::NotPresent => target.supplement(supplement),
            _ => supplement.len(),
        };
        if lost > 0 {
            self.findings.push(
                Finding::error(
                    "not-found",
                    "terminology-supplement",
                    "CodeSystem.supplements",
                    format!("{name}: {lost} av kodene finnes ikke i kodeverket som suppleres. De er utelatt."),
                    format!("{name}: {lost} of the codes are not in the code system that is supplemented. They were left out."),
                )
                .severity(Severity::Warning),
            );
        }
    }
}

fn circles(url: &str, dropped: usize) -> Finding {
    Finding::error(
        "invariant",
        "terminology-hierarchy-circle",
        "CodeSystem.concept",
        format!("{url}: hierarkiet går i ring. {dropped} koblinger er utelatt."),
        format!("{url}: the hierarchy goes in circles. {dropped} links were left out."),
    )
    .severity(Severity::Warning)
}

/// Orders versions: numbers by value, the rest as text; none is the least.
fn versions(a: Option<&str>, b: Option<&str>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.cmp(&b) };
    let part = |text: &str| (text.parse::<u64>().unwrap_or(0), text.to_owned());
    let parts = |text: &str| text.split(['.', '-', '/']).map(part).collect::<Vec<_>>();
    parts(a).cmp(&parts(b))
}
