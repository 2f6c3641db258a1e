//! Transaction and batch.

use super::draft::{Gathering, draft};
use super::request::{Plan, plan};
use super::single::{delete_draft, patched_draft};
use super::{BUSINESS, Context, Parts, STRUCTURE, examine, verdict};
use crate::condition::Condition;
use crate::key;
use crate::problems::Problems;
use crate::rules;
use crate::submission::Rejected;
use crate::unit::{Action, Key, Refused, Shape, Unit};
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Position, Value};
use rustc_hash::FxHashSet;

/// Prepares a bundle of type transaction or batch.
pub(crate) fn prepare(cx: &Context<'_>, root: Value<'_>) -> Result<Parts, Rejected> {
    let (mut whole, mut each, entries) = opened(cx, root);
    let kind = root.str("type");
    let message_id = bundle_identifier(root);
    match kind.as_deref() {
        Some("transaction") => {
            let id = cx.message_id.or(message_id.as_deref());
            let key = id.map(|id| key::message(cx.scope, id, None));
            let unit = transaction(cx, root, &entries, whole, each, key)?;
            Ok((Shape::Transaction, vec![Ok(unit)], message_id))
        }
        Some("batch") => {
            whole.verdict(cx.config.limits.findings)?;
            let positions = positions(root, &entries);
            let units = entries
                .iter()
                .zip(&mut each)
                .enumerate()
                .filter(|(i, _)| cx.only.is_none_or(|only| only == *i))
                .map(|(i, (entry, problems))| {
                    let id = cx.message_id.or(message_id.as_deref());
                    let key = id.map(|id| key::message(cx.scope, id, Some(i)));
                    batch_entry(cx, *entry, i, std::mem::take(problems), key, positions[i])
                });
            let units = units.collect();
            Ok((Shape::Batch, units, message_id))
        }
        _ => {
            if root.str("resourceType").as_deref() == Some("Bundle") {
                let at = root.get("type").unwrap_or(root).position();
                whole.add(STRUCTURE, rules::bundle_type("transaction | batch").at(at));
            }
            each.into_iter().for_each(|p| whole.append(p));
            Err(refused(cx, whole))
        }
    }
}

/// Findings on the whole and on each entry, and the entries.
pub(crate) fn opened<'a>(cx: &Context<'_>, root: Value<'a>) -> (Problems, Vec<Problems>, Vec<Value<'a>>) {
    let mut whole = Problems::default();
    let most = cx.config.limits.entries;
    let entries: Vec<Value<'_>> = root.items("entry").take(most + 1).collect();
    if entries.len() > most {
        whole.add(413, rules::limit("limit-entries", "entry", "entries", most));
        return (whole, Vec::new(), Vec::new());
    }
    let mut each = vec![Problems::default(); entries.len()];
    let (structure, ids) = examine(cx, root);
    for (status, findings) in [(STRUCTURE, structure), (BUSINESS, ids)] {
        for finding in findings {
            match entry_of(&finding).and_then(|i| each.get_mut(i)) {
                Some(problems) => problems.add(status, finding),
                None => whole.add(status, finding),
            }
        }
    }
    let name = root.str("resourceType");
    if name.as_deref() != Some("Bundle") && !whole.refused() {
        whole.add(STRUCTURE, rules::resource_type("", "Bundle").at(root.position()));
    }
    (whole, each, entries)
}

/// The number in `Bundle.entry[3]...`.
pub(crate) fn entry_of(finding: &Finding) -> Option<usize> {
    let rest = finding.expression.strip_prefix("Bundle.entry[")?;
    rest[..rest.find(']')?].parse().ok()
}

/// The producer's identifier of the bundle.
pub(crate) fn bundle_identifier(root: Value<'_>) -> Option<String> {
    let identifier = root.get("identifier")?;
    let value = identifier.str("value").filter(|v| !v.is_empty())?;
    Some(format!("{}|{value}", identifier.str("system").unwrap_or_default()))
}

pub(crate) fn refused(cx: &Context<'_>, problems: Problems) -> Rejected {
    match problems.verdict(cx.config.limits.findings) {
        Err(rejected) => rejected,
        Ok(_) => Rejected::one(STRUCTURE, rules::no_resource("Bundle")),
    }
}

fn transaction(
    cx: &Context<'_>,
    root: Value<'_>,
    entries: &[Value<'_>],
    whole: Problems,
    each: Vec<Problems>,
    key: Option<Key>,
) -> Result<Unit, Rejected> {
    let mut gathering = Gathering::with(whole);
    let mut plans: Vec<Option<Plan>> = Vec::with_capacity(entries.len());
    let mut seen = FxHashSet::default();
    let mut patches = false;
    for (i, entry) in entries.iter().enumerate() {
        let plan = plan(cx, *entry, i, &mut gathering.problems);
        patches |= is_patch(*entry);
        if let Some(plan) = &plan {
            if let Action::Update { id, .. } | Action::Delete { id, .. } = &plan.action
                && !seen.insert((plan.rtype, id.clone()))
            {
                gathering.problems.add(
                    STRUCTURE,
                    rules::duplicate_target(format!("Bundle.entry[{i}]")).at(entry.position()),
                );
            }
            gathering.targets.add(plan.rtype, &plan.action);
        } else {
            gathering.targets.add(
                kilde_fhir::definitions::ResourceType(u8::MAX),
                &Action::Create {
                    id: String::new(),
                    condition: None,
                },
            );
        }
        let asks = plan.as_ref().is_some_and(|p| matches!(p.action, Action::Elsewhere));
        if let Some(url) = entry.str("fullUrl").filter(|_| !asks)
            && gathering
                .targets
                .urls
                .insert(url.into_owned(), u32::try_from(i).unwrap_or(u32::MAX))
                .is_some()
            && !each[i].refused()
        {
            gathering.problems.add(
                STRUCTURE,
                rules::duplicate_target(format!("Bundle.entry[{i}].fullUrl")).at(entry.position()),
            );
        }
        plans.push(plan);
    }
    let positions = positions(root, entries);
    let mut drafts = Vec::with_capacity(entries.len());
    for (i, ((entry, plan), problems)) in entries.iter().zip(plans).zip(each).enumerate() {
        let mut draft = plan.and_then(|plan| entry_draft(cx, &mut gathering, *entry, i, plan));
        if let Some(draft) = &mut draft {
            draft.position = Some(positions[i]);
            if !problems.refused() {
                draft.warnings.extend(problems.findings.iter().cloned());
            }
        }
        if problems.refused() || draft.is_none() {
            gathering.problems.append(problems);
        }
        drafts.extend(draft);
    }
    within(&mut gathering, entries, &drafts);
    let Gathering { conditions, problems, .. } = gathering;
    // What has been done cannot always be done again; commit gives the first answer.
    let repeated = patches && problems.refused() && cx.is_known(key.as_ref());
    if repeated {
        return Ok(repeat(cx.original(root), key, None));
    }
    verdict(cx, problems, |warnings| Unit {
        original: cx.original(root),
        key,
        drafts,
        conditions,
        warnings,
        full_url: None,
        occurred_ms: timestamp(root),
    })
}

fn is_patch(entry: Value<'_>) -> bool {
    entry.get("request").is_some_and(|r| r.str("method").as_deref() == Some("PATCH"))
}

/// A delivery that is in the log already: commit gives the first answer.
fn repeat(original: Vec<u8>, key: Option<Key>, full_url: Option<String>) -> Unit {
    Unit {
        original,
        key,
        drafts: Vec::new(),
        conditions: Vec::new(),
        warnings: Vec::new(),
        full_url,
        occurred_ms: None,
    }
}

fn entry_draft(cx: &Context<'_>, gathering: &mut Gathering, entry: Value<'_>, index: usize, plan: Plan) -> Option<crate::unit::Draft> {
    let start = format!("Bundle.entry[{index}].resource");
    if plan.action.has_no_content() {
        return Some(delete_draft(plan.rtype, plan.action, &format!("Bundle.entry[{index}]")));
    }
    let url = entry.str("fullUrl");
    if let Some(patched) = plan.patched {
        return Some(patched_draft(cx, gathering, plan.rtype, patched, &start, url.as_deref()));
    }
    let resource = entry.get("resource")?;
    Some(draft(cx, gathering, resource, plan.rtype, plan.action, &start, url.as_deref()))
}

/// Lets conditional references find entries of the same bundle: by identifier, if exactly one fits.
fn within(gathering: &mut Gathering, entries: &[Value<'_>], drafts: &[crate::unit::Draft]) {
    if drafts.len() != entries.len() {
        return;
    }
    for condition in &mut gathering.conditions {
        let Some(hash) = condition.identifier_hash() else { continue };
        let mut fits = drafts.iter().enumerate().filter(|(i, d)| {
            d.rtype == condition.rtype
                && d.identifiers.contains(&hash)
                && entries[*i].get("resource").is_some_and(|r| has_identifier(r, condition))
        });
        if let (Some((i, _)), None) = (fits.next(), fits.next()) {
            condition.within = u32::try_from(i).ok();
        }
    }
}

fn has_identifier(resource: Value<'_>, condition: &Condition) -> bool {
    let Some((_, wanted)) = condition.params.first() else {
        return false;
    };
    let (system, value) = wanted.split_once('|').map_or((None, wanted.as_str()), |(s, v)| (Some(s), v));
    resource
        .items("identifier")
        .any(|i| i.str("value").as_deref() == Some(value) && system.is_none_or(|s| i.str("system").as_deref().unwrap_or("") == s))
}

fn batch_entry(
    cx: &Context<'_>,
    entry: Value<'_>,
    index: usize,
    problems: Problems,
    key: Option<Key>,
    position: Position,
) -> Result<Unit, Refused> {
    let full_url = entry.str("fullUrl").map(|u| u.into_owned());
    let original = cx.xml.map_or_else(|| entry.raw().as_bytes().to_vec(), |xml| xml.part(entry));
    let refuse = |rejected| Refused {
        rejected,
        original: original.clone(),
        full_url: full_url.clone(),
    };
    let mut gathering = Gathering::with(problems);
    let Some(plan) = plan(cx, entry, index, &mut gathering.problems) else {
        if is_patch(entry) && cx.is_known(key.as_ref()) {
            return Ok(repeat(original, key, full_url));
        }
        return Err(refuse(refused(cx, gathering.problems)));
    };
    let key = key.or_else(|| {
        let resource = entry.get("resource")?;
        match &plan.action {
            Action::Create { condition: None, .. } => key::producer(cx.scope, resource),
            Action::UpdateBy { .. } if plan.foreign => Some(key::content(cx.scope, "measurement", resource)),
            _ => None,
        }
    });
    let Some(mut draft) = entry_draft(cx, &mut gathering, entry, index, plan) else {
        return Err(refuse(refused(cx, gathering.problems)));
    };
    draft.position = Some(position);
    let Gathering { conditions, problems, .. } = gathering;
    verdict(cx, problems, |warnings| Unit {
        original: original.clone(),
        key,
        drafts: vec![draft],
        conditions,
        warnings,
        full_url: full_url.clone(),
        occurred_ms: None,
    })
    .map_err(refuse)
}

/// Where each entry begins, found in one pass over the text.
pub(crate) fn positions(root: Value<'_>, entries: &[Value<'_>]) -> Vec<Position> {
    let text = root.document().text().as_bytes();
    let (mut line, mut line_start, mut done) = (1, 0, 0);
    let mut out = Vec::with_capacity(entries.len());
    for entry in entries {
        let offset = entry.offset();
        for at in memchr::memchr_iter(b'\n', &text[done..offset]) {
            line += 1;
            line_start = done + at + 1;
        }
        done = offset;
        // Bundles on one line: the column is counted in bytes there, to stay linear.
        let width = offset - line_start;
        let column = if width > 4096 {
            width
        } else {
            text[line_start..offset].iter().filter(|b| (**b & 0xC0) != 0x80).count()
        };
        out.push(Position {
            line,
            column: u32::try_from(column).unwrap_or(u32::MAX - 1) + 1,
        });
    }
    out
}

/// When the bundle was made, according to the source.
pub(crate) fn timestamp(root: Value<'_>) -> Option<i64> {
    Some(kilde_fhir::date::parse(&root.str("timestamp")?)?.from_ms)
}
