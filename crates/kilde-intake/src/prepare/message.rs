//! `$process-message`: the entries of a message have no request. A resource with an identifier of
//! the producer's is the next version of what the same source delivered under it; else it is new.

use super::bundle::{bundle_identifier, opened, positions, refused, timestamp};
use super::draft::{Gathering, draft};
use super::request::{is_stored, new_id};
use super::{Context, Parts, STRUCTURE, verdict};
use crate::condition::Condition;
use crate::key;
use crate::rules;
use crate::submission::Rejected;
use crate::unit::{Action, Expects, MessageFacts, Shape, Unit};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Value, write_compact};

/// Prepares a message.
pub(crate) fn prepare(cx: &Context<'_>, root: Value<'_>) -> Result<Parts, Rejected> {
    let (mut whole, each, entries) = opened(cx, root);
    if root.str("type").as_deref() != Some("message") && !whole.refused() {
        whole.add(
            STRUCTURE,
            rules::bundle_type("message").at(root.get("type").unwrap_or(root).position()),
        );
    }
    let header = entries
        .first()
        .and_then(|e| e.get("resource"))
        .filter(|r| r.str("resourceType").as_deref() == Some("MessageHeader"));
    if header.is_none() {
        whole.add(STRUCTURE, rules::message_header().at(root.position()));
    }
    let mut gathering = Gathering::with(whole);
    let mut plans = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let planned = entry
            .get("resource")
            .and_then(|r| Some((r, ResourceType::from_name(&r.str("resourceType")?)?)));
        let Some((resource, rtype)) = planned.filter(|(_, t)| is_stored(*t)) else {
            if !each[i].refused() {
                gathering.problems.add(
                    STRUCTURE,
                    rules::no_resource(format!("Bundle.entry[{i}].resource")).at(entry.position()),
                );
            }
            continue;
        };
        let action = match key::identifier(resource) {
            Some((system, value)) if i > 0 => {
                let mut condition = Condition::own_identifier(rtype, &system, &value);
                condition.expression = format!("Bundle.entry[{i}].resource.identifier");
                Action::UpdateBy {
                    condition,
                    new_id: new_id(),
                    given: None,
                    expects: Expects::default(),
                }
            }
            _ => Action::Create {
                id: new_id(),
                condition: None,
            },
        };
        gathering.targets.add(rtype, &action);
        if let Some(url) = entry.str("fullUrl") {
            let number = u32::try_from(plans.len()).unwrap_or(u32::MAX);
            gathering.targets.urls.insert(url.into_owned(), number);
        }
        plans.push((i, resource, rtype, action));
    }
    let positions = positions(root, &entries);
    let mut drafts = Vec::with_capacity(plans.len());
    for (i, resource, rtype, action) in plans {
        let url = entries[i].str("fullUrl");
        let mut draft = draft(
            cx,
            &mut gathering,
            resource,
            rtype,
            action,
            &format!("Bundle.entry[{i}].resource"),
            url.as_deref(),
        );
        draft.position = Some(positions[i]);
        drafts.push(draft);
    }
    each.into_iter().for_each(|p| gathering.problems.append(p));
    let Some(header) = header else {
        return Err(refused(cx, gathering.problems));
    };
    let inside = bundle_identifier(root).or_else(|| header.str("id").map(|id| id.into_owned()));
    let id = cx.message_id.or(inside.as_deref());
    let key = Some(id.map_or_else(|| key::content(cx.scope, "message", root), |id| key::message(cx.scope, id, None)));
    let facts = facts(header, id);
    let Gathering { conditions, problems, .. } = gathering;
    let unit = verdict(cx, problems, |warnings| Unit {
        original: cx.original(root),
        key,
        drafts,
        conditions,
        warnings,
        full_url: None,
        occurred_ms: timestamp(root),
    })?;
    Ok((Shape::Message(facts), vec![Ok(unit)], inside))
}

fn facts(header: Value<'_>, id: Option<&str>) -> MessageFacts {
    let mut event = String::new();
    for name in ["eventCoding", "eventUri"] {
        if let Some(value) = header.get(name) {
            event = format!("\"{name}\":");
            write_compact(value, &mut event);
        }
    }
    let id = header.str("id").map(|id| id.into_owned()).or_else(|| id.map(str::to_owned));
    MessageFacts {
        id: id.unwrap_or_default(),
        event,
    }
}
