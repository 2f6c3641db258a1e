//! What is said of references, contained resources and Bundles.

use super::{error, structure, suggestion};
use crate::definitions::{Element, ResourceType};
use crate::finding::{Finding, Severity};
use crate::validate::element::nearest;

pub(in crate::validate) fn reference_format() -> Finding {
    error(
        "value",
        "fhir-reference-format",
        "Referansen har ikke en gyldig form. Bruk Type/id, #id, en full adresse, eller urn:uuid: med en UUID.",
        "The reference does not have a valid form. Use Type/id, #id, an absolute URL, or urn:uuid: with a UUID.",
    )
}

pub(in crate::validate) fn reference_urn() -> Finding {
    error(
        "value",
        "fhir-reference-urn",
        "Det som følger etter urn:oid: eller urn:uuid: i referansen, er ingen OID eller UUID.",
        "What follows urn:oid: or urn:uuid: in the reference is no OID or UUID.",
    )
    .severity(Severity::Warning)
}

pub(in crate::validate) fn reference_type(name: &str) -> Finding {
    let (nb, en) = suggestion(nearest(name, ResourceType::all().map(ResourceType::name)));
    error(
        "value",
        "fhir-reference-type",
        format!("FHIR R4 har ingen ressurstype med navnet i referansen (store og små bokstaver teller).{nb}"),
        format!("FHIR R4 has no resource type of the name in the reference (case matters).{en}"),
    )
}

pub(in crate::validate) fn reference_types_differ() -> Finding {
    error(
        "value",
        "fhir-reference-types-differ",
        "type og reference nevner ulike ressurstyper. Rett den ene.",
        "type and reference name different resource types. Mend one.",
    )
}

pub(in crate::validate) fn reference_target(found: ResourceType, element: &Element) -> Finding {
    let allowed = element
        .targets()
        .map(|t| t.iter().map(ResourceType::name).collect::<Vec<_>>().join(", "))
        .unwrap_or_default();
    error(
        "value",
        "fhir-reference-target",
        format!("{} kan ikke peke på {found}. Tillatt: {allowed}.", element.name()),
        format!("{} may not point to {found}. Allowed: {allowed}.", element.name()),
    )
}

pub(in crate::validate) fn reference_contained() -> Finding {
    error(
        "not-found",
        "fhir-reference-contained",
        "Referansen peker på en ressurs i contained som ikke finnes. Legg ressursen i contained, eller rett id-en etter #.",
        "The reference names a contained resource that is not there. Put the resource in contained, or mend the id after #.",
    )
}

pub(in crate::validate) fn reference_conditional() -> Finding {
    error(
        "value",
        "fhir-reference-conditional",
        "En betinget referanse (Type?søk) kan bare stå i en transaksjon. Bruk Type/id, eller identifier.",
        "A conditional reference (Type?query) may only stand in a transaction. Use Type/id, or identifier.",
    )
}

pub(in crate::validate) fn contained_nested() -> Finding {
    structure(
        "fhir-contained-nested",
        "En ressurs i contained kan ikke selv ha contained. Legg alle i den ytterste ressursen.",
        "A contained resource may not have contained itself. Put all in the outermost resource.",
    )
}

pub(in crate::validate) fn contained_without_id() -> Finding {
    structure(
        "fhir-contained-id",
        "Ressursen i contained har ingen id, så ingen referanse kan peke på den.",
        "The contained resource has no id, so no reference can point to it.",
    )
    .severity(Severity::Warning)
}

pub(in crate::validate) fn contained_twice() -> Finding {
    structure(
        "fhir-contained-twice",
        "To ressurser i contained har samme id. Gi hver sin egen.",
        "Two contained resources have the same id. Give each its own.",
    )
}

pub(in crate::validate) fn bundle_total() -> Finding {
    structure(
        "fhir-bundle-total",
        "total hører bare hjemme i searchset og history. Fjern det.",
        "total belongs only in searchset and history. Remove it.",
    )
}

pub(in crate::validate) fn bundle_search_unexpected() -> Finding {
    structure(
        "fhir-bundle-search",
        "search hører bare hjemme i searchset. Fjern det.",
        "search belongs only in searchset. Remove it.",
    )
}

pub(in crate::validate) fn bundle_request_missing() -> Finding {
    let mut finding = error(
        "required",
        "fhir-bundle-request",
        "Hver entry i transaction, batch og history skal ha request med method og url. Legg det til.",
        "Every entry of a transaction, batch or history must have request with method and url. Add it.",
    );
    finding.expression = ".request".to_owned();
    finding
}

pub(in crate::validate) fn bundle_request_unexpected() -> Finding {
    structure(
        "fhir-bundle-request",
        "request hører bare hjemme i transaction, batch og history. Fjern det, eller rett Bundle.type.",
        "request belongs only in transaction, batch and history. Remove it, or mend Bundle.type.",
    )
}

pub(in crate::validate) fn bundle_response_missing() -> Finding {
    let mut finding = error(
        "required",
        "fhir-bundle-response",
        "Hver entry i et svar på transaction eller batch, og i history, skal ha response med status. Legg det til.",
        "Every entry of the response to a transaction or batch, and of a history, must have response with status. Add it.",
    );
    finding.expression = ".response".to_owned();
    finding
}

pub(in crate::validate) fn bundle_response_unexpected() -> Finding {
    structure(
        "fhir-bundle-response",
        "response hører bare hjemme i svar på transaction og batch, og i history. Fjern det.",
        "response belongs only in responses to transaction and batch, and in history. Remove it.",
    )
}

pub(in crate::validate) fn bundle_entry_empty() -> Finding {
    structure(
        "fhir-bundle-entry-empty",
        "En entry skal ha resource, request eller response. Legg til det som mangler, eller fjern den.",
        "An entry must have resource, request or response. Add what is missing, or remove it.",
    )
}

pub(in crate::validate) fn full_url() -> Finding {
    error(
        "value",
        "fhir-bundle-full-url",
        "fullUrl skal være en absolutt URI uten versjon, som urn:uuid: med en UUID.",
        "fullUrl must be an absolute URI without version, such as urn:uuid: with a UUID.",
    )
}

pub(in crate::validate) fn full_url_twice() -> Finding {
    error(
        "duplicate",
        "fhir-bundle-full-url-twice",
        "Samme fullUrl står i flere entry. Gi hver ressurs sin egen.",
        "The same fullUrl stands in several entries. Give each resource its own.",
    )
}

pub(in crate::validate) fn bundle_first(expected: &str) -> Finding {
    structure(
        "fhir-bundle-first",
        format!("Første entry skal være {expected} i en Bundle av denne typen. Flytt den først."),
        format!("The first entry must be {expected} in a Bundle of this type. Move it to the front."),
    )
}
