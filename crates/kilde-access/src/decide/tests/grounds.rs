//! What a ground gives beside persons and categories; and what no ground gives, whatever a policy says.

use super::super::facts::{self, Who};
use super::super::scope;
use super::world::*;
use crate::block::{Against, Block, Covers};
use crate::category::{Categories, Category};
use crate::declared::{Declaration, Declared};
use crate::instance::ClientKind;
use crate::proxy::Marks;
use crate::question::{Action, Decision, Ground, Question, Relations};
use jiff::civil::date;
use kilde_fhir::national_id::World;
use kilde_log::PersonNo;
use std::sync::Arc;

fn of(ask: &Ask, ground: Ground) -> bool {
    ask.ask(|question| scope(question, &facts::gather(question), ground).is_some())
}

/// A citizen who asks about somebody else, or about herself.
fn asking(pid: &str, action: Action) -> Ask {
    let mut ask = citizen(pid, 4);
    ask.action = action;
    ask
}

#[test]
fn places_and_internal_notes_are_for_herself_and_who_wrote_them() {
    let mut guardian = asking(OTHER_NIN, Action::Read);
    guardian.identity.claims_proxy = true;
    guardian.relations.proxy = true;
    let mut source = system("epj-nordvik", NORDVIK);
    source.action = Action::Read;
    for (ask, all) in [
        (Ask::of(&PERSONNEL[0]), false),
        (guardian, false),
        (asking(PATIENT_NIN, Action::Read), true),
        (source, true),
    ] {
        let scope = super::permitted(&ask);
        assert_eq!(scope.may_see_places(), all, "{ask:?}");
        assert_eq!(scope.hides, if all { Marks::NONE } else { Marks::INTERNAL }, "{ask:?}");
    }
}

#[test]
fn a_scope_is_not_made_where_ground_and_question_do_not_fit() {
    let mut test = system("system-test", NORDVIK);
    assert!(of(&test, Ground::SandboxTest));
    test.policy.world = World::Production;
    assert!(!of(&test, Ground::SandboxTest), "whatever a policy would say");

    // Who belongs to no organisation delivers nothing and has delivered nothing.
    for (action, ground) in [
        (Action::Write, Ground::Attested),
        (Action::Read, Ground::OwnDelivery),
        (Action::Export, Ground::OwnOrganisation),
    ] {
        let mut ask = system("epj-nordvik", NORDVIK);
        ask.action = action;
        assert!(of(&ask, ground), "{action:?}");
        (ask.identity.legal_entity, ask.identity.unit) = (None, None);
        assert!(!of(&ask, ground), "{action:?}");
    }
    let mut nobody = Ask::of(&PERSONNEL[0]);
    (nobody.identity.legal_entity, nobody.identity.unit) = (None, None);
    assert!(of(&nobody, Ground::Attested), "reading needs no organisation to deliver for");
}

#[test]
fn a_parent_sees_no_log_of_a_child_whose_address_is_secret() {
    let permits = |parent: bool, secret: bool, action: Action| {
        let mut ask = asking(OTHER_NIN, action);
        ask.identity.claims_proxy = true;
        ask.relations = Known {
            parent,
            proxy: !parent,
            secret,
            born: Some(date(2020, 1, 1)),
            ..Known::default()
        };
        matches!(ask.decide(), Decision::Permit(_))
    };
    for (parent, secret, action, permitted) in [
        (true, false, Action::TilgangsloggOwn, true),
        (true, true, Action::TilgangsloggOwn, false),
        (true, true, Action::Read, true),
        (false, true, Action::TilgangsloggOwn, true),
    ] {
        assert_eq!(permits(parent, secret, action), permitted, "{parent} {secret} {action:?}");
    }
}

#[test]
fn what_is_kept_from_the_young_is_hidden_until_they_are_sixteen() {
    for (year, hides) in [(2014, Marks::FROM_YOUTH), (2000, Marks::NONE)] {
        let mut ask = asking(PATIENT_NIN, Action::Read);
        ask.relations.born = Some(date(year, 1, 1));
        assert_eq!(super::permitted(&ask).hides, hides, "{year}");
    }
    let ask = asking(PATIENT_NIN, Action::Read);
    assert_eq!(super::permitted(&ask).hides, Marks::NONE, "nothing is known of her age");
}

/// Blocks, and nothing else.
struct Blocks(Arc<Declared>);

impl Relations for Blocks {
    fn recorded(&self, _person: PersonNo, _organisation: &str, _unit: Option<&str>, _at_ms: i64) -> bool {
        false
    }
    fn birth_date(&self, _person: PersonNo) -> Option<jiff::civil::Date> {
        None
    }
    fn declared(&self) -> Option<Arc<Declared>> {
        Some(self.0.clone())
    }
}

impl Ask {
    /// Whether the scope stands under these blocks.
    fn stands_under(&self, declared: Declared) -> bool {
        let relations = Blocks(Arc::new(declared));
        let mut question = Question::new(&self.identity, &self.policy, self.action, self.now_ms, &relations);
        (question.person, question.nin, question.reason) = (self.person, self.nin.as_ref(), self.reason);
        match super::decide(&question) {
            Decision::Permit(permit) => permit.scope.closing.is_some(),
            Decision::Refuse(refusal) => panic!("refused: {}", refusal.code),
        }
    }
}

fn against(pid: &str, hpr: Option<&str>) -> Declared {
    let mut declared = Declared::default();
    let block = Block {
        against: Against::Reader {
            pid: pid.to_owned(),
            hpr: hpr.map(str::to_owned),
            name: None,
            workplace: None,
        },
        covers: Covers::Everything,
        emergency_opens: true,
    };
    declared.put(PATIENT, "1", Some(Declaration::Block(block)));
    declared
}

#[test]
fn a_scope_stands_under_the_blocks_that_concern_who_asks() {
    let nurse = Ask::of(&PERSONNEL[0]);
    let own = nurse.identity.actor.pid().expect("a person").to_owned();
    assert!(nurse.stands_under(against(&own, None)));
    assert!(!nurse.stands_under(against(OTHER_NIN, None)));
    assert!(!nurse.stands_under(Declared::default()));
    // In an emergency, where the citizen has said that it opens.
    let (_, emergency) = SITUATIONS
        .iter()
        .find(|(name, _)| *name == "emergency with reason")
        .expect("a situation");
    let mut opening = Ask::of(&PERSONNEL[0]);
    emergency(&mut opening);
    assert!(!opening.stands_under(against(&own, None)));
    // Who exports what her organisation has delivered stands under any, where there is one.
    let mut exporting = system("epj-nordvik", NORDVIK);
    exporting.action = Action::Export;
    assert!(exporting.stands_under(against(OTHER_NIN, None)));
    assert!(!exporting.stands_under(Declared::default()));
}

#[test]
fn who_may_not_deliver_writes_nothing_and_who_operates_never_does() {
    let writable = |ask: &Ask| ask.ask(|question| facts::gather(question).writable);
    assert_eq!(writable(&system("epj-nordvik", NORDVIK)), Categories::ALL);
    assert_eq!(writable(&system("leser-nordvik", NORDVIK)), Categories::NONE);
    let mut operator = system("drift", DRIFTER);
    for client in operator.policy.clients.iter_mut().filter(|c| c.kind == ClientKind::Operator) {
        client.may_write = true;
    }
    assert_eq!(writable(&operator), Categories::NONE);
}

fn gathered(ask: &Ask) -> facts::Gathered {
    ask.ask(facts::gather)
}

#[test]
fn an_office_is_that_of_the_registered_client() {
    let clients = [
        (ClientKind::Operator, "operator"),
        (ClientKind::PrivacyOfficer, "privacy-officer"),
        (ClientKind::Manager, "manager"),
        (ClientKind::Administrator, "administrator"),
        (ClientKind::Source, "none"),
        (ClientKind::Test, "none"),
    ];
    for (kind, name) in clients {
        for registered_to_write in [false, true] {
            let mut ask = Ask::of(&PERSONNEL[0]);
            ask.identity.client = "leser-nordvik".to_owned();
            for client in ask.policy.clients.iter_mut().filter(|c| c.client == "leser-nordvik") {
                (client.kind, client.may_write) = (kind, registered_to_write);
            }
            let Who::Personnel { office, may_write, .. } = gathered(&ask).facts.who else {
                panic!("not personnel");
            };
            let delivers = registered_to_write && kind == ClientKind::Source;
            assert_eq!((office, may_write), (name, delivers), "{kind:?}");
        }
    }
}

#[test]
fn an_agreement_without_services_gives_no_descriptions_of_them() {
    for (categories, descriptions) in [
        (&[Category::Tjenester][..], true),
        (&[Category::Tvang], false),
        (&[Category::Maaledata, Category::Person], false),
    ] {
        let mut ask = Ask::of(&PERSONNEL[5]);
        ask.service = None;
        ask.policy.agreements[0].services = Vec::new();
        ask.policy.agreements[0].categories = Categories::of(categories);
        assert_eq!(gathered(&ask).reach.descriptions, descriptions, "{categories:?}");
    }
}

#[test]
fn a_role_reaches_if_it_reaches_more_than_what_everybody_does_or_only_that_was_asked() {
    let reaches = |categories: Categories, authorisation: &str| {
        let mut ask = Ask::of(&PERSONNEL[0]);
        ask.categories = categories;
        ask.attest(|a| a.authorization = Some(authorisation.to_owned()));
        gathered(&ask).facts.role_reaches
    };
    // A role without a row reaches nothing.
    for (categories, nurse, nobody) in [
        (Categories::ALL, true, false),
        (Categories::ADMINISTRATIVE, true, false),
        (Categories::of(&[Category::Tjenester]), true, false),
        // Coercion is not for nurses of the emergency clinic; what is administrative beside it makes no difference.
        (Categories::of(&[Category::Tvang]), false, false),
        (Categories::of(&[Category::Tvang, Category::Administrativt]), false, false),
        (Categories::NONE, false, false),
    ] {
        assert_eq!(
            (reaches(categories, "SP"), reaches(categories, "XX")),
            (nurse, nobody),
            "{categories:?}"
        );
    }
}

#[test]
fn a_recorded_relation_is_looked_up_where_it_can_make_a_difference() {
    type Change = fn(&mut Ask);
    let cases: [(Change, bool); 6] = [
        (|_| (), false),
        (|a| a.attest(|t| t.user_selected = true), true),
        (|a| a.attest(|t| t.purpose = None), true),
        (|a| a.identity.attestation = None, true),
        (
            |a| {
                a.identity.attestation = None;
                a.action = Action::Write;
            },
            true,
        ),
        (
            |a| {
                a.identity.attestation = None;
                a.action = Action::PolicyRead;
            },
            false,
        ),
    ];
    for (number, (change, looked_up)) in cases.into_iter().enumerate() {
        let mut ask = Ask::of(&PERSONNEL[0]);
        ask.relations.recorded = true;
        change(&mut ask);
        assert_eq!(gathered(&ask).facts.recorded, looked_up, "case {number}");
    }
}

/// 7 and 8 are one.
struct Twice;

impl Relations for Twice {
    fn same_person(&self, person: PersonNo) -> smallvec::SmallVec<[PersonNo; 2]> {
        match person.0 {
            7 | 8 => smallvec::smallvec![PersonNo(7), PersonNo(8)],
            _ => smallvec::smallvec![person],
        }
    }
    fn recorded(&self, _: PersonNo, _: &str, _: Option<&str>, _: i64) -> bool {
        false
    }
    fn birth_date(&self, _: PersonNo) -> Option<jiff::civil::Date> {
        None
    }
}

#[test]
fn she_asks_about_herself_under_the_number_of_her_token_or_another_of_hers() {
    let ask = asking(PATIENT_NIN, Action::Read);
    let is_self = |about: u32| {
        let mut question = Question::new(&ask.identity, &ask.policy, ask.action, ask.now_ms, &Twice);
        (question.person, question.own_person) = (Some(PersonNo(about)), Some(PersonNo(8)));
        matches!(facts::gather(&question).facts.who, Who::Citizen { is_self: true, .. })
    };
    assert_eq!([7, 8, 9].map(is_self), [true, true, false]);
}
