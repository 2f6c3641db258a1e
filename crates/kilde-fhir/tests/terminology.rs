//! Code systems and value sets that others wrote: they load, and the operations agree with one
//! another on them. `-- --nocapture` prints what could not be expanded, and why.

mod support;

use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::terminology::*;
use std::collections::{BTreeMap, BTreeSet};

fn documents(texts: impl IntoIterator<Item = Vec<u8>>) -> Vec<Document> {
    texts.into_iter().filter_map(|t| parse(t, Limits::default()).ok()).collect()
}

fn load(documents: &[Document]) -> (Terminology, Vec<Finding>) {
    let mut builder = TerminologyBuilder::new();
    documents.iter().for_each(|d| _ = builder.resource(d.root()));
    builder.build()
}

fn all_of(system: &str) -> ValueSet {
    ValueSet {
        include: vec![Include {
            system: Some(system.to_owned()),
            ..Include::default()
        }],
        ..ValueSet::default()
    }
}

#[test]
fn volven() {
    let Some(folder) = support::data("norway/kodeverk") else { return };
    let documents = documents(support::files(&folder, ".json").iter().map(|f| support::read(f)));
    let (store, findings) = load(&documents);
    assert_eq!(findings, []);
    assert_eq!(store.code_systems().count(), 34);
    let (mut complete, mut concepts) = (0, 0);
    for document in documents
        .iter()
        .filter(|d| d.root().str("resourceType").as_deref() == Some("CodeSystem"))
    {
        let root = document.root();
        let url = root.str("url").unwrap();
        let system = store.code_system(&url).unwrap();
        let oid = root.path(&["identifier", "value"]).and_then(|v| v.as_str()).unwrap();
        assert_eq!(store.canonical_system(&oid), url);
        let expansion = store.expand(&ExpandRequest {
            value_set: Some(all_of(&oid)),
            ..ExpandRequest::default()
        });
        if system.info().content != Content::Complete {
            assert_eq!(
                expansion,
                Err(OperationError::Incomplete(vec![Missing::CodeSystem(url.to_string())]))
            );
            assert_eq!(store.has_code(&url, "1"), Answer::Unknown);
            continue;
        }
        complete += 1;
        let expected: Vec<String> = root.items("concept").map(|c| c.str("code").unwrap().into_owned()).collect();
        let expansion = expansion.unwrap();
        let found: Vec<&str> = expansion.contains.iter().map(|c| c.coding.code.as_str()).collect();
        assert_eq!(found, expected, "{url}");
        for concept in root.items("concept") {
            concepts += 1;
            let (code, display) = (concept.str("code").unwrap(), concept.str("display").unwrap());
            let mut coding = Coding::new(&oid, &code);
            let lookup = store.lookup(&LookupRequest {
                coding: coding.clone(),
                ..LookupRequest::default()
            });
            assert_eq!(lookup.unwrap().display, display);
            coding.display = Some(display.to_uppercase());
            let mut request = ValidateCodeRequest {
                codings: vec![coding],
                ..ValidateCodeRequest::default()
            };
            assert!(store.validate_code(&request).unwrap().result, "{url} {code}");
            request.codings[0].display = Some(format!("{display} eller noe annet"));
            let wrong = store.validate_code(&request).unwrap();
            assert_eq!(
                (wrong.result, wrong.member, wrong.findings[0].rule),
                (false, Answer::Yes, "terminology-display-wrong")
            );
            request.codings[0].code = format!("{code}_");
            assert_eq!(store.validate_code(&request).unwrap().member, Answer::No);
        }
    }
    assert_eq!((complete, concepts), (21, 256));
    let naming = store.naming_system("urn:oid:2.16.578.1.12.4.1.2").unwrap();
    assert_eq!(naming.ids, ["urn:oid:2.16.578.1.12.4.1.2", "http://hl7.no/fhir/NamingSystem/HERid"]);
}

/// Value sets that name a code system by an older url.
#[test]
fn other_names_of_code_systems() {
    let Some(documents) = packages() else { return };
    let mut builder = TerminologyBuilder::new();
    documents.iter().for_each(|d| _ = builder.resource(d.root()));
    let number = "CodeSystem/no-kodeverk-9603";
    builder.alias(
        &format!("http://ehelse.no/fhir/{number}"),
        &format!("http://helsedir.no/fhir/{number}"),
    );
    let (store, _) = builder.build();
    let expansion = store.expand(&ExpandRequest {
        url: Some("http://nhn.no/fhir/nilar/ValueSet/document-restriction-vs".to_owned()),
        ..ExpandRequest::default()
    });
    assert_eq!(expansion.unwrap().total, 14);
}

fn packages() -> Option<Vec<Document>> {
    let folder = support::data("packages")?;
    // R5: another model of value sets.
    let files = support::files(&folder, ".tgz")
        .into_iter()
        .filter(|f| !f.to_string_lossy().contains("Parek"));
    let texts = files.flat_map(|f| support::package(&f)).map(|(_, text)| text);
    Some(documents(texts))
}

#[test]
fn value_sets_of_packages() {
    let Some(documents) = packages() else { return };
    let (store, findings) = load(&documents);
    findings.iter().for_each(|f| println!("{}: {}", f.rule, f.en));
    assert!(findings.iter().all(|f| f.severity < kilde_fhir::finding::Severity::Error));
    let (mut expanded, mut codes) = (0, 0);
    let mut named: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for set in store.value_sets() {
        let request = ExpandRequest {
            url: Some(set.url.clone()),
            ..ExpandRequest::default()
        };
        match store.expand(&request) {
            Ok(expansion) => {
                expanded += 1;
                codes += expansion.total;
                for found in &expansion.contains {
                    let coding = &found.coding;
                    assert_eq!(
                        store.in_value_set(&set.url, coding.system.as_deref(), &coding.code),
                        Answer::Yes,
                        "{} {coding:?}",
                        set.url
                    );
                }
                assert_eq!(store.in_value_set(&set.url, None, "not a code of any"), Answer::No, "{}", set.url);
            }
            Err(OperationError::Incomplete(missing)) => {
                for one in missing {
                    // Each reason is true.
                    match &one {
                        Missing::CodeSystem(url) => assert!(store.code_system(url).is_none_or(|s| !s.is_complete()), "{url}"),
                        Missing::ValueSet(url) => assert!(store.value_set(url).is_none(), "{url}"),
                        Missing::Code(system, code) => assert!(!store.code_system(system).unwrap().contains(code)),
                        Missing::Circle(_) | Missing::System | Missing::Filter(..) | Missing::Expression(_) => {}
                    }
                    named.entry(one.to_string()).or_default().insert(&set.url);
                }
            }
            Err(OperationError::Endless(url)) => _ = named.entry(format!("endless: {url}")).or_default().insert(&set.url),
            Err(error) => panic!("{}: {error}", set.url),
        }
    }
    let all = store.value_sets().count();
    for (reason, sets) in &named {
        println!("{:>4} {reason} {}", sets.len(), sets.iter().next().unwrap_or(&""));
    }
    println!(
        "{expanded} of {all} value sets expand, with {codes} codes; {} code systems, {} bytes",
        store.code_systems().count(),
        store.memory()
    );
    assert!(expanded >= 1150 && codes > 20_000, "{expanded} {codes}");
}

/// The table of required bindings was made in another way.
#[test]
fn required_bindings_have_the_same_codes() {
    let Some(documents) = packages() else { return };
    let (store, _) = load(&documents);
    let table = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tables/required-codes.tsv")).unwrap();
    let mut expected: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        expected
            .entry(cells[0])
            .or_default()
            .extend(cells[2].split('|').map(|code| (cells[1], code)));
    }
    for (name, codes) in &expected {
        // The table has the ends of urls.
        let end = format!("/{name}");
        let set = store.value_sets().find(|s| s.url.ends_with(&end)).unwrap();
        let request = ExpandRequest {
            url: Some(set.url.clone()),
            ..ExpandRequest::default()
        };
        let expansion = store.expand(&request).unwrap_or_else(|e| panic!("{name}: {e}"));
        let code = |c: &Contains| (c.coding.system.clone().unwrap_or_default(), c.coding.code.clone());
        let found: Vec<(String, String)> = expansion.contains.iter().map(code).collect();
        let found: BTreeSet<(&str, &str)> = found.iter().map(|(s, c)| (s.as_str(), c.as_str())).collect();
        assert_eq!(&found, codes, "{name}");
    }
    let compared = expected.len();
    println!("{compared} value sets of required bindings compared");
    assert!(compared > 100);
}

#[test]
fn expansions_that_came_with_the_value_set() {
    let Some(documents) = packages() else { return };
    let (store, _) = load(&documents);
    let mut compared = 0;
    for root in documents
        .iter()
        .map(|d| d.root())
        .filter(|r| r.get("expansion").is_some() && r.get("compose").is_some())
    {
        let url = root.str("url").unwrap();
        let mut expected = BTreeSet::new();
        for contains in root.path(&["expansion"]).unwrap().items("contains") {
            expected.extend(contains.str("code").map(|c| c.into_owned()));
            expected.extend(contains.items("contains").filter_map(|c| c.str("code")).map(|c| c.into_owned()));
        }
        let request = ExpandRequest {
            url: Some(url.to_string()),
            ..ExpandRequest::default()
        };
        match store.expand(&request) {
            Ok(expansion) => {
                let found: BTreeSet<String> = expansion.contains.iter().map(|c| c.coding.code.clone()).collect();
                println!("{url}: {} codes, {} in what came with it", found.len(), expected.len());
                compared += usize::from(found == expected);
            }
            Err(error) => println!("{url}: {error}"),
        }
    }
    println!("{compared} equal");
}

#[test]
fn concept_maps_of_packages() {
    let Some(documents) = packages() else { return };
    let (store, _) = load(&documents);
    let mut links = 0;
    for root in documents
        .iter()
        .map(|d| d.root())
        .filter(|r| r.str("resourceType").as_deref() == Some("ConceptMap"))
    {
        let Some(url) = root.str("url").map(|u| u.into_owned()) else {
            continue;
        };
        for group in root.items("group") {
            let (Some(source), Some(target)) = (group.str("source"), group.str("target")) else {
                continue;
            };
            for element in group.items("element") {
                let Some(code) = element.str("code") else { continue };
                for there in element.items("target").filter_map(|t| t.str("code")) {
                    let mut request = TranslateRequest {
                        url: Some(url.clone()),
                        codings: vec![Coding::new(&source, &code)],
                        target_system: Some(target.to_string()),
                        ..TranslateRequest::default()
                    };
                    let has = |r: &TranslateRequest, code: &str| {
                        store
                            .translate(r)
                            .unwrap()
                            .matches
                            .iter()
                            .any(|m| m.concept.as_ref().is_some_and(|c| c.code == code))
                    };
                    assert!(has(&request, &there), "{url} {code}");
                    request.codings = vec![Coding::new(&target, &there)];
                    request.target_system = Some(source.to_string());
                    request.reverse = true;
                    assert!(has(&request, &code), "{url} {there}");
                    links += 1;
                }
            }
        }
    }
    println!("{links} links of concept maps, both ways");
    assert!(links > 250);
}
