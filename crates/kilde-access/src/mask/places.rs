//! What a secret address (*adressesperre*, grade 6 and 7) takes out: where a person lives, and where she is met.
//!
//! Of every resource of hers: addresses, references to units and places, contained units and places, the narrative (which
//! repeats them), and who delivered it. What stood there is told to be masked (`data-absent-reason`), so that nobody takes it for unknown.

use super::{masked_as, tag};
use kilde_fhir::definitions::{self, Element, ElementType, ResourceType, TypeDef};
use kilde_fhir::json::{Edits, Value};
use kilde_fhir::national_id::{HPR, nin_of};

/// Types that are a unit or a place, or that name one.
const PLACES: [&str; 7] = [
    "CareTeam",
    "Endpoint",
    "HealthcareService",
    "Location",
    "Organization",
    "OrganizationAffiliation",
    "PractitionerRole",
];
/// Elements that name a unit or a place in words or by a code.
const WORDS: [(&str, &str); 2] = [("CareTeam", "name"), ("ServiceRequest", "locationCode")];
/// Stands where something is taken out, so that what is required is there.
pub const MASKED: &str = r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}"#;
/// Codes of `meta.security` on a Patient that mean a secret address: v3-Confidentiality restricted (grade 7) and very
/// restricted (grade 6), and v3-ActCode location information sensitivity.
const LABELS: [&str; 3] = ["LOCIS", "R", "V"];

/// Whether a Patient is labelled as one with a secret address: by a code of whatever system, since a label that is not understood would
/// show it.
pub fn is_secret(patient: Value<'_>) -> bool {
    let mut labels = patient.get("meta").into_iter().flat_map(|meta| meta.items("security"));
    labels.any(|label| label.str("code").is_some_and(|code| LABELS.contains(&&*code)))
}

/// Whether an element is taken out, and told to be.
pub fn is_masked(element: Value<'_>) -> bool {
    element.raw() == MASKED
}

/// A resource without places, tagged `SUBSETTED`, and the number of elements taken out (who delivered it not counted);
/// `None` if there are none. What cannot be read becomes `{}`: nothing of it is shown.
pub fn without_places(body: &[u8]) -> Option<(Vec<u8>, u32)> {
    masked_as(body, |root, edits| {
        let mut walk = Walk {
            edits,
            taken: 0,
            hidden: Vec::new(),
            touched: false,
        };
        walk.resource(root);
        let source = root.get("meta").and_then(|meta| meta.get("source"));
        if let Some(source) = source {
            walk.edits.remove(source);
        }
        let (taken, touched) = (walk.taken, walk.touched || source.is_some());
        if touched {
            tag(root, edits);
        }
        touched.then_some(taken)
    })
}

struct Walk<'e> {
    edits: &'e mut Edits,
    taken: u32,
    touched: bool,
    /// Ids of contained resources that are left out.
    hidden: Vec<String>,
}

impl Walk<'_> {
    fn resource(&mut self, resource: Value<'_>) {
        let name = resource.str("resourceType").unwrap_or_default();
        let Some(definition) = definitions::type_of(&name) else {
            // Of what is not known, nothing is shown.
            self.everything(resource);
            return;
        };
        if let Some(contained) = resource.get("contained") {
            self.contained(contained);
        }
        if let Some(text) = resource.get("text") {
            self.remove(text);
        }
        self.object(resource, definition);
    }

    fn contained(&mut self, contained: Value<'_>) {
        let is_hidden = |inner: &Value<'_>| inner.str("resourceType").is_none_or(|name| is_place(&name));
        let all = contained.children().count();
        let hidden: Vec<Value<'_>> = contained.children().filter(is_hidden).collect();
        self.hidden
            .extend(hidden.iter().filter_map(|inner| inner.str("id").map(|id| id.into_owned())));
        if hidden.len() == all && all > 0 {
            self.remove(contained);
            self.taken += all as u32 - 1;
        } else {
            hidden.into_iter().for_each(|inner| self.remove(inner));
        }
    }

    fn object(&mut self, object: Value<'_>, definition: &TypeDef) {
        for child in object.children() {
            let key = child.key().unwrap_or_default();
            if key == "resourceType" || key == "text" && matches!(definition.kind(), definitions::TypeKind::Resource(_)) {
                continue;
            }
            // What stands beside a primitive holds extensions only.
            let name = key.strip_prefix('_').unwrap_or(&key);
            if WORDS.contains(&(definition.name(), name)) {
                self.remove(child);
                continue;
            }
            match definition.element(name) {
                Some(element) => self.each(child, element, key.starts_with('_')),
                None => self.remove(child),
            }
        }
    }

    fn each(&mut self, value: Value<'_>, element: &Element, beside: bool) {
        if value.is_array() {
            value.children().for_each(|item| self.one(item, element, beside));
        } else {
            self.one(value, element, beside);
        }
    }

    fn one(&mut self, value: Value<'_>, element: &Element, beside: bool) {
        if !value.is_object() {
            return;
        }
        if beside {
            if let Some(definition) = definitions::type_of("Element") {
                self.object(value, definition);
            }
            return;
        }
        match (element.ty(), element.complex()) {
            (ElementType::Resource, _) if self.is_left_out(value) => {}
            (ElementType::Resource, _) => self.resource(value),
            (_, Some(definition)) => match definition.name() {
                "Address" => self.mask(value),
                "Reference" if self.names_a_place(value, element) => self.mask(value),
                _ => self.object(value, definition),
            },
            _ => {}
        }
    }

    fn is_left_out(&self, inner: Value<'_>) -> bool {
        inner.str("resourceType").is_none_or(|name| is_place(&name))
    }

    /// Whether a reference is to a unit or a place, or may be.
    fn names_a_place(&self, reference: Value<'_>, element: &Element) -> bool {
        let text = reference.str("reference");
        if let Some(id) = text.as_deref().and_then(|text| text.strip_prefix('#')) {
            return self.hidden.iter().any(|hidden| hidden == id);
        }
        let named = text.as_deref().and_then(type_in);
        let told = reference.str("type");
        if let Some(name) = named.or(told.as_deref()) {
            return is_place(name);
        }
        let identifier = reference.get("identifier").filter(|i| i.is_object());
        let person = identifier.is_some_and(|identifier| {
            let (system, value) = (identifier.str("system"), identifier.str("value").unwrap_or_default());
            system.as_deref() == Some(HPR) || nin_of(system.as_deref(), &value).is_some()
        });
        let may = element
            .targets()
            .is_none_or(|targets| targets.iter().any(|target| is_place(target.name())));
        may && !person
    }

    fn everything(&mut self, resource: Value<'_>) {
        for child in resource.children() {
            if !matches!(child.key().as_deref(), Some("resourceType" | "id" | "meta")) {
                self.remove(child);
            }
        }
    }

    fn mask(&mut self, value: Value<'_>) {
        self.edits.replace(value, MASKED.to_owned());
        self.taken += 1;
        self.touched = true;
    }

    fn remove(&mut self, value: Value<'_>) {
        self.edits.remove(value);
        self.taken += 1;
        self.touched = true;
    }
}

fn is_place(name: &str) -> bool {
    PLACES.contains(&name)
}

/// The type that a relative or absolute reference to a resource names.
fn type_in(reference: &str) -> Option<&str> {
    let path = reference.split(['?', '#', '|']).next().unwrap_or_default();
    let mut steps = path.rsplit('/');
    let (_, mut name) = (steps.next()?, steps.next()?);
    if name == "_history" {
        (_, name) = (steps.next()?, steps.next()?);
    }
    ResourceType::from_name(name).map(|_| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{self, Limits};
    use proptest::prelude::*;

    fn after(text: &str) -> (String, u32) {
        let (body, taken) = without_places(text.as_bytes()).unwrap_or_else(|| (text.as_bytes().to_vec(), 0));
        assert!(json::parse(body.clone(), Limits::default()).is_ok());
        (String::from_utf8(body).unwrap_or_default(), taken)
    }

    #[test]
    fn home_goes() {
        let (text, taken) = after(
            r#"{"resourceType":"Patient","id":"p","meta":{"source":"urn:399901006","security":[{"code":"R"}]},"text":{"status":"generated","div":"<div>Storgata 1</div>"},
            "name":[{"family":"Lund"}],"address":[{"city":"Nordvik"},{"line":["Storgata 1"]}],"birthDate":"1990-10-30",
            "contact":[{"name":{"family":"Lund"},"address":{"city":"Nordvik"},"organization":{"display":"Skolen"}}],
            "generalPractitioner":[{"reference":"Organization/a"},{"reference":"Practitioner/b"},{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.4","value":"1"}}],
            "managingOrganization":{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"399901006"}},
            "extension":[{"url":"x","valueAddress":{"city":"Nordvik"}},{"url":"y","extension":[{"url":"z","valueReference":{"reference":"https://a/Location/1/_history/2"}}]}]}"#,
        );
        assert_eq!(taken, 1 + 2 + 2 + 1 + 1 + 2);
        for gone in [
            "Nordvik",
            "Storgata",
            "Skolen",
            "399901006",
            "Organization/a",
            "Location",
            "urn:399901006",
        ] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in ["Lund", "1990-10-30", "Practitioner/b", "4.4", "SUBSETTED", "\"R\"", "masked"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }

    #[test]
    fn units_and_places_go() {
        let (text, taken) = after(
            r##"{"resourceType":"Encounter","status":"finished","class":{"code":"HH","display":"home"},"contained":[{"resourceType":"Location","id":"l","name":"Hjemme"},{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"}}],
            "subject":{"reference":"Patient/p"},"location":[{"location":{"reference":"#l"},"status":"active"}],"diagnosis":[{"condition":{"reference":"#c"}}],
            "participant":[{"individual":{"reference":"PractitionerRole/r"}},{"individual":{"display":"ukjent"}}],"serviceProvider":{"display":"Sone Vest"}}"##,
        );
        assert_eq!(taken, 1 + 1 + 2 + 1);
        for gone in ["Hjemme", "\"#l\"", "PractitionerRole", "ukjent", "Sone Vest"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert!(text.contains("#c") && text.contains("Patient/p") && text.contains("\"home\"") && text.contains("active"));
        let (text, taken) =
            after(r#"{"resourceType":"CareTeam","name":"Sone Vest","_name":{"id":"Sone Vest"},"subject":{"reference":"Patient/p"}}"#);
        assert!(taken == 2 && !text.contains("Sone Vest"));
    }

    #[test]
    fn nothing_to_take_out() {
        assert_eq!(
            without_places(br#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/p"}}"#),
            None
        );
    }

    #[test]
    fn what_is_not_understood_is_not_shown() {
        assert_eq!(without_places(b"["), Some((b"{}".to_vec(), 1)));
        let (text, _) = after(r#"{"resourceType":"Farm","id":"1","where":"Storgata 1"}"#);
        assert!(!text.contains("Storgata"));
        let (text, _) = after(
            r#"{"resourceType":"Patient","hidden":{"city":"Nordvik"},"_birthDate":{"extension":[{"url":"x","valueAddress":{"city":"Nordvik"}}]}}"#,
        );
        assert!(!text.contains("Nordvik"));
    }

    #[test]
    fn labels() {
        let secret = |code: &str| {
            let text = format!(r#"{{"resourceType":"Patient","meta":{{"security":[{{"code":"N"}},{{"system":"x","code":"{code}"}}]}}}}"#);
            json::parse(text, Limits::default()).is_ok_and(|document| is_secret(document.root()))
        };
        assert!(secret("R") && secret("V") && secret("LOCIS") && !secret("U"));
    }

    proptest! {
        /// Wherever a place's name stands in a resource as a value of an address or in a reference to a unit, it is gone.
        #[test]
        fn a_name_in_an_address_or_unit_never_stays(at in 0usize..6, deep in 0usize..4) {
            let value = ["\"valueAddress\":{\"city\":\"Stedet\"}", "\"valueReference\":{\"display\":\"Stedet\"}", "\"valueReference\":{\"reference\":\"Location/Stedet\"}",
                "\"valueReference\":{\"type\":\"Organization\",\"identifier\":{\"value\":\"Stedet\"}}", "\"valueContactDetail\":{\"telecom\":[{\"extension\":[{\"url\":\"u\",\"valueAddress\":{\"text\":\"Stedet\"}}]}]}",
                "\"valueReference\":{\"reference\":\"urn:uuid:Stedet\"}"][at];
            let mut extension = format!("{{\"url\":\"u\",{value}}}");
            for _ in 0..deep {
                extension = format!("{{\"url\":\"u\",\"extension\":[{extension}]}}");
            }
            for body in [format!(r#"{{"resourceType":"Patient","extension":[{extension}]}}"#),
                         format!(r#"{{"resourceType":"Observation","status":"final","_status":{{"extension":[{extension}]}},"code":{{"extension":[{extension}]}}}}"#)] {
                let (text, taken) = after(&body);
                prop_assert!(taken > 0 && !text.contains("Stedet"), "{}", text);
            }
        }

        #[test]
        fn any_bytes_give_json(bytes: Vec<u8>) {
            if let Some((body, _)) = without_places(&bytes) {
                prop_assert!(json::parse(body, Limits::default()).is_ok());
            }
        }
    }
}
