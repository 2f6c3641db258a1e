//! What is said of answers to a Questionnaire.

use crate::finding::{Finding, Severity};

/// What a Questionnaire asks that the response does not meet.
pub(in crate::profile) enum Asked<'s> {
    LinkId,
    Elsewhere,
    Order,
    Required,
    Once,
    NoAnswer,
    NotEnabled,
    AtMost(usize),
    AtLeast(usize),
    Type(&'s str),
    Option,
    ValueSet(&'s str),
    Length,
    Bounds,
    Size(usize),
    Target,
    Incomparable,
    Unit,
    Pattern,
    Decimals(usize),
    ContentType,
    Exclusive,
}

pub(in crate::profile) fn questionnaire(asked: Asked<'_>) -> Finding {
    let (code, rule, nb, en): (&'static str, &'static str, String, String) = match asked {
        Asked::LinkId => (
            "not-found",
            "questionnaire-link-id",
            "Skjemaet har ikke noe felt med denne linkId.".into(),
            "The questionnaire has no item with this linkId.".into(),
        ),
        Asked::Elsewhere => (
            "structure",
            "questionnaire-link-id",
            "Feltet med denne linkId hører til et annet sted i skjemaet.".into(),
            "The item with this linkId belongs elsewhere in the questionnaire.".into(),
        ),
        Asked::Order => (
            "structure",
            "questionnaire-order",
            "Feltene skal komme i skjemaets rekkefølge.".into(),
            "Items must come in the order of the questionnaire.".into(),
        ),
        Asked::Required => (
            "required",
            "questionnaire-required",
            "Feltet er påkrevd og mangler svar.".into(),
            "The item is required and has no answer.".into(),
        ),
        Asked::Once => (
            "structure",
            "questionnaire-once",
            "Feltet kan ikke gjentas og har mer enn ett svar.".into(),
            "The item may not repeat and has more than one answer.".into(),
        ),
        Asked::NoAnswer => (
            "structure",
            "questionnaire-no-answer",
            "Grupper og visningstekster har ikke svar.".into(),
            "Groups and display items have no answers.".into(),
        ),
        Asked::NotEnabled => (
            "invalid",
            "questionnaire-not-enabled",
            "Feltet er besvart, men etter de andre svarene skal det ikke besvares.".into(),
            "The item is answered, but by the other answers it is not enabled.".into(),
        ),
        Asked::AtMost(max) => (
            "structure",
            "questionnaire-occurs",
            format!("Feltet kan ha høyst {max} svar."),
            format!("The item may have at most {max} answers."),
        ),
        Asked::AtLeast(min) => (
            "required",
            "questionnaire-occurs",
            format!("Feltet skal ha minst {min} svar."),
            format!("The item must have at least {min} answers."),
        ),
        Asked::Type(types) => (
            "structure",
            "questionnaire-type",
            format!("Svaret skal være av typen {types}."),
            format!("The answer must be of the type {types}."),
        ),
        Asked::Option => (
            "code-invalid",
            "questionnaire-option",
            "Svaret er ikke blant valgene.".into(),
            "The answer is not among the options.".into(),
        ),
        Asked::ValueSet(set) => (
            "code-invalid",
            "questionnaire-option",
            format!("Svaret er ikke i verdisettet {set}."),
            format!("The answer is not in the value set {set}."),
        ),
        Asked::Length => (
            "value",
            "questionnaire-length",
            "Svaret er lengre eller kortere enn tillatt.".into(),
            "The answer is longer or shorter than allowed.".into(),
        ),
        Asked::Bounds => (
            "value",
            "questionnaire-bounds",
            "Svaret er utenfor grensene.".into(),
            "The answer is out of bounds.".into(),
        ),
        Asked::Size(max) => (
            "too-long",
            "questionnaire-size",
            format!("Vedlegget kan ha høyst {max} byte."),
            format!("The attachment may have at most {max} bytes."),
        ),
        Asked::Incomparable => (
            "value",
            "questionnaire-bounds",
            "Svaret kan ikke sammenlignes med grensene: enhetene er ikke de samme og har ikke koder i UCUM av samme slag.".into(),
            "The answer cannot be compared with the bounds: the units are not the same and have no UCUM codes of the same kind.".into(),
        ),
        Asked::Unit => (
            "code-invalid",
            "questionnaire-unit",
            "Enheten er ikke blant dem som skjemaet tillater.".into(),
            "The unit is not among those that the questionnaire allows.".into(),
        ),
        Asked::Pattern => (
            "value",
            "questionnaire-regex",
            "Svaret har ikke formen som skjemaet krever.".into(),
            "The answer does not have the form that the questionnaire asks for.".into(),
        ),
        Asked::Decimals(most) => (
            "value",
            "questionnaire-decimals",
            format!("Svaret kan ha høyst {most} desimaler."),
            format!("The answer may have at most {most} decimals."),
        ),
        Asked::ContentType => (
            "value",
            "questionnaire-content-type",
            "Vedlegget er av en type som skjemaet ikke tillater.".into(),
            "The attachment is of a content type that the questionnaire does not allow.".into(),
        ),
        Asked::Exclusive => (
            "structure",
            "questionnaire-exclusive",
            "Dette valget kan bare velges alene.".into(),
            "This option may only be chosen alone.".into(),
        ),
        Asked::Target => (
            "structure",
            "questionnaire-reference",
            "Referansen peker på en type som skjemaet ikke tillater.".into(),
            "The reference leads to a type that the questionnaire does not allow.".into(),
        ),
    };
    Finding::error(code, rule, "", nb, en)
}

pub(in crate::profile) fn questionnaire_unknown(url: &str) -> Finding {
    Finding::error(
        "not-found",
        "questionnaire-unknown",
        "",
        format!("Skjemaet {url} er ikke lastet, så svarene er ikke undersøkt mot det."),
        format!("The questionnaire {url} is not loaded, so the answers were not examined against it."),
    )
    .severity(Severity::Warning)
}
