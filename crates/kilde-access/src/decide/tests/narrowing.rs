//! A change that does not widen lets nobody see more: held against the decision itself.

use super::oracle::any_ask;
use super::world::*;
use crate::instance::{InForce, InstancePolicy};
use crate::municipal::Municipal;
use crate::question::{Action, Decision, Permit};
use crate::widening;
use kilde_fhir::national_id::World;
use proptest::prelude::*;
use std::fmt::Write;

/// A municipality's text, made of pieces that are often nearly those of another.
fn any_text() -> impl Strategy<Value = String> {
    let policies = prop::collection::btree_set(0..3usize, 0..3);
    let agreements = prop::collection::vec((0..2usize, 0..3usize, 0..3usize, 0..3usize, 0..3usize), 0..3);
    let rows = prop::collection::vec((0..4usize, 0..3usize, 0..3usize, 0..4usize), 0..3);
    (any::<bool>(), policies, agreements, rows).prop_map(|(self_declared, policies, agreements, rows)| {
        let mut out = format!("self_declared = {self_declared}\npolicies = '''\n");
        for number in policies {
            let condition = ["principal.level < 9", "context.reason", "context.descriptionsReached"][number];
            let _ = writeln!(
                out,
                "@id(\"own-{number}\") @code(\"own\") @status(\"403\") @order(\"1\") @reason_nb(\"a\") @reason_nn(\"b\") @reason_en(\"c\")\n\
                 forbid (principal is Kilde::Personnel, action, resource) when {{ {condition} }};"
            );
        }
        out.push_str("'''\n");
        for (number, (party, unit, categories, purposes, days)) in agreements.into_iter().enumerate() {
            let _ = writeln!(
                out,
                "[[agreement]]\nid = \"a{number}\"\nlegal_entity = \"{}\"\nunit = \"{}\"\ncategories = {}\npurposes = {}\nto = \"{}\"",
                [FASTLEGEKONTOR, DALFJORD][party],
                ["fastlege", "legevakt", "annet"][unit],
                ["[\"tjenester\"]", "[\"tjenester\", \"maaledata\"]", "[\"maaledata\", \"person\"]"][categories],
                ["[\"TREAT\"]", "[\"TREAT\", \"ETREAT\"]", "[\"COC\"]"][purposes],
                // The question is put in November 2026.
                ["2026-01-01", "2027-01-01", "2028-01-01"][days],
            );
        }
        for (profession, unit, purpose, categories) in rows {
            let _ = writeln!(
                out,
                "[[minimisation]]\nprofession = {}\nunit = {}\npurpose = {}\ncategories = {}",
                ["[\"SP\"]", "[\"LE\", \"FT\"]", "[\"*\"]", "[\"-\"]"][profession],
                ["[\"legevakt\"]", "[\"*\"]", "[\"kad\", \"annet\"]"][unit],
                ["[\"TREAT\"]", "[\"*\"]", "[\"COC\"]"][purpose],
                ["[\"person\"]", "[\"tjenester\"]", "[\"tjenester-uten-beskrivelse\"]", "[\"journal\", \"tvang\"]"][categories],
            );
        }
        out
    })
}

fn read(text: &str) -> Municipal {
    match Municipal::from_toml(text) {
        Ok(municipal) => municipal,
        Err(findings) => panic!("{findings:?} in {text}"),
    }
}

fn decided(ask: &Ask, policy: &InstancePolicy) -> Option<Box<Permit>> {
    let relations = ask.relations;
    let mut question = crate::Question::new(&ask.identity, policy, ask.action, ask.now_ms, &relations);
    (question.person, question.nin, question.own_person) = (ask.person, ask.nin.as_ref(), ask.own_person);
    (question.service, question.categories) = (ask.service, ask.categories);
    (question.descriptions, question.reason) = (ask.descriptions, ask.reason);
    match crate::decide(&question) {
        Decision::Permit(permit) => Some(permit),
        Decision::Refuse(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_does_not_widen_lets_nobody_see_more(old in any_text(), new in any_text(), asks in prop::collection::vec(any_ask(), 40)) {
        let (old, new) = (read(&old), read(&new));
        let mut before = policy().with(old, InForce::default()).expect("read");
        let widens = widening::of(&before, &new);
        let mut after = before.with(new, InForce::default()).expect("read");
        for ask in asks.into_iter().filter(|_| widens.is_empty()) {
            (before.world, after.world) = (ask.policy.world, ask.policy.world);
            if let Some(permit) = decided(&ask, &after) {
                let earlier = decided(&ask, &before);
                prop_assert!(earlier.is_some(), "permitted anew: {:?} by {}", ask, permit.policy);
                let Some(earlier) = earlier else { continue };
                prop_assert!(permit.scope.readable().without(earlier.scope.readable()).is_empty(), "{:?}", ask);
                prop_assert!(earlier.scope.may_see_descriptions() || !permit.scope.may_see_descriptions(), "{:?}", ask);
                prop_assert!(permit.scope.valid_until_ms() <= earlier.scope.valid_until_ms());
            }
        }
    }

    #[test]
    fn a_municipalitys_own_policies_only_narrow(text in any_text(), asks in prop::collection::vec(any_ask(), 20)) {
        let municipal = read(&text);
        let mut narrowed = policy();
        narrowed.narrow(&municipal.policies).expect("read");
        for mut ask in asks {
            (ask.policy.world, ask.policy.self_declared) = (World::Sandbox, narrowed.self_declared);
            let permitted = decided(&ask, &narrowed).is_some();
            prop_assert!(!permitted || decided(&ask, &ask.policy).is_some());
            let beyond = matches!(ask.action, Action::PolicyRead | Action::PolicyPropose | Action::PolicyApprove | Action::PolicyExplain | Action::TilgangsloggOwn);
            prop_assert!(!beyond || permitted == decided(&ask, &ask.policy).is_some());
        }
    }
}
