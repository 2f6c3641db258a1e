//! OKT prototype: each decision becomes an EpisodeOfCare, recognised by its identifier.

use super::bundle::positions;
use super::draft::{Gathering, draft};
use super::request::new_id;
use super::{BUSINESS, Context, verdict};
use crate::condition::Condition;
use crate::key;
use crate::okt::{derived_identifier, read, to_episode};
use crate::rules;
use crate::submission::Rejected;
use crate::unit::{Action, Expects, PersonOf, PersonRef, Unit};
use kilde_fhir::date::local_date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Limits, Value, parse};
use rustc_hash::FxHashMap;

/// Prepares what `POST /okt-events` delivers.
pub(crate) fn prepare(cx: &Context<'_>, root: Value<'_>) -> Result<Unit, Rejected> {
    let mut gathering = Gathering::default();
    let (event, findings) = read(root, cx.config.world, cx.config.limits.entries);
    for finding in findings {
        let status = match finding.rule {
            "limit-entries" => 413,
            "okt-structure" | "okt-messages" | "okt-text" | "okt-boolean" => super::STRUCTURE,
            _ => BUSINESS,
        };
        gathering.problems.add(status, finding);
    }
    let Some((event, rtype)) = event.zip(ResourceType::from_name("EpisodeOfCare")) else {
        return Err(match gathering.problems.verdict(cx.config.limits.findings) {
            Err(rejected) => rejected,
            Ok(_) => Rejected::one(BUSINESS, rules::no_resource("OktEvent")),
        });
    };
    let organisation = cx.scope.organisation().unwrap_or_default();
    let today = local_date(cx.received_ms);
    let mut occurrences: FxHashMap<String, usize> = FxHashMap::default();
    let mut drafts = Vec::with_capacity(event.messages.len());
    let list: Vec<Value<'_>> = root.items("oktMessages").collect();
    let places = positions(root, &list);
    for (i, message) in event.messages.iter().enumerate() {
        let derived = |occurrence| derived_identifier(|named| cx.naming.hash(named), organisation, &event.person, message, occurrence);
        let identifier = message.identifier.clone().unwrap_or_else(|| {
            let first = derived(0);
            let count = occurrences.entry(first.value.clone()).or_default();
            *count += 1;
            if *count == 1 { first } else { derived(*count - 1) }
        });
        let path = format!("OktEvent.oktMessages[{i}]");
        let text = to_episode(message, &event.person, organisation, &identifier, today);
        let Ok(doc) = parse(text, Limits::default()) else {
            gathering.problems.add(BUSINESS, rules::no_resource(path));
            continue;
        };
        let mut condition = Condition::own_identifier(rtype, &identifier.system, &identifier.value);
        condition.expression.clone_from(&path);
        let action = Action::UpdateBy {
            condition,
            new_id: new_id(),
            given: None,
            expects: Expects::default(),
        };
        let mut draft = draft(cx, &mut gathering, doc.root(), rtype, action, &path, None);
        draft.person = PersonOf::Referenced {
            by: PersonRef::Nin(format!("nin|{}", event.person.as_str())),
            beside: None,
        };
        draft.position = places.get(i).copied();
        drafts.push(draft);
    }
    let key = cx
        .message_id
        .map_or_else(|| key::content(cx.scope, "okt", root), |id| key::message(cx.scope, id, None));
    let Gathering { conditions, problems, .. } = gathering;
    verdict(cx, problems, |warnings| Unit {
        original: root.document().text().as_bytes().to_vec(),
        key: Some(key),
        drafts,
        conditions,
        warnings,
        full_url: None,
        occurred_ms: None,
    })
}
