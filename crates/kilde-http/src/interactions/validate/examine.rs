//! The examination itself, on a thread where it may take its time.

use super::asked::{Mode, Wanted};
use super::say;
use crate::answer::Answer;
use crate::formats::Delivered;
use axum::http::StatusCode;
use bytes::Bytes;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, Value, parse};
use kilde_fhir::library::Library;
use kilde_fhir::xml;
use kilde_intake::Intake;
use std::sync::Arc;

/// Bytes of a resource that is validated.
const LONGEST: usize = 8 << 20;
/// Findings that are told.
const MOST: usize = 600;
const R4: &str = "http://hl7.org/fhir/StructureDefinition/Resource";

/// A body, and whether it is XML.
pub(super) struct Text {
    bytes: Vec<u8>,
    xml: bool,
}

impl Text {
    /// # Errors
    /// It is too long.
    pub(super) fn new(bytes: Vec<u8>, delivered: Delivered) -> Result<Text, Box<Answer>> {
        if bytes.len() > LONGEST {
            return Err(Box::new(Answer::outcome(StatusCode::PAYLOAD_TOO_LARGE, &[say::too_long(LONGEST)])));
        }
        Ok(Text {
            bytes,
            xml: delivered == Delivered::Xml,
        })
    }
}

/// What came of a body.
pub(super) enum Outcome {
    /// All that was found; nothing if all is well.
    Findings(Vec<Finding>),
    /// The body said what is wanted, and it is about the stored resource.
    NoResource(Wanted),
}

/// What is examined by what.
pub(super) struct Examination {
    pub library: Arc<Library>,
    pub intake: Arc<Intake>,
    pub wanted: Wanted,
    pub rtype: ResourceType,
    /// The instance that the URL names, for a body.
    pub id: Option<String>,
}

impl Examination {
    /// Of a body: a resource, or Parameters with one in it.
    ///
    /// # Errors
    /// Status and findings if it cannot be read, or the question cannot be.
    pub(super) fn of_body(mut self, text: Text) -> Result<Outcome, (StatusCode, Vec<Finding>)> {
        let refuse = |findings| (StatusCode::BAD_REQUEST, findings);
        let limits = Limits {
            bytes: LONGEST * 8,
            ..Limits::default()
        };
        let converted = match text.xml {
            true => Some(xml::to_json(&text.bytes, limits).map_err(refuse)?),
            false => None,
        };
        let json = match &converted {
            Some(converted) => converted.json.clone().into_bytes(),
            None => text.bytes.clone(),
        };
        let document = parse(json, limits).map_err(|e| refuse(vec![e.finding()]))?;
        let root = document.root();
        let mut resource = root;
        if self.rtype.name() != "Parameters" && root.str("resourceType").as_deref() == Some("Parameters") {
            let (wanted, inner) = self.wanted.with_parameters(root).map_err(|f| refuse(vec![f]))?;
            self.wanted = wanted;
            resource = match inner {
                Some(inner) => inner,
                None if self.id.is_some() => return Ok(Outcome::NoResource(self.wanted)),
                None => return Err(refuse(vec![say::nothing()])),
            };
        }
        self.wanted.check(self.id.is_some()).map_err(|f| refuse(vec![f]))?;
        if self.wanted.mode == Mode::Delete {
            // What is deleted is what is stored.
            return Ok(Outcome::NoResource(self.wanted));
        }
        let mut findings = self.of(resource);
        if let Some(converted) = converted {
            converted.relocate(&text.bytes, &mut findings);
            findings.extend(converted.notes);
        }
        Ok(Outcome::Findings(findings))
    }

    /// Of a stored version, as the reader sees it.
    pub(super) fn of_stored(self, body: Bytes, withheld: bool) -> Vec<Finding> {
        let mut findings = match parse(&body[..], Limits::default()) {
            Ok(document) => self.of(document.root()),
            Err(e) => vec![e.finding()],
        };
        if withheld {
            findings.push(say::withheld());
        }
        findings
    }

    fn of(&self, resource: Value<'_>) -> Vec<Finding> {
        let name = self.rtype.name();
        let mode = self.wanted.mode;
        let mut findings = Vec::new();
        if resource.str("resourceType").as_deref() != Some(name) {
            findings.push(say::resource_type(name).at(resource.position()));
        }
        if let (Mode::Update, Some(id)) = (mode, &self.id)
            && resource.str("id").as_deref() != Some(id)
        {
            findings.push(say::id_mismatch(name).at(resource.get("id").unwrap_or(resource).position()));
        }
        let mut profiles: Vec<&str> = self.wanted.profiles.iter().map(String::as_str).collect();
        if mode != Mode::Profile {
            let required = self.intake.required_profiles(name).iter().map(String::as_str);
            profiles.extend(required);
            findings.extend(self.intake.examine(resource));
        }
        let validator = match self.wanted.verbose {
            true => self.library.verbose_validator(),
            false => self.library.validator(),
        };
        findings.extend(validator.validate(resource, &profiles));
        findings.sort_by_key(|f| f.position);
        if findings.len() > MOST {
            let left_out = findings.len() - MOST;
            // The gravest stay, in the order of the text.
            findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
            findings.truncate(MOST);
            findings.sort_by_key(|f| f.position);
            findings.push(say::left_out(left_out));
        }
        if !self.library.has_profile(R4) {
            findings.push(say::without_core());
        }
        findings
    }
}
