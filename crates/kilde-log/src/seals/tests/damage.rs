//! Who has the disk, and who has the keys too, and what is found.

use super::*;

fn lost(error: Option<LogError>) -> bool {
    matches!(error, Some(LogError::Lost { .. }))
}

/// Puts the directory `from` of one place where that of another is.
fn replace(from: &Place, to: &Place, name: &str) {
    let target = to.dir.path().join(name);
    std::fs::remove_dir_all(&target).unwrap();
    crate::testing::copy(&from.dir.path().join(name), &target);
}

#[test]
fn a_directory_rolled_back_as_a_whole_is_seen_with_a_checkpoint_kept_elsewhere() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 400);
    sealed.seals.sign().unwrap();
    let earlier = place.crashed();
    sealed.add(401, 500);
    let kept = sealed.seals.sign().unwrap();
    drop(sealed);
    // By itself the earlier state is whole.
    let rolled_back = open(&earlier);
    assert!(lost(rolled_back.seals.check(&kept.checkpoint).err()));
    // Nor does it help to write other entries after it.
    rolled_back.add(401, 600);
    rolled_back.seals.sign().unwrap();
    assert!(matches!(
        rolled_back.seals.check(&kept.checkpoint),
        Err(LogError::Damaged { key: 500, .. })
    ));
}

#[test]
fn a_log_rolled_back_beside_its_seal_is_refused_at_opening() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 100);
    let earlier = place.crashed();
    sealed.add(101, 200);
    sealed.seals.sign().unwrap();
    drop(sealed);
    replace(&earlier, &place, "access");
    assert!(lost(try_open(&place).err()));
}

#[test]
fn a_log_written_anew_by_who_has_all_keys_is_refused_at_opening() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 100);
    sealed.seals.sign().unwrap();
    drop(sealed);
    let mut anew = Place::new();
    anew.keys = place.keys.clone();
    std::fs::remove_file(anew.dir.path().join("instance.key")).unwrap();
    let written = open(&anew);
    written.add(1, 120);
    drop(written);
    replace(&anew, &place, "access");
    assert!(matches!(try_open(&place).err(), Some(LogError::Damaged { key: 100, .. })));
}

#[test]
fn a_forged_or_strange_checkpoint_is_refused_at_opening() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 10);
    let signed = sealed.seals.sign().unwrap();
    let path = sealed.seals.path();
    let text = signed.note.to_string();
    drop(sealed);
    let mut forged = signed.note.clone();
    forged.signatures[0].bytes[5] ^= 1;
    let strangers = Place::new();
    let theirs = open(&strangers);
    theirs.add(1, 10);
    let strange = theirs.seals.sign().unwrap().note.to_string();
    let smaller = text.replace("\n10\n", "\n9\n");
    for bad in [
        forged.to_string(),
        strange,
        smaller,
        "nothing".to_owned(),
        text[..text.len() / 2].to_owned(),
    ] {
        std::fs::write(&path, bad).unwrap();
        assert!(matches!(try_open(&place).err(), Some(LogError::Note { .. })));
    }
    std::fs::write(&path, &text).unwrap();
    open(&place);
}

#[test]
fn what_was_cut_off_with_its_head_file_is_seen_by_the_seal() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 300);
    sealed.seals.sign().unwrap();
    sealed.records.cut(298);
    drop(sealed);
    std::fs::write(place.dir.path().join("access/head"), [0; 32]).unwrap();
    assert!(lost(try_open(&place).err()));
    // Without a checkpoint the records themselves look whole: it is the seal that knows.
    std::fs::remove_file(place.dir.path().join("seal/checkpoint")).unwrap();
    assert_eq!(open(&place).records.last(), 298);
}

#[test]
fn a_cut_below_a_full_tile_is_seen_by_the_tree() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 300);
    sealed.records.cut(250);
    drop(sealed);
    std::fs::write(place.dir.path().join("access/head"), [0; 32]).unwrap();
    let error = try_open(&place).err();
    assert!(matches!(error, Some(LogError::Damaged { family: "tiles", .. })), "{error:?}");
}

#[test]
fn an_entry_changed_by_who_has_all_keys_is_found() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 600);
    sealed.seals.sign().unwrap();
    for (no, found_at) in [(100, 100), (512, 512)] {
        let undo = sealed.records.forge(no);
        let error = sealed.records.verify(|_| {}).unwrap_err();
        assert!(
            matches!(error, LogError::Damaged { family: "records", key, .. } if key == found_at),
            "{error}"
        );
        undo(&sealed.records);
        sealed.records.verify(|_| {}).unwrap();
    }
    // Beyond the last full tile nothing on disk but the checkpoint knows.
    drop(sealed.records.forge(599));
    sealed.records.verify(|_| {}).unwrap();
    drop(sealed);
    let error = try_open(&place).err();
    assert!(matches!(error, Some(LogError::Damaged { key: 600, .. })), "{error:?}");
}

#[test]
fn damage_in_the_tree_is_found_and_its_place_is_told() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.add(1, 66_000);
    let good = sealed.records.verify(|_| {}).unwrap();
    let tile = |level: u8, index: u64| {
        let mut key = vec![level];
        key.extend_from_slice(&index.to_be_bytes());
        key
    };
    // Level, tile, byte within it; the first record under the damage.
    for (level, index, byte, at) in [
        (0, 0, 0, 1),
        (0, 3, 33, 3 * 256 + 2),
        (1, 0, 40, 1),
        (1, 1, 3, 65_537),
        (2, 0, 9, 1),
    ] {
        let whole = sealed.records.raw_tile(&tile(level, index)).unwrap();
        let mut bad = whole.clone();
        bad[byte] ^= 1;
        sealed.records.put_tile(&tile(level, index), Some(&bad));
        let error = sealed.records.verify(|_| {}).unwrap_err();
        assert!(
            matches!(error, LogError::Damaged { key, .. } if key == at),
            "{level}/{index}: {error}"
        );
        let gone = [None, Some(&whole[..whole.len() - 32]), Some(&whole[..whole.len() - 1])];
        for gone in gone.into_iter().filter(|_| (level, index) == (0, 3) || (level, index) == (1, 1)) {
            sealed.records.put_tile(&tile(level, index), gone);
            let error = sealed.records.verify(|_| {}).unwrap_err();
            assert!(
                matches!(error, LogError::Damaged { .. } | LogError::Missing { .. }),
                "{level}/{index}: {error}"
            );
        }
        sealed.records.put_tile(&tile(level, index), Some(&whole));
    }
    let (one, other) = (
        sealed.records.raw_tile(&tile(0, 1)).unwrap(),
        sealed.records.raw_tile(&tile(0, 2)).unwrap(),
    );
    sealed.records.put_tile(&tile(0, 1), Some(&other));
    sealed.records.put_tile(&tile(0, 2), Some(&one));
    let error = sealed.records.verify(|_| {}).unwrap_err();
    assert!(matches!(error, LogError::Damaged { key: 257, .. }), "{error}");
    sealed.records.put_tile(&tile(0, 1), Some(&one));
    sealed.records.put_tile(&tile(0, 2), Some(&other));
    assert_eq!(sealed.records.verify(|_| {}).unwrap(), good);
    // A tree that ends elsewhere than the records do is refused at opening.
    sealed.records.put_tile(&tile(1, 1), None);
    drop(sealed);
    assert!(matches!(try_open(&place).err(), Some(LogError::Damaged { family: "tiles", .. })));
}

#[test]
fn a_log_from_before_the_tree_gets_one_from_its_records() {
    let place = Place::new();
    let sealed = open(&place);
    sealed.records.write_old_format(700);
    drop(sealed);
    let again = open(&place);
    assert_eq!((again.records.last(), again.records.tree().size()), (700, 700));
    let found = again.records.verify(|_| {}).unwrap();
    let record = again.records.read(3).unwrap().unwrap();
    assert_eq!((record.body.as_slice(), record.kept.as_slice()), (&b""[..], &b"old entry 3"[..]));
    again.add(701, 1100);
    let receipt = again.receipt(3);
    receipt.check().unwrap();
    drop(again);
    let again = open(&place);
    assert_eq!(again.records.tree_of(700).unwrap().root().unwrap(), found.root);
    again.records.verify(|_| {}).unwrap();
}
