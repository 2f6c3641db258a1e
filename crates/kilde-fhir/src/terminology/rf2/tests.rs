use crate::terminology::tests::{description_id, sctid};
use crate::terminology::*;
use proptest::prelude::*;

const CONCEPTS: &str = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n";
const DESCRIPTIONS: &str = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n";
const LANGUAGE: &str = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\n";

fn load() -> (Terminology, Vec<crate::finding::Finding>) {
    let concept = |c: u32, active: u8| format!("{}\t20990101\t{active}\t900000000000207008\t900000000000073002\n", sctid(c));
    let description = |d: u32, c: u32, language: &str, kind: &str, term: &str| {
        format!(
            "{}\t20990101\t1\t1\t{}\t{language}\t{kind}\t{term}\t1\n",
            description_id(d),
            sctid(c)
        )
    };
    let accept = |refset: &str, d: u32, preferred: bool| {
        let how = if preferred { "900000000000548007" } else { "900000000000549004" };
        format!("x\t20990101\t1\t1\t{refset}\t{}\t{how}\n", description_id(d))
    };
    let concepts = format!("{CONCEPTS}{}{}not an id\t1\t1\t1\t1\n", concept(1, 1), concept(2, 0));
    let (fully, synonym) = ("900000000000003001", "900000000000013009");
    let descriptions = [
        DESCRIPTIONS.to_owned(),
        description(1, 1, "en", fully, "Broken thing (finding)"),
        description(2, 1, "en", synonym, "Broken thing"),
        description(3, 1, "nb", synonym, "Ødelagt ting"),
        description(4, 1, "nn", synonym, "Øydelagd ting"),
        description(5, 1, "nb", synonym, "Ting som er i stykker"),
        description(6, 2, "en", synonym, "Old thing"),
        description(7, 77, "en", synonym, "Of no concept"),
    ]
    .concat();
    let language = [
        LANGUAGE.to_owned(),
        accept("900000000000509007", 2, true),
        accept("900000000000508004", 2, true),
        accept("61000202103", 3, true),
        accept("61000202103", 5, false),
        accept("91000202106", 4, true),
    ]
    .concat();
    let mut files = Rf2::new(None);
    assert_eq!(files.file("language", language.as_bytes()).unwrap(), FileKind::LanguageRefset);
    assert_eq!(files.file("descriptions", descriptions.as_bytes()).unwrap(), FileKind::Descriptions);
    assert_eq!(files.file("concepts", concepts.as_bytes()).unwrap(), FileKind::Concepts);
    assert_eq!(files.file("other", "a\tb\n1\t2\n".as_bytes()).unwrap(), FileKind::Other);
    assert_eq!(files.file("empty", "".as_bytes()).unwrap(), FileKind::Other);
    let mut builder = TerminologyBuilder::new();
    builder.snomed(files);
    builder.build()
}

#[test]
fn terms_by_language() {
    let (store, findings) = load();
    let rules: Vec<&str> = findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, ["terminology-rf2-line", "terminology-rf2-unknown-concept"]);
    let lookup = |c: u32, language: &str| {
        let request = LookupRequest {
            coding: Coding::new(SNOMED, &sctid(c)),
            display_language: Some(language.to_owned()).filter(|l| !l.is_empty()),
            properties: Vec::new(),
        };
        store.lookup(&request).unwrap()
    };
    for (language, term) in [
        ("", "Ødelagt ting"),
        ("nb-NO", "Ødelagt ting"),
        ("nn", "Øydelagd ting"),
        ("en", "Broken thing"),
        ("de", "Ødelagt ting"),
    ] {
        assert_eq!(lookup(1, language).display, term, "{language}");
    }
    assert_eq!(lookup(2, "nb").display, "Old thing");
    assert!(
        lookup(2, "")
            .properties
            .iter()
            .any(|p| p.code == "inactive" && p.value == PropertyValue::Boolean(true))
    );
    assert!(
        lookup(1, "")
            .properties
            .iter()
            .any(|p| p.code == "sufficientlyDefined" && p.value == PropertyValue::Boolean(true))
    );
    assert_eq!(lookup(1, "").designations.len(), 5);
}

proptest! {
    #[test]
    fn no_file_panics(header in prop::sample::select(vec![CONCEPTS, DESCRIPTIONS, LANGUAGE, "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId\n", ""]), body in prop::collection::vec(any::<u8>(), 0..300), cells in "((138875005|1|0|x|754786011)\t){0,12}\n") {
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend(cells.as_bytes());
        bytes.extend(body);
        let mut files = Rf2::new(None);
        let _ = files.file("any", bytes.as_slice());
        let mut builder = TerminologyBuilder::new();
        builder.snomed(files);
        let _ = builder.build();
    }
}
