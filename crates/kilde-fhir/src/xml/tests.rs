use super::*;
use crate::json::parse;
use proptest::prelude::*;

mod random;

fn json(xml: &str) -> Result<Converted, Vec<Finding>> {
    to_json(xml.as_bytes(), Limits::default())
}

fn xml(json: &str) -> Result<String, Vec<Finding>> {
    from_json(parse(json, Limits::default()).unwrap().root(), Layout::Compact)
}

fn patient(inside: &str) -> String {
    format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>")
}

fn told(findings: &[Finding]) -> String {
    let line = |f: &Finding| {
        format!(
            "{} {} {}",
            f.position.map(|p| p.to_string()).unwrap_or_default(),
            f.rule,
            f.expression
        )
    };
    findings.iter().map(line).collect::<Vec<_>>().join("; ")
}

#[test]
fn one_resource_both_ways() {
    let x = patient(concat!(
        r#"<id value="p1"/><text><status value="generated"/>"#,
        r#"<div xmlns="http://www.w3.org/1999/xhtml">a &lt; b<br/><i class='x'>&#xE5;</i><!-- c --></div></text>"#,
        r#"<contained><Organization><id value="o"/><name value="&quot;Ø&quot;&#10;A/S"/></Organization></contained>"#,
        r#"<extension url="http://x"><extension url="a"><valueDecimal value="1.500"/></extension></extension>"#,
        r#"<active value="true"/><name id="n"><given value="Ola"/><given id="g"><extension url="http://e"><valueCode value="c"/>"#,
        r#"</extension></given><given value="K"/></name>"#,
        r#"<birthDate id="b" value="1970"/><multipleBirthInteger value="2"/>"#,
    ));
    let j = concat!(
        r#"{"resourceType":"Patient","id":"p1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"#,
        r#"a &lt; b<br/><i class='x'>&#xE5;</i><!-- c --></div>"},"#,
        r#""contained":[{"resourceType":"Organization","id":"o","name":"\"Ø\"\nA/S"}],"#,
        r#""extension":[{"extension":[{"url":"a","valueDecimal":1.500}],"url":"http://x"}],"#,
        r#""active":true,"name":[{"id":"n","given":["Ola",null,"K"],"_given":[null,{"id":"g","extension":[{"url":"http://e","#,
        r#""valueCode":"c"}]},null]}],"birthDate":"1970","_birthDate":{"id":"b"},"multipleBirthInteger":2}"#,
    );
    let converted = json(&x).unwrap();
    assert_eq!(converted.json, j);
    assert!(converted.notes.is_empty());
    assert_eq!(xml(j).unwrap(), format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{x}"));
}

#[test]
fn elements_are_put_in_order_and_prefixes_resolved() {
    let x = concat!(
        "\u{feff}<?xml version='1.0' encoding='utf-8'?><!-- c --><f:Patient xmlns:f='http://hl7.org/fhir' xmlns:h='http://www.w3.org/1999/xhtml'>",
        "\n<f:gender value='male'/><?p?><f:name><f:family value='A'/></f:name><f:active value=' true '/><f:name/>",
        "<f:text><f:status value='additional'/><h:div><h:p title='\"'><![CDATA[<&>]]></h:p></h:div></f:text></f:Patient>\n"
    );
    let converted = json(x).unwrap();
    assert_eq!(
        converted.json,
        concat!(
            r#"{"resourceType":"Patient","text":{"status":"additional","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"#,
            r#"<p title=\"&quot;\">&lt;&amp;&gt;</p></div>"},"active":true,"name":[{"family":"A"},{}],"gender":"male"}"#
        )
    );
    assert_eq!(
        told(&converted.notes),
        "1:39 fhir-xml-left-out ; 2:30 fhir-xml-order Patient.name[0]"
    );
}

#[test]
fn faults_are_found_all_at_once_and_placed() {
    let x = patient(concat!(
        "\n<idd value='1'/>",
        "\n<active value='ja'/><active value='true'/>",
        "\n<name><family x='1'/>tekst<given/></name>",
        "\n<name id='a'><id value='b'/></name>",
        "\n<multipleBirthInteger value='01'/>",
        "\n<contact><unknown><deep/></unknown><name><family value='ok'/></name></contact>",
        "\n<contained/><contained><Patient/><Patient/></contained><contained><Person x=''/></contained><contained><Foo/></contained>",
        "\n<link xmlns='urn:x'/>",
    ));
    let findings = json(&x).unwrap_err();
    let lines = told(&findings).replace("; ", "\n");
    assert_eq!(
        lines,
        "2:1 fhir-element-unknown Patient.idd
3:9 fhir-xml-value Patient.active
3:21 fhir-xml-repeated Patient.active
4:7 fhir-empty Patient.name[0].family
4:15 fhir-xml-attribute Patient.name[0].family
4:22 fhir-xml-text Patient.name[0]
4:27 fhir-empty Patient.name[0].given[0]
5:14 fhir-xml-attribute Patient.name[1].id
6:23 fhir-xml-value Patient.multipleBirth.ofType(integer)
7:10 fhir-element-unknown Patient.contact[0].unknown
8:1 fhir-xml-order Patient.contained[0]
8:1 fhir-xml-resource Patient.contained[0]
8:34 fhir-xml-resource Patient.contained[1]
8:75 fhir-xml-attribute Patient.contained[2]
8:104 fhir-resource-type-unknown Patient.contained[3]
9:1 fhir-xml-namespace Patient.link[0]"
    );
}

#[test]
fn what_is_not_well_formed_ends_the_reading_with_its_place() {
    for (inside, expected) in [
        ("<name></nam>", "1:44 fhir-xml-well-formed Patient.name[0]"),
        ("<name>", "1:44 fhir-xml-well-formed Patient.name[0]"),
        ("<active value='a&nbsp;'/>", "1:54 fhir-xml-entity Patient"),
        ("&nbsp;", "1:38 fhir-xml-entity Patient"),
        ("&", "1:38 fhir-xml-well-formed Patient"),
        ("<active value='1' value='2'/>", "1:56 fhir-xml-well-formed Patient"),
        ("<!-- a -- b -->", "fhir-xml-well-formed"),
        ("<active value=1/>", "1:46 fhir-xml-well-formed Patient"),
        (
            "<text><div xmlns='http://www.w3.org/1999/xhtml'>&nbsp;</div></text>",
            "1:86 fhir-xml-entity Patient.text.div",
        ),
        ("<!DOCTYPE a>", "1:38 fhir-xml-doctype Patient"),
    ] {
        let findings = json(&patient(inside)).map(|c| c.json).unwrap_err();
        assert!(told(&findings).contains(expected), "{inside}: {}", told(&findings));
    }
    for (text, expected) in [
        ("", "1:1 fhir-xml-well-formed "),
        ("{}", "1:1 fhir-xml-well-formed "),
        (
            "<a/><b/>",
            "1:1 fhir-xml-namespace ; 1:1 fhir-resource-type-unknown ; 1:5 fhir-xml-well-formed ",
        ),
        ("<?xml version='1.1'?><Patient/>", "1:1 fhir-xml-version "),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><Patient/>", "1:1 fhir-xml-encoding "),
        (" <?xml version='1.0'?><Patient/>", "1:2 fhir-xml-well-formed "),
        ("<!DOCTYPE Patient [<!ENTITY a 'b'>]><Patient/>", "1:1 fhir-xml-doctype "),
        ("<Patient/>", "1:1 fhir-xml-namespace "),
        ("<x:Patient/>", "1:1 fhir-xml-namespace "),
    ] {
        let findings = json(text).map(|c| c.json).unwrap_err();
        assert!(told(&findings).starts_with(expected), "{text}: {}", told(&findings));
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = |n: usize| format!("{}{}", "<extension url='a'>".repeat(n), "</extension>".repeat(n));
    assert!(json(&patient(&deep(31))).is_ok());
    let converted = json(&patient(&deep(31))).unwrap();
    assert!(parse(converted.json, Limits::default()).is_ok());
    assert!(told(&json(&patient(&deep(32))).unwrap_err()).contains("fhir-depth"));
    assert!(told(&json(&patient(&deep(100_000))).unwrap_err()).contains("fhir-depth"));
    assert!(told(&json(&patient(&"<x>".repeat(100_000))).unwrap_err()).contains("fhir-xml-well-formed"));
    let div = format!("<text><div xmlns='http://www.w3.org/1999/xhtml'>{}", "<p>".repeat(100_000));
    assert!(told(&json(&patient(&div)).unwrap_err()).contains("fhir-depth"));
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    assert_eq!(to_json(&[b' '; 11], limits).unwrap_err()[0].rule, "fhir-xml-too-long");
}

#[test]
fn findings_about_the_json_are_placed_in_the_xml() {
    let x = patient("\n <gender value='æøå'/>\n <birthDate value='1970-13-01'/>\n <contact/>");
    let converted = json(&x).unwrap();
    let document = parse(converted.json.as_str(), Limits::default()).unwrap();
    let mut findings = crate::validate::structure(document.root());
    converted.relocate(x.as_bytes(), &mut findings);
    assert_eq!(
        told(&findings),
        "2:2 fhir-code-required Patient.gender; 3:2 fhir-format-date Patient.birthDate; 4:2 fhir-empty Patient.contact[0]"
    );
}

#[test]
fn json_that_xml_cannot_have_is_refused() {
    for (inside, expected) in [
        (r#""foo":1"#, "fhir-element-unknown Patient.foo"),
        (r#""active":"true""#, "fhir-json-kind Patient.active"),
        (r#""name":{}"#, "fhir-array-expected Patient.name"),
        (r#""active":[true]"#, "fhir-array-unexpected Patient.active"),
        (r#""gender":"\u0001""#, "fhir-xml-character Patient.gender"),
        (r#""name":[{"given":[null]}]"#, "fhir-null Patient.name[0].given[0]"),
        (r#""name":[]"#, "fhir-empty Patient.name"),
        (r#""name":[{"_id":{"id":"x"}}]"#, "fhir-xml-attribute Patient.name[0].id"),
        (r#""text":{"div":"<div>&nbsp;</div>"}"#, "fhir-xml-entity Patient.text.div"),
        (r#""text":{"div":"<div><p></div>"}"#, "fhir-xml-well-formed Patient.text.div"),
        (r#""text":{"div":"<p/>"}"#, "fhir-xhtml Patient.text.div"),
        (r#""text":{"div":"<div/><div/>"}"#, "fhir-xml-well-formed Patient.text.div"),
        (r#""text":{"div":"<div></div></Patient>"}"#, "fhir-xml-well-formed Patient.text.div"),
        (r#""text":{"div":"<!DOCTYPE a><div/>"}"#, "fhir-xml-doctype Patient.text.div"),
        (r#""contained":[{}]"#, "fhir-resource-type-missing Patient.contained[0]"),
    ] {
        let findings = xml(&format!(r#"{{"resourceType":"Patient",{inside}}}"#)).unwrap_err();
        assert!(told(&findings).contains(expected), "{inside}: {}", told(&findings));
    }
}

#[test]
fn a_div_without_namespace_gets_one() {
    let x = xml(r#"{"resourceType":"Patient","text":{"div":" <div class='a'>b</div> "}}"#).unwrap();
    assert!(
        x.contains("<text><div xmlns=\"http://www.w3.org/1999/xhtml\" class=\"a\">b</div></text>"),
        "{x}"
    );
}

#[test]
fn pretty_xml_says_the_same() {
    let j = r#"{"resourceType":"Patient","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"> a\n </div>"},"name":[{"given":["A","B"]}]}"#;
    let pretty = from_json(parse(j, Limits::default()).unwrap().root(), Layout::Pretty).unwrap();
    assert_eq!(
        pretty,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<Patient xmlns=\"http://hl7.org/fhir\">
  <text>
    <status value=\"empty\"/>
    <div xmlns=\"http://www.w3.org/1999/xhtml\"> a\n </div>
  </text>
  <name>
    <given value=\"A\"/>
    <given value=\"B\"/>
  </name>
</Patient>
"
    );
    assert_eq!(json(&pretty).unwrap().json, j);
}
