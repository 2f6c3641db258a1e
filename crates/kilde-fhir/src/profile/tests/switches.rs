//! The options that turn a rule on or off, references that are followed, obligations, and definitions of codes.

use super::*;
use crate::json::Document;
use crate::profile::{Addresses, Options, References};

fn with(resources: &[Value], options: Options, resource: &Value) -> Vec<String> {
    let findings = validate(&validator(resources).with_options(options), resource, &["http://x/p"]);
    findings.iter().map(|f| format!("{} {}", f.rule, f.expression)).collect()
}

fn refers_to(types: &[&str], aggregation: Value) -> Value {
    let targets: Vec<String> = types.iter().map(|t| format!("{BASE}{t}")).collect();
    let kind = json!({"code": "Reference", "targetProfile": targets, "aggregation": aggregation});
    profile("p", "Patient", json!([{"path": "Patient.generalPractitioner", "type": [kind]}]))
}

#[test]
fn aggregation_is_asked_outside_bundles_unless_told_otherwise() {
    let p = [refers_to(&["Patient", "Organization"], json!(["bundled"]))];
    let patient = json!({"resourceType": "Patient", "generalPractitioner": [{"reference": "Organization/1"}]});
    let rule = "profile-reference-aggregation Patient.generalPractitioner[0].reference";
    assert_eq!(with(&p, Options::default(), &patient), [rule]);
    let lenient = Options {
        aggregation_outside_bundles: false,
        ..Options::default()
    };
    assert_eq!(with(&p, lenient, &patient), [""; 0]);
}

#[test]
fn what_an_address_says_is_a_matter_of_the_options() {
    let p = [refers_to(&["Practitioner"], json!([]))];
    let patient = |to: &str| json!({"resourceType": "Patient", "generalPractitioner": [{"reference": to}]});
    let found = |addresses, to: &str| {
        let options = Options {
            addresses,
            ..Options::default()
        };
        with(&p, options, &patient(to))
    };
    let typed = "profile-reference-type Patient.generalPractitioner[0]";
    assert_eq!(found(Addresses::Typed, "https://a.no/Organization/1"), [typed]);
    assert_eq!(found(Addresses::Opaque, "https://a.no/Organization/1"), [""; 0]);
    assert_eq!(found(Addresses::Typed, "https://a.no/fhir/Thing/1"), [""; 0]);
    let address = "reference-address Patient.generalPractitioner[0].reference";
    assert_eq!(found(Addresses::Rest, "https://a.no/fhir/Thing/1"), [address]);
}

#[test]
fn contained_resources_are_left_out_if_asked() {
    let patient = json!({"resourceType": "Patient", "contained": [{"resourceType": "Patient", "id": "a b"}]});
    let found = |contained| {
        let options = Options {
            contained,
            ..Options::default()
        };
        with(&[profile("p", "Patient", json!([]))], options, &patient)
    };
    assert!(found(true).iter().any(|f| f.starts_with("fhir-format-id")));
    assert_eq!(found(false), [""; 0]);
}

#[test]
fn how_grave_a_wrong_urn_is() {
    let p = [profile("p", "Patient", json!([]))];
    let patient = json!({"resourceType": "Patient", "implicitRules": "urn:uuid:1", "generalPractitioner": [{"reference": "urn:uuid:1"}]});
    let grave = |wrong_urn| {
        let options = Options {
            wrong_urn,
            ..Options::default()
        };
        let findings = validate(&validator(&p).with_options(options), &patient, &[]);
        findings.iter().map(|f| (f.rule, f.severity)).collect::<Vec<_>>()
    };
    let reference = ("fhir-reference-urn", Severity::Warning);
    assert_eq!(grave(Severity::Warning), [("fhir-urn", Severity::Warning), reference]);
    assert_eq!(grave(Severity::Error), [("fhir-urn", Severity::Error), reference]);
}

/// Two patients that refer to each other; the second is no `x/q`.
struct Two;

impl References for Two {
    fn resource(&self, reference: &str) -> Option<Arc<Document>> {
        let text = match reference {
            "Patient/1" => r#"{"resourceType":"Patient","id":"1","active":true,"link":[{"other":{"reference":"Patient/2"}}]}"#,
            "Patient/2" => r#"{"resourceType":"Patient","id":"2","link":[{"other":{"reference":"Patient/1"}}]}"#,
            "Patient/3" => r#"{"resourceType":"Patient","id":"3","active":true,"link":[{"other":{"reference":"Patient/3"}}]}"#,
            _ => return None,
        };
        parse(text, Limits::default()).ok().map(Arc::new)
    }
}

#[test]
fn references_are_followed_and_circles_end() {
    let kind = json!({"code": "Reference", "targetProfile": ["http://x/p"]});
    let p = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.active", "min": 1}, {"path": "Patient.link.other", "type": [kind]}]),
    )];
    let options = Options {
        unresolved_reference: Some(Severity::Error),
        ..Options::default()
    };
    let found = |to: &str| {
        let patient = json!({"resourceType": "Patient", "active": true, "link": [{"other": {"reference": to}}]});
        let v = validator(&p).with_options(options.clone()).with_references(Arc::new(Two));
        let findings = validate(&v, &patient, &["http://x/p"]);
        findings
            .iter()
            .map(|f| f.rule)
            .filter(|r| r.contains("reference"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("Patient/3"), [""; 0], "it refers to itself");
    assert_eq!(found("Patient/1"), ["profile-reference-profile"], "what it refers to is not active");
    assert_eq!(found("Patient/9"), ["reference-unresolved"]);
}

fn of_obligations(name: &str, base: &str, flagged: bool, inherits: &[&str], elements: Value) -> Value {
    let core = "http://hl7.org/fhir/StructureDefinition/";
    let mut definition = profile(name, "Patient", elements);
    definition["baseDefinition"] = json!(base);
    definition["status"] = json!("draft");
    let mut extensions: Vec<Value> = inherits
        .iter()
        .map(|url| json!({"url": format!("{core}inherit-obligations"), "valueCanonical": url}))
        .collect();
    if flagged {
        extensions.push(json!({"url": format!("{core}obligation-profile-flag"), "valueBoolean": true}));
    }
    definition["extension"] = json!(extensions);
    definition
}

#[test]
fn obligations_come_from_obligation_profiles_with_the_same_base() {
    let base = profile("b", "Patient", json!([]));
    let patient = format!("{BASE}Patient");
    let marked = json!([{"path": "Patient.gender", "id": "Patient.gender", "mustSupport": true}]);
    let own = of_obligations(
        "p",
        "http://x/b",
        false,
        &["http://x/o", "http://x/plain", "http://x/far", "http://x/absent"],
        json!([]),
    );
    let resources = [
        base,
        of_obligations("o", "http://x/b", true, &[], marked),
        of_obligations("plain", "http://x/b", false, &[], json!([])),
        of_obligations("far", &patient, true, &[], json!([])),
        own.clone(),
    ];
    let found = |resource: &Value| {
        let findings = validate(&validator(&resources), resource, &[]);
        let of = findings.iter().filter(|f| f.rule.starts_with("obligation"));
        of.map(|f| format!("{} {}", f.rule, f.expression)).collect::<Vec<_>>()
    };
    let at = |i: usize| format!("StructureDefinition.extension[{i}].value");
    let told = found(&own);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with(&format!("obligation-profile-flag {}", at(1))), "{told:?}");
    assert!(told[1].starts_with("obligation-profile-base") && told[2].starts_with("obligation-profile-unknown"));
    let slices = of_obligations(
        "s",
        "http://x/b",
        true,
        &[],
        json!([{"path": "Patient.name", "id": "Patient.name", "slicing": {"rules": "open"}}]),
    );
    assert_eq!(
        found(&slices),
        ["obligation-profile-content StructureDefinition.differential.element[0].slicing"]
    );
    let options = Options {
        must_support: true,
        ..Options::default()
    };
    let patient = json!({"resourceType": "Patient"});
    let told = validate(&validator(&resources).with_options(options), &patient, &["http://x/p"]);
    let supported: Vec<&str> = told
        .iter()
        .filter(|f| f.rule == "profile-must-support")
        .map(|f| f.expression.as_str())
        .collect();
    assert_eq!(supported.len(), 1, "{told:?}");
}

#[test]
fn extensions_are_for_the_versions_that_they_say() {
    let ranged = |first: &str, last: &str| {
        let mut extension = profile("e", "Extension", json!([]));
        extension["extension"] = json!([{"url": "http://hl7.org/fhir/StructureDefinition/version-specific-use",
            "extension": [{"url": "startFhirVersion", "valueCode": first}, {"url": "endFhirVersion", "valueCode": last}]}]);
        extension
    };
    let patient = json!({"resourceType": "Patient", "extension": [{"url": "http://x/e", "valueString": "a"}]});
    let found = |first, last| {
        let findings = validate(&validator(&[ranged(first, last)]), &patient, &[]);
        findings.iter().any(|f| f.rule == "extension-fhir-version")
    };
    assert!(!found("4.0", "4.3") && !found("3.0", "4.0.1") && !found("", ""));
    assert!(found("4.3", "5.0") && found("1.0", "3.0.2"));
}

fn rules_of(resource: &Value) -> Vec<String> {
    let findings = validate(&validator(&[]), resource, &[]);
    findings
        .iter()
        .filter(|f| !f.rule.starts_with("fhir-"))
        .map(|f| format!("{} {}", f.rule, f.expression))
        .collect()
}

#[test]
fn code_systems_agree_with_themselves() {
    let home = "http://hl7.org/fhir/concept-properties#";
    let system = json!({"resourceType": "CodeSystem", "status": "draft", "content": "complete", "supplements": "http://x/cs",
        "property": [{"code": "inactive", "uri": format!("{home}inactive"), "type": "code"}, {"code": "size", "type": "integer"}, {"code": "size", "type": "string"}],
        "concept": [{"code": "a", "property": [{"code": "size", "valueString": "x"}, {"code": "size", "valueInteger": 1}]}]});
    assert_eq!(
        rules_of(&system),
        [
            "code-system-supplement CodeSystem.content",
            "code-system-property-type CodeSystem.property[0].type",
            "code-system-property-twice CodeSystem.property[2].code",
            "code-system-property-value CodeSystem.concept[0].property[0].value.ofType(string)",
        ]
    );
}

#[test]
fn value_sets_name_systems_and_filter_by_what_can_be() {
    let snomed = "http://snomed.info/sct";
    let include = |system: &str, property: &str, op: &str, value: &str| json!({"resourceType": "ValueSet", "status": "draft", "compose": {"include": [{"system": system, "filter": [{"property": property, "op": op, "value": value}]}]}});
    assert_eq!(
        rules_of(&include("#c", "a", "=", "b")),
        ["value-set-system ValueSet.compose.include[0].system"]
    );
    let filter = "value-set-filter ValueSet.compose.include[0].filter[0].value";
    for (property, op, value) in [
        ("constraint", "=", "<< << 1"),
        ("concept", "is-a", "73211008"),
        ("inactive", "exists", "maybe"),
    ] {
        assert_eq!(rules_of(&include(snomed, property, op, value)), [filter], "{property} {value}");
    }
    for (property, op, value) in [
        ("constraint", "=", "<< 73211009"),
        ("concept", "is-a", "73211009"),
        ("display", "regex", "a.*"),
    ] {
        assert_eq!(rules_of(&include(snomed, property, op, value)), [""; 0], "{property} {value}");
    }
}

#[test]
fn units_are_those_of_ucum_where_it_is_said() {
    let quantity = |system: &str, code: &str| {
        let value = json!({"value": 1, "system": system, "code": code});
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "valueQuantity": value})
    };
    let unit = |system, code| rules_of(&quantity(system, code)).iter().any(|f| f.starts_with("unit-unknown"));
    assert!(
        unit("http://unitsofmeasure.org", "fmm[Hg]") && !unit("http://unitsofmeasure.org", "mm[Hg]") && !unit("http://x/units", "fmm[Hg]")
    );
}
