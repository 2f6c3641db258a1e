//! The policies of the sandbox's two invented municipalities, made from its organisations.

use kilde_access::{Agreement, Categories, ClientKind, InstancePolicy, Purpose, RegisteredClient, Unit, UnitKind};
use kilde_fhir::national_id::World;
use kilde_http::seal::Witness;
use kilde_http::server::Municipality;
use kilde_log::Instance;
use kilde_sandbox::organisations::{self, Organisation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sandbox's instances: number and name.
pub const INSTANCES: [(&str, &str); 2] = [("9901", "Nordvik"), ("9902", "Dalfjord")];

/// The information services that the sandbox activates.
pub fn services() -> Vec<String> {
    vec!["okt".to_owned(), "maaledata".to_owned()]
}

/// The policy of one of the sandbox's instances.
pub fn policy(number: &str) -> Option<InstancePolicy> {
    let (_, name) = INSTANCES.into_iter().find(|(n, _)| *n == number)?;
    let units = organisations::units(number);
    let mut policy = InstancePolicy::new(Instance::parse(number)?, name, World::Sandbox);
    policy.organisations = vec![units.municipality.number.to_owned()];
    policy.self_declared = true;
    policy.family_sources = vec![source(number).1.to_owned()];
    policy.units = vec![
        unit(units.legevakt, UnitKind::Legevakt),
        unit(units.kad, UnitKind::Kad),
        unit(units.home_care[0], UnitKind::Hjemmetjeneste),
        unit(units.home_care[1], UnitKind::Hjemmetjeneste),
        unit(units.allocation, UnitKind::Tjenestekontor),
        unit(units.physiotherapy, UnitKind::Fysioterapi),
        unit(units.nursing_home, UnitKind::Sykehjem),
        unit(units.response_centre, UnitKind::Annet),
    ];
    policy.agreements = vec![Agreement {
        id: "fastleger".to_owned(),
        legal_entity: units.general_practice.number.to_owned(),
        unit: UnitKind::Fastlege,
        services: Vec::new(),
        categories: Categories::ALL,
        purposes: vec![Purpose::Treat, Purpose::Etreat],
        from_ms: None,
        to_ms: None,
        winding_up_days: 0,
    }];
    let own = units.municipality.number;
    policy.clients = if number == "9901" {
        vec![
            client("epj-nordvik", own, "Fjordjournal", ClientKind::Source, true),
            client("tavle-nordvik", own, "Tavleverket", ClientKind::Source, true),
            client("vkp", own, "Velferdsteknologisk knutepunkt", ClientKind::Source, true),
            client("system-test", own, "Testsystem", ClientKind::Test, true),
            client("personvern-nordvik", own, "Personvernportalen", ClientKind::PrivacyOfficer, false),
            client("ledelse-nordvik", own, "Lederportalen", ClientKind::Manager, false),
            client(
                "tilgangsforvaltning-nordvik",
                own,
                "Tilgangsforvaltningen",
                ClientKind::Administrator,
                false,
            ),
            client(
                "drift",
                organisations::DRIFTER.number,
                "Driftskonsollen",
                ClientKind::Operator,
                false,
            ),
        ]
    } else {
        vec![
            client("epj-dalfjord", own, "Fjordjournal", ClientKind::Source, true),
            client("personvern-dalfjord", own, "Personvernportalen", ClientKind::PrivacyOfficer, false),
            client(
                "drift",
                organisations::DRIFTER.number,
                "Driftskonsollen",
                ClientKind::Operator,
                false,
            ),
        ]
    };
    Some(policy)
}

/// Lets the sandbox's municipalities witness each other's seals, by the protocol that strangers would use.
pub fn witness_each_other(places: &mut BTreeMap<String, Arc<Municipality>>, url: &str) {
    let keys: Vec<_> = places
        .iter()
        .map(|(number, place)| {
            (
                number.clone(),
                place.access_log.seals().key().clone(),
                place.access_log.seals().witness_key().clone(),
            )
        })
        .collect();
    for (number, place) in places {
        let Some(place) = Arc::get_mut(place) else { continue };
        for (other, log, witness) in keys.iter().filter(|(other, ..)| other != number) {
            place.seal.cosigns.push(log.clone());
            place.seal.witnesses.push(Witness {
                url: format!("{}/{other}/seal", url.trim_end_matches('/')),
                key: witness.clone(),
            });
        }
    }
}

/// The source that the sandbox's citizens are delivered by: organisation number and client.
pub fn source(number: &str) -> (&'static str, &'static str) {
    (
        organisations::units(number).municipality.number,
        if number == "9901" { "epj-nordvik" } else { "epj-dalfjord" },
    )
}

/// Names of all organisations of the sandbox.
pub fn names() -> BTreeMap<String, String> {
    organisations::ALL
        .iter()
        .map(|o| (o.number.to_owned(), o.name.to_owned()))
        .collect()
}

fn unit(organisation: &Organisation, kind: UnitKind) -> Unit {
    Unit {
        id: organisation.number.to_owned(),
        name: organisation.name.to_owned(),
        kind,
        part_of: None,
    }
}

fn client(id: &str, organisation: &str, name: &str, kind: ClientKind, may_write: bool) -> RegisteredClient {
    RegisteredClient {
        client: id.to_owned(),
        organisation: organisation.to_owned(),
        name: name.to_owned(),
        kind,
        may_write,
        // The municipality's own journal may take out what the municipality has delivered.
        may_export: id.starts_with("epj-"),
        categories: Categories::ALL,
    }
}
