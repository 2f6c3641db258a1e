//! From snapshots to rules. What R4's structure asks anyway is left out, and so are elements of
//! which nothing remains to be asked.

mod discriminator;
mod element;

use super::invariants::Invariants;
use super::rule::{ExtensionRule, Invariant, Profile, Rule};
use super::say;
use super::snapshot::{ElementId, Snapshot, Snapshots};
use crate::definitions::{TypeDef, type_of};
use crate::finding::Finding;
use crate::json::Value;
use std::sync::Arc;

/// What compiling needs.
pub(crate) struct Compiler<'c> {
    pub(crate) snapshots: &'c Snapshots,
    pub(crate) invariants: Option<&'c dyn Invariants>,
    pub(crate) best_practice: bool,
    pub(crate) must_support: bool,
    /// Profiles whose obligations this one takes over.
    pub(crate) obligations: Vec<Arc<Snapshot>>,
    pub(crate) findings: Vec<Finding>,
}

/// A profile in the making.
struct Draft<'s> {
    snapshot: &'s Arc<Snapshot>,
    rules: Vec<Rule>,
}

impl Compiler<'_> {
    /// A profile from its snapshot. `root` is its StructureDefinition.
    pub(crate) fn profile(&mut self, snapshot: &Arc<Snapshot>, root: Value<'_>) -> Profile {
        let mut draft = Draft {
            snapshot,
            rules: Vec::new(),
        };
        let def = type_of(&snapshot.type_name);
        let name = snapshot.type_name.to_string();
        let rule = self.element(&mut draft, snapshot.root(), name, def, None, 0);
        debug_assert_eq!(rule, 0);
        Profile {
            url: snapshot.url.clone(),
            version: snapshot.version.clone(),
            type_name: snapshot.type_name.clone(),
            package: snapshot.package,
            rules: draft.rules,
            extension: (&*snapshot.type_name == "Extension").then(|| extension(snapshot, root)),
        }
    }

    /// The invariants of an element, but those that R4's base types have anyway.
    fn invariants(&mut self, snapshot: &Snapshot, at: ElementId, def: Option<&'static TypeDef>) -> Vec<Invariant> {
        let mut found: Vec<Invariant> = Vec::new();
        let mut known: Vec<String> = Vec::new();
        for layer in snapshot.element(at).layers() {
            let own_layer = snapshot.specialization || layer.root().str("derivation").as_deref() == Some("constraint");
            for constraint in layer.value().items("constraint") {
                let (Some(key), Some(expression)) = (constraint.str("key"), constraint.str("expression")) else {
                    continue;
                };
                if known.iter().any(|k| *k == *key) {
                    continue;
                }
                known.push(key.clone().into_owned());
                let of_base = !snapshot.specialization && (!own_layer || self.is_of_base(constraint, def));
                if of_base || element::asked_by_structure(&key) || (!self.best_practice && is_best_practice(constraint)) {
                    continue;
                }
                let Some(evaluator) = self.invariants else { continue };
                match evaluator.compile(&expression) {
                    Ok(compiled) => found.push(Invariant {
                        human: constraint.str("human").unwrap_or_default().as_ref().into(),
                        error: constraint.str("severity").as_deref() != Some("warning"),
                        expression: compiled,
                        key: key.as_ref().into(),
                    }),
                    Err(why) => self.findings.push(say::invariant_unreadable(&snapshot.url, &key, &why)),
                }
            }
        }
        found
    }

    /// Whether a constraint in a published snapshot comes from a base type.
    fn is_of_base(&self, constraint: Value<'_>, def: Option<&'static TypeDef>) -> bool {
        let _ = def;
        constraint.str("source").is_some_and(|source| {
            let url = if source.contains('/') {
                source.into_owned()
            } else {
                format!("http://hl7.org/fhir/StructureDefinition/{source}")
            };
            url.strip_prefix("http://hl7.org/fhir/StructureDefinition/")
                .is_some_and(|name| type_of(name).is_some())
        })
    }
}

fn is_best_practice(constraint: Value<'_>) -> bool {
    constraint.items("extension").any(|e| {
        e.str("url").is_some_and(|u| u.ends_with("/elementdefinition-bestpractice"))
            && e.get("valueBoolean").and_then(Value::as_bool) == Some(true)
    })
}

fn extension(snapshot: &Snapshot, root: Value<'_>) -> ExtensionRule {
    let contexts = root.items("context").filter_map(|c| {
        let (kind, expression) = (c.str("type")?, c.str("expression")?);
        Some((kind.as_ref().into(), expression.as_ref().into()))
    });
    let parts = snapshot
        .child(snapshot.root(), "extension")
        .into_iter()
        .flat_map(|e| snapshot.element(e).slices())
        .filter_map(|slice| element::extension_url(snapshot, *slice))
        .collect();
    ExtensionRule {
        max: snapshot.element(snapshot.root()).max(),
        modifier: snapshot.element(snapshot.root()).flag("isModifier"),
        contexts: contexts.collect(),
        versions: versions(root),
        parts,
    }
}

/// The versions of FHIR that a definition is for, by HL7's extension `version-specific-use`.
fn versions(root: Value<'_>) -> Option<(Box<str>, Box<str>)> {
    let url = "http://hl7.org/fhir/StructureDefinition/version-specific-use";
    let stated = root.items("extension").find(|e| e.str("url").as_deref() == Some(url))?;
    let part = |name: &str| {
        let part = stated.items("extension").find(|e| e.str("url").as_deref() == Some(name));
        Box::<str>::from(part.and_then(|p| p.str("valueCode")).unwrap_or_default())
    };
    Some((part("startFhirVersion"), part("endFhirVersion")))
}
