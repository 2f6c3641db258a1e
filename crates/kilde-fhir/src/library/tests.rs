use super::files::{Kind, kind};
use super::*;
use crate::json::{Limits, parse};
use std::fs;
use std::path::Path;

const CODES: &str = r#"{"resourceType":"CodeSystem","url":"http://example.org/colours","status":"active","content":"complete","caseSensitive":true,
 "concept":[{"code":"red","display":"rød","concept":[{"code":"pink","display":"rosa"}]},{"code":"blue","display":"blå"}]}"#;
const SET: &str = r#"<ValueSet xmlns="http://hl7.org/fhir"><url value="http://example.org/reds"/><status value="active"/><compose><include>
 <system value="http://example.org/colours"/><filter><property value="concept"/><op value="is-a"/><value value="red"/></filter></include></compose></ValueSet>"#;

/// A folder that goes with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kilde-library-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn with(self, name: &str, text: &str) -> Folder {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn rules(library: &Library) -> Vec<(String, &'static str)> {
    library.report().all_findings().map(|(file, f)| (file.to_owned(), f.rule)).collect()
}

#[test]
fn unpacked_packages_are_loaded_and_what_is_broken_is_named() {
    let profile = r#"{"resourceType":"StructureDefinition","url":"http://example.org/p","version":"1","kind":"resource","type":"Patient"}"#;
    let folder = Folder::new("packages")
        .with("own/package.json", r#"{"name":"own","version":"1.0.0","fhirVersions":["4.0.1"]}"#)
        .with("own/p.json", profile)
        .with("own/broken.json", "{\n \"resourceType\": ")
        .with(
            "unpacked/package/package.json",
            r#"{"name":"other","version":"2.0.0","dependencies":{"own":"1.0.0","absent":"1"}}"#,
        )
        .with("unpacked/package/cs.json", CODES)
        .with("notes/readme.md", "nothing")
        .with("half.tgz", "no archive");
    let library = Library::load(&Sources {
        packages: Some(folder.0.clone()),
        own: vec![(
            "ours.json",
            r#"{"resourceType":"StructureDefinition","url":"http://example.org/ours"}"#,
        )],
        ..Sources::default()
    });
    assert_eq!(
        rules(&library),
        [
            ("half.tgz".to_owned(), "package-unreadable"),
            ("half.tgz".to_owned(), "package-manifest"),
            ("own".to_owned(), "package-file"),
            (String::new(), "package-dependency"),
        ]
    );
    let named = &library.report().packages[1];
    assert_eq!(named.loaded, Some(("own".to_owned(), "1.0.0".to_owned(), 1)));
    assert!(
        named.findings[0].en.contains("broken.json") && named.findings[0].en.contains("2:"),
        "{}",
        named.findings[0].en
    );
    for url in ["http://example.org/ours", "http://example.org/p|1", "http://example.org/colours"] {
        assert!(!library.packages().versions(url.split('|').next().unwrap()).is_empty(), "{url}");
    }
    assert!(library.terminology().code_system("http://example.org/colours").is_some());
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let library = Library::load(&Sources {
        packages: Some("/nowhere/at/all".into()),
        terminology: TerminologySources {
            folder: Some("/nowhere/either".into()),
            ..TerminologySources::default()
        },
        ..Sources::default()
    });
    let told: Vec<&str> = library.report().all_findings().map(|(_, f)| f.rule).collect();
    assert_eq!(told, ["package-folder", "terminology-folder"]);
}

#[test]
fn terminology_of_every_form_is_read_by_name() {
    let folder = Folder::new("terminology")
        .with("own/colours.json", CODES)
        .with("reds.xml", SET)
        .with("icd10-2026.csv", "A00;Kolera\nA00.0;Klassisk kolera\n")
        .with("shoes.csv", "nr,navn\n1,sko\n2,støvel\n")
        .with("strange.csv", "x")
        .with("patient.json", r#"{"resourceType":"Patient"}"#)
        .with("broken.json", "{")
        .with("wrong.xml", "<ValueSet/>")
        .with("Loinc.zip", "PK")
        .with("readme.md", "nothing is said of this")
        .with(
            "Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt",
            "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n138875005\t20250101\t1\t900000000000207008\t900000000000074008\n",
        )
        .with("Full/sct2_Concept_Full_INT_20250101.txt", "not read");
    let mut shoes = TableFormat::plain("http://example.org/shoes");
    shoes.header = true;
    (shoes.code, shoes.display) = ("nr".to_owned(), "navn".to_owned());
    let library = Library::load(&Sources {
        terminology: TerminologySources {
            folder: Some(folder.0.clone()),
            snomed_version: Some("http://snomed.info/sct/51000202101/version/20250415".to_owned()),
            aliases: vec![("urn:oid:1.2.3".to_owned(), "http://example.org/colours".to_owned())],
            tables: vec![
                ("shoes.csv".to_owned(), shoes),
                ("absent.csv".to_owned(), TableFormat::plain("http://example.org/absent")),
            ],
            ..TerminologySources::default()
        },
        ..Sources::default()
    });
    let t = library.terminology();
    for (system, code) in [
        ("urn:oid:1.2.3", "pink"),
        ("http://hl7.org/fhir/sid/icd-10-no", "A00.0"),
        ("http://example.org/shoes", "2"),
        ("http://snomed.info/sct", "138875005"),
    ] {
        assert_eq!(t.has_code(system, code), crate::terminology::Answer::Yes, "{system} {code}");
    }
    let pink = t.in_value_set("http://example.org/reds", Some("http://example.org/colours"), "pink");
    assert_eq!(pink, crate::terminology::Answer::Yes);
    let told: Vec<(String, &str)> = rules(&library);
    let of = |file: &str| told.iter().filter(|(f, _)| f == file).map(|(_, r)| *r).collect::<Vec<_>>();
    assert_eq!(of("strange.csv"), ["terminology-file-unknown"]);
    assert_eq!(of("patient.json"), ["terminology-file-unknown"]);
    assert_eq!(of("Loinc.zip"), ["terminology-file-unknown"]);
    assert_eq!(of("broken.json"), ["terminology-file"]);
    assert!(!of("wrong.xml").is_empty());
    assert_eq!(of(""), ["terminology-file"], "the table that is not there");
    assert!(
        library
            .report()
            .files
            .iter()
            .all(|f| f.file != "readme.md" && !f.file.contains("Full"))
    );
}

#[test]
fn names_tell_what_a_file_is() {
    assert_eq!(
        kind("Release/Snapshot/Refset/der2_cRefset_LanguageSnapshot-no_NO_20250415.txt", &[]),
        Kind::Snomed
    );
    assert_eq!(kind("der2_cRefset_LanguageDelta-no_NO_20250415.txt", &[]), Kind::Other);
    assert_eq!(kind("LoincTable/Loinc.csv", &[]), Kind::Loinc(None));
    assert_eq!(kind("noNO99LinguisticVariant.csv", &[]), Kind::Loinc(Some("no".to_owned())));
    assert!(matches!(kind("ICPC-2.txt", &[]), Kind::Table(format) if format.info.url.starts_with("urn:oid")));
    assert_eq!(
        (kind("å.txt", &[]), kind("x", &[]), kind("", &[])),
        (Kind::Unknown, Kind::Other, Kind::Other)
    );
}

#[test]
fn an_empty_library_still_validates_structure() {
    let library = Library::default();
    let document = parse(r#"{"resourceType":"Patient","active":"yes"}"#, Limits::default()).unwrap();
    assert!(library.validator().validate(document.root(), &[]).iter().any(Finding::is_error));
    assert!(!library.has_profile("http://example.org/p"));
    let shelf = Shelf::default();
    assert!(shelf.get().is_none());
    shelf.put(library);
    assert!(shelf.clone().get().is_some());
}
