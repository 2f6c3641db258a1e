//! What the service computes, as FHIR: Observations marked as derived by Kilde. They are part of
//! the answer and are not stored.

use super::codes::{BAND, DERIVED, DIRECTION, PROFILE};
use super::history::{Direction, Habitual};
use super::reading::Reading;
use super::scored::{Scored, Standing};
use crate::lang::Lang;
use crate::news2::codes::{SNOMED, TOTAL, UCUM, part_code};
use crate::record::Record;
use crate::service::{Context, Entry, derived_url};
use kilde_fhir::date::format_instant;
use serde_json::{Value, json};

fn observation(context: &Context<'_>, profile: &str, subject: Option<&Record>, code: Value, more: Value) -> Value {
    let mut resource = json!({
        "resourceType": "Observation",
        "meta": {
            "profile": [format!("{PROFILE}{profile}")],
            "tag": [{ "system": "https://kilde.example/fhir/CodeSystem/origin", "code": "derived", "display": "Derived by Kilde" }]
        },
        "status": "final",
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey" }] }],
        "code": code,
    });
    if let Some(subject) = subject.and_then(|record| subject_of(context, record)) {
        resource["subject"] = subject;
    }
    resource["method"] = json!({ "text": super::TEXTS.get(context.lang, "method") });
    if let (Some(into), Value::Object(more)) = (resource.as_object_mut(), more) {
        into.extend(more);
    }
    resource
}

/// The subject of a stored Observation, its reference made absolute.
fn subject_of(context: &Context<'_>, record: &Record) -> Option<Value> {
    let mut subject: Value = serde_json::from_str(record.resource().get("subject")?.raw()).ok()?;
    let object = subject.as_object_mut()?;
    if let Some(reference) = object.get_mut("reference")
        && let Some(text) = reference.as_str()
        && text.starts_with("Patient/")
    {
        *reference = format!("{}/{text}", context.base).into();
    }
    Some(subject)
}

fn points(value: f64) -> Value {
    let number = if value.fract() == 0.0 { json!(value as i64) } else { json!(value) };
    json!({ "value": number, "unit": "{score}", "system": UCUM, "code": "{score}" })
}

fn ours(code: &str) -> Value {
    json!({ "coding": [{ "system": DERIVED, "code": code }] })
}

/// The NEWS2 of a set: total where there is one, the parts, the band.
pub(super) fn news2(context: &Context<'_>, scored: &Scored<'_>, readings: &[Reading<'_>]) -> Entry {
    let members: Vec<&Reading<'_>> = scored.members.iter().map(|i| &readings[*i]).collect();
    let first = members.first();
    let effective = first
        .and_then(|r| r.effective.clone())
        .unwrap_or_else(|| format_instant(scored.at_ms));
    let mut more = json!({ "effectiveDateTime": effective });
    let absent = |code: &str| json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": code }] });
    match scored.standing {
        Standing::Trusted { total, .. } => more["valueQuantity"] = points(f64::from(total)),
        Standing::NotApplicable { .. } => more["dataAbsentReason"] = absent("not-applicable"),
        Standing::Conflict { .. } => more["dataAbsentReason"] = absent("error"),
        Standing::Partial | Standing::Unchecked { .. } => more["dataAbsentReason"] = absent("unknown"),
    }
    if let Some(band) = scored.band() {
        more["interpretation"] = json!([{
            "coding": [{ "system": BAND, "code": band.code() }],
            "text": super::TEXTS.get(context.lang, &format!("band-{}", band.code())),
        }]);
    }
    more["derivedFrom"] = members.iter().map(|r| json!({ "reference": context.url(r.record) })).collect();
    let components: Vec<Value> = scored
        .rows
        .iter()
        .filter_map(|row| {
            let code = part_code(row.parameter, scored.scale);
            let points = points(f64::from(row.points?.value()));
            Some(json!({ "code": { "coding": [{ "system": SNOMED, "code": code }] }, "valueQuantity": points }))
        })
        .collect();
    if !components.is_empty() {
        more["component"] = components.into();
    }
    let code = json!({ "coding": [{ "system": SNOMED, "code": TOTAL, "display": "NEWS2 (National Early Warning Score 2) total score" }] });
    let versions: Vec<String> = members.iter().map(|r| format!("{}/{}", r.record.id, r.record.version)).collect();
    let mut parts: Vec<&str> = vec!["news2", context.base];
    parts.extend(versions.iter().map(String::as_str));
    Entry::Derived {
        full_url: derived_url(&parts),
        resource: observation(context, "news2-derived", first.map(|r| r.record), code, more),
    }
}

/// The habitual score.
pub(super) fn habitual(context: &Context<'_>, found: &Habitual, newest: u8, record: Option<&Record>) -> Entry {
    let component = |code: &str, value: f64| json!({ "code": ours(code), "valueQuantity": points(value) });
    let more = json!({
        "effectivePeriod": { "start": format_instant(found.from_ms), "end": format_instant(found.to_ms) },
        "valueQuantity": points(f64::from(found.median_doubled) / 2.0),
        "component": [
            component("first-quartile", f64::from(found.low)),
            component("third-quartile", f64::from(found.high)),
            json!({ "code": ours("number-of-totals"), "valueInteger": found.count }),
            component("newest-above-median", f64::from(found.above_doubled(newest)) / 2.0),
        ],
    });
    let full_url = derived_url(&[
        "habitual",
        context.base,
        record.map_or("", |r| &r.id),
        &found.from_ms.to_string(),
        &found.to_ms.to_string(),
    ]);
    Entry::Derived {
        full_url,
        resource: observation(context, "news2-habitual", record, ours("news2-habitual"), more),
    }
}

/// The trend: the last totals, oldest first, and their direction.
pub(super) fn trend(
    context: &Context<'_>,
    direction: Direction,
    members: &[String],
    record: Option<&Record>,
    from_to: (i64, i64),
) -> Entry {
    let key = format!("direction-{}", direction.code());
    let text = super::TEXTS.get(context.lang, &key);
    let more = json!({
        "effectivePeriod": { "start": format_instant(from_to.0), "end": format_instant(from_to.1) },
        "valueCodeableConcept": { "coding": [{ "system": DIRECTION, "code": direction.code() }], "text": text },
        "hasMember": members.iter().map(|url| json!({ "reference": url })).collect::<Vec<_>>(),
    });
    let mut parts: Vec<&str> = vec!["trend", context.base];
    parts.extend(members.iter().map(String::as_str));
    Entry::Derived {
        full_url: derived_url(&parts),
        resource: observation(context, "news2-trend", record, ours("news2-trend"), more),
    }
}

/// A number as people write it.
pub(super) fn decimal(lang: Lang, text: &str) -> String {
    if lang == Lang::En {
        text.to_owned()
    } else {
        text.replace('.', ",")
    }
}
