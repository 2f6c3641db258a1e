//! No combination without an explicit ground gives a permit. The oracle is written from the text
//! of the rules, over what the token, the instance and the question say; it shares no code with
//! the facts or the policies.

use super::world::*;
use crate::category::{Categories, Category};
use crate::identity::{Actor, Purpose};
use crate::instance::ClientKind;
use crate::question::{Action, Decision, Permit};
use kilde_fhir::national_id::World;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

const PURPOSES: [Option<Purpose>; 5] = [
    None,
    Some(Purpose::Treat),
    Some(Purpose::Etreat),
    Some(Purpose::Coc),
    Some(Purpose::Btg),
];
const REASONS: [Option<&str>; 4] = [None, Some(""), Some("kort"), Some("pasienten er bevisstløs")];
const CLIENTS: [(&str, &str); 9] = [
    ("epj-nordvik", NORDVIK),
    ("leser-nordvik", NORDVIK),
    ("system-test", NORDVIK),
    ("personvern-nordvik", NORDVIK),
    ("tilgang-nordvik", NORDVIK),
    ("drift", DRIFTER),
    ("drift", NORDVIK),
    ("unknown", NORDVIK),
    ("epj-nordvik", DALFJORD),
];

pub(super) fn any_ask() -> impl Strategy<Value = Ask> {
    // Mostly right, so that permits are reached often and one thing at a time is wrong.
    let rarely = || prop::bool::weighted(0.06);
    let mostly = || prop::bool::weighted(0.9);
    let who = (
        0..PERSONNEL.len(),
        0..CLIENTS.len(),
        prop_oneof![3 => Just(0u8), 1 => Just(1), 1 => Just(2)],
        mostly().prop_map(|high| 3 + u8::from(high)),
    );
    let scopes = (mostly(), mostly(), mostly(), any::<bool>());
    let wrong = (rarely(), rarely(), rarely(), rarely(), rarely(), rarely());
    let purpose = prop_oneof![1 => Just(0usize), 5 => Just(1), 2 => Just(2), 2 => Just(3), 1 => Just(4)];
    let minutes = prop_oneof![4 => Just(1i64), 2 => Just(59), 1 => Just(61), 1 => Just(-5)];
    let attested = (mostly(), purpose, prop::bool::weighted(0.25), minutes);
    let flags = (
        prop::bool::weighted(0.25),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        rarely(),
        rarely(),
    );
    let action = prop_oneof![4 => 0..4usize, 1 => 0..Action::EVERY.len()];
    let categories = prop_oneof![3 => Just(63u8), 1 => 0..64u8];
    let question = (action, 0..REASONS.len(), prop::bool::weighted(0.2), categories);
    (who, scopes, wrong, attested, flags, question).prop_map(|(who, scopes, wrong, attested, flags, question)| {
        let (worker, client, kind, level) = who;
        let mut ask = match kind {
            0 => Ask::of(&PERSONNEL[worker]),
            1 => citizen(if wrong.0 { OTHER_NIN } else { PATIENT_NIN }, level),
            _ => system(CLIENTS[client].0, CLIENTS[client].1),
        };
        if let Actor::Personnel { level: own, hpr, .. } = &mut ask.identity.actor {
            *own = level;
            if wrong.1 {
                *hpr = None;
            }
            if flags.4 {
                ask.identity.client = CLIENTS[client].0.to_owned();
                ask.identity.legal_entity = Some(CLIENTS[client].1.to_owned());
            }
        }
        let granted = [(scopes.0, "les"), (scopes.1, "skriv"), (scopes.2, "innsyn"), (scopes.3, "admin")];
        ask.identity.scopes = granted
            .into_iter()
            .filter(|(granted, _)| *granted)
            .map(|(_, name)| name.to_owned())
            .collect();
        let (present, purpose, user_selected, minutes) = attested;
        if !present {
            ask.identity.attestation = None;
        }
        ask.attest(|a| {
            a.purpose = PURPOSES[purpose];
            a.user_selected = user_selected;
            a.time_ms = Some(NOW - minutes * 60_000);
            if wrong.2 {
                a.patient = None;
            }
            if wrong.3 {
                a.patient = Some(OTHER_NIN.to_owned());
            }
            if wrong.4 {
                a.practitioner = Some(OTHER_NIN.to_owned());
            }
            if wrong.5 {
                a.defects = vec!["toa"];
            }
        });
        ask.relations = Known {
            recorded: flags.0,
            proxy: flags.5,
            ..Known::default()
        };
        ask.policy.self_declared = flags.1;
        if flags.2 {
            ask.policy.world = World::Production;
        }
        if flags.3 && kind == 2 {
            ask.person = Some(PATIENT);
            ask.nin = Some(nin(PATIENT_NIN));
        }
        let (action, reason, descriptions, categories) = question;
        ask.action = Action::EVERY[action];
        ask.reason = REASONS[reason];
        ask.descriptions = descriptions;
        ask.categories = Category::EVERY.into_iter().filter(|c| categories & (1 << c.to_u8()) != 0).collect();
        ask
    })
}

/// Whether the rules give a ground for what was asked.
fn has_ground(ask: &Ask) -> bool {
    let scope = |name: &str| ask.identity.scopes.iter().any(|s| s == name);
    let about = ask.person.is_some() || ask.nin.is_some();
    let reading = [Action::Read, Action::Search, Action::Exists, Action::Overview].contains(&ask.action);
    let client = ask
        .policy
        .clients
        .iter()
        .find(|c| c.client == ask.identity.client && Some(&c.organisation) == ask.identity.legal_entity.as_ref());
    match &ask.identity.actor {
        Actor::Citizen { pid, level, .. } => {
            let own = ask.nin.as_ref().is_some_and(|n| n.as_str() == pid);
            let proxy = ask.relations.proxy && ask.person.is_some();
            let by_proxy = matches!(ask.action, Action::TilgangsloggOwn | Action::Declarations | Action::Requests);
            let told = ((own || proxy) && (reading || by_proxy)) || (own && ask.action == Action::Proxies);
            *level >= 4 && scope("innsyn") && (told || ask.action == Action::Conformance)
        }
        Actor::System => match client.map(|c| (c.kind, c.may_write)) {
            Some((ClientKind::Test, _)) => {
                ask.policy.world == World::Sandbox && !matches!(ask.action, Action::PolicyPropose | Action::PolicyApprove)
            }
            Some((ClientKind::Source, may_write)) => match ask.action {
                Action::Read | Action::Search | Action::Exists => scope("les"),
                Action::Write | Action::RequestsAnswer => (scope("skriv") || scope("admin")) && may_write,
                Action::Corrections => scope("les"),
                Action::Conformance => scope("les") || scope("skriv"),
                Action::Export => scope("les") && ask.identity.client == "epj-nordvik",
                _ => false,
            },
            _ => false,
        },
        Actor::Personnel { pid, level, .. } => {
            let entity = ask.identity.legal_entity.as_deref().unwrap_or_default();
            let kind = client.map(|c| c.kind);
            match ask.action {
                Action::RequestsAnswer => {
                    return *level >= 4 && (scope("skriv") || scope("admin")) && kind == Some(ClientKind::PrivacyOfficer);
                }
                Action::Corrections => return false,
                Action::TilgangsloggReader => {
                    let reason = ask.reason.is_some_and(|r| r.split(' ').count() > 1);
                    return *level >= 4 && scope("admin") && kind == Some(ClientKind::PrivacyOfficer) && reason;
                }
                Action::Review => return *level >= 4 && scope("admin") && kind == Some(ClientKind::PrivacyOfficer),
                Action::TilgangsloggSearch | Action::Destroy => {
                    return *level >= 4 && scope("admin") && kind == Some(ClientKind::PrivacyOfficer);
                }
                Action::Conformance => return *level >= 4 && (scope("les") || scope("skriv")),
                Action::Quarantine | Action::Packages => {
                    return *level >= 4 && scope("admin") && matches!(kind, Some(ClientKind::PrivacyOfficer | ClientKind::Operator));
                }
                Action::PackagesChange => return *level >= 4 && scope("admin") && kind == Some(ClientKind::Operator),
                Action::PolicyRead | Action::PolicyPropose | Action::PolicyApprove => {
                    return *level >= 4 && scope("admin") && matches!(kind, Some(ClientKind::PrivacyOfficer | ClientKind::Administrator));
                }
                Action::PolicyExplain => {
                    let officer = kind == Some(ClientKind::PrivacyOfficer);
                    let administrator = kind == Some(ClientKind::Administrator) && !about;
                    return *level >= 4 && scope("admin") && (officer || administrator);
                }
                Action::TilgangsloggOwn | Action::Export => return false,
                Action::Write if !scope("skriv") || !client.is_some_and(|c| c.may_write) => return false,
                _ if ask.action != Action::Write && !scope("les") => return false,
                _ => {}
            }
            let let_in = entity == NORDVIK || entity == FASTLEGEKONTOR;
            if *level < 4
                || !let_in
                || matches!(
                    kind,
                    Some(ClientKind::Operator | ClientKind::PrivacyOfficer | ClientKind::Administrator)
                )
            {
                return false;
            }
            let Some(a) = &ask.identity.attestation else {
                return about && ask.relations.recorded;
            };
            let minutes = (NOW - a.time_ms.unwrap_or(0)) / 60_000;
            let mine = a.practitioner.as_ref() == Some(pid) && a.legal_entity.as_deref() == Some(entity) && a.defects.is_empty();
            let patient = match &a.patient {
                Some(patient) => ask.nin.as_ref().is_some_and(|n| n.as_str() == patient),
                None => ask.action == Action::Exists,
            };
            if !mine || !(0..=60).contains(&minutes) || !patient {
                return false;
            }
            match a.purpose {
                Some(Purpose::Etreat | Purpose::Btg) => ask.reason.is_some_and(|r| r.split(' ').count() > 1),
                Some(_) => !a.user_selected || ask.policy.self_declared || ask.relations.recorded,
                None => ask.relations.recorded,
            }
        }
    }
}

#[test]
fn no_permit_without_an_explicit_ground() {
    let permits = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(256)
    });
    let result = runner.run(&proptest::collection::vec(any_ask(), 32), |asks| {
        for ask in asks {
            let Decision::Permit(permit) = ask.decide() else { continue };
            permits.set(permits.get() + 1);
            judge(&ask, &permit)?;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // About one in four is permitted; without permits this test would say nothing.
    eprintln!("{} permits among {} questions", permits.get(), 256 * 32);
    assert!(permits.get() > 300);
}

fn judge(ask: &Ask, permit: &Permit) -> Result<(), TestCaseError> {
    prop_assert!(has_ground(ask), "permit {} by {}", permit.ground.name(), permit.policy);
    let scope = &permit.scope;
    // Nobody but a system reaches a person who was not asked about.
    if !matches!(ask.identity.actor, Actor::System) {
        for category in Category::EVERY {
            prop_assert!(!scope.permits_read(OTHER, category, "x/y") && !scope.permits_write(OTHER, category, "x/y"));
            prop_assert!(!scope.permits_exists(OTHER, category, "x/y"));
        }
    }
    prop_assert_eq!(scope.readable().without(ask.categories), Categories::NONE);
    prop_assert!(!scope.may_write() || ask.action == Action::Write);
    Ok(())
}
