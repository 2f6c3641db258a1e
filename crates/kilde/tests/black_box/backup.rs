//! Backup of a running server and restore elsewhere, as the operator does it, and what becomes of what is destroyed.

use crate::citizen::someone::{BASE, LOG, Someone};
use crate::server::Kilde;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A running server of its own, with folders for its backups.
struct Place {
    dir: tempfile::TempDir,
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn kilde() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kilde"))
}

impl Place {
    fn new() -> Self {
        let place = Place {
            dir: tempfile::tempdir().expect("a temporary folder"),
        };
        place.key("backup.key", '7');
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn key(&self, name: &str, digit: char) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.at(name), digit.to_string().repeat(64)).expect("a key");
        std::fs::set_permissions(self.at(name), std::fs::Permissions::from_mode(0o600)).expect("its mode");
    }

    fn backup(&self, what: &str) -> Command {
        let mut command = kilde();
        command
            .args(["backup", what, "--instance", "9901", "--backup-key"])
            .arg(self.at("backup.key"));
        command
    }

    /// Backs up, and gives what was told.
    fn make(&self) -> Value {
        let mut command = self.backup("make");
        command.arg("--data").arg(self.at("data")).arg("--to").arg(self.at("content"));
        told(command.arg("--keys-to").arg(self.at("ring")).arg("--json"))
    }

    /// The key ring only; copies that are older than so many days go.
    fn keys(&self, days: &str) -> Value {
        let mut command = self.backup("keys");
        command.arg("--data").arg(self.at("data")).arg("--keys-to").arg(self.at("ring"));
        told(command.args(["--keep-keys-days", days, "--json"]))
    }

    /// Restores into a folder, which then can be served.
    fn restore(&self, to: &str, more: &[&str]) -> Output {
        std::fs::create_dir_all(self.at(to).join("data")).expect("a folder");
        std::fs::copy(self.at("master.key"), self.at(to).join("master.key")).expect("the outside key");
        let mut command = kilde();
        command
            .args(["restore", "--instance", "9901", "--data"])
            .arg(self.at(to).join("data"));
        command
            .arg("--from")
            .arg(self.at("content"))
            .arg("--keys-from")
            .arg(self.at("ring"));
        command
            .arg("--backup-key")
            .arg(self.at("backup.key"))
            .arg("--key")
            .arg(self.at("master.key"));
        command.args(more).output().expect("the program")
    }
}

fn told(command: &mut Command) -> Value {
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
}

fn name(told: &Value, part: &str) -> String {
    told[part]["backup"].as_str().expect("a name").to_owned()
}

fn destroy(server: &Kilde, nin: &str) {
    let officer = server.who("personvernombud-nordvik").reason("Vedtak om sletting");
    officer.post("/9901/admin/destructions", &json!({ "person": nin })).expect(200);
}

/// What a citizen gets of her note, on a server of what was restored there.
fn note(place: &Path, nin: &str, note: &str) -> u16 {
    let server = Kilde::serve(place, "");
    let citizen = server.who(&format!("innbygger-{nin}"));
    let answer = citizen.get(&format!("{BASE}/Observation/{note}"));
    assert_eq!(answer.text().contains("hemmelighet"), answer.status == 200);
    answer.status
}

#[test]
fn a_running_server_is_backed_up_and_restored_elsewhere() {
    let place = Place::new();
    let server = Kilde::serve(place.dir.path(), "");
    let her = Someone::new(&server, 160);
    let first = place.make();
    let new = first["content"]["newBytes"].as_u64();
    assert!(
        new > Some(0) && new > first["content"]["bytes"].as_u64().map(|all| all / 2),
        "{first}"
    );
    let later = Someone::new(&server, 161);
    her.attested("sykepleier-kad-nordvik")
        .get(&format!("{BASE}/Observation/{}", her.note))
        .expect(200);
    let second = place.make();
    assert!(
        second["content"]["newBytes"].as_u64() < second["content"]["bytes"].as_u64(),
        "{second}"
    );
    assert!(second["content"]["event"].as_u64() > first["content"]["event"].as_u64());
    // Nothing is left of the copies.
    assert!(!place.at("data/instances/9901/backup").exists() && !place.at("data/instances/9901/keys.copy").exists());

    let listed = told(place.backup("list").arg("--at").arg(place.at("content")).arg("--json"));
    assert_eq!(listed["backups"].as_array().map(Vec::len), Some(2), "{listed}");
    for part in ["content", "ring"] {
        let verified = told(place.backup("verify").arg("--at").arg(place.at(part)).arg("--json"));
        assert_eq!((&verified["backups"], &verified["wrong"]), (&json!(2), &json!([])));
    }

    let restored = place.restore("elsewhere", &[]);
    assert!(restored.status.success(), "{}", text(&restored));
    assert!(
        text(&restored).contains("chain whole") && text(&restored).contains("restored 9901"),
        "{}",
        text(&restored)
    );
    let again = place.restore("elsewhere", &[]);
    assert!(
        !again.status.success() && text(&again).contains("is there already"),
        "{}",
        text(&again)
    );

    let (nin, patient, other) = (her.nin.clone(), her.patient.clone(), (later.nin.clone(), later.patient.clone()));
    let own = her.citizen().get(&format!("{BASE}/Patient/{patient}")).expect(200).body;
    server.kill();
    let elsewhere = Kilde::serve(&place.at("elsewhere"), "");
    let citizen = elsewhere.who(&format!("innbygger-{nin}"));
    assert_eq!(citizen.get(&format!("{BASE}/Patient/{patient}")).expect(200).body, own);
    assert!(citizen.get(LOG).expect(200).text().contains("Nordvik"));
    elsewhere
        .who(&format!("innbygger-{}", other.0))
        .get(&format!("{BASE}/Patient/{}", other.1))
        .expect(200);
    // It goes on from there.
    Someone::new(&elsewhere, 162);
    drop(elsewhere);

    // A stopped one is backed up by the command itself, which needs the outside key for it.
    let mut command = place.backup("make");
    command
        .arg("--data")
        .arg(place.at("elsewhere/data"))
        .arg("--to")
        .arg(place.at("content2"));
    command.arg("--keys-to").arg(place.at("ring2")).arg("--json");
    let refused = command.output().expect("the program");
    assert!(
        !refused.status.success() && text(&refused).contains("data/master.key"),
        "{}",
        text(&refused)
    );
    told(command.arg("--key").arg(place.at("master.key")));
}

#[test]
fn what_is_destroyed_after_a_backup_comes_back_by_no_key_ring_from_after_it() {
    let place = Place::new();
    let server = Kilde::serve(place.dir.path(), "");
    let her = Someone::new(&server, 163);
    let (nin, patient, her_note) = (her.nin.clone(), her.patient.clone(), her.note.clone());
    let before = place.make();
    destroy(&server, &nin);
    assert_ne!(
        server
            .who(&format!("innbygger-{nin}"))
            .get(&format!("{BASE}/Observation/{her_note}"))
            .status,
        200
    );
    let ring_after = place.keys("7");
    let after = place.make();
    server.kill();

    // Content from before with the newest ring, which is what `restore` takes: her keys are not in it.
    let restored = place.restore("old-new", &["--backup", &name(&before, "content")]);
    assert!(restored.status.success(), "{}", text(&restored));
    assert_ne!(note(&place.at("old-new"), &nin, &her_note), 200);
    let restored = place.restore(
        "old-after",
        &["--backup", &name(&before, "content"), "--keys-backup", &name(&ring_after, "keys")],
    );
    assert!(restored.status.success(), "{}", text(&restored));
    assert_ne!(note(&place.at("old-after"), &nin, &her_note), 200);

    // Content from after with a ring from before: the log remembers, and destroys again before anybody reads.
    let ring_before = name(&before, "keys");
    let restored = place.restore("new-old", &["--keys-backup", &ring_before]);
    assert!(
        restored.status.success() && text(&restored).contains("NOT the newest key ring"),
        "{}",
        text(&restored)
    );
    assert_ne!(note(&place.at("new-old"), &nin, &her_note), 200);

    // Both from before: nobody there knows. It is said, and destroyed again by the command.
    let both = ["--backup", &name(&before, "content"), "--keys-backup", &ring_before];
    let restored = place.restore("old-old", &both);
    let said = text(&restored);
    assert!(
        restored.status.success() && said.contains("opens again: destroy it again"),
        "{said}"
    );
    assert_eq!(note(&place.at("old-old"), &nin, &her_note), 200);
    let mut delete = kilde();
    delete.args(["delete", "--instance", "9901", "--person", &format!("Patient/{patient}"), "--yes"]);
    delete
        .args(["--reason", "Slettet før gjenoppretting", "--by", "Ombudet", "--data"])
        .arg(place.at("old-old/data"));
    let deleted = delete.arg("--key").arg(place.at("master.key")).output().expect("the program");
    assert!(deleted.status.success(), "{}", text(&deleted));
    assert_ne!(note(&place.at("old-old"), &nin, &her_note), 200);

    // When the ring from before has had its days, that cannot be done any more.
    let server = Kilde::serve(place.dir.path(), "");
    place.keys("0");
    drop(server);
    let refused = place.restore("gone", &both);
    assert!(
        !refused.status.success() && text(&refused).contains("there is no backup"),
        "{}",
        text(&refused)
    );
    let restored = place.restore("newest", &["--backup", &name(&after, "content")]);
    assert!(restored.status.success(), "{}", text(&restored));
}

#[test]
fn what_is_wrong_with_a_backup_is_said_and_nothing_half_is_there() {
    let place = Place::new();
    let server = Kilde::serve(place.dir.path(), "");
    Someone::new(&server, 164);
    let mut together = place.backup("make");
    together.arg("--data").arg(place.at("data")).arg("--to").arg(place.at("content"));
    let refused = together
        .arg("--keys-to")
        .arg(place.at("content/keys"))
        .output()
        .expect("the program");
    assert!(
        !refused.status.success() && text(&refused).contains("must lie apart"),
        "{}",
        text(&refused)
    );
    place.make();

    // A changed byte anywhere.
    let parts = place.at("content/9901/parts");
    let folder = std::fs::read_dir(&parts)
        .expect("parts")
        .next()
        .expect("a folder")
        .expect("one")
        .path();
    let part = std::fs::read_dir(folder)
        .expect("a folder")
        .next()
        .expect("a part")
        .expect("one")
        .path();
    let good = std::fs::read(&part).expect("a part");
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 4;
    std::fs::write(&part, bad).expect("written");
    let damaged = place
        .backup("verify")
        .arg("--at")
        .arg(place.at("content"))
        .output()
        .expect("the program");
    let named = part.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(!damaged.status.success() && text(&damaged).contains(&named), "{}", text(&damaged));
    let refused = place.restore("elsewhere", &[]);
    assert!(!refused.status.success() && text(&refused).contains(&named), "{}", text(&refused));
    assert!(!place.at("elsewhere/data/instances/9901").exists());
    std::fs::write(&part, good).expect("written");

    // Another key; the folders the wrong way round; a key that others may read.
    place.key("other.key", '8');
    let other = kilde()
        .args(["backup", "list", "--instance", "9901", "--at"])
        .arg(place.at("content"))
        .arg("--backup-key")
        .arg(place.at("other.key"))
        .output()
        .expect("the program");
    assert!(
        !other.status.success() && text(&other).contains("another backup key"),
        "{}",
        text(&other)
    );
    let none = place.restore("elsewhere", &["--backup", "00009-20260101T000000Z"]);
    assert!(
        !none.status.success() && text(&none).contains("there is no backup"),
        "{}",
        text(&none)
    );
    place.key("master2.key", '9');
    let mut command = kilde();
    command
        .args(["restore", "--instance", "9901", "--data"])
        .arg(place.at("third/data"));
    command
        .arg("--from")
        .arg(place.at("content"))
        .arg("--keys-from")
        .arg(place.at("ring"));
    let wrong = command
        .arg("--backup-key")
        .arg(place.at("backup.key"))
        .arg("--key")
        .arg(place.at("master2.key"));
    let wrong = wrong.output().expect("the program");
    assert!(
        !wrong.status.success() && text(&wrong).contains("master key does not open"),
        "{}",
        text(&wrong)
    );

    // What was left half restored is no obstacle, and what is restored is proven.
    let restored = place.restore("elsewhere", &["--json"]);
    assert!(restored.status.success(), "{}", text(&restored));
    let answer: Value = serde_json::from_slice(&restored.stdout).expect("JSON");
    assert_eq!(answer["keys"]["newest"], json!(true));
}
