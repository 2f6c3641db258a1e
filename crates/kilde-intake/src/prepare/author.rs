//! A write names nobody else as its author: organisation numbers in authoring elements must be the
//! one the token proves. Performers may be others (a laboratory), so there it is a warning.

use super::Context;
use super::references::path_to;
use crate::problems::Problems;
use crate::rules;
use kilde_fhir::finding::Severity;
use kilde_fhir::json::Value;
use kilde_fhir::national_id::ORGNR;

pub(crate) fn check(cx: &Context<'_>, resource: Value<'_>, start: &str, problems: &mut Problems) {
    let Some(own) = cx.scope.organisation() else { return };
    let mut judge = |reference: Value<'_>, severity: Severity| {
        if let Some(value) = foreign(reference, own) {
            problems.add(
                403,
                rules::author(path_to(resource, value, start))
                    .severity(severity)
                    .at(value.position()),
            );
        }
    };
    for name in ["author", "custodian", "recorder", "asserter"] {
        resource.items(name).for_each(|r| judge(r, Severity::Error));
    }
    resource.items("performer").for_each(|r| judge(r, Severity::Warning));
    if resource.str("resourceType").as_deref() == Some("Provenance") {
        for agent in resource.items("agent") {
            for name in ["who", "onBehalfOf"] {
                agent.items(name).for_each(|r| judge(r, Severity::Error));
            }
        }
    }
}

/// The organisation number in a Reference, if it is another than `own`.
fn foreign<'a>(reference: Value<'a>, own: &str) -> Option<Value<'a>> {
    let identifier = reference.get("identifier")?;
    if identifier.str("system").as_deref() != Some(ORGNR) {
        return None;
    }
    identifier.get("value").filter(|v| v.as_str().as_deref() != Some(own))
}
