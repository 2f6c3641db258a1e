//! One element.

use super::{Compiler, Draft};
use crate::definitions::{Element as BaseElement, TypeDef, type_of};
use crate::json::Value;
use crate::profile::rule::{Binding, Presence, Rule, RuleId, Slice, Slicing, Strength, TypeRule};
use crate::profile::snapshot::{Element, ElementId, Snapshot};
use crate::profile::source::Source;
use std::sync::Arc;

/// Where HL7's own extensions are defined.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Invariants that R4's structure or the rules of extensions, references and Bundles ask for.
pub(super) fn asked_by_structure(key: &str) -> bool {
    matches!(
        key,
        "ele-1"
            | "ext-1"
            | "dom-2"
            | "ref-1"
            | "txt-1"
            | "txt-2"
            | "bdl-1"
            | "bdl-2"
            | "bdl-3"
            | "bdl-4"
            | "bdl-5"
            | "bdl-7"
            | "bdl-8"
            | "bdl-11"
            | "bdl-12"
    )
}

/// The url by which an extension is known: that of its profile, or its fixed url.
pub(super) fn extension_url(snapshot: &Snapshot, at: ElementId) -> Option<Box<str>> {
    let element = snapshot.element(at);
    if let Some(profile) = element.types().into_iter().flat_map(|t| t.profiles).next() {
        return Some(crate::package::Canonical::new(&profile).url.into());
    }
    let url = snapshot.element(snapshot.child(at, "url")?);
    let fixed = url.property_of_type("fixed").or_else(|| url.property_of_type("pattern"))?;
    Some(fixed.1.as_str()?.as_ref().into())
}

impl Compiler<'_> {
    /// The rule of an element and those below it. `def`: what its value is, `base`: the R4
    /// elements that it constrains (several for a choice).
    pub(super) fn element(
        &mut self,
        draft: &mut Draft<'_>,
        at: ElementId,
        id: String,
        def: Option<&'static TypeDef>,
        base: Option<&'static BaseElement>,
        depth: usize,
    ) -> RuleId {
        let number = draft.rules.len() as RuleId;
        draft.rules.push(Rule::default());
        let snapshot = draft.snapshot;
        let element = snapshot.element(at);
        let mut rule = self.own(snapshot, at, id.clone(), def, base);
        if depth < 32 {
            for child in &element.children {
                let name = &*snapshot.element(*child).name;
                let (child_def, child_base) = below(def, snapshot.element(*child));
                let child = self.element(draft, *child, format!("{id}.{name}"), child_def, child_base, depth + 1);
                if draft.rules[child as usize].asks() {
                    rule.children.push(child);
                }
            }
            if !element.slices.is_empty() {
                rule.slicing = Some(self.slicing(draft, at, &id, def, base, depth));
            }
        }
        // A content reference leads to R4's own definition, which is asked with its type.
        draft.rules[number as usize] = rule;
        number
    }

    fn slicing(
        &mut self,
        draft: &mut Draft<'_>,
        at: ElementId,
        id: &str,
        def: Option<&'static TypeDef>,
        base: Option<&'static BaseElement>,
        depth: usize,
    ) -> Slicing {
        let snapshot = draft.snapshot;
        let element = snapshot.element(at);
        let stated = element.slicing();
        let by_type = element.slices.iter().any(|s| snapshot.element(*s).narrowed.is_some());
        let rules = stated.and_then(|s| s.str("rules"));
        let mut slicing = Slicing {
            // Slices that are only named by their type allow no other type.
            closed: rules.as_deref() == Some("closed") || (stated.is_none() && by_type),
            open_at_end: rules.as_deref() == Some("openAtEnd"),
            ordered: stated.and_then(|s| s.get("ordered")?.as_bool()) == Some(true),
            slices: Vec::new(),
        };
        let plain = id
            .rsplit_once(':')
            .filter(|(_, s)| element.slice.is_some() && !s.contains('.'))
            .map_or(id, |(p, _)| p);
        for slice in element.slices.clone() {
            let part = snapshot.element(slice);
            let name: Box<str> = part.slice.clone().unwrap_or_default();
            let (slice_def, slice_base) = narrowed(def, base, part);
            let rule = self.element(draft, slice, format!("{plain}:{name}"), slice_def, slice_base, depth + 1);
            // A slice inherits what was unfolded of the element that it slices.
            if part.children.is_empty() && part.types().iter().all(|t| t.profiles.is_empty()) {
                for child in &element.children {
                    let child_name = &*snapshot.element(*child).name;
                    let (child_def, child_base) = below(slice_def, snapshot.element(*child));
                    let child = self.element(
                        draft,
                        *child,
                        format!("{plain}:{name}.{child_name}"),
                        child_def,
                        child_base,
                        depth + 2,
                    );
                    if draft.rules[child as usize].asks() {
                        draft.rules[rule as usize].children.push(child);
                    }
                }
            }
            let tests = self.tests(snapshot, at, slice, stated);
            slicing.slices.push(Slice { name, rule, tests });
        }
        slicing
    }

    /// What the element's own definition asks.
    fn own(
        &mut self,
        snapshot: &Snapshot,
        at: ElementId,
        id: String,
        def: Option<&'static TypeDef>,
        base: Option<&'static BaseElement>,
    ) -> Rule {
        let element = snapshot.element(at);
        let stem = element.name.strip_suffix("[x]");
        let mut types: Vec<TypeRule> = element
            .types()
            .into_iter()
            .map(|t| TypeRule {
                code: t.code.into(),
                profiles: t.profiles.into_iter().map(Into::into).collect(),
                targets: t.targets.into_iter().map(Into::into).collect(),
                aggregation: t.aggregation.into_iter().map(Into::into).collect(),
            })
            .collect();
        if snapshot.specialization {
            // R4's own types and targets are asked for by structure.
            types.retain(|t| !t.profiles.is_empty());
            types.iter_mut().for_each(|t| t.targets.clear());
        }
        let source = |found: Option<(&Source, Value<'_>)>| found.map(|(layer, value)| layer.within(value));
        let (min, max) = cardinality(element, base, snapshot.specialization);
        let taken_over = |s: &Arc<Snapshot>| s.by_id(&id).is_some_and(|e| s.element(e).flag("mustSupport"));
        let must_support = self.must_support && (element.flag("mustSupport") || self.obligations.iter().any(taken_over));
        Rule {
            id: id.into(),
            name: stem.unwrap_or(&element.name).into(),
            choice: stem.is_some(),
            min,
            max,
            narrowed: !snapshot.specialization && (stem.is_some() || base.is_some_and(|b| b.type_name() == "Resource")),
            types,
            fixed: source(element.property_of_type("fixed")),
            pattern: source(element.property_of_type("pattern")),
            min_value: source(element.property_of_type("minValue")),
            max_value: source(element.property_of_type("maxValue")),
            max_length: element.property("maxLength").and_then(|(_, v)| v.as_number()?.parse().ok()),
            binding: binding(element, base),
            presence: presence(element),
            sections: extensions(element, &format!("{CORE}narrative-language-control"))
                .filter_map(|e| e.str("valueCode").map(|c| c.as_ref().into()))
                .collect(),
            invariants: self.invariants(snapshot, at, def),
            must_support,
            children: Vec::new(),
            slicing: None,
        }
    }
}

impl Rule {
    /// Whether anything remains to be asked.
    pub(super) fn asks(&self) -> bool {
        self.min > 0
            || self.max.is_some()
            || self.fixed.is_some()
            || self.pattern.is_some()
            || self.min_value.is_some()
            || self.max_value.is_some()
            || self.max_length.is_some()
            || self.binding.is_some()
            || self.presence.is_some()
            || !self.sections.is_empty()
            || self.must_support
            || !self.invariants.is_empty()
            || !self.children.is_empty()
            || self.slicing.is_some()
            || (self.narrowed && !self.types.is_empty())
            || self
                .types
                .iter()
                .any(|t| !t.profiles.is_empty() || !t.aggregation.is_empty() || narrows_targets(t))
    }
}

/// Whether a Reference's targets are more than R4's own types tell.
fn narrows_targets(t: &TypeRule) -> bool {
    &*t.code == "Reference" && !t.targets.is_empty()
}

/// Minimum and maximum where they are stricter than R4's own.
fn cardinality(element: &Element, base: Option<&'static BaseElement>, specialization: bool) -> (u32, Option<u32>) {
    if specialization {
        return (0, None);
    }
    let (min, max) = (element.min(), element.max());
    match base {
        None => (0, None),
        Some(base) => {
            let required = base.is_required() && element.slice.is_none();
            (
                if required && min <= 1 { 0 } else { min },
                max.filter(|m| base.is_list() || *m == 0 || element.slice.is_some()),
            )
        }
    }
}

/// What extensions of the definition say of a primitive without value: those that stand for R5's
/// `mustHaveValue` and `valueAlternatives`.
fn presence(element: &Element) -> Option<Presence> {
    let later = |name: &str| format!("http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.{name}");
    let must = later("mustHaveValue");
    if extensions(element, &must).any(|e| e.get("valueBoolean").and_then(Value::as_bool) == Some(true)) {
        return Some(Presence::Value);
    }
    let instead = later("valueAlternatives");
    let listed: Vec<Box<str>> = extensions(element, &instead)
        .filter_map(|e| e.str("valueCanonical").or_else(|| e.str("valueUri")).map(|u| u.as_ref().into()))
        .collect();
    (!listed.is_empty()).then_some(Presence::Or(listed))
}

/// The extensions with that url on the element's definition, in any of its layers.
fn extensions<'e>(element: &'e Element, url: &'e str) -> impl Iterator<Item = Value<'e>> {
    element
        .layers()
        .flat_map(|l| l.value().items("extension"))
        .filter(move |e| e.str("url").as_deref() == Some(url))
}

fn binding(element: &Element, base: Option<&'static BaseElement>) -> Option<Binding> {
    let (layer, binding) = element.property("binding")?;
    let strength = match binding.str("strength")?.as_ref() {
        "required" => Strength::Required,
        "extensible" => Strength::Extensible,
        "preferred" => Strength::Preferred,
        _ => return None,
    };
    let mut value_set = binding.str("valueSet")?;
    if let Some(id) = value_set.strip_prefix('#') {
        // One that the profile contains is known by its own url.
        let mut contained = layer.root().items("contained");
        let own = contained.find(|c| c.str("id").as_deref() == Some(id)).and_then(|c| c.str("url"));
        value_set = own.unwrap_or(value_set);
    }
    let max = binding
        .items("extension")
        .find(|e| e.str("url").is_some_and(|u| u.ends_with("/elementdefinition-maxValueSet")))
        .and_then(|e| e.str("valueCanonical").or_else(|| e.str("valueUri")).map(|v| v.as_ref().into()));
    // R4's structure asks for these codes already.
    let bare = crate::package::Canonical::new(&value_set).url;
    let asked = base
        .and_then(BaseElement::value_set)
        .is_some_and(|set| strength == Strength::Required && bare.rsplit_once('/').is_some_and(|(_, name)| name == set.name()));
    (!asked).then(|| Binding {
        value_set: value_set.as_ref().into(),
        strength,
        max,
    })
}

/// R4's element for a child, and what its value is.
pub(super) fn below(def: Option<&'static TypeDef>, child: &Element) -> (Option<&'static TypeDef>, Option<&'static BaseElement>) {
    let base = match (def, child.name.strip_suffix("[x]")) {
        (Some(def), Some(stem)) => def.elements().iter().find(|e| e.is_choice() && e.stem() == stem),
        (Some(def), None) => def.element(&child.name),
        (None, _) => None,
    };
    let inner = if base.is_some_and(BaseElement::is_choice) {
        only_type(child)
    } else {
        match base {
            Some(base) if base.type_name() == "Resource" => only_type(child),
            Some(base) => base.complex().or_else(|| type_of("Element")),
            None => only_type(child),
        }
    };
    (inner, base)
}

fn narrowed(
    def: Option<&'static TypeDef>,
    base: Option<&'static BaseElement>,
    slice: &Element,
) -> (Option<&'static TypeDef>, Option<&'static BaseElement>) {
    match base {
        Some(b) if b.is_choice() || b.type_name() == "Resource" => (only_type(slice), base),
        _ => (def, base),
    }
}

/// The type of an element that has only one.
fn only_type(element: &Element) -> Option<&'static TypeDef> {
    let types = element.types();
    let first = types.first()?;
    types
        .iter()
        .all(|t| t.code == first.code)
        .then(|| type_of(&first.code).or_else(|| type_of("Element")))
        .flatten()
}
