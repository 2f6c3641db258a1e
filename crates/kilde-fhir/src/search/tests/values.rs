//! Values by the type of the parameter and the element.

use super::of;

#[test]
fn tokens() {
    let coded = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"},{"code":"bare"}],"text":"no token"},
        "component":[{"code":{"coding":[{"system":"s","code":"c"}]},"valueCodeableConcept":{"coding":[{"system":"v","code":"w"}]}}],"meta":{"tag":[{"system":"t","code":"u"}]}}"#;
    assert_eq!(of("status", coded), ["|final"]);
    assert_eq!(of("code", coded), ["http://loinc.org|8480-6", "|bare"]);
    assert_eq!(of("combo-code", coded), ["http://loinc.org|8480-6", "|bare", "s|c"]);
    assert_eq!(of("component-value-concept", coded), ["v|w"]);
    assert_eq!(of("value-concept", coded), [""; 0]);
    assert_eq!(of("_tag", coded), ["t|u"]);
    let person = r#"{"resourceType":"Patient","active":true,"identifier":[{"system":"urn:oid:1","value":"17"},{"value":"18"},{"system":"only"}],
        "telecom":[{"system":"phone","value":"555"},{"system":"email","value":"a@b.no"}],"gender":"female"}"#;
    assert_eq!(of("identifier", person), ["urn:oid:1|17", "|18", "only|"]);
    assert_eq!(of("active", person), ["|true"]);
    assert_eq!(of("telecom", person), ["|555", "|a@b.no"]);
    assert_eq!(of("phone", person), ["|555"]);
    assert_eq!(of("email", person), ["|a@b.no"]);
}

#[test]
fn deceased_is_true_or_false() {
    for (text, want) in [
        (r#"{"resourceType":"Patient"}"#, "|false"),
        (r#"{"resourceType":"Patient","deceasedBoolean":false}"#, "|false"),
        (r#"{"resourceType":"Patient","deceasedBoolean":true}"#, "|true"),
        (r#"{"resourceType":"Patient","deceasedDateTime":"2026-01-01"}"#, "|true"),
    ] {
        assert_eq!(of("deceased", text), [want], "{text}");
    }
}

#[test]
fn strings_and_uris() {
    let person = r#"{"resourceType":"Patient","name":[{"family":"Ås","given":["Ola","Bjørn"],"prefix":["Dr"],"text":"Dr Ola Ås","use":"official"}],
        "address":[{"line":["Storgata 1"],"city":"Bodø","postalCode":"8000","use":"home"}]}"#;
    assert_eq!(of("name", person), ["Ås", "Ola", "Bjørn", "Dr", "Dr Ola Ås"]);
    assert_eq!(of("phonetic", person), of("name", person));
    assert_eq!(of("given", person), ["Ola", "Bjørn"]);
    assert_eq!(of("address", person), ["Storgata 1", "Bodø", "8000"]);
    assert_eq!(of("address-city", person), ["Bodø"]);
    assert_eq!(of("address-use", person), ["|home"]);
    let plan = r#"{"resourceType":"InsurancePlan","name":"N","alias":["A","B"]}"#;
    assert_eq!(of("name", plan), ["N", "A", "B"]);
    let profile =
        r#"{"resourceType":"Observation","meta":{"profile":["http://a|1"],"source":"urn:x"},"valueCodeableConcept":{"text":"in words"}}"#;
    assert_eq!(of("_profile", profile), ["http://a|1"]);
    assert_eq!(of("_source", profile), ["urn:x"]);
    assert_eq!(of("value-string", profile), ["in words"]);
}

#[test]
fn dates() {
    let at = |json: &str| of("date", &format!(r#"{{"resourceType":"Observation",{json}}}"#));
    assert_eq!(
        at(r#""effectiveDateTime":"2026-11-22""#),
        ["2026-11-21T23:00:00.000Z..2026-11-22T23:00:00.000Z"]
    );
    assert_eq!(
        at(r#""effectiveInstant":"2026-11-22T10:00:00.5Z""#),
        ["2026-11-22T10:00:00.500Z..2026-11-22T10:00:00.600Z"]
    );
    assert_eq!(
        at(r#""effectivePeriod":{"start":"2026-11-22T10:00:00Z"}"#),
        ["2026-11-22T10:00:00.000Z.."]
    );
    assert_eq!(
        at(r#""effectivePeriod":{"end":"2026-11-22T10:00:00Z"}"#),
        ["..2026-11-22T10:00:01.000Z"]
    );
    assert_eq!(
        at(r#""effectiveTiming":{"event":["2026-11-22T10:00:00Z","2026-11-20T10:00:00Z"]}"#),
        ["2026-11-20T10:00:00.000Z..2026-11-22T10:00:01.000Z"]
    );
    assert_eq!(
        at(r#""effectiveTiming":{"repeat":{"boundsPeriod":{"start":"2026-11-20T10:00:00Z","end":"2026-11-22T10:00:00Z"}}}"#),
        ["2026-11-20T10:00:00.000Z..2026-11-22T10:00:01.000Z"]
    );
    assert_eq!(at(r#""effectiveDateTime":"yesterday""#), [""; 0]);
    assert_eq!(at(r#""effectivePeriod":{}"#), [""; 0]);
    assert_eq!(
        of(
            "date",
            r#"{"resourceType":"Procedure","performedString":"2026","performedAge":{"value":1}}"#
        ),
        [""; 0]
    );
}

#[test]
fn numbers_and_quantities() {
    let value = |json: &str| of("value-quantity", &format!(r#"{{"resourceType":"Observation",{json}}}"#));
    assert_eq!(
        value(r#""valueQuantity":{"value":5.40,"unit":"mmol/L","system":"u","code":"mmol/L"}"#),
        ["5.4 5.4..5.4 u|mmol/L|mmol/L"]
    );
    assert_eq!(value(r#""valueQuantity":{"value":5,"comparator":"<"}"#), ["5 -inf..5 ||"]);
    assert_eq!(value(r#""valueQuantity":{"value":5,"comparator":">="}"#), ["5 5..inf ||"]);
    assert_eq!(value(r#""valueQuantity":{"value":"5"}"#), [""; 0]);
    assert_eq!(
        value(r#""valueSampledData":{"origin":{"value":10,"code":"mV"},"period":1,"factor":2,"dimensions":1,"data":"1 -2 E 4"}"#),
        ["6 6..18 |mV|"]
    );
    assert_eq!(
        of(
            "onset-age",
            r#"{"resourceType":"Condition","onsetRange":{"low":{"value":3,"code":"a"},"high":{"value":5}}}"#
        ),
        ["3 3..5 |a|"]
    );
    assert_eq!(
        of(
            "onset-age",
            r#"{"resourceType":"Condition","onsetRange":{"high":{"value":5,"code":"a"}}}"#
        ),
        ["5 -inf..5 |a|"]
    );
    assert_eq!(
        of("onset-age", r#"{"resourceType":"Condition","onsetAge":{"value":44,"code":"a"}}"#),
        ["44 44..44 |a|"]
    );
    assert_eq!(
        of(
            "totalnet",
            r#"{"resourceType":"Invoice","totalNet":{"value":12.50,"currency":"NOK"}}"#
        ),
        ["12.5 12.5..12.5 urn:iso:std:iso:4217|NOK|NOK"]
    );
    let risk = r#"{"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":0.30},{"probabilityRange":{"low":{"value":0.1}}}]}"#;
    assert_eq!(of("probability", risk), ["0.3..0.3", "0.1..inf"]);
}
