//! Whose the resources of a unit are, and whether the writer may write about them.

use super::batch::Batch;
use super::resolve::{Resolved, located};
use super::store::Current;
use crate::done::Refusal;
use crate::problems::Problems;
use crate::rules;
use crate::unit::{Action, Draft, PersonOf, PersonRef, Prepared, Unit};
use kilde_access::Relations;
use kilde_access::smart::Permissions;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_log::{Change, PersonNo};

/// Somebody the log does not know yet: within a scope over everybody only.
const NEW: PersonNo = PersonNo(u32::MAX);

/// Whether the writer writes about certain persons, and not about everybody.
pub(super) fn is_about_some(request: &Prepared) -> bool {
    !matches!(request.scope.persons(), kilde_access::Persons::Every)
}

/// The persons of a unit.
pub(super) struct Persons {
    /// One for each draft.
    pub(super) of: Vec<PersonNo>,
    pub(super) links: Vec<(PersonNo, PersonNo)>,
    /// Warnings for each draft.
    pub(super) warnings: Vec<Vec<Finding>>,
}

/// Who a draft is about, before anybody new is made.
enum Who {
    Nobody,
    Known(PersonNo),
    /// As in another draft of the unit, a Patient.
    Draft(usize),
    /// Named by these identities, the first is the strongest.
    Named(Vec<String>),
}

impl Batch<'_> {
    /// Finds everyone, asks whether the writer may, and only then makes those who are new.
    pub(super) fn persons(
        &mut self,
        request: &Prepared,
        unit: &Unit,
        resolved: &[Resolved],
        references: &[String],
    ) -> Result<Persons, Refusal> {
        let mut problems = Problems::default();
        let mut warnings: Vec<Vec<Finding>> = vec![Vec::new(); unit.drafts.len()];
        let mut who = Vec::with_capacity(unit.drafts.len());
        for (i, (draft, r)) in unit.drafts.iter().zip(resolved).enumerate() {
            let one = self.who(request, unit, draft, r, resolved, references, &mut problems, &mut warnings[i])?;
            who.push(one);
        }
        for ((draft, r), w) in unit.drafts.iter().zip(resolved).zip(&who) {
            if r.change.is_some() && !self.permitted(request, draft, w, &who)? {
                problems.add(403, located(rules::write_forbidden(""), draft));
            }
        }
        if problems.refused() {
            return Err(Refusal::Input(problems));
        }
        self.make(&who, resolved, warnings)
    }

    #[allow(clippy::too_many_arguments)]
    fn who(
        &mut self,
        request: &Prepared,
        unit: &Unit,
        draft: &Draft,
        r: &Resolved,
        resolved: &[Resolved],
        references: &[String],
        problems: &mut Problems,
        warnings: &mut Vec<Finding>,
    ) -> Result<Who, Refusal> {
        if r.change == Some(Change::Deleted) {
            return Ok(r.before.as_ref().map_or(Who::Nobody, |b| Who::Known(b.person)));
        }
        let (by, beside) = match &draft.person {
            PersonOf::Nobody => return Ok(Who::Nobody),
            PersonOf::Own(nins) => {
                let own = std::iter::once(format!("Patient/{}", r.id));
                return Ok(Who::Named(own.chain(nins.iter().cloned()).collect()));
            }
            PersonOf::Referenced { by, beside } => (by, beside),
        };
        let patient = match by {
            PersonRef::Nin(nin) => return Ok(Who::Named(vec![nin.clone()])),
            PersonRef::Entry(n) => return self.as_draft(unit, *n as usize, resolved),
            PersonRef::Condition(n) => {
                let condition = unit.conditions.get(*n as usize);
                let text = references.get(*n as usize).cloned().unwrap_or_default();
                if let Some(within) = condition.and_then(|c| c.within)
                    && resolved.get(within as usize).is_some_and(|t| text == format!("Patient/{}", t.id))
                {
                    return self.as_draft(unit, within as usize, resolved);
                }
                text
            }
            PersonRef::Patient(id) => {
                let inside = unit
                    .drafts
                    .iter()
                    .zip(resolved)
                    .position(|(d, t)| matches!(d.person, PersonOf::Own(_)) && t.id == *id);
                if let Some(inside) = inside {
                    return self.as_draft(unit, inside, resolved);
                }
                format!("Patient/{id}")
            }
        };
        let known = self.appender().person(&patient)?;
        let beside_known = match beside {
            Some(nin) => self.appender().person(nin)?,
            None => None,
        };
        if is_about_some(request) {
            // Whoever writes about certain persons names nobody else beside them, known here or not: no answer tells which. Who is
            // named is judged, and refused as a stranger is.
            let within = |person: Option<PersonNo>| person.is_some_and(|p| request.scope.persons().contains(p));
            if !within(known) {
                return Ok(Who::Named(vec![patient]));
            }
            if let Some(nin) = beside.as_ref().filter(|_| !within(beside_known)) {
                return Ok(Who::Named(vec![nin.clone()]));
            }
        }
        match (known, beside_known) {
            (Some(one), Some(other)) if one != other && !self.same_person(one, other) => {
                problems.add(422, located(rules::person_mismatch(""), draft));
                Ok(Who::Known(one))
            }
            (Some(_), _) => {
                // A Patient that others have delivered, out of the writer's reach, is told of as one that nobody has.
                if !self.reaches_patient(request, &patient)? {
                    warnings.push(located(rules::unknown_patient(""), draft));
                }
                Ok(Who::Named(vec![patient]))
            }
            (None, _) => {
                warnings.push(located(rules::unknown_patient(""), draft));
                Ok(Who::Named(vec![beside.clone().unwrap_or(patient)]))
            }
        }
    }

    fn reaches_patient(&mut self, request: &Prepared, reference: &str) -> Result<bool, Refusal> {
        let found = ResourceType::from_name("Patient").zip(reference.strip_prefix("Patient/"));
        match found {
            Some((rtype, id)) => Ok(matches!(self.current(request, rtype, id)?, Current::Known(_))),
            None => Ok(false),
        }
    }

    /// As in the draft with that number; a Patient that is there already is known by its id.
    fn as_draft(&mut self, unit: &Unit, number: usize, resolved: &[Resolved]) -> Result<Who, Refusal> {
        match (unit.drafts.get(number), resolved.get(number)) {
            (Some(_), Some(r)) if r.change.is_none() => {
                let earlier = resolved[..number].iter().position(|e| e.id == r.id && e.change.is_some());
                Ok(earlier.map_or_else(|| Who::Named(vec![format!("Patient/{}", r.id)]), Who::Draft))
            }
            (Some(_), Some(_)) => Ok(Who::Draft(number)),
            _ => Ok(Who::Nobody),
        }
    }

    fn permitted(&mut self, request: &Prepared, draft: &Draft, who: &Who, all: &[Who]) -> Result<bool, Refusal> {
        let scope = &request.scope;
        let Some(source) = scope.source() else { return Ok(false) };
        let wanted = match &draft.action {
            Action::Create { .. } => Permissions::CREATE,
            Action::Delete { .. } | Action::DeleteBy { .. } => Permissions::DELETE,
            // Of an id that nobody has it makes a new resource: the scope of updates allows that.
            _ => Permissions::UPDATE,
        };
        if !scope.leaves(draft.rtype.name(), wanted) {
            return Ok(false);
        }
        let who = match who {
            Who::Draft(n) => all.get(*n).unwrap_or(who),
            other => other,
        };
        let may = |person| scope.permits_write(person, draft.category, source);
        Ok(match who {
            Who::Nobody => may(PersonNo::NONE),
            Who::Known(person) => may(*person),
            Who::Draft(_) => false,
            Who::Named(names) => {
                let mut anybody = false;
                for name in names {
                    match self.appender().person(name)? {
                        Some(person) if may(person) => anybody = true,
                        Some(_) => return Ok(false),
                        // A number that nobody has here is refused as another's is, unless everybody may be written about.
                        None if name.starts_with("nin|") && !may(NEW) => return Ok(false),
                        None => {}
                    }
                }
                anybody || may(NEW)
            }
        })
    }

    fn make(&mut self, who: &[Who], resolved: &[Resolved], warnings: Vec<Vec<Finding>>) -> Result<Persons, Refusal> {
        let mut of = vec![PersonNo::NONE; who.len()];
        let mut links = Vec::new();
        for (i, w) in who.iter().enumerate() {
            if resolved.get(i).is_none_or(|r| r.change.is_none()) {
                continue;
            }
            match w {
                Who::Nobody | Who::Draft(_) => {}
                Who::Known(person) => of[i] = *person,
                Who::Named(names) => of[i] = self.named(names, &mut links)?,
            }
        }
        for (i, w) in who.iter().enumerate() {
            if let Who::Draft(n) = w {
                of[i] = of.get(*n).copied().unwrap_or(PersonNo::NONE);
            }
        }
        links.sort_unstable();
        links.dedup();
        Ok(Persons { of, links, warnings })
    }

    fn same_person(&self, one: PersonNo, other: PersonNo) -> bool {
        self.committer.index.same_person(one).contains(&other)
    }

    /// The person of several identities; two that name different people are linked.
    fn named(&mut self, names: &[String], links: &mut Vec<(PersonNo, PersonNo)>) -> Result<PersonNo, Refusal> {
        let mut strongest = names.get(1).or_else(|| names.first()).cloned().unwrap_or_default();
        for name in names {
            if self.appender().person(name)?.is_some() {
                strongest.clone_from(name);
                break;
            }
        }
        let person = self.appender().person_or_new(&strongest)?;
        for name in names {
            let other = self.appender().also_known_as(person, name)?;
            if other != person && !self.same_person(person, other) {
                links.push((person, other));
            }
        }
        Ok(person)
    }
}
