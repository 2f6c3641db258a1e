//! `$validate` (<https://hl7.org/fhir/R4/resource-operation-validate.html>): all that is wrong with a
//! resource that comes with the question, or with one that is stored. Nothing is stored by it.

mod asked;
mod examine;
mod say;

use super::read::subject_of;
use crate::answer::{Answer, Seen};
use crate::entrance::{Left, Permitted, Subject, Visit};
use crate::fhir::Asked;
use crate::heavy::{heavy, library, permitted_library};
use asked::{Mode, Wanted};
use axum::http::{Method, StatusCode};
use examine::{Examination, Text};
use kilde_access::Action;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_index::{Read, Version};

/// `POST [base]/[type]/$validate`, `GET` and `POST [base]/[type]/[id]/$validate`.
pub async fn validate(visit: &Visit, asked: Asked, rtype: ResourceType, id: Option<String>) -> Left {
    let wanted = match Wanted::of_query(&asked.query) {
        Ok(wanted) => wanted,
        Err(finding) => return bad(finding),
    };
    let stored = asked.method != Method::POST || asked.body.is_empty();
    match (stored, id) {
        (true, Some(id)) => instance(visit, wanted, rtype, &id).await,
        (true, None) => bad(say::nothing()),
        (false, id) => given(visit, asked, wanted, rtype, id).await,
    }
}

fn bad(finding: Finding) -> Left {
    Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[finding]))
}

/// A resource that comes with the question.
async fn given(visit: &Visit, asked: Asked, wanted: Wanted, rtype: ResourceType, id: Option<String>) -> Left {
    let (permitted, library) = match permitted_library(visit) {
        Ok(both) => both,
        Err(instead) => return instead,
    };
    let text = match Text::new(asked.body, asked.delivered) {
        Ok(text) => text,
        Err(answer) => return Left::permitted(permitted, *answer),
    };
    let examination = Examination {
        library,
        intake: visit.place.intake.clone(),
        wanted,
        rtype,
        id: id.clone(),
    };
    match heavy(move || examination.of_body(text)).await {
        Err(answer) => Left::permitted(permitted, answer),
        Ok(Err((status, findings))) => Left::permitted(permitted, Answer::outcome(status, &findings)),
        Ok(Ok(examine::Outcome::Findings(findings))) => Left::permitted(permitted, Answer::outcome(StatusCode::OK, &findings)),
        // About the stored one, as a question without a body is.
        Ok(Ok(examine::Outcome::NoResource(wanted))) => match id {
            Some(id) => instance(visit, wanted, rtype, &id).await,
            None => bad(say::nothing()),
        },
    }
}

/// A stored resource: read like any other read, then examined.
async fn instance(visit: &Visit, wanted: Wanted, rtype: ResourceType, id: &str) -> Left {
    if let Err(finding) = wanted.check(true) {
        return bad(finding);
    }
    let subject = match subject_of(visit, rtype, id) {
        Ok(subject) => subject,
        Err(cause) => return Left::bad(Answer::fault(&cause)),
    };
    let permitted = match visit.decide(Action::Read, &subject, None) {
        Ok(permitted) => permitted,
        Err(refused) => return refused,
    };
    let answer = match visit.place.index.read(permitted.scope(), rtype, id) {
        Err(cause) => Answer::fault(&cause),
        Ok(Read::Absent) => Answer::not_found(),
        Ok(Read::Gone { .. }) => Answer::error(
            StatusCode::GONE,
            "deleted",
            "deleted",
            "Ressursen er slettet.",
            "The resource is deleted.",
        ),
        Ok(Read::Found(version)) => found(visit, &permitted, &subject, wanted, version).await,
    };
    Left::permitted(permitted, answer)
}

async fn found(visit: &Visit, permitted: &Permitted, subject: &Subject, wanted: Wanted, version: Version) -> Answer {
    let seen = vec![Seen::from(&version)];
    if wanted.mode == Mode::Delete {
        let findings = may_delete(visit, subject, &version);
        return Answer::outcome(StatusCode::OK, &findings).seen(seen);
    }
    let library = match library(visit) {
        Ok(library) => library,
        Err(answer) => return answer,
    };
    let rtype = version.rtype;
    let Some((body, withheld)) = crate::minimise::body(permitted.scope(), version) else {
        return Answer::not_found();
    };
    let examination = Examination {
        library,
        intake: visit.place.intake.clone(),
        wanted,
        rtype,
        id: None,
    };
    let mut answer = match heavy(move || examination.of_stored(body, withheld > 0)).await {
        Ok(findings) => Answer::outcome(StatusCode::OK, &findings),
        Err(answer) => answer,
    };
    answer.withheld = withheld;
    answer.seen(seen)
}

/// Whether a delete would be taken: the one who asks may write, and is the source.
fn may_delete(visit: &Visit, subject: &Subject, version: &Version) -> Vec<Finding> {
    let may = visit
        .decide(Action::Write, subject, None)
        .is_ok_and(|p| p.scope().permits_write(version.person, version.category, &version.source));
    if may {
        Vec::new()
    } else {
        vec![say::may_not_delete(version.rtype.name())]
    }
}
