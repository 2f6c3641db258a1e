//! A receipt as a file: JSON that `tools/kvittering.py` verifies with nothing of ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kilde_log::{Receipt, SALT, StoredRecord, commitment};
use serde::{Deserialize, Serialize};

const KIND: &str = "kilde-receipt-1";

/// What the file says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    kind: String,
    no: u64,
    /// The entry as it was sealed, byte for byte, in a string.
    entry: String,
    salt: String,
    /// What stands in the seal for the part that is kept back.
    kept: String,
    /// The part that is kept back, where the controller discloses it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    kept_entry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    kept_salt: Option<String>,
    proof: String,
}

/// The receipt as JSON. With the record, the part that is kept back is disclosed too: for the controller, not the citizen.
pub fn receipt_json(receipt: &Receipt, whole: Option<&StoredRecord>) -> Result<Vec<u8>, serde_json::Error> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    serde_json::to_vec_pretty(&Written {
        kind: KIND.to_owned(),
        no: receipt.no,
        entry: text(&receipt.body),
        salt: STANDARD.encode(receipt.salt),
        kept: STANDARD.encode(receipt.kept),
        kept_entry: whole.map(|record| text(&record.kept)),
        kept_salt: whole.map(|record| STANDARD.encode(record.salts[1])),
        proof: receipt.proof.clone(),
    })
}

/// A receipt from JSON; `None` if it is none, or if what it discloses of the part kept back is not what was sealed.
/// Whether it proves anything is for [`Receipt::check`] to say.
pub fn receipt_of_json(json: &[u8]) -> Option<Receipt> {
    let written: Written = serde_json::from_slice(json).ok()?;
    let kept = STANDARD.decode(&written.kept).ok()?.try_into().ok()?;
    if let Some(entry) = &written.kept_entry {
        let salt: [u8; SALT] = STANDARD.decode(written.kept_salt.as_deref()?).ok()?.try_into().ok()?;
        if commitment(&salt, entry.as_bytes()) != kept {
            return None;
        }
    }
    (written.kind == KIND).then_some(Receipt {
        no: written.no,
        body: written.entry.into_bytes(),
        salt: STANDARD.decode(&written.salt).ok()?.try_into().ok()?,
        kept,
        proof: written.proof,
    })
}
