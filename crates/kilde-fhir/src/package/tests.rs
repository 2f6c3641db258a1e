use super::*;
use crate::finding::Finding;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::io::Write;

/// A package archive with those files.
pub(crate) fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        // Set by hand: the builder refuses names that lead out of the archive.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, content.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn manifest(name: &str, version: &str, dependencies: &str) -> String {
    format!(r#"{{"name":"{name}","version":"{version}","fhirVersions":["4.0.1"],"dependencies":{{{dependencies}}}}}"#)
}

fn value_set(url: &str, version: &str) -> String {
    format!(r#"{{"resourceType":"ValueSet","url":"{url}","version":"{version}"}}"#)
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|f| f.rule).collect()
}

#[test]
fn a_package_is_found_by_url_and_version() {
    let mut packages = Packages::default();
    let old = manifest("a", "1.2.0", "");
    let new = manifest("a", "1.10.0", "");
    let user = manifest("b", "1.0.0", r#""a":"1.2.0","missing":"1.0.0""#);
    for (name, text, version) in [("a1", &old, "1.2.0"), ("a2", &new, "1.10.0")] {
        let archive = tgz(&[
            ("package/package.json", text.as_str()),
            ("package/v.json", &value_set("http://x/v", version)),
        ]);
        assert_eq!(packages.add_archive(name, &archive), []);
    }
    packages.add_archive("b", &tgz(&[("package/package.json", user.as_str())]));
    let findings = packages.link();
    assert_eq!(rules(&findings), ["package-dependency"]);
    assert!(findings[0].en.contains("missing 1.0.0"));
    let version = |canonical: &str, from: Option<PackageId>| {
        packages
            .resolve("ValueSet", canonical, from)
            .map(|id| packages.resource(id).version().to_owned())
    };
    assert_eq!(version("http://x/v", None).as_deref(), Some("1.10.0"), "the highest");
    assert_eq!(version("http://x/v|1.2", None).as_deref(), Some("1.2.0"));
    assert_eq!(version("http://x/v|2.0", None), None);
    let b = packages.find_package("b", None);
    assert_eq!(version("http://x/v", b).as_deref(), Some("1.2.0"), "what the package depends on");
    assert_eq!(packages.resolve("CodeSystem", "http://x/v", None), None);
    assert_eq!(packages.versions("http://x/v").len(), 2);
}

#[test]
fn a_bad_file_is_named_and_the_rest_goes_on() {
    let mut packages = Packages::default();
    let manifest = manifest("a", "1.0.0", "");
    let findings = packages.add_archive(
        "a.tgz",
        &tgz(&[
            ("package/package.json", manifest.as_str()),
            ("package/bad.json", "{\"resourceType\":\n\"ValueSet\",}"),
            ("package/good.json", &value_set("http://x/v", "1")),
            ("package/note.txt", "not looked at"),
            ("package/example/e.json", &value_set("http://x/e", "1")),
        ]),
    );
    assert_eq!(rules(&findings), ["package-file"]);
    assert!(
        findings[0].en.contains("package/bad.json in a.tgz") && findings[0].en.contains("2:12"),
        "{}",
        findings[0].en
    );
    assert!(packages.resolve("ValueSet", "http://x/v", None).is_some());
    assert!(
        packages.resolve("ValueSet", "http://x/e", None).is_none(),
        "examples are no definitions"
    );
    assert_eq!(packages.len(), 2);
    assert_eq!(packages.resources().filter(|(_, r)| r.is_example()).count(), 1);
}

#[test]
fn what_is_no_package_is_refused() {
    let mut packages = Packages::default();
    assert_eq!(
        rules(&packages.add_archive("x", b"no archive")),
        ["package-unreadable", "package-manifest"]
    );
    assert_eq!(
        rules(&packages.add_archive("x", &tgz(&[("package/a.json", "{}")]))),
        ["package-manifest"]
    );
    let r5 = r#"{"name":"r5","version":"1","fhirVersions":["5.0.0"]}"#;
    assert_eq!(
        rules(&packages.add_archive("x", &tgz(&[("package/package.json", r5)]))),
        ["package-fhir-version"]
    );
    let good = tgz(&[("package/package.json", &manifest("a", "1", ""))]);
    assert_eq!(packages.add_archive("x", &good), []);
    assert_eq!(rules(&packages.add_archive("y", &good)), ["package-twice"]);
    assert!(packages.is_empty());
    let (none, findings) = Packages::load(std::path::Path::new("/there/is/no/such/folder"));
    assert!(none.is_empty());
    assert_eq!(rules(&findings), ["package-folder"]);
}

#[test]
fn what_unpacks_to_too_much_is_stopped() {
    let bounds = Bounds {
        archive: 1 << 20,
        file: 1 << 16,
        unpacked: 1 << 18,
        files: 10,
        packages: 1,
    };
    let big = format!("\"{}\"", " ".repeat(1 << 17));
    let manifest = manifest("a", "1", "");
    let head = ("package/package.json", manifest.as_str());
    let mut packages = Packages::with_bounds(bounds);
    let found = packages.add_archive(
        "x",
        &tgz(&[head, ("package/long.json", &big), ("package/v.json", &value_set("http://x", "1"))]),
    );
    assert_eq!(rules(&found), ["package-file"], "one file is too long");
    assert_eq!(packages.len(), 1);
    let found = Packages::with_bounds(bounds).add_archive(
        "x",
        &tgz(&[head, ("package/1.json", &big), ("package/2.json", &big), ("package/3.json", "{}")]),
    );
    assert!(rules(&found).contains(&"package-too-large"), "all together are too long");
    let many: Vec<(String, &str)> = (0..20).map(|i| (format!("package/{i}.json"), "{}")).collect();
    let many: Vec<(&str, &str)> = std::iter::once(head).chain(many.iter().map(|(n, c)| (n.as_str(), *c))).collect();
    assert_eq!(
        rules(&Packages::with_bounds(bounds).add_archive("x", &tgz(&many))),
        ["package-too-large"]
    );
    assert_eq!(rules(&packages.add_archive("y", &vec![0; 2 << 20])), ["package-too-large"]);
    assert_eq!(
        rules(&packages.add_archive("y", &tgz(&[("package/package.json", &manifest.replace("\"a\"", "\"b\""))]))),
        ["package-too-many"]
    );
}

#[test]
fn names_that_lead_out_are_passed_over() {
    let mut packages = Packages::default();
    let manifest = manifest("a", "1", "");
    let set = value_set("http://x", "1");
    let found = packages.add_archive(
        "x",
        &tgz(&[
            ("package/package.json", manifest.as_str()),
            ("package/../../a.json", &set),
            ("/etc/b.json", &set),
            ("../c.json", &set),
        ]),
    );
    assert_eq!(found, []);
    assert!(packages.is_empty());
}

#[test]
fn loose_resources_and_copies() {
    let mut packages = Packages::default();
    assert_eq!(packages.add_resource("a.json", value_set("http://x/a", "1")), []);
    let before = packages.clone();
    assert_eq!(packages.add_resource("b.json", value_set("http://x/b", "1")), []);
    assert_eq!(rules(&packages.add_resource("c.json", "{")), ["package-file"]);
    assert_eq!((before.len(), packages.len(), packages.packages().count()), (1, 2, 1));
}

#[test]
fn canonicals_and_versions() {
    assert_eq!(
        Canonical::new("http://x|1.0#a"),
        Canonical {
            url: "http://x",
            version: Some("1.0"),
            fragment: Some("a")
        }
    );
    let mut versions = ["2.0.0", "1.10.0", "1.9.0", "1.10.0-beta", "1.10.0-alpha", "1.x", ""].map(Version);
    versions.sort();
    assert_eq!(
        versions.map(|v| v.0),
        ["", "1.9.0", "1.10.0-alpha", "1.10.0-beta", "1.10.0", "1.x", "2.0.0"]
    );
    assert!(Version("4.0.1").satisfies("4.0") && Version("2.2.2").satisfies("2.2.x") && !Version("4.01").satisfies("4.0"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), packed in any::<bool>()) {
        let bytes = if packed {
            let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
            gz.write_all(&bytes).unwrap();
            gz.finish().unwrap()
        } else {
            bytes
        };
        prop_assert!(!Packages::default().add_archive("x", &bytes).is_empty());
    }

    #[test]
    fn a_damaged_archive_is_read_without_panic(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let manifest = manifest("a", "1", "");
        let mut bytes = tgz(&[("package/package.json", manifest.as_str()), ("package/v.json", &value_set("http://x", "1"))]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        Packages::default().add_archive("x", &bytes);
    }

    #[test]
    fn versions_are_totally_ordered(a in "[0-9a-z.-]{0,8}", b in "[0-9a-z.-]{0,8}", c in "[0-9a-z.-]{0,8}") {
        let (a, b, c) = (Version(&a), Version(&b), Version(&c));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn any_canonical(text in ".{0,40}") {
        let c = Canonical::new(&text);
        prop_assert!(text.starts_with(c.url));
    }
}
