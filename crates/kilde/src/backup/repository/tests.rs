use super::super::still::{Still, Taken};
use super::*;
use jiff::SignedDuration;
use std::os::unix::fs::PermissionsExt;

fn number() -> Instance {
    Instance::parse("9901").unwrap()
}

fn key(n: u8) -> MasterKey {
    MasterKey::from_bytes([n; 32])
}

/// A folder with files to copy, and one for backups.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Place {
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir_all(place.source().join("log")).unwrap();
        place.put("log/000001.sst", &[1; 3000]);
        place.put("log/CURRENT", b"MANIFEST-1\n");
        place.put("world", b"");
        place
    }

    fn source(&self) -> PathBuf {
        self.dir.path().join("source")
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.source().join(name), bytes).unwrap();
    }

    fn still(&self, made: Timestamp) -> Still {
        let taken = Taken {
            dir: self.source(),
            made,
            event: 7,
            entries: 9,
        };
        Still::new(taken, |_| ())
    }

    fn at(&self) -> PathBuf {
        self.dir.path().join("backups")
    }

    fn repository(&self) -> Repository {
        Repository::open_or_create(&self.at(), Kind::Content, &number(), &key(1)).unwrap()
    }

    fn back_up(&self, made: Timestamp) -> Made {
        let mut repository = self.repository();
        let made = repository.add(&self.still(made), &ProgressBar::hidden()).unwrap();
        repository.finish(made).unwrap()
    }

    /// What comes back, by path.
    fn restored(&self, name: &str) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        let to = tempfile::tempdir().unwrap();
        let repository = self.repository();
        repository.restore(&repository.manifest(name)?, to.path(), &ProgressBar::hidden())?;
        let still = Still::new(
            Taken {
                dir: to.path().to_owned(),
                made: Timestamp::UNIX_EPOCH,
                event: 0,
                entries: 0,
            },
            |_| (),
        );
        let read = |path: String| {
            let bytes = std::fs::read(to.path().join(&path)).unwrap();
            (path, bytes)
        };
        Ok(still.files().unwrap().into_iter().map(read).collect())
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut out: Vec<PathBuf> = self.repository().parts().unwrap().into_iter().map(|(path, _)| path).collect();
        out.extend(
            std::fs::read_dir(self.at().join("9901/backups"))
                .unwrap()
                .map(|item| item.unwrap().path()),
        );
        out
    }
}

fn day(n: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_hours(24 * n)
}

#[test]
fn what_is_copied_comes_back_and_only_what_is_new_is_written() {
    let place = Place::new();
    let first = place.back_up(day(0));
    assert_eq!((first.bytes, first.new_bytes, first.files), (3011, 3011, 3));
    place.put("log/000002.sst", &[2; 500]);
    let second = place.back_up(day(1));
    assert_eq!((second.bytes, second.new_bytes), (3511, 500));
    std::fs::remove_file(place.source().join("log/000001.sst")).unwrap();
    place.put("log/CURRENT", b"MANIFEST-2\n");
    let third = place.back_up(day(2));
    assert_eq!((third.bytes, third.new_bytes), (511, 11));
    let back = place.restored(&second.backup).unwrap();
    assert_eq!(back["log/000001.sst"], vec![1; 3000]);
    assert_eq!(back["log/CURRENT"], b"MANIFEST-1\n");
    assert_eq!(back["world"], b"");
    assert_eq!(place.restored(&third.backup).unwrap().len(), 3);
    let found = place.repository().verify(&ProgressBar::hidden()).unwrap();
    assert_eq!((found.backups, found.wrong.len()), (3, 0));
}

#[test]
fn a_file_of_several_parts_comes_back_whole() {
    let place = Place::new();
    let large: Vec<u8> = (0..PART + 70_000).map(|n| (n / 1000) as u8).collect();
    place.put("log/000002.sst", &large);
    let made = place.back_up(day(0));
    assert!(place.restored(&made.backup).unwrap()["log/000002.sst"] == large);
    // One whose first part is known already.
    place.put("log/000003.sst", &large[..PART]);
    assert_eq!(place.back_up(day(1)).new_bytes, 0);
}

#[test]
fn every_changed_byte_and_every_cut_is_found_and_named() {
    let place = Place::new();
    let made = place.back_up(day(0));
    for path in place.files() {
        let good = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for at in (0..good.len()).step_by(41).chain([good.len() - 1]) {
            for cut in [false, true] {
                let mut bad = good.clone();
                match cut {
                    true => bad.truncate(at),
                    false => bad[at] ^= 1 << (at % 8),
                }
                std::fs::write(&path, bad).unwrap();
                let found = place.repository().verify(&ProgressBar::hidden()).unwrap();
                assert!(
                    found.wrong.iter().any(|wrong| wrong.contains(name)),
                    "{name} at {at}: {:?}",
                    found.wrong
                );
                let refused = format!("{:#}", place.restored(&made.backup).unwrap_err());
                assert!(refused.contains(name), "{refused}");
            }
        }
        std::fs::write(&path, &good).unwrap();
    }
    let marker = place.at().join("9901/marker");
    let good = std::fs::read(&marker).unwrap();
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&marker, &bad).unwrap();
        let opened = Repository::open(&place.at(), &number(), &key(1));
        // Only the kind can be read as something else, and a space as none: then nothing opens.
        assert!(opened.map_or(true, |other| other.manifest(&made.backup).is_err()), "byte {at}");
    }
}

#[test]
fn parts_that_are_swapped_missing_or_cut_are_named_and_written_anew() {
    let place = Place::new();
    place.put("log/000002.sst", &[2; 3000]);
    let made = place.back_up(day(0));
    let manifest = place.repository().manifest(&made.backup).unwrap();
    let part = |name: &str| {
        let filed = manifest.files.iter().find(|file| file.path == name).unwrap();
        place.repository().part(&filed.parts[0])
    };
    let (one, other) = (part("log/000001.sst"), part("log/000002.sst"));
    let bytes = std::fs::read(&one).unwrap();
    std::fs::copy(&other, &one).unwrap();
    let wrong = place.repository().verify(&ProgressBar::hidden()).unwrap().wrong;
    assert!(
        wrong.len() == 1 && wrong[0].contains("log/000001.sst") && wrong[0].contains("damaged"),
        "{wrong:?}"
    );
    for cut in [0, 100] {
        std::fs::write(&one, &bytes[..cut]).unwrap();
        assert_eq!(place.back_up(day(1)).new_bytes, 3000);
    }
    std::fs::remove_file(&one).unwrap();
    let wrong = place.repository().verify(&ProgressBar::hidden()).unwrap().wrong;
    assert!(wrong.len() == 3 && wrong[0].contains("missing"), "{wrong:?}");
    place.back_up(day(2));
    assert!(place.repository().verify(&ProgressBar::hidden()).unwrap().wrong.is_empty());
    // A list under another name is not taken for that one.
    let lists = place.at().join("9901/backups");
    std::fs::copy(lists.join(&made.backup), lists.join("00009-20300101T000000Z")).unwrap();
    assert!(place.repository().manifest("00009-20300101T000000Z").is_err());
}

#[test]
fn old_backups_go_with_what_only_they_hold_and_the_newest_stays() {
    let place = Place::new();
    place.back_up(day(0));
    std::fs::remove_file(place.source().join("log/000001.sst")).unwrap();
    place.put("log/000002.sst", &[2; 500]);
    let second = place.back_up(day(1));
    let third = place.back_up(day(2));
    let gone = place.repository().forget(day(1)).unwrap();
    assert_eq!((gone.backups, gone.bytes), (1, 3000 + SEAL));
    assert_eq!(place.restored(&second.backup).unwrap()["log/000002.sst"], vec![2; 500]);
    let gone = place.repository().forget(day(100)).unwrap();
    assert_eq!((gone.backups, gone.bytes), (1, 0));
    assert_eq!(place.repository().backups().unwrap(), std::slice::from_ref(&third.backup));
    assert_eq!(third.backup.split('-').next(), Some("00003"));
    // What was begun and not finished goes too.
    place.put("log/000003.sst", &[3; 700]);
    let mut repository = place.repository();
    repository.add(&place.still(day(3)), &ProgressBar::hidden()).unwrap();
    assert_eq!(repository.forget(day(0)).unwrap().bytes, 700 + SEAL);
    assert!(repository.verify(&ProgressBar::hidden()).unwrap().wrong.is_empty());
}

#[test]
fn the_order_is_that_of_numbers_whatever_the_clock_says() {
    let place = Place::new();
    place.back_up(day(5));
    let later = place.back_up(day(1));
    assert_eq!(place.repository().backups().unwrap().last(), Some(&later.backup));
    // Nor does a clock that jumps ahead and back take the newest.
    assert_eq!(place.repository().forget(day(9)).unwrap().backups, 1);
    assert_eq!(place.repository().backups().unwrap(), [later.backup]);
}

#[test]
fn another_key_kind_instance_or_folder_is_refused_in_words() {
    let place = Place::new();
    place.back_up(day(0));
    let refused = |found: anyhow::Result<Repository>, word: &str| {
        let text = format!("{:#}", found.err().unwrap());
        assert!(text.contains(word), "{text}");
    };
    refused(Repository::open(&place.at(), &number(), &key(2)), "another backup key");
    refused(
        Repository::open(&place.at(), &Instance::parse("9902").unwrap(), &key(1)),
        "no backup of 9902",
    );
    refused(
        Repository::open_or_create(&place.at(), Kind::Keys, &number(), &key(1)),
        "another kind",
    );
    let held = place.repository();
    refused(Repository::open(&place.at(), &number(), &key(1)), "in use");
    drop(held);
    let other = place.at().join("9903");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("letter"), "x").unwrap();
    let third = Instance::parse("9903").unwrap();
    refused(Repository::open_or_create(&place.at(), Kind::Content, &third, &key(1)), "no backup");
}

#[test]
fn nothing_of_it_is_in_clear_and_nobody_else_may_read_it() {
    let place = Place::new();
    place.put("log/000001.sst", &b"Kari Nordmann bor i Nordvik ".repeat(50));
    place.back_up(day(0));
    for path in place.files() {
        let bytes = std::fs::read(&path).unwrap();
        for mark in [&b"Nordmann"[..], b"000001.sst", b"CURRENT", b"parts"] {
            assert!(!bytes.windows(mark.len()).any(|window| window == mark), "{}", path.display());
        }
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn a_list_that_points_outside_is_refused() {
    let place = Place::new();
    let made = place.back_up(day(0));
    let repository = place.repository();
    let mut manifest = repository.manifest(&made.backup).unwrap();
    for path in ["../x", "/tmp/x", "log/../../x"] {
        manifest.files[0].path = path.to_owned();
        let to = tempfile::tempdir().unwrap();
        assert!(repository.restore(&manifest, to.path(), &ProgressBar::hidden()).is_err());
    }
}
