//! Blocks are events: they are there after a kill, and after the index is made anew.

use super::someone::{BLOCKS, Someone};
use crate::server::Kilde;
use serde_json::json;
use std::process::Command;

#[test]
fn a_block_survives_a_kill_and_a_rebuild() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let data = place.path().join("data");
    let before = Kilde::start(&data);
    let her = Someone::new(&before, 98);
    her.readable(&her.nurse());
    let lifted = her.block(json!("everyone"), json!("everything"), false);
    her.lift(&lifted);
    her.block(
        json!({ "reader": her.reader("Nina Havnes") }),
        json!({ "category": "journal" }),
        false,
    );
    let (nin, everything) = (her.nin.clone(), her.everything());
    let shown = her.citizen().get(BLOCKS).expect(200).json();
    before.kill();

    let after = Kilde::start(&data);
    let again = |kilde: &Kilde| {
        let nurse = kilde.who("sykepleier-legevakt-nordvik").attested(&nin);
        let statuses: Vec<u16> = everything
            .iter()
            .map(|path| nurse.get(&format!("/9901/fhir/r4/{path}")).status)
            .collect();
        assert_eq!(statuses, [200, 200, 404, 200]);
        let citizen = kilde.who(&format!("innbygger-{nin}"));
        assert_eq!(citizen.get(BLOCKS).expect(200).json(), shown);
    };
    again(&after);
    after.kill();

    let rebuilt = Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["rebuild", "--instance", "9901", "--compare", "--data"])
        .arg(&data)
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&rebuilt.stderr).into_owned() + &String::from_utf8_lossy(&rebuilt.stdout);
    assert!(rebuilt.status.success(), "{told}");
    let verified = Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["log", "verify", "--instance", "9901", "--data"])
        .arg(&data)
        .output()
        .expect("the program runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    again(&Kilde::start(&data));
}
