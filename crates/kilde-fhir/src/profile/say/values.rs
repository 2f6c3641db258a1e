//! What is said of texts, codes, narratives and absent values.

use super::told;
use crate::finding::{Finding, Severity};
use crate::profile::rule::{Profile, Rule};

pub(in crate::profile) fn canonical_relative() -> Finding {
    Finding::error(
        "invalid",
        "canonical-relative",
        "",
        "En kanonisk adresse skal være absolutt, eller # og id-en til en innkapslet ressurs.",
        "A canonical must be absolute, or # and the id of a contained resource.",
    )
}

pub(in crate::profile) fn id_twice() -> Finding {
    Finding::error(
        "invalid",
        "element-id-twice",
        "",
        "Et annet element i ressursen har samme id.",
        "Another element of the resource has the same id.",
    )
}

pub(in crate::profile) fn example_address(severity: Severity) -> Finding {
    Finding::error(
        "invalid",
        "example-address",
        "",
        "Adressen er en eksempeladresse og leder ingen steder.",
        "The address is one for examples and leads nowhere.",
    )
    .severity(severity)
}

pub(in crate::profile) fn html(severity: Severity) -> Finding {
    Finding::error(
        "invalid",
        "html-in-text",
        "",
        "Teksten ser ut til å inneholde HTML. Skriv den uten tagger.",
        "The text seems to hold HTML. Write it without tags.",
    )
    .severity(severity)
}

pub(in crate::profile) fn code_not_in_system(system: &str, severity: Severity) -> Finding {
    Finding::error(
        "code-invalid",
        "code-unknown",
        "",
        format!("Koden finnes ikke i kodeverket {system}."),
        format!("The code is not in the code system {system}."),
    )
    .severity(severity)
}

pub(in crate::profile) fn display(system: &str, severity: Severity) -> Finding {
    Finding::error(
        "invalid",
        "display-wrong",
        "",
        format!("Teksten (display) er ingen av kodens termer i kodeverket {system}."),
        format!("The display is none of the code's terms in the code system {system}."),
    )
    .severity(severity)
}

pub(in crate::profile) fn value_missing(profile: &Profile, rule: &Rule) -> Finding {
    let name = &rule.name;
    told(
        ("required", "profile-value-missing"),
        profile,
        rule,
        "value".to_owned(),
        String::new(),
        format!("{name} skal ha en verdi; en utvidelse er ikke nok."),
        format!("{name} must have a value; an extension is not enough."),
    )
}

pub(in crate::profile) fn value_alternatives(profile: &Profile, rule: &Rule, alternatives: &[Box<str>]) -> Finding {
    let (name, allowed) = (&rule.name, super::listed(alternatives));
    told(
        ("required", "profile-value-missing"),
        profile,
        rule,
        allowed.clone(),
        String::new(),
        format!("{name} skal ha en verdi eller en av utvidelsene {allowed}."),
        format!("{name} must have a value or one of the extensions {allowed}."),
    )
}

/// `asked`: `_yes`, `_no`, `_resource` or a language.
pub(in crate::profile) fn narrative_sections(profile: &Profile, rule: &Rule, asked: &str) -> Finding {
    let (nb, en) = match asked {
        "_no" => (
            "skal ikke ha avsnitt for språk".to_owned(),
            "must not have sections for languages".to_owned(),
        ),
        "_yes" => (
            "skal ha avsnitt for språk".to_owned(),
            "must have sections for languages".to_owned(),
        ),
        "_resource" => (
            "skal ha et avsnitt på ressursens språk".to_owned(),
            "must have a section in the language of the resource".to_owned(),
        ),
        language => (
            format!("skal ha et avsnitt på språket {language}"),
            format!("must have a section in the language {language}"),
        ),
    };
    told(
        ("business-rule", "profile-narrative-language"),
        profile,
        rule,
        asked.to_owned(),
        String::new(),
        format!("Teksten {nb}."),
        format!("The narrative {en}."),
    )
}
