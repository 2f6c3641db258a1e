//! Conformance resources by themselves: their expressions can be read, their codes are in the code
//! systems they name, and their questions exist.

use super::Run;
use crate::fhirpath::Expression;
use crate::json::Value;
use crate::profile::say;
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Where R4 defines its types.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Items of a Questionnaire nested deeper than this are not followed.
const MAX_DEPTH: usize = 40;

impl<'a> Run<'_, 'a> {
    /// A resource that defines something.
    pub(super) fn conformance(&mut self, name: &str, resource: Value<'a>) {
        match name {
            "StructureDefinition" => {
                self.defined_type(resource);
                let parts = ["snapshot", "differential"].into_iter().filter_map(|p| resource.get(p));
                for constraint in parts.flat_map(|p| p.items("element")).flat_map(|e| e.items("constraint")) {
                    self.expression(constraint);
                }
            }
            "OperationDefinition" | "SearchParameter" => self.expression(resource),
            "ValueSet" => self.value_set(resource),
            "CodeSystem" => self.code_system(resource),
            "Questionnaire" => {
                let mut links = FxHashSet::default();
                collect_links(resource, 0, &mut links);
                self.conditions(resource, &links, 0);
            }
            _ => {}
        }
    }

    /// `expression` is FHIRPath.
    fn expression(&mut self, owner: Value<'a>) {
        let Some(place) = owner.get("expression") else { return };
        let Some(text) = place.as_str().filter(|_| self.step()) else {
            return;
        };
        // Not kept: it is of this resource, not of a loaded package.
        if let Err(why) = Expression::compile(&text) {
            self.note(place, false, || say::expression_unreadable(&why.to_string()));
        }
    }

    /// The type that is defined or constrained is one of R4, or has an absolute address (StructureDefinition.type).
    fn defined_type(&mut self, definition: Value<'a>) {
        let Some(place) = definition.get("type") else { return };
        let Some(name) = place.as_str().filter(|n| !n.contains(':')) else {
            return;
        };
        let packages = self.v.packages();
        let known = |name: &str| packages.resolve("StructureDefinition", &format!("{CORE}{name}"), None).is_some();
        if known("Resource") && !known(&name) {
            self.note(place, false, say::definition_type);
        }
    }

    /// The questions that conditions ask about are in the questionnaire.
    fn conditions(&mut self, place: Value<'a>, links: &FxHashSet<Cow<'a, str>>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for item in place.items("item") {
            if !self.step() {
                return;
            }
            for condition in item.items("enableWhen") {
                let Some(question) = condition.get("question") else { continue };
                if question.as_str().is_some_and(|q| !links.contains(&q)) {
                    self.note(question, false, say::condition_unknown);
                }
            }
            self.conditions(item, links, depth + 1);
        }
    }
}

fn collect_links<'a>(place: Value<'a>, depth: usize, links: &mut FxHashSet<Cow<'a, str>>) {
    if depth > MAX_DEPTH {
        return;
    }
    for item in place.items("item") {
        links.extend(item.str("linkId"));
        collect_links(item, depth + 1, links);
    }
}
