//! `$expand`: the codes of a value set.

mod codes;
mod collect;

use super::error::{OperationError, short};
use super::language;
use super::lookup::Designation;
use super::parameters::{Coding, Inputs, Object};
use super::prepare::Prepared;
use super::store::Terminology;
use super::value_set::ValueSet;
use collect::Collection;
use std::sync::Arc;

/// Parts of a value set that is given with the question.
const PARTS: usize = 1000;
/// Filters of such a value set.
const FILTERS: usize = 50;

/// The question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpandRequest {
    /// The value set's url, implicit ones too.
    pub url: Option<String>,
    /// Or the value set itself.
    pub value_set: Option<ValueSet>,
    /// Only codes with words that begin like each word of this.
    pub filter: Option<String>,
    /// How many codes to pass over.
    pub offset: usize,
    /// How many codes to give; 0 for the number alone.
    pub count: Option<usize>,
    /// No inactive codes.
    pub active_only: bool,
    /// No codes that only group others.
    pub exclude_not_for_ui: bool,
    /// All terms of each code.
    pub include_designations: bool,
    /// Only terms in these languages.
    pub designations: Vec<String>,
    /// The languages of `display`, as in `Accept-Language`.
    pub display_language: Option<String>,
}

/// The codes of a value set, or a page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The value set's url.
    pub url: String,
    /// Its version.
    pub version: Option<String>,
    /// How many codes there are in all.
    pub total: usize,
    /// How many come before these.
    pub offset: usize,
    /// The codes.
    pub contains: Vec<Contains>,
    /// What the expansion was made with: names and texts.
    pub parameters: Vec<(&'static str, String)>,
}

/// One code of an expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contains {
    /// System, version, code and the term to show.
    pub coding: Coding,
    /// Whether it is no longer to be used.
    pub inactive: bool,
    /// Whether it only groups others.
    pub is_abstract: bool,
    /// Its other terms, if asked for.
    pub designations: Vec<Designation>,
}

impl ExpandRequest {
    /// Reads the parameters of `ValueSet/$expand`.
    ///
    /// # Errors
    /// When neither url nor value set is given, or a value cannot be read.
    pub fn read(inputs: &Inputs) -> Result<Self, OperationError> {
        let request = ExpandRequest {
            url: inputs.text("url").map(|url| match inputs.text("valueSetVersion") {
                Some(version) => format!("{url}|{version}"),
                None => url,
            }),
            value_set: inputs.value_set("valueSet"),
            filter: inputs.text("filter"),
            offset: inputs.number("offset")?.unwrap_or(0),
            count: inputs.number("count")?,
            active_only: inputs.flag("activeOnly")?.unwrap_or(false),
            exclude_not_for_ui: inputs.flag("excludeNotForUI")?.unwrap_or(false),
            include_designations: inputs.flag("includeDesignations")?.unwrap_or(false),
            designations: inputs.texts("designation"),
            display_language: inputs.text("displayLanguage"),
        };
        if request.url.is_none() && request.value_set.is_none() {
            return Err(OperationError::Required("url"));
        }
        Ok(request)
    }
}

impl Terminology {
    /// The value set that a question names or brings.
    pub(super) fn asked_for(&self, url: Option<&str>, given: Option<&ValueSet>) -> Result<Arc<Prepared>, OperationError> {
        if let Some(set) = given {
            let parts = || set.include.iter().chain(&set.exclude);
            if parts().count() > PARTS || parts().map(|p| p.filters.len()).sum::<usize>() > FILTERS {
                return Err(OperationError::Invalid("valueSet"));
            }
            return Ok(Arc::new(self.prepare(set)));
        }
        let url = url.ok_or(OperationError::Required("url"))?;
        self.prepared(url).ok_or_else(|| OperationError::UnknownValueSet(short(url)))
    }

    /// `$expand`.
    ///
    /// # Errors
    /// When the value set is not known, draws on what is not loaded, or has more codes than may be
    /// given at once.
    pub fn expand(&self, request: &ExpandRequest) -> Result<Expansion, OperationError> {
        let set = self.asked_for(request.url.as_deref(), request.value_set.as_ref())?;
        let missing = set.missing();
        if !missing.is_empty() {
            return Err(OperationError::Incomplete(missing));
        }
        let mut collection = Collection::new(request);
        collection.set(&set, set.active_only || request.active_only)?;
        let found = collection.found;
        let limit = self.limits.expansion;
        let left = found.len().saturating_sub(request.offset);
        if request.count.is_none() && left > limit {
            return Err(OperationError::TooCostly { total: found.len(), limit });
        }
        let page = found.iter().skip(request.offset).take(request.count.unwrap_or(limit).min(limit));
        let languages = language::asked(request.display_language.as_deref());
        Ok(Expansion {
            url: set.url.clone(),
            version: set.version.clone(),
            total: found.len(),
            offset: request.offset,
            contains: page.map(|f| f.contains(request, &languages)).collect(),
            parameters: made_with(request, &set),
        })
    }
}

fn made_with(request: &ExpandRequest, set: &Prepared) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let texts = [("filter", &request.filter), ("displayLanguage", &request.display_language)];
    all.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    let mut versions: Vec<String> = set
        .include
        .iter()
        .filter_map(|p| {
            let info = &p.loaded.as_ref()?.info;
            Some(format!("{}|{}", info.url, info.version.as_ref()?))
        })
        .collect();
    versions.sort();
    versions.dedup();
    all.extend(versions.into_iter().map(|v| ("version", v)));
    all
}

impl Expansion {
    /// As a `ValueSet` with its expansion; `timestamp` is when it was made (an instant),
    /// `identifier` what it is to be known by (a uri).
    pub fn to_value_set(&self, timestamp: &str, identifier: Option<&str>) -> String {
        let mut out = String::with_capacity(200 + self.contains.len() * 120);
        let mut set = Object::open(&mut out);
        set.text("resourceType", "ValueSet");
        set.optional("url", Some(&self.url));
        set.optional("version", self.version.as_deref());
        set.text("status", "active");
        set.with("expansion", |out| {
            let mut expansion = Object::open(out);
            expansion.optional("identifier", identifier);
            expansion.text("timestamp", timestamp);
            expansion.raw("total", &self.total.to_string());
            if self.offset > 0 {
                expansion.raw("offset", &self.offset.to_string());
            }
            expansion.list("parameter", &self.parameters, |(name, value), out| {
                let mut parameter = Object::open(out);
                parameter.text("name", name);
                parameter.text(if *name == "version" { "valueUri" } else { "valueString" }, value);
                parameter.close();
            });
            expansion.list("contains", &self.contains, Contains::write);
            expansion.close();
        });
        set.close();
        out
    }
}

impl Contains {
    fn write(&self, out: &mut String) {
        let mut contains = Object::open(out);
        contains.optional("system", self.coding.system.as_deref());
        for (name, _) in [("abstract", self.is_abstract), ("inactive", self.inactive)]
            .into_iter()
            .filter(|(_, is)| *is)
        {
            contains.raw(name, "true");
        }
        contains.optional("version", self.coding.version.as_deref());
        contains.text("code", &self.coding.code);
        contains.optional("display", self.coding.display.as_deref());
        contains.list("designation", &self.designations, |d, out| {
            let mut designation = Object::open(out);
            designation.optional("language", d.language.as_deref());
            if let Some(purpose) = &d.purpose {
                designation.with("use", |out| purpose.write(out));
            }
            designation.text("value", &d.value);
            designation.close();
        });
        contains.close();
    }
}
