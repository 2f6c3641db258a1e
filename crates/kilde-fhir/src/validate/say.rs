//! What the findings say, in bokmål and English: what was found, what was expected, how to mend.

mod references;

pub(super) use references::*;

use super::element::nearest;
use super::place::printable;
use super::xhtml::Wrong;
use crate::definitions::{Element, Primitive, ResourceType, TypeDef, ValueSet};
use crate::finding::{Finding, Severity};
use crate::json::Kind;

fn error(code: &'static str, rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::error(code, rule, "", nb, en)
}

fn structure(rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    error("structure", rule, nb, en)
}

pub(crate) fn not_an_object() -> Finding {
    structure(
        "fhir-not-an-object",
        "En ressurs er et JSON-objekt; dette er noe annet.",
        "A resource is a JSON object; this is something else.",
    )
}

pub(crate) fn resource_type_missing() -> Finding {
    structure(
        "fhir-resource-type-missing",
        "Egenskapen resourceType mangler. Legg den til med navnet på ressurstypen.",
        "The property resourceType is missing. Add it with the name of the resource type.",
    )
}

pub(crate) fn resource_type_unknown(name: &str) -> Finding {
    let (nb, en) = suggestion(nearest(name, ResourceType::all().map(ResourceType::name)));
    structure(
        "fhir-resource-type-unknown",
        format!("FHIR R4 har ingen slik ressurstype.{nb}"),
        format!("FHIR R4 has no such resource type.{en}"),
    )
}

fn suggestion(name: Option<&str>) -> (String, String) {
    name.map(|n| (format!(" Er {n} ment?"), format!(" Is {n} meant?")))
        .unwrap_or_default()
}

pub(crate) fn unknown(key: &str, def: &TypeDef) -> Finding {
    let name = key.strip_prefix('_').unwrap_or(key);
    let (shown_nb, shown_en) = printable(key).map_or(("Elementet".to_owned(), "such element".to_owned()), |k| {
        (format!("Elementet {k}"), format!("element {k}"))
    });
    let choice = def.elements().iter().find(|e| e.is_choice() && e.stem() == name);
    let (nb, en) = match choice {
        Some(e) => (
            format!(" Skriv typen i navnet, for eksempel {}.", e.name()),
            format!(" Write the type in the name, for example {}.", e.name()),
        ),
        None => suggestion(nearest(name, def.elements().iter().map(Element::name))),
    };
    structure(
        "fhir-element-unknown",
        format!(
            "{shown_nb} finnes ikke i {}.{nb} Rett navnet, eller send opplysningen som en extension.",
            def.name()
        ),
        format!(
            "{} has no {shown_en}.{en} Mend the name, or send the information as an extension.",
            def.name()
        ),
    )
}

pub(crate) fn wrong_kind(datatype: &str, expected: Kind, found: Kind) -> Finding {
    let nb = |k| match k {
        Kind::Object => "et objekt",
        Kind::Array => "en liste",
        Kind::String => "en tekst i anførselstegn",
        Kind::Number => "et tall uten anførselstegn",
        Kind::Bool => "true eller false uten anførselstegn",
        Kind::Null => "null",
    };
    let en = |k| match k {
        Kind::Object => "an object",
        Kind::Array => "an array",
        Kind::String => "a string in quotes",
        Kind::Number => "a number without quotes",
        Kind::Bool => "true or false without quotes",
        Kind::Null => "null",
    };
    structure(
        "fhir-json-kind",
        format!("Her skal det stå {} ({datatype}); fant {}.", nb(expected), nb(found)),
        format!("Expected {} ({datatype}); found {}.", en(expected), en(found)),
    )
}

pub(super) fn missing(element: &Element, def: &TypeDef) -> Finding {
    let name = if element.is_choice() {
        format!("{}[x]", element.stem())
    } else {
        element.name().to_owned()
    };
    let mut finding = error(
        "required",
        "fhir-cardinality-min",
        format!("{} skal ha {name}, som mangler. Legg det til.", def.name()),
        format!("{} must have {name}, which is missing. Add it.", def.name()),
    );
    finding.expression = format!(".{}", element.stem());
    finding
}

pub(crate) fn array_expected(element: &Element) -> Finding {
    structure(
        "fhir-array-expected",
        format!(
            "{} kan gjentas og skal stå i en liste, også når det bare er én: [ ... ].",
            element.name()
        ),
        format!("{} may repeat and must be an array, even with one value: [ ... ].", element.name()),
    )
}

pub(crate) fn array_unexpected(element: &Element) -> Finding {
    structure(
        "fhir-array-unexpected",
        format!(
            "{} kan ikke gjentas og skal ikke stå i en liste. Behold én verdi, uten [ ].",
            element.name()
        ),
        format!(
            "{} may not repeat and must not be an array. Keep one value, without [ ].",
            element.name()
        ),
    )
}

pub(super) fn choice_twice(first: &Element, second: &Element) -> Finding {
    structure(
        "fhir-choice-twice",
        format!(
            "Bare én type av {}[x] kan brukes; både {} og {} er gitt. Behold den ene.",
            first.stem(),
            first.name(),
            second.name()
        ),
        format!(
            "Only one type of {}[x] may be used; both {} and {} are given. Keep one.",
            first.stem(),
            first.name(),
            second.name()
        ),
    )
}

pub(crate) fn empty(kind: Kind) -> Finding {
    let (nb, en) = match kind {
        Kind::Object => ("Tomt objekt", "Empty object"),
        Kind::Array => ("Tom liste", "Empty array"),
        _ => ("Tom tekst", "Empty string"),
    };
    structure(
        "fhir-empty",
        format!("{nb}. Utelat elementet når det ikke har noe innhold."),
        format!("{en}. Leave the element out when it has no content."),
    )
}

pub(crate) fn null() -> Finding {
    structure(
        "fhir-null",
        "null er ikke tillatt her. Utelat elementet; bare i lister av enkle verdier kan null fylle en plass som har noe i den andre listen (_navn).",
        "null is not allowed here. Leave the element out; only in arrays of primitives may null fill a place that has something in the other array (_name).",
    )
}

pub(crate) fn companion_of_complex(element: &Element) -> Finding {
    structure(
        "fhir-companion-of-complex",
        format!(
            "Bare enkle verdier har en tvilling med understrek; {} er et objekt. Legg id og extension i objektet selv.",
            element.name()
        ),
        format!(
            "Only primitives have a companion with an underscore; {} is an object. Put id and extension in the object itself.",
            element.name()
        ),
    )
}

pub(crate) fn companion_length(element: &Element) -> Finding {
    structure(
        "fhir-companion-length",
        format!(
            "Listene {0} og _{0} er ikke like lange. Fyll den korteste opp med null.",
            element.name()
        ),
        format!(
            "The arrays {0} and _{0} are not equally long. Fill the shorter one up with null.",
            element.name()
        ),
    )
}

pub(super) fn format(primitive: Primitive) -> Finding {
    use Primitive::*;
    let (rule, nb, en) = match primitive {
        Base64Binary => (
            "fhir-format-base64binary",
            "base64 i grupper på fire tegn, med = bare til slutt",
            "base64 in groups of four characters, = only at the end",
        ),
        Canonical => ("fhir-format-canonical", "en adresse uten mellomrom", "a URL without white space"),
        Code => (
            "fhir-format-code",
            "en kode uten mellomrom først og sist og med høyst ett mellom ordene",
            "a code without white space at the ends and at most one between words",
        ),
        Date => (
            "fhir-format-date",
            "ÅÅÅÅ, ÅÅÅÅ-MM eller ÅÅÅÅ-MM-DD, en dato som finnes",
            "YYYY, YYYY-MM or YYYY-MM-DD, a date that exists",
        ),
        DateTime => (
            "fhir-format-datetime",
            "en dato som finnes; med klokkeslett også sekunder og tidssone, som 2026-11-22T19:36:05+01:00",
            "a date that exists; with a time also seconds and time zone, as in 2026-11-22T19:36:05+01:00",
        ),
        Id => (
            "fhir-format-id",
            "1 til 64 tegn av A-Z, a-z, 0-9, bindestrek og punktum",
            "1 to 64 characters of A-Z, a-z, 0-9, hyphen and full stop",
        ),
        Instant => (
            "fhir-format-instant",
            "dato, klokkeslett med sekunder, og tidssone, som 2026-11-22T19:36:05.123+01:00",
            "date, time with seconds, and time zone, as in 2026-11-22T19:36:05.123+01:00",
        ),
        Integer => (
            "fhir-format-integer",
            "et heltall mellom -2147483648 og 2147483647, uten desimaler",
            "a whole number from -2147483648 to 2147483647, without decimals",
        ),
        Oid => ("fhir-format-oid", "urn:oid: fulgt av en OID", "urn:oid: followed by an OID"),
        PositiveInt => (
            "fhir-format-positiveint",
            "et heltall fra 1 til 2147483647",
            "a whole number from 1 to 2147483647",
        ),
        Time => (
            "fhir-format-time",
            "klokkeslett med sekunder, uten tidssone: tt:mm:ss",
            "a time with seconds, without time zone: hh:mm:ss",
        ),
        UnsignedInt => (
            "fhir-format-unsignedint",
            "et heltall fra 0 til 2147483647",
            "a whole number from 0 to 2147483647",
        ),
        Url => ("fhir-format-url", "en adresse uten mellomrom", "a URL without white space"),
        Uuid => (
            "fhir-format-uuid",
            "urn:uuid: fulgt av en UUID med små bokstaver",
            "urn:uuid: followed by a UUID in small letters",
        ),
        Uri | Boolean | Decimal | Markdown | String | Xhtml => ("fhir-format-uri", "en URI uten mellomrom", "a URI without white space"),
    };
    let name = primitive.name();
    error(
        "value",
        rule,
        format!("Verdien har ikke formen til {name}. Ventet {nb}."),
        format!("The value does not have the form of {name}. Expected {en}."),
    )
}

pub(super) fn urn() -> Finding {
    error(
        "value",
        "fhir-urn",
        "Det som følger etter urn:oid: eller urn:uuid:, er ingen OID eller UUID.",
        "What follows urn:oid: or urn:uuid: is no OID or UUID.",
    )
    .severity(Severity::Warning)
}

pub(super) fn control_character() -> Finding {
    error(
        "value",
        "fhir-string-control-character",
        "Teksten har styretegn. Bare tabulator og linjeskift er tillatt; fjern resten.",
        "The string has control characters. Only tab and line breaks are allowed; remove the rest.",
    )
}

pub(super) fn string_too_long() -> Finding {
    error(
        "too-long",
        "fhir-string-too-long",
        "Teksten er lengre enn 1 048 576 tegn. Del den, eller send den som vedlegg.",
        "The string is longer than 1,048,576 characters. Split it, or send it as an attachment.",
    )
}

pub(super) fn blank() -> Finding {
    error(
        "value",
        "fhir-string-blank",
        "Teksten er bare mellomrom. Utelat elementet.",
        "The string is only white space. Leave the element out.",
    )
    .severity(Severity::Warning)
}

pub(super) fn xhtml(wrong: Wrong) -> Finding {
    let (nb, en) = match wrong {
        Wrong::NoDiv => (
            "skal være ett <div>-element fra først til sist",
            "must be one <div> element from beginning to end",
        ),
        Wrong::Form => (
            "er ikke velformet XHTML: sjekk at hver tagg lukkes og at attributter står i anførselstegn",
            "is not well-formed XHTML: check that every tag is closed and attributes are quoted",
        ),
        Wrong::Element => (
            "har et element som ikke er tillatt i en narrativ; bruk bare enkel formatering",
            "has an element that a narrative must not have; use simple formatting only",
        ),
        Wrong::Active => (
            "har en hendelse eller en skriptadresse; fjern den",
            "has an event handler or a script address; remove it",
        ),
        Wrong::Entity => (
            "har et tegn & som ikke er &lt; &gt; &amp; &quot; &apos; eller et tegnnummer; skriv selve tegnet",
            "has an & that is not &lt; &gt; &amp; &quot; &apos; or a character number; write the character itself",
        ),
        Wrong::Empty => (
            "er tom; skriv noe som kan leses, eller fjern den",
            "is empty; write something that can be read, or remove it",
        ),
    };
    error("value", "fhir-xhtml", format!("Teksten {nb}."), format!("The narrative {en}."))
}

pub(super) fn code_unknown(set: &ValueSet, code: &str) -> Finding {
    let (nb, en) = suggestion(nearest(code, set.codes().iter().copied()));
    let (name, few) = (set.name(), listed(set));
    error(
        "code-invalid",
        "fhir-code-required",
        format!("Koden er ikke i verdisettet {name}{few}.{nb}"),
        format!("The code is not in the value set {name}{few}.{en}"),
    )
}

pub(super) fn coding_missing(set: &ValueSet) -> Finding {
    let (name, few) = (set.name(), listed(set));
    let systems = set.systems().collect::<Vec<_>>().join(", ");
    error(
        "code-invalid",
        "fhir-coding-required",
        format!("Ingen coding er i verdisettet {name}{few}. Legg til en coding med system {systems}."),
        format!("No coding is in the value set {name}{few}. Add a coding with system {systems}."),
    )
}

/// The codes in parentheses if they are few.
fn listed(set: &ValueSet) -> String {
    let codes = set.codes();
    if codes.len() > 16 {
        String::new()
    } else {
        format!(" ({})", codes.join(", "))
    }
}

pub(super) fn extension(both: bool) -> Finding {
    if both {
        structure(
            "fhir-extension-content",
            "En extension har enten value[x] eller egne extension, ikke begge. Behold det ene.",
            "An extension has either value[x] or extensions of its own, not both. Keep one.",
        )
    } else {
        structure(
            "fhir-extension-content",
            "En extension skal ha value[x] eller egne extension. Legg til det ene, eller utelat den.",
            "An extension must have value[x] or extensions of its own. Add one, or leave it out.",
        )
    }
}

pub(crate) fn too_deep() -> Finding {
    error(
        "too-costly",
        "fhir-depth",
        "Verdiene er nøstet for dypt til å undersøkes.",
        "The values are nested too deep to be examined.",
    )
}

pub(crate) fn too_many(dropped: usize, severity: Option<Severity>) -> Finding {
    error(
        "informational",
        "fhir-too-many-findings",
        format!("Det er {dropped} funn til. Rett de første, og prøv igjen."),
        format!("There are {dropped} more findings. Mend the first ones and try again."),
    )
    .severity(severity.unwrap_or(Severity::Information))
}
