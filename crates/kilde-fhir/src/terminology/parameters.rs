//! What operations are asked with, and how answers are written: FHIR `Parameters`.

use super::value_set::ValueSet;
use crate::json::{Value, escape_into};

/// A code with its system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Coding {
    /// The code system's url.
    pub system: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The code.
    pub code: String,
    /// The text that came with it.
    pub display: Option<String>,
}

impl Coding {
    /// A code of a system.
    pub fn new(system: &str, code: &str) -> Self {
        Coding {
            system: Some(system.to_owned()),
            code: code.to_owned(),
            ..Coding::default()
        }
    }

    /// Reads a Coding. `None` without a code.
    pub fn read(value: Value<'_>) -> Option<Coding> {
        let text = |name: &str| value.str(name).map(|t| t.into_owned());
        Some(Coding {
            system: text("system"),
            version: text("version"),
            code: text("code")?,
            display: text("display"),
        })
    }

    /// The codings of a CodeableConcept.
    pub fn all(concept: Value<'_>) -> Vec<Coding> {
        concept.items("coding").filter_map(Coding::read).collect()
    }

    /// As JSON.
    pub fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        object.optional("system", self.system.as_deref());
        object.optional("version", self.version.as_deref());
        object.text("code", &self.code);
        object.optional("display", self.display.as_deref());
        object.close();
    }
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A primitive, as text.
    Text(String),
    /// A Coding.
    Coding(Coding),
    /// A CodeableConcept: its codings.
    CodeableConcept(Vec<Coding>),
    /// A ValueSet.
    ValueSet(Box<ValueSet>),
}

/// The parameters of an operation, from a query or a `Parameters` resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs(Vec<(String, Input)>);

impl Inputs {
    /// From names and values of a query (`?url=...&filter=...`), decoded.
    pub fn from_query<'a>(query: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Inputs(query.into_iter().map(|(n, v)| (n.to_owned(), Input::Text(v.to_owned()))).collect())
    }

    /// From a `Parameters` resource. What has no value that operations here use is passed over.
    pub fn from_parameters(parameters: Value<'_>) -> Self {
        let mut inputs = Vec::new();
        for parameter in parameters.items("parameter") {
            let Some(name) = parameter.str("name") else { continue };
            let resource = parameter
                .get("resource")
                .filter(|r| r.str("resourceType").as_deref() == Some("ValueSet"));
            let value = parameter.children().find(|v| v.key().is_some_and(|k| k.starts_with("value")));
            let input = match (resource, value) {
                (Some(resource), _) => Input::ValueSet(Box::new(ValueSet::read(resource, &mut Vec::new()))),
                (None, Some(value)) => match value.key().as_deref() {
                    Some("valueCoding") => match Coding::read(value) {
                        Some(coding) => Input::Coding(coding),
                        None => continue,
                    },
                    Some("valueCodeableConcept") => Input::CodeableConcept(Coding::all(value)),
                    _ if value.is_object() || value.is_array() => continue,
                    _ => Input::Text(value.as_str().unwrap_or_else(|| value.raw().into()).into_owned()),
                },
                (None, None) => continue,
            };
            inputs.push((name.into_owned(), input));
        }
        Inputs(inputs)
    }

    /// Adds a parameter; those that are there already go before it.
    pub fn add(&mut self, name: &str, value: Input) {
        self.0.push((name.to_owned(), value));
    }

    /// Takes a parameter out; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(n, _)| n != name);
        self.0.len() < before
    }

    /// The code systems that codings of any parameter name.
    pub fn systems(&self) -> Vec<String> {
        let of = self.0.iter().flat_map(|(_, input)| match input {
            Input::Coding(coding) => std::slice::from_ref(coding),
            Input::CodeableConcept(codings) => codings.as_slice(),
            _ => &[],
        });
        of.filter_map(|c| c.system.clone()).collect()
    }

    /// Adds all of others.
    pub fn append(&mut self, others: Inputs) {
        self.0.extend(others.0);
    }

    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Input> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v)
    }

    /// The text of a parameter.
    pub fn text(&self, name: &str) -> Option<String> {
        self.texts(name).into_iter().next()
    }

    /// The texts of a parameter that may be given several times.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.of(name)
            .filter_map(|v| match v {
                Input::Text(text) if !text.is_empty() => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    /// A truth value; the error if it is neither `true` nor `false`.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, super::OperationError> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(super::OperationError::Invalid(name)),
        }
    }

    /// A whole number from 0.
    pub fn number(&self, name: &'static str) -> Result<Option<usize>, super::OperationError> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| super::OperationError::Invalid(name)),
        }
    }

    /// A Coding.
    pub fn coding(&self, name: &str) -> Option<Coding> {
        self.of(name).find_map(|v| match v {
            Input::Coding(coding) => Some(coding.clone()),
            _ => None,
        })
    }

    /// The codings of a CodeableConcept.
    pub fn concept(&self, name: &str) -> Option<Vec<Coding>> {
        self.of(name).find_map(|v| match v {
            Input::CodeableConcept(codings) => Some(codings.clone()),
            _ => None,
        })
    }

    /// A value set given with the question.
    pub fn value_set(&self, name: &str) -> Option<ValueSet> {
        self.of(name).find_map(|v| match v {
            Input::ValueSet(set) => Some((**set).clone()),
            _ => None,
        })
    }
}

/// An object in the making.
pub(super) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    pub fn open(out: &'a mut String) -> Self {
        out.push('{');
        Object { out, first: true }
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        escape_into(name, self.out);
        self.out.push(':');
    }

    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        escape_into(value, self.out);
    }

    pub fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            self.text(name, value);
        }
    }

    /// JSON as it is: a number or a truth value.
    pub fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.out.push_str(json);
    }

    pub fn with(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        self.name(name);
        write(self.out);
    }

    pub fn list<T>(&mut self, name: &str, items: impl IntoIterator<Item = T>, mut write: impl FnMut(T, &mut String)) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.name(name);
        self.out.push('[');
        let mut first = true;
        for item in items {
            if !std::mem::take(&mut first) {
                self.out.push(',');
            }
            write(item, self.out);
        }
        self.out.push(']');
    }

    pub fn close(self) {
        self.out.push('}');
    }
}

/// One entry of `Parameters.parameter`.
pub(super) enum Output {
    Text(&'static str, &'static str, String),
    Raw(&'static str, &'static str, String),
    Coding(&'static str, Coding),
    Parts(&'static str, Vec<Output>),
}

impl Output {
    pub fn string(name: &'static str, value: impl Into<String>) -> Output {
        Output::Text(name, "valueString", value.into())
    }

    pub fn code(name: &'static str, value: impl Into<String>) -> Output {
        Output::Text(name, "valueCode", value.into())
    }

    pub fn boolean(name: &'static str, value: bool) -> Output {
        Output::Raw(name, "valueBoolean", value.to_string())
    }

    fn write(self, out: &mut String) {
        let mut object = Object::open(out);
        match self {
            Output::Text(name, kind, value) => {
                object.text("name", name);
                object.text(kind, &value);
            }
            Output::Raw(name, kind, value) => {
                object.text("name", name);
                object.raw(kind, &value);
            }
            Output::Coding(name, coding) => {
                object.text("name", name);
                object.with("valueCoding", |out| coding.write(out));
            }
            Output::Parts(name, parts) => {
                object.text("name", name);
                object.list("part", parts, Output::write);
            }
        }
        object.close();
    }
}

/// A `Parameters` resource.
pub(super) fn parameters(outputs: Vec<Output>) -> String {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.text("resourceType", "Parameters");
    object.list("parameter", outputs, Output::write);
    object.close();
    out
}
