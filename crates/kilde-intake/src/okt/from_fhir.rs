//! FHIR to OKT.

use super::*;
use kilde_fhir::json::Value;
use kilde_fhir::national_id::IPLOS_SERVICE;

/// An EpisodeOfCare as OKT decision; `None` if it is no EpisodeOfCare or has no start.
///
/// Works for what [`to_episode`] makes and for episodes that came as FHIR.
pub fn from_episode(resource: Value<'_>) -> Option<OktMessage> {
    if resource.str("resourceType").as_deref() != Some("EpisodeOfCare") {
        return None;
    }
    let text = |v: Option<Value<'_>>| v.and_then(Value::as_str).map(|s| s.into_owned()).filter(|s| !s.is_empty());
    let mut message = OktMessage {
        start: text(resource.path(&["period", "start"]))?,
        end: text(resource.path(&["period", "end"])),
        service_level: text(resource.path(&["managingOrganization", "display"])),
        temporary_cessation: resource.str("status").as_deref() == Some("onhold"),
        identifier: identifier(resource),
        ..OktMessage::default()
    };
    for e in resource.items("extension") {
        match e.str("url").as_deref() {
            Some(WEEKLY_EXTENT_RATIO) => message.weekly_extent = e.get("valueRatio").and_then(ratio),
            Some(WEEKLY_EXTENT_TEXT) => message.weekly_extent = text(e.get("valueString")).map(WeeklyExtent::Text),
            Some(SERVICE_DESCRIPTION) => message.description = text(e.get("valueMarkdown")),
            Some(NEEDS_CAPTION) => message.needs_caption = e.get("valueBoolean").and_then(Value::as_bool),
            Some(TEMPORARY_CESSATION) => message.temporary_cessation = e.get("valueBoolean").and_then(Value::as_bool) == Some(true),
            _ => {}
        }
    }
    for coding in resource.items("type").flat_map(|t| t.items("coding")) {
        match coding.str("system").as_deref() {
            Some(IPLOS_SERVICE) if message.iplos.is_none() => message.iplos = iplos(coding),
            Some(STAY_TYPE) if message.stay_type.is_none() => {
                message.stay_type = text(coding.get("code")).or_else(|| text(coding.get("display")));
            }
            _ => {}
        }
    }
    Some(message)
}

fn identifier(resource: Value<'_>) -> Option<OktIdentifier> {
    resource.items("identifier").find_map(|i| {
        let (system, value) = (i.str("system")?, i.str("value")?);
        Some(OktIdentifier {
            system: system.into_owned(),
            value: value.into_owned(),
        })
    })
}

fn iplos(coding: Value<'_>) -> Option<IplosCode> {
    let own = |url: &str| {
        let e = coding.items("extension").find(|e| e.str("url").as_deref() == Some(url))?;
        Some(e.str("valueString")?.into_owned())
    };
    Some(IplosCode {
        value: without_zeros(&coding.str("code")?).to_owned(),
        level: own(IPLOS_LEVEL),
        parent: own(IPLOS_PARENT),
        description: coding.str("display").map(|s| s.into_owned()),
    })
}

/// Hours per one week if the ratio says so, else its parts as text.
fn ratio(ratio: Value<'_>) -> Option<WeeklyExtent> {
    let part = |name: &str| {
        let q = ratio.get(name)?;
        let code = q.str("code").or_else(|| q.str("unit")).unwrap_or_default().into_owned();
        Some((q.get("value")?.as_number()?.to_owned(), code))
    };
    let (value, unit) = part("numerator")?;
    let (weeks, week) = part("denominator").unwrap_or_else(|| ("1".into(), "wk".into()));
    if weeks.parse() == Ok(1.0_f64) && week == "wk" {
        match unit.as_str() {
            "h" => return Some(weekly_extent(&value)),
            "min" => return Some(weekly_extent(&format!("{value} min"))),
            _ => {}
        }
    }
    Some(WeeklyExtent::Text(format!("{value} {unit} / {weeks} {week}")))
}
