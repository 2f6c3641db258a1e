use crate::terminology::*;
use proptest::prelude::*;

fn load(format: &TableFormat, bytes: &[u8]) -> (Terminology, Vec<&'static str>) {
    let mut builder = TerminologyBuilder::new();
    builder.table(format, "table", bytes).unwrap();
    let (store, findings) = builder.build();
    (store, findings.iter().map(|f| f.rule).collect())
}

fn display(store: &Terminology, system: &str, code: &str) -> Option<String> {
    let request = LookupRequest {
        coding: Coding::new(system, code),
        ..LookupRequest::default()
    };
    store.lookup(&request).ok().map(|l| l.display)
}

#[test]
fn codes_with_parents_by_their_beginning() {
    let format = TableFormat::icd10_no();
    let url = format.info.url.clone();
    let (store, rules) = load(
        &format,
        "Q\tAlt mulig\nQ00\tVond tå\nQ00.1\tVond lilletå\nQ000\tNoe annet\n\tuten kode\n".as_bytes(),
    );
    assert_eq!(rules, ["terminology-table-line"]);
    assert_eq!(display(&store, &url, "Q00.1").as_deref(), Some("Vond lilletå"));
    assert_eq!(store.is_a(&url, "Q00.1", "Q00"), Answer::Yes);
    assert_eq!(store.is_a(&url, "Q00.1", "Q"), Answer::Yes);
    assert_eq!(store.is_a(&url, "Q00", "Q00.1"), Answer::No);
}

#[test]
fn named_columns_quotes_and_latin_1() {
    let mut format = TableFormat::plain("urn:t");
    format.header = true;
    "Kode".clone_into(&mut format.code);
    "Tekst".clone_into(&mut format.display);
    format.parent = ParentFrom::Column("Over".to_owned());
    let text =
        b"Tekst;Kode;Over\r\n\"Hoste; t\xf8rr\";R05;R\r\n\"Sier \"\"au\"\"\nto linjer\";A01;\r\nSymptomer;R;\r\nForeldrel\xf8s;X;Y\r\n";
    let (store, rules) = load(&format, text);
    assert_eq!(rules, ["terminology-table-line"]);
    assert_eq!(display(&store, "urn:t", "R05").as_deref(), Some("Hoste; tørr"));
    assert_eq!(display(&store, "urn:t", "A01").as_deref(), Some("Sier \"au\"\nto linjer"));
    assert_eq!(store.is_a("urn:t", "R05", "R"), Answer::Yes);
    "Finnes ikke".clone_into(&mut format.code);
    assert_eq!(load(&format, text).1, ["terminology-table-columns"]);
}

#[test]
fn loinc() {
    let mut files = Loinc::new(Some("2.99"));
    let main = "\"LOINC_NUM\",\"COMPONENT\",\"SCALE_TYP\",\"CLASS\",\"STATUS\",\"SHORTNAME\",\"LONG_COMMON_NAME\"\n\
        \"90001-1\",\"Mood\",\"Qn\",\"MADEUP\",\"ACTIVE\",\"Mood SerPl\",\"Mood, measured\"\n\
        \"90002-9\",\"Mood\",\"Doc\",\"MADEUP\",\"DEPRECATED\",\"\",\"Mood note\"\n";
    let tree = "PATH_TO_ROOT,SEQUENCE,IMMEDIATE_PARENT,CODE,CODE_TEXT\n,1,,LP90000-1,Feelings\nLP90000-1,1,LP90000-1,90001-1,Mood\n";
    let norwegian = "LOINC_NUM,LONG_COMMON_NAME\n90001-1,\"Humør, målt\"\n";
    assert!(files.file("tree", None, tree.as_bytes()).unwrap());
    assert!(files.file("Loinc.csv", None, main.as_bytes()).unwrap());
    assert!(files.file("nb", Some("nb"), norwegian.as_bytes()).unwrap());
    assert!(!files.file("other", None, "a,b\n".as_bytes()).unwrap());
    let mut builder = TerminologyBuilder::new();
    builder.loinc(files);
    let (store, findings) = builder.build();
    assert_eq!(findings, []);
    assert_eq!(display(&store, LOINC, "90001-1").as_deref(), Some("Mood, measured"));
    let set = |property: &str, value: &str| {
        let set = format!(
            r#"{{"resourceType":"ValueSet","compose":{{"include":[{{"system":"{LOINC}","filter":[{{"property":"{property}","op":"=","value":"{value}"}}]}}]}}}}"#
        );
        crate::terminology::tests::codes(&store, &set).unwrap()
    };
    assert_eq!(set("SCALE_TYP", "Doc"), ["90002-9"]);
    assert_eq!(set("STATUS", "ACTIVE"), ["90001-1"]);
    assert_eq!(set("parent", "LP90000-1"), ["90001-1"]);
    assert_eq!(
        store.in_value_set("http://loinc.org/vs/LP90000-1", Some(LOINC), "90001-1"),
        Answer::Yes
    );
    assert_eq!(store.in_value_set("http://loinc.org/vs", Some(LOINC), "90002-9"), Answer::Yes);
    let request = LookupRequest {
        coding: Coding::new(LOINC, "90001-1"),
        display_language: Some("nb".to_owned()),
        properties: Vec::new(),
    };
    assert_eq!(store.lookup(&request).unwrap().display, "Humør, målt");
}

proptest! {
    #[test]
    fn no_table_panics(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\";,\t\nAB1.".to_vec())], 0..400), header in any::<bool>(), parent in 0..3) {
        let mut format = TableFormat::plain("urn:t");
        format.header = header;
        format.parent = [ParentFrom::Nowhere, ParentFrom::Prefix, ParentFrom::Column("3".to_owned())][parent as usize].clone();
        load(&format, &bytes);
        let mut loinc = Loinc::new(None);
        let _ = loinc.file("any", None, bytes.as_slice());
        let named = [b"LOINC_NUM,STATUS,LONG_COMMON_NAME\n".as_slice(), &bytes].concat();
        let _ = loinc.file("named", Some("nb"), named.as_slice());
    }
}
