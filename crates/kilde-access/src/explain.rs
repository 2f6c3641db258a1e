//! What would be decided, and why: a question put for somebody who is not there. Gives words, never an
//! [`AccessScope`](crate::AccessScope): nothing can be read with an explanation.

use crate::category::Categories;
use crate::decide::{cedar, decide, facts};
use crate::identity::{Actor, Attestation, Coded, Identity, Purpose};
use crate::instance::InstancePolicy;
use crate::policy::Note;
use crate::question::{Action, Decision, Question, Relations};
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;
use serde::{Deserialize, Serialize};

/// Who would ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Who {
    /// `personnel`, `citizen` or `system`.
    pub kind: Kind,
    /// Authorisation categories (Volven 9060); none for a case worker.
    #[serde(default)]
    pub professions: Vec<String>,
    /// Organisation number of the legal entity.
    #[serde(default)]
    pub organisation: Option<String>,
    /// The unit.
    #[serde(default)]
    pub unit: Option<String>,
    /// Client id.
    #[serde(default)]
    pub client: String,
    /// Level of assurance.
    #[serde(default = "four")]
    pub level: u8,
    /// Scopes of the token (`les`, `skriv`, `innsyn`, `admin`); all that the kind of actor can have, if it is not said.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
}

/// Kind of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A person at work.
    Personnel,
    /// A person for herself.
    Citizen,
    /// A system without a user.
    System,
}

fn four() -> u8 {
    4
}

/// What would be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Ask {
    /// [`Action::name`]
    pub action: String,
    /// The information service, by id.
    #[serde(default)]
    pub service: Option<String>,
    /// Categories asked for; all, if it is not said.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Whether descriptions are asked for explicitly.
    #[serde(default)]
    pub descriptions: bool,
    /// Purpose of use in an attestation for this patient; none means that there is no attestation.
    #[serde(default)]
    pub purpose: Option<String>,
    /// Whether the need is self-declared.
    #[serde(default)]
    pub self_declared: bool,
    /// Age of the attestation in seconds.
    #[serde(default)]
    pub attestation_age: i64,
    /// The reason in words.
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether the citizen who asks is the person asked about.
    #[serde(default)]
    pub own: bool,
}

/// About whom, as far as is known.
#[derive(Clone, Copy, Default)]
pub struct About<'a> {
    /// Whether the question is about a person at all.
    pub person_named: bool,
    /// The person, if the instance knows her.
    pub person: Option<PersonNo>,
    /// Her national id.
    pub nin: Option<&'a Nin>,
}

/// A policy with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// `@id`
    pub policy: &'static str,
    /// `@code` of a refusal, `@ground` of a permit.
    pub code: &'static str,
    /// `@reason_nb`
    pub nb: &'static str,
    /// `@reason_nn`
    pub nn: &'static str,
    /// `@reason_en`
    pub en: &'static str,
}

impl From<&Note> for Told {
    fn from(note: &Note) -> Self {
        Told {
            policy: note.id,
            code: note.ground.map_or(note.code, |ground| ground.name()),
            nb: note.nb,
            nn: note.nn,
            en: note.en,
        }
    }
}

/// What would be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `permit` or `refuse`.
    pub decision: &'static str,
    /// The policy that decides.
    pub because: Told,
    /// HTTP status of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whether the permit goes to the review queue.
    pub review: bool,
    /// Every policy that refuses this, the one that is told first.
    pub refused_by: Vec<Told>,
    /// Every policy that would permit this if none refused.
    pub permitted_by: Vec<Told>,
    /// Grounds that are not there: what would have to be true of one of them.
    pub missing: Vec<Told>,
    /// Categories that the role reaches of what is asked for.
    pub reached: Vec<&'static str>,
    /// Whether descriptions of services are reached.
    pub descriptions: bool,
    /// The kind of unit that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    /// Whether a relation to the organisation is recorded. Looked up only where it could make a difference.
    pub recorded: bool,
    /// The version of the municipality's own part that decides.
    pub version: u32,
}

/// Why a question cannot be put.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoQuestion {
    /// A name that means nothing.
    #[error("{0}: `{1}` is not known")]
    Unknown(&'static str, String),
    /// The policies cannot be asked.
    #[error("the policies cannot be asked")]
    Unavailable,
}

/// A patient of whom nothing is recorded but, perhaps, a relation to whoever asks: for questions about nobody in particular.
#[derive(Debug, Clone, Copy)]
pub struct Supposed(pub bool);

impl Relations for Supposed {
    fn recorded(&self, _person: PersonNo, _organisation: &str, _unit: Option<&str>, _at_ms: i64) -> bool {
        self.0
    }
    fn birth_date(&self, _person: PersonNo) -> Option<jiff::civil::Date> {
        None
    }
}

/// What would be decided about this, here and now.
///
/// # Errors
/// The question means nothing, or the policies cannot be asked.
pub fn explain(
    who: &Who,
    ask: &Ask,
    about: About<'_>,
    policy: &InstancePolicy,
    relations: &dyn Relations,
    now_ms: i64,
) -> Result<Explanation, NoQuestion> {
    let unknown = |what: &'static str, value: &str| NoQuestion::Unknown(what, value.to_owned());
    let action = Action::EVERY.into_iter().find(|action| action.name() == ask.action);
    let action = action.ok_or_else(|| unknown("action", &ask.action))?;
    let purpose = match &ask.purpose {
        None => None,
        Some(code) => Some(Purpose::from_code(code).ok_or_else(|| unknown("purpose", code))?),
    };
    let mut categories = if ask.categories.is_empty() {
        Categories::ALL
    } else {
        Categories::NONE
    };
    for name in &ask.categories {
        categories = categories.with(crate::Category::from_name(name).ok_or_else(|| unknown("categories", name))?);
    }
    let identity = identity(who, ask, about, purpose, now_ms);
    let mut question = Question::new(&identity, policy, action, now_ms, relations);
    if about.person_named {
        question.person = Some(about.person.unwrap_or(PersonNo::NONE));
        question.nin = about.nin;
        let own = matches!(who.kind, Kind::Personnel) || ask.own;
        question.own_person = question.person.filter(|_| own);
    }
    question.service = ask.service.as_deref();
    question.categories = categories;
    question.descriptions = ask.descriptions;
    question.reason = ask.reason.as_deref();
    told(&question)
}

/// Somebody who is not there, with a token that is in order.
fn identity(who: &Who, ask: &Ask, about: About<'_>, purpose: Option<Purpose>, now_ms: i64) -> Identity {
    let pid = match about.nin {
        Some(nin) if ask.own => nin.as_str().to_owned(),
        _ => "-".to_owned(),
    };
    let hpr = (!who.professions.is_empty()).then(|| "0".to_owned());
    let attestation = purpose.filter(|_| who.kind == Kind::Personnel).map(|purpose| Attestation {
        practitioner: Some(pid.clone()),
        hpr: hpr.clone(),
        authorization: who.professions.first().cloned(),
        legal_entity: who.organisation.clone().or_else(|| who.unit.clone()),
        point_of_care: who.unit.clone(),
        healthcare_service: Some(Coded {
            code: "-".to_owned(),
            system: None,
        }),
        purpose: Some(purpose),
        user_selected: ask.self_declared,
        patient: about
            .person_named
            .then(|| about.nin.map_or_else(|| "-".to_owned(), |nin| nin.as_str().to_owned())),
        time_ms: Some(now_ms.saturating_sub(ask.attestation_age.saturating_mul(1000))),
        ..Attestation::default()
    });
    let (actor, scopes): (Actor, &[&str]) = match who.kind {
        Kind::Personnel => (
            Actor::Personnel {
                pid,
                name: None,
                hpr,
                professions: who.professions.clone(),
                level: who.level,
            },
            &["les", "skriv", "admin"],
        ),
        Kind::Citizen => (
            Actor::Citizen {
                pid,
                name: None,
                level: who.level,
            },
            &["innsyn"],
        ),
        Kind::System => (Actor::System, &["les", "skriv"]),
    };
    Identity {
        actor,
        legal_entity: who.organisation.clone(),
        unit: who.unit.clone(),
        supplier: None,
        client: who.client.clone(),
        client_name: None,
        scopes: who
            .scopes
            .clone()
            .unwrap_or_else(|| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        smart: None,
        attestation,
        claims_proxy: false,
        represents: None,
        expires_ms: i64::MAX,
    }
}

fn told(question: &Question<'_>) -> Result<Explanation, NoQuestion> {
    let gathered = facts::gather(question);
    let facts = &gathered.facts;
    let policies = question.instance.policies().map_err(|_| NoQuestion::Unavailable)?;
    let (request, entities) = cedar::request(facts, None).map_err(|_| NoQuestion::Unavailable)?;
    let each = policies.each(facts.who.kind(), facts.action, &request, &entities);
    let those = |permits: bool, holds: bool| -> Vec<Told> {
        let fitting = each.iter().filter(|(note, there)| note.permits() == permits && *there == holds);
        fitting.map(|(note, _)| Told::from(note)).collect()
    };
    // What is told as decided is what the one decision says, by no other way.
    let (decision, id, status, review) = match decide(question) {
        Decision::Permit(permit) => ("permit", permit.policy, None, permit.review),
        Decision::Refuse(refusal) => ("refuse", refusal.policy, Some(refusal.status), false),
    };
    let note = policies.note(&id).ok_or(NoQuestion::Unavailable)?;
    Ok(Explanation {
        decision,
        because: Told::from(&note),
        status,
        review,
        refused_by: those(false, true),
        permitted_by: those(true, true),
        missing: those(true, false),
        reached: gathered.reach.names(),
        descriptions: gathered.reach.descriptions,
        unit: gathered.unit.map(|unit| unit.name()),
        recorded: facts.recorded,
        version: question.instance.in_force().version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> InstancePolicy {
        InstancePolicy::from_toml(include_str!("../tests/data/nordvik.toml")).expect("a policy")
    }

    fn nurse() -> Who {
        Who {
            kind: Kind::Personnel,
            professions: vec!["SP".to_owned()],
            organisation: Some("399901006".to_owned()),
            unit: Some("399901014".to_owned()),
            client: "epj-nordvik".to_owned(),
            level: 4,
            scopes: None,
        }
    }

    fn ask(action: &str, purpose: Option<&str>) -> Ask {
        Ask {
            action: action.to_owned(),
            service: None,
            categories: Vec::new(),
            descriptions: false,
            purpose: purpose.map(str::to_owned),
            self_declared: false,
            attestation_age: 60,
            reason: None,
            own: false,
        }
    }

    const SOMEBODY: About<'static> = About {
        person_named: true,
        person: Some(PersonNo(7)),
        nin: None,
    };
    const NOW: i64 = 1_795_000_000_000;

    fn of(who: &Who, ask: &Ask, recorded: bool) -> Explanation {
        explain(who, ask, SOMEBODY, &policy(), &Supposed(recorded), NOW).expect("an explanation")
    }

    #[test]
    fn a_permit_says_on_what_ground() {
        let told = of(&nurse(), &ask("overview", Some("TREAT")), false);
        assert_eq!((told.decision, told.because.policy), ("permit", "need-attested"));
        assert!(told.reached.contains(&"tjenester") && told.unit == Some("legevakt"), "{told:?}");
        assert_eq!(of(&nurse(), &ask("overview", None), true).because.policy, "need-recorded");
    }

    #[test]
    fn a_refusal_says_what_refuses_and_what_is_missing() {
        let told = of(&nurse(), &ask("overview", None), false);
        assert_eq!(
            (told.decision, told.because.policy, told.status),
            ("refuse", "need-missing", Some(403))
        );
        let missing: Vec<_> = told.missing.iter().map(|m| m.policy).collect();
        assert!(
            missing.contains(&"need-attested") && missing.contains(&"need-recorded"),
            "{missing:?}"
        );
        let mut other = nurse();
        other.organisation = Some("399902002".to_owned());
        other.unit = None;
        let told = of(&other, &ask("overview", Some("TREAT")), false);
        assert_eq!(told.because.policy, "other-organisation");
        let mut old = ask("overview", Some("TREAT"));
        old.attestation_age = 3601;
        assert_eq!(of(&nurse(), &old, false).because.policy, "attestation-expired");
    }

    #[test]
    fn citizens_and_systems() {
        let citizen = Who {
            kind: Kind::Citizen,
            ..nurse()
        };
        let mut own = ask("read", None);
        assert_eq!(of(&citizen, &own, false).because.policy, "citizen-other-person");
        own.own = true;
        assert_eq!(of(&citizen, &own, false).because.policy, "citizen-self");
        let system = Who {
            kind: Kind::System,
            ..nurse()
        };
        assert_eq!(of(&system, &ask("write", None), false).because.policy, "system-own-delivery");
        assert_eq!(of(&system, &ask("policy-approve", None), false).decision, "refuse");
    }

    #[test]
    fn what_means_nothing_is_told() {
        let put = |ask: &Ask| explain(&nurse(), ask, SOMEBODY, &policy(), &Supposed(false), NOW);
        assert!(matches!(put(&ask("look", None)), Err(NoQuestion::Unknown("action", _))));
        assert!(matches!(put(&ask("read", Some("FUN"))), Err(NoQuestion::Unknown("purpose", _))));
        let mut nothing = ask("read", None);
        nothing.categories = vec!["alt".to_owned()];
        assert!(matches!(put(&nothing), Err(NoQuestion::Unknown("categories", _))));
        let closed = policy().closed(Default::default());
        let put = explain(&nurse(), &ask("read", None), SOMEBODY, &closed, &Supposed(false), NOW);
        assert_eq!(put, Err(NoQuestion::Unavailable));
    }
}
