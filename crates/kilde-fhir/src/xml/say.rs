//! What the findings of the conversion say, in bokmål and English. They name elements and rules,
//! never a value that was delivered.

use crate::definitions::{Element, Primitive};
use crate::finding::{Finding, Severity};
use crate::json::Kind;
use crate::validate::place::printable;

pub(super) use crate::validate::say::too_deep;

fn error(code: &'static str, rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::error(code, rule, "", nb, en)
}

fn well_formed(nb: &str, en: &str) -> Finding {
    error("structure", "fhir-xml-well-formed", nb, en)
}

pub(super) fn too_long(most: usize) -> Finding {
    error(
        "too-long",
        "fhir-xml-too-long",
        format!("Teksten er lengre enn de {most} bytene som er tillatt."),
        format!("The text is longer than the {most} bytes that are allowed."),
    )
}

pub(super) fn encoding(found: &str) -> Finding {
    let shown = if found.len() <= 20 && found.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        found
    } else {
        "?"
    };
    error(
        "structure",
        "fhir-xml-encoding",
        format!("Tegnsettet er {shown}. FHIR XML er UTF-8: send teksten som UTF-8, og si det i XML-deklarasjonen."),
        format!("The encoding is {shown}. FHIR XML is UTF-8: send the text as UTF-8, and say so in the XML declaration."),
    )
}

pub(super) fn not_utf8() -> Finding {
    error(
        "structure",
        "fhir-xml-encoding",
        "Her står en byte som ikke er UTF-8. Send teksten som UTF-8.",
        "Here is a byte that is not UTF-8. Send the text as UTF-8.",
    )
}

pub(super) fn character() -> Finding {
    error(
        "value",
        "fhir-xml-character",
        "Et tegn som XML 1.0 ikke kan ha (styretegn, U+FFFE, U+FFFF). Fjern det.",
        "A character that XML 1.0 cannot have (control character, U+FFFE, U+FFFF). Remove it.",
    )
}

pub(super) fn version() -> Finding {
    error(
        "structure",
        "fhir-xml-version",
        "FHIR XML er XML 1.0. Skriv version=\"1.0\" i XML-deklarasjonen.",
        "FHIR XML is XML 1.0. Write version=\"1.0\" in the XML declaration.",
    )
}

pub(super) fn not_well_formed(e: &quick_xml::Error) -> Finding {
    use quick_xml::errors::{Error, IllFormedError, SyntaxError};
    match e {
        Error::IllFormed(IllFormedError::MismatchedEndTag { expected, .. }) => {
            let name = printable(expected).unwrap_or("?");
            error(
                "structure",
                "fhir-xml-well-formed",
                format!("Sluttaggen passer ikke: </{name}> var ventet."),
                format!("The end tag does not match: </{name}> was expected."),
            )
        }
        Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => {
            well_formed("En sluttagg uten starttagg.", "An end tag without a start tag.")
        }
        Error::IllFormed(IllFormedError::UnclosedReference) => well_formed(
            "Et tegn & som ikke er begynnelsen på &lt; &gt; &amp; &quot; &apos; eller et tegnnummer; skriv &amp;.",
            "An & that does not begin &lt; &gt; &amp; &quot; &apos; or a character number; write &amp;.",
        ),
        Error::IllFormed(IllFormedError::DoubleHyphenInComment) => well_formed("En kommentar med -- inni.", "A comment with -- inside."),
        Error::Syntax(SyntaxError::UnclosedTag | SyntaxError::UnclosedSingleQuotedAttributeValue) => ends_early(),
        Error::Syntax(SyntaxError::UnclosedDoubleQuotedAttributeValue) => ends_early(),
        _ => markup(),
    }
}

pub(super) fn markup() -> Finding {
    well_formed(
        "Dette er ikke velformet XML: sjekk tagger, navn, og tegnene < > &.",
        "This is not well-formed XML: check tags, names, and the characters < > &.",
    )
}

pub(super) fn ends_early() -> Finding {
    well_formed(
        "Teksten slutter før alle elementer er lukket, eller har ikke noe element.",
        "The text ends before all elements are closed, or has no element.",
    )
}

pub(super) fn second_root() -> Finding {
    well_formed(
        "Enda et element etter ressursen. En tekst har én ressurs; send flere i en Bundle.",
        "Another element after the resource. A text has one resource; send several in a Bundle.",
    )
}

pub(super) fn attribute() -> Finding {
    well_formed(
        "Et attributt er ikke velformet: skriv navn=\"verdi\", uten < i verdien.",
        "An attribute is not well-formed: write name=\"value\", without < in the value.",
    )
}

pub(super) fn attribute_twice(too_many: bool) -> Finding {
    if too_many {
        return error(
            "too-costly",
            "fhir-xml-well-formed",
            "Flere attributter eller navneromserklæringer enn de 64 som er tillatt.",
            "More attributes or namespace declarations than the 64 that are allowed.",
        );
    }
    well_formed("Attributtet står to ganger.", "The attribute stands twice.")
}

pub(super) fn entity() -> Finding {
    error(
        "structure",
        "fhir-xml-entity",
        "Ukjent entitet. Bare &lt; &gt; &amp; &quot; &apos; og tegnnumre som &#229; er tillatt; skriv selve tegnet.",
        "Unknown entity. Only &lt; &gt; &amp; &quot; &apos; and character numbers such as &#229; are allowed; write the character itself.",
    )
}

pub(super) fn document_type() -> Finding {
    error(
        "security",
        "fhir-xml-doctype",
        "FHIR XML har ingen dokumenttype (<!DOCTYPE>) og ingen egne entiteter. Fjern den.",
        "FHIR XML has no document type (<!DOCTYPE>) and no entities of its own. Remove it.",
    )
}

pub(super) fn namespace(expected: &str) -> Finding {
    error(
        "structure",
        "fhir-xml-namespace",
        format!("Elementet skal være i navnerommet {expected}. Skriv xmlns=\"{expected}\"."),
        format!("The element must be in the namespace {expected}. Write xmlns=\"{expected}\"."),
    )
}

pub(super) fn attribute_unknown(name: &str) -> Finding {
    let name = printable(name).map_or(String::new(), |n| format!(" {n}"));
    error(
        "structure",
        "fhir-xml-attribute",
        format!(
            "Attributtet{name} finnes ikke her. Attributter er id på alt annet enn ressurser, value på primitive, url på extension; \
             en ressurs har <id value=\"...\"/>."
        ),
        format!(
            "There is no attribute{name} here. Attributes are id on everything but resources, value on primitives, url on extension; \
             a resource has <id value=\"...\"/>."
        ),
    )
}

pub(super) fn narrative_attribute() -> Finding {
    error(
        "structure",
        "fhir-xml-attribute",
        "Attributter i en narrativ har ikke prefiks, unntatt xml:lang og xml:space.",
        "Attributes in a narrative have no prefix, but for xml:lang and xml:space.",
    )
}

pub(super) fn schema_location() -> Finding {
    error(
        "informational",
        "fhir-xml-left-out",
        "xsi:schemaLocation er utelatt.",
        "xsi:schemaLocation was left out.",
    )
    .severity(Severity::Information)
}

pub(super) fn left_out(comments: usize, instructions: usize) -> Finding {
    error(
        "informational",
        "fhir-xml-left-out",
        format!("{comments} kommentarer og {instructions} prosesseringsinstruksjoner er utelatt. Den første står her."),
        format!("{comments} comments and {instructions} processing instructions were left out. The first stands here."),
    )
    .severity(Severity::Information)
}

pub(super) fn text() -> Finding {
    error(
        "structure",
        "fhir-xml-text",
        "Tekst mellom taggene. FHIR har verdier i attributtet value; bare narrativer har tekst.",
        "Text between the tags. FHIR has values in the attribute value; only narratives have text.",
    )
}

pub(super) fn element_is_attribute(name: &str) -> Finding {
    error(
        "structure",
        "fhir-xml-attribute",
        format!("{name} er et attributt her, ikke et element: skriv {name}=\"...\" i starttaggen."),
        format!("{name} is an attribute here, not an element: write {name}=\"...\" in the start tag."),
    )
}

pub(super) fn one_resource() -> Finding {
    error(
        "structure",
        "fhir-xml-resource",
        "Her står én ressurs; gjenta elementet rundt for hver ressurs.",
        "One resource stands here; repeat the element around it for each resource.",
    )
}

pub(super) fn no_resource() -> Finding {
    error(
        "structure",
        "fhir-xml-resource",
        "Her mangler ressursen. Legg den inn, eller fjern elementet.",
        "The resource is missing here. Put it in, or remove the element.",
    )
}

pub(super) fn repeated(element: &Element) -> Finding {
    error(
        "structure",
        "fhir-xml-repeated",
        format!("{} kan ikke gjentas.", element.name()),
        format!("{} may not repeat.", element.name()),
    )
}

pub(super) fn order(element: &Element) -> Finding {
    error(
        "structure",
        "fhir-xml-order",
        format!(
            "{} står senere enn definisjonen har det. Rekkefølgen i XML er fast.",
            element.name()
        ),
        format!(
            "{} stands later than the definition has it. The order in XML is fixed.",
            element.name()
        ),
    )
    .severity(Severity::Warning)
}

pub(super) fn value(primitive: Primitive) -> Finding {
    let (nb, en) = match primitive.json_kind() {
        Kind::Bool => ("true eller false", "true or false"),
        _ => (
            "et tall: sifre, eventuelt minus foran, punktum og eksponent, uten overflødige nuller foran",
            "a number: digits, with minus, point and exponent if needed, without superfluous zeros in front",
        ),
    };
    error(
        "value",
        "fhir-xml-value",
        format!("Verdien ({}) skal være {nb}.", primitive.name()),
        format!("The value ({}) must be {en}.", primitive.name()),
    )
}

pub(super) fn empty() -> Finding {
    error(
        "structure",
        "fhir-empty",
        "Elementet er tomt. Gi det attributtet value eller en extension, eller utelat det.",
        "The element is empty. Give it the attribute value or an extension, or leave it out.",
    )
}

pub(super) fn no_div() -> Finding {
    error(
        "value",
        "fhir-xhtml",
        "Narrativen skal være ett <div>-element fra først til sist.",
        "The narrative must be one <div> element from beginning to end.",
    )
}

pub(super) fn companion_of_attribute(element: &Element) -> Finding {
    let name = element.name();
    error(
        "structure",
        "fhir-xml-attribute",
        format!("{name} kan ikke ha id eller extension: fjern _{name}."),
        format!("{name} can have no id or extension: remove _{name}."),
    )
}
