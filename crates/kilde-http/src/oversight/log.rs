//! `POST /{instance}/admin/tilgangslogg`: the controller's search of the access log.

use super::form;
use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, Visit, enter};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::Action;
use kilde_access::log::{FoundPage, Lang};
use kilde_log::PersonNo;
use serde_json::json;
use std::sync::Arc;

/// Who saw this person, what has this employee seen, what was refused: what is wanted stands in the body. Asking for one employee
/// needs a reason in words. Each person whose entries are shown finds that in her own log.
pub async fn search(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "tilgangslogg-search").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let body = match read_body(body, &server.limits).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let left = answer(&visit, &body).await;
    visit.leave(left).await
}

async fn answer(visit: &Visit, body: &[u8]) -> Left {
    let asked = match form::search(visit, body) {
        Ok(asked) => asked,
        // Whoever may not search learns nothing of how it is done.
        Err(answer) => {
            return match visit.decide(Action::TilgangsloggSearch, &Default::default(), None) {
                Err(refused) => refused,
                Ok(permitted) => Left::permitted(permitted, *answer),
            };
        }
    };
    let action = match asked.wanted.reader {
        Some(_) => Action::TilgangsloggReader,
        None => Action::TilgangsloggSearch,
    };
    let sought = asked.wanted.reader.as_ref().map(|reader| visit.place.access_log.sought(reader));
    let permitted = match visit.decide(action, &asked.subject, None) {
        Err(refused) => return refused.noting(|entry| entry.sought.clone_from(&sought)).parameters(&asked.fields),
        Ok(permitted) => permitted.noting(|entry| entry.sought.clone_from(&sought)),
    };
    let (place, wanted, before, limit) = (visit.place.clone(), asked.wanted, asked.before, asked.limit);
    let found = tokio::task::spawn_blocking(move || place.access_log.search(&wanted, before, limit)).await;
    let page = match found {
        Ok(Ok(page)) => page,
        Ok(Err(cause)) => return Left::permitted(permitted, Answer::fault(&cause)),
        Err(cause) => return Left::permitted(permitted, Answer::fault(&cause)),
    };
    let mut persons: Vec<PersonNo> = page.entries.iter().map(|(_, entry)| PersonNo(entry.person)).collect();
    persons.extend(asked.subject.person);
    persons.retain(|person| person.is_some());
    persons.sort_unstable();
    persons.dedup();
    Left::permitted(permitted, told(visit, &page))
        .about(&persons)
        .parameters(&asked.fields)
}

fn told(visit: &Visit, page: &FoundPage) -> Answer {
    let lang = Lang::from_tag(visit.language);
    let log = &visit.place.access_log;
    let lines: Vec<_> = page
        .entries
        .iter()
        .map(|(no, entry)| log.for_controller(*no, entry, lang, &*visit.place))
        .collect();
    let mut body = json!({ "entries": lines });
    if let Some(next) = page.next {
        body["before"] = json!(next);
    }
    Answer::json(StatusCode::OK, body.to_string())
}
