//! What `$validate` says of the question itself.

use kilde_fhir::finding::{Finding, Severity};

pub(super) fn nothing() -> Finding {
    Finding::error(
        "required",
        "validate-nothing",
        "",
        "Det er ingenting å validere: send ressursen som innhold, eller i Parameters som resource.",
        "There is nothing to validate: send the resource as the body, or in Parameters as resource.",
    )
}

pub(super) fn mode() -> Finding {
    Finding::error(
        "value",
        "validate-mode",
        "",
        "mode skal være create, update, delete eller profile.",
        "mode must be create, update, delete or profile.",
    )
}

pub(super) fn mode_needs_instance() -> Finding {
    Finding::error(
        "value",
        "validate-mode-instance",
        "",
        "mode=update og mode=delete gjelder en bestemt ressurs: [type]/[id]/$validate.",
        "mode=update and mode=delete are about one resource: [type]/[id]/$validate.",
    )
}

pub(super) fn profile_missing() -> Finding {
    Finding::error(
        "required",
        "validate-profile-missing",
        "",
        "mode=profile krever parameteren profile, med adressen til en profil.",
        "mode=profile needs the parameter profile, with the url of a profile.",
    )
}

pub(super) fn too_many_profiles(most: usize) -> Finding {
    Finding::error(
        "too-costly",
        "validate-profiles",
        "",
        format!("Høyst {most} profiler om gangen."),
        format!("At most {most} profiles at a time."),
    )
}

pub(super) fn parameter(name: &str) -> Finding {
    let known = ["resource", "mode", "profile"].contains(&name);
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && name.len() <= 64;
    let shown = if plain { name } else { "?" };
    let (nb, en) = match known {
        true => (
            format!("Parameteren {shown} kan ikke stå i adressen."),
            format!("The parameter {shown} cannot stand in the URL."),
        ),
        false => (
            format!("$validate har ingen parameter {shown}. Den har resource, mode og profile."),
            format!("$validate has no parameter {shown}. It has resource, mode and profile."),
        ),
    };
    Finding::error("not-supported", "validate-parameter", "", nb, en)
}

pub(super) fn national_id() -> Finding {
    Finding::error(
        "security",
        "no-nin-in-url",
        "",
        "Fødselsnummer skal ikke stå i en adresse.",
        "National ids must not stand in a URL.",
    )
}

pub(super) fn resource_type(expected: &str) -> Finding {
    Finding::error(
        "invalid",
        "resource-type",
        expected,
        format!("Adressen sier {expected}, men innholdet er av en annen type."),
        format!("The URL says {expected}, but the content is of another type."),
    )
}

pub(super) fn id_mismatch(rtype: &str) -> Finding {
    Finding::error(
        "value",
        "id-mismatch",
        format!("{rtype}.id"),
        "Ressursens id skal være den samme som i adressen.",
        "The id of the resource must be the one in the URL.",
    )
}

pub(super) fn too_long(most: usize) -> Finding {
    Finding::error(
        "too-long",
        "limit-bytes",
        "",
        format!("En ressurs som skal valideres, kan ha høyst {} MiB.", most >> 20),
        format!("A resource to be validated may have at most {} MiB.", most >> 20),
    )
}

pub(super) fn may_not_delete(rtype: &str) -> Finding {
    Finding::error(
        "forbidden",
        "not-the-source",
        rtype,
        "Bare kilden som leverte ressursen, kan slette den.",
        "Only the source that delivered the resource can delete it.",
    )
}

pub(super) fn withheld() -> Finding {
    Finding::error(
        "informational",
        "validate-withheld",
        "",
        "Noe av ressursen er holdt tilbake for deg, og det som ble validert, er det du får se.",
        "Something of the resource is withheld from you, and what was validated is what you may see.",
    )
    .severity(Severity::Information)
}

pub(super) fn without_core() -> Finding {
    Finding::error(
        "informational",
        "validate-without-core",
        "",
        "Pakken hl7.fhir.r4.core er ikke lastet: invarianter og kodeverk i R4 selv er ikke prøvd.",
        "The package hl7.fhir.r4.core is not loaded: invariants and codes of R4 itself were not examined.",
    )
    .severity(Severity::Information)
}

pub(super) fn left_out(count: usize) -> Finding {
    Finding::error(
        "informational",
        "limit-findings",
        "",
        format!("{count} funn til er utelatt; rett disse først."),
        format!("{count} more findings are left out; mend these first."),
    )
    .severity(Severity::Information)
}
