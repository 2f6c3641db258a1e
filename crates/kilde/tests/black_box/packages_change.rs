//! Packages that an administrator gives and takes away while the server runs.

use crate::client::Answer;
use crate::packages::{fixtures, folders, loaded};
use crate::server::Kilde;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// One entry of a tar archive, written byte by byte, so that it can be one that no honest program writes.
fn entry(name: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", content.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(157, link);
    put(257, "ustar\0");
    put(263, "00");
    header[156] = kind;
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

fn file(name: &str, content: &str) -> Vec<u8> {
    entry(name, b'0', "", content.as_bytes())
}

fn zipped(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for entry in entries {
        encoder.write_all(entry).expect("memory takes it");
    }
    encoder.write_all(&[0; 1024]).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn manifest(name: &str, version: &str) -> Vec<u8> {
    file(
        "package/package.json",
        &json!({"name": name, "version": version, "fhirVersions": ["4.0.1"]}).to_string(),
    )
}

/// Brings its snapshot, so that R4's own package is not needed.
fn profile(min: u32) -> String {
    json!({"resourceType": "StructureDefinition", "url": "http://kilde.example/p", "version": "1", "kind": "resource", "type": "Patient",
        "derivation": "constraint", "snapshot": {"element": [{"id": "Patient", "path": "Patient", "min": 0, "max": "*"},
        {"id": "Patient.name", "path": "Patient.name", "min": min, "max": "*", "type": [{"code": "HumanName"}]}]}})
    .to_string()
}

fn package(version: &str, min: u32) -> Vec<u8> {
    let parameter = json!({"resourceType": "SearchParameter", "url": "http://kilde.example/sp", "code": "x", "status": "active"});
    zipped(&[
        manifest("kilde.own", version),
        file("package/p.json", &profile(min)),
        file("package/sp.json", &parameter.to_string()),
    ])
}

fn put(kilde: &Kilde, who: &str, instance: &str, archive: &[u8]) -> Answer {
    kilde
        .who(who)
        .ask("PUT", &format!("/{instance}/admin/packages"))
        .bytes("application/gzip", archive)
        .send()
}

/// Whether a patient without name breaks the profile.
fn is_asked(kilde: &Kilde) -> String {
    let url = "/9901/fhir/r4/Patient/$validate?profile=http%3A%2F%2Fkilde.example%2Fp";
    let answer = kilde
        .who("epj-nordvik")
        .post(url, &json!({"resourceType": "Patient", "active": true}));
    let rules: Vec<Value> = answer.expect(200).json()["issue"].as_array().cloned().unwrap_or_default();
    let rule = |i: &Value| i["details"]["coding"][0]["code"].as_str().unwrap_or("").to_owned();
    let of_profiles = rules.iter().map(rule).find(|r| r.starts_with("profile-"));
    of_profiles.unwrap_or_else(|| "nothing".to_owned())
}

fn serve(place: &Path) -> Kilde {
    let kilde = Kilde::serve_instance(
        place,
        &folders(&fixtures("packages"), &fixtures("terminology")),
        "[[instance]]\nnumber = \"9902\"\nservices = [\"okt\"]\n",
    );
    loaded(&kilde);
    kilde
}

fn files(place: &Path) -> Vec<String> {
    let folder = place.join("data/instances/9901/packages");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|all| all.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    names.retain(|n| n != "incoming");
    names.sort();
    names
}

#[test]
fn a_package_is_used_at_once_survives_a_restart_and_goes_away() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = serve(place.path());
    assert_eq!(is_asked(&kilde), "profile-unknown");
    let told = put(&kilde, "drift", "9901", &package("1.0.0", 1)).expect(201).json();
    assert_eq!(
        (&told["name"], &told["version"], &told["resources"]),
        (&json!("kilde.own"), &json!("1.0.0"), &json!(2))
    );
    assert_eq!(told["findings"], json!([]));
    assert!(
        told["searchParameters"]["nb"]
            .as_str()
            .is_some_and(|t| t.contains("kan det ikke søkes med")),
        "{told}"
    );
    assert_eq!(is_asked(&kilde), "profile-min");
    assert_eq!(files(place.path()), ["kilde.own#1.0.0.tgz"]);
    let elsewhere = kilde.who("drift").get("/9902/admin/packages").expect(200).text();
    assert!(!elsewhere.contains("kilde.own"), "another municipality has nothing of it");
    let again = put(&kilde, "drift", "9901", &package("1.0.0", 0)).expect(200).json();
    assert_eq!(again["replaced"], true);
    assert_eq!(is_asked(&kilde), "nothing");
    kilde.kill();
    let kilde = serve(place.path());
    assert_eq!(is_asked(&kilde), "nothing");
    let gone = kilde
        .who("drift")
        .ask("DELETE", "/9901/admin/packages/kilde.own/1.0.0")
        .send()
        .expect(200)
        .json();
    assert_eq!(gone["removed"], true);
    assert_eq!(is_asked(&kilde), "profile-unknown");
    assert_eq!(files(place.path()), [""; 0]);
    kilde
        .who("drift")
        .ask("DELETE", "/9901/admin/packages/kilde.own/1.0.0")
        .send()
        .refused(404, "package-unknown");
}

#[test]
fn what_does_not_load_is_told_and_changes_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = serve(place.path());
    let good = package("1.0.0", 1);
    put(&kilde, "drift", "9901", &good).expect(201);
    let broken = zipped(&[manifest("kilde.own", "2.0.0"), file("package/p.json", "{\n \"resourceType\": ")]);
    let other_fhir = file(
        "package/package.json",
        r#"{"name":"kilde.own","version":"3.0.0","fhirVersions":["5.0.0"]}"#,
    );
    let outward = |name: &str| zipped(&[manifest(name, "1.0.0")]);
    for (archive, rule) in [
        (good[..good.len() / 2].to_vec(), "package-unreadable"),
        (b"no archive".to_vec(), "package-unreadable"),
        (Vec::new(), "package-unreadable"),
        (broken, "package-file"),
        (zipped(&[other_fhir]), "package-fhir-version"),
        (zipped(&[file("package/p.json", &profile(1))]), "package-manifest"),
        (outward("../../../etc/cron"), "package-name"),
        (outward("a/b"), "package-name"),
    ] {
        let answer = put(&kilde, "drift", "9901", &archive).expect(422);
        assert_eq!(answer.rule(), rule);
        assert!(!answer.text().contains(&*place.path().to_string_lossy()), "no path of ours is told");
    }
    let common = zipped(&[manifest("no.kilde.example", "1.0.0")]);
    put(&kilde, "drift", "9901", &common).refused(409, "package-common");
    let path = "/9901/admin/packages/no.kilde.example/1.0.0";
    kilde.who("drift").ask("DELETE", path).send().refused(409, "package-common");
    for path in ["..%2F..%2Flog/1.0.0", "kilde.own/..%2F..", "kilde.own/9"] {
        let path = format!("/9901/admin/packages/{path}");
        kilde.who("drift").ask("DELETE", &path).send().refused(404, "package-unknown");
    }
    assert_eq!(files(place.path()), ["kilde.own#1.0.0.tgz"]);
    assert_eq!(is_asked(&kilde), "profile-min");
}

#[test]
fn archives_lead_nowhere_and_grow_no_further_than_the_bounds() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = serve(place.path());
    let target = place.path().join("planted.json");
    std::fs::write(&target, profile(1)).expect("written");
    let outward = "package/../../../../../../../../../../tmp/kilde-planted.json";
    let sly = zipped(&[
        manifest("kilde.sly", "1.0.0"),
        file(outward, "{}"),
        file("/tmp/kilde-planted.json", "{}"),
        entry("package/link.json", b'2', &target.to_string_lossy(), b""),
        entry("package/hard.json", b'1', &target.to_string_lossy(), b""),
    ]);
    let told = put(&kilde, "drift", "9901", &sly).expect(201).json();
    assert_eq!(
        told["resources"], 0,
        "neither what leads out nor what a link leads to is read: {told}"
    );
    assert!(!Path::new("/tmp/kilde-planted.json").exists());
    // 1.1 GiB of spaces in a small archive: more than may come out of one.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&manifest("kilde.bomb", "1.0.0")).expect("memory takes it");
    let blank = entry("package/blank.txt", b'0', "", &vec![b' '; 50 << 20]);
    for _ in 0..22 {
        encoder.write_all(&blank).expect("memory takes it");
    }
    let bomb = encoder.finish().expect("memory takes it");
    let answer = put(&kilde, "drift", "9901", &bomb).expect(422);
    assert_eq!(answer.rule(), "package-too-large");
    assert_eq!(files(place.path()), ["kilde.sly#1.0.0.tgz"]);
}

#[test]
fn only_the_operator_changes_packages() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = serve(place.path());
    let archive = package("1.0.0", 1);
    for persona in [
        "personvernombud-nordvik",
        "lege-legevakt-nordvik",
        "epj-nordvik",
        "saksbehandler-nordvik",
    ] {
        put(&kilde, persona, "9901", &archive).expect(403).rule();
        let gone = kilde.who(persona).ask("DELETE", "/9901/admin/packages/kilde.own/1.0.0").send();
        gone.expect(403).rule();
    }
    // Another municipality's own people have no say here.
    put(&kilde, "sykepleier-dalfjord", "9901", &archive).expect(403).rule();
    let nobody = crate::client::Ask::new("PUT", &format!("{}/9901/admin/packages", kilde.url));
    assert_eq!(nobody.bytes("application/gzip", &archive).send().status, 401);
    assert_eq!(files(place.path()), [""; 0]);
    assert_eq!(is_asked(&kilde), "profile-unknown");
}

#[test]
fn more_is_told_on_request() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = serve(place.path());
    let mut marked: Value = serde_json::from_str(&profile(0)).expect("JSON");
    marked["snapshot"]["element"][1]["mustSupport"] = json!(true);
    put(
        &kilde,
        "drift",
        "9901",
        &zipped(&[manifest("kilde.own", "1.0.0"), file("package/p.json", &marked.to_string())]),
    )
    .expect(201);
    let told = |more: &str| {
        let url = format!("/9901/fhir/r4/Patient/$validate?profile=http%3A%2F%2Fkilde.example%2Fp{more}");
        kilde
            .who("epj-nordvik")
            .post(&url, &json!({"resourceType": "Patient", "active": true}))
    };
    assert!(!told("").expect(200).text().contains("profile-must-support"));
    let verbose = told("&verbose=true").expect(200);
    assert!(verbose.text().contains("profile-must-support"), "{}", verbose.start());
    told("&verbose=maybe").refused(400, "validate-parameter");
}
