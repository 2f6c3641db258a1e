//! The decision: facts, policies, and the scope that a permit carries.

mod acting;
pub(crate) mod cedar;
mod closing;
pub(crate) mod facts;

#[cfg(test)]
mod tests;

use crate::category::Categories;
use crate::identity::{Actor, Identity};
use crate::policy::{self, Note};
use crate::proxy::Marks;
use crate::question::{Action, Decision, Ground, Permit, Question, Refusal};
use crate::scope::{AccessScope, Persons, short};
use facts::{Facts, Gathered};
use smallvec::SmallVec;

/// How long an attestation lasts.
const ATTESTATION_MS: i64 = 60 * 60 * 1000;

/// Judges a question. Deny is the default, and what cannot be judged is refused.
pub fn decide(question: &Question<'_>) -> Decision {
    let gathered = facts::gather(question);
    let note = match ask(question, gathered.facts.clone()) {
        Ok(note) => note,
        Err(error) => {
            tracing::error!(%error, "the policies cannot be asked");
            policy::UNAVAILABLE
        }
    };
    match note.ground {
        Some(ground) => match scope(question, &gathered, ground) {
            Some(scope) => Decision::Permit(Box::new(Permit {
                scope,
                ground,
                policy: note.id.to_owned(),
                purpose: gathered.purpose,
                unit: gathered.unit,
                review: note.review,
            })),
            None => refuse(policy::DEFAULT_DENY),
        },
        None => refuse(note),
    }
}

fn ask(question: &Question<'_>, facts: Facts) -> Result<Note, policy::PolicyError> {
    let policies = question.instance.policies()?;
    let facts = &facts.told_to(&policies);
    policies.remembered(facts, || {
        let schema = if cfg!(test) { Some(policy::schema()?) } else { None };
        let (request, entities) = cedar::request(facts, schema)?;
        Ok(policies.ask(facts.who.kind(), facts.action, &request, &entities))
    })
}

fn refuse(note: Note) -> Decision {
    metrics::counter!("kilde_access_refused_total", "code" => note.code).increment(1);
    Decision::Refuse(Refusal {
        code: note.code,
        status: note.status,
        nb: note.nb,
        nn: note.nn,
        en: note.en,
        policy: note.id.to_owned(),
    })
}

/// The scope that a ground gives, or `None` where ground and question do not fit together, which
/// no policy should permit.
fn scope(question: &Question<'_>, gathered: &Gathered, ground: Ground) -> Option<AccessScope> {
    let identity = question.identity;
    let reading = question.action.reaches_content();
    let writing = question.action == Action::Write;
    let reached = gathered.reach.categories.and(question.categories);
    let these = || match question.person {
        Some(person) => {
            let mut all: SmallVec<[_; 2]> = question.relations.same_person(person);
            if !all.contains(&person) {
                all.push(person);
            }
            Persons::Only(all)
        }
        None => Persons::None,
    };
    let about_rules = matches!(question.action, Action::Conformance | Action::Packages | Action::PackagesChange);
    let (persons, read, write, own_source_only) = match ground {
        Ground::SandboxTest if gathered.facts.production => return None,
        Ground::Oversight => (Persons::None, Categories::NONE, Categories::NONE, false),
        _ if about_rules => (Persons::None, Categories::NONE, Categories::NONE, false),
        Ground::Recorded | Ground::Attested | Ground::SelfDeclared | Ground::Emergency | Ground::CaseWork => {
            (these(), reached, reached.and(gathered.writable), false)
        }
        Ground::Self_ | Ground::Proxy => (these(), reached, Categories::NONE, false),
        Ground::NoPerson => (
            Persons::None,
            Categories::ADMINISTRATIVE.and(question.categories),
            Categories::NONE,
            false,
        ),
        Ground::OwnDelivery => (Persons::Every, question.categories, gathered.writable, true),
        Ground::OwnOrganisation => (Persons::Every, question.categories, Categories::NONE, false),
        Ground::SandboxTest => (Persons::Every, question.categories, gathered.writable, false),
    };
    // A test system may look into everything that an action opens; every other action opens what it names.
    let test = ground == Ground::SandboxTest;
    let read = if reading || writing || test { read } else { Categories::NONE };
    let write = if writing { write } else { Categories::NONE };
    let source = identity.source();
    let own_organisation_only = ground == Ground::OwnOrganisation;
    if (writing || own_source_only || own_organisation_only) && source.is_none() {
        return None;
    }
    let mut scope = AccessScope {
        instance: question.instance.instance,
        persons,
        read,
        write,
        own_source_only,
        own_organisation_only,
        descriptions: gathered.reach.descriptions,
        places: is_hers_or_own(ground),
        exists_only: question.action == Action::Exists && !test,
        source,
        organisation: identity.organisation().map(str::to_owned),
        client: identity.client.clone(),
        closing: None,
        hides: gathered
            .hides
            .with(if is_hers_or_own(ground) { Marks::NONE } else { Marks::INTERNAL }),
        narrowing: crate::smart::Narrowing::of(question),
        valid_until_ms: valid_until(identity).min(gathered.until_ms.unwrap_or(i64::MAX)),
        binding: [0; 16],
    };
    scope.binding = binding(identity, gathered, &scope);
    scope.closing = closing::of(question, ground, &scope.persons);
    Some(scope)
}

/// Whether a secret address hides nothing on this ground, and internal working notes are shown: the citizen sees her own, a source and an
/// organisation what they have delivered themselves. Who acts for her, and everybody who treats her, sees neither.
fn is_hers_or_own(ground: Ground) -> bool {
    match ground {
        Ground::Self_ | Ground::OwnDelivery | Ground::OwnOrganisation | Ground::SandboxTest => true,
        Ground::Recorded
        | Ground::Attested
        | Ground::SelfDeclared
        | Ground::Emergency
        | Ground::CaseWork
        | Ground::Proxy
        | Ground::NoPerson
        | Ground::Oversight => false,
    }
}

fn valid_until(identity: &Identity) -> i64 {
    let attested = identity
        .attestation
        .as_ref()
        .and_then(|a| a.time_ms)
        .map(|at| at.saturating_add(ATTESTATION_MS));
    attested.map_or(identity.expires_ms, |until| until.min(identity.expires_ms))
}

/// Ties a cursor to actor, client, instance, persons, purpose and reach. A new token of the same
/// reader for the same patient goes on with the same cursor.
fn binding(identity: &Identity, gathered: &Gathered, scope: &AccessScope) -> [u8; 16] {
    let mut hash = blake3::Hasher::new_derive_key("kilde access scope binding v2");
    let actor = match &identity.actor {
        Actor::Personnel { pid, .. } | Actor::Citizen { pid, .. } => pid.as_str(),
        Actor::System => "",
    };
    let purpose = gathered.purpose.map_or("", |p| p.code());
    for part in [
        identity.actor.kind(),
        actor,
        &identity.client,
        scope.instance.as_str(),
        purpose,
        scope.source().unwrap_or_default(),
    ] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.update(&[
        scope.read.bits(),
        scope.write.bits(),
        u8::from(scope.descriptions),
        u8::from(scope.places),
        u8::from(scope.own_source_only),
        u8::from(scope.own_organisation_only),
    ]);
    if let Some(narrowing) = &scope.narrowing {
        hash.update(&narrowing.bytes());
    }
    match &scope.persons {
        Persons::None => hash.update(&[0]),
        Persons::Every => hash.update(&[1]),
        Persons::Only(list) => {
            hash.update(&[2]);
            let mut sorted: Vec<u32> = list.iter().map(|p| p.0).collect();
            sorted.sort_unstable();
            for person in sorted {
                hash.update(&person.to_le_bytes());
            }
            &mut hash
        }
    };
    short(&hash)
}
