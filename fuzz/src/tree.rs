//! Changes to the tree of a JSON text.

use serde_json::{Value, json};

/// What often stands at the edge of what is allowed.
fn odd(dice: &mut Dice) -> Value {
    let texts = [
        "",
        " ",
        "#",
        "#a",
        "Patient/1",
        "urn:uuid:",
        "http://hl7.org/fhir/StructureDefinition/Patient",
        "2026-02-30",
        "2026-11-23T00:00:00Z",
        "0001",
        "æ\u{0301}",
        "\u{0}",
        "<div xmlns='http://www.w3.org/1999/xhtml'>a</div>",
    ];
    match dice.below(12) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!(true),
        4 => json!(-1),
        5 => json!(1e300),
        6 => json!([null]),
        7 => json!([[]]),
        _ => json!(texts[dice.below(texts.len())]),
    }
}

/// A small generator of numbers: the same seed makes the same change.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n.max(1)
    }
}

/// The text with one to three changes to its tree; `None` if it is not JSON.
pub fn changed(text: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(text).ok()?;
    let mut dice = Dice(u64::from(seed));
    for _ in 0..=dice.below(3) {
        let mut places = Vec::new();
        pointers(&value, String::new(), &mut places);
        let place = places[dice.below(places.len())].clone();
        let other = value.pointer(&places[dice.below(places.len())]).cloned();
        change(&mut value, &place, other, &mut dice);
    }
    serde_json::to_vec(&value).ok()
}

fn change(value: &mut Value, place: &str, other: Option<Value>, dice: &mut Dice) {
    let kind = dice.below(6);
    if let (0, Some((parent, name))) = (kind, place.rsplit_once('/')) {
        match value.pointer_mut(parent) {
            Some(Value::Object(o)) => _ = o.shift_remove(&name.replace("~1", "/").replace("~0", "~")),
            Some(Value::Array(a)) => _ = name.parse().ok().filter(|i| *i < a.len()).map(|i: usize| a.remove(i)),
            _ => {}
        }
        return;
    }
    let Some(at) = value.pointer_mut(place) else { return };
    match (kind, at) {
        (1, Value::Array(items)) if !items.is_empty() => {
            let item = items[dice.below(items.len())].clone();
            items.push(item);
        }
        (1 | 2, Value::Object(members)) => {
            let name = members.keys().nth(dice.below(members.len().max(1))).cloned().unwrap_or_default();
            let name = match dice.below(3) {
                0 => format!("_{name}"),
                1 => "extension".to_owned(),
                _ => "contained".to_owned(),
            };
            members.insert(name, other.unwrap_or_default());
        }
        (3, at) => *at = json!([at.take()]),
        (4, at) => *at = other.unwrap_or_default(),
        (_, at) => *at = odd(dice),
    }
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    if found.len() > 5_000 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| pointers(v, format!("{at}/{i}"), found)),
        Value::Object(members) => members
            .iter()
            .for_each(|(k, v)| pointers(v, format!("{at}/{}", k.replace('~', "~0").replace('/', "~1")), found)),
        _ => {}
    }
    found.push(at);
}
