//! `read` and `vread` (<https://hl7.org/fhir/R4/http.html#read>).

use super::conditional::has_it;
use crate::answer::{Answer, Seen, etag, http_date};
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::look::Look;
use axum::http::{StatusCode, header};
use kilde_access::{Action, Permit};
use kilde_fhir::definitions::ResourceType;
use kilde_index::{IndexError, Read, Version};

/// `GET [base]/[type]/[id]`, with `If-None-Match` and `If-Modified-Since`.
pub fn read(visit: &Visit, asked: &Asked, rtype: ResourceType, id: &str) -> Left {
    let look = match look(asked) {
        Ok(look) => look,
        Err(left) => return *left,
    };
    one(visit, rtype, id, |permit| {
        let found = visit.place.index.read(&permit.scope, rtype, id)?;
        Ok(match found {
            Read::Found(version) => {
                if has_it(&asked.headers, version.version, version.last_updated_ms) {
                    not_modified(&version)
                } else {
                    resource(visit, permit, version, &look)
                }
            }
            Read::Gone { version, last_updated_ms } => Answer::error(
                StatusCode::GONE,
                "deleted",
                "deleted",
                "Ressursen er slettet.",
                "The resource is deleted.",
            )
            .header(header::ETAG, etag(version))
            .header(header::LAST_MODIFIED, http_date(last_updated_ms)),
            Read::Absent => Answer::not_found(),
        })
    })
}

/// `GET [base]/[type]/[id]/_history/[vid]`
pub fn vread(visit: &Visit, asked: &Asked, rtype: ResourceType, id: &str, version: &str) -> Left {
    let look = match look(asked) {
        Ok(look) => look,
        Err(left) => return *left,
    };
    one(visit, rtype, id, |permit| {
        let Ok(number) = version.parse() else {
            return Ok(Answer::not_found());
        };
        Ok(match visit.place.index.vread(&permit.scope, rtype, id, number)? {
            Read::Found(version) => resource(visit, permit, version, &look),
            Read::Gone { .. } => Answer::error(
                StatusCode::GONE,
                "deleted",
                "deleted",
                "I denne versjonen ble ressursen slettet.",
                "In this version the resource was deleted.",
            ),
            Read::Absent => Answer::not_found(),
        })
    })
}

/// Decides about the token's own subject (or the patient that is read), then does the work.
pub(super) fn one(visit: &Visit, rtype: ResourceType, id: &str, work: impl FnOnce(&Permit) -> Result<Answer, IndexError>) -> Left {
    let subject = match subject_of(visit, rtype, id) {
        Ok(subject) => subject,
        Err(cause) => return Left::bad(Answer::fault(&cause)),
    };
    match visit.decide(Action::Read, &subject, None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = work(&permitted.permit).unwrap_or_else(|cause| Answer::fault(&cause));
            Left::permitted(permitted, answer)
        }
    }
}

/// About whom a read is: the token's own subject. A token without one (recorded need) may name the
/// patient by reading `Patient/[id]`.
pub(super) fn subject_of(visit: &Visit, rtype: ResourceType, id: &str) -> Result<crate::entrance::Subject, kilde_log::LogError> {
    let own = visit.own();
    if own.nin.is_none() && rtype.name() == "Patient" {
        visit.subject_of_patient(id)
    } else {
        Ok(own.clone())
    }
}

/// How the client wants to see what it reads.
fn look(asked: &Asked) -> Result<Look, Box<Left>> {
    let mut params = crate::query::pairs(&asked.query).unwrap_or_default();
    Look::take(&mut params).map_err(|finding| Box::new(Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[finding]))))
}

/// A version as an answer: its bytes, minimised as the scope says, as the client wants to see them.
fn resource(visit: &Visit, permit: &Permit, version: Version, look: &Look) -> Answer {
    let location = format!(
        "{}/{}/{}/_history/{}",
        visit.server.fhir_base(&visit.place),
        version.rtype.name(),
        version.id,
        version.version
    );
    let seen = vec![Seen::from(&version)];
    let (tag, modified) = (etag(version.version), http_date(version.last_updated_ms));
    let Some((body, withheld)) = crate::minimise::body(&permit.scope, version) else {
        return Answer::not_found();
    };
    let body = if look.is_whole() { body } else { look.of_resource(body) };
    let mut answer = Answer::fhir(StatusCode::OK, look.of_answer(body))
        .header(header::ETAG, tag)
        .header(header::LAST_MODIFIED, modified)
        .header(header::CONTENT_LOCATION, location)
        .seen(seen);
    answer.withheld = withheld;
    answer
}

fn not_modified(version: &Version) -> Answer {
    let mut answer = Answer::fhir(StatusCode::NOT_MODIFIED, "")
        .header(header::ETAG, etag(version.version))
        .header(header::LAST_MODIFIED, http_date(version.last_updated_ms));
    answer.headers.remove(header::CONTENT_TYPE);
    answer.seen(vec![Seen::from(version)])
}
