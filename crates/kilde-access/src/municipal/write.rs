//! The text of what a municipality decides, where nobody has written one yet.

use super::Municipal;
use crate::agreement::Agreement;
use kilde_fhir::date::local_date;
use std::fmt::Write;

/// The TOML form. Reading it gives the same again.
pub fn toml(municipal: &Municipal) -> String {
    let mut out = format!("self_declared = {}\n", municipal.self_declared);
    if !municipal.policies.trim().is_empty() {
        let _ = writeln!(out, "policies = '''\n{}'''", municipal.policies);
    }
    for agreement in &municipal.agreements {
        write_agreement(agreement, &mut out);
    }
    for row in &municipal.rows {
        let [profession, unit, purpose, categories] = row.columns();
        let _ = write!(
            out,
            "\n[[minimisation]]\nprofession = {profession:?}\nunit = {unit:?}\npurpose = {purpose:?}\ncategories = {categories:?}\n"
        );
    }
    out
}

fn write_agreement(agreement: &Agreement, out: &mut String) {
    let categories: Vec<&str> = agreement.categories.iter().map(crate::Category::name).collect();
    let purposes: Vec<&str> = agreement.purposes.iter().map(|purpose| purpose.code()).collect();
    let _ = write!(
        out,
        "\n[[agreement]]\nid = {:?}\nlegal_entity = {:?}\nunit = {:?}\nservices = {:?}\ncategories = {categories:?}\npurposes = {purposes:?}\n",
        agreement.id,
        agreement.legal_entity,
        agreement.unit.name(),
        agreement.services,
    );
    for (name, at) in [("from", agreement.from_ms), ("to", agreement.to_ms)] {
        if let Some(at) = at {
            let _ = writeln!(out, "{name} = \"{}\"", local_date(at));
        }
    }
    if agreement.winding_up_days > 0 {
        let _ = writeln!(out, "winding_up_days = {}", agreement.winding_up_days);
    }
}
