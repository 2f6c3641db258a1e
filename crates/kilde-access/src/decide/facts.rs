//! Facts about a question, gathered before the policies see them, and their form as Cedar
//! entities. A fact says what is; what follows from it stands in the policies.

use super::acting;
use crate::agreement::Agreement;
use crate::category::{Categories, Category};
use crate::identity::{Actor, Attestation, Identity, Purpose};
use crate::instance::{ClientKind, InstancePolicy, RegisteredClient, UnitKind};
use crate::policy::{Kind, Policies};
use crate::proxy::Marks;
use crate::question::{Action, Question};
use crate::roles::Reach;
use kilde_fhir::national_id::World;
use smallvec::SmallVec;

/// Facts about the attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttestationFacts {
    pub age_seconds: i64,
    pub complete: bool,
    pub has_patient: bool,
    pub same_patient: bool,
    pub same_practitioner: bool,
    pub same_legal_entity: bool,
    pub authorization_matches: bool,
    pub self_declared: bool,
    pub purpose: Option<Purpose>,
}

/// Facts about who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Personnel {
        level: i64,
        own: bool,
        agreement_exists: bool,
        agreement_covers: bool,
        agreement_ended: bool,
        office: &'static str,
        may_write: bool,
    },
    Citizen {
        level: i64,
        is_self: bool,
        is_proxy: bool,
        claims_proxy: bool,
    },
    System {
        registered: bool,
        test: bool,
        may_write: bool,
        may_export: bool,
    },
}

impl Who {
    /// The kind of principal.
    pub fn kind(self) -> Kind {
        match self {
            Who::Personnel { .. } => Kind::Personnel,
            Who::Citizen { .. } => Kind::Citizen,
            Who::System { .. } => Kind::System,
        }
    }
}

/// Everything that a policy sees, and nothing else: the same facts always get the same answer, which is remembered by them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facts {
    pub who: Who,
    pub action: Action,
    pub production: bool,
    pub allows_self_declared: bool,
    pub scope_granted: bool,
    pub about_person: bool,
    pub recorded: bool,
    pub reason: bool,
    pub role_reaches: bool,
    pub descriptions_asked: bool,
    pub descriptions_reached: bool,
    pub service: String,
    pub attestation: Option<AttestationFacts>,
}

impl Facts {
    /// The same facts to these policies, with an age of the attestation that they cannot tell from its own.
    pub fn told_to(mut self, policies: &Policies) -> Facts {
        if let Some(attestation) = &mut self.attestation {
            attestation.age_seconds = policies.age_told(attestation.age_seconds);
        }
        self
    }
}

/// The facts, and what a scope is made of after a permit.
#[derive(Debug)]
pub struct Gathered {
    pub facts: Facts,
    pub reach: Reach,
    pub unit: Option<UnitKind>,
    pub purpose: Option<Purpose>,
    pub writable: Categories,
    /// What is kept from a citizen who asks.
    pub hides: Marks,
    /// When the agreement that covers this ends.
    pub until_ms: Option<i64>,
}

/// Gathers.
pub fn gather(question: &Question<'_>) -> Gathered {
    let identity = question.identity;
    let policy = question.instance;
    let attestation = match identity.actor {
        Actor::Personnel { .. } => identity.attestation.as_ref(),
        _ => None,
    };
    let client = policy.client(&identity.client, identity.legal_entity.as_deref(), identity.unit.as_deref());
    let purpose = attestation.and_then(|a| a.purpose);
    let facts = Facts {
        who: Who::System {
            registered: false,
            test: false,
            may_write: false,
            may_export: false,
        },
        action: question.action,
        production: policy.world == World::Production,
        allows_self_declared: policy.self_declared,
        scope_granted: scopes_for(question.action, &identity.actor).iter().any(|s| identity.has_scope(s))
            // SMART scopes name resources: a token that has them reaches nothing else.
            && crate::smart::Narrowing::leaves_anything(question),
        about_person: question.person.is_some() || question.nin.is_some(),
        recorded: false,
        reason: question.reason.is_some_and(in_words),
        role_reaches: false,
        descriptions_asked: question.descriptions,
        descriptions_reached: false,
        service: question.service.unwrap_or_default().to_owned(),
        attestation: attestation.map(|a| about_attestation(question, a)),
    };
    let mut gathered = Gathered {
        facts,
        reach: Reach::default(),
        unit: None,
        purpose,
        writable: client
            .filter(|c| c.may_write && c.kind != ClientKind::Operator)
            .map_or(Categories::NONE, |c| c.categories),
        hides: Marks::NONE,
        until_ms: None,
    };
    match &identity.actor {
        Actor::Personnel { level, .. } => personnel(question, attestation, client, *level, &mut gathered),
        Actor::Citizen { pid, level, .. } => {
            // Whom the token is about is herself only where she does not act for another.
            let is_self =
                question.nin.is_some_and(|nin| nin.as_str() == pid) || (!identity.claims_proxy && asks_about_own_person(question));
            let acting = match is_self {
                true => Some(acting::for_herself(question)),
                false => acting::for_another(question, pid),
            };
            gathered.facts.who = Who::Citizen {
                level: i64::from(*level),
                is_self,
                is_proxy: !is_self && acting.is_some(),
                claims_proxy: identity.claims_proxy,
            };
            gathered.reach = Reach {
                categories: acting.map_or(Categories::NONE, |acting| acting.categories),
                descriptions: true,
            };
            gathered.hides = acting.map_or(Marks::NONE, |acting| acting.hides);
            gathered.facts.role_reaches = true;
        }
        Actor::System => {
            gathered.facts.who = Who::System {
                registered: client.is_some_and(|c| matches!(c.kind, ClientKind::Source | ClientKind::Test)),
                test: client.is_some_and(|c| c.kind == ClientKind::Test),
                may_write: client.is_some_and(|c| c.may_write),
                may_export: client.is_some_and(|c| c.may_export),
            };
            gathered.reach = Reach {
                categories: Categories::ALL,
                descriptions: true,
            };
            gathered.facts.role_reaches = true;
        }
    }
    gathered.facts.descriptions_reached = gathered.reach.descriptions;
    gathered
}

fn personnel(
    question: &Question<'_>,
    attestation: Option<&Attestation>,
    client: Option<&RegisteredClient>,
    level: u8,
    gathered: &mut Gathered,
) {
    let identity = question.identity;
    let policy = question.instance;
    let own = match (&identity.legal_entity, &identity.unit) {
        (Some(legal_entity), _) => policy.owns(legal_entity),
        (None, Some(unit)) => policy.owns(unit),
        (None, None) => false,
    };
    let party = identity.legal_entity.as_deref().or(identity.unit.as_deref());
    let own_kind = own.then(|| own_unit(policy, identity, attestation));
    // Without an attestation the office that decides on services coordinates, everybody else treats.
    let usual = if own_kind == Some(UnitKind::Tjenestekontor) {
        Purpose::Coc
    } else {
        Purpose::Treat
    };
    let purpose = gathered.purpose.unwrap_or(usual);
    let agreements = || policy.agreements.iter().filter(|a| !own && Some(a.legal_entity.as_str()) == party);
    let winds_up = |a: &&Agreement| a.winds_up(question.service, purpose, question.now_ms);
    // After its end an agreement reaches only those whom the party is treating, for as long as it says.
    let treated = agreements().any(|a| winds_up(&a)) && party.is_some_and(|party| recorded(question, party));
    let covers = |a: &&Agreement| a.covers(question.service, purpose, question.now_ms) || (treated && winds_up(a));
    let covering: SmallVec<[&Agreement; 2]> = agreements().filter(covers).collect();
    let ended = covering.is_empty() && agreements().next().is_some() && agreements().all(|a| a.has_ended(question.now_ms));
    let ends = covering.iter().map(|a| a.holds_until(question.now_ms).unwrap_or(i64::MAX));
    gathered.until_ms = ends.max();
    gathered.facts.who = Who::Personnel {
        level: i64::from(level),
        own,
        agreement_exists: agreements().next().is_some(),
        agreement_covers: !covering.is_empty(),
        agreement_ended: ended,
        office: match client.map(|c| c.kind) {
            Some(ClientKind::Operator) => "operator",
            Some(ClientKind::PrivacyOfficer) => "privacy-officer",
            Some(ClientKind::Manager) => "manager",
            Some(ClientKind::Administrator) => "administrator",
            _ => "none",
        },
        may_write: client.is_some_and(|c| c.may_write && c.kind == ClientKind::Source),
    };
    let reach_in = |unit: UnitKind| reach(policy, identity, attestation, unit, purpose);
    let unit = own_kind.or(covering.first().map(|a| a.unit)).unwrap_or(UnitKind::Annet);
    gathered.unit = Some(unit);
    gathered.reach = if covering.is_empty() {
        reach_in(unit)
    } else {
        // Whatever one of them permits is permitted: another agreement beside it takes nothing away.
        let each = covering.iter().map(|a| {
            let reach = reach_in(a.unit);
            let agreed = a.categories.and(policy.shown_by(&a.services, question.service));
            let categories = reach.categories.and(agreed.with(Category::Administrativt));
            let services = categories.contains(Category::Tjenester) || categories.contains(Category::Tvang);
            Reach {
                categories,
                // Descriptions of services that this one does not cover are lent to no other.
                descriptions: reach.descriptions && services,
            }
        });
        each.fold(Reach::default(), Reach::or)
    };
    gathered.reach.categories = gathered.reach.categories.and(question.categories);
    gathered.facts.role_reaches = !gathered.reach.categories.without(Categories::ADMINISTRATIVE).is_empty()
        || (question.categories == Categories::ADMINISTRATIVE && !gathered.reach.categories.is_empty());
    // The index is asked only where a recorded relation can make a difference.
    let attested = attestation.is_some_and(|a| a.purpose.is_some() && !a.user_selected);
    let relation_needed = !attested && (question.action.reaches_content() || question.action == Action::Write);
    gathered.facts.recorded = relation_needed && party.is_some_and(|party| recorded(question, party));
}

/// Whether a relation between the person asked about and the reader's unit, or one that is part of it, is recorded; for a reader without a
/// unit, with the organisation.
fn recorded(question: &Question<'_>, party: &str) -> bool {
    let Some(person) = question.person else { return false };
    let at = |unit: Option<&str>| question.relations.recorded(person, party, unit, question.now_ms);
    let unit = question.identity.unit.as_deref();
    at(unit) || unit.is_some_and(|unit| question.instance.below(unit).any(|below| at(Some(&below.id))))
}

/// The kind of unit within the municipality: where the attestation says the reader works, else
/// where the token says so.
fn own_unit(policy: &InstancePolicy, identity: &Identity, attestation: Option<&Attestation>) -> UnitKind {
    let stated = attestation
        .into_iter()
        .flat_map(|a| [a.point_of_care.as_deref(), a.department.as_deref()])
        .flatten();
    stated
        .chain(identity.unit.as_deref())
        .find_map(|id| policy.kind_of(id))
        .unwrap_or(UnitKind::Annet)
}

fn reach(policy: &InstancePolicy, identity: &Identity, attestation: Option<&Attestation>, unit: UnitKind, purpose: Purpose) -> Reach {
    let Actor::Personnel { professions, .. } = &identity.actor else {
        return Reach::default();
    };
    match attestation {
        Some(attestation) => policy.table().reach(attestation.authorization.as_deref(), unit, purpose),
        None => policy.table().reach(professions.iter().map(String::as_str), unit, purpose),
    }
}

fn about_attestation(question: &Question<'_>, attestation: &Attestation) -> AttestationFacts {
    let identity = question.identity;
    let (hpr, professions): (Option<&str>, &[String]) = match &identity.actor {
        Actor::Personnel { hpr, professions, .. } => (hpr.as_deref(), professions),
        _ => (None, &[]),
    };
    let number_matches = attestation.hpr.as_deref().is_none_or(|stated| Some(stated) == hpr);
    let profession_matches = attestation
        .authorization
        .as_ref()
        .is_none_or(|stated| hpr.is_some() && professions.contains(stated));
    AttestationFacts {
        age_seconds: attestation
            .time_ms
            .map_or(i64::MAX, |at| question.now_ms.saturating_sub(at).div_euclid(1000)),
        complete: attestation.defects.is_empty(),
        has_patient: attestation.patient.is_some(),
        same_patient: attestation
            .patient
            .as_ref()
            .is_some_and(|patient| question.nin.is_some_and(|nin| patient == nin.as_str()) || asks_about_own_person(question)),
        same_practitioner: attestation
            .practitioner
            .as_deref()
            .is_some_and(|stated| Some(stated) == identity.actor.pid()),
        same_legal_entity: attestation
            .legal_entity
            .as_deref()
            .is_some_and(|stated| Some(stated) == identity.legal_entity.as_deref().or(identity.unit.as_deref())),
        authorization_matches: number_matches && profession_matches,
        self_declared: attestation.user_selected,
        purpose: attestation.purpose,
    }
}

/// Whether the person asked about is the one whom the token names, under any of her numbers.
fn asks_about_own_person(question: &Question<'_>) -> bool {
    match (question.person, question.own_person) {
        (Some(person), Some(own)) => person == own || question.relations.same_person(person).contains(&own),
        _ => false,
    }
}

/// A reason in words: at least two words and ten characters.
fn in_words(reason: &str) -> bool {
    reason
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphabetic))
        .count()
        >= 2
        && reason.trim().chars().count() >= 10
}

/// The scopes of which an action needs one. Citizens have one of their own; administration has another.
fn scopes_for(action: Action, actor: &Actor) -> &'static [&'static str] {
    match (actor, action) {
        (Actor::Citizen { .. }, _) | (_, Action::TilgangsloggOwn | Action::Declarations | Action::Proxies | Action::Requests) => {
            &["innsyn"]
        }
        (_, Action::Write) => &["skriv"],
        (_, Action::Read | Action::Search | Action::Exists | Action::Overview | Action::Export | Action::Corrections) => &["les"],
        (_, Action::RequestsAnswer) => &["skriv", "admin"],
        (_, Action::Conformance) => &["les", "skriv"],
        (
            _,
            Action::TilgangsloggSearch
            | Action::TilgangsloggReader
            | Action::Review
            | Action::Quarantine
            | Action::Packages
            | Action::PackagesChange
            | Action::Destroy,
        ) => &["admin"],
        (_, Action::PolicyRead | Action::PolicyPropose | Action::PolicyApprove | Action::PolicyExplain) => &["admin"],
    }
}
