//! One element of a snapshot.

use crate::json::{Value, pairs};
use crate::profile::source::Source;
use smallvec::SmallVec;
use std::borrow::Cow;

/// Number of an element in its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ElementId(pub(crate) u32);

/// An element definition, made of layers.
#[derive(Debug, Clone, Default)]
pub struct Element {
    pub(crate) name: Box<str>,
    pub(crate) slice: Option<Box<str>>,
    /// A slice named by its type (`valueQuantity`): that type.
    pub(crate) narrowed: Option<Box<str>>,
    pub(crate) layers: SmallVec<[Source; 2]>,
    /// How many of the layers are those of the element that is sliced.
    pub(crate) inherited: usize,
    pub(crate) children: Vec<ElementId>,
    pub(crate) slices: Vec<ElementId>,
}

/// A type of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRef {
    /// The type: `Quantity`, `string`.
    pub code: String,
    /// Profiles on the type, one of which must hold; `url#Composition.section:a` where only an element
    /// of the profile is meant.
    pub profiles: Vec<String>,
    /// What a Reference or canonical may point to: one of these profiles.
    pub targets: Vec<String>,
    /// `contained`, `referenced`, `bundled`: how the target may be there.
    pub aggregation: Vec<String>,
}

impl Element {
    /// The name in its parent: `value[x]` for a choice.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the slice that it is.
    pub fn slice_name(&self) -> Option<&str> {
        self.slice.as_deref()
    }

    /// The elements below it.
    pub fn children(&self) -> &[ElementId] {
        &self.children
    }

    /// Its slices.
    pub fn slices(&self) -> &[ElementId] {
        &self.slices
    }

    /// The definitions it is made of, the last one first.
    pub fn layers(&self) -> impl Iterator<Item = &Source> {
        self.layers.iter().rev()
    }

    /// The layers that are its own, not those of the element of which it is a slice.
    fn own(&self) -> impl Iterator<Item = &Source> {
        self.layers.iter().skip(self.inherited).rev()
    }

    /// A property as the last layer that has it gives it.
    pub fn property(&self, name: &str) -> Option<(&Source, Value<'_>)> {
        self.layers().find_map(|l| Some((l, l.value().get(name)?)))
    }

    /// A property whose name begins with that: `fixed` finds `fixedCode`.
    pub fn property_of_type(&self, stem: &str) -> Option<(&Source, Value<'_>)> {
        self.layers().find_map(|l| {
            let typed = |v: &Value<'_>| {
                v.key().is_some_and(|k| {
                    k.strip_prefix(stem)
                        .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_uppercase()))
                })
            };
            Some((l, l.value().children().find(typed)?))
        })
    }

    /// The slicing of this element itself.
    pub fn slicing(&self) -> Option<Value<'_>> {
        self.own().find_map(|l| l.value().get("slicing"))
    }

    /// The strictest minimum; that of a slice is its own.
    pub fn min(&self) -> u32 {
        self.own()
            .filter_map(|l| l.value().get("min")?.as_number()?.parse().ok())
            .max()
            .unwrap_or(0)
    }

    /// The strictest maximum; `None` is `*`.
    pub fn max(&self) -> Option<u32> {
        self.layers().filter_map(|l| l.value().str("max")?.parse().ok()).min()
    }

    /// A flag of the last layer that has it.
    pub fn flag(&self, name: &str) -> bool {
        self.property(name).is_some_and(|(_, v)| v.as_bool() == Some(true))
    }

    /// The types; empty where the definition names none (the root, a content reference).
    pub fn types(&self) -> Vec<TypeRef> {
        let mut types: Vec<TypeRef> = match self.property("type") {
            Some((_, list)) => list.children().filter(|t| t.is_object()).map(type_ref).collect(),
            None => Vec::new(),
        };
        if let Some(narrowed) = self.narrowed.as_deref() {
            types.retain(|t| t.code == narrowed);
            if types.is_empty() {
                types.push(TypeRef {
                    code: narrowed.to_owned(),
                    profiles: Vec::new(),
                    targets: Vec::new(),
                    aggregation: Vec::new(),
                });
            }
        }
        types
    }

    /// The element whose content this one has, as `#Questionnaire.item`.
    pub fn content_reference(&self) -> Option<Cow<'_, str>> {
        self.property("contentReference")?.1.as_str()
    }
}

fn type_ref(t: Value<'_>) -> TypeRef {
    let listed = |name: &str| t.items(name).filter_map(|v| v.as_str().map(Cow::into_owned)).collect();
    let code = t.str("code").unwrap_or_default();
    let code = match code.strip_prefix("http://hl7.org/fhirpath/System.") {
        Some(system) => t
            .items("extension")
            .find(|e| e.str("url").is_some_and(|u| u.ends_with("structuredefinition-fhir-type")))
            .and_then(|e| e.str("valueUrl").or_else(|| e.str("valueUri")).map(Cow::into_owned))
            .unwrap_or_else(|| primitive_of_system(system)),
        None => code
            .strip_prefix("http://hl7.org/fhir/StructureDefinition/")
            .unwrap_or(&code)
            .to_owned(),
    };
    TypeRef {
        code,
        profiles: profiles(t),
        targets: listed("targetProfile"),
        aggregation: listed("aggregation"),
    }
}

/// The profiles of a type, with the element of each that is meant if it is not the root.
fn profiles(t: Value<'_>) -> Vec<String> {
    let companions = t.get("_profile");
    pairs(t.get("profile"), companions)
        .filter_map(|(value, companion)| {
            let canonical = value?.as_str()?;
            let mut extensions = companion.into_iter().flat_map(|c| c.items("extension"));
            let element = extensions
                .find(|e| e.str("url").as_deref() == Some("http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element"))
                .and_then(|e| e.str("valueString"));
            Some(match element {
                Some(element) if !canonical.contains('#') => format!("{canonical}#{element}"),
                _ => canonical.into_owned(),
            })
        })
        .collect()
}

/// A canonical of a profile and the element of it that is meant.
pub(crate) fn profile_part(canonical: &str) -> (&str, Option<&str>) {
    match canonical.split_once('#') {
        Some((url, element)) if element.contains('.') => (url, Some(element)),
        _ => (canonical, None),
    }
}

/// `String` and `DateTime` of FHIRPath as a datatype.
fn primitive_of_system(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect()
}
