//! What is said of references outside profiles, and of obligations.

use crate::finding::{Finding, Severity};

fn finding(code: &'static str, rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error(code, rule, "", nb, en)
}

pub(in crate::profile) fn reference_unresolved(severity: Severity) -> Finding {
    finding(
        "not-found",
        "reference-unresolved",
        "Det referansen peker på, finnes ikke.".to_owned(),
        "What the reference leads to is not there.".to_owned(),
    )
    .severity(severity)
}

pub(in crate::profile) fn reference_address(found: &str) -> Finding {
    let found = if found.bytes().all(|b| b.is_ascii_alphabetic()) {
        found
    } else {
        "?"
    };
    finding(
        "value",
        "reference-address",
        format!("Adressen i referansen har {found} der ressurstypen skal stå; FHIR R4 har ingen slik type."),
        format!("The address in the reference has {found} where the resource type must stand; FHIR R4 has no such type."),
    )
}

pub(in crate::profile) fn obligation_profile_unknown(canonical: &str) -> Finding {
    finding(
        "not-found",
        "obligation-profile-unknown",
        format!("Profilen {canonical}, som forpliktelser tas fra, er ikke lastet."),
        format!("The profile {canonical}, from which obligations are taken, is not loaded."),
    )
    .severity(Severity::Warning)
}

pub(in crate::profile) fn obligation_profile_flag(canonical: &str) -> Finding {
    finding(
        "business-rule",
        "obligation-profile-flag",
        format!("Profilen {canonical} er ikke merket som en forpliktelsesprofil, så forpliktelser kan ikke tas fra den."),
        format!("The profile {canonical} is not marked as an obligation profile, so obligations cannot be taken from it."),
    )
}

pub(in crate::profile) fn obligation_profile_base(canonical: &str, found: &str, expected: &str) -> Finding {
    finding(
        "business-rule",
        "obligation-profile-base",
        format!("Forpliktelsesprofilen {canonical} bygger på {found}; den skal bygge på {expected}, som denne profilen."),
        format!("The obligation profile {canonical} is based on {found}; it must be based on {expected}, as this profile is."),
    )
}

pub(in crate::profile) fn obligation_profile_content() -> Finding {
    finding(
        "business-rule",
        "obligation-profile-content",
        "En forpliktelsesprofil kan ikke innføre slicing eller nye slices.".to_owned(),
        "An obligation profile cannot introduce slicing or new slices.".to_owned(),
    )
}
