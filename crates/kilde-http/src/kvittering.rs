//! Receipts: the citizen's (`/{instance}/innbygger/tilgangslogg/{no}/kvittering`), and the controller's
//! (`/{instance}/admin/tilgangslogg/{no}/kvittering`), who can so prove any entry that she was shown. A receipt proves to anybody that the entry is in the
//! log; it tells what the citizen's own log tells, and no reader's national id.

use crate::answer::Answer;
use crate::entrance::{Left, Subject, enter};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use kilde_access::log::receipt_json;
use kilde_access::{AccessLogError, Action, Relations};
use kilde_log::{PersonNo, Receipt};
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
            let no = no.parse().unwrap_or(0);
            let persons = visit.own().person.map(|p| visit.place.index.same_person(p)).unwrap_or_default();
            // A checkpoint may have to be signed and kept first.
            let receipt = tokio::task::block_in_place(|| visit.place.access_log.receipt_for(&persons, no));
            Left::permitted(permitted, told(no, receipt))
        }
    };
    visit.leave(left).await
}

/// `GET /admin/tilgangslogg/{no}/kvittering`: whom the entry is about finds in her own log that it was proven.
pub async fn for_controller(State(server): State<Arc<Server>>, Path((instance, no)): Path<(String, String)>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "kvittering").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let left = match visit.decide(Action::TilgangsloggSearch, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let no = no.parse().unwrap_or(0);
            let log = &visit.place.access_log;
            let receipt = tokio::task::block_in_place(|| log.receipt(no));
            let persons: Vec<PersonNo> = match &receipt {
                Ok(Some((person, _))) if person.is_some() => vec![*person],
                _ => Vec::new(),
            };
            Left::permitted(permitted, told(no, receipt.map(|found| found.map(|(_, receipt)| receipt)))).about(&persons)
        }
    };
    visit.leave(left).await
}

fn told(no: u64, receipt: Result<Option<Receipt>, AccessLogError>) -> Answer {
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
