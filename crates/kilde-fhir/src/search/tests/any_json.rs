//! Extraction survives anything, and does not care how the text is laid out.

use super::doc;
use crate::definitions::ResourceType;
use crate::json::write_compact;
use crate::search::{Indexed, by_id, extract, patient_references, references};
use proptest::prelude::*;

/// Objects with FHIR's own property names and shapes that FHIR does not have.
fn like_fhir() -> impl Strategy<Value = serde_json::Value> {
    let word = prop_oneof![
        Just("Patient/1".to_owned()),
        Just("#c".to_owned()),
        Just("2026-11-22".to_owned()),
        Just("http://a|1".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        word.prop_map(Into::into),
    ];
    let name = proptest::sample::select(vec![
        "subject",
        "code",
        "coding",
        "system",
        "value",
        "reference",
        "identifier",
        "type",
        "component",
        "valueQuantity",
        "valueCodeableConcept",
        "valueSampledData",
        "effectivePeriod",
        "effectiveTiming",
        "effectiveDateTime",
        "start",
        "end",
        "event",
        "repeat",
        "boundsPeriod",
        "contained",
        "id",
        "meta",
        "tag",
        "performer",
        "origin",
        "data",
        "comparator",
        "education",
        "_value",
        "patient",
        "period",
        "name",
        "given",
        "telecom",
    ]);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_survived(body in like_fhir(), base in 0u8..146, escaped in any::<bool>()) {
        let mut resource = serde_json::json!({"resourceType": ResourceType(base).name()});
        if let (Some(resource), Some(body)) = (resource.as_object_mut(), body.as_object()) {
            resource.extend(body.clone());
        }
        let text = serde_json::to_string_pretty(&resource).unwrap();
        let text = if escaped { text.replace('/', "\\/") } else { text };
        let document = doc(&text);
        let mut seen = Vec::new();
        extract(document.root(), &mut |id, value| {
            match &value {
                Indexed::Date(range) => assert!(range.from_ms < range.to_ms),
                Indexed::Number { low, high } | Indexed::Quantity { low, high, .. } => assert!(low <= high),
                Indexed::Token { system, code } => assert!(system.is_some() || code.is_some()),
                _ => {}
            }
            assert_eq!(by_id(id).base, ResourceType(base));
            seen.push((id, format!("{value:?}")));
        });
        let mut compact = String::new();
        write_compact(document.root(), &mut compact);
        let rewritten = doc(&compact);
        let mut again = Vec::new();
        extract(rewritten.root(), &mut |id, value| again.push((id, format!("{value:?}"))));
        prop_assert_eq!(&seen, &again);
        prop_assert_eq!(patient_references(document.root()), patient_references(rewritten.root()));
        let mut count = 0;
        references(document.root(), &mut |_| count += 1);
        references(rewritten.root(), &mut |_| count -= 1);
        prop_assert_eq!(count, 0);
    }
}
