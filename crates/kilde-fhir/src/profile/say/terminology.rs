//! What is said of CodeSystems and ValueSets that are validated, and of units.

use crate::finding::{Finding, Severity};

fn finding(rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error("business-rule", rule, "", nb, en)
}

pub(in crate::profile) fn supplement_content() -> Finding {
    finding(
        "code-system-supplement",
        "Et kodeverk som utfyller et annet (supplements), skal ha content supplement.".to_owned(),
        "A code system that supplements another must have the content supplement.".to_owned(),
    )
}

pub(in crate::profile) fn property_type(expected: &str) -> Finding {
    finding(
        "code-system-property-type",
        format!("Egenskapen er HL7s egen og har typen {expected}."),
        format!("The property is one that HL7 defines, with the type {expected}."),
    )
}

pub(in crate::profile) fn property_twice() -> Finding {
    finding(
        "code-system-property-twice",
        "En egenskap med samme kode eller adresse er definert før.".to_owned(),
        "A property with the same code or address is defined before.".to_owned(),
    )
}

pub(in crate::profile) fn property_value(expected: &str) -> Finding {
    finding(
        "code-system-property-value",
        format!("Verdien skal ha typen {expected}, som egenskapen er definert med."),
        format!("The value must have the type {expected}, with which the property is defined."),
    )
}

pub(in crate::profile) fn value_set_system() -> Finding {
    finding(
        "value-set-system",
        "system skal være den absolutte adressen til kodeverket, også når kodeverket er innkapslet.".to_owned(),
        "system must be the absolute address of the code system, also when the code system is contained.".to_owned(),
    )
}

pub(in crate::profile) fn value_set_filter(property: &str) -> Finding {
    finding(
        "value-set-filter",
        format!("Verdien kan ikke brukes i et filter på {property}."),
        format!("The value cannot be used in a filter on {property}."),
    )
}

pub(in crate::profile) fn definition_type() -> Finding {
    finding(
        "definition-type",
        "Typen finnes ikke i FHIR R4. Andre typer navngis med en absolutt adresse.".to_owned(),
        "FHIR R4 has no such type. Other types are named by an absolute address.".to_owned(),
    )
}

pub(in crate::profile) fn unit(severity: Severity) -> Finding {
    Finding::error(
        "code-invalid",
        "unit-unknown",
        "",
        "Koden er ingen enhet i UCUM.",
        "The code is no unit of UCUM.",
    )
    .severity(severity)
}
