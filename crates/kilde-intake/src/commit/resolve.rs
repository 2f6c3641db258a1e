//! One unit against the state of the store: which ids, which versions, whose; then the event.

use super::batch::{Batch, Head, Ready};
use super::persons::is_about_some;
use super::store::{Current, placed};
use crate::condition::Condition;
use crate::done::{Done, DoneEntry, Refusal};
use crate::problems::Problems;
use crate::rules;
use crate::template::Hole;
use crate::unit::{Action, Draft, Expects, Prepared, Unit};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, operation_outcome};
use kilde_log::{Change, Entry, Envelope, NewEvent, PersonNo};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// What a draft has become.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) id: String,
    pub(super) version: u32,
    /// `None` if nothing is stored for it.
    pub(super) change: Option<Change>,
    pub(super) status: u16,
    /// What was there before.
    pub(super) before: Option<Head>,
}

impl Resolved {
    fn new(id: String) -> Resolved {
        Resolved {
            id,
            version: 1,
            change: Some(Change::Created),
            status: 201,
            before: None,
        }
    }

    fn nothing(id: String, version: u32, status: u16) -> Resolved {
        Resolved {
            id,
            version,
            change: None,
            status,
            before: None,
        }
    }
}

impl Batch<'_> {
    /// The event of a unit; or, inside, the answer if there is nothing to store.
    pub(super) fn ready(&mut self, request: &Prepared, unit: &mut Unit) -> Result<Result<Ready, Done>, Refusal> {
        let mut problems = Problems::default();
        let mut resolved = vec![Resolved::nothing(String::new(), 0, 0); unit.drafts.len()];
        let mut deleted = Deleted::default();
        // The specification's order: what is deleted is met by no condition of the rest.
        let mut order: Vec<usize> = (0..unit.drafts.len()).collect();
        order.sort_by_key(|number| unit.drafts.get(*number).map(|d| turn(&d.action)));
        for number in order {
            let one = self.resolve(request, &unit.drafts, number, &resolved, &deleted, &mut problems)?;
            if one.change == Some(Change::Deleted) {
                deleted.insert((unit.drafts[number].rtype, one.id.clone()));
            }
            resolved[number] = one;
        }
        unique(&unit.drafts, &resolved, &mut problems);
        let references = self.references(request, unit, &resolved, &deleted, &mut problems)?;
        if problems.refused() {
            return Err(Refusal::Input(problems));
        }
        let persons = self.persons(request, unit, &resolved, &references)?;
        for (draft, warnings) in unit.drafts.iter_mut().zip(persons.warnings) {
            draft.warnings.extend(warnings);
        }
        let done = answer(request, unit, &resolved);
        if resolved.iter().all(|r| r.change.is_none()) {
            return Ok(Err(done));
        }
        Ok(Ok(event(request, unit, &resolved, &references, &persons.of, persons.links, done)))
    }

    fn resolve(
        &mut self,
        request: &Prepared,
        drafts: &[Draft],
        number: usize,
        earlier: &[Resolved],
        deleted: &Deleted,
        problems: &mut Problems,
    ) -> Result<Resolved, Refusal> {
        let Some(draft) = drafts.get(number) else {
            return Err(Refusal::Storage);
        };
        let refuse = |problems: &mut Problems, status: u16, finding: Finding| {
            problems.add(status, located(finding, draft));
            Ok(Resolved::nothing(String::new(), 0, status))
        };
        match &draft.action {
            Action::Create { id, condition: None } => Ok(Resolved::new(id.clone())),
            Action::Create {
                id,
                condition: Some(condition),
            } => {
                if let Some(same) = same_create(drafts, number, condition).and_then(|i| earlier.get(i)) {
                    return Ok(Resolved::nothing(same.id.clone(), same.version, 200));
                }
                let mut found = self.matches(request, condition, deleted)?;
                match (found.pop(), found.is_empty()) {
                    (None, _) => Ok(Resolved::new(id.clone())),
                    (Some((id, version)), true) => Ok(Resolved::nothing(id, version, 200)),
                    _ => refuse(problems, 412, placed(rules::condition_many(""), condition)),
                }
            }
            Action::UpdateBy {
                condition,
                new_id,
                given,
                expects,
            } => {
                let mut found = self.matches(request, condition, deleted)?;
                match (found.pop(), found.is_empty()) {
                    (None, _) if same_update(drafts, number, condition) => {
                        refuse(problems, 400, placed(rules::duplicate_target(""), condition))
                    }
                    (None, _) if expects.version.is_some() => refuse(problems, 412, rules::version_conflict("")),
                    (None, _) => match given {
                        Some(id) => self.update_as_create(request, draft, id, problems),
                        None => Ok(Resolved::new(new_id.clone())),
                    },
                    (Some((id, _)), true) if given.as_ref().is_some_and(|given| *given != id) => {
                        refuse(problems, 400, rules::id_of_another(""))
                    }
                    (Some((id, _)), true) => self.update(request, draft, &id, *expects, problems),
                    _ => refuse(problems, 412, placed(rules::condition_many(""), condition)),
                }
            }
            Action::Update { id, expects } => self.update(request, draft, id, *expects, problems),
            // Whoever asks intake and answers reads puts its answer here.
            Action::Elsewhere => Ok(Resolved::nothing(String::new(), 0, 501)),
            Action::DeleteBy { condition, if_match } => {
                let mut found = self.matches(request, condition, deleted)?;
                match (found.pop(), found.is_empty()) {
                    (None, _) => Ok(Resolved::nothing(String::new(), 0, 204)),
                    (Some((id, _)), true) => self.delete(request, draft, &id, *if_match, problems),
                    _ => refuse(problems, 412, placed(rules::condition_many(""), condition)),
                }
            }
            Action::Delete { id, if_match } => self.delete(request, draft, id, *if_match, problems),
        }
    }

    fn delete(
        &mut self,
        request: &Prepared,
        draft: &Draft,
        id: &str,
        if_match: Option<u32>,
        problems: &mut Problems,
    ) -> Result<Resolved, Refusal> {
        match self.current(request, draft.rtype, id)? {
            Current::Known(head) if !head.deleted => {
                let expects = Expects {
                    version: if_match,
                    ..Expects::default()
                };
                let mut next = self.next(request, draft, id, head, expects, problems);
                next.status = 204;
                next.change = next.change.map(|_| Change::Deleted);
                Ok(next)
            }
            // Absent, hidden and deleted already look the same.
            _ => Ok(Resolved::nothing(id.to_owned(), 0, 204)),
        }
    }

    fn update(
        &mut self,
        request: &Prepared,
        draft: &Draft,
        id: &str,
        expects: Expects,
        problems: &mut Problems,
    ) -> Result<Resolved, Refusal> {
        match self.current(request, draft.rtype, id)? {
            // The same for an id that nothing has and for one that is out of reach. Only who writes for a whole source chooses ids.
            Current::Absent | Current::Hidden if is_about_some(request) => {
                problems.add(404, located(rules::not_found(""), draft));
                Ok(Resolved::nothing(id.to_owned(), 0, 404))
            }
            Current::Absent | Current::Hidden if expects.version.is_some() => {
                problems.add(412, located(rules::version_conflict(""), draft));
                Ok(Resolved::nothing(id.to_owned(), 0, 412))
            }
            Current::Absent | Current::Hidden if !self.committer.update_create => {
                problems.add(405, located(rules::update_create(""), draft));
                Ok(Resolved::nothing(id.to_owned(), 0, 405))
            }
            Current::Absent => Ok(Resolved::new(id.to_owned())),
            Current::Hidden => {
                problems.add(404, located(rules::not_found(""), draft));
                Ok(Resolved::nothing(id.to_owned(), 0, 404))
            }
            Current::Known(head) if expects.absent && !head.deleted => {
                problems.add(412, located(rules::already_there(""), draft));
                Ok(Resolved::nothing(id.to_owned(), 0, 412))
            }
            Current::Known(head) => Ok(self.next(request, draft, id, head, expects, problems)),
        }
    }

    /// What met no condition, under the id that the client gave. What is there under it and does not meet the condition is another resource.
    fn update_as_create(&mut self, request: &Prepared, draft: &Draft, id: &str, problems: &mut Problems) -> Result<Resolved, Refusal> {
        match self.current(request, draft.rtype, id)? {
            Current::Known(head) if !head.deleted => {
                problems.add(409, located(rules::id_of_another(""), draft));
                Ok(Resolved::nothing(id.to_owned(), 0, 409))
            }
            _ => self.update(request, draft, id, Expects::default(), problems),
        }
    }

    /// The version after `head`, if the writer is its source and means that version.
    fn next(&self, request: &Prepared, draft: &Draft, id: &str, head: Head, expects: Expects, problems: &mut Problems) -> Resolved {
        let scope = &request.scope;
        let mut refuse = |status: u16, finding: Finding| {
            problems.add(status, located(finding, draft));
            Resolved::nothing(id.to_owned(), head.version, status)
        };
        if scope.source() != Some(head.source.as_ref()) {
            return refuse(403, rules::not_the_source(""));
        }
        if !scope.permits_write(head.person, head.category, &head.source) {
            return refuse(403, rules::write_forbidden(""));
        }
        if expects.version.is_some_and(|version| version != head.version) {
            return match expects.patched {
                true => refuse(409, rules::patch_raced("")),
                false => refuse(412, rules::version_conflict("")),
            };
        }
        let Some(version) = head.version.checked_add(1) else {
            return refuse(412, rules::version_conflict(""));
        };
        let status = if head.deleted { 201 } else { 200 };
        Resolved {
            id: id.to_owned(),
            version,
            change: Some(Change::Updated),
            status,
            before: Some(head),
        }
    }

    /// `Type/id` for each condition of the unit's references.
    fn references(
        &mut self,
        request: &Prepared,
        unit: &Unit,
        resolved: &[Resolved],
        deleted: &Deleted,
        problems: &mut Problems,
    ) -> Result<Vec<String>, Refusal> {
        let mut out = Vec::with_capacity(unit.conditions.len());
        for condition in &unit.conditions {
            let mut found = self.matches(request, condition, deleted)?;
            let within = condition.within.and_then(|i| resolved.get(i as usize)).map(|r| r.id.as_str());
            let id = match (found.pop(), found.is_empty(), within) {
                (Some((id, _)), true, _) => id,
                (None, _, Some(id)) => id.to_owned(),
                (None, _, None) => {
                    problems.add(422, placed(rules::condition_none(""), condition));
                    String::new()
                }
                _ => {
                    problems.add(412, placed(rules::condition_many(""), condition));
                    String::new()
                }
            };
            out.push(format!("{}/{id}", condition.rtype.name()));
        }
        Ok(out)
    }
}

/// Resources that the unit deletes.
pub(super) type Deleted = FxHashSet<(ResourceType, String)>;

/// When an action has its turn: what deletes, what creates, what updates.
fn turn(action: &Action) -> u8 {
    match action {
        Action::Delete { .. } | Action::DeleteBy { .. } => 0,
        Action::Create { .. } => 1,
        Action::Update { .. } | Action::UpdateBy { .. } => 2,
        Action::Elsewhere => 3,
    }
}

/// The finding at the place of the draft.
pub(super) fn located(mut finding: Finding, draft: &Draft) -> Finding {
    if finding.expression.is_empty() {
        finding.expression.clone_from(&draft.expression);
    }
    finding.position = finding.position.or(draft.position);
    finding
}

/// The earlier create of the same unit with the same condition.
fn same_create(drafts: &[Draft], number: usize, condition: &Condition) -> Option<usize> {
    drafts[..number]
        .iter()
        .position(|d| matches!(&d.action, Action::Create { condition: Some(c), .. } if c.same(condition)))
}

fn same_update(drafts: &[Draft], number: usize, condition: &Condition) -> bool {
    drafts[..number]
        .iter()
        .any(|d| matches!(&d.action, Action::UpdateBy { condition: c, .. } if c.same(condition)))
}

/// No two drafts of one unit make versions of the same resource.
fn unique(drafts: &[Draft], resolved: &[Resolved], problems: &mut Problems) {
    if drafts.iter().all(|d| matches!(d.action, Action::Create { condition: None, .. })) {
        return;
    }
    let mut seen: FxHashSet<(ResourceType, &str)> = FxHashSet::default();
    for (draft, r) in drafts.iter().zip(resolved) {
        if r.change.is_some() && !seen.insert((draft.rtype, &r.id)) {
            problems.add(400, located(rules::duplicate_target(""), draft));
        }
    }
}

fn answer(request: &Prepared, unit: &Unit, resolved: &[Resolved]) -> Done {
    let mut findings = unit.warnings.clone();
    let entries = unit
        .drafts
        .iter()
        .zip(resolved)
        .map(|(draft, r)| {
            findings.extend(draft.warnings.iter().cloned());
            DoneEntry {
                status: r.status,
                rtype: draft.rtype.name().to_owned(),
                id: r.id.clone(),
                version: r.version,
                made: r.change.is_some(),
                outcome: (!draft.warnings.is_empty()).then(|| operation_outcome(&draft.warnings)),
            }
        })
        .collect();
    Done {
        received_ms: request.received_ms,
        entries,
        findings,
        ..Done::default()
    }
}

fn event(
    request: &Prepared,
    unit: &mut Unit,
    resolved: &[Resolved],
    references: &[String],
    persons: &[PersonNo],
    links: Vec<(PersonNo, PersonNo)>,
    mut done: Done,
) -> Ready {
    let scope = &request.scope;
    let source: Arc<str> = scope.source().unwrap_or_default().into();
    let targets: Vec<(ResourceType, &str)> = unit.drafts.iter().zip(resolved).map(|(d, r)| (d.rtype, r.id.as_str())).collect();
    let target = |n: u32| {
        targets
            .get(n as usize)
            .map_or(String::new(), |(rtype, id)| format!("{}/{id}", rtype.name()))
    };
    let mut entries = Vec::with_capacity(resolved.len());
    let mut heads = Vec::with_capacity(resolved.len());
    let mut identifiers = Vec::new();
    let drafts = std::mem::take(&mut unit.drafts);
    for ((draft, r), person) in drafts.into_iter().zip(resolved).zip(persons) {
        let Some(change) = r.change else { continue };
        let deleted = change == Change::Deleted;
        let payload = if deleted {
            Vec::new()
        } else {
            draft.template.fill(|hole| match hole {
                Hole::Version => r.version.to_string(),
                Hole::Id => r.id.clone(),
                Hole::Entry(n) => target(n),
                Hole::Condition(n) => references.get(n as usize).cloned().unwrap_or_default(),
            })
        };
        let category = if deleted {
            r.before.as_ref().map_or(draft.category, |b| b.category)
        } else {
            draft.category
        };
        let head = Head {
            version: r.version,
            deleted,
            person: *person,
            category,
            source: source.clone(),
        };
        heads.push(((draft.rtype, r.id.clone()), head));
        identifiers.push((draft.rtype, draft.identifiers));
        entries.push(Entry {
            person: *person,
            rtype: draft.rtype.0,
            id: r.id.clone(),
            version: r.version,
            change,
            payload,
        });
    }
    let mut concerned: Vec<PersonNo> = entries.iter().map(|e| e.person).filter(|p| p.is_some()).collect();
    concerned.sort_unstable();
    concerned.dedup();
    done.persons.clone_from(&concerned);
    let envelope = Envelope {
        kind: request.shape.name(&request.kind).to_owned(),
        source: source.to_string(),
        organisation: scope.organisation().unwrap_or_default().to_owned(),
        client: scope.client().to_owned(),
        received_ms: request.received_ms,
        occurred_ms: unit.occurred_ms,
        message_id: request.message_id.clone(),
        format: request.format.to_owned(),
        persons: concerned,
    };
    let event = NewEvent {
        envelope,
        original: std::mem::take(&mut unit.original),
        answer: done.to_bytes(),
        message_key: unit.key.take().map(|k| k.bytes),
        links,
        entries,
    };
    Ready {
        event,
        done,
        heads,
        identifiers,
    }
}
