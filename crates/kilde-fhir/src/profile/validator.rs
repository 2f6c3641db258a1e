//! The validator: definitions compiled once, and what it may ask of others.

use super::codes::{Codes, NoCodes};
use super::compile::Compiler;
use super::invariants::Invariants;
use super::options::Options;
use super::references::References;
use super::rule::{Profile, Rule, RuleId};
use super::snapshot::{Snapshot, Snapshots};
use super::walk;
use crate::definitions::{TypeDef, TypeKind, types};
use crate::finding::Finding;
use crate::json::Value;
use crate::package::{Conformance, PackageId, Packages, ResourceId};
use std::sync::{Arc, OnceLock};

/// The rule of structure whose weight is a matter of the options.
const URN: &str = "fhir-urn";

/// Validates resources by R4 and by profiles of the loaded packages.
pub struct Validator {
    snapshots: Snapshots,
    profiles: Vec<OnceLock<Option<Arc<Profile>>>>,
    base: Vec<OnceLock<Option<BaseRules>>>,
    pub(super) codes: Arc<dyn Codes>,
    pub(super) invariants: Option<Arc<dyn Invariants>>,
    pub(super) references: Option<Arc<dyn References>>,
    pub(super) options: Options,
}

/// What R4's definition of a type asks beyond structure.
pub(super) struct BaseRules {
    pub(super) profile: Arc<Profile>,
    pub(super) root: Option<RuleId>,
    /// By [`crate::definitions::Element::slot`].
    pub(super) elements: Vec<Option<RuleId>>,
}

impl Validator {
    /// A validator over those packages, which should hold the R4 core package: without it only
    /// structure and the profiles of other packages that bring their snapshot are examined.
    pub fn new(packages: Arc<Packages>) -> Self {
        let count = packages.len();
        Validator {
            snapshots: Snapshots::new(packages),
            profiles: (0..count).map(|_| OnceLock::new()).collect(),
            base: types().map(|_| OnceLock::new()).collect(),
            codes: Arc::new(NoCodes),
            invariants: None,
            references: None,
            options: Options::default(),
        }
    }

    /// With this terminology. To be called before the first validation.
    pub fn with_codes(mut self, codes: Arc<dyn Codes>) -> Self {
        self.codes = codes;
        self
    }

    /// With this FHIRPath. To be called before the first validation.
    pub fn with_invariants(mut self, invariants: Arc<dyn Invariants>) -> Self {
        self.invariants = Some(invariants);
        self
    }

    /// With what references outside the resource lead to; without it they are not followed. To be
    /// called before the first validation.
    pub fn with_references(mut self, references: Arc<dyn References>) -> Self {
        self.references = Some(references);
        self
    }

    /// With these options. To be called before the first validation.
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// The packages.
    pub fn packages(&self) -> &Arc<Packages> {
        &self.snapshots.packages
    }

    /// Examines a resource: R4, the profiles it claims in `meta.profile` and those given. All
    /// findings at once, in the order of the text, at most
    /// [`MAX_FINDINGS`](crate::validate::MAX_FINDINGS) of structure and as many of profiles.
    pub fn validate(&self, resource: Value<'_>, profiles: &[&str]) -> Vec<Finding> {
        let mut findings = self.structure(resource);
        findings.extend(self.beyond_structure(resource, profiles, true));
        findings.sort_by_key(|f| f.position);
        findings
    }

    /// The first pass, as the options ask.
    fn structure(&self, resource: Value<'_>) -> Vec<Finding> {
        let mut findings = crate::validate::structure(resource);
        findings.retain_mut(|finding| {
            if finding.rule == URN {
                finding.severity = self.options.wrong_urn;
            }
            self.options.contained || !finding.expression.contains(".contained[")
        });
        findings
    }

    /// The second pass alone, for a resource whose structure has been examined: R4's definitions,
    /// the profiles given, and, if `claims` says so, those that resources claim in `meta.profile`.
    pub fn beyond_structure(&self, resource: Value<'_>, profiles: &[&str], claims: bool) -> Vec<Finding> {
        walk::run(self, resource, profiles, claims)
    }

    /// The snapshot of a profile or type; `None` if no package has it or its base.
    pub fn snapshot(&self, canonical: &str) -> Option<Arc<Snapshot>> {
        self.snapshots.of(canonical, None)
    }

    /// The snapshot that the differential gives, whether or not one is published, and what could
    /// not be done.
    pub fn generate_snapshot(&self, canonical: &str) -> (Option<Arc<Snapshot>>, Vec<Finding>) {
        match self.snapshots.find(canonical, None) {
            Some(id) => {
                let made = self.snapshots.generate(id, &mut vec![id]);
                (made.snapshot, made.findings)
            }
            None => (None, vec![super::say::profile_unknown(canonical)]),
        }
    }

    /// What cannot be done for a StructureDefinition that need not be loaded.
    pub(super) fn definition(&self, definition: Value<'_>) -> Vec<Finding> {
        let mut text = String::new();
        crate::json::write_compact(definition, &mut text);
        match Conformance::loose(text) {
            Some(resource) if !self.packages().is_empty() => self.snapshots.generate_for(&resource, &mut Vec::new()).findings,
            _ => Vec::new(),
        }
    }

    /// Compiles every profile; what cannot be done for which. Not needed before validating.
    pub fn check_profiles(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (id, resource) in self.packages().resources() {
            if resource.resource_type() == "StructureDefinition" && !resource.is_example() {
                findings.extend(self.snapshots.get(id).findings.iter().cloned());
                findings.extend(self.compiled(id).1);
            }
        }
        findings
    }

    /// The compiled profile of that canonical, as seen from a package.
    pub(super) fn profile(&self, canonical: &str, from: Option<PackageId>) -> Option<Arc<Profile>> {
        let id = self.snapshots.find(canonical, from)?;
        self.profiles.get(id.0 as usize)?.get_or_init(|| self.compiled(id).0).clone()
    }

    fn compiled(&self, id: ResourceId) -> (Option<Arc<Profile>>, Vec<Finding>) {
        let root = self.packages().resource(id).root();
        let (Some(snapshot), Some(root)) = (self.snapshots.get(id).snapshot.clone(), root) else {
            return (None, Vec::new());
        };
        let mut compiler = Compiler {
            snapshots: &self.snapshots,
            invariants: self.invariants.as_deref(),
            best_practice: self.options.best_practice,
            must_support: self.options.must_support,
            obligations: self.obligations(id, root),
            findings: Vec::new(),
        };
        let profile = compiler.profile(&snapshot, root);
        (Some(Arc::new(profile)), compiler.findings)
    }

    /// The profiles from which one takes obligations.
    fn obligations(&self, id: ResourceId, root: Value<'_>) -> Vec<Arc<Snapshot>> {
        let from = self.packages().resource(id).package();
        let names = super::obligations::inherited(root).filter_map(Value::as_str);
        names.filter_map(|canonical| self.snapshots.of(&canonical, Some(from))).collect()
    }

    /// What R4 asks of a type beyond structure; `None` without the core package.
    pub(super) fn base(&self, def: &'static TypeDef) -> Option<&BaseRules> {
        self.base.get(def.id().index())?.get_or_init(|| self.base_rules(def)).as_ref()
    }

    fn base_rules(&self, def: &'static TypeDef) -> Option<BaseRules> {
        let mut names = def.name().split('.');
        let head = names.next()?;
        let profile = self.profile(&format!("http://hl7.org/fhir/StructureDefinition/{head}"), None)?;
        let mut root = Some(0);
        for name in names {
            root = root.and_then(|r| child_named(&profile, profile.rule(r), name));
        }
        let slots = def.elements().iter().map(|e| usize::from(e.slot()) + 1).max().unwrap_or(0);
        let mut elements = vec![None; slots];
        if let Some(rule) = root {
            for element in def.elements() {
                if let Some(slot) = elements.get_mut(usize::from(element.slot())) {
                    *slot = child_named(&profile, profile.rule(rule), element.stem()).filter(|r| asks_itself(profile.rule(*r), def.kind()));
                }
            }
        }
        Some(BaseRules { profile, root, elements })
    }
}

fn child_named(profile: &Profile, rule: &Rule, name: &str) -> Option<RuleId> {
    rule.children.iter().copied().find(|c| &*profile.rule(*c).name == name)
}

/// Whether an element's own definition asks something; what stands below is asked with its type.
fn asks_itself(rule: &Rule, _: TypeKind) -> bool {
    rule.binding.is_some()
        || !rule.invariants.is_empty()
        || rule.fixed.is_some()
        || rule.pattern.is_some()
        || rule.min_value.is_some()
        || rule.max_value.is_some()
        || rule.max_length.is_some()
        || rule.presence.is_some()
        || !rule.sections.is_empty()
        || rule.types.iter().any(|t| !t.profiles.is_empty())
}

#[cfg(test)]
const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Validator>();
};
