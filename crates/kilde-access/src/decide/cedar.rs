//! Facts as Cedar entities and request, built from Rust values.

use super::facts::{AttestationFacts, Facts, Who};
use crate::identity::Purpose;
use crate::policy::PolicyError;
use crate::question::Action;
use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Names that never change; parsing them for each question would cost more than the question.
struct Names {
    personnel: EntityUid,
    citizen: EntityUid,
    system: EntityUid,
    instance: EntityUid,
    actions: Vec<(Action, EntityUid)>,
}

static NAMES: LazyLock<Result<Names, PolicyError>> = LazyLock::new(|| {
    let uid = |kind: &str, id: &str| -> Result<EntityUid, PolicyError> {
        let kind: EntityTypeName = kind.parse().map_err(|error| PolicyError::Schema(format!("{error}")))?;
        Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
    };
    Ok(Names {
        personnel: uid("Kilde::Personnel", "asker")?,
        citizen: uid("Kilde::Citizen", "asker")?,
        system: uid("Kilde::System", "asker")?,
        instance: uid("Kilde::Instance", "here")?,
        actions: Action::EVERY
            .into_iter()
            .map(|a| Ok((a, uid("Kilde::Action", a.name())?)))
            .collect::<Result<_, PolicyError>>()?,
    })
});

type Pairs = Vec<(String, RestrictedExpression)>;

fn yes(name: &str, value: bool) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_bool(value))
}

fn long(name: &str, value: i64) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_long(value))
}

fn text(name: &str, value: &str) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_string(value.to_owned()))
}

/// Request and entities for a question. With a schema both are checked against it (tests do).
pub fn request(facts: &Facts, schema: Option<&Schema>) -> Result<(Request, Entities), PolicyError> {
    let names = NAMES.as_ref().map_err(Clone::clone)?;
    let (uid, attributes): (&EntityUid, Pairs) = match facts.who {
        Who::Personnel {
            level,
            own,
            agreement_exists,
            agreement_covers,
            agreement_ended,
            office,
            may_write,
        } => (
            &names.personnel,
            vec![
                long("level", level),
                yes("own", own),
                yes("agreementExists", agreement_exists),
                yes("agreementCovers", agreement_covers),
                yes("agreementEnded", agreement_ended),
                text("office", office),
                yes("mayWrite", may_write),
            ],
        ),
        Who::Citizen {
            level,
            is_self,
            is_proxy,
            claims_proxy,
        } => (
            &names.citizen,
            vec![
                long("level", level),
                yes("isSelf", is_self),
                yes("isProxy", is_proxy),
                yes("claimsProxy", claims_proxy),
            ],
        ),
        Who::System {
            registered,
            test,
            may_write,
            may_export,
        } => (
            &names.system,
            vec![
                yes("registered", registered),
                yes("test", test),
                yes("mayWrite", may_write),
                yes("mayExport", may_export),
            ],
        ),
    };
    let principal = entity(uid, attributes)?;
    let resource = entity(
        &names.instance,
        vec![
            yes("production", facts.production),
            yes("allowsSelfDeclared", facts.allows_self_declared),
        ],
    )?;
    let entities = Entities::from_entities([principal, resource], schema).map_err(invalid)?;
    let action = names
        .actions
        .iter()
        .find(|(action, _)| *action == facts.action)
        .map(|(_, uid)| uid.clone());
    let action = action.ok_or_else(|| PolicyError::Schema("an action without a name".to_owned()))?;
    let request = Request::new(uid.clone(), action, names.instance.clone(), context(facts)?, schema).map_err(invalid)?;
    Ok((request, entities))
}

fn entity(uid: &EntityUid, attributes: Pairs) -> Result<Entity, PolicyError> {
    Entity::new(uid.clone(), HashMap::from_iter(attributes), HashSet::new()).map_err(invalid)
}

fn context(facts: &Facts) -> Result<Context, PolicyError> {
    let mut pairs = vec![
        yes("scopeGranted", facts.scope_granted),
        yes("aboutPerson", facts.about_person),
        yes("recorded", facts.recorded),
        yes("reason", facts.reason),
        yes("roleReaches", facts.role_reaches),
        yes("descriptionsAsked", facts.descriptions_asked),
        yes("descriptionsReached", facts.descriptions_reached),
        text("service", &facts.service),
    ];
    if let Some(attestation) = &facts.attestation {
        pairs.push((
            "attestation".to_owned(),
            RestrictedExpression::new_record(about(attestation)).map_err(invalid)?,
        ));
    }
    Context::from_pairs(pairs).map_err(invalid)
}

fn about(a: &AttestationFacts) -> Pairs {
    vec![
        long("ageSeconds", a.age_seconds),
        yes("complete", a.complete),
        yes("hasPatient", a.has_patient),
        yes("samePatient", a.same_patient),
        yes("samePractitioner", a.same_practitioner),
        yes("sameLegalEntity", a.same_legal_entity),
        yes("authorizationMatches", a.authorization_matches),
        yes("selfDeclared", a.self_declared),
        text("purpose", a.purpose.map_or("", Purpose::code)),
    ]
}

fn invalid(error: impl std::fmt::Display) -> PolicyError {
    PolicyError::Invalid(error.to_string())
}
