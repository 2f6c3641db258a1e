//! Small helpers for writing FHIR JSON directly: escaping and identifiers that are the same each time.

use kilde_fhir::json::escape_into;

/// Writes a JSON string with its quotation marks.
pub(crate) fn quoted(out: &mut String, text: &str) {
    escape_into(text, out);
}

/// A UUID (version 8, own content) that depends only on the two texts.
pub(crate) fn stable_uuid(kind: &str, name: &str) -> String {
    uuid_from(hash(kind, name, 0), hash(kind, name, 1))
}

/// A UUID (version 8) from two numbers.
pub(crate) fn uuid_from(high: u64, low: u64) -> String {
    let mut out = String::with_capacity(36);
    write_uuid(&mut out, high, low);
    out
}

/// Appends a UUID (version 8) made from two numbers.
pub(crate) fn write_uuid(out: &mut String, high: u64, low: u64) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let high = (high & !0xF000) | 0x8000;
    let low = (low & !(0xC000 << 48)) | (0x8000 << 48);
    let all = (u128::from(high) << 64) | u128::from(low);
    for i in 0..32 {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(HEX[((all >> (124 - 4 * i)) & 15) as usize] as char);
    }
}

/// FNV-1a over the texts: spread is all that is asked of it, nothing secret stands on it.
pub(crate) fn hash(kind: &str, name: &str, salt: u8) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for b in kind.bytes().chain([0xff, salt]).chain(name.bytes()) {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h ^ (h >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_their_form_and_are_stable() {
        let u = stable_uuid("organisation", "399901006");
        assert_eq!(u, stable_uuid("organisation", "399901006"));
        assert_ne!(u, stable_uuid("organisation", "399901014"));
        assert_eq!(u.len(), 36);
        assert_eq!(u.as_bytes()[14], b'8');
        assert!(matches!(u.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
