//! A flipped bit anywhere in a stopped instance: what is read afterwards is right, or it is refused; and it is named.

use super::*;
use crate::assembly::{Stores, import_scope};
use crate::doctor::State;
use kilde_access::AccessEntry;
use kilde_access::log::LoggedActor;
use kilde_fhir::national_id::World;
use kilde_intake::{Kind, Submission};
use kilde_log::EventNo;
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

fn number() -> Instance {
    Instance::parse("9901").unwrap()
}

fn outside() -> MasterKey {
    MasterKey::from_bytes([5; 32])
}

/// An instance with something in every store, stopped.
fn filled() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let dir = directory(data.path(), &number());
    let stores = Stores::open(data.path(), &number(), &outside()).unwrap();
    guard::one_world(&dir, World::Sandbox).unwrap();
    let intake = stores.intake(World::Sandbox);
    let scope = import_scope(&number(), "399901006", "epj-nordvik");
    for n in 0..16u64 {
        let code = if n % 5 == 4 { "wrong" } else { "final" };
        let nin = ["19779998080", "16758532406", "11833810555"][n as usize % 3];
        let body = format!(
            r#"{{"resourceType":"Observation","status":"{code}","code":{{"text":"puls {n}"}},"subject":{{"identifier":{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{nin}"}}}},"valueString":"{}"}}"#,
            format!("hemmelighet {n} ").repeat(30)
        );
        let rtype = kilde_fhir::definitions::ResourceType::from_name("Observation").unwrap();
        let kind = Kind::Create {
            rtype,
            if_none_exist: None,
        };
        let sent = intake.submit_blocking(Submission::new(scope.clone(), kind, body.into_bytes(), 1_700_000_000_000));
        assert_eq!(sent.is_ok(), code == "final");
        if n == 8 {
            stores.index.flush().unwrap();
        }
    }
    stores.index.flush().unwrap();
    let access = AccessLog::open(&dir.join("access"), &number(), stores.keys.clone()).unwrap();
    let entry = |n: u32| AccessEntry {
        time_ms: 1_700_000_000_000 + i64::from(n),
        actor: LoggedActor {
            kind: "personnel".to_owned(),
            name: Some("Nina Havnes".to_owned()),
            ..LoggedActor::default()
        },
        person: 1 + n % 3,
        action: "read".to_owned(),
        policy: "test".to_owned(),
        ..AccessEntry::default()
    };
    access.write_blocking(&(0..40).map(entry).collect::<Vec<_>>()).unwrap();
    access.seals().bind(&stores.log).unwrap();
    access.seals().sign().unwrap();
    access.catch_up().unwrap();
    Jobs::open(&dir.join("jobs"), stores.keys.subkey("jobs")).unwrap();
    data
}

/// Opens the instance and reads everything that anybody could be shown.
fn everything(data: &Path) -> anyhow::Result<String> {
    let dir = directory(data, &number());
    guard::one_world(&dir, World::Sandbox)?;
    let stores = Stores::open(data, &number(), &outside())?;
    let mut out = String::new();
    for event in stores.log.events_from(EventNo(1))? {
        let event = event?;
        let (original, answer) = (stores.log.original(event.no)?, stores.log.answer(event.no)?);
        writeln!(out, "{event:?}")?;
        for content in stores.log.payloads(&event)?.into_iter().chain([original, answer]) {
            writeln!(out, "{:?}", content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))?;
        }
    }
    writeln!(out, "{:?}", stores.index.digest()?)?;
    for item in stores.quarantine.list(None, 100)? {
        writeln!(out, "{:?}", stores.quarantine.get(item.no)?)?;
    }
    let access = AccessLog::open(&dir.join("access"), &number(), stores.keys.clone())?;
    writeln!(
        out,
        "{} {:?}",
        serde_json::to_string(&access.newest(None, 1000)?)?,
        access.seals().last()
    )?;
    access.catch_up()?;
    Ok(out)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        match path.is_dir() {
            true => out.extend(files(&path)),
            false => out.push(path),
        }
    }
    out.sort();
    out
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for path in files(from) {
        let target = to.path().join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&path, target).unwrap();
    }
    to
}

struct Good {
    data: tempfile::TempDir,
    shown: String,
    /// With something in them, the engine's own diary apart.
    files: Vec<PathBuf>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let data = filled();
    // Opened once more, so that it lies as a server leaves it.
    let shown = everything(data.path()).unwrap();
    assert_eq!(everything(data.path()).unwrap(), shown);
    let full = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        std::fs::metadata(path).unwrap().len() > 0 && !name.starts_with("LOG") && name != "LOCK"
    };
    let files = files(data.path()).into_iter().filter(full).collect();
    Good { data, shown, files }
});

fn wrong_of(data: &Path) -> Vec<String> {
    let found = of_instance(&directory(data, &number()), &number(), &outside());
    found
        .into_iter()
        .filter(|one| one.state == State::Wrong)
        .map(|one| one.text)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_bit_is_named_or_changes_nothing_that_is_shown(file: Pick, at: Pick, bit in 0..8u32) {
        let good = &*GOOD;
        let path = file.get(&good.files);
        let name = path.strip_prefix(good.data.path()).unwrap();
        let mut bytes = std::fs::read(path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let damaged = || {
            let copied = copy(good.data.path());
            std::fs::write(copied.path().join(name), &bytes).unwrap();
            copied
        };
        let tried = damaged();
        match everything(tried.path()) {
            Ok(shown) => prop_assert!(shown == good.shown, "{} at {at}: shown, and wrong", name.display()),
            Err(cause) => {
                let said = wrong_of(damaged().path());
                prop_assert!(!said.is_empty(), "{} at {at}: refused ({cause:#}), and not named", name.display());
                let derived = ["index", "access-index"].iter().any(|part| name.components().any(|one| one.as_os_str() == *part));
                if derived {
                    // What is derived comes back from the logs.
                    let mended = damaged();
                    for part in ["index", "access-index"] {
                        std::fs::remove_dir_all(directory(mended.path(), &number()).join(part)).unwrap();
                    }
                    prop_assert_eq!(&everything(mended.path()).unwrap(), &good.shown);
                    prop_assert!(said.iter().all(|line| line.contains("kilde rebuild") || line.contains("it comes back")), "{:?}", said);
                }
            }
        }
    }
}

#[test]
fn nothing_is_found_in_a_sound_instance() {
    let sound = copy(GOOD.data.path());
    assert_eq!(wrong_of(sound.path()), Vec::<String>::new());
    for shown in ["Nina Havnes", "hemmelighet 0", "QuarantineItem"] {
        assert!(GOOD.shown.contains(shown), "{shown}");
    }
    for part in ["access", "access-index", "index", "keys", "log", "seal", "instance.key", "world"] {
        let named = |path: &PathBuf| path.components().any(|one| one.as_os_str() == part);
        assert!(GOOD.files.iter().any(named), "{part}");
    }
}

#[test]
fn a_missing_file_is_named_or_changes_nothing_that_is_shown() {
    for path in &GOOD.files {
        let name = path.strip_prefix(GOOD.data.path()).unwrap();
        let lacking = || {
            let copied = copy(GOOD.data.path());
            std::fs::remove_file(copied.path().join(name)).unwrap();
            copied
        };
        match everything(lacking().path()) {
            // The seal is signed again; which world it is was asked for a moment ago.
            Ok(shown) => assert!(shown == GOOD.shown || name.ends_with("seal/checkpoint"), "{}", name.display()),
            Err(cause) => assert!(!wrong_of(lacking().path()).is_empty(), "{}: {cause:#}", name.display()),
        }
    }
}
