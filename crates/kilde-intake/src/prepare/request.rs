//! `Bundle.entry.request`: what is to be done with an entry.

use super::draft::is_id;
use super::patch::{self, Form, Patched, Target, of_entry};
use super::references::relocate;
use super::{Context, STRUCTURE};
use crate::condition::Condition;
use crate::key;
use crate::problems::Problems;
use crate::rules;
use crate::submission::{PatchForm, Whom};
use crate::unit::{Action, Expects};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Value;
use uuid::Uuid;

/// What an entry asks for.
pub(crate) struct Plan {
    pub(crate) rtype: ResourceType,
    pub(crate) action: Action,
    /// The producer's identifier decides, since the URL is no FHIR address.
    pub(crate) foreign: bool,
    /// What a patch has made of the resource.
    pub(crate) patched: Option<Patched>,
}

impl Plan {
    fn new(rtype: ResourceType, action: Action) -> Plan {
        Plan {
            rtype,
            action,
            foreign: false,
            patched: None,
        }
    }
}

/// Types that have no address of their own.
pub(crate) fn is_stored(rtype: ResourceType) -> bool {
    !matches!(rtype.name(), "Parameters" | "OperationOutcome")
}

/// A new id.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The id that stands in the resource of a conditional update.
pub(crate) fn given_id(resource: Value<'_>, expression: String) -> Result<Option<String>, Finding> {
    match resource.str("id") {
        None => Ok(None),
        Some(id) if is_id(&id) => Ok(Some(id.into_owned())),
        Some(_) => Err(rules::id_format(expression)),
    }
}

/// Reads the request of entry `index`; what is wrong goes to `problems`.
pub(crate) fn plan(cx: &Context<'_>, entry: Value<'_>, index: usize, problems: &mut Problems) -> Option<Plan> {
    let mut refuse = |finding: Finding, at: Value<'_>| problems.add(STRUCTURE, finding.at(at.position()));
    let request = entry.get("request").filter(|r| r.is_object());
    let (Some(method), Some(url)) = (request.and_then(|r| r.get("method")), request.and_then(|r| r.get("url"))) else {
        refuse(rules::request_missing(index), entry);
        return None;
    };
    let request = request?;
    let text = url.as_str()?;
    let mut path = text.as_ref();
    if let Some(base) = cx.base_url {
        path = path.strip_prefix(base).unwrap_or(path);
    }
    let (path, query) = path
        .trim_start_matches('/')
        .split_once('?')
        .map_or((path.trim_start_matches('/'), None), |(p, q)| (p, Some(q)));
    let parts: Vec<&str> = path.split('/').collect();
    let named = ResourceType::from_name(parts.first().copied().unwrap_or(""));
    let if_match = request.str("ifMatch").and_then(|t| version_of_etag(&t));
    if let Some(v) = request.get("ifMatch").filter(|_| if_match.is_none()) {
        refuse(rules::request_url(index), v);
        return None;
    }

    let method_name = method.as_str().unwrap_or_default();
    if matches!(method_name.as_ref(), "GET" | "HEAD") {
        // Answered by who asks intake; the place is kept.
        let nothing = named.unwrap_or(ResourceType(0));
        return Some(Plan::new(nothing, Action::Elsewhere));
    }
    if method_name == "DELETE" {
        match (named, parts.as_slice(), query) {
            (Some(rtype), [_, id], None) if is_id(id) => {
                let id = (*id).to_owned();
                return Some(Plan::new(rtype, Action::Delete { id, if_match }));
            }
            (Some(rtype), [_], Some(query)) => match Condition::parse(rtype, query) {
                Some(mut condition) => {
                    condition.expression = format!("Bundle.entry[{index}].request.url");
                    condition.position = Some(url.position());
                    return Some(Plan::new(rtype, Action::DeleteBy { condition, if_match }));
                }
                None => refuse(rules::condition_syntax(format!("Bundle.entry[{index}].request.url")), url),
            },
            _ => refuse(rules::request_url(index), url),
        }
        return None;
    }
    if method_name == "PATCH" {
        let whom = match (parts.as_slice(), query) {
            ([_, id], None) => Whom::Id((*id).to_owned()),
            ([_], Some(query)) => Whom::Query(query.to_owned()),
            _ => Whom::Id(String::new()),
        };
        let Some(rtype) = named.filter(|_| whom != Whom::Id(String::new())) else {
            refuse(rules::request_url(index), url);
            return None;
        };
        return patch(cx, entry, index, rtype, &whom, if_match, problems);
    }

    let start = format!("Bundle.entry[{index}].resource");
    let resource = entry.get("resource").filter(|r| r.is_object());
    let rtype = resource.and_then(|r| ResourceType::from_name(&r.str("resourceType")?));
    let (Some(resource), Some(rtype)) = (resource, rtype) else {
        refuse(rules::no_resource(start), entry);
        return None;
    };
    if !is_stored(rtype) {
        refuse(rules::not_stored(start, rtype.name()), resource);
        return None;
    }
    let foreign = named.is_none();
    if !foreign && named != Some(rtype) {
        refuse(rules::resource_type(start, named.map_or("", ResourceType::name)), resource);
        return None;
    }
    let expects = || Expects {
        version: if_match,
        absent: request.str("ifNoneMatch").as_deref().map(str::trim) == Some("*"),
        patched: false,
    };
    let action = match (method.as_str().as_deref(), parts.len(), query) {
        (Some("POST"), 1, None) => Action::Create {
            id: new_id(),
            condition: if_none_exist(request, rtype, index, &mut refuse)?,
        },
        (Some("POST"), ..) if foreign => Action::Create {
            id: new_id(),
            condition: if_none_exist(request, rtype, index, &mut refuse)?,
        },
        (Some("PUT"), ..) if foreign => {
            let Some((system, value)) = key::identifier(resource) else {
                refuse(rules::request_url(index), url);
                return None;
            };
            let mut condition = Condition::own_identifier(rtype, &system, &value);
            condition.expression = format!("Bundle.entry[{index}].request.url");
            Action::UpdateBy {
                condition,
                new_id: new_id(),
                given: None,
                expects: Expects::default(),
            }
        }
        (Some("PUT"), 2, None) if is_id(parts[1]) => {
            if resource.str("id").as_deref() != Some(parts[1]) {
                refuse(rules::id_mismatch(format!("{start}.id")), resource.get("id").unwrap_or(resource));
                return None;
            }
            Action::Update {
                id: parts[1].to_owned(),
                expects: expects(),
            }
        }
        (Some("PUT"), 1, Some(query)) => {
            let Some(mut condition) = Condition::parse(rtype, query) else {
                refuse(rules::condition_syntax(format!("Bundle.entry[{index}].request.url")), url);
                return None;
            };
            condition.expression = format!("Bundle.entry[{index}].request.url");
            let given = match given_id(resource, format!("{start}.id")) {
                Ok(given) => given,
                Err(finding) => {
                    refuse(finding, resource.get("id").unwrap_or(resource));
                    return None;
                }
            };
            Action::UpdateBy {
                condition,
                new_id: new_id(),
                given,
                expects: expects(),
            }
        }
        (Some("POST" | "PUT"), ..) => {
            refuse(rules::request_url(index), url);
            return None;
        }
        _ => {
            refuse(rules::method(index), method);
            return None;
        }
    };
    if foreign {
        problems.add(STRUCTURE, rules::foreign_url(index).at(url.position()));
    }
    Some(Plan {
        rtype,
        action,
        foreign,
        patched: None,
    })
}

/// Applies the patch of an entry.
fn patch(
    cx: &Context<'_>,
    entry: Value<'_>,
    index: usize,
    rtype: ResourceType,
    whom: &Whom,
    if_match: Option<u32>,
    problems: &mut Problems,
) -> Option<Plan> {
    let resource = entry.get("resource").filter(|r| r.is_object()).unwrap_or(entry);
    let target = Target {
        rtype,
        whom,
        if_match,
        expression: &format!("Bundle.entry[{index}]"),
    };
    let start = format!("Bundle.entry[{index}].resource");
    let patched = match of_entry(cx, resource, index) {
        Err(finding) => {
            problems.add(STRUCTURE, finding.at(resource.position()));
            return None;
        }
        Ok(Form::FhirPath) => patch::apply(cx, &target, PatchForm::FhirPath, resource),
        Ok(Form::Json(patch)) => patch::apply(cx, &target, PatchForm::Json, patch.root()).map_err(|mut faults| {
            // Places within the Binary's data are none of the delivery's.
            for finding in &mut faults.findings {
                finding.position = Some(resource.position());
            }
            faults
        }),
    };
    match patched {
        Ok(patched) => {
            let action = Action::Update {
                id: patched.id.clone(),
                expects: patched.expects,
            };
            Some(Plan {
                rtype,
                action,
                foreign: false,
                patched: Some(patched),
            })
        }
        Err(mut faults) => {
            for finding in &mut faults.findings {
                if !finding.expression.starts_with("Bundle") {
                    finding.expression = relocate(&finding.expression, &start);
                }
            }
            problems.append(faults);
            None
        }
    }
}

/// `ifNoneExist`; the outer `None` if it cannot be read.
fn if_none_exist(
    request: Value<'_>,
    rtype: ResourceType,
    index: usize,
    refuse: &mut impl FnMut(Finding, Value<'_>),
) -> Option<Option<Condition>> {
    let Some(value) = request.get("ifNoneExist") else {
        return Some(None);
    };
    let expression = format!("Bundle.entry[{index}].request.ifNoneExist");
    match Condition::parse(rtype, &value.as_str()?) {
        Some(mut condition) => {
            condition.expression = expression;
            condition.position = Some(value.position());
            Some(Some(condition))
        }
        None => {
            refuse(rules::condition_syntax(expression), value);
            None
        }
    }
}

/// The version in `W/"3"` (or `"3"`, or `3`).
pub fn version_of_etag(text: &str) -> Option<u32> {
    let text = text.trim();
    let text = text.strip_prefix("W/").unwrap_or(text);
    let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    text.parse().ok()
}
