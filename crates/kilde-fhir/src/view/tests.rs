use super::*;
use crate::definitions::type_of;
use crate::json::{Document, Limits, parse};

fn doc(text: &str) -> Document {
    parse(text, Limits::default()).unwrap()
}

const TAG: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

const PATIENT: &str = concat!(
    r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1","tag":[{"code":"x"}]},"implicitRules":"http://r","language":"nb","#,
    r#""text":{"status":"generated","div":"<div/>"},"contained":[{"resourceType":"Basic"}],"extension":[{"url":"e","valueDecimal":1.0}],"#,
    r#""modifierExtension":[{"url":"m","valueBoolean":true}],"active":true,"name":[{"id":"n","extension":[{"url":"e"}],"family":"\u00c5","#,
    r#""_family":{"id":"f"},"given":[null,"B"],"_given":[{"id":"g"},null]}],"_birthDate":{"extension":[{"url":"a","valueCode":"unknown"}]},"#,
    r#""maritalStatus":{"text":"m"},"contact":[{"gender":"male"}],"link":[{"id":"l","other":{"reference":"Patient/2"},"type":"refer"}],"unknown":1}"#
);

fn viewed(kind: Summary) -> String {
    summary(doc(PATIENT).root(), kind)
}

#[test]
fn summary_true_keeps_summary_elements_at_every_level() {
    assert_eq!(
        viewed(Summary::True),
        format!(
            "{}{TAG}{}{}",
            r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1","tag":[{"code":"x"},"#,
            r#"]},"implicitRules":"http://r","modifierExtension":[{"url":"m","valueBoolean":true}],"active":true,"name":[{"family":"\u00c5","given":[null,"B"],"#,
            r#""_given":[{"id":"g"},null]}],"_birthDate":{"extension":[{"url":"a","valueCode":"unknown"}]},"link":[{"other":{"reference":"Patient/2"},"type":"refer"}]}"#
        )
    );
    let document = doc(
        r#"{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"contentType":"text/plain","data":"YQ=="}},{"attachment":{"data":"YQ=="}}],"context":{"related":[{"display":"x"}]}}"#,
    );
    assert_eq!(
        summary(document.root(), Summary::True),
        format!(
            r#"{{"resourceType":"DocumentReference","meta":{{"tag":[{TAG}]}},"status":"current","content":[{{"attachment":{{"contentType":"text/plain"}}}},{{"attachment":{{"data":"YQ=="}}}}]}}"#
        )
    );
}

#[test]
fn the_other_summaries() {
    assert_eq!(
        viewed(Summary::Text),
        format!(
            r#"{{"resourceType":"Patient","id":"p","meta":{{"versionId":"1","tag":[{{"code":"x"}},{TAG}]}},"text":{{"status":"generated","div":"<div/>"}}}}"#
        )
    );
    let data = viewed(Summary::Data);
    assert!(!data.contains("\"text\":{\"status\"") && data.contains("maritalStatus") && data.contains("valueDecimal\":1.0"));
    assert_eq!(viewed(Summary::False), PATIENT);
    assert_eq!(viewed(Summary::Count), PATIENT);
    for code in ["true", "text", "data", "count", "false"] {
        assert!(Summary::from_code(code).is_some());
    }
    assert_eq!(Summary::from_code("TRUE"), None);
}

#[test]
fn elements_keep_what_is_required_or_modifies() {
    let asked = Elements::new("Patient.birthDate, maritalStatus,,Observation.code,foo");
    assert_eq!(
        elements(doc(PATIENT).root(), &asked),
        format!(
            "{}{TAG}{}",
            r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1","tag":[{"code":"x"},"#,
            concat!(
                r#"]},"implicitRules":"http://r","modifierExtension":[{"url":"m","valueBoolean":true}],"active":true,"#,
                r#""_birthDate":{"extension":[{"url":"a","valueCode":"unknown"}]},"maritalStatus":{"text":"m"},"#,
                r#""link":[{"id":"l","other":{"reference":"Patient/2"},"type":"refer"}]}"#
            )
        )
    );
    assert_eq!(asked.unknown(type_of("Patient").unwrap()), ["Observation.code", "foo"]);
    let observation =
        doc(r#"{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.50},"note":[]}"#);
    assert_eq!(
        elements(observation.root(), &Elements::new("value[x]")),
        format!(
            r#"{{"resourceType":"Observation","meta":{{"tag":[{TAG}]}},"status":"final","code":{{"text":"c"}},"valueQuantity":{{"value":1.50}}}}"#
        )
    );
}

#[test]
fn a_view_of_a_view_is_marked_once() {
    let once = viewed(Summary::True);
    assert_eq!(summary(doc(&once).root(), Summary::True), once);
    assert_eq!(summary(doc("[1]").root(), Summary::True), "[1]");
}

#[test]
fn pretty_keeps_the_text() {
    let mut out = String::new();
    pretty(doc(r#"{"a":1.50,"b":[],"c":[{"\u00e5":"\u00e6"},{}]}"#).root(), &mut out);
    assert_eq!(
        out,
        "{\n  \"a\": 1.50,\n  \"b\": [],\n  \"c\": [\n    {\n      \"\\u00e5\": \"\\u00e6\"\n    },\n    {}\n  ]\n}"
    );
}
