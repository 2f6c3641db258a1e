//! Reads CodeSystem resources.

use super::builder::CodeSystemBuilder;
use super::code_system::{CodeSystemInfo, Content, PropertyValue, Purpose};
use super::concept_set::ConceptId;
use crate::finding::{Finding, Severity};
use crate::json::Value;

/// A CodeSystem as it was read.
pub(super) struct Read {
    pub builder: CodeSystemBuilder,
    /// The system that this one adds to, if it is a supplement.
    pub supplements: Option<String>,
    /// Other names of the system, from its identifiers (`urn:oid:...`).
    pub identifiers: Vec<String>,
}

/// Reads a CodeSystem. `None` without a url.
pub(super) fn code_system(resource: Value<'_>, findings: &mut Vec<Finding>) -> Option<Read> {
    let Some(url) = resource.str("url").filter(|u| !u.is_empty()) else {
        findings.push(Finding::error(
            "required",
            "terminology-url-missing",
            "CodeSystem.url",
            "Kodeverket har ingen url og kan ikke brukes. Legg til CodeSystem.url.",
            "The code system has no url and cannot be used. Add CodeSystem.url.",
        ));
        return None;
    };
    let text = |name: &str| resource.str(name).map(|t| t.into_owned());
    let content = text("content").unwrap_or_default();
    let mut info = CodeSystemInfo::new(&url);
    info.version = text("version");
    info.name = text("name").or_else(|| text("title")).unwrap_or_else(|| url.to_string());
    info.value_set = text("valueSet");
    info.language = text("language");
    info.case_sensitive = resource.get("caseSensitive").and_then(Value::as_bool) != Some(false);
    info.content = match content.as_str() {
        "complete" => Content::Complete,
        "fragment" | "supplement" => Content::Fragment,
        "example" => Content::Example,
        _ => Content::NotPresent,
    };
    let mut builder = CodeSystemBuilder::new(info);
    let mut duplicates = 0;
    concepts(resource, &mut builder, &mut duplicates);
    if duplicates > 0 {
        findings.push(
            Finding::error(
                "duplicate",
                "terminology-duplicate-code",
                "CodeSystem.concept",
                format!("{duplicates} koder står mer enn én gang i kodeverket. Opplysningene er slått sammen; rett kodeverket."),
                format!("{duplicates} codes stand more than once in the code system. They were merged; mend the code system."),
            )
            .severity(Severity::Warning),
        );
    }
    let identifiers = resource
        .items("identifier")
        .filter(|i| i.str("system").as_deref() == Some("urn:ietf:rfc:3986"))
        .filter_map(|i| i.str("value").map(|v| v.into_owned()))
        .filter(|v| v.starts_with("urn:"))
        .collect();
    Some(Read {
        builder,
        supplements: (content == "supplement").then(|| text("supplements").unwrap_or_default()),
        identifiers,
    })
}

fn concepts(resource: Value<'_>, builder: &mut CodeSystemBuilder, duplicates: &mut usize) {
    let mut waiting: Vec<(Option<ConceptId>, crate::json::Items<'_>)> = vec![(None, resource.items("concept"))];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some((parent, items)) = waiting.last_mut() {
        let parent = *parent;
        let Some(item) = items.next() else {
            waiting.pop();
            continue;
        };
        let Some(code) = item.str("code") else { continue };
        let concept = builder.concept(&code);
        *duplicates += usize::from(!seen.insert(concept));
        if let Some(parent) = parent {
            builder.parent(concept, parent);
        }
        one(item, concept, builder);
        waiting.push((Some(concept), item.items("concept")));
    }
}

fn one(item: Value<'_>, concept: ConceptId, builder: &mut CodeSystemBuilder) {
    if let Some(display) = item.str("display") {
        builder.display(concept, &display);
    }
    if let Some(definition) = item.str("definition") {
        builder.definition(concept, &definition);
    }
    for designation in item.items("designation") {
        let purpose = purpose(designation, builder);
        let (text, language) = (designation.str("value").unwrap_or_default(), designation.str("language"));
        builder.designation(concept, &text, language.as_deref(), purpose);
    }
    for property in item.items("property") {
        let (Some(name), Some(value)) = (
            property.str("code"),
            property.children().find(|v| v.key().is_some_and(|k| k.starts_with("value"))),
        ) else {
            continue;
        };
        let text = value.as_str().unwrap_or_else(|| value.raw().into());
        if builder.well_known(concept, &name, &text) {
            continue;
        }
        let kind = value.key().unwrap_or_default();
        let value = if value.is_object() {
            let coding = format!(
                "{}|{}",
                value.str("system").unwrap_or_default(),
                value.str("code").unwrap_or_default()
            );
            PropertyValue::Coding(builder.texts.intern(&coding))
        } else if let Some(truth) = value.as_bool() {
            PropertyValue::Boolean(truth)
        } else {
            let text = builder.texts.intern(&text);
            match &*kind {
                "valueCode" => PropertyValue::Code(text),
                "valueInteger" => PropertyValue::Integer(text),
                "valueDecimal" => PropertyValue::Decimal(text),
                "valueDateTime" => PropertyValue::DateTime(text),
                _ => PropertyValue::String(text),
            }
        };
        let name = builder.property_name(&name);
        builder.property(concept, name, value);
    }
}

fn purpose(designation: Value<'_>, builder: &mut CodeSystemBuilder) -> Purpose {
    let Some(r#use) = designation.get("use") else {
        return Purpose::Unsaid;
    };
    let code = r#use.str("code").unwrap_or_default();
    match &*code {
        "" => Purpose::Unsaid,
        super::rf2::FULLY_SPECIFIED => Purpose::FullySpecified,
        super::rf2::SYNONYM => Purpose::Synonym,
        super::rf2::PREFERRED => Purpose::Preferred,
        code => {
            let system = builder.texts.intern(&r#use.str("system").unwrap_or_default());
            Purpose::Use(system, builder.texts.intern(code))
        }
    }
}
