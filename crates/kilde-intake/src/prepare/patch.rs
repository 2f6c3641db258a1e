//! A patch becomes an update: it is applied to the version that the writer sees, and what comes of it is
//! prepared as if it had been sent whole. Commit holds the version against the current one.

use super::draft::is_id;
use super::{Context, STRUCTURE, meta_edit};
use crate::condition::Condition;
use crate::problems::Problems;
use crate::rules;
use crate::submission::{PatchForm, Whom};
use crate::unit::Expects;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kilde_access::mask;
use kilde_access::smart::Permissions;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{self, Document, Limits, Value};
use kilde_fhir::patch::{Fault, PatchError, fhirpath_patch, json_patch};
use kilde_index::{Read, Search, Version};

/// A resource as a patch makes it.
pub(crate) struct Patched {
    pub(crate) document: Document,
    pub(crate) id: String,
    /// The version that the patch was applied to.
    pub(crate) expects: Expects,
}

/// What a patch is for.
pub(crate) struct Target<'a> {
    pub(crate) rtype: ResourceType,
    pub(crate) whom: &'a Whom,
    pub(crate) if_match: Option<u32>,
    /// FHIRPath of the target in the delivery, for findings.
    pub(crate) expression: &'a str,
}

/// Applies a patch to what the writer sees. Only what she may both read (all of it) and write is touched, so
/// that a patch tells nothing that a read would not.
pub(crate) fn apply(cx: &Context<'_>, target: &Target<'_>, form: PatchForm, patch: Value<'_>) -> Result<Patched, Problems> {
    let refuse = |status: u16, finding: Finding| {
        let mut problems = Problems::default();
        problems.add(status, finding);
        problems
    };
    let at = target.expression;
    let version = current(cx, target)?;
    if target.if_match.is_some_and(|wanted| wanted != version.version) {
        return Err(refuse(412, rules::version_conflict(at)));
    }
    let limits = Limits {
        bytes: cx.config.limits.bytes,
        depth: cx.config.limits.depth,
    };
    let resource = json::parse(version.body, limits).map_err(|_| refuse(STRUCTURE, rules::no_resource(at)))?;
    let patched = match form {
        PatchForm::Json => json_patch(resource.root(), patch, limits).map_err(|error| faults(error, at)),
        PatchForm::FhirPath => fhirpath_patch(resource.root(), patch, limits).map_err(|error| faults(error, at)),
        PatchForm::MetaAdd => meta_edit::edit(resource.root(), patch, true),
        PatchForm::MetaDelete => meta_edit::edit(resource.root(), patch, false),
    };
    let text = patched?;
    let document = json::parse(text, limits).map_err(|e| refuse(STRUCTURE, e.finding()))?;
    let root = document.root();
    if root.str("id").as_deref() != Some(&version.id) || root.str("resourceType").as_deref() != Some(target.rtype.name()) {
        return Err(refuse(422, rules::patch_identity(at)));
    }
    Ok(Patched {
        id: version.id,
        expects: Expects {
            version: Some(version.version),
            patched: true,
            absent: false,
        },
        document,
    })
}

/// The version to be patched, if the writer may do so.
fn current(cx: &Context<'_>, target: &Target<'_>) -> Result<Version, Problems> {
    let mut problems = Problems::default();
    let refused = |mut problems: Problems, status: u16, finding: Finding| {
        problems.add(status, finding);
        problems
    };
    let at = target.expression;
    let unavailable = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the index refused");
        rules::unavailable()
    };
    let id = match target.whom {
        Whom::Id(id) if is_id(id) => id.clone(),
        Whom::Id(_) => return Err(refused(problems, 404, rules::not_found(at))),
        Whom::Query(query) => {
            let Some(condition) = Condition::parse(target.rtype, query) else {
                return Err(refused(problems, STRUCTURE, rules::condition_syntax(at)));
            };
            // Whether something meets a condition is an answer to a search.
            if !cx.scope.leaves(target.rtype.name(), Permissions::SEARCH) {
                return Err(refused(problems, 403, rules::write_forbidden(at)));
            }
            let search = match Search::parse(target.rtype, &condition.params, false, kilde_index::Limits::default()) {
                Ok((search, _)) => search,
                Err(findings) => {
                    problems.extend(STRUCTURE, findings);
                    return Err(refused(problems, STRUCTURE, rules::condition_syntax(at)));
                }
            };
            let mut found = match cx.index.matching(cx.scope, &search, 2) {
                Ok(found) => found,
                Err(error) => {
                    return Err(match error.finding() {
                        Some(finding) => refused(problems, STRUCTURE, finding),
                        None => refused(problems, 503, unavailable(&error)),
                    });
                }
            };
            match (found.pop(), found.is_empty()) {
                (None, _) => return Err(refused(problems, 404, rules::not_found(at))),
                (Some(one), true) => one.id,
                _ => return Err(refused(problems, 412, rules::condition_many(at))),
            }
        }
    };
    let version = match cx.index.read(cx.scope, target.rtype, &id) {
        Ok(Read::Found(version)) => version,
        Ok(Read::Gone { .. }) => return Err(refused(problems, 410, rules::patch_deleted(at))),
        Ok(Read::Absent) => return Err(refused(problems, 404, rules::not_found(at))),
        Err(error) => return Err(refused(problems, 503, unavailable(&error))),
    };
    // Before anything of the patch is tried: its outcome would tell what is there.
    if cx.scope.source() != Some(version.source.as_ref()) {
        return Err(refused(problems, 403, rules::not_the_source(at)));
    }
    let left = cx.scope.leaves(target.rtype.name(), Permissions::UPDATE);
    if !left || !cx.scope.permits_write(version.person, version.category, &version.source) {
        return Err(refused(problems, 403, rules::write_forbidden(at)));
    }
    if version.secret || mask::masked(cx.scope, version.category, &version.body).is_some() {
        return Err(refused(problems, 403, rules::patch_withheld(at)));
    }
    Ok(version)
}

fn faults(error: PatchError, at: &str) -> Problems {
    let status = match error.fault {
        Fault::Malformed => STRUCTURE,
        Fault::Inapplicable | Fault::TestFailed => 422,
    };
    let mut problems = Problems::default();
    for mut finding in error.findings {
        if finding.expression.is_empty() {
            at.clone_into(&mut finding.expression);
        }
        problems.add(status, finding);
    }
    problems
}

/// The patch in the `resource` of a bundle's entry: a Parameters, or a Binary with a JSON Patch.
pub(crate) fn of_entry(cx: &Context<'_>, resource: Value<'_>, index: usize) -> Result<Form, Finding> {
    match resource.str("resourceType").as_deref() {
        Some("Parameters") => return Ok(Form::FhirPath),
        Some("Binary") => {}
        _ => return Err(rules::patch_missing(index)),
    }
    let kind = resource.str("contentType").unwrap_or_default();
    let is_patch = kind.split(';').next().is_some_and(|k| k.trim() == "application/json-patch+json");
    let Some(data) = resource.str("data").filter(|_| is_patch) else {
        return Err(rules::patch_missing(index));
    };
    let plain: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(plain).map_err(|_| rules::patch_missing(index))?;
    let limits = Limits {
        bytes: cx.config.limits.bytes,
        depth: cx.config.limits.depth,
    };
    json::parse(bytes, limits).map(Form::Json).map_err(|e| {
        let mut finding = e.finding();
        finding.expression = format!("Bundle.entry[{index}].resource.data");
        finding
    })
}

/// A patch of a bundle.
pub(crate) enum Form {
    /// A JSON Patch, out of the Binary.
    Json(Document),
    /// The Parameters itself.
    FhirPath,
}
