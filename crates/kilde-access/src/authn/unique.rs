//! JSON objects in which no name stands twice. Of two claims with one name one reader takes the first and another the last
//! (RFC 8259 section 4 leaves it open), so a token that has two says nothing that can be relied on.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// An object that is read only if no name stands twice in it, at any depth.
pub struct Unique(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(AnyValue)? {
            Value::Object(map) => Ok(Unique(map)),
            _ => Err(D::Error::custom("not an object")),
        }
    }
}

struct Checked(Value);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Checked)
    }
}

/// Depth is bounded by the parser.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Checked(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Checked(value))) = members.next_entry::<String, Checked>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_any_depth() {
        let read = |text: &str| serde_json::from_str::<Unique>(text).ok().map(|u| Value::Object(u.0));
        assert!(read(r#"{"aud":"a","cnf":{"jkt":"b"},"list":[{"x":1},{"x":2}]}"#).is_some());
        for twice in [
            r#"{"aud":"a","aud":"b"}"#,
            r#"{"aud":"a","\u0061ud":"a"}"#,
            r#"{"cnf":{"jkt":"a","jkt":"b"}}"#,
            r#"{"list":[{"x":1,"x":1}]}"#,
            "[]",
            "{",
        ] {
            assert_eq!(read(twice), None, "{twice}");
        }
    }

    proptest! {
        #[test]
        fn objects_without_repeats_are_read_as_they_are(names in proptest::collection::btree_map("[a-z]{1,4}", any::<i64>(), 0..8)) {
            let value = Value::Object(names.into_iter().map(|(k, v)| (k, Value::from(v))).collect());
            let read = serde_json::from_str::<Unique>(&value.to_string()).map(|u| Value::Object(u.0));
            prop_assert_eq!(read.ok(), Some(value));
        }

        #[test]
        fn never_panics(text in "[\\[\\]{}\":,a0-9.eE-]{0,60}") {
            let _ = serde_json::from_str::<Unique>(&text);
        }
    }
}
