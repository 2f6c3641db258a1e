//! `history` of an instance, a type and everything (<https://hl7.org/fhir/R4/http.html#history>): newest first, in
//! pages, with `_since`, `_at` and `_count`.

use super::read::one;
use crate::answer::Answer;
use crate::bundle::Bundle;
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::look::Look;
use crate::prefer::prefer;
use crate::query;
use axum::http::StatusCode;
use kilde_access::{AccessScope, Action};
use kilde_fhir::date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_index::SearchError;
use kilde_index::changes::{Changes, Of};

/// Versions of a page if nothing is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 1000;

/// `GET [base]/[type]/[id]/_history`
pub fn instance(visit: &Visit, asked: &Asked, rtype: ResourceType, id: &str) -> Left {
    match Page::read(asked, format!("{}/{id}/_history", rtype.name())) {
        Ok(page) => one(visit, rtype, id, |permit| {
            Ok(page.answer(visit, &permit.scope, &Of::Instance(rtype, id.to_owned())))
        }),
        Err(findings) => Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &findings)),
    }
}

/// `GET [base]/[type]/_history`
pub fn of_type(visit: &Visit, asked: &Asked, rtype: ResourceType) -> Left {
    several(visit, asked, format!("{}/_history", rtype.name()), &Of::Type(rtype))
}

/// `GET [base]/_history`
pub fn system(visit: &Visit, asked: &Asked) -> Left {
    several(visit, asked, "_history".to_owned(), &Of::System)
}

/// Of what the token's own subject opens, as a search that names nobody.
fn several(visit: &Visit, asked: &Asked, path: String, of: &Of) -> Left {
    let page = match Page::read(asked, path) {
        Ok(page) => page,
        Err(findings) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &findings)),
    };
    match visit.decide(Action::Search, visit.own(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = page.answer(visit, permitted.scope(), of);
            Left::permitted(permitted, answer)
        }
    }
}

/// What is asked for.
struct Page {
    path: String,
    changes: Changes,
    look: Look,
    /// The parameters as they were, for the link `self`.
    asked: String,
}

impl Page {
    fn read(asked: &Asked, path: String) -> Result<Page, Vec<Finding>> {
        let wrong = |name: &str, nb: &str, en: &str| {
            Finding::error("value", "history-parameter", "", format!("{name}: {nb}"), format!("{name}: {en}"))
        };
        let mut params = query::pairs(&asked.query).ok_or_else(|| {
            vec![wrong(
                "query",
                "ikke gyldig prosentkodet UTF-8.",
                "not valid percent-encoded UTF-8.",
            )]
        })?;
        let look = Look::take(&mut params).map_err(|finding| vec![finding])?;
        let lenient = prefer(&asked.headers).lenient;
        let (mut changes, mut findings, mut links) = (Changes::default(), Vec::new(), String::new());
        changes.count = USUAL;
        for (name, value) in &params {
            // An unencoded plus of a time zone reads as a space.
            let range = || date::parse(&value.replace(' ', "+"));
            match name.as_str() {
                "_count" => match value.parse::<usize>() {
                    Ok(count) => changes.count = count.clamp(1, MOST),
                    Err(_) => findings.push(wrong("_count", "et helt tall fra 1 til 1000.", "a whole number from 1 to 1000.")),
                },
                "_since" => match range() {
                    Some(range) => changes.since_ms = Some(range.from_ms),
                    None => findings.push(wrong(
                        "_since",
                        "et tidspunkt, som 2026-11-22T10:00:00Z.",
                        "an instant, such as 2026-11-22T10:00:00Z.",
                    )),
                },
                "_at" => match range() {
                    Some(range) => changes.at_ms = Some((range.from_ms, range.to_ms)),
                    None => findings.push(wrong("_at", "en dato eller et tidspunkt.", "a date or an instant.")),
                },
                "_cursor" => changes.cursor = Some(value.clone()),
                _ if lenient => continue,
                _ => findings.push(wrong(
                    name,
                    "finnes ikke for historikk. Det gjør _count, _since, _at.",
                    "is none of a history's. _count, _since, _at are.",
                )),
            }
            links.push_str(&format!("&{name}={}", query::encode(value)));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        links.push_str(&look.link());
        Ok(Page {
            path,
            changes,
            look,
            asked: links,
        })
    }

    fn answer(self, visit: &Visit, scope: &AccessScope, of: &Of) -> Answer {
        let page = match visit.place.index.changes(scope, of, &self.changes, visit.now_ms) {
            Ok(Some(page)) => page,
            Ok(None) => return Answer::not_found(),
            Err(error) => {
                return match (error.finding(), error) {
                    (Some(finding), _) => Answer::outcome(StatusCode::BAD_REQUEST, &[finding]),
                    (None, SearchError::Index(cause)) => Answer::fault(&cause),
                    (None, error) => Answer::fault(&error),
                };
            }
        };
        let base = visit.server.fhir_base(&visit.place);
        let looks = self.look.link();
        let mut bundle = Bundle::new("history", base.clone(), self.look);
        let question = if self.asked.is_empty() { "" } else { "?" };
        bundle.link(
            "self",
            &format!("{base}/{}{question}{}", self.path, self.asked.trim_start_matches('&')),
        );
        if let Some(cursor) = &page.next {
            let next = format!(
                "{base}/{}?_cursor={}&_count={}{looks}",
                self.path,
                query::encode(cursor),
                self.changes.count
            );
            bundle.link("next", &next);
        }
        for version in page.versions {
            bundle.history_entry(scope, version);
        }
        bundle.finish(None)
    }
}
