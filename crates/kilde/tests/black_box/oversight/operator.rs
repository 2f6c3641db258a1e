//! Whoever runs the server sees no content: through no address, by no command, in no file, with no key. The named suite of that promise.

use crate::client::{Ask, Client, FNR, eleven_digits, stranger};
use crate::server::Kilde;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Words that stand in what a source delivers, and nowhere else.
const MARKS: [&str; 3] = ["Kvitmarkflimmer", "Rundskinngrøft", "Sjøgrasvissen"];
/// Her family name, and where she lives. The index has them in clear, folded, since it is searched by their beginnings: who has the files of
/// `index/` reads them. The disk must be encrypted (`docs/gaps.md`). They stand nowhere else, and no address and no command shows them.
const NAMED: [&str; 2] = ["Tindvassbrekk", "Kvernhusstigen"];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// What an operator may have with success: no address of it has anything about persons.
const OPEN_TO_OPERATION: [&str; 5] = [
    "/admin/quarantine",
    "/admin/packages",
    "/fhir/r4/metadata",
    "/fhir/r4/$versions",
    "/fhir/r4/.well-known/smart-configuration",
];

/// Where citizens log in: open to everybody, and the same for everybody.
const LOGIN: [&str; 6] = [
    "/innbygger",
    "/innbygger/login",
    "/innbygger/callback",
    "/innbygger/logout",
    "/innbygger/session",
    // The page's frame, which is the same for everybody.
    "/innbygger/min-side",
];

struct Sown {
    place: tempfile::TempDir,
    kilde: Kilde,
    nin: String,
    ids: Vec<(String, String)>,
}

/// A server with a patient whose record holds the marks, in resources, in a query and in a message that is refused.
fn sown() -> Sown {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::serve(place.path(), "");
    let (source, nin) = (kilde.who("epj-nordvik"), stranger(61));
    let base = "/9901/fhir/r4";
    let patient = source
        .post(
            &format!("{base}/Patient"),
            &json!({
                "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }],
                "name": [{ "family": NAMED[0], "given": ["Siv"] }], "address": [{ "line": [NAMED[1]] }]
            }),
        )
        .expect(201)
        .json();
    let patient = patient["id"].as_str().expect("an id").to_owned();
    let condition = json!({
        "resourceType": "Condition",
        "subject": { "reference": format!("Patient/{patient}") },
        "code": { "text": MARKS[0] },
        "note": [{ "text": MARKS[1] }],
    });
    let condition = source.post(&format!("{base}/Condition"), &condition).expect(201).json();
    let condition = condition["id"].as_str().expect("an id").to_owned();
    let wrong = json!({ "resourceType": "Condition", "note": [{ "text": MARKS[2] }], "onsetString": 7 });
    assert_eq!(source.post(&format!("{base}/Condition"), &wrong).status / 100, 4);
    kilde.who("system-test").get(&format!("{base}/Condition?code:text={}", MARKS[0]));
    Sown {
        place,
        kilde,
        nin,
        ids: vec![("Patient".to_owned(), patient), ("Condition".to_owned(), condition)],
    }
}

/// The addresses in the router's own source, so that a new one is walked as well.
fn routes() -> BTreeSet<String> {
    fn files(dir: &Path, out: &mut Vec<PathBuf>) {
        for item in std::fs::read_dir(dir).expect("readable").flatten() {
            match item.path() {
                path if path.is_dir() => files(&path, out),
                path => out.push(path),
            }
        }
    }
    let mut all = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../kilde-http/src"), &mut all);
    let mut out = BTreeSet::new();
    for file in all {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        for part in text.split(".route(").skip(1) {
            let path = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            out.extend(path.filter(|path| path.starts_with('/')).map(str::to_owned));
        }
    }
    assert!(out.len() > 20, "{out:?}");
    out
}

/// Every address with values in it; FHIR's own below its base.
fn addresses(sown: &Sown) -> Vec<String> {
    let mut out = Vec::new();
    for route in routes() {
        let known = &sown.ids[0].1;
        let path = route
            .replace("{instance}", "9901")
            .replace("{pid}", &sown.nin)
            .replace("{no}", "1")
            .replace("{id}", known)
            .replace("{rtype}", "Condition")
            .replace("{name}", "x")
            .replace("{version}", "1");
        if let Some(fhir) = path.strip_suffix("{*rest}").filter(|path| path.ends_with("/fhir/r4/")) {
            out.extend(below(sown).into_iter().map(|rest| format!("{fhir}{rest}")));
        } else {
            out.push(
                path.replace("{*path}", "0/000")
                    .replace("{*rest}", ".well-known/openid-configuration"),
            );
        }
    }
    out
}

fn below(sown: &Sown) -> Vec<String> {
    let mut out: Vec<String> = [
        "metadata",
        "$versions",
        "$overview",
        "$status",
        "$process-message",
        "$export",
        "$import",
        "_history",
        "_search",
        "$meta",
        "Patient/$export",
        "AuditEvent",
        "AuditEvent/tilgang-1",
    ]
    .map(str::to_owned)
    .to_vec();
    for (rtype, id) in &sown.ids {
        let forms = ["", "/_search", "/_history", "/$meta", "/$validate", "/$everything"];
        out.extend(forms.iter().map(|form| format!("{rtype}{form}")));
        let forms = [
            "",
            "/_history",
            "/_history/1",
            "/$meta",
            "/$validate",
            "/$everything",
            "/Condition",
            "/*",
        ];
        out.extend(forms.iter().map(|form| format!("{rtype}/{id}{form}")));
    }
    out.extend([
        "Condition?_summary=count".to_owned(),
        "Condition?_include=*".to_owned(),
        "Patient?_revinclude=Condition:subject".to_owned(),
        "Patient?_has:Condition:subject:_id=x".to_owned(),
        format!("Condition?patient={}", sown.ids[0].1),
    ]);
    out
}

fn content<'a>(sown: &'a Sown, text: &str) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let marks = MARKS.into_iter().chain(NAMED).find(|mark| lower.contains(&mark.to_lowercase()));
    marks.or_else(|| text.contains(&sown.nin).then_some("a national id"))
}

fn quiet(sown: &Sown, ask: Ask, what: &str, asked: &str) -> u16 {
    let answer = ask.header("content-type", "application/fhir+json").send();
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(content(sown, &text), None, "{what}: {}", answer.start());
    for (_, id) in &sown.ids {
        assert!(asked.contains(id) || !text.contains(id), "an id in {what}: {}", answer.start());
    }
    answer.status
}

#[test]
fn the_operator_sees_no_content_through_any_address() {
    let sown = sown();
    let operator: Client = sown.kilde.who("drift");
    for path in addresses(&sown) {
        for method in METHODS {
            let what = format!("{method} {path}");
            let status = quiet(&sown, operator.ask(method, &path), &what, &path);
            let open = OPEN_TO_OPERATION.iter().any(|open| path.ends_with(open));
            let login = LOGIN.iter().any(|page| path.ends_with(page)) || path.contains("/innbygger/min-side/");
            let public = login || !path.starts_with("/9901/") || path.contains("/seal/");
            assert!(open || public || status >= 400, "{what} gives the operator {status}");
            if public && !path.starts_with("/9901/") {
                continue;
            }
            let url = format!("{}{path}", sown.kilde.url);
            let status = quiet(&sown, Ask::new(method, &url), &format!("{what} without a token"), &path);
            let known = ["/metadata", "/$versions", "/.well-known/smart-configuration"];
            let published = login || path.contains("/seal/") || known.iter().any(|end| path.ends_with(end));
            assert!(published || status >= 400, "{what} without a token: {status}");
        }
    }
    // What went on stands in the log, as everybody's: the operator's own attempts too.
    let log = sown
        .kilde
        .who("personvernombud-nordvik")
        .post(
            "/9901/admin/tilgangslogg",
            &json!({ "client": "drift", "outcome": "refused", "limit": 10 }),
        )
        .expect(200);
    assert_eq!(log.json()["entries"].as_array().map(Vec::len), Some(10));
    let metrics = Ask::new("GET", &format!("{}/metrics", sown.kilde.admin)).send().expect(200).text();
    let health = Ask::new("GET", &format!("{}/health/ready", sown.kilde.url)).send().text();
    let stderr = std::fs::read_to_string(&sown.kilde.stderr).expect("what the program wrote");
    for (what, text) in [("metrics", metrics), ("health", health), ("stderr", stderr)] {
        assert_eq!(content(&sown, &text), None, "{what}");
        assert_eq!(eleven_digits(&text), Vec::<&str>::new(), "{what}");
    }
}

/// All files below a folder.
fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for item in std::fs::read_dir(dir).expect("readable").flatten() {
        match item.path() {
            path if path.is_dir() => files(&path, out),
            // A server that was killed leaves its socket behind.
            path if path.is_file() => out.push(path),
            _ => {}
        }
    }
}

fn run(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(arguments)
        .output()
        .expect("the program runs");
    (
        output.status.success(),
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    )
}

#[test]
fn no_file_and_no_command_shows_content_and_without_the_outside_key_nothing_opens() {
    let sown = sown();
    let (data, key) = (sown.place.path().join("data"), sown.place.path().join("master.key"));
    let Sown { place, kilde, nin, ids } = sown;
    // A clean enough stop: what is acknowledged is in the journal.
    kilde.kill();
    let mut all = Vec::new();
    files(&data, &mut all);
    assert!(all.len() > 10);
    let needles: Vec<Vec<u8>> = MARKS
        .iter()
        .flat_map(|mark| [mark.to_string(), mark.to_lowercase()])
        .chain([nin.clone()])
        .map(String::into_bytes)
        .collect();
    let named = NAMED
        .iter()
        .flat_map(|name| [name.to_string(), name.to_lowercase()])
        .map(String::into_bytes);
    let beyond: Vec<Vec<u8>> = needles.iter().cloned().chain(named).collect();
    for file in &all {
        let bytes = std::fs::read(file).expect("readable");
        let of_index = file.components().any(|part| part.as_os_str() == "index");
        for needle in if of_index { &needles } else { &beyond } {
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_slice());
            assert!(!found, "{} in {}", String::from_utf8_lossy(needle), file.display());
        }
    }
    let (data, key) = (data.to_string_lossy().into_owned(), key.to_string_lossy().into_owned());
    let receipt = place.path().join("receipt.json").to_string_lossy().into_owned();
    let rules = place.path().join("rules.toml");
    let rule = "[[rule]]\ncategory = \"journal\"\nperiod = \"P1D\"\nfrom = \"received\"\naction = \"archive\"\n";
    std::fs::write(&rules, rule).expect("written");
    let (rules, element) = (rules.to_string_lossy().into_owned(), format!("Condition/{}", ids[1].1));
    let message = place.path().join("message.json");
    let more = json!({ "resourceType": "Condition", "subject": { "reference": format!("Patient/{}", ids[0].1) }, "code": { "text": MARKS[0] }, "onsetAge": 1 });
    std::fs::write(&message, more.to_string()).expect("written");
    let message = message.to_string_lossy().into_owned();
    let backup = place.path().join("backup.key");
    std::fs::write(&backup, format!("{}\n", "6b".repeat(32))).expect("written");
    std::fs::set_permissions(&backup, std::fs::Permissions::from_mode(0o600)).expect("private");
    let here = |name: &str| place.path().join(name).to_string_lossy().into_owned();
    let (backup, to, keys_to) = (backup.to_string_lossy().into_owned(), here("backup"), here("ring"));
    let commands: [&[&str]; 9] = [
        &["log", "verify"],
        &["log", "export"],
        &["log", "receipt", "--no", "1", "--out", &receipt],
        &["log", "receipt", "--no", "1", "--whole", "--out", &receipt],
        &["rebuild"],
        &["backup", "make", "--to", &to, "--keys-to", &keys_to, "--backup-key", &backup],
        &["retention", "plan", "--rules", &rules],
        &["delete", "--element", &element, "--reason", "prøve", "--by", "drift"],
        // A message that is refused, whose findings must not repeat it.
        &["import", &message],
    ];
    let shows = |text: &str| {
        let lower = text.to_lowercase();
        MARKS.iter().chain(&NAMED).any(|mark| lower.contains(&mark.to_lowercase())) || text.contains(&nin)
    };
    for command in commands {
        let with = [command, &["--data", &data, "--instance", "9901", "--key", &key]].concat();
        let (fine, text) = run(&with);
        assert_eq!(fine, command[0] != "import", "{command:?}: {text}");
        assert!(!shows(&text), "{command:?}: {text}");
    }
    let mut sealed = Vec::new();
    files(&place.path().join("backup"), &mut sealed);
    files(&place.path().join("ring"), &mut sealed);
    assert!(sealed.len() > 4);
    for file in &sealed {
        let bytes = std::fs::read(file).expect("readable");
        for needle in &beyond {
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_slice());
            assert!(!found, "{} in {}", String::from_utf8_lossy(needle), file.display());
        }
    }
    let made = std::fs::read_to_string(&receipt).expect("a receipt");
    assert!(!shows(&made) && eleven_digits(&made).is_empty());
    // The key is with somebody else: nothing opens, and the wrong one opens nothing.
    let other = place.path().join("other.key");
    std::fs::write(&other, format!("{}\n", "5a".repeat(32))).expect("written");
    let other = other.to_string_lossy().into_owned();
    std::fs::rename(&key, place.path().join("elsewhere")).expect("moved");
    let absent = place.path().join("absent").to_string_lossy().into_owned();
    for key in [other.as_str(), absent.as_str()] {
        for command in commands {
            let (fine, text) = run(&[command, &["--data", &data, "--instance", "9901", "--key", key]].concat());
            assert!(!fine, "{command:?} with {key}: {text}");
            assert!(!shows(&text) && !ids.iter().any(|(_, id)| text.contains(id)), "{command:?}: {text}");
        }
    }
}

#[test]
fn what_is_done_at_the_machine_stands_in_the_access_log_with_the_configuration_it_was_done_by() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::serve(place.path(), "");
    let done = |kilde: &Kilde| -> Vec<(String, String)> {
        let search = json!({ "action": "operation", "limit": 100 });
        let answer = kilde
            .who("personvernombud-nordvik")
            .post("/9901/admin/tilgangslogg", &search)
            .expect(200)
            .json();
        let entries = answer["entries"].as_array().expect("entries").clone();
        let told = |entry: &serde_json::Value| {
            assert_eq!(entry["why"], "Gjort ved maskinen, av den som drifter den.");
            (
                entry["reader"]["client"].as_str().unwrap_or_default().to_owned(),
                entry["reason"].as_str().unwrap_or_default().to_owned(),
            )
        };
        entries.iter().rev().map(told).collect()
    };
    let first = done(&kilde);
    assert_eq!((first.len(), first[0].0.as_str()), (1, "kilde serve"), "{first:?}");
    let text = std::fs::read_to_string(place.path().join("kilde.toml")).expect("the configuration");
    let groups: Vec<String> = Sha256::digest(text.as_bytes())[..16].chunks(4).map(hex).collect();
    let digest = groups.join("_");
    assert!(first[0].1.ends_with(&format!("configuration {digest}")), "{first:?} {digest}");
    kilde.kill();
    let (data, key) = (place.path().join("data"), place.path().join("master.key"));
    let (data, key) = (data.to_string_lossy().into_owned(), key.to_string_lossy().into_owned());
    let (fine, told) = run(&["rebuild", "--data", &data, "--instance", "9901", "--key", &key]);
    assert!(fine, "{told}");
    // Another configuration, another digest.
    let kilde = Kilde::serve(place.path(), "[limits]\nrequests = 77\n");
    let all = done(&kilde);
    let commands: Vec<&str> = all.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(commands, ["kilde serve", "kilde rebuild", "kilde serve"]);
    assert_ne!(all[0].1, all[2].1);
    // A supplier's systems are found by who runs them.
    kilde.who("epj-nordvik").get("/9901/fhir/r4/Patient?_summary=count").expect(200);
    let officer = kilde.who("personvernombud-nordvik");
    let all = officer
        .post("/9901/admin/tilgangslogg", &json!({ "client": "epj-nordvik" }))
        .expect(200)
        .json();
    let supplier = all["entries"][0]["reader"]["supplier"].as_str().expect("a supplier").to_owned();
    assert!(all["entries"][0]["reader"]["supplierName"].is_string(), "{all}");
    let count = |search: serde_json::Value| {
        officer.post("/9901/admin/tilgangslogg", &search).expect(200).json()["entries"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(count(json!({ "supplier": supplier })), Some(1));
    assert_eq!(count(json!({ "supplier": "399999999" })), Some(0));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
