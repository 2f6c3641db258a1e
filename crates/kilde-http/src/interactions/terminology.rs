//! Terminology operations (<https://hl7.org/fhir/R4/terminology-service.html>): what codes mean, and
//! which codes there are. They tell nothing of persons. What is loaded answers, and what is stored in the municipality where
//! that is asked for (`stored`).

mod stored;

use crate::answer::Answer;
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::formats::Delivered;
use crate::heavy::{heavy, permitted_library};
use crate::query;
use axum::http::{HeaderMap, Method, StatusCode, header};
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::terminology::{
    ExpandRequest, Input, Inputs, LookupRequest, OperationError, SubsumesRequest, Terminology, TranslateRequest, ValidateCodeRequest,
    ValueSet,
};
use serde_json::{Value, json};

/// Bytes of a body with parameters.
const LONGEST: usize = 8 << 20;

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `CodeSystem/$lookup`
    Lookup,
    /// `CodeSystem/$validate-code`
    ValidateCodeInSystem,
    /// `CodeSystem/$subsumes`
    Subsumes,
    /// `ValueSet/$expand`
    Expand,
    /// `ValueSet/$validate-code`
    ValidateCodeInSet,
    /// `ConceptMap/$translate`
    Translate,
    /// `$closure`, which is not there
    Closure,
    /// `CodeSystem/$find-matches`, which is not there
    FindMatches,
}

/// Resource type, name in the URL, operation.
const ALL: [(&str, &str, Operation); 7] = [
    ("CodeSystem", "$lookup", Operation::Lookup),
    ("CodeSystem", "$validate-code", Operation::ValidateCodeInSystem),
    ("CodeSystem", "$subsumes", Operation::Subsumes),
    ("ValueSet", "$expand", Operation::Expand),
    ("ValueSet", "$validate-code", Operation::ValidateCodeInSet),
    ("ConceptMap", "$translate", Operation::Translate),
    ("CodeSystem", "$find-matches", Operation::FindMatches),
];

impl Operation {
    /// The operation of that name on that type.
    pub fn of(rtype: &str, name: &str) -> Option<Operation> {
        ALL.iter()
            .find(|(t, n, _)| *t == rtype && *n == name)
            .map(|(.., operation)| *operation)
    }

    /// Whether one of them has this [name](Self::name).
    pub fn has_name(name: &str) -> bool {
        ALL.iter().any(|(.., operation)| operation.name() == name)
    }

    /// Stable name, for the access log and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Lookup => "lookup",
            Operation::ValidateCodeInSystem | Operation::ValidateCodeInSet => "validate-code",
            Operation::Subsumes => "subsumes",
            Operation::Expand => "expand",
            Operation::Translate => "translate",
            Operation::Closure => "closure",
            Operation::FindMatches => "find-matches",
        }
    }
}

/// What the CapabilityStatement says of the operations on a type.
pub fn definitions(rtype: &str) -> Vec<Value> {
    let definition = |on: &str, name: &str| {
        let name = name.trim_start_matches('$');
        json!({ "name": name, "definition": format!("http://hl7.org/fhir/OperationDefinition/{on}-{name}") })
    };
    let mut all = vec![definition("Resource", "$validate")];
    let there = |(t, _, o): &&(&str, &str, Operation)| *t == rtype && *o != Operation::FindMatches;
    all.extend(ALL.iter().filter(there).map(|(t, n, _)| definition(t, n)));
    all
}

/// Asks the loaded terminology, or with `id` a definition that is stored.
pub async fn ask(visit: &Visit, asked: Asked, operation: Operation, id: Option<String>) -> Left {
    let (permitted, library) = match permitted_library(visit) {
        Ok(both) => both,
        Err(instead) => return instead,
    };
    if matches!(operation, Operation::Closure | Operation::FindMatches) {
        return Left::permitted(permitted, not_there(operation));
    }
    let mut inputs = match inputs(&asked, operation) {
        Ok(inputs) => inputs,
        Err(refusal) => return Left::permitted(permitted, refusal),
    };
    let found = match stored::gather(visit, library.terminology(), operation, id.as_deref(), &mut inputs) {
        Ok(found) => found,
        Err(instead) => return Left::together(vec![*instead.left], instead.answer),
    };
    let now = jiff::Timestamp::from_millisecond(visit.now_ms).unwrap_or_default().to_string();
    let english = visit.language == "en";
    let (definitions, read) = found.into_parts();
    let work = move || {
        let all = (!definitions.is_empty()).then(|| library.terminology().with(stored::builder(&definitions)));
        let terminology = all.as_ref().unwrap_or(library.terminology());
        match answer(terminology, operation, &inputs, &now, english) {
            Ok(body) => Answer::fhir(StatusCode::OK, body),
            Err(e) => {
                let status = StatusCode::from_u16(e.status()).unwrap_or(StatusCode::BAD_REQUEST);
                Answer::outcome(status, &[e.finding()])
            }
        }
    };
    let answer = heavy(work).await.unwrap_or_else(|busy| busy);
    match read {
        None => Left::permitted(permitted, answer),
        Some(read) => Left::together(vec![Left::permitted(permitted, Answer::json(StatusCode::OK, "")), read], answer),
    }
}

/// Operations that there are none of here.
fn not_there(operation: Operation) -> Answer {
    Answer::error(
        StatusCode::NOT_IMPLEMENTED,
        "not-supported",
        "terminology-not-supported",
        &format!(
            "${} finnes ikke her. $lookup, $subsumes og $expand kan ofte svare på det samme.",
            operation.name()
        ),
        &format!(
            "There is no ${} here. $lookup, $subsumes and $expand can often answer the same.",
            operation.name()
        ),
    )
}

fn answer(terminology: &Terminology, operation: Operation, inputs: &Inputs, now: &str, english: bool) -> Result<String, OperationError> {
    Ok(match operation {
        Operation::Lookup => terminology.lookup(&LookupRequest::read(inputs)?)?.to_parameters(),
        Operation::ValidateCodeInSystem => {
            let request = ValidateCodeRequest::read_for_code_system(inputs)?;
            terminology.validate_code(&request)?.to_parameters(english)
        }
        Operation::ValidateCodeInSet => {
            let request = ValidateCodeRequest::read_for_value_set(inputs)?;
            terminology.validate_code(&request)?.to_parameters(english)
        }
        Operation::Subsumes => terminology.subsumes(&SubsumesRequest::read(inputs)?)?.to_parameters(),
        Operation::Translate => terminology.translate(&TranslateRequest::read(inputs)?)?.to_parameters(english),
        Operation::Expand => {
            let expansion = terminology.expand(&ExpandRequest::read(inputs)?)?;
            let identifier = format!("urn:uuid:{}", uuid::Uuid::new_v4());
            expansion.to_value_set(now, Some(&identifier))
        }
        // Refused before.
        Operation::Closure | Operation::FindMatches => return Err(OperationError::Invalid("operation")),
    })
}

/// The parameters: those of the URL, those of a `Parameters` resource, or of a ValueSet that is
/// the body itself. Without `displayLanguage`, `Accept-Language` says which texts are wanted.
#[allow(clippy::result_large_err)]
fn inputs(asked: &Asked, operation: Operation) -> Result<Inputs, Answer> {
    let refuse = |finding: Finding| Answer::outcome(StatusCode::BAD_REQUEST, &[finding]);
    let pairs = query::pairs(&asked.query).ok_or_else(|| refuse(undecodable()))?;
    let mut inputs = Inputs::from_query(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    if asked.method == Method::POST && !asked.body.is_empty() {
        if asked.body.len() > LONGEST {
            return Err(Answer::outcome(StatusCode::PAYLOAD_TOO_LARGE, &[too_long()]));
        }
        let limits = Limits {
            bytes: LONGEST * 8,
            ..Limits::default()
        };
        let text = match asked.delivered == Delivered::Xml {
            true => kilde_fhir::xml::to_json(&asked.body, limits)
                .map_err(|f| Answer::outcome(StatusCode::BAD_REQUEST, &f))?
                .json
                .into_bytes(),
            false => asked.body.clone(),
        };
        let document = parse(text, limits).map_err(|e| refuse(e.finding()))?;
        let root = document.root();
        let takes_set = matches!(operation, Operation::Expand | Operation::ValidateCodeInSet);
        match root.str("resourceType").as_deref() {
            Some("Parameters") => inputs.append(Inputs::from_parameters(root)),
            Some("ValueSet") if takes_set => {
                inputs.add("valueSet", Input::ValueSet(Box::new(ValueSet::read(root, &mut Vec::new()))));
            }
            _ => return Err(refuse(no_parameters().at(root.position()))),
        }
    }
    if let (None, Some(language)) = (inputs.text("displayLanguage"), languages(&asked.headers)) {
        inputs.add("displayLanguage", Input::Text(language));
    }
    Ok(inputs)
}

fn languages(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    (!text.is_empty() && text.len() <= 200).then(|| text.to_owned())
}

fn undecodable() -> Finding {
    Finding::error(
        "value",
        "query-encoding",
        "",
        "Parametrene er ikke gyldig prosentkodet UTF-8.",
        "The parameters are not valid percent-encoded UTF-8.",
    )
}

fn no_parameters() -> Finding {
    Finding::error(
        "structure",
        "terminology-body",
        "",
        "Innholdet skal være en Parameters-ressurs (eller et ValueSet, der operasjonen tar et).",
        "The body must be a Parameters resource (or a ValueSet where the operation takes one).",
    )
}

fn too_long() -> Finding {
    Finding::error(
        "too-long",
        "limit-bytes",
        "",
        format!("Parametre kan ha høyst {} MiB.", LONGEST >> 20),
        format!("Parameters may have at most {} MiB.", LONGEST >> 20),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str, body: &str, language: &str) -> Asked {
        Asked {
            method: if body.is_empty() { Method::GET } else { Method::POST },
            headers: HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, language.parse().unwrap())]),
            query: query.to_owned(),
            delivered: Delivered::Json,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn url_body_and_language_come_together() {
        let body = r#"{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"b"}]}"#;
        let read = inputs(&asked("system=a&code=c", body, "nn"), Operation::Lookup).unwrap();
        assert_eq!(read.texts("code"), ["c", "b"]);
        assert_eq!(read.text("displayLanguage").as_deref(), Some("nn"));
        let said = inputs(&asked("displayLanguage=en", "", "nn"), Operation::Lookup).unwrap();
        assert_eq!(said.text("displayLanguage").as_deref(), Some("en"));
    }

    #[test]
    fn a_value_set_may_be_the_body_where_one_is_taken() {
        let set = r#"{"resourceType":"ValueSet","status":"active"}"#;
        assert!(
            inputs(&asked("", set, "nb"), Operation::Expand)
                .unwrap()
                .value_set("valueSet")
                .is_some()
        );
        assert_eq!(inputs(&asked("", set, "nb"), Operation::Lookup).unwrap_err().status, 400);
        assert_eq!(inputs(&asked("", "{", "nb"), Operation::Expand).unwrap_err().status, 400);
    }

    #[test]
    fn names_and_types_belong_together() {
        assert_eq!(Operation::of("ValueSet", "$lookup"), None);
        assert_eq!(definitions("ConceptMap").len(), 2);
        assert_eq!(
            definitions("Patient")[0]["definition"],
            "http://hl7.org/fhir/OperationDefinition/Resource-validate"
        );
    }
}
