//! One resource: create, update, conditional update, delete.

use super::draft::{Gathering, draft, is_id};
use super::request::{is_stored, new_id};
use super::{BUSINESS, Context, STRUCTURE, examine, verdict};
use crate::condition::Condition;
use crate::key;
use crate::rules;
use crate::submission::{Kind, Rejected};
use crate::template::Template;
use crate::unit::{Action, Draft, PersonOf, Unit};
use kilde_access::Category;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::Value;

/// Prepares a create, update or conditional update.
pub(crate) fn prepare(cx: &Context<'_>, kind: &Kind, root: Value<'_>) -> Result<Unit, Rejected> {
    let mut gathering = Gathering {
        alone: true,
        ..Gathering::default()
    };
    let (structure, ids) = examine(cx, root);
    let problems = &mut gathering.problems;
    problems.extend(STRUCTURE, structure);
    problems.extend(BUSINESS, ids);
    let rtype = match kind {
        Kind::Create { rtype, .. } | Kind::Update { rtype, .. } | Kind::ConditionalUpdate { rtype, .. } => *rtype,
        _ => return Err(Rejected::one(STRUCTURE, rules::no_resource(""))),
    };
    let named = root.str("resourceType").and_then(|name| ResourceType::from_name(&name));
    if named != Some(rtype) {
        if named.is_some() {
            problems.add(STRUCTURE, rules::resource_type(rtype.name(), rtype.name()).at(root.position()));
        }
        return Err(refused(cx, gathering));
    }
    if !is_stored(rtype) {
        problems.add(STRUCTURE, rules::not_stored(rtype.name(), rtype.name()));
    }
    let condition = |query: &str| {
        Condition::parse(rtype, query)
            .map(|c| Condition {
                expression: rtype.name().to_owned(),
                ..c
            })
            .ok_or_else(|| rules::condition_syntax(rtype.name()))
    };
    let action = match kind {
        Kind::Create { if_none_exist: None, .. } => Ok(Action::Create {
            id: new_id(),
            condition: None,
        }),
        Kind::Create {
            if_none_exist: Some(query),
            ..
        } => condition(query).map(|c| Action::Create {
            id: new_id(),
            condition: Some(c),
        }),
        Kind::ConditionalUpdate { query, .. } => condition(query).map(|condition| Action::UpdateBy {
            condition,
            new_id: new_id(),
        }),
        Kind::Update { id, if_match, .. } => {
            if !is_id(id) {
                Err(rules::id_format(format!("{}.id", rtype.name())))
            } else if root.str("id").as_deref() != Some(id) {
                Err(rules::id_mismatch(format!("{}.id", rtype.name())).at(root.get("id").unwrap_or(root).position()))
            } else {
                Ok(Action::Update {
                    id: id.clone(),
                    if_match: *if_match,
                })
            }
        }
        _ => Err(rules::no_resource("")),
    };
    let action = match action {
        Ok(action) => action,
        Err(finding) => {
            gathering.problems.add(STRUCTURE, finding);
            return Err(refused(cx, gathering));
        }
    };
    let producer = matches!(action, Action::Create { condition: None, .. })
        .then(|| key::producer(cx.scope, root))
        .flatten();
    let draft = draft(cx, &mut gathering, root, rtype, action, rtype.name(), None);
    let Gathering { conditions, problems, .. } = gathering;
    verdict(cx, problems, |warnings| Unit {
        original: root.document().text().as_bytes().to_vec(),
        key: cx.message_id.map(|id| key::message(cx.scope, id, None)).or(producer),
        drafts: vec![draft],
        conditions,
        warnings,
        full_url: None,
        occurred_ms: None,
    })
}

fn refused(cx: &Context<'_>, gathering: Gathering) -> Rejected {
    match gathering.problems.verdict(cx.config.limits.findings) {
        Err(rejected) => rejected,
        Ok(_) => Rejected::one(STRUCTURE, rules::no_resource("")),
    }
}

/// Prepares a delete.
pub(crate) fn delete(cx: &Context<'_>, rtype: ResourceType, id: &str, if_match: Option<u32>) -> Result<Unit, Rejected> {
    if !is_id(id) {
        return Err(Rejected::one(404, rules::not_found(rtype.name())));
    }
    Ok(Unit {
        original: format!("DELETE {}/{id}", rtype.name()).into_bytes(),
        key: cx.message_id.map(|id| key::message(cx.scope, id, None)),
        drafts: vec![delete_draft(
            rtype,
            Action::Delete {
                id: id.to_owned(),
                if_match,
            },
            rtype.name(),
        )],
        conditions: Vec::new(),
        warnings: Vec::new(),
        full_url: None,
        occurred_ms: None,
    })
}

/// The draft of a delete: it has no content; the category is that of what is there.
pub(crate) fn delete_draft(rtype: ResourceType, action: Action, start: &str) -> Draft {
    Draft {
        rtype,
        action,
        template: Template::default(),
        category: Category::Journal,
        person: PersonOf::Nobody,
        identifiers: Vec::new(),
        expression: start.to_owned(),
        position: None,
        warnings: Vec::new(),
    }
}
