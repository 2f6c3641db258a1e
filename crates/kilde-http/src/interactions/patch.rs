//! `patch` (<https://hl7.org/fhir/R4/http.html#patch>): JSON Patch and FHIRPath Patch, to intake.

use super::write::{condition, if_match, submit};
use crate::answer::Answer;
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::formats::{Delivered, unsupported_patch};
use axum::http::header;
use kilde_fhir::definitions::ResourceType;
use kilde_intake::{Kind, PatchForm, Whom};

/// `PATCH [base]/[type]/[id]`, with `If-Match`.
pub async fn patch(visit: &Visit, asked: Asked, rtype: ResourceType, id: String) -> Left {
    one(visit, asked, rtype, Whom::Id(id)).await
}

/// `PATCH [base]/[type]?query`: the one match is patched; none is 404, several are refused.
pub async fn conditional_patch(visit: &Visit, asked: Asked, rtype: ResourceType) -> Left {
    match condition(&asked) {
        Ok(query) => one(visit, asked, rtype, Whom::Query(query)).await,
        Err(answer) => Left::bad(*answer),
    }
}

async fn one(visit: &Visit, asked: Asked, rtype: ResourceType, whom: Whom) -> Left {
    match kind(&asked, rtype, whom) {
        Ok(kind) => submit(visit, asked, kind).await,
        Err(answer) => Left::bad(*answer),
    }
}

fn kind(asked: &Asked, rtype: ResourceType, whom: Whom) -> Result<Kind, Box<Answer>> {
    // Two kinds of patches are JSON: one that does not say which it is cannot be taken.
    if !asked.headers.contains_key(header::CONTENT_TYPE) {
        return Err(unsupported_patch());
    }
    Ok(Kind::Patch {
        rtype,
        whom,
        form: match asked.delivered {
            Delivered::JsonPatch => PatchForm::Json,
            Delivered::Json | Delivered::Xml => PatchForm::FhirPath,
        },
        if_match: if_match(&asked.headers)?,
    })
}
