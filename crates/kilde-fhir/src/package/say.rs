//! What is said of packages that could not be used.

use super::read::Broken;
use crate::finding::{Finding, Severity};
use crate::json::SyntaxError;

fn finding(severity: Severity, code: &'static str, rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error(code, rule, "", nb, en).severity(severity)
}

pub(super) fn folder(path: &str, why: &str) -> Finding {
    finding(
        Severity::Error,
        "not-found",
        "package-folder",
        format!("Mappen {path} kan ikke leses: {why}."),
        format!("The folder {path} cannot be read: {why}."),
    )
}

pub(super) fn unreadable(file: &str, why: &str) -> Finding {
    finding(
        Severity::Error,
        "invalid",
        "package-unreadable",
        format!("Pakken {file} kan ikke leses: {why}. Hent den på nytt."),
        format!("The package {file} cannot be read: {why}. Fetch it again."),
    )
}

pub(super) fn broken(file: &str, why: Broken) -> Finding {
    let (code, nb) = match why {
        Broken::Form => ("invalid", "ikke et helt gzip-pakket tar-arkiv"),
        Broken::TooLarge => ("too-costly", "større enn tillatt når den pakkes ut"),
    };
    finding(
        Severity::Error,
        code,
        if why == Broken::Form {
            "package-unreadable"
        } else {
            "package-too-large"
        },
        format!("Pakken {file} er {nb}; det som ble lest før det, er med."),
        format!("The package {file} is {why}; what was read before that is loaded."),
    )
}

pub(super) fn too_large(file: &str) -> Finding {
    finding(
        Severity::Error,
        "too-costly",
        "package-too-large",
        format!("Pakken {file} er større enn tillatt og er ikke lastet."),
        format!("The package {file} is larger than allowed and is not loaded."),
    )
}

pub(super) fn too_many(bound: usize) -> Finding {
    finding(
        Severity::Error,
        "too-costly",
        "package-too-many",
        format!("Det er flere enn {bound} pakker; resten er ikke lastet."),
        format!("There are more than {bound} packages; the rest is not loaded."),
    )
}

pub(super) fn manifest(file: &str) -> Finding {
    finding(
        Severity::Error,
        "invalid",
        "package-manifest",
        format!("Pakken {file} har ingen package/package.json med name og version og er ikke lastet."),
        format!("The package {file} has no package/package.json with name and version and is not loaded."),
    )
}

pub(super) fn other_fhir(file: &str, versions: &[String]) -> Finding {
    let versions = versions.join(", ");
    finding(
        Severity::Warning,
        "not-supported",
        "package-fhir-version",
        format!("Pakken {file} er for FHIR {versions}, ikke 4.0, og er ikke lastet."),
        format!("The package {file} is for FHIR {versions}, not 4.0, and is not loaded."),
    )
}

pub(super) fn twice(file: &str, name: &str) -> Finding {
    finding(
        Severity::Warning,
        "duplicate",
        "package-twice",
        format!("Pakken {name} er allerede lastet; {file} er hoppet over."),
        format!("The package {name} is loaded already; {file} is passed over."),
    )
}

pub(super) fn file(package: &str, file: &str, why: &SyntaxError) -> Finding {
    finding(
        Severity::Error,
        "invalid",
        "package-file",
        format!("Filen {file} i {package} er ikke lastet. Det er ikke JSON: {why}."),
        format!("The file {file} in {package} is not loaded. It is not JSON: {why}."),
    )
}

pub(super) fn file_unreadable(package: &str, file: &str, why: &str) -> Finding {
    finding(
        Severity::Error,
        "invalid",
        "package-file",
        format!("Filen {file} i {package} kan ikke leses: {why}."),
        format!("The file {file} in {package} cannot be read: {why}."),
    )
}

pub(super) fn file_too_long(package: &str, file: &str) -> Finding {
    finding(
        Severity::Error,
        "too-long",
        "package-file",
        format!("Filen {file} i {package} er lengre enn tillatt og er ikke lastet."),
        format!("The file {file} in {package} is longer than allowed and is not loaded."),
    )
}

pub(super) fn dependency(package: &str, name: &str, version: &str) -> Finding {
    finding(
        Severity::Warning,
        "not-found",
        "package-dependency",
        format!("Pakken {package} bygger på {name} {version}, som ikke er lastet."),
        format!("The package {package} depends on {name} {version}, which is not loaded."),
    )
}

pub(super) fn other_dependency(package: &str, name: &str, version: &str, used: &str) -> Finding {
    finding(
        Severity::Information,
        "not-found",
        "package-dependency",
        format!("Pakken {package} bygger på {name} {version}; {used} brukes i stedet."),
        format!("The package {package} depends on {name} {version}; {used} is used instead."),
    )
}
