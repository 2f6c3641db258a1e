//! What is said of extensions.

use crate::finding::{Finding, Severity};

fn finding(rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error("extension", rule, "", nb, en)
}

pub(in crate::profile) fn extension_unknown(url: &str, modifier: bool, severity: Severity) -> Finding {
    if modifier {
        return finding(
            "extension-modifier-unknown",
            format!("Utvidelsen {url} kan endre meningen og er ikke kjent, så innholdet kan ikke forstås trygt."),
            format!("The extension {url} may change the meaning and is not known, so the content cannot be understood safely."),
        );
    }
    finding(
        "extension-unknown",
        format!("Utvidelsen {url} er ikke definert i noen lastet pakke."),
        format!("The extension {url} is not defined in any loaded package."),
    )
    .severity(severity)
}

pub(in crate::profile) fn extension_url_relative(_: bool) -> Finding {
    finding(
        "extension-url",
        "En utvidelse skal ha en absolutt URL; bare deler av en utvidelse kan ha et enkelt navn.".to_owned(),
        "An extension must have an absolute URL; only parts of an extension may have a plain name.".to_owned(),
    )
}

pub(in crate::profile) fn not_an_extension(url: &str) -> Finding {
    finding(
        "extension-url",
        format!("{url} er ingen utvidelse, men en annen slags profil."),
        format!("{url} is no extension but another kind of profile."),
    )
}

pub(in crate::profile) fn extension_version(url: &str) -> Finding {
    finding(
        "extension-version",
        format!("URL-en til en utvidelse har ingen versjon. Skriv {url}."),
        format!("The url of an extension has no version. Write {url}."),
    )
}

pub(in crate::profile) fn extension_modifier(url: &str, modifier: bool) -> Finding {
    let (nb, en) = if modifier {
        (
            "endrer meningen og skal stå i modifierExtension",
            "changes the meaning and must stand in modifierExtension",
        )
    } else {
        (
            "endrer ikke meningen og skal stå i extension",
            "does not change the meaning and must stand in extension",
        )
    };
    finding(
        "extension-modifier",
        format!("Utvidelsen {url} {nb}."),
        format!("The extension {url} {en}."),
    )
}

pub(in crate::profile) fn extension_context(url: &str, contexts: &[(Box<str>, Box<str>)]) -> Finding {
    let allowed: Vec<&str> = contexts.iter().map(|(_, e)| &**e).collect();
    let allowed = allowed.join(", ");
    finding(
        "extension-context",
        format!("Utvidelsen {url} kan ikke brukes her; den kan brukes på {allowed}."),
        format!("The extension {url} may not be used here; it may be used on {allowed}."),
    )
}

pub(in crate::profile) fn extension_max(url: &str, max: u32) -> Finding {
    finding(
        "extension-max",
        format!("Utvidelsen {url} kan stå høyst {max} gang(er) på et element."),
        format!("The extension {url} may stand at most {max} time(s) on an element."),
    )
}

pub(in crate::profile) fn extension_of_version(url: &str, first: &str, last: &str) -> Finding {
    finding(
        "extension-fhir-version",
        format!("Utvidelsen {url} er for FHIR-versjonene {first} til {last}, ikke for R4."),
        format!("The extension {url} is for the FHIR versions {first} to {last}, not for R4."),
    )
}
