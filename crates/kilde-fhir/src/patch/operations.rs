//! The operations of a FHIRPath Patch, as a Parameters resource has them.

use super::{Wrong, operations, say};
use crate::json::Value;

/// One operation.
pub(super) struct Operation<'p> {
    pub(super) place: Value<'p>,
    pub(super) path_place: Value<'p>,
    pub(super) path: String,
    pub(super) kind: What<'p>,
}

/// What to do.
pub(super) enum What<'p> {
    /// Name of the element, and the part with its value.
    Add(String, Value<'p>),
    /// Index, and the part with the value.
    Insert(usize, Value<'p>),
    Delete,
    /// The part with the value.
    Replace(Value<'p>),
    /// From, to.
    Move(usize, usize),
}

/// Reads them all, or tells everything that is wrong.
pub(super) fn read(parameters: Value<'_>) -> Result<Vec<Operation<'_>>, Vec<Wrong<'_>>> {
    if parameters.str("resourceType").as_deref() != Some("Parameters") {
        return Err(vec![Wrong::malformed(parameters, say::not_a_fhirpath_patch())]);
    }
    operations(parameters.items("parameter"), operation)
}

fn operation(place: Value<'_>) -> Result<Operation<'_>, Wrong<'_>> {
    if place.str("name").as_deref() != Some("operation") {
        return Err(Wrong::malformed(place, say::not_an_operation()));
    }
    for part in place.items("part") {
        let name = part.str("name").unwrap_or_default();
        let known = ["type", "path", "name", "value", "index", "source", "destination"].contains(&name.as_ref());
        if !known || place.items("part").filter(|p| p.str("name").as_deref() == Some(&name)).count() > 1 {
            return Err(Wrong::malformed(part, say::unknown_part(known)));
        }
    }
    let part = |name: &'static str| {
        let found = place.items("part").find(|p| p.str("name").as_deref() == Some(name));
        found.ok_or_else(|| Wrong::malformed(place, say::member_missing(name)))
    };
    let text = |name: &'static str| {
        let part = part(name)?;
        let value = ["valueString", "valueCode"].into_iter().find_map(|n| part.get(n));
        match value.and_then(|v| Some((v, v.as_str()?.into_owned()))) {
            Some(found) => Ok(found),
            None => Err(Wrong::malformed(part, say::part_type("valueString"))),
        }
    };
    let index = |name: &'static str| {
        let part = part(name)?;
        let value = ["valueInteger", "valueUnsignedInt", "valuePositiveInt"]
            .into_iter()
            .find_map(|n| part.get(n));
        let number = value.and_then(Value::as_number).and_then(|n| n.parse::<usize>().ok());
        number.ok_or_else(|| Wrong::malformed(part, say::part_type("valueInteger")))
    };
    let (kind_place, kind) = text("type")?;
    let kind = match kind.as_str() {
        "add" => What::Add(text("name")?.1, part("value")?),
        "insert" => What::Insert(index("index")?, part("value")?),
        "delete" => What::Delete,
        "replace" => What::Replace(part("value")?),
        "move" => What::Move(index("source")?, index("destination")?),
        _ => return Err(Wrong::malformed(kind_place, say::unknown_operation())),
    };
    let (path_place, path) = text("path")?;
    Ok(Operation {
        place,
        path_place,
        path,
        kind,
    })
}
