//! `$lookup`: what a code system says of a code.

use super::code_system::{ABSTRACT, CodeSystem, DEFINED, INACTIVE, PropertyValue as Stored, Purpose};
use super::concept_set::ConceptId;
use super::error::{OperationError, short};
use super::language;
use super::parameters::{Coding, Inputs, Output, parameters};
use super::rf2;
use super::sctid::SNOMED;
use super::store::Terminology;

/// The question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookupRequest {
    /// System, version and code.
    pub coding: Coding,
    /// The languages of `display`, as in `Accept-Language`.
    pub display_language: Option<String>,
    /// The properties to give; all if empty. `designation` and language tags count too.
    pub properties: Vec<String>,
}

/// What is known of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The code system's name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// The term to show.
    pub display: String,
    /// What the concept means.
    pub definition: Option<String>,
    /// All terms.
    pub designations: Vec<Designation>,
    /// Properties, parents and children among them.
    pub properties: Vec<Property>,
}

/// A term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designation {
    /// Its language.
    pub language: Option<String>,
    /// What it is for: a Coding.
    pub purpose: Option<Coding>,
    /// The term.
    pub value: String,
}

/// A property of a concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub code: String,
    /// Its value.
    pub value: PropertyValue,
    /// For people.
    pub description: Option<String>,
}

/// A property's value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PropertyValue {
    Code(String),
    String(String),
    Integer(String),
    Decimal(String),
    DateTime(String),
    Boolean(bool),
    Coding(Coding),
}

impl LookupRequest {
    /// Reads the parameters of `CodeSystem/$lookup`.
    ///
    /// # Errors
    /// When code or system are missing.
    pub fn read(inputs: &Inputs) -> Result<Self, OperationError> {
        let coding = match inputs.coding("coding") {
            Some(coding) => coding,
            None => Coding {
                system: inputs.text("system"),
                version: inputs.text("version"),
                code: inputs.text("code").ok_or(OperationError::Required("code"))?,
                display: None,
            },
        };
        if coding.system.is_none() {
            return Err(OperationError::Required("system"));
        }
        Ok(LookupRequest {
            coding,
            display_language: inputs.text("displayLanguage"),
            properties: inputs.texts("property"),
        })
    }

    fn wants(&self, property: &str) -> bool {
        self.properties.is_empty() || self.properties.iter().any(|p| p == property || p == "*")
    }
}

impl Terminology {
    /// `$lookup`.
    ///
    /// # Errors
    /// When the system is not loaded or does not have the code.
    pub fn lookup(&self, request: &LookupRequest) -> Result<Lookup, OperationError> {
        let url = request.coding.system.as_deref().unwrap_or_default();
        let system = self
            .system(url, request.coding.version.as_deref())
            .ok_or_else(|| OperationError::UnknownSystem(short(url)))?;
        let concept = system
            .find(&request.coding.code)
            .ok_or_else(|| OperationError::UnknownCode(system.info.url.clone(), short(&request.coding.code)))?;
        let languages = language::asked(request.display_language.as_deref());
        Ok(Lookup {
            name: system.info.name.clone(),
            version: system.info.version.clone(),
            display: language::display(system, concept, &languages)
                .unwrap_or(system.code(concept))
                .to_owned(),
            definition: system
                .definition(concept)
                .filter(|_| request.wants("definition"))
                .map(str::to_owned),
            designations: if request.wants("designation") {
                designations(system, concept)
            } else {
                Vec::new()
            },
            properties: properties(system, concept, request),
        })
    }
}

/// The terms of a concept other than its display.
pub(super) fn designations(system: &CodeSystem, concept: ConceptId) -> Vec<Designation> {
    let purpose = |p: Purpose| match p {
        Purpose::Unsaid => None,
        Purpose::Preferred => Some(Coding::new(SNOMED, rf2::PREFERRED)),
        Purpose::Synonym => Some(Coding::new(SNOMED, rf2::SYNONYM)),
        Purpose::FullySpecified => Some(Coding::new(SNOMED, rf2::FULLY_SPECIFIED)),
        Purpose::Use(url, code) => Some(Coding::new(system.strings.get(url), system.strings.get(code))),
    };
    let of = system.designations.of(concept).iter().map(|d| Designation {
        language: system.strings.some(d.language).map(str::to_owned),
        purpose: purpose(d.purpose),
        value: system.strings.get(d.text).to_owned(),
    });
    of.collect()
}

fn properties(system: &CodeSystem, concept: ConceptId, request: &LookupRequest) -> Vec<Property> {
    let mut found = Vec::new();
    let mut add = |code: &str, value: PropertyValue, description: Option<&str>| {
        if request.wants(code) {
            found.push(Property {
                code: code.to_owned(),
                value,
                description: description.map(str::to_owned),
            });
        }
    };
    add("inactive", PropertyValue::Boolean(system.has(concept, INACTIVE)), None);
    if system.has(concept, ABSTRACT) {
        add("notSelectable", PropertyValue::Boolean(true), None);
    }
    if system.info.url == SNOMED {
        add("sufficientlyDefined", PropertyValue::Boolean(system.has(concept, DEFINED)), None);
    }
    for (name, rows) in [("parent", &system.parents), ("child", &system.children)] {
        for other in rows.of(concept) {
            add(name, PropertyValue::Code(system.code(*other).to_owned()), system.display(*other));
        }
    }
    for property in system.properties.of(concept) {
        let name = system.property_names.get(property.name as usize).map_or("", String::as_str);
        // Said above already.
        if !matches!(name, "inactive" | "notSelectable") {
            add(name, value(system, property.value), None);
        }
    }
    for attribute in system.attributes.of(concept) {
        let target = PropertyValue::Code(system.code(attribute.target).to_owned());
        add(system.code(attribute.kind), target, system.display(attribute.target));
    }
    found
}

fn value(system: &CodeSystem, stored: Stored) -> PropertyValue {
    let text = system.value_text(stored).to_owned();
    match stored {
        Stored::Code(_) => PropertyValue::Code(text),
        Stored::String(_) => PropertyValue::String(text),
        Stored::Integer(_) => PropertyValue::Integer(text),
        Stored::Decimal(_) => PropertyValue::Decimal(text),
        Stored::DateTime(_) => PropertyValue::DateTime(text),
        Stored::Boolean(truth) => PropertyValue::Boolean(truth),
        Stored::Coding(_) => {
            let (url, code) = text.split_once('|').unwrap_or(("", &text));
            PropertyValue::Coding(Coding {
                system: Some(url.to_owned()).filter(|u| !u.is_empty()),
                code: code.to_owned(),
                ..Coding::default()
            })
        }
    }
}

impl Lookup {
    /// As `Parameters`.
    pub fn to_parameters(&self) -> String {
        let mut out = vec![Output::string("name", &self.name)];
        out.extend(self.version.iter().map(|v| Output::string("version", v)));
        out.push(Output::string("display", &self.display));
        out.extend(self.definition.iter().map(|d| Output::string("definition", d)));
        for d in &self.designations {
            let mut parts = Vec::new();
            parts.extend(d.language.iter().map(|l| Output::code("language", l)));
            parts.extend(d.purpose.iter().map(|p| Output::Coding("use", p.clone())));
            parts.push(Output::string("value", &d.value));
            out.push(Output::Parts("designation", parts));
        }
        for p in &self.properties {
            let mut parts = vec![Output::code("code", &p.code), p.value.output()];
            parts.extend(p.description.iter().map(|d| Output::string("description", d)));
            out.push(Output::Parts("property", parts));
        }
        parameters(out)
    }
}

impl PropertyValue {
    fn output(&self) -> Output {
        match self {
            PropertyValue::Code(text) => Output::code("value", text),
            PropertyValue::String(text) => Output::string("value", text),
            PropertyValue::Integer(text) if text.parse::<i32>().is_ok() => Output::Raw("value", "valueInteger", text.clone()),
            PropertyValue::Decimal(text) if crate::search::Number::parse(text).is_some() => {
                Output::Raw("value", "valueDecimal", text.clone())
            }
            // Whoever wrote the code system wrote no number.
            PropertyValue::Integer(text) | PropertyValue::Decimal(text) => Output::string("value", text),
            PropertyValue::DateTime(text) => Output::Text("value", "valueDateTime", text.clone()),
            PropertyValue::Boolean(truth) => Output::boolean("value", *truth),
            PropertyValue::Coding(coding) => Output::Coding("value", coding.clone()),
        }
    }
}
