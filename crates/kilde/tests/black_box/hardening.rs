//! What the hardening guide promises of the program, seen from outside.

use crate::client::Ask;
use crate::server::shared;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn kilde(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// A server's configuration in a folder, with a policy of this world.
fn configuration(place: &Path, world: &str, more: &str) -> String {
    let at = |name: &str| place.join(name);
    let policy = format!("instance = \"9901\"\nname = \"Nordvik kommune\"\nworld = \"{world}\"\norganisations = [\"399901006\"]\n");
    std::fs::write(at("policy.toml"), policy).expect("written");
    let key = "ab".repeat(32);
    if !at("master.key").exists() {
        std::fs::write(at("master.key"), key).expect("written");
        std::fs::set_permissions(at("master.key"), std::fs::Permissions::from_mode(0o400)).expect("closed");
    }
    let text = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\npublic_url = \"https://kilde.example\"\ndata = {:?}\nmaster_key = {:?}\n{more}\n\
         [[issuer]]\nurl = \"https://helseid.example\"\naudience = \"nhn:kilde\"\n\
         [[instance]]\nnumber = \"9901\"\nservices = [\"okt\"]\npolicy = {:?}\n",
        at("data"),
        at("master.key"),
        at("policy.toml")
    );
    let file = at("kilde.toml");
    std::fs::write(&file, text).expect("written");
    file.to_string_lossy().into_owned()
}

#[test]
fn every_answer_has_the_headers_whoever_made_it() {
    for path in [
        "/",
        "/nothing-of-ours",
        "/health/live",
        "/9901/fhir/r4/metadata",
        "/9901/fhir/r4/Patient/1",
        "/9901/innbygger/tilgangslogg",
        "/9901/seal/keys",
        "/sandbox/personas",
        "/sandbox/nothing",
    ] {
        let answer = Ask::new("GET", &format!("{}{path}", shared().url)).send();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"),
            "{path}: {policy}"
        );
        assert!(!answer.header("cache-control").is_empty(), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "this server is reached by http");
        assert_eq!(answer.header("server"), "", "nothing tells what it runs on");
    }
}

#[test]
fn a_sandbox_never_opens_what_was_production_and_production_no_sandbox() {
    let place = tempfile::tempdir().expect("a folder");
    let file = configuration(place.path(), "production", "sandbox = true");
    let refused = kilde(&["serve", "--config", &file]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("sandbox"), "{words}");

    // Data that were production once are not opened as a sandbox, whatever the policy says now.
    let (data, key) = (place.path().join("data"), place.path().join("master.key"));
    let import = |world: &[&str]| {
        let (data, key, empty) = (data.to_string_lossy(), key.to_string_lossy(), place.path().join("empty"));
        std::fs::create_dir_all(&empty).expect("a folder");
        let common = [
            "import",
            "--data",
            &data,
            "--key",
            &key,
            "--instance",
            "9901",
            "--organisation",
            "399901006",
        ];
        let empty = empty.to_string_lossy();
        kilde(&[&common[..], &["--client", "epj"], world, &[&*empty]].concat())
    };
    let first = import(&["--production"]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let instance = data.join("instances/9901");
    assert_eq!(mode(&instance), 0o700);
    assert_eq!(mode(&instance.join("instance.key")), 0o600);
    let second = import(&[]);
    let words = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && words.contains("first opened as production"), "{words}");
}

#[test]
fn a_key_that_everybody_may_read_is_refused_and_doctor_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let file = configuration(place.path(), "production", "");
    let doctor = || {
        let out = kilde(&["doctor", "--config", &file]);
        (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let (_, words) = doctor();
    assert!(words.contains("sandbox is off") && !words.contains("WRONG the key"), "{words}");
    std::fs::set_permissions(place.path().join("master.key"), std::fs::Permissions::from_mode(0o644)).expect("opened");
    let (fine, words) = doctor();
    assert!(!fine && words.contains("WRONG the key") && words.contains("chmod 400"), "{words}");
    let refused = kilde(&["serve", "--config", &file]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("chmod 400"), "{words}");
    assert!(!words.contains("abab"), "no key in words");
}

#[test]
fn the_record_of_processing_is_made_from_the_configuration_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let file = configuration(place.path(), "production", "");
    let markdown = kilde(&["processing-record", "--config", &file]);
    let text = String::from_utf8_lossy(&markdown.stdout).into_owned();
    assert!(
        markdown.status.success() && text.contains("Nordvik kommune") && text.contains("(`okt`)"),
        "{text}"
    );
    assert!(!text.contains("(`maaledata`)"), "not activated");
    let out = place.path().join("record.json");
    let json = kilde(&[
        "processing-record",
        "--config",
        &file,
        "--format",
        "json",
        "--out",
        &out.to_string_lossy(),
    ]);
    assert!(json.status.success());
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).expect("written")).expect("JSON");
    assert_eq!(record["controller"]["organisations"][0], "399901006");
    assert!(
        record["activities"]
            .as_array()
            .is_some_and(|all| all.iter().any(|a| a["id"] == "tilgangslogg"))
    );
    assert!(!place.path().join("data").exists(), "no data are opened or made");
}
