//! What intake would find in a resource, without taking it in.

use crate::intake::Intake;
use crate::prepare::relocate;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Value;
use kilde_fhir::national_id::identifiers;

impl Intake {
    /// What intake finds beyond structure and profiles: national ids, and the rules of services, also
    /// in the resources of a Bundle's entries. Nothing is stored.
    pub fn examine(&self, resource: Value<'_>) -> Vec<Finding> {
        let mut findings = identifiers(resource, self.config.world);
        self.checks(resource, None, &mut findings);
        if resource.str("resourceType").as_deref() == Some("Bundle") {
            for (i, entry) in resource.items("entry").enumerate().take(self.config.limits.entries) {
                if let Some(inner) = entry.get("resource").filter(|r| r.is_object()) {
                    self.checks(inner, Some(&format!("Bundle.entry[{i}].resource")), &mut findings);
                }
            }
        }
        findings
    }

    fn checks(&self, resource: Value<'_>, start: Option<&str>, findings: &mut Vec<Finding>) {
        for check in &self.config.checks {
            for mut finding in check.check(resource) {
                if let Some(start) = start {
                    finding.expression = relocate(&finding.expression, start);
                }
                finding.position.get_or_insert_with(|| resource.position());
                findings.push(finding);
            }
        }
    }

    /// The profiles that the instance demands of every resource of a type.
    pub fn required_profiles(&self, resource_type: &str) -> &[String] {
        self.config.validation.as_deref().map_or(&[], |v| v.required(resource_type))
    }
}
