//! Obligation profiles: profiles that only add obligations, must-support and the like to others.
//! [Extensions of HL7, "Obligation Profile Flag" and "Inherit Obligations"](https://hl7.org/fhir/extensions/).

use crate::json::Value;

/// Where HL7 has had the extensions: the package of extensions, and the tools' before it.
const HOMES: [&str; 2] = [
    "http://hl7.org/fhir/StructureDefinition/",
    "http://hl7.org/fhir/tools/StructureDefinition/",
];

fn is(extension: Value<'_>, names: &[&str]) -> bool {
    let url = extension.str("url").unwrap_or_default();
    HOMES
        .iter()
        .any(|home| url.strip_prefix(home).is_some_and(|name| names.contains(&name)))
}

/// Whether a StructureDefinition is an obligation profile.
pub(crate) fn is_flagged(definition: Value<'_>) -> bool {
    definition
        .items("extension")
        .any(|e| is(e, &["obligation-profile-flag", "obligation-profile"]) && e.get("valueBoolean").and_then(Value::as_bool) == Some(true))
}

/// The places in a StructureDefinition that name the profiles from which it takes obligations.
pub(crate) fn inherited<'a>(definition: Value<'a>) -> impl Iterator<Item = Value<'a>> {
    let of = definition.items("extension").filter(|e| is(*e, &["inherit-obligations"]));
    of.filter_map(|e| e.get("valueCanonical"))
}
