//! `$translate`: from one code to others by concept maps.

use super::concept_map::{ConceptMap, Equivalence, Group, Link, Unmapped};
use super::error::OperationError;
use super::parameters::{Coding, Inputs, Output, parameters};
use super::store::Terminology;
use rustc_hash::FxHashSet;

/// Maps that may send on to one another for a code that they do not have.
const DEEPEST: usize = 8;
/// Groups of maps that one question looks at.
const GROUPS: usize = 10_000;

/// The question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TranslateRequest {
    /// The map's url; all that fit if not given.
    pub url: Option<String>,
    /// The value set that the code comes from.
    pub source: Option<String>,
    /// The value set that is wanted.
    pub target: Option<String>,
    /// The code system that is wanted.
    pub target_system: Option<String>,
    /// The codes to translate.
    pub codings: Vec<Coding>,
    /// Against the map's direction: the codes are targets.
    pub reverse: bool,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translation {
    /// Codes found, the closest first.
    pub matches: Vec<Match>,
}

/// A code that was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Match {
    /// How its meaning relates to that of the code asked for.
    pub equivalence: Equivalence,
    /// The code; `None` where the map says that there is none.
    pub concept: Option<Coding>,
    /// What else comes with the code: property and value.
    pub products: Vec<(String, Coding)>,
    /// What has to hold for it: property and value.
    pub depends_on: Vec<(String, Coding)>,
    /// What the map says of it.
    pub comment: Option<String>,
    /// The map's url.
    pub map: String,
}

impl TranslateRequest {
    /// Reads the parameters of `ConceptMap/$translate`.
    ///
    /// # Errors
    /// When there is no code, or nothing says which map.
    pub fn read(inputs: &Inputs) -> Result<Self, OperationError> {
        let codings = match (inputs.coding("coding"), inputs.concept("codeableConcept"), inputs.text("code")) {
            (Some(coding), ..) => vec![coding],
            (_, Some(codings), _) => codings,
            (.., Some(code)) => vec![Coding {
                system: Some(inputs.text("system").ok_or(OperationError::Required("system"))?),
                version: inputs.text("version"),
                code,
                display: None,
            }],
            _ => return Err(OperationError::Required("code")),
        };
        Ok(TranslateRequest {
            url: inputs.text("url"),
            source: inputs.text("source"),
            target: inputs.text("target"),
            target_system: inputs.text("targetsystem"),
            codings,
            reverse: inputs.flag("reverse")?.unwrap_or(false),
        })
    }
}

impl Terminology {
    /// `$translate`.
    ///
    /// # Errors
    /// When no concept map fits.
    pub fn translate(&self, request: &TranslateRequest) -> Result<Translation, OperationError> {
        let mut maps = self.concept_maps().iter().filter(|m| m.is_wanted(request)).peekable();
        if maps.peek().is_none() {
            return Err(OperationError::UnknownConceptMap);
        }
        let mut translation = Translation::default();
        let mut groups = GROUPS;
        for map in maps {
            for coding in request.codings.iter().take(100) {
                self.by_map(map, coding, request, (DEEPEST, &mut groups), &mut translation.matches);
            }
        }
        let mut seen = FxHashSet::default();
        translation.matches.retain(|m| seen.insert(m.clone()));
        translation.matches.sort_by_key(|m| m.equivalence);
        Ok(translation)
    }

    fn by_map(&self, map: &ConceptMap, coding: &Coding, request: &TranslateRequest, bounds: (usize, &mut usize), found: &mut Vec<Match>) {
        let same = |a: &Option<String>, b: Option<&str>| match (a, b) {
            (Some(a), Some(b)) => self.canonical_system(a) == self.canonical_system(b),
            _ => true,
        };
        let (depth, groups) = bounds;
        for group in &map.groups {
            let Some(left) = groups.checked_sub(1) else { return };
            *groups = left;
            let (from, to) = if request.reverse {
                (&group.target, &group.source)
            } else {
                (&group.source, &group.target)
            };
            if !same(from, coding.system.as_deref()) || !same(to, request.target_system.as_deref()) {
                continue;
            }
            let places = if request.reverse { &group.by_target } else { &group.by_source };
            if let Some(places) = places.get(&coding.code) {
                found.extend(places.iter().map(|at| group.links[*at as usize].found(group, map, request.reverse)));
                continue;
            }
            match group.unmapped.as_ref().filter(|_| !request.reverse) {
                Some(Unmapped::Provided) => found.push(plain(map, group, &coding.code, coding.display.clone(), Equivalence::Equal)),
                Some(Unmapped::Fixed(code, display)) => found.push(plain(map, group, code, display.clone(), Equivalence::Inexact)),
                Some(Unmapped::OtherMap(url)) if depth > 0 => {
                    if let Some(other) = self.concept_maps().iter().find(|m| m.is_named(url)) {
                        self.by_map(other, coding, request, (depth - 1, &mut *groups), found);
                    }
                }
                _ => {}
            }
        }
    }
}

fn plain(map: &ConceptMap, group: &Group, code: &str, display: Option<String>, equivalence: Equivalence) -> Match {
    Match {
        equivalence,
        concept: Some(Coding {
            system: group.target.clone(),
            code: code.to_owned(),
            display,
            version: None,
        }),
        products: Vec::new(),
        depends_on: Vec::new(),
        comment: None,
        map: map.url.clone(),
    }
}

impl ConceptMap {
    fn is_named(&self, canonical: &str) -> bool {
        match canonical.split_once('|') {
            Some((url, version)) => self.url == url && self.version.as_deref() == Some(version),
            None => self.url == canonical,
        }
    }

    fn is_wanted(&self, request: &TranslateRequest) -> bool {
        let (source, target) = if request.reverse {
            (&self.target, &self.source)
        } else {
            (&self.source, &self.target)
        };
        let fits = |own: &Option<String>, wanted: &Option<String>| wanted.is_none() || own == wanted;
        request.url.as_deref().is_none_or(|url| self.is_named(url)) && fits(source, &request.source) && fits(target, &request.target)
    }
}

impl Link {
    fn found(&self, group: &Group, map: &ConceptMap, reverse: bool) -> Match {
        let (system, code, display) = if reverse {
            (&group.source, Some(&self.source), &self.source_display)
        } else {
            (&group.target, self.target.as_ref(), &self.target_display)
        };
        let others = |all: &[(String, Option<String>, String)]| {
            let coding = |(property, system, code): &(String, Option<String>, String)| {
                let coding = Coding {
                    system: system.clone(),
                    code: code.clone(),
                    ..Coding::default()
                };
                (property.clone(), coding)
            };
            all.iter().map(coding).collect()
        };
        Match {
            equivalence: if reverse { self.equivalence.inverse() } else { self.equivalence },
            concept: code.map(|code| Coding {
                system: system.clone(),
                code: code.clone(),
                display: display.clone(),
                version: None,
            }),
            products: others(&self.products),
            depends_on: others(&self.depends_on),
            comment: self.comment.clone(),
            map: map.url.clone(),
        }
    }
}

impl Translation {
    /// Whether a code was found that has something of the meaning.
    pub fn result(&self) -> bool {
        self.matches.iter().any(|m| m.equivalence.is_match() && m.concept.is_some())
    }

    /// As `Parameters`; the message in bokmål or, if `english`, in English.
    pub fn to_parameters(&self, english: bool) -> String {
        let mut out = vec![Output::boolean("result", self.result())];
        if !self.result() {
            let message = if english {
                "No translation was found."
            } else {
                "Ingen oversettelse ble funnet."
            };
            out.push(Output::string("message", message));
        }
        for m in &self.matches {
            let mut parts = vec![Output::code("equivalence", m.equivalence.code())];
            parts.extend(m.concept.iter().map(|c| Output::Coding("concept", c.clone())));
            for (name, others) in [("product", &m.products), ("dependsOn", &m.depends_on)] {
                for (property, coding) in others {
                    let element = Output::Text("element", "valueUri", property.clone());
                    parts.push(Output::Parts(name, vec![element, Output::Coding("concept", coding.clone())]));
                }
            }
            parts.push(Output::Text("source", "valueUri", m.map.clone()));
            out.push(Output::Parts("match", parts));
        }
        parameters(out)
    }
}
