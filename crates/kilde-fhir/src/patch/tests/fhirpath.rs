use super::*;

fn part(name: &str, value: &str) -> String {
    format!(r#"{{"name":"{name}",{value}}}"#)
}

fn operation(kind: &str, path: &str, others: &[(&str, &str)]) -> String {
    let mut parts = vec![
        part("type", &format!(r#""valueCode":"{kind}""#)),
        part("path", &format!(r#""valueString":"{path}""#)),
    ];
    parts.extend(others.iter().map(|(n, v)| part(n, v)));
    format!(r#"{{"name":"operation","part":[{}]}}"#, parts.join(","))
}

fn applied(resource: &str, operations: &[String]) -> Result<String, String> {
    let parameters = doc(&format!(
        r#"{{"resourceType":"Parameters","parameter":[{}]}}"#,
        operations.join(",")
    ));
    fhirpath_patch(doc(resource).root(), parameters.root(), Limits::default()).map_err(|e| told(&e))
}

fn patient(inside: &str) -> String {
    if inside.is_empty() {
        return r#"{"resourceType":"Patient"}"#.into();
    }
    format!(r#"{{"resourceType":"Patient",{inside}}}"#)
}

fn check(before: &str, operation: String, after: &str) {
    assert_eq!(
        applied(&patient(before), std::slice::from_ref(&operation)).as_deref(),
        Ok(patient(after).as_str()),
        "{operation}"
    );
}

fn refused(before: &str, operation: String, expected: &str) {
    let told = applied(&patient(before), std::slice::from_ref(&operation)).unwrap_err();
    assert!(told.contains(expected), "{operation}: {told}");
}

#[test]
fn add() {
    let op =
        |path: &str, name: &str, value: &str| operation("add", path, &[("name", &format!(r#""valueString":"{name}""#)), ("value", value)]);
    check(
        "",
        op("Patient", "birthDate", r#""valueDate":"1930-01-01""#),
        r#""birthDate":"1930-01-01""#,
    );
    check(
        r#""birthDate":"1930""#,
        op(
            "Patient.birthDate",
            "extension",
            r#""part":[{"name":"url","valueUri":"u"},{"name":"value","valueDecimal":1.0}]"#,
        ),
        r#""birthDate":"1930","_birthDate":{"extension":[{"url":"u","valueDecimal":1.0}]}"#,
    );
    check(
        r#""name":[{"given":["A","B"]}]"#,
        op("Patient.name.given[1]", "id", r#""valueString":"x""#),
        r#""name":[{"given":["A","B"],"_given":[null,{"id":"x"}]}]"#,
    );
    check(
        r#""name":[{"given":["A"]}]"#,
        op("name", "given", r#""valueString":"B","_valueString":{"id":"b"}"#),
        r#""name":[{"given":["A","B"],"_given":[null,{"id":"b"}]}]"#,
    );
    check("", op("Patient", "deceased", r#""valueBoolean":true"#), r#""deceasedBoolean":true"#);
    check(
        "",
        op("Patient", "deceasedDateTime", r#""valueDateTime":"2020""#),
        r#""deceasedDateTime":"2020""#,
    );
    check(
        "",
        op(
            "Patient",
            "contact",
            r#""part":[{"name":"name","valueHumanName":{"text":"a"}},{"name":"telecom","valueContactPoint":{"value":"1"}},{"name":"telecom","valueContactPoint":{"value":"2"}}]"#,
        ),
        r#""contact":[{"name":{"text":"a"},"telecom":[{"value":"1"},{"value":"2"}]}]"#,
    );
    check(
        "",
        op("Patient", "contained", r#""resource":{"resourceType":"Basic","id":"b"}"#),
        r#""contained":[{"resourceType":"Basic","id":"b"}]"#,
    );
    check(
        r#""contained":[{"resourceType":"Basic","id":"b"}]"#,
        op("Patient.contained.where(id = 'b')", "created", r#""valueDate":"2020""#),
        r#""contained":[{"resourceType":"Basic","id":"b","created":"2020"}]"#,
    );
    refused(
        r#""birthDate":"1930""#,
        op("Patient", "birthDate", r#""valueDate":"1930""#),
        "fhir-patch-taken",
    );
    refused(
        r#""deceasedBoolean":true"#,
        op("Patient", "deceased", r#""valueDateTime":"1930""#),
        "fhir-patch-taken",
    );
    refused(
        "",
        op("Patient", "birthDate", r#""valueBoolean":true"#),
        "Inapplicable: 1:187 fhir-patch-value Parameters.parameter[0].part[3]",
    );
    refused("", op("Patient", "deceased", r#""valueString":"x""#), "fhir-patch-value");
    refused("", op("Patient", "birthDay", r#""valueDate":"1930""#), "fhir-element-unknown");
    refused(
        "",
        op("Patient.maritalStatus", "text", r#""valueString":"x""#),
        "fhir-patch-not-found",
    );
    refused(
        r#""name":[{"id":"a"},{"id":"b"}]"#,
        op("Patient.name", "text", r#""valueString":"x""#),
        "fhir-patch-several",
    );
    refused("", op("Patient", "birthDate", r#""valueFoo":"x""#), "fhir-patch-value");
}

#[test]
fn delete() {
    let op = |path: &str| operation("delete", path, &[]);
    check(
        r#""birthDate":"1930","_birthDate":{"id":"x"},"active":true"#,
        op("Patient.birthDate"),
        r#""active":true"#,
    );
    check("", op("Patient.birthDate"), "");
    check(
        r#""active":true,"contact":[{"name":{"text":"a"}}]"#,
        op("Patient.contact.name.text"),
        r#""active":true"#,
    );
    check(
        r#""name":[{"text":"a"},{"text":"b"}]"#,
        op("Patient.name[0]"),
        r#""name":[{"text":"b"}]"#,
    );
    check(
        r#""name":[{"given":["A","B",null],"_given":[{"id":"a"},null,{"id":"c"}]}]"#,
        op("Patient.name.given.first()"),
        r#""name":[{"given":["B",null],"_given":[null,{"id":"c"}]}]"#,
    );
    check(
        r#""birthDate":"1930","_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}"#,
        op("Patient.birthDate.extension('u')"),
        r#""birthDate":"1930""#,
    );
    check(
        r#""name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u"}]}]}]"#,
        op("Patient.name.given[1].extension[0]"),
        r#""name":[{"given":["A"]}]"#,
    );
    check(
        r#""deceasedBoolean":true,"id":"a""#,
        op("Patient.deceased.ofType(boolean)"),
        r#""id":"a""#,
    );
    refused(r#""name":[{"text":"a"},{"text":"b"}]"#, op("Patient.name"), "fhir-patch-several");
    refused("", op("Patient"), "fhir-patch-whole");
    refused(
        "",
        op("Observation.status"),
        "Malformed: 1:137 fhir-patch-path Parameters.parameter[0].part[1].value.ofType(string)",
    );
}

#[test]
fn replace() {
    let op = |path: &str, value: &str| operation("replace", path, &[("value", value)]);
    check(
        r#""birthDate":"1930","_birthDate":{"id":"x"},"active":true"#,
        op("Patient.birthDate", r#""valueDate":"1940""#),
        r#""birthDate":"1940","active":true"#,
    );
    check(
        r#""gender":"male""#,
        op("Patient.gender", r#""valueString":"female""#),
        r#""gender":"female""#,
    );
    check(
        r#""deceasedBoolean":true"#,
        op("Patient.deceased", r#""valueDateTime":"2020""#),
        r#""deceasedDateTime":"2020""#,
    );
    check(
        r#""name":[{"given":["A","B"],"_given":[{"id":"a"},null]}]"#,
        op("Patient.name.given[0]", r#""valueString":"C""#),
        r#""name":[{"given":["C","B"]}]"#,
    );
    check(
        r#""identifier":[{"system":"s","value":"1"},{"system":"t","value":"2"}]"#,
        op("Patient.identifier.where(system = 't').value", r#""valueString":"3""#),
        r#""identifier":[{"system":"s","value":"1"},{"system":"t","value":"3"}]"#,
    );
    refused("", op("Patient.birthDate", r#""valueDate":"1940""#), "fhir-patch-not-found");
    refused("", op("Patient", r#""valueDate":"1940""#), "fhir-patch-whole");
}

#[test]
fn insert_and_move() {
    let insert = |path: &str, index: &str, value: &str| {
        operation(
            "insert",
            path,
            &[("index", &format!(r#""valueInteger":{index}"#)), ("value", value)],
        )
    };
    let relocate = |path: &str, from: usize, to: usize| {
        operation(
            "move",
            path,
            &[
                ("source", &format!(r#""valueInteger":{from}"#)),
                ("destination", &format!(r#""valueInteger":{to}"#)),
            ],
        )
    };
    let names = |given: &str, ids: &str| format!(r#""name":[{{"given":[{given}],"_given":[{ids}]}}]"#);
    let before = names(r#""A","B",null"#, r#"{"id":"a"},null,{"id":"c"}"#);
    check(
        &before,
        insert("Patient.name.given", "3", r#""valueString":"D""#),
        &names(r#""A","B",null,"D""#, r#"{"id":"a"},null,{"id":"c"},null"#),
    );
    check(
        &before,
        insert("Patient.name.given", "0", r#""valueString":"D""#),
        &names(r#""D","A","B",null"#, r#"null,{"id":"a"},null,{"id":"c"}"#),
    );
    check(
        "",
        insert("Patient.name", "0", r#""valueHumanName":{"text":"a"}"#),
        r#""name":[{"text":"a"}]"#,
    );
    check(
        &before,
        relocate("Patient.name.given", 0, 2),
        &names(r#""B",null,"A""#, r#"null,{"id":"c"},{"id":"a"}"#),
    );
    check(
        &before,
        relocate("Patient.name.given", 2, 0),
        &names(r#"null,"A","B""#, r#"{"id":"c"},{"id":"a"},null"#),
    );
    refused(
        &before,
        insert("Patient.name.given", "4", r#""valueString":"D""#),
        "fhir-patch-index",
    );
    refused(&before, insert("Patient.name.given", "-1", r#""valueString":"D""#), "Malformed");
    refused(
        &before,
        insert("Patient.name.given[1]", "0", r#""valueString":"D""#),
        "fhir-patch-no-list",
    );
    refused(
        "",
        insert("Patient.name", "1", r#""valueHumanName":{"text":"a"}"#),
        "fhir-patch-index",
    );
    refused(&before, relocate("Patient.name.given", 0, 3), "fhir-patch-index");
    refused(r#""birthDate":"2020""#, relocate("Patient.birthDate", 0, 0), "fhir-patch-no-list");
    refused("", relocate("Patient.name", 0, 0), "fhir-patch-not-found");
}

#[test]
fn faults_of_the_patch_itself() {
    for (parameters, expected) in [
        (r#"{"resourceType":"Patient"}"#, "Malformed: 1:1 fhir-patch-form Patient"),
        (
            r#"{"resourceType":"Parameters","parameter":[{"name":"x"},{"name":"operation"},{"name":"operation","part":[{"name":"type","valueCode":"foo"}]}]}"#,
            "Malformed: 1:43 fhir-patch-form Parameters.parameter[0]; 1:56 fhir-patch-form Parameters.parameter[1]; \
             1:132 fhir-patch-operation Parameters.parameter[2].part[0].value.ofType(code)",
        ),
    ] {
        let (r, p) = (doc(&patient("")), doc(parameters));
        assert_eq!(told(&fhirpath_patch(r.root(), p.root(), Limits::default()).unwrap_err()), expected);
    }
}

#[test]
fn operations_follow_one_another_and_digits_stay() {
    let r = r#"{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"a"}}"#;
    let out = applied(
        r,
        &[
            operation("replace", "Observation.value.unit", &[("value", r#""valueString":"b""#)]),
            operation(
                "add",
                "Observation.value",
                &[("name", r#""valueString":"code""#), ("value", r#""valueCode":"c""#)],
            ),
            operation("delete", "Observation.value.code", &[]),
        ],
    );
    assert_eq!(
        out.as_deref(),
        Ok(r#"{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"b"}}"#)
    );
}

proptest! {
    #[test]
    fn never_panics_and_gives_json(
        ops in proptest::collection::vec(("add|insert|delete|replace|move", "(Patient\\.)?(name|contact|birthDate|deceased|contained|extension)(\\[[01]\\]|\\.first\\(\\))?(\\.(given|name|text|extension|id|url))?(\\[[01]\\])?",
            "given|name|text|extension|id|birthDate|deceased|contained", 0usize..3, 0usize..3, 0usize..6), 0..6)
    ) {
        let values = [r#""valueString":"a""#, r#""valueBoolean":true"#, r#""valueHumanName":{"given":["x"]}"#, r#""part":[{"name":"url","valueUri":"u"}]"#,
            r#""part":[{"name":"name","valueHumanName":{}}]"#, r#""resource":{"resourceType":"Basic"}"#];
        let operations: Vec<String> = ops.iter().map(|(kind, path, name, from, to, value)| operation(kind, path, &[
            ("name", &format!(r#""valueString":"{name}""#)),
            ("value", values[*value]),
            ("index", &format!(r#""valueInteger":{from}"#)),
            ("source", &format!(r#""valueInteger":{from}"#)),
            ("destination", &format!(r#""valueInteger":{to}"#)),
        ])).collect();
        let before = patient(r#""name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u"}]}]},{"text":"b"}],"birthDate":"1930","contact":[{"name":{"text":"c"}}]"#);
        if let Ok(after) = applied(&before, &operations) {
            prop_assert!(parse(after, Limits::default()).is_ok());
        }
    }
}
