//! Agreements at their boundaries, and the hierarchy of units.

use super::world::*;
use crate::block::{Against, Block, Covers, Element};
use crate::category::{Categories, Category};
use crate::days::Days;
use crate::declared::{Declaration, Declared};
use crate::instance::UnitKind;
use crate::proxy::Marks;
use crate::question::{Action, Decision, Question, Relations};
use kilde_log::PersonNo;
use std::sync::Arc;

const END: i64 = NOW + 1_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The general practitioner, with an agreement that ends.
fn ending(winding_up_days: u16, now_ms: i64, recorded: bool) -> Ask {
    let mut ask = Ask::of(&PERSONNEL[5]);
    ask.policy.agreements[0].to_ms = Some(END);
    ask.policy.agreements[0].winding_up_days = winding_up_days;
    ask.now_ms = now_ms;
    ask.identity.expires_ms = now_ms + 600_000;
    ask.attest(|a| a.time_ms = Some(now_ms - 60_000));
    ask.relations.recorded = recorded;
    ask
}

fn code(decision: &Decision) -> &'static str {
    match decision {
        Decision::Permit(_) => "permit",
        Decision::Refuse(refusal) => refusal.code,
    }
}

#[test]
fn an_agreement_ends_at_its_end() {
    assert_eq!(code(&ending(0, END - 1, false).decide()), "permit");
    assert_eq!(code(&ending(0, END, false).decide()), "agreement_ended");
    assert_eq!(code(&ending(0, END, true).decide()), "agreement_ended");
    let mut before = ending(0, END - 1, false);
    before.policy.agreements[0].from_ms = Some(END);
    before.policy.agreements[0].to_ms = None;
    assert_eq!(code(&before.decide()), "agreement_does_not_cover");
    before.policy.agreements[0].from_ms = Some(END - 1);
    assert_eq!(code(&before.decide()), "permit");
}

#[test]
fn without_a_service_an_agreement_reaches_what_its_services_show() {
    let read = |services: &[&str], service: Option<&'static str>| {
        let mut ask = Ask::of(&PERSONNEL[5]);
        ask.policy.agreements[0].services = services.iter().map(|s| (*s).to_owned()).collect();
        (ask.action, ask.service) = (Action::Search, service);
        match ask.decide() {
            Decision::Permit(permit) => permit.scope.readable(),
            Decision::Refuse(_) => Categories::NONE,
        }
    };
    for (services, service, maaledata, tjenester) in [
        (&["okt"][..], None, false, true),
        (&["okt"], Some("maaledata"), false, false),
        (&["okt"], Some("okt"), true, true),
        (&["maaledata"], None, true, false),
        (&["okt", "maaledata"], None, true, true),
        (&["a service that is not there"], None, false, false),
        (&[], None, true, true),
    ] {
        let reached = read(services, service);
        assert_eq!(reached.contains(Category::Maaledata), maaledata, "{services:?} {service:?}");
        assert_eq!(reached.contains(Category::Tjenester), tjenester, "{services:?} {service:?}");
    }
}

#[test]
fn what_is_wound_up_reaches_only_those_under_treatment() {
    let last = END + 2 * DAY;
    for (now, recorded, expected) in [
        (END - 1, false, "permit"),
        (END, false, "agreement_ended"),
        (END, true, "permit"),
        (last - 1, true, "permit"),
        (last - 1, false, "agreement_ended"),
        (last, true, "agreement_ended"),
    ] {
        assert_eq!(code(&ending(2, now, recorded).decide()), expected, "{} {recorded}", now - END);
    }
}

#[test]
fn a_scope_ends_with_its_agreement() {
    for (ask, until) in [
        (ending(0, END - 1, false), END),
        (ending(2, END, true), END + 600_000),
        (ending(2, END + 2 * DAY - 5, true), END + 2 * DAY),
    ] {
        let Decision::Permit(permit) = ask.decide() else {
            panic!("refused")
        };
        assert_eq!(permit.scope.valid_until_ms(), until);
    }
}

/// A block against a unit, or a relation to it.
struct Units {
    related: &'static str,
    declared: Arc<Declared>,
}

impl Relations for Units {
    fn recorded(&self, _person: PersonNo, _organisation: &str, unit: Option<&str>, _at_ms: i64) -> bool {
        unit == Some(self.related)
    }
    fn birth_date(&self, _person: PersonNo) -> Option<jiff::civil::Date> {
        None
    }
    fn declared(&self) -> Option<Arc<Declared>> {
        Some(self.declared.clone())
    }
}

/// Home care, with the acute ward as a part of it, of no kind of its own.
fn hierarchy(worker: usize) -> Ask {
    let mut ask = Ask::of(&PERSONNEL[worker]);
    let part = ask.policy.units.iter_mut().find(|unit| unit.id == KAD).expect("a unit");
    (part.part_of, part.kind) = (Some(HJEMMETJENESTE.to_owned()), UnitKind::Annet);
    ask
}

fn decided(ask: &Ask, relations: &dyn Relations) -> Decision {
    let mut question = Question::new(&ask.identity, &ask.policy, ask.action, ask.now_ms, relations);
    (question.person, question.nin) = (ask.person, ask.nin.as_ref());
    crate::decide(&question)
}

#[test]
fn a_block_against_a_unit_closes_for_its_parts_and_not_for_what_it_is_part_of() {
    let block = |number: &str| Block {
        against: Against::Organisation { number: number.to_owned() },
        covers: Covers::Everything,
        emergency_opens: false,
    };
    let element = Element {
        person: PATIENT,
        category: Category::Maaledata,
        source: "x/y",
        rtype: "Observation",
        id: "1",
        documented: Days::ALL,
        marks: Marks::NONE,
    };
    for (blocked, worker, closed) in [
        (HJEMMETJENESTE, 2, true),
        (KAD, 2, true),
        (KAD, 3, false),
        (HJEMMETJENESTE, 3, true),
        (LEGEVAKT, 2, false),
    ] {
        let mut declared = Declared::default();
        declared.put(PATIENT, "b", Some(Declaration::Block(block(blocked))));
        let relations = Units {
            related: "",
            declared: Arc::new(declared),
        };
        let Decision::Permit(permit) = decided(&hierarchy(worker), &relations) else {
            panic!("refused")
        };
        assert_eq!(permit.scope.closes(&element), closed, "{blocked} {worker}");
    }
}

#[test]
fn a_relation_to_a_part_is_one_to_the_whole_and_not_the_other_way() {
    for (related, worker, expected) in [
        (KAD, 3, "permit"),
        (KAD, 2, "permit"),
        (HJEMMETJENESTE, 2, "attestation_missing"),
        (LEGEVAKT, 3, "attestation_missing"),
    ] {
        let mut ask = hierarchy(worker);
        let profession = ask.identity.attestation.take().and_then(|a| a.authorization);
        if let crate::Actor::Personnel { professions, .. } = &mut ask.identity.actor {
            professions.extend(profession);
        }
        let relations = Units {
            related,
            declared: Arc::default(),
        };
        assert_eq!(code(&decided(&ask, &relations)), expected, "{related} {worker}");
    }
}

#[test]
fn a_unit_without_a_kind_is_what_it_is_part_of() {
    let kind = |ask: &Ask| match ask.decide() {
        Decision::Permit(permit) => permit.unit,
        Decision::Refuse(_) => None,
    };
    assert_eq!(kind(&hierarchy(2)), Some(UnitKind::Hjemmetjeneste));
}
