//! What a citizen says in a block, from JSON. Every mistake is told at once.

use super::own::Own;
use super::readers::Naming;
use crate::answer::Answer;
use axum::http::StatusCode;
use jiff::civil::Date;
use kilde_access::block::{Against, Block, Covers};
use kilde_access::{Category, Days};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_index::Read;
use serde_json::Value;

/// The block in a body.
///
/// # Errors
/// All that is wrong with it; or something could not be looked up.
pub fn block(own: &Own) -> Result<Block, Box<Answer>> {
    let body = own.object()?;
    let mut findings = Vec::new();
    known(&body, &["against", "covers", "emergencyOpens"], &mut findings);
    let against = against(own, &body["against"], &mut findings)?;
    let covers = covers(own, &body["covers"], &mut findings)?;
    let emergency_opens = match &body["emergencyOpens"] {
        Value::Null => false,
        Value::Bool(opens) => *opens,
        _ => {
            findings.push(wrong("emergencyOpens", "block-emergency", "true eller false", "true or false"));
            false
        }
    };
    match (against, covers) {
        (Some(against), Some(covers)) if findings.is_empty() => Ok(Block {
            against,
            covers,
            emergency_opens,
        }),
        _ => Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings))),
    }
}

/// Names that there are none of: a misspelt one must not be passed over.
pub fn known(body: &Value, names: &[&str], findings: &mut Vec<Finding>) {
    let all = body.as_object().into_iter().flat_map(|object| object.keys());
    if all.into_iter().any(|name| !names.contains(&name.as_str())) {
        let list = names.join(", ");
        findings.push(Finding::error(
            "structure",
            "citizen-field-unknown",
            "",
            format!("Det er et felt her som ikke finnes. Feltene er: {list}."),
            format!("There is a field here that there is none of. The fields are: {list}."),
        ));
    }
}

/// A field with a value that means nothing.
pub fn wrong(field: &'static str, rule: &'static str, nb: &str, en: &str) -> Finding {
    Finding::error(
        "value",
        rule,
        field,
        format!("{field} skal være {nb}."),
        format!("{field} must be {en}."),
    )
}

/// The one member of an object with one, by name.
fn only<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object().filter(|object| object.len() == 1)?.get(name)
}

fn against(own: &Own, value: &Value, findings: &mut Vec<Finding>) -> Result<Option<Against>, Box<Answer>> {
    match value.as_str() {
        Some("everyone") => return Ok(Some(Against::Everyone)),
        Some("others-than-source") => return Ok(Some(Against::OthersThanSource)),
        _ => {}
    }
    if let Some(number) = only(value, "organisation").and_then(Value::as_str) {
        if super::choices::organisations(&own.visit.place)
            .iter()
            .any(|(known, _)| *known == number)
        {
            return Ok(Some(Against::Organisation { number: number.to_owned() }));
        }
        findings.push(Finding::error(
            "value",
            "block-organisation-unknown",
            "against.organisation",
            "Ingen virksomhet med det nummeret kan lese her. Se sperringer/valg.",
            "No organisation with that number can read here. See sperringer/valg.",
        ));
        return Ok(None);
    }
    if let Some(reference) = only(value, "reader").and_then(Value::as_str) {
        let found = Naming::new(&own.visit).find(&own.persons, reference);
        let found = found.map_err(|cause| Box::new(Answer::fault(&cause)))?;
        if found.is_none() {
            findings.push(Finding::error(
                "value",
                "block-reader-unknown",
                "against.reader",
                "Tilgangsloggen din har ingen med denne referansen. Bruk reader fra en oppføring i den.",
                "Your access log has nobody with this reference. Use reader of an entry in it.",
            ));
        }
        return Ok(found);
    }
    findings.push(wrong(
        "against",
        "block-against",
        "\"everyone\", \"others-than-source\", {\"organisation\": nummer} eller {\"reader\": referanse}",
        "\"everyone\", \"others-than-source\", {\"organisation\": number} or {\"reader\": reference}",
    ));
    Ok(None)
}

fn covers(own: &Own, value: &Value, findings: &mut Vec<Finding>) -> Result<Option<Covers>, Box<Answer>> {
    if value.as_str() == Some("everything") {
        return Ok(Some(Covers::Everything));
    }
    if let Some(name) = only(value, "category").and_then(Value::as_str)
        && Category::from_name(name).is_some_and(|category| category != Category::Administrativt)
    {
        return Ok(Some(Covers::Category { name: name.to_owned() }));
    }
    if let Some(reference) = only(value, "element").and_then(Value::as_str) {
        let found = element(own, reference)?;
        if found.is_none() {
            findings.push(Finding::error(
                "not-found",
                "block-element-unknown",
                "covers.element",
                "Det er ingen opplysning om deg med denne referansen. Den er på formen Observation/id.",
                "There is nothing about you with this reference. Its form is Observation/id.",
            ));
        }
        return Ok(found);
    }
    if let Some(days) = only(value, "period").and_then(period) {
        return Ok(Some(Covers::Period { days }));
    }
    findings.push(wrong(
        "covers",
        "block-covers",
        "\"everything\", {\"category\": kategori}, {\"element\": \"Type/id\"} eller {\"period\": {\"from\": dato, \"to\": dato}}",
        "\"everything\", {\"category\": category}, {\"element\": \"Type/id\"} or {\"period\": {\"from\": date, \"to\": date}}",
    ));
    Ok(None)
}

/// A resource of hers; what is not there and what is another's look the same.
pub fn element(own: &Own, reference: &str) -> Result<Option<Covers>, Box<Answer>> {
    let named = reference.split_once('/').filter(|(_, id)| !id.is_empty() && id.len() <= 64);
    let Some((rtype, id)) = named.and_then(|(name, id)| Some((ResourceType::from_name(name)?, id))) else {
        return Ok(None);
    };
    match own.visit.place.index.read(own.permitted.scope(), rtype, id) {
        Ok(Read::Found(version)) if version.person.is_some() => Ok(Some(Covers::Element {
            rtype: rtype.name().to_owned(),
            id: id.to_owned(),
        })),
        Ok(_) => Ok(None),
        Err(cause) => Err(Box::new(Answer::fault(&cause))),
    }
}

/// A period of whole days, with at least one end.
pub fn period(value: &Value) -> Option<Days> {
    let object = value.as_object()?;
    if object.is_empty() || object.keys().any(|name| name != "from" && name != "to") {
        return None;
    }
    let end = |name: &str| match object.get(name) {
        None => Some(None),
        Some(value) => date(value.as_str()?).map(Some),
    };
    let (from, to) = (end("from")?, end("to")?);
    let ordered = from.zip(to).is_none_or(|(from, to)| from <= to);
    ordered.then(|| Days::between(from, to))
}

/// `2026-11-23`
pub fn date(text: &str) -> Option<Date> {
    text.parse()
        .ok()
        .filter(|date: &Date| text.len() == 10 && (1900..=2078).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn periods() {
        assert!(period(&json!({ "from": "2024-01-01", "to": "2024-01-01" })).is_some());
        assert!(period(&json!({ "to": "2024-02-29" })).is_some());
        for wrong in [
            json!({}),
            json!(null),
            json!({ "from": "2024-01-02", "to": "2024-01-01" }),
            json!({ "from": "2024-02-30" }),
            json!({ "from": "2024" }),
            json!({ "from": "2024-01-01T00:00:00Z" }),
            json!({ "from": 2024 }),
            json!({ "from": "2024-01-01", "until": "2024-01-02" }),
            json!({ "from": "1805-01-01" }),
        ] {
            assert_eq!(period(&wrong), None, "{wrong}");
        }
    }
}
