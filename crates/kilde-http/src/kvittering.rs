//! The citizen's receipt: `/{instance}/innbygger/tilgangslogg/{no}/kvittering`. Proves to anybody that the entry is in the
//! log; tells what her own log tells, and no reader's national id.

use crate::answer::Answer;
use crate::entrance::{Left, Visit, enter};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use kilde_access::log::receipt_json;
use kilde_access::{Action, Relations};
use std::sync::Arc;

/// `GET /innbygger/tilgangslogg/{no}/kvittering`: another's entry is answered as one that is not there.
pub async fn kvittering(State(server): State<Arc<Server>>, Path((instance, no)): Path<(String, String)>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "kvittering").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let left = match visit.decide(Action::TilgangsloggOwn, visit.own(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = receipt(&visit, no.parse().unwrap_or(0));
            Left::permitted(permitted, answer)
        }
    };
    visit.leave(left).await
}

fn receipt(visit: &Visit, no: u64) -> Answer {
    let persons = visit.own().person.map(|p| visit.place.index.same_person(p)).unwrap_or_default();
    let log = &visit.place.access_log;
    // A checkpoint may have to be signed and kept first.
    let receipt = tokio::task::block_in_place(|| log.receipt_for(&persons, no));
    match receipt.map(|found| found.map(|receipt| receipt_json(&receipt, None))) {
        Ok(Some(Ok(json))) => Answer::json(StatusCode::OK, json).header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"kvittering-{no}.json\""),
        ),
        Ok(Some(Err(cause))) => Answer::fault(&cause),
        Ok(None) => Answer::not_found(),
        Err(cause) => Answer::fault(&cause),
    }
}
