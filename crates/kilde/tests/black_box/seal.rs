//! The seal from outside: receipts that a stranger verifies with nothing of ours, checkpoint and tiles for anybody, witnesses,
//! and what `kilde log verify` finds.

use crate::client::{Answer, Ask, OLAV, SANDER, eleven_digits, parameters};
use crate::server::{Kilde, shared};
use kilde_log::Signed;
use kilde_log::merkle::{Hash, Tiles, Tree, from_bytes};
use kilde_log::note::{VerifyKey, signature_lines};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A key that nobody has.
const STRANGE: &str = "nobody.example/witness+2cbf1da5+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

fn fetch(kilde: &Kilde, path: &str) -> Answer {
    Ask::new("GET", &format!("{}{path}", kilde.url)).send()
}

/// The keys of an instance: of its log, and the one it cosigns with.
fn keys(kilde: &Kilde, instance: &str) -> [String; 2] {
    let text = fetch(kilde, &format!("/{instance}/seal/keys")).expect(200).text();
    let mut lines = text.lines().map(str::to_owned);
    [lines.next().expect("a key"), lines.next().expect("another")]
}

/// Somebody looks at Olav, so that there is an entry; his receipt for the newest of them.
fn receipt(kilde: &Kilde) -> (u64, Value) {
    kilde
        .who("sykepleier-legevakt-nordvik")
        .attested(OLAV)
        .post("/9901/fhir/r4/$overview", &parameters(OLAV, None))
        .expect(200);
    let olav = kilde.who(&format!("innbygger-{OLAV}"));
    let page = olav.get("/9901/innbygger/tilgangslogg").expect(200).json();
    let entry = page["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .find(|e| e["who"] == "Nina Havnes");
    let no = entry.and_then(|e| e["no"].as_u64()).expect("the nurse's look");
    let answer = olav.get(&format!("/9901/innbygger/tilgangslogg/{no}/kvittering")).expect(200);
    assert!(answer.header("content-disposition").contains(&format!("kvittering-{no}.json")));
    (no, answer.json())
}

/// What `tools/kvittering.py` says of a receipt; `None` where there is no Python.
fn stranger(receipt: &Value, keys: &[&str]) -> Option<(bool, String)> {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("receipt.json");
    std::fs::write(&file, receipt.to_string()).expect("a file");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/kvittering.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(program).arg(&file).arg("--key").arg(keys[0]);
    for witness in &keys[1..] {
        command.arg("--witness").arg(witness);
    }
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: no python3 here");
        return None;
    };
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!text.contains("Traceback"), "{text}");
    Some((output.status.success(), text))
}

#[test]
fn a_stranger_verifies_a_receipt_and_refuses_every_changed_one() {
    let (no, good) = receipt(shared());
    let [key, _] = keys(shared(), "9901");
    // Who looked is there, by no number. (A resource's id may hold eleven digits in a row by chance.)
    let told: Value = serde_json::from_str(good["entry"].as_str().expect("a text")).expect("JSON");
    let who = told["a"].to_string();
    assert!(eleven_digits(&who).is_empty() && !good.to_string().contains("999000002"), "{who}");
    assert!(
        told["a"]["p"].is_null() && told["a"]["h"].is_null() && told["d"].is_null(),
        "{told}"
    );
    let Some((verified, said)) = stranger(&good, &[&key]) else { return };
    assert!(
        verified && said.contains("Nina Havnes") && said.contains(&format!("entry {no}")),
        "{said}"
    );
    let text = |name: &str| good[name].as_str().expect("a text").to_owned();
    let (entry, proof, salt) = (text("entry"), text("proof"), text("salt"));
    let other_digit = |text: &str| match text.strip_prefix('A') {
        Some(rest) => format!("B{rest}"),
        None => format!("A{}", &text[1..]),
    };
    let lines: Vec<&str> = proof.lines().collect();
    let with_line = |at: usize, line: String| {
        let mut lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        lines[at] = line;
        lines.join("\n") + "\n"
    };
    let root = lines.iter().position(|l| l.is_empty()).expect("a checkpoint") + 3;
    let signature = lines.iter().position(|l| l.starts_with('\u{2014}')).expect("a signature");
    let size: u64 = lines[root - 1].parse().expect("a size");
    let mut last = lines[signature].to_owned();
    last.replace_range(
        last.len() - 9..last.len() - 8,
        if last.as_bytes()[last.len() - 9] == b'A' { "B" } else { "A" },
    );
    let changes: Vec<(&str, Value)> = vec![
        ("entry", entry.replace("Nina Havnes", "Nils Havnes").into()),
        ("entry", entry.replace("\"need-", "\"self-").into()),
        ("salt", other_digit(&salt).into()),
        ("kept", other_digit(&text("kept")).into()),
        ("no", (no - 1).into()),
        ("no", (no + 1).into()),
        ("proof", with_line(1, format!("index {no}")).into()),
        ("proof", with_line(2, other_digit(lines[2])).into()),
        ("proof", proof.replacen(&format!("{}\n", lines[2]), "", 1).into()),
        ("proof", with_line(root - 2, "kilde/9902".to_owned()).into()),
        ("proof", with_line(root - 1, (size + 1).to_string()).into()),
        ("proof", with_line(root, other_digit(lines[root])).into()),
        ("proof", with_line(signature, last).into()),
        ("proof", proof.replace("tlog-proof@v1", "tlog-proof@v2").into()),
        ("proof", "".into()),
        ("kind", "kilde-receipt-2".into()),
        ("keptEntry", "{}".into()),
        ("entry", Value::Null),
    ];
    for (name, value) in changes {
        let mut bad = good.clone();
        bad[name] = value.clone();
        assert_ne!(bad, good, "{name}");
        let (verified, said) = stranger(&bad, &[&key]).expect("as before");
        assert!(!verified && said.contains("REFUSED"), "{name} {value}: {said}");
    }
    let [other, witness] = keys(shared(), "9902");
    for wrong in [other.as_str(), witness.as_str(), STRANGE, "x"] {
        assert!(!stranger(&good, &[wrong]).expect("as before").0, "{wrong}");
    }
    assert!(
        !stranger(&good, &[&key, STRANGE]).expect("as before").0,
        "a witness that has not cosigned"
    );
}

#[test]
fn anothers_receipt_is_answered_as_one_that_is_not_there() {
    let (no, _) = receipt(shared());
    let path = format!("/9901/innbygger/tilgangslogg/{no}/kvittering");
    let sander = shared().who(&format!("innbygger-{SANDER}"));
    let (others, absent) = (sander.get(&path), sander.get("/9901/innbygger/tilgangslogg/999999999/kvittering"));
    others.refused(404, "not-found");
    assert_eq!(others.body, absent.body);
    for odd in ["0", "-1", "x", "18446744073709551616"] {
        sander
            .get(&format!("/9901/innbygger/tilgangslogg/{odd}/kvittering"))
            .refused(404, "not-found");
    }
    for persona in ["sykepleier-legevakt-nordvik", "drift", "epj-nordvik"] {
        let answer = shared().who(persona).attested(OLAV).get(&path);
        assert!(matches!(answer.status, 401 | 403), "{persona}: {}", answer.start());
    }
    assert_eq!(fetch(shared(), &path).status, 401);
}

/// Tiles over HTTP.
struct Published<'a>(&'a Kilde);

impl Tiles for Published<'_> {
    type Error = String;

    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, String> {
        let path = kilde_log::TilePath { level, index, width };
        let answer = fetch(self.0, &format!("/9901/seal/tile/{path}")).expect(200);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert!(answer.header("cache-control").contains("immutable"));
        from_bytes(&answer.body)
            .filter(|hashes| hashes.len() == width)
            .ok_or_else(|| format!("{path} is no tile"))
    }

    fn short(&self, level: u8, index: u64) -> String {
        format!("{level}/{index} is short")
    }
}

#[test]
fn checkpoint_and_tiles_are_there_for_anybody() {
    receipt(shared());
    let answer = fetch(shared(), "/9901/seal/checkpoint").expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let signed = Signed::parse(&answer.text()).expect("a checkpoint");
    let key = VerifyKey::parse(&keys(shared(), "9901")[0]).expect("a key");
    signed.note.verify([&key]).expect("signed by the log");
    let size = signed.checkpoint.size;
    assert_eq!(Tree::new(Published(shared()), size).root(), Ok(signed.checkpoint.root));
    // Nothing that no checkpoint covers, and no entries.
    let beyond = (size / 256) + 1;
    for path in [
        format!("tile/0/{beyond:03}"),
        "tile/9/000".to_owned(),
        "tile/63/000.p/1".to_owned(),
        "tile/entries/000".to_owned(),
        "tile/entries/000.p/1".to_owned(),
        "tile/0/000.p/0".to_owned(),
        "tile/x".to_owned(),
        "entries".to_owned(),
    ] {
        let answer = fetch(shared(), &format!("/9901/seal/{path}"));
        assert_eq!(answer.status, 404, "{path}: {}", answer.start());
    }
    for path in ["keys", "checkpoint", "tile/0/000"] {
        assert_eq!(fetch(shared(), &format!("/1234/seal/{path}")).status, 404);
    }
}

/// Two instances that seal every second and witness each other, as a sandbox does by itself.
fn two(place: &Path) -> Kilde {
    let every = "[instance.seal]\nevery_seconds = 1\n";
    Kilde::serve_instance(
        place,
        "",
        &format!("{every}[[instance]]\nnumber = \"9902\"\nservices = [\"okt\"]\n{every}"),
    )
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The checkpoint that covers so many entries and is cosigned by the key.
fn cosigned(kilde: &Kilde, instance: &str, size: u64, witness: &str) -> Signed {
    let witness = VerifyKey::parse(witness).expect("a key");
    wait_for("a cosigned checkpoint", || {
        let answer = fetch(kilde, &format!("/{instance}/seal/checkpoint"));
        let signed = (answer.status == 200).then(|| Signed::parse(&answer.text()).expect("a checkpoint"))?;
        (signed.checkpoint.size >= size && signed.note.verify([&witness]).is_ok()).then_some(signed)
    })
}

/// A system that leaves entries in the log.
fn look(kilde: &Kilde) {
    kilde.who("system-test").get("/9901/fhir/r4/Patient").expect(200);
}

fn entries(kilde: &Kilde) -> u64 {
    fetch(kilde, "/health/ready").expect(200).json()["instances"][0]["seal"]["entries"]
        .as_u64()
        .expect("a number")
}

fn log(place: &Path, command: &str, more: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["log", command, "--instance", "9901", "--data"])
        .arg(place.join("data"))
        .arg("--key")
        .arg(place.join("master.key"))
        .args(more)
        .output()
        .expect("the program runs");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for item in std::fs::read_dir(from).expect("a folder") {
        let (item, target) = (item.as_ref().expect("an item").path(), to.join(item.expect("an item").file_name()));
        if item.is_dir() {
            copy(&item, &target);
        // A server that was killed leaves its socket behind.
        } else if item.is_file() {
            std::fs::copy(&item, target).expect("a copy");
        }
    }
}

#[test]
fn municipalities_witness_each_other_and_a_log_that_was_rolled_back_is_found_out() {
    let place = tempfile::tempdir().expect("a folder");
    let (data, kept) = (place.path().join("data"), place.path().join("kept"));
    let kilde = two(place.path());
    look(&kilde);
    let [key, _] = keys(&kilde, "9901");
    let [_, witness] = keys(&kilde, "9902");
    cosigned(&kilde, "9901", entries(&kilde), &witness);
    kilde.kill();
    let (whole, said) = log(place.path(), "verify", &["--witness", &witness]);
    assert!(whole && said.contains("cosigned at") && said.contains("tree whole"), "{said}");
    copy(&data, &place.path().join("earlier"));

    // It goes on; somebody keeps a checkpoint and a receipt.
    let kilde = two(place.path());
    for _ in 0..5 {
        look(&kilde);
    }
    let signed = cosigned(&kilde, "9901", entries(&kilde), &witness);
    std::fs::write(&kept, signed.note.to_string()).expect("a file");
    kilde.kill();
    let kept = kept.to_str().expect("a path");
    let (whole, said) = log(place.path(), "verify", &["--since", kept, "--witness", &witness]);
    assert!(whole && said.contains("the log begins with"), "{said}");
    let (made, receipt) = log(place.path(), "receipt", &["--no", "1"]);
    assert!(made, "{receipt}");
    let receipt: Value = serde_json::from_str(&receipt).expect("a receipt");
    if let Some((verified, said)) = stranger(&receipt, &[&key, &witness]) {
        assert!(verified && said.contains("cosigned by kilde/9902/witness"), "{said}");
    }
    let (made, whole_receipt) = log(place.path(), "receipt", &["--no", "1", "--whole"]);
    assert!(made && whole_receipt.contains("keptEntry"), "{whole_receipt}");
    if let Some((verified, said)) = stranger(&serde_json::from_str(&whole_receipt).expect("a receipt"), &[&key]) {
        assert!(verified, "{said}");
    }

    // A forged checkpoint is told from a true one.
    let forged = place.path().join("forged");
    std::fs::write(
        &forged,
        signed
            .note
            .to_string()
            .replacen("\n\n\u{2014} kilde/9901 ", "\n\n\u{2014} kilde/9901 AAAA", 1),
    )
    .expect("a file");
    let (whole, said) = log(place.path(), "verify", &["--since", forged.to_str().expect("a path")]);
    assert!(!whole && said.contains("NOT WHOLE"), "{said}");

    // Somebody far away watches.
    let kilde = two(place.path());
    let watched = place.path().join("watched");
    let watch = |url: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args([
                "log",
                "watch",
                "--url",
                &format!("{url}/9901/seal"),
                "--key",
                &key,
                "--witness",
                &witness,
                "--keep",
            ])
            .arg(&watched)
            .output()
            .expect("the program runs");
        (
            output.status.success(),
            format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        )
    };
    cosigned(&kilde, "9901", entries(&kilde), &witness);
    let (whole, said) = watch(&kilde.url);
    assert!(whole && said.contains("nothing to compare"), "{said}");
    look(&kilde);
    cosigned(&kilde, "9901", entries(&kilde), &witness);
    let (whole, said) = watch(&kilde.url);
    assert!(whole && said.contains("the log begins with"), "{said}");
    kilde.kill();

    // The whole of 9901 as it was: by itself it is whole, but not since the checkpoint that was kept.
    std::fs::remove_dir_all(data.join("instances/9901")).expect("gone");
    copy(&place.path().join("earlier/instances/9901"), &data.join("instances/9901"));
    let (whole, said) = log(place.path(), "verify", &[]);
    assert!(whole, "{said}");
    let (whole, said) = log(place.path(), "verify", &["--since", kept]);
    assert!(!whole && said.contains("later records are lost"), "{said}");

    // And the witness says so too, while reading goes on. Who watches is told that the log is not whole, not that the witness is late: also
    // when it has grown again to as many entries as it had.
    let kilde = two(place.path());
    let trouble = wait_for("the witness's word", || {
        let ready = fetch(&kilde, "/health/ready").expect(200).json();
        ready["instances"][0]["seal"]["troubles"]["kilde/9902/witness"]
            .as_str()
            .map(str::to_owned)
    });
    assert!(trouble.contains("the witness has seen"), "{trouble}");
    let (whole, said) = watch(&kilde.url);
    assert!(!whole && said.contains("NOT WHOLE"), "{said}");
    look(&kilde);
}

#[test]
fn a_witness_that_does_not_answer_is_told_of_and_stops_nobody() {
    let place = tempfile::tempdir().expect("a folder");
    let seal = format!(
        "[instance.seal]\norigin = \"kilde.nordvik.example/9901\"\nevery_seconds = 1\nwitnesses = [{{ url = \"http://127.0.0.1:1/seal\", key = \"{STRANGE}\" }}]\n"
    );
    let kilde = Kilde::serve_instance(place.path(), "", &seal);
    look(&kilde);
    let ready = wait_for("a note", || {
        let ready = fetch(&kilde, "/health/ready").expect(200).json();
        let seal = &ready["instances"][0]["seal"];
        (seal["troubles"]["nobody.example/witness"].is_string() && seal["sealed"].as_u64() > Some(0)).then(|| ready.clone())
    });
    assert_eq!(ready["status"], "ready");
    look(&kilde);
    let metrics = Ask::new("GET", &format!("{}/metrics", kilde.admin)).send().expect(200).text();
    assert!(
        metrics.contains("kilde_seal_failures_total") && metrics.contains("kilde_seal_signed_entries"),
        "{metrics}"
    );
    let checkpoint = fetch(&kilde, "/9901/seal/checkpoint").expect(200).text();
    assert!(checkpoint.starts_with("kilde.nordvik.example/9901\n"), "{checkpoint}");
    // Whom it does not witness, it turns away.
    let ask = |body: &str| {
        Ask::new("POST", &format!("{}/9901/seal/add-checkpoint", kilde.url))
            .body("text/plain", body)
            .send()
    };
    assert_eq!(ask(&format!("old 0\n\n{checkpoint}")).status, 404);
    assert_eq!(ask("").status, 400);
    assert_eq!(ask(&"x".repeat(100_000)).status, 413);
    assert!(signature_lines(&ask(&format!("old 0\n\n{checkpoint}")).text()).is_err());
}

#[test]
fn damage_is_found_and_its_place_is_told() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = two(place.path());
    look(&kilde);
    look(&kilde);
    let sealed = entries(&kilde);
    let [_, witness] = keys(&kilde, "9902");
    cosigned(&kilde, "9901", sealed, &witness);
    kilde.kill();
    let checkpoint: PathBuf = place.path().join("data/instances/9901/seal/checkpoint");
    let text = std::fs::read_to_string(&checkpoint).expect("a checkpoint");
    let mut lines: Vec<&str> = text.lines().collect();
    lines[2] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    std::fs::write(&checkpoint, lines.join("\n") + "\n").expect("a file");
    let (whole, said) = log(place.path(), "verify", &[]);
    assert!(!whole && said.contains("seal: NOT WHOLE") && said.contains("access log:"), "{said}");
    std::fs::write(&checkpoint, &text).expect("a file");
    let (whole, said) = log(place.path(), "verify", &["--witness", STRANGE]);
    assert!(!whole && said.contains("nobody.example/witness: NOT WHOLE"), "{said}");
    let (whole, said) = log(place.path(), "verify", &[]);
    assert!(whole, "{said}");
}
