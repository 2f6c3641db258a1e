//! What the findings about patches say, in bokmål and English. They name paths and elements,
//! never a value that was delivered.

use super::MAX_OPERATIONS;
use super::pointer::Astray;
use crate::definitions::Element;
use crate::finding::Finding;

fn malformed(rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::error("structure", rule, "", nb, en)
}

fn inapplicable(code: &'static str, rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::error(code, rule, "", nb, en)
}

pub(super) fn not_a_json_patch() -> Finding {
    malformed(
        "fhir-patch-form",
        "En JSON Patch er en liste av operasjoner: [{\"op\": ..., \"path\": ...}].",
        "A JSON Patch is an array of operations: [{\"op\": ..., \"path\": ...}].",
    )
}

pub(super) fn not_a_fhirpath_patch() -> Finding {
    malformed(
        "fhir-patch-form",
        "En FHIRPath Patch er en ressurs av typen Parameters.",
        "A FHIRPath Patch is a resource of the type Parameters.",
    )
}

pub(super) fn not_an_operation() -> Finding {
    malformed(
        "fhir-patch-form",
        "Dette er ingen operasjon: JSON Patch har objekter, FHIRPath Patch har parametre med navnet operation.",
        "This is no operation: JSON Patch has objects, FHIRPath Patch has parameters with the name operation.",
    )
}

pub(super) fn too_many_operations() -> Finding {
    Finding::error(
        "too-costly",
        "fhir-patch-too-large",
        "",
        format!("Flere operasjoner enn de {MAX_OPERATIONS} som er tillatt."),
        format!("More operations than the {MAX_OPERATIONS} that are allowed."),
    )
}

pub(super) fn member_missing(name: &str) -> Finding {
    Finding::error(
        "required",
        "fhir-patch-form",
        "",
        format!("Operasjonen mangler {name}."),
        format!("The operation has no {name}."),
    )
}

pub(super) fn not_a_pointer() -> Finding {
    malformed(
        "fhir-patch-path",
        "Dette er ingen JSON Pointer: tom, eller / foran hvert navn; ~0 er ~ og ~1 er /.",
        "This is no JSON Pointer: empty, or / before each name; ~0 is ~ and ~1 is /.",
    )
}

pub(super) fn unknown_json_operation(text: bool) -> Finding {
    let (nb, en) = if text {
        ("Ukjent operasjon.", "Unknown operation.")
    } else {
        ("op er en tekst.", "op is a string.")
    };
    malformed(
        "fhir-patch-operation",
        format!("{nb} JSON Patch har add, remove, replace, move, copy og test."),
        format!("{en} JSON Patch has add, remove, replace, move, copy and test."),
    )
}

pub(super) fn unknown_operation() -> Finding {
    malformed(
        "fhir-patch-operation",
        "Ukjent operasjon. FHIRPath Patch har add, insert, delete, replace og move.",
        "Unknown operation. FHIRPath Patch has add, insert, delete, replace and move.",
    )
}

pub(super) fn into_itself() -> Finding {
    malformed(
        "fhir-patch-path",
        "Noe kan ikke flyttes inn i seg selv.",
        "Something cannot be moved into itself.",
    )
}

pub(super) fn unknown_part(twice: bool) -> Finding {
    let (nb, en) = if twice {
        ("Delen står to ganger.", "The part stands twice.")
    } else {
        ("Ukjent del.", "Unknown part.")
    };
    malformed(
        "fhir-patch-form",
        format!("{nb} En operasjon har type, path, og etter behov name, value, index, source, destination."),
        format!("{en} An operation has type, path, and as needed name, value, index, source, destination."),
    )
}

pub(super) fn part_type(expected: &str) -> Finding {
    malformed(
        "fhir-patch-form",
        format!("Delen har ikke {expected}, eller den er ikke gyldig."),
        format!("The part has no {expected}, or it is not valid."),
    )
}

pub(super) fn part_without_name() -> Finding {
    malformed(
        "fhir-patch-form",
        "En del av en verdi har navnet på elementet den er for.",
        "A part of a value has the name of the element that it is for.",
    )
}

pub(super) fn no_value() -> Finding {
    malformed(
        "fhir-patch-value",
        "Verdien mangler: value[x], resource, eller part med navn på elementer.",
        "The value is missing: value[x], resource, or part with names of elements.",
    )
}

pub(super) fn wrong_type(element: &Element) -> Finding {
    let name = element.stem();
    let (nb, en) = if element.is_choice() {
        (
            format!("{name} kan ikke ha en verdi av den typen."),
            format!("{name} cannot have a value of that type."),
        )
    } else {
        (
            format!("{name} er av typen {}; verdien er av en annen.", element.type_name()),
            format!("{name} is of the type {}; the value is of another.", element.type_name()),
        )
    };
    inapplicable("value", "fhir-patch-value", nb, en)
}

pub(super) fn taken(element: &Element) -> Finding {
    let name = element.stem();
    inapplicable(
        "conflict",
        "fhir-patch-taken",
        format!("{name} finnes fra før og kan ikke gjentas. Bruk replace."),
        format!("{name} is there already and may not repeat. Use replace."),
    )
}

pub(super) fn nothing_there() -> Finding {
    inapplicable(
        "not-found",
        "fhir-patch-not-found",
        "Stien fører ikke til noe i ressursen.",
        "The path leads to nothing in the resource.",
    )
}

pub(super) fn several() -> Finding {
    inapplicable(
        "multiple-matches",
        "fhir-patch-several",
        "Stien fører til flere elementer; den må føre til ett. Legg til en indeks eller where(...).",
        "The path leads to several elements; it must lead to one. Add an index or where(...).",
    )
}

pub(super) fn no_list() -> Finding {
    inapplicable(
        "value",
        "fhir-patch-no-list",
        "Stien må føre til alle elementene i én liste.",
        "The path must lead to all elements of one list.",
    )
}

pub(super) fn index(most: usize) -> Finding {
    inapplicable(
        "value",
        "fhir-patch-index",
        format!("Indeksen er utenfor listen; høyeste er {most}."),
        format!("The index is outside the list; the highest is {most}."),
    )
}

pub(super) fn whole_resource() -> Finding {
    inapplicable(
        "not-supported",
        "fhir-patch-whole",
        "En patch kan ikke fjerne eller bytte hele ressursen. Bruk delete eller update.",
        "A patch cannot remove or replace the whole resource. Use delete or update.",
    )
}

pub(super) fn elsewhere() -> Finding {
    inapplicable(
        "not-supported",
        "fhir-patch-path",
        "Stien fører til noe som ikke er et element i denne ressursen.",
        "The path leads to something that is no element of this resource.",
    )
}

/// `what` is the FHIRPath engine's, in its words; `offset` is in the path.
pub(super) fn path(what: &str, offset: usize) -> Finding {
    malformed(
        "fhir-patch-path",
        format!("Stien kan ikke følges fra tegn {}: {what}.", offset + 1),
        format!("The path cannot be followed from character {} on: {what}.", offset + 1),
    )
}

pub(super) fn too_large() -> Finding {
    Finding::error(
        "too-costly",
        "fhir-patch-too-large",
        "",
        "Ressursen ville bli større eller dypere enn tillatt, eller patchen krever for mye arbeid.",
        "The resource would become larger or deeper than allowed, or the patch asks for too much work.",
    )
}

pub(super) fn test_failed(path: Option<&str>) -> Finding {
    let at_nb = path.map_or(String::new(), |p| format!(" på {p}"));
    let at_en = path.map_or(String::new(), |p| format!(" at {p}"));
    inapplicable(
        "conflict",
        "fhir-patch-test",
        format!("Prøven feilet: verdien{at_nb} er en annen. Hent ressursen på nytt."),
        format!("The test failed: the value{at_en} is another. Read the resource anew."),
    )
}

pub(super) fn astray(astray: Astray, path: Option<&str>) -> Finding {
    let path = path.unwrap_or("");
    let (nb, en) = match astray {
        Astray::Missing => ("finnes ikke i ressursen", "is not in the resource"),
        Astray::NoContainer => ("går gjennom en verdi uten egenskaper", "goes through a value without properties"),
        Astray::NoIndex => (
            "bruker et navn der en liste har indekser (0, 1, ...; - bare bakerst i add)",
            "uses a name where an array has indexes (0, 1, ...; - only last in add)",
        ),
        Astray::NoName => (
            "ender med en skråstrek uten navn; skriv egenskapens navn etter den",
            "ends with a slash and no name; write the property's name after it",
        ),
    };
    let text = |of: &str, says: &str| {
        if path.is_empty() {
            format!("{of} {says}.")
        } else {
            format!("{of} {path} {says}.")
        }
    };
    inapplicable("not-found", "fhir-patch-not-found", text("Stien", nb), text("The path", en))
}
