//! Our own findings, each with its stable rule id. Texts name no delivered values except names of
//! types and of elements.

use kilde_fhir::finding::{Finding, Severity};

/// Something is more than a limit allows. `rule` is one of `limit-*`.
pub(crate) fn limit(rule: &'static str, nb: &str, en: &str, most: usize) -> Finding {
    Finding::error(
        "too-costly",
        rule,
        "",
        format!("Det er flere {nb} enn {most}. Del leveransen opp."),
        format!("There are more than {most} {en}. Split the delivery."),
    )
}

/// The body has more bytes than allowed.
pub(crate) fn too_long(most: usize) -> Finding {
    Finding::error(
        "too-long",
        "limit-bytes",
        "",
        format!("Innholdet er lengre enn {most} byte."),
        format!("The body is longer than {most} bytes."),
    )
}

/// The resource's type is not the expected one.
pub(crate) fn resource_type(expression: impl Into<String>, expected: &str) -> Finding {
    Finding::error(
        "invalid",
        "resource-type",
        expression,
        format!("Ressursen er ikke av typen som adressen sier: {expected}."),
        format!("The resource is not of the type the address says: {expected}."),
    )
}

/// The resource has no known type, or stands where none is.
pub(crate) fn no_resource(expression: impl Into<String>) -> Finding {
    Finding::error(
        "structure",
        "resource-missing",
        expression,
        "Her skulle det stått en ressurs med kjent resourceType.",
        "A resource with a known resourceType should stand here.",
    )
}

/// Parameters and the like have no address of their own.
pub(crate) fn not_stored(expression: impl Into<String>, name: &str) -> Finding {
    Finding::error(
        "not-supported",
        "resource-not-stored",
        expression,
        format!("Ressurser av typen {name} kan ikke lagres."),
        format!("Resources of type {name} cannot be stored."),
    )
}

/// The id of the body is not that of the URL, or missing.
pub(crate) fn id_mismatch(expression: impl Into<String>) -> Finding {
    Finding::error(
        "value",
        "id-mismatch",
        expression,
        "Ressursens id må finnes og være lik id-en i adressen.",
        "The resource's id must be present and equal to the id in the address.",
    )
}

/// A conditional update of one resource that carries the id of another.
pub(crate) fn id_of_another(expression: impl Into<String>) -> Finding {
    Finding::error(
        "value",
        "id-of-another",
        expression,
        "Ressursens id er en annen ressurs' enn den som oppfyller betingelsen. Ta id-en ut, eller oppdater etter id.",
        "The resource's id is that of another resource than the one that meets the condition. Leave the id out, or update by id.",
    )
}

/// A new resource under an id of the client's, where the instance gives the ids.
pub(crate) fn update_create(expression: impl Into<String>) -> Finding {
    Finding::error(
        "not-supported",
        "update-create",
        expression,
        "Ressursen finnes ikke, og id-er gis av tjeneren her. Opprett med POST.",
        "The resource does not exist, and ids are given by the server here. Create with POST.",
    )
}

/// The id is none that FHIR allows.
pub(crate) fn id_format(expression: impl Into<String>) -> Finding {
    Finding::error(
        "value",
        "id-format",
        expression,
        "En id har 1 til 64 tegn av A-Z, a-z, 0-9, bindestrek og punktum.",
        "An id has 1 to 64 characters of A-Z, a-z, 0-9, hyphen and full stop.",
    )
}

/// The bundle's type is not one that this address takes.
pub(crate) fn bundle_type(expected: &str) -> Finding {
    Finding::error(
        "value",
        "bundle-type",
        "Bundle.type",
        format!("Bundle.type må her være {expected}."),
        format!("Bundle.type must be {expected} here."),
    )
}

/// An entry says nothing about what is to be done.
pub(crate) fn request_missing(index: usize) -> Finding {
    Finding::error(
        "required",
        "bundle-request",
        format!("Bundle.entry[{index}].request"),
        "Hver entry i en transaction eller batch må ha request med method og url.",
        "Every entry of a transaction or batch must have a request with method and url.",
    )
}

/// A method that a delivery cannot hold.
pub(crate) fn method(index: usize) -> Finding {
    Finding::error(
        "not-supported",
        "bundle-method",
        format!("Bundle.entry[{index}].request.method"),
        "Metoden må være GET, HEAD, POST, PUT, PATCH eller DELETE.",
        "The method must be GET, HEAD, POST, PUT, PATCH or DELETE.",
    )
}

/// A `request.url` that does not fit its method.
pub(crate) fn request_url(index: usize) -> Finding {
    Finding::error(
        "value",
        "bundle-url",
        format!("Bundle.entry[{index}].request.url"),
        "request.url må være [type] for POST, [type]/[id] eller [type]?søk for PUT, PATCH og DELETE.",
        "request.url must be [type] for POST, [type]/[id] or [type]?query for PUT, PATCH and DELETE.",
    )
}

/// A `request.url` that is no FHIR address, but the resource itself says who it is.
pub(crate) fn foreign_url(index: usize) -> Finding {
    Finding::error(
        "value",
        "bundle-url-foreign",
        format!("Bundle.entry[{index}].request.url"),
        "request.url er ingen FHIR-adresse; ressursen er tatt imot etter avsenderens egen identifier.",
        "request.url is no FHIR address; the resource is taken by the producer's own identifier.",
    )
    .severity(Severity::Warning)
}

/// Two entries of one transaction are about the same resource.
pub(crate) fn duplicate_target(expression: impl Into<String>) -> Finding {
    Finding::error(
        "duplicate",
        "bundle-duplicate",
        expression,
        "To entry i samme transaction gjelder samme ressurs eller samme fullUrl.",
        "Two entries of one transaction are about the same resource or fullUrl.",
    )
}

/// A reference into the bundle that nothing answers to.
pub(crate) fn unresolved(expression: impl Into<String>) -> Finding {
    Finding::error(
        "not-found",
        "reference-unresolved",
        expression,
        "Referansen peker på en fullUrl som ikke finnes i leveransen.",
        "The reference points to a fullUrl that is not in the delivery.",
    )
}

/// A condition that cannot be understood.
pub(crate) fn condition_syntax(expression: impl Into<String>) -> Finding {
    Finding::error(
        "value",
        "condition-syntax",
        expression,
        "Betingelsen må være et søk med minst én parameter, for eksempel identifier=system|verdi.",
        "The condition must be a search with at least one parameter, for example identifier=system|value.",
    )
}

/// A conditional reference that nothing answers to.
pub(crate) fn condition_none(expression: impl Into<String>) -> Finding {
    Finding::error(
        "not-found",
        "condition-no-match",
        expression,
        "Den betingede referansen treffer ingen ressurs som avsenderen har tilgang til.",
        "The conditional reference matches no resource within the sender's reach.",
    )
}

/// A condition that several resources answer to.
pub(crate) fn condition_many(expression: impl Into<String>) -> Finding {
    Finding::error(
        "multiple-matches",
        "condition-many",
        expression,
        "Betingelsen treffer flere ressurser.",
        "The condition matches several resources.",
    )
}

/// `If-Match` does not name the current version.
pub(crate) fn version_conflict(expression: impl Into<String>) -> Finding {
    Finding::error(
        "conflict",
        "version-conflict",
        expression,
        "Gjeldende versjon er en annen enn den If-Match sier. Les på nytt og prøv igjen.",
        "The current version is not the one If-Match names. Read again and retry.",
    )
}

/// Another source delivered it.
pub(crate) fn not_the_source(expression: impl Into<String>) -> Finding {
    Finding::error(
        "forbidden",
        "not-the-source",
        expression,
        "Bare kilden som leverte ressursen, kan rette den.",
        "Only the source that delivered the resource may correct it.",
    )
}

/// Not there, or not to be told.
pub(crate) fn not_found(expression: impl Into<String>) -> Finding {
    Finding::error(
        "not-found",
        "not-found",
        expression,
        "Ressursen finnes ikke.",
        "The resource does not exist.",
    )
}

/// The writer may not write this.
pub(crate) fn write_forbidden(expression: impl Into<String>) -> Finding {
    Finding::error(
        "forbidden",
        "write-forbidden",
        expression,
        "Avsenderen har ikke adgang til å skrive slike opplysninger om denne personen.",
        "The sender may not write such information about this person.",
    )
}

/// Another organisation stands as author.
pub(crate) fn author(expression: impl Into<String>) -> Finding {
    Finding::error(
        "forbidden",
        "author-organisation",
        expression,
        "Organisasjonsnummeret er et annet enn det avsenderen har bevist.",
        "The organisation number is not the one the sender has proven.",
    )
}

/// A reference and an identifier beside it name different people.
pub(crate) fn person_mismatch(expression: impl Into<String>) -> Finding {
    Finding::error(
        "conflict",
        "person-mismatch",
        expression,
        "Referansen og identifikatoren gjelder ikke samme person.",
        "The reference and the identifier are not about the same person.",
    )
}

/// A reference to a Patient that is not here (yet).
pub(crate) fn unknown_patient(expression: impl Into<String>) -> Finding {
    Finding::error(
        "not-found",
        "patient-unknown",
        expression,
        "Referansen peker på en Patient som ikke er levert ennå, eller ikke er tilgjengelig for dere.",
        "The reference points to a Patient that has not been delivered yet, or is not available to you.",
    )
    .severity(Severity::Warning)
}

/// The message id was used for something else.
pub(crate) fn message_reused() -> Finding {
    Finding::error(
        "duplicate",
        "message-id-reused",
        "",
        "Meldings-id eller identifier med versjon er brukt før med et annet innhold.",
        "The message id, or identifier with version, has been used before with other content.",
    )
}

/// The first delivery's content has been destroyed.
pub(crate) fn message_destroyed() -> Finding {
    Finding::error(
        "deleted",
        "message-destroyed",
        "",
        "Innholdet i den første leveransen er slettet.",
        "The content of the first delivery has been deleted.",
    )
}

/// A message without what a message must have.
pub(crate) fn message_header() -> Finding {
    Finding::error(
        "structure",
        "message-header",
        "Bundle.entry[0].resource",
        "Første entry i en melding må være et MessageHeader.",
        "The first entry of a message must be a MessageHeader.",
    )
}

/// The queue is full, or the instance is closing.
pub(crate) fn busy() -> Finding {
    Finding::error(
        "throttled",
        "intake-busy",
        "",
        "Inntaket er opptatt. Prøv igjen om litt.",
        "Intake is busy. Try again shortly.",
    )
}

/// Storage failed; nothing was stored.
pub(crate) fn unavailable() -> Finding {
    Finding::error(
        "transient",
        "intake-unavailable",
        "",
        "Lagringen svarer ikke. Ingenting er lagret.",
        "Storage does not answer. Nothing was stored.",
    )
}

/// `If-None-Match: *`, and there is one.
pub(crate) fn already_there(expression: impl Into<String>) -> Finding {
    Finding::error(
        "conflict",
        "already-there",
        expression,
        "If-None-Match: * sier at ressursen ikke skal finnes fra før, men det gjør den.",
        "If-None-Match: * says that the resource must not exist yet, but it does.",
    )
}

/// Somebody else wrote while a patch was applied, again and again.
pub(crate) fn patch_raced(expression: impl Into<String>) -> Finding {
    Finding::error(
        "conflict",
        PATCH_RACED,
        expression,
        "Ressursen ble endret av andre mens endringen ble gjort. Forsøk igjen.",
        "Others changed the resource while the patch was applied. Try again.",
    )
}

/// The rule of [`patch_raced`].
pub(crate) const PATCH_RACED: &str = "patch-raced";

/// A patch by someone who does not see all of the resource.
pub(crate) fn patch_withheld(expression: impl Into<String>) -> Finding {
    Finding::error(
        "forbidden",
        "patch-withheld",
        expression,
        "Deler av ressursen vises ikke for den som spør. Bare den som ser hele ressursen, kan endre en del av den.",
        "Parts of the resource are not shown to the one who asks. Only who sees all of a resource may change a part of it.",
    )
}

/// The resource that is to be patched is deleted.
pub(crate) fn patch_deleted(expression: impl Into<String>) -> Finding {
    Finding::error(
        "deleted",
        "deleted",
        expression,
        "Ressursen er slettet. Bruk PUT for å opprette den på nytt.",
        "The resource is deleted. Use PUT to bring it back.",
    )
}

/// A patch that makes another resource of it.
pub(crate) fn patch_identity(expression: impl Into<String>) -> Finding {
    Finding::error(
        "invariant",
        "patch-identity",
        expression,
        "En endring kan ikke gi ressursen en annen resourceType eller id.",
        "A patch cannot give the resource another resourceType or id.",
    )
}

/// A bundle's PATCH without a patch.
pub(crate) fn patch_missing(index: usize) -> Finding {
    Finding::error(
        "structure",
        "bundle-patch",
        format!("Bundle.entry[{index}].resource"),
        "PATCH i en Bundle har en Binary med contentType application/json-patch+json og data i base64, eller en Parameters (FHIRPath Patch).",
        "PATCH in a Bundle has a Binary with contentType application/json-patch+json and data in base64, or a Parameters (FHIRPath Patch).",
    )
}

/// `$meta-add` or `$meta-delete` without a meta.
pub(crate) fn meta_parameter() -> Finding {
    Finding::error(
        "required",
        "meta-parameter",
        "Parameters.parameter",
        "Innholdet må være en Parameters med parameteren meta og valueMeta.",
        "The content must be a Parameters with the parameter meta and valueMeta.",
    )
}
