//! What the landing page shows: personas, fixed citizens, ways to be wrong. Served as JSON at
//! `GET /sandbox/personas`.

use crate::dpop::ProofVariant;
use crate::idporten::Wrong;
use crate::issuer::Variant;
use crate::people::{FIXED, REFERENCE};
use crate::persona::{Persona, personas};
use serde_json::{Value, json};

/// The catalogue as JSON: `personas`, `citizens`, `tokenVariants`, and the names of wrong proofs and wrong ID tokens.
pub fn catalogue() -> String {
    let personas: Vec<Value> = personas().iter().map(one).collect();
    let citizens: Vec<Value> = FIXED
        .iter()
        .map(|c| {
            let mut age = REFERENCE.year() - c.birth.year();
            age -= i16::from((REFERENCE.month(), REFERENCE.day()) < (c.birth.month(), c.birth.day()));
            json!({"nin": c.nin, "name": format!("{} {}", c.given, c.family), "birthDate": c.birth.to_string(), "age": age,
                "instance": "9901", "note": c.story})
        })
        .collect();
    let variants: Vec<Value> = Variant::WRONG
        .iter()
        .map(|v| json!({"name": v.name(), "layer": v.layer(), "description": {"nb": v.nb(), "en": v.en()}}))
        .collect();
    json!({"sandbox": true, "personas": personas, "citizens": citizens, "tokenVariants": variants,
        "proofVariants": ProofVariant::WRONG.map(|(name, _)| name), "idTokenVariants": Wrong::EVERY.map(|(name, _)| name)})
    .to_string()
}

fn one(p: &Persona) -> Value {
    json!({
        "name": p.name,
        "kind": p.kind,
        "person": p.person.as_ref().map(|person| person.name()),
        "authorisation": p.person.as_ref().and_then(|person| person.authorisation),
        "organisation": p.organisation.map(|o| json!({"number": o.number, "name": o.name})),
        "unit": p.unit.map(|o| json!({"number": o.number, "name": o.name})),
        "instance": p.instance,
        "client": p.client.id,
        "scopes": p.scopes,
        "purpose": p.purpose,
        "description": p.description,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn holds_everybody_and_no_personas_number() {
        let text = super::catalogue();
        let value: serde_json::Value = serde_json::from_str(&text).expect("json");
        assert_eq!(value["personas"].as_array().map(Vec::len), Some(crate::persona::personas().len()));
        assert_eq!(value["citizens"].as_array().map(Vec::len), Some(10));
        for p in crate::persona::personas() {
            if let Some(person) = &p.person {
                assert!(!text.contains(person.pid.as_ref()), "the number of {}", p.name);
            }
        }
        for c in value["citizens"].as_array().into_iter().flatten() {
            for lang in ["nb", "nn", "en"] {
                assert!(c["note"][lang].as_str().is_some_and(|t| t.len() > 10));
            }
        }
    }
}
