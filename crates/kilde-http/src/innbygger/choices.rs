//! What a citizen can choose among when she blocks.

use crate::server::Municipality;
use kilde_access::Category;
use kilde_access::log::Lang;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Categories that can be blocked, the ordinary ones first.
const CATEGORIES: [Category; 5] = [
    Category::Tjenester,
    Category::Tvang,
    Category::Maaledata,
    Category::Journal,
    Category::Person,
];

/// Organisations and units that may ever read here, with their names: the municipality's own, and those that it has agreements with.
pub fn organisations(place: &Municipality) -> Vec<(String, String)> {
    let policy = place.policy.current();
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    let own = policy.organisations.iter().map(|number| (number.as_str(), policy.name.as_str()));
    let parties = policy.agreements.iter().map(|a| (a.legal_entity.as_str(), a.legal_entity.as_str()));
    all.extend(own.chain(parties));
    all.extend(policy.units.iter().map(|unit| (unit.id.as_str(), unit.name.as_str())));
    for (number, name) in &mut all {
        if let Some(known) = place.names.get(*number) {
            *name = known;
        }
    }
    all.into_iter().map(|(number, name)| (number.to_owned(), name.to_owned())).collect()
}

/// All of it, in words.
pub fn all(place: &Municipality, lang: Lang) -> Value {
    let organisations: Vec<Value> = organisations(place)
        .into_iter()
        .map(|(number, name)| json!({ "organisation": number, "name": name }))
        .collect();
    let categories: Vec<Value> = CATEGORIES
        .iter()
        .map(|category| json!({ "category": category.name(), "name": super::words::category(category.name(), lang) }))
        .collect();
    json!({ "organisations": organisations, "categories": categories })
}
