//! The TOML form of an instance's policy data.

use super::{ClientKind, InstancePolicy, RegisteredClient, Unit, UnitKind};
use crate::category::{Categories, Category};
use crate::municipal::{Raw, RawAgreement, RawRow, toml_error};
use crate::place;
use kilde_fhir::finding::Finding;
use kilde_fhir::national_id::World;
use kilde_log::Instance;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInstance {
    instance: Spanned<String>,
    name: String,
    world: Spanned<String>,
    organisations: Vec<String>,
    #[serde(default)]
    family_sources: Vec<String>,
    #[serde(default)]
    unit: Vec<RawUnit>,
    #[serde(default)]
    client: Vec<RawClient>,
    // What the municipality decides itself.
    #[serde(default)]
    self_declared: bool,
    policies: Option<Spanned<String>>,
    #[serde(default)]
    agreement: Vec<RawAgreement>,
    #[serde(default)]
    minimisation: Vec<RawRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnit {
    id: String,
    name: String,
    kind: UnitKind,
    part_of: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClient {
    id: String,
    organisation: String,
    name: String,
    kind: ClientKind,
    #[serde(default)]
    may_write: bool,
    #[serde(default)]
    may_export: bool,
    categories: Option<Vec<Spanned<String>>>,
}

/// Reads an instance's policy data. The operator's file is as long as it must be.
pub(super) fn instance(text: &str) -> Result<InstancePolicy, Vec<Finding>> {
    let raw: RawInstance = toml::from_str(text).map_err(|error| vec![toml_error(text, &error)])?;
    let mut findings = Vec::new();
    let mut wrong = |start: usize, rule: &'static str, nb: String, en: String| {
        findings.push(Finding::error("value", rule, "", nb, en).at(place::of(text, start)));
    };
    let number = Instance::parse(raw.instance.get_ref());
    if number.is_none() {
        wrong(
            raw.instance.span().start,
            "policy-instance",
            "Et kommunenummer har fire siffer.".to_owned(),
            "The number of a municipality has four digits.".to_owned(),
        );
    }
    let world = match raw.world.get_ref().as_str() {
        "production" => Some(World::Production),
        "sandbox" => Some(World::Sandbox),
        _ => {
            wrong(
                raw.world.span().start,
                "policy-world",
                "`world` er \"production\" eller \"sandbox\".".to_owned(),
                "`world` is \"production\" or \"sandbox\".".to_owned(),
            );
            None
        }
    };
    let mut clients = Vec::new();
    for client in raw.client {
        let mut categories = client.categories.as_ref().map_or(Categories::ALL, |_| Categories::NONE);
        for name in client.categories.iter().flatten() {
            match Category::from_name(name.get_ref()) {
                Some(category) => categories = categories.with(category),
                None => wrong(
                    name.span().start,
                    "policy-category",
                    "Ukjent kategori.".to_owned(),
                    "Unknown category.".to_owned(),
                ),
            }
        }
        clients.push(RegisteredClient {
            client: client.id,
            organisation: client.organisation,
            name: client.name,
            kind: client.kind,
            may_write: client.may_write,
            may_export: client.may_export,
            categories,
        });
    }
    let places: Vec<Option<usize>> = raw
        .unit
        .iter()
        .map(|unit| unit.part_of.as_ref().map(|part| part.span().start))
        .collect();
    let units = raw.unit.into_iter().map(|unit| Unit {
        id: unit.id,
        name: unit.name,
        kind: unit.kind,
        part_of: unit.part_of.map(Spanned::into_inner),
    });
    let units: Vec<Unit> = units.collect();
    let municipal = Raw {
        self_declared: raw.self_declared,
        policies: raw.policies,
        agreement: raw.agreement,
        minimisation: raw.minimisation,
    };
    let municipal = municipal.build(text);
    let (Some(number), Some(world)) = (number, world) else {
        findings.extend(municipal.err().into_iter().flatten());
        return Err(findings);
    };
    let mut policy = InstancePolicy::new(number, &raw.name, world);
    policy.organisations = raw.organisations;
    policy.family_sources = raw.family_sources;
    policy.units = units;
    policy.clients = clients;
    for (unit, start) in policy.units.iter().zip(places) {
        let above = policy.above(&unit.id).any(|above| above.id == unit.id);
        let known = unit.part_of.as_deref().is_none_or(|id| policy.unit(id).is_some());
        if let (Some(start), true) = (start, above || !known) {
            let (nb, en) = (
                "`part_of` er en annen enhet i filen, og ingen enhet er del av seg selv.".to_owned(),
                "`part_of` is another unit of the file, and no unit is part of itself.".to_owned(),
            );
            findings.push(Finding::error("value", "policy-hierarchy", "", nb, en).at(place::of(text, start)));
        }
    }
    match municipal {
        Err(more) => findings.extend(more),
        Ok(municipal) => {
            if let Err(error) = policy.set(municipal) {
                findings.push(Finding::error("value", "policy-type", "", error.to_string(), error.to_string()));
            }
        }
    }
    if findings.is_empty() { Ok(policy) } else { Err(findings) }
}
