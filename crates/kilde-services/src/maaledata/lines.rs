//! Values as people read them.

use super::TEXTS;
use super::derived::decimal;
use super::scored::{Row, Scored};
use crate::lang::Lang;
use crate::news2::{Parameter, Raw, Supply};
use kilde_fhir::json::Value;

/// The table of the seven rows: name, value, points.
pub(super) fn table(lang: Lang, scored: &Scored<'_>) -> Vec<Vec<String>> {
    let rows = scored.rows.iter().filter(|r| r.raw.is_some() || r.delivered.is_some());
    rows.map(|row| vec![name(lang, row.parameter).to_owned(), value(lang, row), points(lang, row)])
        .collect()
}

/// The name of a row.
pub(super) fn name(lang: Lang, parameter: Parameter) -> &'static str {
    TEXTS.get(lang, parameter.name())
}

/// Names in a list: `puls, temperatur`.
pub(super) fn names(lang: Lang, parameters: impl Iterator<Item = Parameter>) -> String {
    parameters.map(|p| name(lang, p).to_lowercase()).collect::<Vec<_>>().join(", ")
}

/// The measured value with its unit, or what its delivered part score says that it was given for.
pub(super) fn value(lang: Lang, row: &Row<'_>) -> String {
    let Some(raw) = row.raw else {
        let text = row.delivered.and_then(|part| part.items("interpretation").next()?.str("text"));
        return text.map_or_else(|| "–".to_owned(), |t| t.trim().to_owned());
    };
    let shown = row.value.map(|element| element_value(lang, element)).unwrap_or_default();
    match raw {
        Ok(Raw::Consciousness(level)) => TEXTS.get(lang, level_key(level.letter())).to_owned(),
        Ok(Raw::Supply(supply)) => {
            let word = TEXTS.get(lang, if supply == Supply::Air { "air" } else { "oxygen" });
            // A saturation that states its supply shows the saturation in its own row.
            let flow = row
                .value
                .filter(|e| crate::news2::observed::row_of(*e) == Some(Parameter::Supply))
                .filter(|_| supply == Supply::Oxygen);
            if flow.is_some() && !shown.is_empty() {
                format!("{word}, {shown}")
            } else {
                word.to_owned()
            }
        }
        Ok(_) => shown,
        Err(why) => {
            let why = TEXTS.get(lang, why.name());
            if shown.is_empty() || row.parameter == Parameter::Supply {
                why.to_owned()
            } else {
                TEXTS.fill(lang, "unusable", &[("value", &shown), ("why", why)])
            }
        }
    }
}

fn level_key(letter: char) -> &'static str {
    match letter {
        'A' => "level-a",
        'C' => "level-c",
        'V' => "level-v",
        'P' => "level-p",
        _ => "level-u",
    }
}

fn points(lang: Lang, row: &Row<'_>) -> String {
    let delivered = row.delivered.and_then(number);
    match (row.points, delivered) {
        (Some(points), Some(delivered)) if row.differs => TEXTS.fill(
            lang,
            "points-differ",
            &[("points", &points.value().to_string()), ("delivered", &delivered)],
        ),
        (Some(points), _) => points.value().to_string(),
        (None, Some(delivered)) => TEXTS.fill(lang, "points-delivered", &[("points", &delivered)]),
        (None, None) => "–".to_owned(),
    }
}

fn number(element: Value<'_>) -> Option<String> {
    let number = element.get("valueInteger").or_else(|| element.get("valueQuantity")?.get("value"))?;
    number.as_number().map(str::to_owned)
}

/// The value of an Observation or component: number and unit, coded text, or text; blood pressure as `123/78 mmHg`.
pub(super) fn element_value(lang: Lang, element: Value<'_>) -> String {
    if let Some(quantity) = element.get("valueQuantity") {
        return quantity_text(lang, quantity);
    }
    if let Some(concept) = element.get("valueCodeableConcept") {
        return concept_text(concept).unwrap_or_default();
    }
    for name in ["valueString", "valueDateTime", "valueTime"] {
        if let Some(text) = element.str(name) {
            return text.into_owned();
        }
    }
    for name in ["valueInteger", "valueBoolean"] {
        if let Some(value) = element.get(name) {
            return value.raw().to_owned();
        }
    }
    element
        .items("component")
        .filter_map(|c| {
            let value = element_value(lang, c);
            (!value.is_empty()).then(|| {
                format!("{} {value}", c.get("code").and_then(concept_text).unwrap_or_default())
                    .trim()
                    .to_owned()
            })
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn quantity_text(lang: Lang, quantity: Value<'_>) -> String {
    let Some(number) = quantity.get("value").and_then(Value::as_number) else {
        return String::new();
    };
    let unit = quantity.str("unit").or_else(|| quantity.str("code")).unwrap_or_default();
    let unit = match unit.trim() {
        "Cel" => "°C",
        "mm[Hg]" => "mmHg",
        other => other,
    };
    let comparator = quantity.str("comparator").unwrap_or_default();
    let space = if unit.is_empty() || unit.starts_with('/') || unit == "{score}" {
        ""
    } else {
        " "
    };
    let unit = if unit == "{score}" { "" } else { unit };
    format!("{comparator}{}{space}{unit}", decimal(lang, number))
}

/// A concept's text, or its first display.
pub(super) fn concept_text(concept: Value<'_>) -> Option<String> {
    let text = concept
        .str("text")
        .or_else(|| concept.items("coding").find_map(|c| c.str("display")));
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}
