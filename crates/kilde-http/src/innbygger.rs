//! The citizen's API: `/{instance}/innbygger/...`: who has looked, in her own language; and in the modules below what she herself decides.

pub mod blocks;
mod choices;
pub(crate) mod form;
pub mod insight;
pub mod login;
pub(crate) mod own;
pub mod proxies;
mod readers;
pub mod requests;
mod words;

use crate::answer::Answer;
use crate::entrance::{Left, enter};
use crate::query;
use crate::server::{Municipality, Server};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::log::{Lang, Names};
use kilde_access::{Action, Relations};
use std::sync::Arc;

const PAGE: usize = 50;

/// `GET /innbygger/tilgangslogg?before=&limit=`, newest first.
pub async fn tilgangslogg(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "tilgangslogg").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let text = parts.uri.query().unwrap_or("");
    let before = query::value(text, "before").and_then(|b| b.parse().ok());
    let limit = query::value(text, "limit")
        .and_then(|l| l.parse().ok())
        .unwrap_or(PAGE)
        .clamp(1, 500);
    let as_page = query::value(text, "_format").as_deref() == Some("html") || login::wants_page(&parts.headers);
    let subject = visit.own().clone();
    let left = match visit.decide(Action::TilgangsloggOwn, &subject, None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let persons = subject.person.map(|p| visit.place.index.same_person(p)).unwrap_or_default();
            let lang = Lang::from_tag(visit.language);
            let page = visit
                .place
                .access_log
                .for_citizen(&persons, lang, &readers::Naming::new(&visit), before, limit);
            let page = match page {
                Ok(page) if as_page => return visit.leave_as(permitted, |place| login::log_page(place, &page, lang)).await,
                other => other,
            };
            let answer = match page.map(|page| serde_json::to_vec(&page)) {
                Ok(Ok(json)) => Answer::json(StatusCode::OK, json),
                Ok(Err(cause)) => Answer::fault(&cause),
                Err(cause) => Answer::fault(&cause),
            };
            Left::permitted(permitted, answer)
        }
    };
    visit.leave(left).await
}

impl Names for Municipality {
    fn organisation(&self, number: &str) -> Option<String> {
        self.names.get(number).cloned()
    }

    fn service(&self, id: &str, lang: Lang) -> Option<String> {
        let lang = kilde_services::lang::Lang::from_tag(lang.pick("nb", "nn", "en"))?;
        self.services
            .iter()
            .find(|s| s.id() == id)
            .map(|s| s.manifest().title(lang).to_owned())
    }
}
