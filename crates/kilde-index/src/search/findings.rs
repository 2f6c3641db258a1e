//! What is told about a search that is not understood. Values are never repeated.

use kilde_fhir::finding::Finding;
use kilde_fhir::search::{Param, get};

/// A name as it can be shown: it comes from outside.
fn shown(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-.:".contains(*c))
        .take(60)
        .collect()
}

fn at(name: &str) -> String {
    format!("http.{}", shown(name))
}

pub(super) fn unknown(rtype: &str, name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "not-supported",
        "search-parameter-unknown",
        at(name),
        format!(
            "{rtype} har ikke søkeparameteren «{name_shown}». Rett navnet, eller be om at ukjente hoppes over med «Prefer: handling=lenient»."
        ),
        format!(
            "{rtype} has no search parameter '{name_shown}'. Correct the name, or ask for unknown ones to be ignored with 'Prefer: handling=lenient'."
        ),
    )
}

pub(super) fn unsupported(name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "not-supported",
        "search-parameter-unsupported",
        at(name),
        format!("Søkeparameteren «{name_shown}» støttes ikke her."),
        format!("The search parameter '{name_shown}' is not supported here."),
    )
}

pub(super) fn modifier(name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "not-supported",
        "search-modifier-unsupported",
        at(name),
        format!("«{name_shown}»: modifikatoren støttes ikke for denne parameteren."),
        format!("'{name_shown}': the modifier is not supported for this parameter."),
    )
}

pub(super) fn value(name: &str, nb: &str, en: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "value",
        "search-value-invalid",
        at(name),
        format!("«{name_shown}»: ventet {nb}."),
        format!("'{name_shown}': expected {en}."),
    )
}

pub(super) fn repeated(name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "invalid",
        "search-parameter-repeated",
        at(name),
        format!("«{name_shown}» kan bare stå én gang."),
        format!("'{name_shown}' may stand only once."),
    )
}

pub(super) fn too_much(nb: String, en: String) -> Finding {
    Finding::error("too-costly", "search-too-much", "", nb, en)
}

pub(super) fn cursor_alone() -> Finding {
    Finding::error(
        "invalid",
        "search-cursor-alone",
        at("_cursor"),
        "«_cursor» rommer hele søket og kan ikke stå sammen med andre parametre.",
        "'_cursor' holds the whole search and cannot be combined with other parameters.",
    )
}

pub(super) fn sort(key: &str) -> Finding {
    let key = shown(key);
    Finding::error(
        "not-supported",
        "search-sort-unsupported",
        at("_sort"),
        format!("Kan ikke sortere etter «{key}»: typen har ingen slik søkeparameter, eller den er sammensatt og har ingen rekkefølge."),
        format!("Cannot sort by '{key}': the type has no such search parameter, or it is a composite one, which has no order."),
    )
}

pub(super) fn contained(name: &str) -> Finding {
    Finding::error(
        "not-supported",
        "search-contained-unsupported",
        at(name),
        "Innebygde ressurser kan bare søkes i én type om gangen («[base]/[type]»).",
        "Contained resources can be searched in one type at a time only ('[base]/[type]').",
    )
}

pub(super) fn has(name: &str, base: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "invalid",
        "search-has-invalid",
        at(name),
        format!("«{name_shown}»: ventet «_has:[type]:[referanseparameter som peker til {base}]:[parameter]»."),
        format!("'{name_shown}': expected '_has:[type]:[reference parameter that points to {base}]:[parameter]'."),
    )
}

pub(super) fn chain_type(name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "too-costly",
        "search-chain-type",
        at(name),
        format!("«{name_shown}»: referansen kan peke til mange typer; nevn hvilken («parameter:Type.parameter»)."),
        format!("'{name_shown}': the reference may point to many types; name one ('parameter:Type.parameter')."),
    )
}

pub(super) fn include(name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "value",
        "search-include-invalid",
        at(name),
        format!("«{name_shown}»: ventet «Type:parameter», «Type:parameter:Type», «Type:*» eller «*»."),
        format!("'{name_shown}': expected 'Type:parameter', 'Type:parameter:Type', 'Type:*' or '*'."),
    )
}

pub(super) fn include_unknown(name: &str) -> Finding {
    let name_shown = shown(name);
    Finding::error(
        "not-supported",
        "search-include-unknown",
        at(name),
        format!("«{name_shown}»: typen har ingen referanseparameter med det navnet."),
        format!("'{name_shown}': the type has no reference parameter of that name."),
    )
}

pub(super) fn composite(name: &str, param: &Param) -> Finding {
    let name_shown = shown(name);
    let codes: Vec<&str> = param.components.iter().filter_map(|c| get(c.param?)).map(|p| p.code).collect();
    let form = codes.join("$");
    Finding::error(
        "value",
        "search-value-invalid",
        at(name),
        format!("«{name_shown}»: ventet «{form}», hver del som i sin egen parameter."),
        format!("'{name_shown}': expected '{form}', each part as in its own parameter."),
    )
}

pub(super) fn filter() -> Finding {
    Finding::error(
        "invalid",
        "search-filter-invalid",
        at("_filter"),
        "«_filter»: ventet «parameter operator verdi», satt sammen med «and», «or», «not(...)» og parenteser; tekst i anførselstegn; vilkår i hakeparenteser etter en referanse («subject[...].parameter»).",
        "'_filter': expected 'parameter operator value', joined by 'and', 'or', 'not(...)' and parentheses; text in quotes; conditions in brackets after a reference ('subject[...].parameter').",
    )
}

pub(super) fn filter_operator(operator: &str) -> Finding {
    let operator = shown(operator);
    Finding::error(
        "not-supported",
        "search-filter-operator",
        at("_filter"),
        format!("«_filter»: operatoren «{operator}» gjelder ikke for denne typen parameter."),
        format!("'_filter': the operator '{operator}' does not apply to this type of parameter."),
    )
}

pub(super) fn filter_brackets(name: &str) -> Finding {
    let name = shown(name);
    Finding::error(
        "not-supported",
        "search-filter-brackets",
        at("_filter"),
        format!("«_filter»: vilkår i hakeparenteser kan bare stå etter en referanseparameter, og «{name}» er ingen."),
        format!("'_filter': conditions in brackets can only follow a reference parameter, and '{name}' is none."),
    )
}
