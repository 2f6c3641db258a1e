//! What is said of definitions that are missing or cannot be used, and of the bounds.

use super::listed;
use crate::finding::{Finding, Severity};

/// The rule that the base of a profile is loaded.
pub(in crate::profile) const NO_BASE: &str = "snapshot-base";

fn finding(code: &'static str, rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error(code, rule, "", nb, en)
}

pub(in crate::profile) fn profile_unknown(canonical: &str) -> Finding {
    finding(
        "not-found",
        "profile-unknown",
        format!("Profilen {canonical} er ikke lastet og er ikke undersøkt."),
        format!("The profile {canonical} is not loaded and was not examined."),
    )
    .severity(Severity::Warning)
}

pub(in crate::profile) fn profile_given_unknown(canonical: &str) -> Finding {
    profile_unknown(canonical).severity(Severity::Error)
}

pub(in crate::profile) fn snapshot_circle(url: &str) -> Finding {
    finding(
        "invalid",
        "snapshot-circle",
        format!("Profilen {url} bygger på seg selv."),
        format!("The profile {url} is based on itself."),
    )
}

pub(in crate::profile) fn snapshot_no_type(url: &str) -> Finding {
    finding(
        "invalid",
        "snapshot-type",
        format!("StructureDefinition {url} har ingen type."),
        format!("The StructureDefinition {url} has no type."),
    )
}

pub(in crate::profile) fn snapshot_no_base(url: &str, base: &str) -> Finding {
    finding(
        "not-found",
        NO_BASE,
        format!("Profilen {url} bygger på {base}, som ikke er lastet."),
        format!("The profile {url} draws on {base}, which is not loaded."),
    )
}

pub(in crate::profile) fn snapshot_path(url: &str, path: &str) -> Finding {
    finding(
        "invalid",
        "snapshot-path",
        format!("Profilen {url} begrenser {path}, som ikke finnes i det den bygger på."),
        format!("The profile {url} constrains {path}, which its base does not have."),
    )
}

pub(in crate::profile) fn snapshot_looser(url: &str, path: &str) -> Finding {
    finding(
        "business-rule",
        "snapshot-looser",
        format!("Profilen {url} gir {path} videre kardinalitet enn det den bygger på; den strengeste gjelder."),
        format!("The profile {url} gives {path} a wider cardinality than its base; the stricter one holds."),
    )
    .severity(Severity::Warning)
}

pub(in crate::profile) fn invariant_unreadable(url: &str, key: &str, why: &str) -> Finding {
    finding(
        "invalid",
        "profile-invariant-unreadable",
        format!("Uttrykket i regelen {key} i {url} kan ikke leses og er ikke undersøkt: {why}."),
        format!("The expression of the rule {key} in {url} cannot be read and is not examined: {why}."),
    )
    .severity(Severity::Warning)
}

pub(in crate::profile) fn expression_unreadable(why: &str) -> Finding {
    finding(
        "invalid",
        "expression-unreadable",
        format!("Uttrykket er ikke FHIRPath: {why}."),
        format!("The expression is not FHIRPath: {why}."),
    )
}

pub(in crate::profile) fn condition_unknown() -> Finding {
    finding(
        "not-found",
        "questionnaire-condition",
        "Betingelsen gjelder et spørsmål som skjemaet ikke har.".to_owned(),
        "The condition is about a question that the questionnaire does not have.".to_owned(),
    )
}

pub(in crate::profile) fn too_costly(budget: u64) -> Finding {
    finding(
        "too-costly",
        "profile-too-costly",
        format!("Valideringen tok mer enn {budget} steg og er avbrutt."),
        format!("The validation took more than {budget} steps and was given up."),
    )
}

pub(in crate::profile) fn too_many(dropped: usize) -> Finding {
    finding(
        "informational",
        "fhir-too-many-findings",
        format!("Det er {dropped} funn til. Rett de første, og prøv igjen."),
        format!("There are {dropped} more findings. Mend the first ones and try again."),
    )
}

pub(in crate::profile) fn full_url_missing() -> Finding {
    finding(
        "required",
        "bundle-full-url-missing",
        "En oppføring med ressurs skal ha fullUrl, unntatt i transaction og batch. Legg den til.".to_owned(),
        "An entry with a resource must have a fullUrl, except in a transaction or batch. Add it.".to_owned(),
    )
}

pub(in crate::profile) fn full_url_without_id(name: &str) -> Finding {
    finding(
        "invalid",
        "bundle-full-url-id",
        format!("fullUrl er adressen til en {name} på en server, men ressursen har ingen id."),
        format!("fullUrl is the address of a {name} on a server, but the resource has no id."),
    )
}

pub(in crate::profile) fn full_url_other(name: &str) -> Finding {
    finding(
        "invalid",
        "bundle-full-url-id",
        format!("fullUrl er adressen til en ressurs på en server og skal slutte med {name}/ og ressursens id."),
        format!("fullUrl is the address of a resource on a server and must end with {name}/ and the resource's id."),
    )
}

pub(in crate::profile) fn bundle_reference() -> Finding {
    finding(
        "not-found",
        "bundle-reference",
        "Referansen leder ikke til noen oppføring. Den skal være lik en fullUrl, eller relativ til en.".to_owned(),
        "The reference leads to no entry. It must equal a fullUrl, or be relative to one.".to_owned(),
    )
}

pub(in crate::profile) fn bundle_reference_twice() -> Finding {
    finding(
        "multiple-matches",
        "bundle-reference",
        "Referansen leder til mer enn én oppføring.".to_owned(),
        "The reference leads to more than one entry.".to_owned(),
    )
}

pub(in crate::profile) fn bundle_unreachable() -> Finding {
    finding(
        "structure",
        "bundle-unreachable",
        "Ingen kjede av referanser forbinder oppføringen med dokumentets Composition.".to_owned(),
        "No chain of references connects the entry with the document's Composition.".to_owned(),
    )
}

pub(in crate::profile) fn extension_part(url: &str, parts: &[Box<str>]) -> Finding {
    let parts = listed(parts);
    finding(
        "extension",
        "extension-part",
        format!("Utvidelsen {url} har ingen slik del; den har: {parts}."),
        format!("The extension {url} has no such part; it has: {parts}."),
    )
}

pub(in crate::profile) fn attachment_size(bytes: usize) -> Finding {
    finding(
        "value",
        "attachment-size",
        format!("size er ikke antallet byte i data ({bytes})."),
        format!("size is not the number of bytes in data ({bytes})."),
    )
}

pub(in crate::profile) fn snapshot_root_sliced(url: &str) -> Finding {
    finding(
        "invalid",
        "snapshot-root-sliced",
        format!("Profilen {url} deler roten i utsnitt; bare elementer under den kan deles."),
        format!("The profile {url} slices the root; only elements below it can be sliced."),
    )
}

pub(in crate::profile) fn snapshot_fixed(url: &str, path: &str) -> Finding {
    finding(
        "business-rule",
        "snapshot-fixed",
        format!("Profilen {url} gir {path} en annen fast verdi enn det den bygger på."),
        format!("The profile {url} gives {path} another fixed value than its base."),
    )
}

pub(in crate::profile) fn only_id() -> Finding {
    finding(
        "invariant",
        "element-only-id",
        "Elementet har bare id, ingen verdi og ikke noe innhold (ele-1). Legg til innhold, eller utelat det.".to_owned(),
        "The element has only an id, no value and no content (ele-1). Add content, or leave it out.".to_owned(),
    )
}
