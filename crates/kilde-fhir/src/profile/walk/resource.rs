//! Resources: what is given, what they claim, and what stands within.

use super::Run;
use super::bundle::Index;
use super::extension_context::Host;
use super::node::Node;
use super::reference::Scope;
use crate::finding::Severity;
use crate::profile::say;
use std::rc::Rc;

impl<'a> Run<'_, 'a> {
    /// The profiles that the caller names.
    pub(super) fn given(&mut self, node: Node<'a>, profiles: &[&str]) {
        self.enter_bundle(node);
        for canonical in profiles {
            match self.v.profile(canonical, None) {
                Some(profile) => self.apply(&profile, node),
                None => self.note(node.anchor(), false, || say::profile_given_unknown(canonical)),
            }
        }
    }

    /// A Bundle's entries can be referred to.
    fn enter_bundle(&mut self, node: Node<'a>) {
        if node.type_name == "Bundle"
            && let Some(bundle) = node.value
        {
            self.scope.bundle = Some(Rc::new(Index::new(bundle)));
        }
    }

    /// A resource by R4 and by what it claims.
    pub(super) fn resource(&mut self, node: Node<'a>) {
        let Some(value) = node.value else { return };
        self.enter_bundle(node);
        let meta = value.path(&["meta"]).filter(|_| self.claims);
        for claim in meta.into_iter().flat_map(|m| m.items("profile")) {
            let Some(canonical) = claim.as_str() else { continue };
            match self.v.profile(&canonical, None) {
                Some(profile) => self.apply(&profile, node),
                None => self.note(claim, false, || say::profile_unknown(&canonical)),
            }
        }
        let host = Host {
            owner: None,
            around: None,
            node,
        };
        self.object(node, host);
        self.conformance(node.type_name, value);
        match node.type_name {
            "Bundle" => {
                if let Some(index) = self.scope.bundle.clone() {
                    self.bundle(value, &index);
                }
            }
            "StructureDefinition" if value.str("derivation").as_deref() == Some("constraint") => {
                self.obligations(value);
                for mut finding in self.v.definition(value) {
                    // What is not there cannot be held against it.
                    if finding.rule == say::NO_BASE {
                        finding.severity = Severity::Warning;
                    }
                    self.note(value.get("differential").unwrap_or(value), false, || finding);
                }
            }
            "MeasureReport" => self.measure_report(value),
            "SearchParameter" => self.search_parameter(value),
            "QuestionnaireResponse" => self.questionnaire_response(value),
            _ => {}
        }
    }

    /// A resource in another: contained, or in a Bundle entry or a parameter.
    pub(super) fn inner_resource(&mut self, node: Node<'a>, contained: bool) {
        let Some(value) = node.value else { return };
        let around = self.scope.clone();
        self.scope = around.inner(value, contained);
        self.resource(node);
        self.scope = around;
    }

    /// Goes into a resource that stands in the one around; gives what was around.
    pub(super) fn enter(&mut self, node: Node<'a>) -> Option<Scope<'a>> {
        let value = node
            .value
            .filter(|v| node.is_resource() && v.place() != self.scope.resource.place())?;
        let contained = self.scope.container.items("contained").any(|c| c.place() == value.place());
        let inner = self.scope.inner(value, contained);
        Some(std::mem::replace(&mut self.scope, inner))
    }

    /// Runs something with the surroundings of a resource that was reached by a reference.
    pub(super) fn at_target<T>(&mut self, scope: Scope<'a>, run: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::replace(&mut self.scope, scope);
        let result = run(self);
        self.scope = around;
        result
    }
}
