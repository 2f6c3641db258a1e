//! The ids of the rules. They are part of the contract with those who deliver: an id is never
//! given another meaning.

/// A rule: its id and what it asks, for documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The id, as in `Finding.rule`.
    pub id: &'static str,
    /// What is asked.
    pub en: &'static str,
}

const fn rule(id: &'static str, en: &'static str) -> Rule {
    Rule { id, en }
}

/// Rules of [`super::structure`].
pub const STRUCTURE: &[Rule] = &[
    rule("fhir-not-an-object", "a resource is a JSON object"),
    rule("fhir-resource-type-missing", "a resource has the property `resourceType`"),
    rule("fhir-resource-type-unknown", "`resourceType` is a concrete resource type of R4"),
    rule("fhir-element-unknown", "every property is an element of its type"),
    rule(
        "fhir-json-kind",
        "a value has the JSON kind of its datatype (object, string, number, boolean)",
    ),
    rule("fhir-cardinality-min", "required elements are there"),
    rule("fhir-array-expected", "an element that may repeat is an array, even with one value"),
    rule("fhir-array-unexpected", "an element that may not repeat is no array"),
    rule("fhir-choice-twice", "of a choice such as `value[x]` only one type is used"),
    rule("fhir-empty", "no object, array or string is empty"),
    rule(
        "fhir-null",
        "null stands only in arrays of primitives, where the companion array has something, and the other way round",
    ),
    rule("fhir-companion-of-complex", "only primitives have a companion (`_name`)"),
    rule("fhir-companion-length", "an array of primitives and its companion are equally long"),
    rule("fhir-format-base64binary", "base64, in groups of four"),
    rule("fhir-format-canonical", "a canonical URL without white space"),
    rule("fhir-format-code", "no white space at the ends, single white space inside"),
    rule("fhir-format-date", "YYYY, YYYY-MM or YYYY-MM-DD, a day that exists"),
    rule("fhir-format-datetime", "a date, or a day with time, seconds and time zone"),
    rule("fhir-format-id", "1 to 64 of A-Z a-z 0-9 - ."),
    rule("fhir-format-instant", "a day with time, seconds and time zone"),
    rule("fhir-format-integer", "a whole number of 32 bits, no fraction or exponent"),
    rule("fhir-format-oid", "urn:oid: and an OID"),
    rule("fhir-format-positiveint", "a whole number from 1 to 2147483647"),
    rule("fhir-format-time", "hh:mm:ss"),
    rule("fhir-format-unsignedint", "a whole number from 0 to 2147483647"),
    rule("fhir-format-uri", "a URI without white space"),
    rule("fhir-format-url", "a URL without white space"),
    rule("fhir-format-uuid", "urn:uuid: and a UUID in small letters"),
    rule(
        "fhir-urn",
        "a URI that begins with urn:oid: or urn:uuid: goes on with an OID or UUID (warning)",
    ),
    rule("fhir-string-control-character", "no control characters but tab and line breaks"),
    rule("fhir-string-too-long", "at most 1,048,576 characters"),
    rule("fhir-string-blank", "not only white space (warning)"),
    rule(
        "fhir-xhtml",
        "a narrative is one well-formed `div` of allowed elements, without scripts",
    ),
    rule("fhir-code-required", "a code is of the value set with required binding"),
    rule(
        "fhir-coding-required",
        "a CodeableConcept has a coding of the value set with required binding",
    ),
    rule("fhir-extension-content", "an extension has either a value or extensions"),
    rule(
        "fhir-reference-format",
        "`Reference.reference` is Type/id, #id, an absolute URL or a URN",
    ),
    rule(
        "fhir-reference-urn",
        "a reference that begins with urn:oid: or urn:uuid: goes on with an OID or UUID (warning)",
    ),
    rule("fhir-reference-type", "a reference names a resource type of R4"),
    rule("fhir-reference-types-differ", "`Reference.type` agrees with `Reference.reference`"),
    rule("fhir-reference-target", "a reference points to a type that the element allows"),
    rule("fhir-reference-contained", "`#id` names a contained resource"),
    rule(
        "fhir-reference-conditional",
        "conditional references stand only in transactions and batches",
    ),
    rule("fhir-contained-nested", "a contained resource contains none"),
    rule("fhir-contained-id", "a contained resource has an id (warning)"),
    rule("fhir-contained-twice", "contained resources have different ids"),
    rule("fhir-bundle-total", "`total` stands only in searchset and history (bdl-1)"),
    rule("fhir-bundle-search", "`entry.search` stands only in searchset (bdl-2)"),
    rule(
        "fhir-bundle-request",
        "`entry.request` stands in transaction, batch and history, and only there (bdl-3)",
    ),
    rule(
        "fhir-bundle-response",
        "`entry.response` stands in responses and history, and only there (bdl-4)",
    ),
    rule("fhir-bundle-entry-empty", "an entry has a resource, request or response (bdl-5)"),
    rule("fhir-bundle-full-url", "`fullUrl` is an absolute URI without version (bdl-8)"),
    rule(
        "fhir-bundle-full-url-twice",
        "a fullUrl stands once, or with different versions (bdl-7)",
    ),
    rule(
        "fhir-bundle-first",
        "a document begins with its Composition, a message with its MessageHeader (bdl-11, bdl-12)",
    ),
    rule("fhir-depth", "values are not nested too deep"),
    rule("fhir-too-many-findings", "closing note: more was found than is told"),
];

/// Rules of [`crate::national_id::identifiers`].
pub const NATIONAL_IDS: &[Rule] = &[
    rule(
        "no-nin-format",
        "11 digits under the OIDs of fødselsnummer, D-nummer and felles hjelpenummer",
    ),
    rule(
        "no-nin-date",
        "the first six digits are a date, after subtracting what D-nummer and synthetic numbers add",
    ),
    rule("no-nin-control-digits", "control digits by today's rule or that of 2032"),
    rule("no-nin-local", "H-nummer (month + 40) do not stand under national OIDs"),
    rule("no-nin-system", "each kind of number stands under its own OID (warning)"),
    rule("no-nin-synthetic-in-production", "production refuses synthetic numbers"),
    rule(
        "no-nin-real-in-sandbox",
        "the sandbox refuses numbers that are not marked as synthetic",
    ),
    rule("no-nin-in-id", "no national number as an id or in a reference"),
    rule("no-identifier-value", "an Identifier with a national system has a value"),
    rule("no-system-urn", "an OID as system has `urn:oid:` before it (warning)"),
    rule("no-orgnr-format", "9 digits under the OID of organisation numbers"),
    rule("no-orgnr-control-digit", "the control digit of an organisation number"),
    rule("no-duf-format", "12 digits, the year first"),
    rule("no-hpr-format", "1 to 9 digits"),
    rule("no-resh-format", "digits"),
];
