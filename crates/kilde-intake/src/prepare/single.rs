//! One resource: create, update, patch, delete, and their conditional kinds.

use super::draft::{Gathering, draft, is_id};
use super::patch::{self, Target};
use super::request::{given_id, is_stored, new_id};
use super::{BUSINESS, Context, STRUCTURE, examine, verdict};
use crate::condition::Condition;
use crate::key;
use crate::problems::Problems;
use crate::rules;
use crate::submission::{Kind, Rejected};
use crate::template::Template;
use crate::unit::{Action, Draft, Expects, PersonOf, Unit};
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
        Kind::ConditionalUpdate {
            query,
            if_match,
            if_none_match,
            ..
        } => condition(query).and_then(|condition| {
            let at = root.get("id").unwrap_or(root).position();
            Ok(Action::UpdateBy {
                condition,
                new_id: new_id(),
                given: given_id(root, format!("{}.id", rtype.name())).map_err(|f| f.at(at))?,
                expects: Expects {
                    version: *if_match,
                    absent: *if_none_match,
                    patched: false,
                },
            })
        }),
        Kind::Update {
            id,
            if_match,
            if_none_match,
            ..
        } => {
            if !is_id(id) {
                Err(rules::id_format(format!("{}.id", rtype.name())))
            } else if root.str("id").as_deref() != Some(id) {
                Err(rules::id_mismatch(format!("{}.id", rtype.name())).at(root.get("id").unwrap_or(root).position()))
            } else {
                Ok(Action::Update {
                    id: id.clone(),
                    expects: Expects {
                        version: *if_match,
                        absent: *if_none_match,
                        patched: false,
                    },
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
        original: cx.original(root),
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

/// Prepares a patch: what it makes of the resource is examined as an update is.
pub(crate) fn patch(cx: &Context<'_>, kind: &Kind, root: Value<'_>) -> Result<Unit, Rejected> {
    let Kind::Patch {
        rtype,
        whom,
        form,
        if_match,
    } = kind
    else {
        return Err(Rejected::one(STRUCTURE, rules::no_resource("")));
    };
    let target = Target {
        rtype: *rtype,
        whom,
        if_match: *if_match,
        expression: rtype.name(),
    };
    let key = cx.message_id.map(|id| key::message(cx.scope, id, None));
    let unit = patch::apply(cx, &target, *form, root).and_then(|patched| {
        let mut gathering = Gathering {
            alone: true,
            ..Gathering::default()
        };
        let draft = patched_draft(cx, &mut gathering, *rtype, patched, rtype.name(), None);
        let Gathering { conditions, problems, .. } = gathering;
        match problems.refused() {
            true => Err(problems),
            false => Ok((draft, conditions, problems)),
        }
    });
    let whole = |drafts, conditions, warnings| Unit {
        original: cx.original(root),
        key: key.clone(),
        drafts,
        conditions,
        warnings,
        full_url: None,
        occurred_ms: None,
    };
    match unit {
        Ok((draft, conditions, problems)) => verdict(cx, problems, |warnings| whole(vec![draft], conditions, warnings)),
        // What has been done cannot always be done again; commit gives the first answer.
        Err(_) if cx.is_known(key.as_ref()) => Ok(whole(Vec::new(), Vec::new(), Vec::new())),
        Err(problems) => Err(refused(cx, Gathering::with(problems))),
    }
}

/// The draft of a patched resource. Its findings have no place: it is no text that anybody delivered.
pub(crate) fn patched_draft(
    cx: &Context<'_>,
    gathering: &mut Gathering,
    rtype: ResourceType,
    patched: patch::Patched,
    start: &str,
    own_url: Option<&str>,
) -> Draft {
    let root = patched.document.root();
    let (structure, ids) = examine(cx, root);
    let mut problems = Problems::default();
    problems.extend(STRUCTURE, structure);
    problems.extend(BUSINESS, ids);
    let before = gathering.problems.findings.len();
    gathering.problems.append(problems);
    let action = Action::Update {
        id: patched.id,
        expects: patched.expects,
    };
    let conditions = gathering.conditions.len();
    let mut draft = draft(cx, gathering, root, rtype, action, start, own_url);
    for warning in &mut draft.warnings {
        warning.position = None;
    }
    for finding in gathering.problems.findings.iter_mut().skip(before) {
        finding.position = None;
    }
    for condition in gathering.conditions.iter_mut().skip(conditions) {
        condition.position = None;
    }
    draft
}

/// Prepares a conditional delete.
pub(crate) fn conditional_delete(cx: &Context<'_>, rtype: ResourceType, query: &str, if_match: Option<u32>) -> Result<Unit, Rejected> {
    let Some(mut condition) = Condition::parse(rtype, query) else {
        return Err(Rejected::one(STRUCTURE, rules::condition_syntax(rtype.name())));
    };
    condition.expression = rtype.name().to_owned();
    Ok(Unit {
        original: format!("DELETE {}?{query}", rtype.name()).into_bytes(),
        key: cx.message_id.map(|id| key::message(cx.scope, id, None)),
        drafts: vec![delete_draft(rtype, Action::DeleteBy { condition, if_match }, rtype.name())],
        conditions: Vec::new(),
        warnings: Vec::new(),
        full_url: None,
        occurred_ms: None,
    })
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
