//! Rules of whole resources and of texts and codes, whatever the profile.

use super::*;

/// Severity's first letter, rule and expression of each finding, without any profile.
fn plain(validator: &Validator, resource: &Value) -> Vec<String> {
    let line = |f: Finding| format!("{} {} {}", &f.severity.code()[..1], f.rule, f.expression);
    validate(validator, resource, &[]).into_iter().map(line).collect()
}

/// A validator that has these resources, too.
fn with(resources: &[Value]) -> Validator {
    validator(resources)
}

#[test]
fn search_sets() {
    let page = |entries: Value| json!({"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "self", "url": "http://x.no/fhir/Patient?name=a"}], "entry": entries});
    let entry = |n: u8, resource: Value, mode: &str| json!({"fullUrl": format!("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e{n}"), "resource": resource, "search": {"mode": mode}});
    let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "invalid"}]});
    let patient = json!({"resourceType": "Patient", "id": "1"});
    let group = json!({"resourceType": "Group", "id": "2", "type": "person", "actual": true});
    let v = with(&[]);
    let good = json!([
        entry(1, patient.clone(), "match"),
        entry(2, group.clone(), "include"),
        entry(3, outcome.clone(), "outcome")
    ]);
    assert_eq!(plain(&v, &page(good)), [""; 0]);
    let bad = json!([
        entry(1, group, "match"),
        entry(2, patient, "outcome"),
        entry(3, outcome, "match"),
        entry(4, json!({"resourceType": "Patient", "active": true}), "match")
    ]);
    assert_eq!(
        plain(&v, &page(bad)),
        [
            "e bundle-search-mode Bundle.entry[0].resource",
            "e bundle-search-mode Bundle.entry[1].resource",
            "e bundle-search-id Bundle.entry[2].resource",
            "e bundle-search-mode Bundle.entry[2].resource",
            "e bundle-search-id Bundle.entry[3].resource"
        ]
    );
    let twice = json!({"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": "http://x.no/a"}, {"relation": "search", "url": "http://x.no/b"},
        {"relation": "next", "url": "http://x.no/c"}, {"relation": "search", "url": "http://x.no/d"}]});
    assert_eq!(plain(&v, &twice), ["e bundle-link-twice Bundle.link[2]"]);
}

#[test]
fn ids_of_elements() {
    let patient = json!({"resourceType": "Patient", "id": "a", "name": [{"id": "a", "family": "F"}, {"id": "b", "family": "F"}], "telecom": [{"id": "b", "value": "1"}],
        "contained": [{"resourceType": "Organization", "id": "o", "name": "N", "address": [{"id": "b", "city": "C"}]}], "managingOrganization": {"reference": "#o"}});
    assert_eq!(plain(&with(&[]), &patient), ["e element-id-twice Patient.telecom[0].id"]);
}

#[test]
fn canonicals_addresses_and_html() {
    let options = Options {
        example_address: Some(Severity::Warning),
        html_in_string: Some(Severity::Error),
        html_in_markdown: Some(Severity::Information),
        ..Options::default()
    };
    let v = with(&[]).with_options(options);
    let resource = json!({"resourceType": "Observation", "status": "final", "code": {"text": "a <b>"}, "instantiatesCanonical": "x/1",
        "valueAttachment": {}, "note": [{"text": "<i>x</i> 1 < 2"}], "derivedFrom": [{"reference": "#"}]});
    let found = plain(&v, &resource);
    assert!(found.contains(&"e html-in-text Observation.code.text".to_owned()), "{found:?}");
    assert!(found.contains(&"i html-in-text Observation.note[0].text".to_owned()), "{found:?}");
    let plan = json!({"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/1"},
        "instantiatesCanonical": ["PlanDefinition/1", "#a", "http://example.org/p"], "instantiatesUri": ["https://www.example.com/a", "http://x.no/example.org"]});
    let found = plain(&v, &plan);
    for expected in [
        "e canonical-relative CarePlan.instantiatesCanonical[0]",
        "w example-address CarePlan.instantiatesCanonical[2]",
        "w example-address CarePlan.instantiatesUri[0]",
    ] {
        assert!(found.contains(&expected.to_owned()), "{expected}: {found:?}");
    }
    let only_canonical = plain(&with(&[]), &plan);
    assert!(only_canonical.iter().all(|f| !f.contains("example-address")), "{only_canonical:?}");
}

#[test]
fn codes_and_their_terms() {
    let system = json!({"resourceType": "CodeSystem", "url": "http://x/cs", "status": "active", "content": "complete", "caseSensitive": true,
        "concept": [{"code": "a", "display": "Alpha", "designation": [{"language": "nb", "value": "Første"}]}]});
    let set = json!({"resourceType": "ValueSet", "url": "http://x/own", "status": "active",
        "compose": {"include": [{"system": "http://x/cs", "concept": [{"code": "a", "display": "The first"}]}]}});
    let mut packages = Packages::default();
    for resource in [&system, &set] {
        assert_eq!(packages.add_resource("test.json", resource.to_string()), []);
    }
    let packages = Arc::new(packages);
    let codes = Arc::new(terminology_of(&packages).0);
    let v = Validator::new(packages).with_codes(codes);
    let coded = |code: &str, display: &str| json!({"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://x/cs", "code": code, "display": display}]}});
    for good in ["Alpha", "alpha ", "Første", "The first"] {
        assert_eq!(plain(&v, &coded("a", good)), [""; 0], "{good}");
    }
    assert_eq!(
        plain(&v, &coded("a", "Beta")),
        ["w display-wrong Observation.code.coding[0].display"]
    );
    assert_eq!(plain(&v, &coded("b", "Beta")), ["w code-unknown Observation.code.coding[0].code"]);
}

#[test]
fn narratives_by_language_and_values_that_must_be_there() {
    let later = |name: &str| format!("http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.{name}");
    let mut sections = profile("p", "Patient", json!([]));
    sections["differential"]["element"] = json!([
        {"path": "Patient.gender", "extension": [{"url": later("mustHaveValue"), "valueBoolean": true}]},
        {"path": "Patient.birthDate", "extension": [{"url": later("valueAlternatives"), "valueCanonical": "http://x/absent"}]}
    ]);
    let absent = |url: &str| json!({"extension": [{"url": url, "valueCode": "unknown"}]});
    let v = validator(&[sections]).with_options(Options {
        allowed_extensions: vec!["http://x/".to_owned()],
        ..Options::default()
    });
    let given = |r: &Value| -> Vec<String> { found_with(&v, r) };
    let good = json!({"resourceType": "Patient", "gender": "male", "_birthDate": absent("http://x/absent")});
    assert_eq!(given(&good), [""; 0]);
    let bad = json!({"resourceType": "Patient", "_gender": absent("http://x/absent"), "_birthDate": absent("http://x/other")});
    assert_eq!(
        given(&bad),
        [
            "e profile-value-missing Patient.gender",
            "e profile-value-missing Patient.birthDate"
        ]
    );
}

#[test]
fn measure_reports() {
    let code = |c: &str| json!({"coding": [{"system": "http://x/cs", "code": c}]});
    let measure = json!({"resourceType": "Measure", "url": "http://x/m", "status": "active", "scoring": code("proportion"), "group": [
        {"population": [{"code": code("n"), "criteria": {"language": "text/fhirpath", "expression": "true"}}],
         "stratifier": [{"code": code("s"), "criteria": {"language": "text/fhirpath", "expression": "true"}}]}]});
    let report = |group: Value| json!({"resourceType": "MeasureReport", "status": "complete", "type": "summary", "measure": "http://x/m", "period": {"start": "2026"}, "group": [group]});
    let v = with(&[measure]);
    let good =
        json!({"population": [{"code": code("n"), "count": 1}], "measureScore": {"value": 0.5}, "stratifier": [{"code": [code("s")]}]});
    assert_eq!(plain(&v, &report(good)), [""; 0]);
    let bad =
        json!({"population": [{"code": code("x"), "count": 1}], "measureScore": {"value": 1.5}, "stratifier": [{"code": [code("t")]}]});
    assert_eq!(
        plain(&v, &report(bad)),
        [
            "e measure-stratifier-missing MeasureReport.group[0]",
            "e measure-population MeasureReport.group[0].population[0]",
            "e measure-score MeasureReport.group[0].measureScore",
            "e measure-stratifier MeasureReport.group[0].stratifier[0]"
        ]
    );
    assert_eq!(
        plain(
            &v,
            &json!({"resourceType": "MeasureReport", "status": "complete", "type": "summary", "measure": "http://x/other", "period": {"start": "2026"}})
        ),
        ["w measure-unknown MeasureReport.measure"]
    );
}

#[test]
fn search_parameters_that_are_derived() {
    let parameter = |url: &str, kind: &str, base: &str| json!({"resourceType": "SearchParameter", "url": url, "name": "n", "status": "active", "description": "d", "code": "c", "base": [base], "type": kind});
    let v = with(&[parameter("http://x/sp", "string", "Patient")]);
    let mut derived = parameter("http://x/other", "token", "Group");
    derived["derivedFrom"] = json!("http://x/sp");
    assert_eq!(
        plain(&v, &derived),
        [
            "e search-parameter-derived SearchParameter.base[0]",
            "e search-parameter-derived SearchParameter.type"
        ]
    );
}

#[test]
fn answers_by_units_patterns_and_options() {
    let ext = |name: &str, key: &str, value: Value| json!({"url": name, key: value});
    let r4 = |name: &str| format!("{BASE}{name}");
    let sdc = |name: &str| format!("http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-{name}");
    let quantity = |value: f64, unit: &str| json!({"value": value, "system": "http://unitsofmeasure.org", "code": unit});
    let form = json!({"resourceType": "Questionnaire", "url": "http://x/q", "status": "active", "item": [
        {"linkId": "1", "type": "quantity", "extension": [ext(&sdc("minQuantity"), "valueQuantity", quantity(1.0, "kg")), ext(&sdc("maxQuantity"), "valueQuantity", quantity(2.0, "kg"))]},
        {"linkId": "2", "type": "quantity", "extension": [ext(&r4("questionnaire-unitOption"), "valueCoding", json!({"system": "http://unitsofmeasure.org", "code": "m"}))]},
        {"linkId": "3", "type": "string", "extension": [ext(&r4("regex"), "valueString", json!("[a-z]+"))]},
        {"linkId": "4", "type": "decimal", "extension": [ext(&r4("maxDecimalPlaces"), "valueInteger", json!(1))]},
        {"linkId": "5", "type": "choice", "repeats": true, "answerOption": [{"valueString": "a"},
            {"valueString": "none", "extension": [ext(&r4("questionnaire-optionExclusive"), "valueBoolean", json!(true))]}]}
    ]});
    let v = with(&[form]);
    let response = |items: Value| json!({"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "http://x/q", "item": items});
    let answer = |link: &str, key: &str, value: Value| json!({"linkId": link, "answer": [{key: value}]});
    let good = json!([
        answer("1", "valueQuantity", quantity(1500.0, "g")),
        answer("2", "valueQuantity", quantity(1.0, "m")),
        answer("3", "valueString", json!("abc")),
        answer("4", "valueDecimal", json!(1.5)),
        answer("5", "valueString", json!("none"))
    ]);
    assert_eq!(plain(&v, &response(good)), [""; 0]);
    let bad = json!([
        answer("1", "valueQuantity", quantity(2500.0, "g")),
        answer("2", "valueQuantity", quantity(1.0, "km")),
        answer("3", "valueString", json!("abc1")),
        answer("4", "valueDecimal", json!(1.55)),
        {"linkId": "5", "answer": [{"valueString": "a"}, {"valueString": "none"}]}
    ]);
    assert_eq!(
        plain(&v, &response(bad)),
        [
            "e questionnaire-bounds QuestionnaireResponse.item[0].answer[0].value.ofType(Quantity)",
            "e questionnaire-unit QuestionnaireResponse.item[1].answer[0].value.ofType(Quantity)",
            "e questionnaire-regex QuestionnaireResponse.item[2].answer[0].value.ofType(string)",
            "e questionnaire-decimals QuestionnaireResponse.item[3].answer[0].value.ofType(decimal)",
            "e questionnaire-exclusive QuestionnaireResponse.item[4].answer[1].value.ofType(string)"
        ]
    );
    let incomparable = response(json!([answer("1", "valueQuantity", quantity(1.0, "m"))]));
    assert_eq!(
        plain(&v, &incomparable),
        ["e questionnaire-bounds QuestionnaireResponse.item[0].answer[0].value.ofType(Quantity)"]
    );
}

#[test]
fn conformance_resources_by_themselves() {
    let mut sd = profile(
        "q",
        "Patient",
        json!([{"path": "Patient", "constraint": [
        {"key": "a-1", "severity": "error", "human": "h", "expression": "name.exists("}, {"key": "a-2", "severity": "error", "human": "h", "expression": "name.exists()"}]}]),
    );
    sd["status"] = json!("active");
    let v = with(&[]);
    assert_eq!(
        plain(&v, &sd),
        ["e expression-unreadable StructureDefinition.differential.element[0].constraint[0].expression"]
    );
    let form = json!({"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "a", "type": "group", "item": [{"linkId": "b", "type": "string",
        "enableWhen": [{"question": "a", "operator": "exists", "answerBoolean": true}, {"question": "x", "operator": "exists", "answerBoolean": true}], "enableBehavior": "any"}]}]});
    assert_eq!(
        plain(&v, &form),
        ["e questionnaire-condition Questionnaire.item[0].item[0].enableWhen[1].question"]
    );
}

#[test]
fn a_slice_by_a_part_of_another_profile() {
    let library = profile(
        "library",
        "Observation",
        json!([
            {"path": "Observation.component", "slicing": {"discriminator": [{"type": "pattern", "path": "code"}], "rules": "open"}},
            {"path": "Observation.component", "sliceName": "a"},
            {"path": "Observation.component.code", "patternCodeableConcept": {"coding": [{"code": "a"}]}},
            {"path": "Observation.component.value[x]", "min": 1}
        ]),
    );
    let p = profile(
        "p",
        "Observation",
        json!([
            {"path": "Observation.component", "slicing": {"discriminator": [{"type": "pattern", "path": "code"}], "rules": "closed"}},
            {"path": "Observation.component", "sliceName": "A", "min": 1, "type": [{"code": "BackboneElement", "profile": ["http://x/library"],
                "_profile": [{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element", "valueString": "Observation.component:a"}]}]}]}
        ]),
    );
    let profiles = [library, p];
    let observation =
        |component: Value| json!({"resourceType": "Observation", "status": "final", "code": {"text": "t"}, "component": [component]});
    let code = json!({"coding": [{"code": "a"}]});
    assert_eq!(found(&profiles, &observation(json!({"code": code, "valueString": "s"}))), [""; 0]);
    assert_eq!(
        found(&profiles, &observation(json!({"code": code}))),
        ["e profile-min Observation.component[0].value"]
    );
    assert_eq!(
        found(
            &profiles,
            &observation(json!({"code": {"coding": [{"code": "b"}]}, "valueString": "s"}))
        ),
        [
            "e profile-slice-min Observation.component",
            "e profile-slice-closed Observation.component[0]"
        ]
    );
}

#[test]
fn a_value_set_that_the_profile_contains() {
    let mut p = profile(
        "p",
        "Patient",
        json!([{"path": "Patient.maritalStatus", "binding": {"strength": "required", "valueSet": "#own"}}]),
    );
    p["contained"] = json!([{"resourceType": "ValueSet", "id": "own", "url": "http://x/vs", "status": "active"}]);
    let patient = |code: &str| json!({"resourceType": "Patient", "maritalStatus": {"coding": [{"system": "http://x/cs", "code": code}]}});
    assert_eq!(found(std::slice::from_ref(&p), &patient("a")), [""; 0]);
    assert_eq!(found(&[p], &patient("z")), ["e profile-binding Patient.maritalStatus"]);
}
