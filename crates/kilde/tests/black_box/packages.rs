//! The packages and the terminology that an operator has put at hand: what is loaded, and what is not and why.

use crate::server::Kilde;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A folder of `crates/kilde/tests/fixtures`.
pub fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A folder of the data beside the repository; tells when it is not there.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("KILDE_SHARED")
        .map_or_else(beside, PathBuf::from)
        .join("data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: {} is missing; set KILDE_SHARED to the folder that holds data/",
        path.display()
    );
    None
}

/// `[packages]` and `[terminology]` of a configuration.
pub fn folders(packages: &Path, terminology: &Path) -> String {
    format!("[packages]\ndirectory = {packages:?}\n[terminology]\ndirectory = {terminology:?}\n")
}

/// The list of what is loaded, when it is.
pub fn loaded(kilde: &Kilde) -> Value {
    let begun = Instant::now();
    loop {
        let list = kilde.who("drift").get("/9901/admin/packages").expect(200).json();
        if list["status"] == "loaded" {
            return list;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "still loading");
        std::thread::sleep(Duration::from_millis(50));
    }
}

static OWN: LazyLock<Kilde> = LazyLock::new(|| {
    let place = tempfile::Builder::new()
        .prefix("kilde-own-package-")
        .tempdir()
        .expect("a folder")
        .keep();
    let kilde = Kilde::serve(&place, &folders(&fixtures("packages"), &fixtures("terminology")));
    loaded(&kilde);
    kilde
});

/// A server with our small package and our small table.
pub fn own() -> &'static Kilde {
    &OWN
}

#[test]
fn the_list_tells_what_is_loaded() {
    let list = loaded(own());
    let package = &list["packages"][0];
    assert_eq!(package["file"], "no.kilde.example", "{list}");
    assert_eq!(
        (&package["name"], &package["version"]),
        (&"no.kilde.example".into(), &"1.0.0".into())
    );
    assert_eq!(
        (&package["resources"], &package["findings"]),
        (&4.into(), &Value::Array(Vec::new()))
    );
    let file = &list["terminology"]["files"][0];
    assert_eq!((&file["file"], &file["takenFor"]), (&"icd-10-extract.csv".into(), &"table".into()));
    let systems: Vec<&str> = list["terminology"]["codeSystems"]
        .as_array()
        .expect("code systems")
        .iter()
        .filter_map(|s| s["url"].as_str())
        .collect();
    assert!(systems.contains(&"http://hl7.org/fhir/sid/icd-10-no"), "{systems:?}");
    assert!(
        systems.contains(&"https://kilde.example/fhir/CodeSystem/example-sites"),
        "{systems:?}"
    );
}

#[test]
fn only_those_who_run_or_oversee_the_instance_see_the_list() {
    for persona in ["drift", "personvernombud-nordvik"] {
        own().who(persona).get("/9901/admin/packages").expect(200);
    }
    for persona in ["lege-legevakt-nordvik", "epj-nordvik", "saksbehandler-nordvik"] {
        own().who(persona).get("/9901/admin/packages").refused(403, "scope_missing");
    }
    let nobody = crate::client::Ask::new("GET", &format!("{}/9901/admin/packages", own().url)).send();
    assert_eq!(nobody.status, 401);
}

#[test]
fn a_package_that_does_not_load_says_which_file_and_why_and_the_rest_goes_on() {
    let place = tempfile::tempdir().expect("a folder");
    let packages = place.path().join("packages");
    let copy = packages.join("no.kilde.example");
    std::fs::create_dir_all(&copy).expect("a folder");
    for file in std::fs::read_dir(fixtures("packages/no.kilde.example"))
        .expect("the fixture")
        .flatten()
    {
        std::fs::copy(file.path(), copy.join(file.file_name())).expect("copied");
    }
    std::fs::write(copy.join("broken.json"), "{\n  \"resourceType\": \"ValueSet\",\n").expect("written");
    std::fs::write(packages.join("half.tgz"), "not an archive").expect("written");
    let kilde = Kilde::serve(place.path(), &folders(&packages, &place.path().join("absent")));
    let list = loaded(&kilde);
    let told = |at: usize| {
        let package = &list["packages"][at];
        let rules: Vec<&str> = package["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|f| f["rule"].as_str())
            .collect();
        (package["file"].as_str().unwrap_or(""), package["loaded"] == true, rules)
    };
    assert_eq!(told(0), ("half.tgz", false, vec!["package-unreadable", "package-manifest"]));
    assert_eq!(told(1), ("no.kilde.example", true, vec!["package-file"]));
    let why = &list["packages"][1]["findings"][0];
    for text in ["nb", "en"] {
        assert!(why[text].as_str().is_some_and(|t| t.contains("broken.json")), "{why}");
    }
    assert_eq!(list["findings"][0]["rule"], "terminology-folder");
    let log = std::fs::read_to_string(&kilde.stderr).expect("the technical log");
    assert!(
        log.contains("broken.json") && log.contains("half.tgz"),
        "told to whoever runs it, too"
    );
}

#[test]
fn an_instance_that_demands_what_is_not_there_does_not_start() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("kilde.toml");
    let config = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\nsandbox = true\ndata = {:?}\nmaster_key = {:?}\n\
         [[instance]]\nnumber = \"9901\"\n[instance.validation]\nlevel = \"base\"\n",
        place.path().join("data"),
        place.path().join("master.key")
    );
    std::fs::write(&file, config).expect("a configuration");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["serve", "--config"])
        .arg(&file)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("hl7.fhir.r4.core"), "{said}");
}
