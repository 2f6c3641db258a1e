//! A moment in JSON: RFC 3339, UTC.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// As text.
pub fn serialize<S: Serializer>(moment: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(moment)
}

/// From text.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}
