//! Which blocks a scope stands under.

use crate::block::Reader;
use crate::declared::Closing;
use crate::identity::Actor;
use crate::question::{Ground, Question};
use crate::scope::Persons;
use std::sync::Arc;

/// The blocks for a permit on this ground; `None` where none can close anything.
///
/// Personnel stand under blocks whatever the ground; in an emergency, some are opened. A system that exports what its whole organisation
/// has delivered stands under those that are not against one person. A source that reads its own deliveries has them anyway, and
/// must be able to correct them; the citizen and her proxy are not kept out of what is hers.
pub(super) fn of(question: &Question<'_>, ground: Ground, persons: &Persons) -> Option<Arc<Closing>> {
    match ground {
        Ground::Recorded | Ground::Attested | Ground::SelfDeclared | Ground::Emergency | Ground::CaseWork | Ground::OwnOrganisation => {}
        Ground::Self_ | Ground::Proxy | Ground::OwnDelivery | Ground::Oversight | Ground::NoPerson | Ground::SandboxTest => return None,
    }
    let declared = question.relations.declared()?;
    let reader = reader(question, ground);
    let concerned = match persons {
        Persons::None => false,
        Persons::Only(list) => list
            .iter()
            .any(|person| declared.blocks(*person).any(|block| block.concerns(&reader))),
        Persons::Every => !declared.is_empty(),
    };
    concerned.then(|| Arc::new(Closing { declared, reader }))
}

fn reader(question: &Question<'_>, ground: Ground) -> Reader {
    let identity = question.identity;
    let (pid, hpr) = match &identity.actor {
        Actor::Personnel { pid, hpr, .. } => (Some(pid.clone()), hpr.clone()),
        _ => (None, None),
    };
    let attestation = identity.attestation.as_ref();
    let attested = attestation
        .into_iter()
        .flat_map(|a| [&a.legal_entity, &a.point_of_care, &a.department]);
    let mut organisations: Vec<String> = [&identity.legal_entity, &identity.unit]
        .into_iter()
        .chain(attested)
        .flatten()
        .cloned()
        .collect();
    // Who works in a unit works in those that it is part of.
    let above: Vec<String> = organisations
        .iter()
        .flat_map(|id| question.instance.above(id).map(|unit| unit.id.clone()))
        .collect();
    organisations.extend(above);
    organisations.sort_unstable();
    organisations.dedup();
    Reader {
        pid,
        hpr,
        organisations,
        emergency: ground == Ground::Emergency,
    }
}
