//! Value sets as they are defined.

use crate::finding::Finding;
use crate::json::Value;

/// A value set: its content logical definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueSet {
    /// Canonical url.
    pub url: String,
    /// Version, if it has one.
    pub version: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// What is in it.
    pub include: Vec<Include>,
    /// What is taken out again.
    pub exclude: Vec<Include>,
    /// Whether inactive codes are in it (`compose.inactive`); yes if not said.
    pub inactive: Option<bool>,
    /// Defined by an expansion alone: the codes are listed in `include`.
    pub from_expansion: bool,
}

/// One part of the definition: codes of a system, or of value sets, or what is in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Include {
    /// The code system; all of it if neither `concepts` nor `filters` are given.
    pub system: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The codes, listed.
    pub concepts: Vec<Listed>,
    /// What holds for the codes; all of it.
    pub filters: Vec<Filter>,
    /// Value sets (canonical urls) of which the codes are members; of all of them.
    pub value_sets: Vec<String>,
}

/// A listed code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The code.
    pub code: String,
    /// The text for it in this value set.
    pub display: Option<String>,
    /// Other texts: language and text.
    pub designations: Vec<(Option<String>, String)>,
}

/// What holds for a code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A property of the code system, or `concept`, `code`, `display`.
    pub property: String,
    /// The operator (`is-a`, `=`, ...).
    pub op: String,
    /// What it is compared with.
    pub value: String,
}

impl ValueSet {
    /// Reads a ValueSet. One without `compose` is taken from its `expansion` if it has one.
    pub fn read(resource: Value<'_>, findings: &mut Vec<Finding>) -> ValueSet {
        let text = |name: &str| resource.str(name).map(|t| t.into_owned());
        let mut set = ValueSet {
            url: text("url").unwrap_or_default(),
            version: text("version"),
            name: text("name").or_else(|| text("title")),
            ..ValueSet::default()
        };
        if let Some(compose) = resource.get("compose") {
            set.inactive = compose.get("inactive").and_then(Value::as_bool);
            set.include = compose.items("include").map(include).collect();
            set.exclude = compose.items("exclude").map(include).collect();
            for (name, parts) in [("include", &set.include), ("exclude", &set.exclude)] {
                for (at, part) in parts
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| p.system.is_none() && p.value_sets.is_empty())
                {
                    if !part.concepts.is_empty() || !part.filters.is_empty() || name == "include" {
                        findings.push(Finding::error(
                            "invariant",
                            "terminology-include-system-missing",
                            format!("ValueSet.compose.{name}[{at}]"),
                            "Verken system eller valueSet er oppgitt. Oppgi hvilket kodeverk kodene er fra.",
                            "Neither system nor valueSet is given. Say which code system the codes are from.",
                        ));
                    }
                }
            }
        } else if let Some(expansion) = resource.get("expansion") {
            set.from_expansion = true;
            set.include = expansion_codes(expansion);
        }
        set
    }
}

fn include(value: Value<'_>) -> Include {
    let text = |v: Value<'_>, name: &str| v.str(name).map(|t| t.into_owned());
    Include {
        system: text(value, "system"),
        version: text(value, "version"),
        concepts: value.items("concept").map(listed).collect(),
        filters: value
            .items("filter")
            .map(|f| Filter {
                property: text(f, "property").unwrap_or_default(),
                op: text(f, "op").unwrap_or_default(),
                value: text(f, "value").unwrap_or_default(),
            })
            .collect(),
        value_sets: value.items("valueSet").filter_map(|v| v.as_str()).map(|v| v.into_owned()).collect(),
    }
}

fn listed(concept: Value<'_>) -> Listed {
    Listed {
        code: concept.str("code").unwrap_or_default().into_owned(),
        display: concept.str("display").map(|d| d.into_owned()),
        designations: concept
            .items("designation")
            .filter_map(|d| Some((d.str("language").map(|l| l.into_owned()), d.str("value")?.into_owned())))
            .collect(),
    }
}

/// The codes of an expansion, nested ones too, neighbours of one system together.
fn expansion_codes(expansion: Value<'_>) -> Vec<Include> {
    let mut parts: Vec<Include> = Vec::new();
    let mut waiting = vec![expansion.items("contains")];
    while let Some(items) = waiting.last_mut() {
        let Some(item) = items.next() else {
            waiting.pop();
            continue;
        };
        waiting.push(item.items("contains"));
        let is_abstract = item.get("abstract").and_then(Value::as_bool) == Some(true);
        let (Some(system), false) = (item.str("system"), is_abstract || item.get("code").is_none()) else {
            continue;
        };
        if parts.last().is_none_or(|p| p.system.as_deref() != Some(&system)) {
            parts.push(Include {
                system: Some(system.into_owned()),
                version: item.str("version").map(|v| v.into_owned()),
                ..Include::default()
            });
        }
        if let Some(part) = parts.last_mut() {
            part.concepts.push(listed(item));
        }
    }
    parts
}
