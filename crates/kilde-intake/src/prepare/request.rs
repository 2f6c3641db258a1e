//! `Bundle.entry.request`: what is to be done with an entry.

use super::draft::is_id;
use super::{Context, STRUCTURE};
use crate::condition::Condition;
use crate::key;
use crate::problems::Problems;
use crate::rules;
use crate::unit::Action;
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
}

/// Types that have no address of their own.
pub(crate) fn is_stored(rtype: ResourceType) -> bool {
    !matches!(rtype.name(), "Parameters" | "OperationOutcome")
}

/// A new id.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
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

    if method.as_str().as_deref() == Some("DELETE") {
        if let (Some(rtype), [_, id], None) = (named, parts.as_slice(), query)
            && is_id(id)
        {
            return Some(Plan {
                rtype,
                action: Action::Delete {
                    id: (*id).to_owned(),
                    if_match,
                },
                foreign: false,
            });
        }
        refuse(rules::request_url(index), url);
        return None;
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
            }
        }
        (Some("PUT"), 2, None) if is_id(parts[1]) => {
            if resource.str("id").as_deref() != Some(parts[1]) {
                refuse(rules::id_mismatch(format!("{start}.id")), resource.get("id").unwrap_or(resource));
                return None;
            }
            Action::Update {
                id: parts[1].to_owned(),
                if_match,
            }
        }
        (Some("PUT"), 1, Some(query)) => {
            let Some(mut condition) = Condition::parse(rtype, query) else {
                refuse(rules::condition_syntax(format!("Bundle.entry[{index}].request.url")), url);
                return None;
            };
            condition.expression = format!("Bundle.entry[{index}].request.url");
            Action::UpdateBy {
                condition,
                new_id: new_id(),
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
    Some(Plan { rtype, action, foreign })
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
