//! Whether a change of what a municipality decides lets anybody see more than before. When in doubt, it does.

use crate::identity::Purpose;
use crate::instance::{InstancePolicy, UnitKind};
use crate::municipal::Municipal;
use crate::policy::printed;
use crate::roles::{Reach, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Purposes of use.
const PURPOSES: [Purpose; 4] = [Purpose::Treat, Purpose::Etreat, Purpose::Coc, Purpose::Btg];

/// Facts that follow from agreements, rows and `self_declared`.
const OF_THE_DATA: [&str; 6] = [
    "agreementExists",
    "agreementCovers",
    "agreementEnded",
    "roleReaches",
    "descriptionsReached",
    "allowsSelfDeclared",
];

/// One way in which a change widens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Widening {
    /// A policy that forbids is gone, or says something else.
    Policy(String),
    /// An agreement is new, or permits something that none did before.
    Agreement(String),
    /// The profession (`-` for nobody authorised, `*` for those that no row names) reaches more in that kind of unit.
    Minimisation(String, String),
    /// Health personnel may declare their own need.
    SelfDeclared,
}

impl Widening {
    /// In words: bokmål, English.
    pub fn told(&self) -> (String, String) {
        match self {
            Widening::Policy(id) => (
                format!("Regelen «{id}» er fjernet eller endret."),
                format!("The policy “{id}” is removed or changed."),
            ),
            Widening::Agreement(id) => (
                format!("Avtalen «{id}» gir tilgang som ingen avtale ga."),
                format!("The agreement “{id}” gives access that none gave."),
            ),
            Widening::Minimisation(profession, unit) => (
                format!("Profesjon {profession} når mer i enheter av typen {unit}."),
                format!("Profession {profession} reaches more in units of kind {unit}."),
            ),
            Widening::SelfDeclared => (
                "Helsepersonell kan selv erklære tjenstlig behov.".to_owned(),
                "Health personnel may declare their own need.".to_owned(),
            ),
        }
    }
}

/// Every way in which the new widens what is in force; none if it only narrows.
pub fn of(old: &InstancePolicy, new: &Municipal) -> Vec<Widening> {
    let mut out = BTreeSet::new();
    let before = old.municipal();
    let policies = printed(&new.policies);
    for (id, policy) in printed(&before.policies) {
        if !policies.contains(&(id.clone(), policy)) {
            out.insert(Widening::Policy(id));
        }
    }
    let data_changed = (&new.agreements, &new.rows, new.self_declared) != (&before.agreements, &before.rows, before.self_declared);
    for (id, policy) in policies.iter().filter(|_| data_changed) {
        // Less of these may make such a policy forbid less.
        if OF_THE_DATA.iter().any(|fact| policy.contains(fact)) {
            out.insert(Widening::Policy(id.clone()));
        }
    }
    for agreement in &new.agreements {
        if !before.agreements.iter().any(|earlier| agreement.is_within(earlier)) {
            out.insert(Widening::Agreement(agreement.id.clone()));
        }
    }
    if new.rows != before.rows {
        table(old.table(), &Table::with(new.rows.clone()), &mut out);
    }
    if new.self_declared && !before.self_declared {
        out.insert(Widening::SelfDeclared);
    }
    out.into_iter().collect()
}

/// What each profession reaches in each kind of unit for each purpose, before and after.
fn table(old: &Table, new: &Table, out: &mut BTreeSet<Widening>) {
    let mut professions: BTreeSet<Option<&str>> = old.professions().chain(new.professions()).map(Some).collect();
    // Nobody authorised, and somebody whom no row names.
    professions.extend([None, Some("*")]);
    for profession in professions {
        for unit in UnitKind::EVERY {
            for purpose in PURPOSES {
                let (before, after) = (old.of_one(profession, unit, purpose), new.of_one(profession, unit, purpose));
                if more(before, after) {
                    out.insert(Widening::Minimisation(profession.unwrap_or("-").to_owned(), unit.name().to_owned()));
                }
            }
        }
    }
}

fn more(before: Reach, after: Reach) -> bool {
    !after.categories.without(before.categories).is_empty() || (after.descriptions && !before.descriptions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::InForce;
    use kilde_fhir::national_id::World;
    use kilde_log::Instance;

    const FORBID: &str = r#"@id("own") @code("own") @status("403") @order("1") @reason_nb("a") @reason_nn("b") @reason_en("c")
forbid (principal is Kilde::Citizen, action, resource) when { principal.level < 4 };"#;

    fn read(text: &str) -> Municipal {
        match Municipal::from_toml(text) {
            Ok(municipal) => municipal,
            Err(findings) => panic!("{findings:?}"),
        }
    }

    fn widens(old: &str, new: &str) -> Vec<Widening> {
        let base = InstancePolicy::new(Instance::parse("9901").expect("a number"), "", World::Sandbox);
        of(&base.with(read(old), InForce::default()).expect("a policy"), &read(new))
    }

    fn policies(text: &str) -> String {
        format!("policies = '''\n{text}\n'''\n")
    }

    const AGREEMENT: &str = "[[agreement]]\nid = \"a\"\nlegal_entity = \"399903009\"\nunit = \"fastlege\"\ncategories = [\"tjenester\"]\npurposes = [\"TREAT\"]\nto = \"2027-01-01\"\n";
    const ROW: &str =
        "[[minimisation]]\nprofession = [\"FT\"]\nunit = [\"fysioterapi\"]\npurpose = [\"TREAT\"]\ncategories = [\"journal\"]\n";

    #[test]
    fn policies_that_are_gone_or_different_widen_and_new_ones_do_not() {
        let other = FORBID.replace("< 4", "< 3");
        assert_eq!(widens("", &policies(FORBID)), []);
        assert_eq!(widens(&policies(FORBID), &policies(FORBID)), []);
        assert_eq!(widens(&policies(FORBID), ""), [Widening::Policy("own".to_owned())]);
        assert_eq!(widens(&policies(FORBID), &policies(&other)), [Widening::Policy("own".to_owned())]);
    }

    #[test]
    fn agreements_that_are_new_or_longer_widen_and_shorter_ones_do_not() {
        let longer = AGREEMENT.replace("2027", "2028");
        let is_a = [Widening::Agreement("a".to_owned())];
        assert_eq!(widens("", AGREEMENT), is_a);
        assert_eq!(widens(AGREEMENT, &longer), is_a);
        assert_eq!(widens(&longer, AGREEMENT), []);
        assert_eq!(widens(AGREEMENT, ""), []);
    }

    #[test]
    fn rows_that_reach_more_widen_and_others_do_not() {
        let reached = [Widening::Minimisation("FT".to_owned(), "fysioterapi".to_owned())];
        assert_eq!(widens("", ROW), reached);
        let less = ROW.replace("journal", "person");
        assert_eq!(widens("", &less), []);
        // What a row that narrows took away comes back.
        assert_eq!(widens(&less, ""), reached);
        assert_eq!(widens(ROW, ""), reached, "the row had taken services away");
        // A row for everybody concerns those whom no row names.
        let all = ROW.replace("\"FT\"", "\"*\"");
        assert!(widens("", &all).contains(&Widening::Minimisation("*".to_owned(), "fysioterapi".to_owned())));
    }

    #[test]
    fn data_that_own_policies_look_at_widen_when_they_change() {
        let looks = policies(&FORBID.replace("principal.level < 4", "context.descriptionsReached"));
        let less = ROW.replace("journal", "person");
        assert_eq!(widens(&looks, &looks), []);
        assert_eq!(widens(&looks, &format!("{looks}{less}")), [Widening::Policy("own".to_owned())]);
        assert_eq!(widens(&policies(FORBID), &format!("{}{less}", policies(FORBID))), []);
    }

    #[test]
    fn own_declarations_widen() {
        assert_eq!(widens("", "self_declared = true"), [Widening::SelfDeclared]);
        assert_eq!(widens("self_declared = true", ""), []);
    }
}
