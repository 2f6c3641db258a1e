//! `GET [base]/$export/[job]/[file]`: a file of a bulk export, made while it is fetched, from what the asker may read now. The
//! entries of all whose resources are in it are durable before its first byte leaves.

use super::export::{failed, mine, permit};
use crate::answer::{Answer, Seen};
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::jobs::export::{Export, Part, State, places};
use crate::server::{Municipality, now_ms};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Frame;
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Limits, escape_into, parse};
use kilde_fhir::view::{Elements, elements};
use kilde_index::search::Place;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use tokio::sync::{Semaphore, mpsc};

/// Media type of the files.
pub const NDJSON: &str = "application/fhir+ndjson";
/// Resources that are read, and lines that are sent, at once.
const CHUNK: usize = 100;
/// Files that are fetched at once, of all instances together.
static FETCHING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(32)));

/// Answers with the file, or with what there is instead.
pub async fn fetch(visit: Visit, asked: &Asked, id: &str, file: &str) -> Response {
    let permitted = match permit(&visit) {
        Ok(permitted) => permitted,
        Err(refused) => return visit.leave(refused).await,
    };
    let found = mine(&visit.place.jobs, &permitted, id, visit.now_ms).and_then(|(export, _)| ready(export, file));
    let (export, part) = match found {
        Ok((export, Some(part))) => (export, part),
        Ok((export, None)) => {
            let lines: String = export.warnings.iter().map(|line| format!("{line}\n")).collect();
            let answer = Answer::json(StatusCode::OK, lines).header(header::CONTENT_TYPE, NDJSON);
            return visit.leave(Left::permitted(permitted, answer)).await;
        }
        Err(answer) => return visit.leave(Left::permitted(permitted, *answer)).await,
    };
    let Ok(turn) = FETCHING.clone().try_acquire_owned() else {
        let answer = Answer::error(
            StatusCode::TOO_MANY_REQUESTS,
            "throttled",
            "too-many-requests",
            "For mange filer hentes samtidig. Forsøk igjen om litt.",
            "Too many files are fetched at once. Try again shortly.",
        );
        return visit
            .leave(Left::permitted(permitted, answer.header(header::RETRY_AFTER, "5")))
            .await;
    };
    let Some(rtype) = ResourceType::from_name(&part.rtype) else {
        return visit.leave(Left::permitted(permitted, Answer::not_found())).await;
    };
    let scope = permitted.scope().clone();
    let (place, wanted) = (visit.place.clone(), (scope.clone(), export.clone(), part.clone()));
    let looked = tokio::task::spawn_blocking(move || places(&place, &wanted.0, &wanted.1, &wanted.2));
    let all = match looked.await {
        Ok(Ok(all)) => all,
        Ok(Err(error)) => return visit.leave(Left::permitted(permitted, *failed(&error))).await,
        Err(cause) => return visit.leave(Left::permitted(permitted, Answer::fault(&cause))).await,
    };
    let mut answer = Answer::json(StatusCode::OK, "").header(header::CONTENT_TYPE, NDJSON);
    if asked.method == Method::HEAD {
        return visit.leave(Left::permitted(permitted, answer)).await;
    }
    let seen = |p: &Place| Seen {
        rtype,
        id: p.id.clone(),
        version: p.version,
        person: p.person,
    };
    answer = answer.seen(all.iter().map(seen).collect());
    let source = Source {
        place: visit.place.clone(),
        scope,
        rtype,
        deleted: part.deleted,
        elements: export.elements.as_deref().and_then(|e| of_type(e, rtype)),
    };
    visit
        .leave_streaming(Left::permitted(permitted, answer), move || {
            let (sender, receiver) = mpsc::channel(2);
            tokio::spawn(async move {
                source.send(all, &sender).await;
                drop(turn);
            });
            Body::new(Lines { receiver })
        })
        .await
}

/// The export with one of its files; `None` for its errors.
fn ready(export: Export, file: &str) -> Result<(Export, Option<Part>), Box<Answer>> {
    if export.state != State::Ready {
        return Err(Box::new(Answer::not_found()));
    }
    if file == "errors" && !export.warnings.is_empty() {
        return Ok((export, None));
    }
    let part = file.parse::<usize>().ok().and_then(|n| export.parts.get(n).cloned());
    part.map(|part| (export, Some(part))).ok_or_else(|| Box::new(Answer::not_found()))
}

/// The elements that are asked for of a type: those without a type's name before them, and those with its own.
fn of_type(asked: &str, rtype: ResourceType) -> Option<Elements> {
    let named = |element: &str| match element.split_once('.') {
        Some((first, rest)) if ResourceType::from_name(first).is_some() => (first == rtype.name()).then(|| rest.to_owned()),
        _ => Some(element.to_owned()),
    };
    let names: Vec<String> = asked
        .split(',')
        .map(str::trim)
        .filter(|e| !e.is_empty())
        .filter_map(named)
        .collect();
    (!names.is_empty()).then(|| Elements::new(&names.join(",")))
}

/// What the lines are made of.
struct Source {
    place: Arc<Municipality>,
    scope: AccessScope,
    rtype: ResourceType,
    deleted: bool,
    elements: Option<Elements>,
}

impl Source {
    /// Sends the lines, a few at a time, as fast as they are taken. Where it cannot go on, the connection is broken off, so that
    /// nobody takes a part for the whole.
    async fn send(self, all: Vec<Place>, sender: &mpsc::Sender<io::Result<Bytes>>) {
        let source = Arc::new(self);
        let mut rest = all;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(CHUNK));
            let (now, this) = (std::mem::replace(&mut rest, later), source.clone());
            let made = tokio::task::spawn_blocking(move || this.lines(&now)).await;
            let lines = made.map_err(io::Error::other).and_then(|lines| lines);
            let broken = lines.is_err();
            if let Err(cause) = &lines {
                tracing::warn!(%cause, "a file of an export was broken off");
            }
            let nothing = lines.as_ref().is_ok_and(|l| l.is_empty());
            if !nothing && (sender.send(lines).await.is_err() || broken) {
                return;
            }
        }
        // The end is said: a sender that is gone without it has broken off.
        let _ = sender.send(Ok(Bytes::new())).await;
    }

    /// The lines of some resources; none of those that are gone meanwhile.
    fn lines(&self, places: &[Place]) -> io::Result<Bytes> {
        if now_ms() >= self.scope.valid_until_ms() {
            return Err(io::Error::other("the access token has ended"));
        }
        let mut out = String::new();
        if self.deleted {
            for place in places {
                out.push_str(
                    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"DELETE\",\"url\":",
                );
                escape_into(&format!("{}/{}", self.rtype.name(), place.id), &mut out);
                out.push_str("}}]}\n");
            }
            return Ok(out.into());
        }
        let versions = self
            .place
            .index
            .bulk_read(&self.scope, self.rtype, places)
            .map_err(io::Error::other)?;
        for version in versions {
            let Some((body, _)) = crate::minimise::body(&self.scope, version) else {
                continue;
            };
            match self
                .elements
                .as_ref()
                .and_then(|names| Some((names, parse(&body[..], Limits::default()).ok()?)))
            {
                Some((names, document)) => out.push_str(&elements(document.root(), names)),
                None => out.push_str(&String::from_utf8_lossy(&body)),
            }
            out.push('\n');
        }
        Ok(out.into())
    }
}

/// The body.
struct Lines {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
}

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.receiver.poll_recv(context).map(|next| match next {
            Some(Ok(lines)) if lines.is_empty() => None,
            Some(lines) => Some(lines.map(Frame::data)),
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_those_of_the_type_and_those_of_all() {
        let patient = ResourceType::from_name("Patient").expect("a type");
        assert!(of_type("Observation.status", patient).is_none());
        assert!(of_type("id,Patient.name", patient).is_some());
        assert!(of_type(" , ", patient).is_none());
    }
}
