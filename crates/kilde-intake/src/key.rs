//! Keys that recognise a repeated message. They are hashes: a message id may hold anything.

use crate::unit::{Key, KeyRule};
use kilde_access::AccessScope;
use kilde_fhir::json::{Limits, Value, parse, write_compact};
use kilde_fhir::xml::to_json;

fn hash(scope: &AccessScope, rule: KeyRule, parts: &[&str]) -> Key {
    let mut hash = blake3::Hasher::new_derive_key("kilde intake message key v1");
    let own = [scope.organisation().unwrap_or(""), scope.client()];
    for part in own.iter().chain(parts) {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    Key {
        bytes: hash.finalize().as_bytes().to_vec(),
        rule,
    }
}

/// By the id of the message; `entry` for the parts of a batch.
pub(crate) fn message(scope: &AccessScope, id: &str, entry: Option<usize>) -> Key {
    let entry = entry.map_or(String::new(), |e| e.to_string());
    hash(scope, KeyRule::Named, &["message", id, &entry])
}

/// By the producer's identifier and version, if the resource has both.
pub(crate) fn producer(scope: &AccessScope, resource: Value<'_>) -> Option<Key> {
    let version = resource.path(&["meta", "versionId"])?.as_str()?;
    let (system, value) = identifier(resource)?;
    let rtype = resource.str("resourceType")?;
    Some(hash(scope, KeyRule::Named, &["producer", &rtype, &system, &value, &version]))
}

/// By all of the content, white space aside.
pub(crate) fn content(scope: &AccessScope, kind: &str, value: Value<'_>) -> Key {
    let mut text = String::new();
    write_compact(value, &mut text);
    hash(scope, KeyRule::Content, &["content", kind, &text])
}

/// The first identifier that has system and value.
pub(crate) fn identifier(resource: Value<'_>) -> Option<(String, String)> {
    resource.items("identifier").find_map(|i| {
        let (system, value) = (i.str("system")?, i.str("value")?);
        (!system.is_empty() && !value.is_empty()).then(|| (system.into_owned(), value.into_owned()))
    })
}

/// The key under which the same content is remembered the `n`th time it became news again.
pub(crate) fn generation(key: &Key, n: u32) -> Vec<u8> {
    if n == 0 {
        return key.bytes.clone();
    }
    let mut hash = blake3::Hasher::new_derive_key("kilde intake message key generation v1");
    hash.update(&key.bytes);
    hash.update(&n.to_le_bytes());
    hash.finalize().as_bytes().to_vec()
}

/// Whether two bodies say the same, white space aside.
pub(crate) fn same_content(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    let limits = Limits {
        bytes: usize::MAX,
        depth: 256,
    };
    let compact = |bytes: &[u8]| {
        let doc = if bytes.trim_ascii_start().starts_with(b"<") {
            parse(to_json(bytes, limits).ok()?.json, limits).ok()?
        } else {
            parse(bytes, limits).ok()?
        };
        let mut out = String::with_capacity(bytes.len());
        write_compact(doc.root(), &mut out);
        Some(out)
    };
    match (compact(a), compact(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
