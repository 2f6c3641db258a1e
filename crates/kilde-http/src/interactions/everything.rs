//! `$everything` of a patient and of an encounter (<https://hl7.org/fhir/R4/patient-operation-everything.html>,
//! <https://hl7.org/fhir/R4/encounter-operation-everything.html>): a search in the compartment, page by page.

use super::named::national_id_in;
use super::operation::parameters;
use super::search::{no_nin_in_url, search_for};
use crate::answer::Answer;
use crate::entrance::{Left, Permitted, Visit};
use crate::fhir::Asked;
use axum::http::StatusCode;
use kilde_fhir::definitions::ResourceType;
use kilde_index::{Over, Read};

/// `GET` and `POST [base]/Patient/[id]/$everything`, `[base]/Encounter/[id]/$everything`
pub fn instance(visit: &Visit, asked: &Asked, of: ResourceType, id: String) -> Left {
    if national_id_in(&id) {
        return Left::bad(no_nin_in_url());
    }
    match parameters(asked) {
        Ok(params) => search_for(visit, asked, Over::Everything { of, id }, params),
        Err(answer) => Left::bad(*answer),
    }
}

/// `[base]/Patient/$everything`: not here.
pub fn of_all() -> Left {
    Left::bad(Answer::error(
        StatusCode::NOT_IMPLEMENTED,
        "not-supported",
        "everything-of-all",
        "Vi gir $everything for én pasient om gangen: Patient/[id]/$everything. For mange: masseuttrekk, Patient/$export.",
        "We give $everything of one patient at a time: Patient/[id]/$everything. For many: bulk export, Patient/$export.",
    ))
}

/// The answer, if that whose everything is asked for is not there, or out of reach; nothing tells which.
pub(super) fn absent(visit: &Visit, permitted: &Permitted, over: &Over) -> Option<Answer> {
    let Over::Everything { of, id } = over else { return None };
    match visit.place.index.read(permitted.scope(), *of, id) {
        Ok(Read::Found(_)) => None,
        Ok(_) => Some(Answer::not_found()),
        Err(cause) => Some(Answer::fault(&cause)),
    }
}
