//! Facts about a question, gathered before the policies see them, and their form as Cedar
//! entities. A fact says what is; what follows from it stands in the policies.

use super::acting;
use crate::category::Categories;
use crate::identity::{Actor, Attestation, Identity, Purpose};
use crate::instance::{ClientKind, InstancePolicy, RegisteredClient, UnitKind};
use crate::policy::Kind;
use crate::proxy::Marks;
use crate::question::{Action, Question};
use crate::roles::{self, Reach};
use kilde_fhir::national_id::World;

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

/// Everything a policy may look at, and what the scope is made of afterwards.
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
    pub reach: Reach,
    pub role_reaches: bool,
    pub descriptions_asked: bool,
    pub service: String,
    pub attestation: Option<AttestationFacts>,
    pub unit: Option<UnitKind>,
    pub purpose: Option<Purpose>,
    pub writable: Categories,
    /// What is kept from a citizen who asks.
    pub hides: Marks,
}

/// Gathers.
pub fn gather(question: &Question<'_>) -> Facts {
    let identity = question.identity;
    let policy = question.instance;
    let attestation = match identity.actor {
        Actor::Personnel { .. } => identity.attestation.as_ref(),
        _ => None,
    };
    let client = policy.client(&identity.client, identity.legal_entity.as_deref(), identity.unit.as_deref());
    let purpose = attestation.and_then(|a| a.purpose);
    let mut facts = Facts {
        who: Who::System {
            registered: false,
            test: false,
            may_write: false,
            may_export: false,
        },
        action: question.action,
        production: policy.world == World::Production,
        allows_self_declared: policy.self_declared,
        scope_granted: scopes_for(question.action, &identity.actor).iter().any(|s| identity.has_scope(s)),
        about_person: question.person.is_some() || question.nin.is_some(),
        recorded: false,
        reason: question.reason.is_some_and(in_words),
        reach: Reach::default(),
        role_reaches: false,
        descriptions_asked: question.descriptions,
        service: question.service.unwrap_or_default().to_owned(),
        attestation: attestation.map(|a| about_attestation(question, a)),
        unit: None,
        purpose,
        writable: client
            .filter(|c| c.may_write && c.kind != ClientKind::Operator)
            .map_or(Categories::NONE, |c| c.categories),
        hides: Marks::NONE,
    };
    match &identity.actor {
        Actor::Personnel { level, .. } => personnel(question, attestation, client, *level, &mut facts),
        Actor::Citizen { pid, level, .. } => {
            // Whom the token is about is herself only where she does not act for another.
            let is_self =
                question.nin.is_some_and(|nin| nin.as_str() == pid) || (!identity.claims_proxy && asks_about_own_person(question));
            let acting = match is_self {
                true => Some(acting::for_herself(question)),
                false => acting::for_another(question, pid),
            };
            facts.who = Who::Citizen {
                level: i64::from(*level),
                is_self,
                is_proxy: !is_self && acting.is_some(),
                claims_proxy: identity.claims_proxy,
            };
            facts.reach = Reach {
                categories: acting.map_or(Categories::NONE, |acting| acting.categories),
                descriptions: true,
            };
            facts.hides = acting.map_or(Marks::NONE, |acting| acting.hides);
            facts.role_reaches = true;
        }
        Actor::System => {
            facts.who = Who::System {
                registered: client.is_some_and(|c| matches!(c.kind, ClientKind::Source | ClientKind::Test)),
                test: client.is_some_and(|c| c.kind == ClientKind::Test),
                may_write: client.is_some_and(|c| c.may_write),
                may_export: client.is_some_and(|c| c.may_export),
            };
            facts.reach = Reach {
                categories: Categories::ALL,
                descriptions: true,
            };
            facts.role_reaches = true;
        }
    }
    facts
}

fn personnel(question: &Question<'_>, attestation: Option<&Attestation>, client: Option<&RegisteredClient>, level: u8, facts: &mut Facts) {
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
    let purpose = facts.purpose.unwrap_or(usual);
    let agreements = || policy.agreements.iter().filter(|a| !own && Some(a.legal_entity.as_str()) == party);
    let covering = agreements().find(|a| a.covers(question.service, purpose, question.now_ms));
    facts.who = Who::Personnel {
        level: i64::from(level),
        own,
        agreement_exists: agreements().next().is_some(),
        agreement_covers: covering.is_some(),
        office: match client.map(|c| c.kind) {
            Some(ClientKind::Operator) => "operator",
            Some(ClientKind::PrivacyOfficer) => "privacy-officer",
            Some(ClientKind::Manager) => "manager",
            _ => "none",
        },
        may_write: client.is_some_and(|c| c.may_write && c.kind == ClientKind::Source),
    };
    let unit = if own {
        own_unit(policy, identity, attestation)
    } else {
        covering.map_or(UnitKind::Annet, |a| a.unit)
    };
    facts.unit = Some(unit);
    facts.reach = reach(identity, attestation, unit, purpose);
    if let Some(agreement) = covering {
        facts.reach.categories = facts
            .reach
            .categories
            .and(agreement.categories.with(crate::Category::Administrativt));
    }
    facts.reach.categories = facts.reach.categories.and(question.categories);
    facts.role_reaches = !facts.reach.categories.without(Categories::ADMINISTRATIVE).is_empty()
        || (question.categories == Categories::ADMINISTRATIVE && !facts.reach.categories.is_empty());
    // The index is asked only where a recorded relation can make a difference.
    let attested = attestation.is_some_and(|a| a.purpose.is_some() && !a.user_selected);
    let relation_needed = !attested && (question.action.reaches_content() || question.action == Action::Write);
    facts.recorded = relation_needed
        && match (question.person, party) {
            (Some(person), Some(party)) => question
                .relations
                .recorded(person, party, identity.unit.as_deref(), question.now_ms),
            _ => false,
        };
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
        .find_map(|id| policy.unit(id))
        .map_or(UnitKind::Annet, |unit| unit.kind)
}

fn reach(identity: &Identity, attestation: Option<&Attestation>, unit: UnitKind, purpose: Purpose) -> Reach {
    let Actor::Personnel { professions, .. } = &identity.actor else {
        return Reach::default();
    };
    match attestation {
        Some(attestation) => roles::reach(attestation.authorization.as_deref(), unit, purpose),
        None => roles::reach(professions.iter().map(String::as_str), unit, purpose),
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
        .is_none_or(|stated| hpr.is_some() && (professions.is_empty() || professions.contains(stated)));
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
            | Action::PackagesChange,
        ) => &["admin"],
    }
}
