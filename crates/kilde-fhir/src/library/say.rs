//! What is said of files of terminology that could not be used.

use crate::finding::{Finding, Severity};

fn finding(severity: Severity, code: &'static str, rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error(code, rule, "", nb, en).severity(severity)
}

pub(super) fn folder(path: &str, why: &str) -> Finding {
    finding(
        Severity::Error,
        "not-found",
        "terminology-folder",
        format!("Mappen {path} kan ikke leses: {why}."),
        format!("The folder {path} cannot be read: {why}."),
    )
}

pub(super) fn unreadable(file: &str, why: &str) -> Finding {
    finding(
        Severity::Error,
        "invalid",
        "terminology-file",
        format!("Filen {file} er ikke lastet: {why}."),
        format!("The file {file} is not loaded: {why}."),
    )
}

pub(super) fn not_terminology(file: &str) -> Finding {
    finding(
        Severity::Warning,
        "not-supported",
        "terminology-file-unknown",
        format!("Filen {file} er ikke lastet: den er ikke CodeSystem, ValueSet, ConceptMap, NamingSystem eller Bundle av slike."),
        format!("The file {file} is not loaded: it is no CodeSystem, ValueSet, ConceptMap, NamingSystem or Bundle of them."),
    )
}

pub(super) fn unknown(file: &str) -> Finding {
    finding(
        Severity::Warning,
        "not-supported",
        "terminology-file-unknown",
        format!("Filen {file} er ikke lastet: navnet sier ikke hva den er. Si det i konfigurasjonen ([[terminology.table]])."),
        format!("The file {file} is not loaded: its name does not tell what it is. Say so in the configuration ([[terminology.table]])."),
    )
}

pub(super) fn packed(file: &str) -> Finding {
    finding(
        Severity::Warning,
        "not-supported",
        "terminology-file-unknown",
        format!("Filen {file} er ikke lastet: pakk den ut først."),
        format!("The file {file} is not loaded: unpack it first."),
    )
}

pub(super) fn too_many(bound: usize) -> Finding {
    finding(
        Severity::Error,
        "too-costly",
        "terminology-too-many",
        format!("Det er flere enn {bound} filer i mappen for kodeverk; resten er ikke lastet."),
        format!("There are more than {bound} files in the folder of terminology; the rest is not loaded."),
    )
}

pub(super) fn missing(file: &str) -> Finding {
    finding(
        Severity::Error,
        "not-found",
        "terminology-file",
        format!("Filen {file} som konfigurasjonen nevner, finnes ikke i mappen for kodeverk."),
        format!("The file {file} that the configuration names is not in the folder of terminology."),
    )
}
