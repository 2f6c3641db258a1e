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
        if let Some(value) = foreign(resource, reference, own, 2) {
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

/// The organisation number in a Reference, or in what is contained and referred to, if it is another than `own`. A role is its
/// organisation's; so far it is followed.
fn foreign<'a>(resource: Value<'a>, reference: Value<'a>, own: &str, steps: u8) -> Option<Value<'a>> {
    let other = |identifier: Value<'a>| {
        let is_number = identifier.str("system").as_deref() == Some(ORGNR);
        let value = identifier.get("value").filter(|_| is_number);
        value.filter(|v| v.as_str().as_deref() != Some(own))
    };
    if let Some(value) = reference.get("identifier").and_then(other) {
        return Some(value);
    }
    let text = reference.str("reference")?;
    let id = text.strip_prefix('#').filter(|_| steps > 0)?;
    let inner = resource.items("contained").find(|c| c.str("id").as_deref() == Some(id))?;
    match inner.str("resourceType").as_deref() {
        Some("Organization") => inner.items("identifier").find_map(other),
        Some("PractitionerRole") => foreign(resource, inner.get("organization")?, own, steps - 1),
        _ => None,
    }
}
