//! A disk that is full, one that can only be read, one that cuts a write short: what cannot be kept is refused, and what was acknowledged is there.
//!
//! The disks are real: file systems in memory, in a mount namespace of the test's own. Where that is not allowed the test says `SKIPPED`.

use crate::citizen::someone::{BASE, Someone};
use crate::client::{Answer, Ask, Client};
use crate::server::Kilde;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A disk in memory, mounted where only what is started [through](Disk::through) it sees it. It goes with this.
struct Disk {
    holder: Child,
    at: PathBuf,
}

impl Disk {
    /// `None` if this machine does not allow it.
    fn new(at: &Path, size: &str) -> Option<Disk> {
        std::fs::create_dir_all(at).expect("a folder");
        let mut holder = Command::new("unshare")
            .args([
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=$2 tmpfs \"$1\" && echo there && read -r _",
                "disk",
            ])
            .args([at.as_os_str(), size.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        let told = holder.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let disk = Disk { holder, at: at.to_owned() };
        (matches!(told, Some(Ok(_))) && line == "there\n").then_some(disk)
    }

    /// What a program is started by, to see the disk.
    fn through(&self) -> Vec<String> {
        let id = self.holder.id().to_string();
        ["nsenter", "-t", &id, "-U", "-m", "--preserve-credentials", "--"]
            .map(str::to_owned)
            .to_vec()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let through = self.through();
        let mut command = Command::new(&through[0]);
        command.args(&through[1..]).args(arguments).output().expect("nsenter")
    }

    /// Fills it to the last block.
    fn fill(&self) {
        let script = "dd if=/dev/zero of=\"$1/ballast\" bs=64k; dd if=/dev/zero of=\"$1/ballast2\" bs=4k";
        self.run(&["sh", "-c", script, "fill", &self.at.to_string_lossy()]);
    }

    fn empty(&self) {
        self.run(&["sh", "-c", "rm \"$1\"/ballast*", "empty", &self.at.to_string_lossy()]);
    }

    fn remount(&self, how: &str) -> bool {
        self.run(&["mount", "-o", &format!("remount,{how}"), &self.at.to_string_lossy()])
            .status
            .success()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        drop(self.holder.wait());
    }
}

/// Observations that were acknowledged, by id, with what they said.
type Kept = Vec<(String, String)>;

/// Text that nothing packs.
fn noise(seed: usize) -> String {
    let mut state = seed as u64 * 2 + 1;
    let mut letter = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 40) % 26) as u8)
    };
    (0..20_000).map(|_| letter()).collect()
}

fn deliver(client: &Client, patient: &str, n: usize) -> (Answer, String) {
    let said = noise(n);
    let note = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "note" }, "valueString": said,
        "subject": { "reference": format!("Patient/{patient}") } });
    (client.post(&format!("{BASE}/Observation"), &note), said)
}

/// Delivers until it is refused; gives what was acknowledged, and the refusal.
fn until_refused(client: &Client, patient: &str, most: usize) -> (Kept, Answer) {
    let mut kept = Kept::new();
    for n in 0..most {
        let (answer, said) = deliver(client, patient, n);
        if answer.status != 201 {
            return (kept, answer);
        }
        kept.push((answer.json()["id"].as_str().expect("an id").to_owned(), said));
    }
    panic!("{most} deliveries and none was refused");
}

/// It says so, by a code and in words, and tells nothing of the disk's inside.
fn refused_clearly(refused: &Answer, place: &Path) {
    assert!([500, 503].contains(&refused.status), "{}", refused.start());
    let outcome: Value = refused.json();
    assert_eq!(outcome["resourceType"], json!("OperationOutcome"), "{outcome}");
    assert!(!refused.rule().is_empty(), "{outcome}");
    assert!(!refused.text().contains(&*place.to_string_lossy()), "{outcome}");
}

fn all_there(kilde: &Kilde, nin: &str, kept: &Kept) {
    let citizen = kilde.who(&format!("innbygger-{nin}"));
    for (id, said) in kept {
        let found = citizen.get(&format!("{BASE}/Observation/{id}")).expect(200).json();
        assert!(found["valueString"].as_str() == Some(said), "{id} says something else");
    }
}

fn verified(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("chain whole"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn verify(place: &Path) -> Vec<String> {
    let (data, key) = (place.join("data"), place.join("master.key"));
    let paths = [data, key].map(|path| path.to_string_lossy().into_owned());
    let words = [
        env!("CARGO_BIN_EXE_kilde"),
        "log",
        "verify",
        "--instance",
        "9901",
        "--data",
        &paths[0],
        "--key",
        &paths[1],
    ];
    words.map(str::to_owned).to_vec()
}

#[test]
fn on_a_full_disk_nothing_is_acknowledged_and_nothing_acknowledged_is_lost() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(disk) = Disk::new(&place.path().join("data"), "400m") else {
        return eprintln!("SKIPPED: no file system of one's own here");
    };
    let kilde = Kilde::serve_through(place.path(), &disk.through());
    let her = Someone::new(&kilde, 165);
    let (nin, patient, note) = (her.nin.clone(), her.patient.clone(), her.note.clone());
    let source = kilde.who("epj-nordvik");
    let nurse = her.attested("sykepleier-kad-nordvik");
    nurse.get(&format!("{BASE}/Observation/{note}")).expect(200);
    let mut kept: Kept = (0..3)
        .map(|n| {
            let (answer, said) = deliver(&source, &patient, n);
            (answer.expect(201).json()["id"].as_str().expect("an id").to_owned(), said)
        })
        .collect();
    disk.fill();
    let (more, refused) = until_refused(&source, &patient, 20_000);
    refused_clearly(&refused, place.path());
    kept.extend(more);
    // Reading: with its entry in the access log, or not at all.
    let read = nurse.get(&format!("{BASE}/Observation/{note}"));
    assert!([200, 503].contains(&read.status), "{}", read.start());
    let ready = Ask::new("GET", &format!("{}/health/ready", kilde.url)).send().expect(503).json();
    assert_eq!(
        (&ready["status"], &ready["instances"][0]["intake"]),
        (&json!("not-ready"), &json!(false)),
        "{ready}"
    );
    // Room alone does not bring it back: whether the last write is on the disk is not known before it is opened again.
    disk.empty();
    refused_clearly(&deliver(&source, &patient, 0).0, place.path());
    kilde.kill();

    let kilde = Kilde::serve_through(place.path(), &disk.through());
    all_there(&kilde, &nin, &kept);
    let (again, _) = deliver(&kilde.who("epj-nordvik"), &patient, 1);
    again.expect(201);
    kilde.kill();
    let words = verify(place.path());
    verified(&disk.run(&words.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn a_write_that_is_cut_short_beneath_the_engine_is_refused_and_nothing_acknowledged_is_lost() {
    let place = tempfile::tempdir().expect("a folder");
    // No file may grow beyond 3 MiB: the write that would is done in part, and fails.
    let bounded = ["sh", "-c", "trap '' XFSZ; ulimit -f 6144; exec \"$@\"", "bounded"].map(str::to_owned);
    let kilde = Kilde::serve_through(place.path(), &bounded);
    let her = Someone::new(&kilde, 166);
    let (nin, patient) = (her.nin.clone(), her.patient.clone());
    let source = kilde.who("epj-nordvik");
    let (kept, refused) = until_refused(&source, &patient, 2_000);
    refused_clearly(&refused, place.path());
    assert!(kept.len() > 10, "{}", kept.len());
    refused_clearly(&deliver(&source, &patient, 0).0, place.path());
    kilde.kill();

    let kilde = Kilde::serve(place.path(), "");
    all_there(&kilde, &nin, &kept);
    deliver(&kilde.who("epj-nordvik"), &patient, 1).0.expect(201);
    kilde.kill();
    let words = verify(place.path());
    verified(&Command::new(&words[0]).args(&words[1..]).output().expect("the program"));
}

#[test]
fn a_disk_that_can_only_be_read_is_refused_at_start_by_name() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(disk) = Disk::new(&place.path().join("data"), "400m") else {
        return eprintln!("SKIPPED: no file system of one's own here");
    };
    let kilde = Kilde::serve_through(place.path(), &disk.through());
    let her = Someone::new(&kilde, 167);
    let (nin, patient) = (her.nin.clone(), her.patient.clone());
    let (answer, said) = deliver(&kilde.who("epj-nordvik"), &patient, 1);
    let kept = vec![(answer.expect(201).json()["id"].as_str().expect("an id").to_owned(), said)];
    kilde.kill();
    assert!(disk.remount("ro"));
    let config = place.path().join("kilde.toml");
    let started = disk.run(&[env!("CARGO_BIN_EXE_kilde"), "serve", "--config", &config.to_string_lossy()]);
    let told = String::from_utf8_lossy(&started.stderr);
    assert!(
        !started.status.success() && told.contains("Read-only") && told.contains("instances/9901"),
        "{told}"
    );
    let words = verify(place.path());
    let proven = disk.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!proven.status.success(), "what cannot be opened is not called whole");
    assert!(disk.remount("rw"));
    let kilde = Kilde::serve_through(place.path(), &disk.through());
    all_there(&kilde, &nin, &kept);
}
