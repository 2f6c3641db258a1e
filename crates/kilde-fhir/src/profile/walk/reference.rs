//! References: where they lead, and whether the profile allows it.

use super::Run;
use super::bundle::Index;
use super::node::Node;
use crate::definitions::ResourceType;
use crate::json::Value;
use crate::package::Canonical;
use crate::profile::options::Addresses;
use crate::profile::rule::{Profile, Rule, TypeRule};
use crate::profile::say;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// What surrounds an element as far as references need to know.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    /// The resource the element is in.
    pub(super) resource: Value<'a>,
    /// The resource that contains it, or the same.
    pub(super) container: Value<'a>,
    /// The nearest Bundle around.
    pub(super) bundle: Option<Rc<Index<'a>>>,
}

/// Where a reference leads.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    Contained(Value<'a>),
    /// A Bundle entry's resource.
    Bundled(Value<'a>),
    /// Elsewhere, or nowhere.
    Outside,
}

impl<'a> Scope<'a> {
    pub(super) fn new(resource: Value<'a>) -> Self {
        Scope {
            resource,
            container: resource,
            bundle: None,
        }
    }

    /// The surroundings in a resource within this one.
    pub(super) fn inner(&self, resource: Value<'a>, contained: bool) -> Self {
        Scope {
            resource,
            container: if contained { self.container } else { resource },
            bundle: self.bundle.clone(),
        }
    }

    /// Follows a literal reference.
    pub(super) fn follow(&self, reference: &str) -> Target<'a> {
        if let Some(id) = reference.strip_prefix('#') {
            if id.is_empty() {
                return Target::Contained(self.container);
            }
            let mut contained = self.container.items("contained");
            return contained
                .find(|c| c.str("id").as_deref() == Some(id))
                .map_or(Target::Outside, Target::Contained);
        }
        let found = self
            .bundle
            .as_ref()
            .and_then(|b| b.find(reference, self.container).or_else(|| b.by_type_and_id(reference)));
        found.map_or(Target::Outside, Target::Bundled)
    }

    /// The surroundings of a target.
    pub(super) fn at(&self, target: Target<'a>) -> Option<(Scope<'a>, Value<'a>)> {
        match target {
            Target::Contained(value) => Some((
                Scope {
                    resource: value,
                    ..self.clone()
                },
                value,
            )),
            Target::Bundled(value) => Some((self.inner(value, false), value)),
            Target::Outside => None,
        }
    }
}

/// The resource type that a literal reference names.
pub(super) fn type_in(reference: &str) -> Option<ResourceType> {
    let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
    let path = path.split_once('?').map_or(path, |(name, _)| name);
    let mut parts = path.rsplit('/');
    let last = parts.next()?;
    match parts.next() {
        Some(name) => ResourceType::from_name(name),
        None => ResourceType::from_name(last),
    }
}

impl<'a> Run<'_, 'a> {
    /// A Reference against the targets and aggregation that a profile allows.
    pub(super) fn reference(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>) {
        let Some(of_type) = rule.types.iter().find(|t| &*t.code == "Reference") else {
            return;
        };
        let Some(value) = node.value else { return };
        let literal = value.str("reference");
        let target = literal.as_deref().map_or(Target::Outside, |r| self.scope.follow(r));
        if let Some(place) = value.get("reference") {
            self.aggregation(profile, rule, of_type, target, place);
        }
        if of_type.targets.is_empty() {
            return;
        }
        let outside = matches!(target, Target::Outside);
        let elsewhere = literal
            .as_deref()
            .filter(|r| outside && !r.starts_with('#'))
            .and_then(|r| self.elsewhere(r));
        let told = self.v.options.addresses != Addresses::Opaque;
        let found_type: Option<Cow<'_, str>> = match (target, &elsewhere) {
            (Target::Contained(v) | Target::Bundled(v), _) => v.str("resourceType"),
            (Target::Outside, Some(document)) => document.root().str("resourceType"),
            (Target::Outside, None) => literal
                .as_deref()
                .filter(|_| told)
                .and_then(type_in)
                .map(|t| Cow::Borrowed(t.name()))
                .or_else(|| value.str("type").filter(|t| ResourceType::from_name(t).is_some())),
        };
        let Some(found_type) = found_type else { return };
        let mut profiles = Vec::new();
        let mut allowed: Vec<String> = Vec::new();
        let mut any_plain = false;
        for canonical in &of_type.targets {
            let Some((type_name, found)) = self.target_type(canonical, profile) else {
                // Nothing is known of this target, so it cannot be said to be wrong.
                self.tell_once(node, canonical.to_string(), || say::profile_unknown(canonical));
                return;
            };
            let fits = *type_name == *found_type || type_name == "Resource" || (type_name == "DomainResource");
            if fits {
                match found {
                    Some(found) => profiles.push(found),
                    None => any_plain = true,
                }
            }
            allowed.push(type_name);
        }
        if profiles.is_empty() && !any_plain {
            self.report(node, || say::reference_target(profile, rule, &found_type, &allowed));
            return;
        }
        if any_plain {
            return;
        }
        match (&elsewhere, &literal) {
            (Some(document), Some(literal)) => {
                let mut errors = profiles.iter().map(|wanted| self.conforms_elsewhere(literal, document, wanted));
                let first = errors.next().flatten();
                if first.is_some() && !errors.any(|e| e.is_none()) {
                    let names: Vec<String> = profiles.iter().map(|p| p.canonical()).collect();
                    self.report(node, || say::reference_profile(profile, rule, &names, first.as_deref()));
                }
            }
            _ => self.target_profiles(profile, rule, node, target, &profiles),
        }
    }

    /// The type that a target profile is for; the profile if it is more than the type.
    fn target_type(&self, canonical: &str, profile: &Profile) -> Option<(String, Option<Arc<Profile>>)> {
        let url = Canonical::new(canonical).url;
        if let Some(name) = url.strip_prefix("http://hl7.org/fhir/StructureDefinition/")
            && (ResourceType::from_name(name).is_some() || matches!(name, "Resource" | "DomainResource"))
        {
            return Some((name.to_owned(), None));
        }
        let found = self.v.profile(canonical, Some(profile.package))?;
        Some((found.type_name.to_string(), Some(found)))
    }

    /// The target, if it is at hand, conforms to one of the profiles.
    fn target_profiles(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>, target: Target<'a>, profiles: &[Arc<Profile>]) {
        let Some((scope, value)) = self.scope.at(target) else { return };
        let Some(resource) = Node::resource(value) else { return };
        let mut first = None;
        for wanted in profiles {
            let error = self.at_target(scope.clone(), |run| run.conforms(wanted, resource));
            match error {
                None => return,
                Some(error) => first = first.or(Some(error)),
            }
        }
        let names: Vec<String> = profiles.iter().map(|p| p.canonical()).collect();
        self.report(node, || say::reference_profile(profile, rule, &names, first.as_deref()));
    }

    fn aggregation(&mut self, profile: &Arc<Profile>, rule: &Rule, of_type: &TypeRule, target: Target<'a>, place: Value<'a>) {
        if of_type.aggregation.is_empty() || (self.scope.bundle.is_none() && !self.v.options.aggregation_outside_bundles) {
            return;
        }
        let has = |mode: &str| of_type.aggregation.iter().any(|a| &**a == mode);
        let (good, found) = match target {
            Target::Contained(_) => (has("contained"), "contained"),
            Target::Bundled(_) => (has("bundled") || has("referenced"), "bundled"),
            Target::Outside => (has("referenced"), "referenced"),
        };
        if !good {
            self.note(place, false, || say::aggregation(profile, rule, &of_type.aggregation, found));
        }
    }
}
