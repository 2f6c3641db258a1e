//! The decision matrix (persona-like actors in situations, as a snapshot), masks and limits.

mod agreements;
mod cost;
mod grounds;
mod narrowing;
mod oracle;
mod world;

use super::decide;
use crate::category::{Categories, Category};
use crate::identity::{Actor, Purpose};
use crate::question::{Action, Decision, Ground, Question};
use crate::scope::{AccessScope, Persons};
use crate::smart::SmartScopes;
use kilde_fhir::national_id::World;
use kilde_log::PersonNo;
use std::sync::Arc;
use world::*;

fn told(decision: &Decision) -> String {
    match decision {
        Decision::Permit(permit) => {
            let scope = &permit.scope;
            let persons = match scope.persons() {
                Persons::None => "none".to_owned(),
                Persons::Only(list) => format!("{:?}", list.iter().map(|p| p.0).collect::<Vec<_>>()),
                Persons::Every => "every".to_owned(),
            };
            let mut more = String::new();
            for (set, name) in [
                (permit.review, " review"),
                (scope.exists_only(), " exists-only"),
                (scope.own_source_only, " own-source-only"),
                (scope.own_organisation_only, " own-organisation-only"),
                (!scope.may_see_descriptions(), " without-descriptions"),
            ] {
                if set {
                    more.push_str(name);
                }
            }
            let write = if scope.may_write() {
                format!(" write {:?}", scope.write)
            } else {
                String::new()
            };
            format!(
                "PERMIT {} ({}) persons {persons} read {:?}{write}{more}",
                permit.ground.name(),
                permit.policy,
                scope.readable()
            )
        }
        Decision::Refuse(refusal) => format!("REFUSE {} {} ({})", refusal.status, refusal.code, refusal.policy),
    }
}

#[test]
fn personnel_in_situations() {
    let mut out = String::new();
    for actor in &PERSONNEL {
        out.push_str(&format!("\n{}\n", actor.0));
        for (situation, change) in SITUATIONS {
            let mut ask = Ask::of(actor);
            change(&mut ask);
            out.push_str(&format!("  {situation:<38} {}\n", told(&ask.decide())));
        }
    }
    insta::assert_snapshot!("personnel", out);
}

#[test]
fn everyone_else_for_every_action() {
    let mut out = String::new();
    for (name, make) in OTHERS {
        out.push_str(&format!("\n{name}\n"));
        for action in Action::EVERY {
            let mut ask = make();
            ask.action = action;
            out.push_str(&format!("  {:<20} {}\n", action.name(), told(&ask.decide())));
        }
    }
    insta::assert_snapshot!("others", out);
}

#[test]
fn the_test_system_is_impossible_in_production() {
    for action in Action::EVERY {
        let mut ask = system("system-test", NORDVIK);
        ask.action = action;
        let sandbox = ask.decide();
        let of_people = [
            Action::TilgangsloggOwn,
            Action::TilgangsloggSearch,
            Action::TilgangsloggReader,
            Action::Review,
            Action::Declarations,
            Action::Proxies,
            Action::Requests,
            Action::Quarantine,
            Action::Packages,
            Action::PackagesChange,
            Action::PolicyRead,
            Action::PolicyPropose,
            Action::PolicyApprove,
            Action::PolicyExplain,
            Action::Destroy,
        ];
        if !of_people.contains(&action) {
            assert!(
                matches!(&sandbox, Decision::Permit(p) if p.ground == Ground::SandboxTest),
                "{}",
                told(&sandbox)
            );
        }
        ask.policy.world = World::Production;
        let Decision::Refuse(refusal) = ask.decide() else {
            panic!("the test system is let into production")
        };
        assert_eq!(refusal.code, "test_system_in_production");
    }
}

#[test]
fn a_persons_scope_reaches_that_person_and_nothing_else() {
    let scope = permitted(&Ask::of(&PERSONNEL[0]));
    assert!(scope.permits_read(PATIENT, Category::Tjenester, "any/source"));
    assert!(!scope.permits_read(OTHER, Category::Tjenester, "any/source"));
    assert!(!scope.permits_read(PATIENT, Category::Tvang, "any/source"));
    assert!(scope.permits_read(PersonNo(0), Category::Administrativt, "any/source"));
    assert!(!scope.permits_read(PersonNo(0), Category::Journal, "any/source"));
    assert!(!scope.permits_write(PATIENT, Category::Tjenester, scope.source().unwrap_or_default()));
    assert_eq!(scope.instance().as_str(), "9901");
}

#[test]
fn smart_scopes_take_away_and_patient_is_the_patient_of_the_launch() {
    let smart = |words: &str| SmartScopes::of(words.split(' ')).map(Arc::new);
    let mut ask = Ask::of(&PERSONNEL[0]);
    ask.identity.smart = smart("patient/Observation.rs user/Organization.c");
    let scope = permitted(&ask);
    assert!(scope.covers("Observation") && !scope.covers("Condition") && !scope.covers("Organization"));
    assert!(scope.permits_read(PATIENT, Category::Tjenester, "any/source") && !scope.reaches_everything());
    let code = |ask: &Ask| match ask.decide() {
        Decision::Refuse(refusal) => refusal.code,
        Decision::Permit(_) => "permitted",
    };
    // About another, known or not, and whatever relation there is: the same.
    (ask.person, ask.nin) = (Some(OTHER), None);
    assert_eq!(code(&ask), "scope_missing");
    (ask.person, ask.nin) = (None, Some(nin("04894610447")));
    assert_eq!(code(&ask), "scope_missing");
    // Nothing is opened that the policies close, and nothing that is no resource.
    let mut plain = Ask::of(&PERSONNEL[0]);
    for action in Action::EVERY {
        plain.action = action;
        let before = code(&plain);
        plain.identity.smart = smart("patient/*.cruds user/*.cruds system/*.cruds");
        let after = code(&plain);
        plain.identity.smart = None;
        let expected = if action.is_about_resources() || before == "scope_missing" {
            before
        } else {
            "scope_missing"
        };
        assert_eq!(after, expected, "{}", action.name());
    }
}

#[test]
fn an_export_reaches_what_the_organisation_delivered_and_no_more() {
    let mut ask = system("epj-nordvik", NORDVIK);
    ask.action = Action::Export;
    let scope = permitted(&ask);
    for (source, reached) in [
        ("399901006/epj-nordvik", true),
        ("399901006/tavle-nordvik", true),
        ("399903009/epj-nordvik", false),
        ("3999010060/epj-nordvik", false),
        ("399901006", false),
        ("", false),
    ] {
        for person in [PATIENT, PersonNo(0)] {
            assert_eq!(scope.permits_read(person, Category::Administrativt, source), reached, "{source}");
        }
    }
    assert!(!scope.may_write() && !scope.permits_write(PATIENT, Category::Journal, "399901006/epj-nordvik"));
}

#[test]
fn a_job_goes_on_only_as_what_the_registration_says_now() {
    let mut policy = policy();
    let job = |policy: &crate::InstancePolicy, organisation: &str, client: &str| AccessScope::job(policy, organisation, client);
    let scope = job(&policy, NORDVIK, "epj-nordvik");
    assert!(scope.is_some_and(|s| s.may_write() && s.readable() == Categories::NONE));
    assert!(job(&policy, DALFJORD, "epj-nordvik").is_none());
    assert!(job(&policy, NORDVIK, "unknown").is_none());
    assert!(job(&policy, DRIFTER, "drift").is_none());
    assert!(job(&policy, NORDVIK, "system-test").is_some());
    policy.world = World::Production;
    assert!(job(&policy, NORDVIK, "system-test").is_none());
    policy.clients.retain(|c| c.client != "epj-nordvik");
    assert!(job(&policy, NORDVIK, "epj-nordvik").is_none());
}

#[test]
fn a_system_reaches_its_own_deliveries() {
    let mut ask = system("epj-nordvik", NORDVIK);
    ask.action = Action::Write;
    let scope = permitted(&ask);
    let own = "399901006/epj-nordvik";
    assert_eq!(scope.source(), Some(own));
    assert_eq!(scope.organisation(), Some(NORDVIK));
    assert!(scope.permits_write(OTHER, Category::Tjenester, own) && scope.permits_read(OTHER, Category::Tjenester, own));
    assert!(!scope.permits_write(OTHER, Category::Tjenester, "399901006/tavle-nordvik"));
    assert!(!scope.permits_read(OTHER, Category::Tjenester, "399901006/tavle-nordvik"));
    ask.action = Action::Exists;
    let exists = permitted(&ask);
    assert!(exists.permits_exists(OTHER, Category::Tjenester, own) && !exists.permits_read(OTHER, Category::Tjenester, own));
    assert!(!exists.permits_exists(OTHER, Category::Tjenester, "399901006/tavle-nordvik"));
}

#[test]
fn an_existence_check_shows_no_content() {
    let mut ask = Ask::of(&PERSONNEL[0]);
    ask.action = Action::Exists;
    let scope = permitted(&ask);
    assert!(!scope.permits_read(PATIENT, Category::Tjenester, "s"));
    assert!(scope.permits_exists(PATIENT, Category::Tjenester, "s") && !scope.permits_exists(OTHER, Category::Tjenester, "s"));
}

#[test]
fn an_import_reads_nothing() {
    let scope = AccessScope::import(instance(), NORDVIK, "import");
    assert!(scope.permits_write(PATIENT, Category::Journal, "399901006/import"));
    for category in Category::EVERY {
        assert!(!scope.permits_read(PATIENT, category, "399901006/import"));
        assert!(!scope.permits_exists(PATIENT, category, "399901006/import"));
    }
}

#[test]
fn a_cursor_is_bound_to_who_asks_and_what() {
    let base = permitted(&Ask::of(&PERSONNEL[0]));
    let mut same = Ask::of(&PERSONNEL[0]);
    same.now_ms += 60_000;
    assert_eq!(base.binding(), permitted(&same).binding());
    let mut other_purpose = Ask::of(&PERSONNEL[0]);
    other_purpose.attest(|a| a.purpose = Some(Purpose::Etreat));
    other_purpose.reason = Some("pasienten er bevisstløs");
    let mut other_patient = Ask::of(&PERSONNEL[0]);
    other_patient.person = Some(OTHER);
    let mut other_instance = Ask::of(&PERSONNEL[0]);
    other_instance.policy.instance = kilde_log::Instance::parse("9902").expect("four digits");
    let mut fewer = Ask::of(&PERSONNEL[0]);
    fewer.categories = Categories::of(&[Category::Maaledata]);
    let others = [other_purpose, other_patient, other_instance, fewer, Ask::of(&PERSONNEL[1])];
    for other in others {
        assert_ne!(base.binding(), permitted(&other).binding());
    }
}

#[test]
fn a_scope_ends_with_token_and_attestation() {
    let ask = Ask::of(&PERSONNEL[0]);
    assert_eq!(permitted(&ask).valid_until_ms(), ask.now_ms + 600_000);
    let mut old = Ask::of(&PERSONNEL[0]);
    old.attest(|a| a.time_ms = Some(NOW - 59 * 60_000));
    assert_eq!(permitted(&old).valid_until_ms(), NOW + 60_000);
}

#[test]
fn an_instance_may_be_stricter() {
    let mut ask = Ask::of(&PERSONNEL[0]);
    let rule = r#"@id("night") @code("closed") @status("403") @order("1") @reason_nb("a") @reason_nn("b") @reason_en("c")
        forbid (principal is Kilde::Personnel, action, resource);"#;
    ask.policy.narrow(rule).expect("a rule that narrows");
    let Decision::Refuse(refusal) = ask.decide() else {
        panic!("forbid must win")
    };
    assert_eq!(refusal.code, "closed");
}

fn permitted(ask: &Ask) -> AccessScope {
    match ask.decide() {
        Decision::Permit(permit) => permit.scope,
        Decision::Refuse(refusal) => panic!("refused: {refusal:?}"),
    }
}

impl Ask {
    /// Puts the question.
    fn ask<T>(&self, use_: impl FnOnce(&Question<'_>) -> T) -> T {
        let relations = self.relations;
        let mut question = Question::new(&self.identity, &self.policy, self.action, self.now_ms, &relations);
        question.person = self.person;
        question.nin = self.nin.as_ref();
        question.own_person = self.own_person;
        question.service = self.service;
        question.categories = self.categories;
        question.descriptions = self.descriptions;
        question.reason = self.reason;
        use_(&question)
    }

    /// Decides; and makes sure that asking every policy gives the same.
    fn decide(&self) -> Decision {
        self.ask(|question| {
            let facts = super::facts::gather(question).facts;
            let policies = question.instance.policies().expect("policies");
            let (request, entities) = super::cedar::request(&facts, None).expect("a request");
            let one = policies.ask(facts.who.kind(), facts.action, &request, &entities);
            assert_eq!(one, policies.ask_all(&request, &entities));
            // What is remembered is asked with another age, and must be the same.
            let alike = facts.clone().told_to(&policies);
            let (request, entities) = super::cedar::request(&alike, None).expect("a request");
            assert_eq!(one, policies.ask_all(&request, &entities));
            decide(question)
        })
    }
}

/// The attestation is the reader's system's word; what she is authorised as is the issuer's.
#[test]
fn a_profession_that_the_token_does_not_tell_is_not_believed() {
    for professions in [vec![], vec!["FT".to_owned()]] {
        let mut ask = Ask::of(&PERSONNEL[0]);
        if let Actor::Personnel { professions: own, .. } = &mut ask.identity.actor {
            *own = professions;
        }
        let Decision::Refuse(refusal) = ask.decide() else {
            panic!("permitted")
        };
        assert_eq!(refusal.code, "attestation_authorization_mismatch");
    }
}
