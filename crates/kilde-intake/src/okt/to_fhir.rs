//! OKT to FHIR.

use super::json::Object;
use super::*;
use jiff::civil::Date;
use kilde_fhir::json::escape_into;
use kilde_fhir::national_id::{IPLOS_SERVICE, Nin, ORGNR};

/// The identifier of a decision that came without one: the same for every delivery of the same
/// decision, so that a second delivery is a new version and no double. Made from organisation,
/// person, service code, start and kind of stay; `occurrence` counts decisions of one delivery that
/// agree in all of these, from 0. `keyed_hash` holds a key of the instance: without it nobody can find the national
/// id behind an identifier by trying them all.
pub fn derived_identifier(
    keyed_hash: impl FnOnce(&[u8]) -> [u8; 32],
    organisation: &str,
    person: &Nin,
    message: &OktMessage,
    occurrence: usize,
) -> OktIdentifier {
    let mut named = Vec::new();
    let code = message.iplos.as_ref().map_or("", |c| c.value.as_str());
    let stay = message.stay_type.as_deref().unwrap_or("");
    for part in [organisation, person.as_str(), code, &message.start, stay, &occurrence.to_string()] {
        named.extend_from_slice(&(part.len() as u64).to_le_bytes());
        named.extend_from_slice(part.as_bytes());
    }
    let hex = blake3::Hash::from(keyed_hash(&named)).to_hex();
    OktIdentifier {
        system: DECISION_SYSTEM.into(),
        value: format!("{organisation}-{}", &hex[..32]),
    }
}

/// The decision as EpisodeOfCare, compact JSON without `id`. `today` decides whether it has ended.
pub fn to_episode(message: &OktMessage, person: &Nin, organisation: &str, identifier: &OktIdentifier, today: Date) -> String {
    let ended = message.end.as_deref().and_then(day).is_some_and(|end| end < today);
    let status = match (ended, message.temporary_cessation) {
        (true, _) => "finished",
        (false, true) => "onhold",
        (false, false) => "active",
    };
    let mut o = Object::new();
    o.text("resourceType", "EpisodeOfCare");
    o.raw("meta", &format!("{{\"profile\":[\"{PROFILE}\"]}}"));
    let extensions = extensions(message, ended);
    if !extensions.is_empty() {
        o.raw("extension", &format!("[{}]", extensions.join(",")));
    }
    o.raw(
        "identifier",
        &format!("[{}]", identifier_json(&identifier.system, &identifier.value)),
    );
    o.text("status", status);
    let types: Vec<String> = message
        .iplos
        .as_ref()
        .map(iplos)
        .into_iter()
        .chain(message.stay_type.as_deref().map(stay))
        .collect();
    if !types.is_empty() {
        o.raw("type", &format!("[{}]", types.join(",")));
    }
    let mut patient = Object::new();
    patient.text("type", "Patient");
    patient.raw("identifier", &identifier_json(person.system(), person.as_str()));
    o.raw("patient", &patient.end());
    o.raw("managingOrganization", &unit(message.service_level.as_deref(), organisation));
    let mut period = Object::new();
    period.text("start", &message.start);
    period.optional("end", message.end.as_deref());
    o.raw("period", &period.end());
    o.end()
}

/// The day of a FHIR date or dateTime.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

fn extensions(message: &OktMessage, ended: bool) -> Vec<String> {
    let mut out = Vec::new();
    match &message.weekly_extent {
        Some(WeeklyExtent::Hours(hours)) => out.push(extension(
            WEEKLY_EXTENT_RATIO,
            "valueRatio",
            &format!(
                "{{\"numerator\":{{\"value\":{hours},\"unit\":\"h\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"h\"}},\
                 \"denominator\":{{\"value\":1,\"unit\":\"wk\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"wk\"}}}}"
            ),
        )),
        Some(WeeklyExtent::Text(text)) => out.push(extension(WEEKLY_EXTENT_TEXT, "valueString", &quoted(text))),
        None => {}
    }
    if let Some(text) = &message.description {
        out.push(extension(SERVICE_DESCRIPTION, "valueMarkdown", &quoted(text)));
    }
    if let Some(b) = message.needs_caption {
        out.push(extension(NEEDS_CAPTION, "valueBoolean", if b { "true" } else { "false" }));
    }
    if ended && message.temporary_cessation {
        out.push(extension(TEMPORARY_CESSATION, "valueBoolean", "true"));
    }
    out
}

fn iplos(code: &IplosCode) -> String {
    let mut coding = Object::new();
    let mut inner = Vec::new();
    if let Some(level) = &code.level {
        inner.push(extension(IPLOS_LEVEL, "valueString", &quoted(level)));
    }
    if let Some(parent) = &code.parent {
        inner.push(extension(IPLOS_PARENT, "valueString", &quoted(parent)));
    }
    if !inner.is_empty() {
        coding.raw("extension", &format!("[{}]", inner.join(",")));
    }
    coding.text("system", IPLOS_SERVICE);
    coding.text("code", &code.value);
    coding.optional("display", code.description.as_deref());
    format!("{{\"coding\":[{}]}}", coding.end())
}

fn stay(text: &str) -> String {
    let mut coding = Object::new();
    coding.text("system", STAY_TYPE);
    coding.text(if is_code(text) { "code" } else { "display" }, text);
    format!("{{\"coding\":[{}]}}", coding.end())
}

/// The organisation that is responsible, by its number; the unit as text.
fn unit(level: Option<&str>, organisation: &str) -> String {
    let mut o = Object::new();
    o.text("type", "Organization");
    o.raw("identifier", &identifier_json(ORGNR, organisation));
    o.optional("display", level);
    o.end()
}

fn identifier_json(system: &str, value: &str) -> String {
    let mut o = Object::new();
    o.text("system", system);
    o.text("value", value);
    o.end()
}

fn extension(url: &str, value: &str, json: &str) -> String {
    let mut o = Object::new();
    o.text("url", url);
    o.raw(value, json);
    o.end()
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    escape_into(text, &mut out);
    out
}
