//! Concept maps and naming systems as they are defined.

use crate::json::Value;
use rustc_hash::FxHashMap;

/// A map from codes to codes.
#[derive(Debug, Clone, Default)]
pub struct ConceptMap {
    /// Canonical url.
    pub url: String,
    /// Version, if it has one.
    pub version: Option<String>,
    /// The value set that codes come from, if said.
    pub source: Option<String>,
    /// The value set that they go to, if said.
    pub target: Option<String>,
    pub(super) groups: Vec<Group>,
}

/// Maps from one system to one other.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub source: Option<String>,
    pub target: Option<String>,
    pub links: Vec<Link>,
    /// Places in `links`, by source code and by target code.
    pub by_source: FxHashMap<String, Vec<u32>>,
    pub by_target: FxHashMap<String, Vec<u32>>,
    pub unmapped: Option<Unmapped>,
}

/// One code to one code; `target` is `None` where the map says that there is none.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub source: String,
    pub source_display: Option<String>,
    pub target: Option<String>,
    pub target_display: Option<String>,
    pub equivalence: Equivalence,
    pub comment: Option<String>,
    /// Property, system and code that the target comes with.
    pub products: Vec<(String, Option<String>, String)>,
    pub depends_on: Vec<(String, Option<String>, String)>,
}

/// What to do with a code that the group does not have.
#[derive(Debug, Clone)]
pub(super) enum Unmapped {
    /// The code itself, in the target system.
    Provided,
    /// One code for all.
    Fixed(String, Option<String>),
    /// Look in another map.
    OtherMap(String),
}

/// How the meaning of the target relates to that of the source (concept-map-equivalence, R4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Equivalence {
    Equal,
    Equivalent,
    Wider,
    Subsumes,
    Narrower,
    Specializes,
    Inexact,
    Relatedto,
    Unmatched,
    Disjoint,
}

const CODES: [(Equivalence, &str); 10] = [
    (Equivalence::Equal, "equal"),
    (Equivalence::Equivalent, "equivalent"),
    (Equivalence::Wider, "wider"),
    (Equivalence::Subsumes, "subsumes"),
    (Equivalence::Narrower, "narrower"),
    (Equivalence::Specializes, "specializes"),
    (Equivalence::Inexact, "inexact"),
    (Equivalence::Relatedto, "relatedto"),
    (Equivalence::Unmatched, "unmatched"),
    (Equivalence::Disjoint, "disjoint"),
];

impl Equivalence {
    /// The FHIR code.
    pub fn code(self) -> &'static str {
        CODES.iter().find(|(e, _)| *e == self).map_or("relatedto", |(_, c)| c)
    }

    /// By the FHIR code; `relatedto` if there is none such.
    pub fn from_code(code: &str) -> Equivalence {
        CODES.iter().find(|(_, c)| *c == code).map_or(Equivalence::Relatedto, |(e, _)| *e)
    }

    /// Seen from the other side.
    pub fn inverse(self) -> Equivalence {
        match self {
            Equivalence::Wider => Equivalence::Narrower,
            Equivalence::Narrower => Equivalence::Wider,
            Equivalence::Subsumes => Equivalence::Specializes,
            Equivalence::Specializes => Equivalence::Subsumes,
            same => same,
        }
    }

    /// Whether something of the meaning is kept.
    pub fn is_match(self) -> bool {
        !matches!(self, Equivalence::Unmatched | Equivalence::Disjoint)
    }
}

impl ConceptMap {
    /// Reads a ConceptMap.
    pub fn read(resource: Value<'_>) -> ConceptMap {
        let any = |names: &[&str]| names.iter().find_map(|n| resource.str(n)).map(|t| t.into_owned());
        ConceptMap {
            url: any(&["url"]).unwrap_or_default(),
            version: any(&["version"]),
            source: any(&["sourceUri", "sourceCanonical"]),
            target: any(&["targetUri", "targetCanonical"]),
            groups: resource.items("group").map(group).collect(),
        }
    }
}

fn text(value: Value<'_>, name: &str) -> Option<String> {
    value.str(name).map(|t| t.into_owned())
}

fn group(value: Value<'_>) -> Group {
    let mut group = Group {
        source: text(value, "source"),
        target: text(value, "target"),
        ..Group::default()
    };
    for element in value.items("element") {
        let Some(source) = text(element, "code") else { continue };
        let mut targets = element.items("target").peekable();
        let none = targets.peek().is_none();
        for target in targets {
            group.add(Link {
                source: source.clone(),
                source_display: text(element, "display"),
                target: text(target, "code"),
                target_display: text(target, "display"),
                equivalence: Equivalence::from_code(&target.str("equivalence").unwrap_or_default()),
                comment: text(target, "comment"),
                products: others(target, "product"),
                depends_on: others(target, "dependsOn"),
            });
        }
        if none {
            group.add(Link {
                source,
                source_display: text(element, "display"),
                target: None,
                target_display: None,
                equivalence: Equivalence::Unmatched,
                comment: None,
                products: Vec::new(),
                depends_on: Vec::new(),
            });
        }
    }
    group.unmapped = value.get("unmapped").and_then(|u| match &*u.str("mode")? {
        "provided" => Some(Unmapped::Provided),
        "fixed" => Some(Unmapped::Fixed(text(u, "code")?, text(u, "display"))),
        "other-map" => Some(Unmapped::OtherMap(text(u, "url")?)),
        _ => None,
    });
    group
}

fn others(target: Value<'_>, name: &str) -> Vec<(String, Option<String>, String)> {
    target
        .items(name)
        .filter_map(|o| Some((text(o, "property")?, text(o, "system"), text(o, "value")?)))
        .collect()
}

impl Group {
    fn add(&mut self, link: Link) {
        let at = self.links.len() as u32;
        self.by_source.entry(link.source.clone()).or_default().push(at);
        if let Some(target) = &link.target {
            self.by_target.entry(target.clone()).or_default().push(at);
        }
        self.links.push(link);
    }
}

/// The names that one namespace goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingSystem {
    /// Name for people.
    pub name: String,
    /// `codesystem`, `identifier` or `root`.
    pub kind: String,
    /// Urls and `urn:oid:` / `urn:uuid:` names; the preferred first.
    pub ids: Vec<String>,
}

impl NamingSystem {
    /// Reads a NamingSystem.
    pub fn read(resource: Value<'_>) -> NamingSystem {
        let mut ids: Vec<(bool, String)> = Vec::new();
        for id in resource.items("uniqueId") {
            let Some(value) = text(id, "value") else { continue };
            let name = match &*id.str("type").unwrap_or_default() {
                "oid" if !value.starts_with("urn:") => format!("urn:oid:{value}"),
                "uuid" if !value.starts_with("urn:") => format!("urn:uuid:{value}"),
                _ => value,
            };
            ids.push((id.get("preferred").and_then(Value::as_bool) == Some(true), name));
        }
        ids.sort_by_key(|(preferred, _)| !*preferred);
        NamingSystem {
            name: text(resource, "name").unwrap_or_default(),
            kind: text(resource, "kind").unwrap_or_default(),
            ids: ids.into_iter().map(|(_, id)| id).collect(),
        }
    }
}
