//! What the citizen's own requests have in common: who she is, may she, her body, and her answer on its way out.

use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, Permitted, Visit, enter};
use crate::server::{Limits, Server};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use kilde_access::log::Lang;
use kilde_access::{Action, Actor, Relations};
use kilde_fhir::national_id::Nin;
use kilde_index::OwnDeclaration;
use kilde_intake::{Declare, DeclareError, Which, Whose};
use kilde_log::PersonNo;
use serde_json::Value;
use std::sync::Arc;

/// Bytes of a body at most.
const BODY: usize = 16 << 10;
/// Declarations that a citizen may have in force.
pub const MOST: usize = 1_000;

/// A citizen's request that was let in.
pub struct Own {
    /// The visit.
    pub visit: Visit,
    /// The permit, about herself.
    pub permitted: Permitted,
    /// Her national id.
    pub nin: Nin,
    /// The numbers that this instance knows her by; none if it does not.
    pub persons: Vec<PersonNo>,
    /// The body.
    pub body: Vec<u8>,
    /// The query string.
    pub query: String,
    /// The version that `If-Match` names.
    pub expected: Option<u32>,
}

/// Lets a citizen in with a question about herself.
///
/// # Errors
/// The answer to give instead.
pub async fn enter_own(
    server: &Arc<Server>,
    instance: &str,
    request: Request,
    interaction: &'static str,
    action: Action,
) -> Result<Own, Response> {
    let (parts, body) = request.into_parts();
    let visit = enter(server, instance, &parts, interaction).await?;
    let limits = Limits {
        body: BODY,
        ..server.limits
    };
    let body = read_body(body, &limits).await.map_err(Answer::release)?;
    let subject = visit.own().clone();
    let permitted = match visit.decide(action, &subject, None) {
        Ok(permitted) => permitted,
        Err(refused) => return Err(visit.leave(refused).await),
    };
    // What personnel may read they read elsewhere; a citizen has a number.
    let citizen = matches!(visit.identity.actor, Actor::Citizen { .. });
    let Some(nin) = subject.nin.filter(|_| citizen) else {
        return Err(visit.leave(Left::permitted(permitted, Answer::not_found())).await);
    };
    let persons = subject
        .person
        .map(|p| visit.place.index.same_person(p).into_vec())
        .unwrap_or_default();
    let if_match = parts.headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok());
    Ok(Own {
        expected: if_match.and_then(crate::answer::version_of),
        query: parts.uri.query().unwrap_or("").to_owned(),
        visit,
        permitted,
        nin,
        persons,
        body,
    })
}

impl Own {
    /// The language of texts.
    pub fn lang(&self) -> Lang {
        Lang::from_tag(self.visit.language)
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// It is none.
    pub fn object(&self) -> Result<Value, Box<Answer>> {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| {
                Box::new(Answer::error(
                    StatusCode::BAD_REQUEST,
                    "structure",
                    "json-object",
                    "Innholdet skal være et JSON-objekt. Se docs/citizen.",
                    "The body must be a JSON object. See docs/citizen.",
                ))
            })
    }

    /// Her declarations, the latest first.
    ///
    /// # Errors
    /// The index or the log failed.
    pub fn declarations(&self) -> Result<Vec<OwnDeclaration>, Box<Answer>> {
        let all = self.persons.first().map(|person| self.visit.place.index.declarations(*person));
        all.transpose()
            .map(Option::unwrap_or_default)
            .map_err(|cause| Box::new(Answer::fault(&cause)))
    }

    /// Every version of one of hers, the newest first. Of another kind there is none with that id.
    ///
    /// # Errors
    /// The index or the log failed; or she has none of that id.
    pub fn versions(&self, kind: &str, id: &str) -> Result<Vec<OwnDeclaration>, Box<Answer>> {
        let person = self
            .persons
            .first()
            .filter(|_| id.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
        let all = person.map(|person| self.visit.place.index.declaration_versions(*person, id));
        match all.transpose() {
            Err(cause) => Err(Box::new(Answer::fault(&cause))),
            Ok(versions) => versions.filter(|all| !all.is_empty()).ok_or_else(|| Box::new(Answer::not_found())),
        }
    }

    /// Declares something. When it answers, it is durable and in force.
    ///
    /// # Errors
    /// Nothing was declared.
    pub async fn declare(&self, which: Named, declaration: Option<kilde_access::Declaration>) -> Result<OwnDeclaration, Box<Answer>> {
        let (intake, nin) = (self.visit.place.intake.clone(), self.nin);
        let (client, original) = (self.visit.identity.client.clone(), self.body.clone());
        let (now_ms, expected) = (self.visit.now_ms, self.expected);
        let work = move || {
            intake.declare(Declare {
                whose: Whose::Nin(&nin),
                which: match &which {
                    Named::New => Which::New,
                    Named::There(id) => Which::There(id, expected),
                    Named::Any(id) => Which::Any(id),
                },
                declaration,
                client: &client,
                original,
                now_ms,
                most: MOST,
            })
        };
        declared(work).await
    }

    /// Lifts or withdraws the declaration of a kind with this id.
    ///
    /// # Errors
    /// She has none of that kind in force with that id; or nothing was declared.
    pub async fn lift(&self, kind: &str, id: String) -> Result<Answer, Box<Answer>> {
        self.versions(kind, &id)?;
        self.declare(Named::There(id), None).await?;
        Ok(Answer::json(StatusCode::NO_CONTENT, ""))
    }

    /// Where something of hers is found.
    pub fn location(&self, path: &str, id: &str) -> String {
        let (url, instance) = (&self.visit.server.public_url, self.visit.place.instance.as_str());
        format!("{url}/{instance}/innbygger/{path}/{id}")
    }

    /// Lets an answer go when its access-log entry is durable.
    pub async fn leave(self, answer: Result<Answer, Box<Answer>>) -> Response {
        let answer = answer.unwrap_or_else(|refused| *refused);
        self.visit.leave(Left::permitted(self.permitted, answer)).await
    }
}

/// [`Which`], to be taken along.
pub enum Named {
    /// A new one.
    New,
    /// The one with this id.
    There(String),
    /// The one with this id, there or not.
    Any(&'static str),
}

/// Does the work of declaring, which waits for the disk.
///
/// # Errors
/// Nothing was declared.
pub async fn declared(work: impl FnOnce() -> Result<OwnDeclaration, DeclareError> + Send + 'static) -> Result<OwnDeclaration, Box<Answer>> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(|error| Box::new(refusal(&error))),
        Err(cause) => Err(Box::new(Answer::fault(&cause))),
    }
}

/// What is told of a declaration that came to nothing.
fn refusal(error: &DeclareError) -> Answer {
    match error {
        DeclareError::Absent => Answer::not_found(),
        DeclareError::Version(_) => Answer::error(
            StatusCode::PRECONDITION_FAILED,
            "conflict",
            "version-conflict",
            "Det er endret siden du så det. Hent det på nytt.",
            "It has been changed since you saw it. Fetch it again.",
        ),
        DeclareError::TooMany => Answer::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too-costly",
            "declarations-too-many",
            &format!("Du har {MOST} valg registrert, som er det meste. Opphev noen av dem, eller sperr mer i ett."),
            &format!("You have {MOST} choices registered, which is the most. Lift some of them, or block more in one."),
        ),
        DeclareError::Form(_) | DeclareError::Log(_) | DeclareError::Index(_) => {
            tracing::error!(cause = %error, "a declaration could not be taken in");
            Answer::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "transient",
                "declaration-unavailable",
                "Valget ble kanskje ikke lagret. Se etter om det står der, og forsøk igjen om litt.",
                "The choice may not have been stored. Look whether it is there, and try again shortly.",
            )
            .header(header::RETRY_AFTER, "2")
        }
    }
}
