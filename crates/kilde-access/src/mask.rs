//! Taking out what a scope does not reach from a resource that it otherwise reaches.

mod places;

pub use places::{MASKED, is_masked, is_secret, without_places};

use crate::category::Category;
use crate::scope::AccessScope;
use kilde_fhir::json::{self, Edits, Limits, Value};

/// Extension of the OKT profile that holds the free text.
const DESCRIPTION: &str = "http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown";
/// Tag of a resource that is not whole, so that nobody writes it back.
const TAG: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;
/// Elements of free text, wherever they stand.
const FREE_TEXT: [&str; 4] = ["note", "comment", "description", "patientInstruction"];

/// What must leave instead of a resource of a category under a scope, and the number of elements
/// taken out; `None` if it may leave as it is.
pub fn masked(scope: &AccessScope, category: Category, body: &[u8]) -> Option<(Vec<u8>, u32)> {
    if may_mask(scope, category) {
        without_descriptions(body)
    } else {
        None
    }
}

/// Whether something could be taken out of a resource of a category under a scope.
pub fn may_mask(scope: &AccessScope, category: Category) -> bool {
    !scope.may_see_descriptions() && matches!(category, Category::Tjenester | Category::Tvang)
}

/// A resource without free-text descriptions (the narrative, the OKT description, notes, the text
/// beside codes), tagged `SUBSETTED`, and the number of elements taken out; `None` if there are
/// none. Everything else keeps its text. What cannot be read becomes `{}`: nothing of it is shown.
pub fn without_descriptions(body: &[u8]) -> Option<(Vec<u8>, u32)> {
    masked_as(body, |root, edits| {
        let mut taken = 0;
        strip(root, true, edits, &mut taken);
        if taken > 0 {
            tag(root, edits);
        }
        (taken > 0).then_some(taken)
    })
}

/// A resource with what `work` edits, and the number that it gives; `None` if it gives none.
fn masked_as(body: &[u8], work: impl FnOnce(Value<'_>, &mut Edits) -> Option<u32>) -> Option<(Vec<u8>, u32)> {
    let Some(document) = json::parse(body, Limits::default()).ok().filter(|d| d.root().is_object()) else {
        return Some((b"{}".to_vec(), 1));
    };
    let root = document.root();
    let mut edits = Edits::default();
    let taken = work(root, &mut edits)?;
    let mut out = String::with_capacity(body.len());
    json::write_edited(root, &edits, &mut out);
    Some((out.into_bytes(), taken))
}

fn strip(object: Value<'_>, is_resource: bool, edits: &mut Edits, taken: &mut u32) {
    let coded = object.get("coding").is_some();
    for child in object.children() {
        let key = child.key().unwrap_or_default();
        let name = key.strip_prefix('_').unwrap_or(&key);
        if FREE_TEXT.contains(&name) || (name == "text" && (is_resource || coded)) {
            edits.remove(child);
            *taken += 1;
        } else if name == "extension" || name == "modifierExtension" {
            extensions(child, edits, taken);
        } else {
            inside(child, name == "contained", edits, taken);
        }
    }
}

/// Takes the descriptions out of an array of extensions, and the array with them if nothing is left.
fn extensions(array: Value<'_>, edits: &mut Edits, taken: &mut u32) {
    let describes = |extension: &Value<'_>| {
        extension
            .str("url")
            .is_some_and(|url| url == DESCRIPTION || url.contains("Description"))
    };
    let all = array.children().count();
    let mut out = 0;
    for extension in array.children() {
        if describes(&extension) {
            edits.remove(extension);
            out += 1;
        } else {
            inside(extension, false, edits, taken);
        }
    }
    *taken += out;
    if out as usize == all && all > 0 {
        edits.remove(array);
    }
}

fn inside(value: Value<'_>, is_resource: bool, edits: &mut Edits, taken: &mut u32) {
    if value.is_object() {
        strip(value, is_resource, edits, taken);
    } else {
        for item in value.children() {
            inside(item, is_resource, edits, taken);
        }
    }
}

fn tag(root: Value<'_>, edits: &mut Edits) {
    let Some(meta) = root.get("meta").filter(|meta| meta.is_object()) else {
        edits.prepend(root, format!("\"meta\":{{\"tag\":[{TAG}]}}"));
        return;
    };
    match meta.get("tag") {
        None => edits.prepend(meta, format!("\"tag\":[{TAG}]")),
        Some(tags) => {
            let mut all = String::from("[");
            for existing in tags.children().filter(|_| tags.is_array()) {
                json::write_compact(existing, &mut all);
                all.push(',');
            }
            all.push_str(TAG);
            all.push(']');
            edits.replace(tags, all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPISODE: &str = r#"{"resourceType":"EpisodeOfCare","id":"1","meta":{"versionId":"1","tag":[{"code":"a"}]},"text":{"status":"generated","div":"<div>hemmelig</div>"},"extension":[{"url":"http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown","valueMarkdown":"hemmelig"},{"url":"http://hl7.no/fhir/ig/okt/StructureDefinition/WeeklyExtentRatio","valueRatio":{"numerator":{"value":7.50}}}],"type":[{"coding":[{"system":"urn:oid:2.16.578.1.12.4.1.1.9151","code":"2","display":"Praktisk bistand"}],"text":"hemmelig"}],"period":{"start":"2020-06-22"}}"#;

    #[test]
    fn descriptions_leave_and_the_rest_keeps_its_text() {
        let (masked, taken) = without_descriptions(EPISODE.as_bytes()).unwrap_or_default();
        let expected = r#"{"resourceType":"EpisodeOfCare","id":"1","meta":{"versionId":"1","tag":[{"code":"a"},{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]},"extension":[{"url":"http://hl7.no/fhir/ig/okt/StructureDefinition/WeeklyExtentRatio","valueRatio":{"numerator":{"value":7.50}}}],"type":[{"coding":[{"system":"urn:oid:2.16.578.1.12.4.1.1.9151","code":"2","display":"Praktisk bistand"}]}],"period":{"start":"2020-06-22"}}"#;
        assert_eq!(String::from_utf8_lossy(&masked), expected);
        assert_eq!(taken, 3);
    }

    #[test]
    fn an_empty_extension_array_leaves_too() {
        let only = r#"{"resourceType":"EpisodeOfCare","extension":[{"url":"http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown","valueMarkdown":"x"}]}"#;
        let (masked, _) = without_descriptions(only.as_bytes()).unwrap_or_default();
        let masked = String::from_utf8_lossy(&masked).into_owned();
        assert!(!masked.contains("extension") && masked.contains("SUBSETTED"), "{masked}");
        assert!(json::parse(masked, Limits::default()).is_ok());
    }

    #[test]
    fn nothing_to_take_out() {
        assert_eq!(
            without_descriptions(br#"{ "resourceType":"EpisodeOfCare","status":"active" }"#),
            None
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_shown() {
        for body in [&b"[1]"[..], b"{", b"\xff"] {
            assert_eq!(without_descriptions(body), Some((b"{}".to_vec(), 1)));
        }
    }
}
