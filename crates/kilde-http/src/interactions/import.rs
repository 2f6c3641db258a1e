//! Import of NDJSON as a job (ours; HL7 has no settled standard for it): `POST [base]/$import`, its status, its outcomes,
//! cancelling. See `docs/fhir/bulk.md`.

use super::export_file::NDJSON;
use crate::answer::Answer;
use crate::entrance::{Left, Permitted, Subject, Visit};
use crate::jobs::import::{self, Counts, Import, State};
use crate::jobs::spool::{self, Writer};
use crate::jobs::{Jobs, Ticket};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use kilde_access::Action;
use kilde_fhir::date::format_instant;
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an import at most.
pub const MOST_BYTES: u64 = 4 << 30;
/// How long the whole of it may take to arrive.
const MOST_TIME: Duration = Duration::from_secs(6 * 3600);
/// Imports of one client at most, done ones too; and of those that are not done.
const MOST: usize = 50;
const MOST_RUNNING: usize = 4;

/// `POST [base]/$import`
pub async fn start(visit: Visit, parts: Parts, body: Body) -> Response {
    let permitted = match permit(&visit) {
        Ok(permitted) => permitted,
        Err(refused) => return visit.leave(refused).await,
    };
    let answer = match take(&visit, &permitted, &parts, body).await {
        Ok(job) => {
            let status = format!("{}/$import/{}", visit.server.fhir_base(&visit.place), job.ticket.id);
            import::begin(&visit.place, &tokio::runtime::Handle::current(), &job.ticket.id);
            empty(StatusCode::ACCEPTED).header(header::CONTENT_LOCATION, status)
        }
        Err(answer) => *answer,
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

#[allow(clippy::result_large_err)]
fn permit(visit: &Visit) -> Result<Permitted, Left> {
    visit.decide(Action::Write, &Subject::default(), None)
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::fhir(status, "");
    answer.headers.remove(header::CONTENT_TYPE);
    answer
}

fn fault(cause: io::Error) -> Box<Answer> {
    Box::new(Answer::fault(&cause))
}

/// Takes the body into the spool, and makes the job; when it returns, both are durable.
async fn take(visit: &Visit, permitted: &Permitted, parts: &Parts, body: Body) -> Result<Import, Box<Answer>> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if ![NDJSON, "application/ndjson", "application/x-ndjson"].contains(&kind.as_str()) {
        return Err(Box::new(
            Answer::error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-supported",
                "content-type",
                "En import er application/fhir+ndjson: en ressurs på hver linje, i UTF-8.",
                "An import is application/fhir+ndjson: a resource on each line, in UTF-8.",
            )
            .header(header::ACCEPT, NDJSON),
        ));
    }
    let scope = permitted.scope();
    // A system only: what goes on after the answer goes on in the name of no person.
    // An import goes on in the registered name when the token is long gone: what its SMART scopes took away would come back.
    if scope.organisation().is_none() || scope.is_narrowed() || !matches!(visit.identity.actor, kilde_access::Actor::System) {
        return Err(Box::new(Answer::error(
            StatusCode::FORBIDDEN,
            "forbidden",
            "import-for-systems",
            "Import er for registrerte systemer, ikke for personer.",
            "Import is for registered systems, not for persons.",
        )));
    }
    let (jobs, now) = (visit.place.jobs.clone(), visit.now_ms);
    let (counting, asker) = (jobs.clone(), scope.clone());
    let mine = on_disk(move || counting.of::<Import>(&asker, now)).await?;
    let running = mine.iter().filter(|job| matches!(job.state, State::Running { .. })).count();
    if mine.len() >= MOST || running >= MOST_RUNNING {
        return Err(Box::new(
            Answer::error(
                StatusCode::TOO_MANY_REQUESTS,
                "throttled",
                "import-too-many",
                "Klienten har 4 importer i gang, eller 50 i alt. Vent, eller slett dem som er ferdige (DELETE på statusadressen).",
                "The client has 4 imports under way, or 50 in all. Wait, or delete those that are done (DELETE of the status address).",
            )
            .header(header::RETRY_AFTER, "60"),
        ));
    }
    // Until it has ended it is not forgotten.
    let ticket = Ticket::new(scope, i64::MAX);
    let spooled = tokio::time::timeout(MOST_TIME, spool(visit, &jobs, &ticket.id, body)).await;
    let bytes = match spooled.unwrap_or_else(|_| Err(late(visit))) {
        Ok(bytes) => bytes,
        Err(answer) => {
            jobs.files.remove(spool::KIND, &ticket.id).map_err(fault)?;
            return Err(answer);
        }
    };
    let base = visit.server.fhir_base(&visit.place);
    let job = Import {
        ticket,
        request: format!("{base}/$import"),
        base_url: base,
        asked_ms: now,
        bytes,
        entry: permitted.entry().encode().map_err(|e| fault(e.into()))?,
        state: State::Running { turn: 0, line: 0 },
        counts: Counts::default(),
        outcomes: (0, 0),
    };
    let (keeping, kept) = (jobs, job.clone());
    on_disk(move || keeping.keep(&kept)).await?;
    Ok(job)
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Box<Answer>> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other).and_then(|done| done).map_err(fault)
}

fn late(visit: &Visit) -> Box<Answer> {
    Box::new(
        Answer::error(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "body-time",
            &format!("Ingenting kom på {} s. Send den igjen.", visit.server.limits.body_time.as_secs()),
            &format!("Nothing came for {} s. Send it again.", visit.server.limits.body_time.as_secs()),
        )
        .header(header::CONNECTION, "close"),
    )
}

/// Takes the body into the spool, a piece at a time; the number of bytes.
async fn spool(visit: &Visit, jobs: &Arc<Jobs>, id: &str, mut body: Body) -> Result<u64, Box<Answer>> {
    let mut writer = Writer::new(&jobs.files, id).map_err(fault)?;
    let mut waiting: Vec<u8> = Vec::new();
    loop {
        let Ok(frame) = tokio::time::timeout(visit.server.limits.body_time, body.frame()).await else {
            return Err(late(visit));
        };
        let data = match frame {
            None => None,
            Some(Ok(frame)) => Some(frame.into_data().unwrap_or_default()),
            Some(Err(_)) => {
                return Err(Box::new(Answer::error(
                    StatusCode::BAD_REQUEST,
                    "incomplete",
                    "body-incomplete",
                    "Forbindelsen brøt før hele importen var mottatt. Send den igjen.",
                    "The connection broke before the whole import was received. Send it again.",
                )));
            }
        };
        let last = data.is_none();
        waiting.extend_from_slice(&data.unwrap_or_default());
        if writer.bytes + waiting.len() as u64 > MOST_BYTES {
            return Err(Box::new(Answer::error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-long",
                "limit-bytes",
                "Importen er større enn 4 GiB. Del den opp.",
                "The import is larger than 4 GiB. Split it.",
            )));
        }
        if waiting.len() >= spool::PIECE || last {
            let (jobs, bytes) = (jobs.clone(), std::mem::take(&mut waiting));
            writer = on_disk(move || {
                writer.take(&jobs.files, &bytes)?;
                Ok(writer)
            })
            .await?;
        }
        if last {
            let jobs = jobs.clone();
            return on_disk(move || writer.finish(&jobs.files)).await;
        }
    }
}

/// The import of that id, if it is this asker's.
fn mine(visit: &Visit, permitted: &Permitted, id: &str) -> Result<(Import, Option<String>), Box<Answer>> {
    match visit.place.jobs.find::<Import>(id, permitted.scope(), visit.now_ms) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(Box::new(Answer::not_found())),
        Err(cause) => Err(fault(cause)),
    }
}

fn about(visit: &Visit, id: &str, work: impl FnOnce(Import, Option<String>) -> Answer) -> Left {
    match permit(visit) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = match mine(visit, &permitted, id) {
                Ok((job, progress)) => work(job, progress),
                Err(answer) => *answer,
            };
            Left::permitted(permitted, answer)
        }
    }
}

/// `GET [base]/$import/[job]`
pub fn status(visit: &Visit, id: &str) -> Left {
    about(visit, id, |job, progress| match job.state {
        State::Running { .. } => {
            if progress.is_none() {
                // Something stopped it: it goes on from what was saved.
                import::begin(&visit.place, &tokio::runtime::Handle::current(), id);
            }
            let counts = job.counts;
            let how_far = progress.filter(|p| !p.is_empty()).unwrap_or_else(|| "waits".to_owned());
            let told = format!("{} lines, {} refused; {how_far}", counts.lines, counts.refused);
            let mut answer = Answer::json(StatusCode::ACCEPTED, json!({ "counts": counts }).to_string())
                .header(header::HeaderName::from_static("x-progress"), told);
            answer = answer.header(header::RETRY_AFTER, "1");
            answer
        }
        State::Done => {
            Answer::json(StatusCode::OK, manifest(visit, &job)).header(header::EXPIRES, crate::answer::http_date(job.ticket.expires_ms))
        }
        State::Failed => Answer::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "exception",
            "import-failed",
            &format!(
                "Importen kan ikke fortsette: klienten kan ikke lenger levere, eller det som ble sendt er skadet. {} linjer var gjort.",
                job.counts.lines
            ),
            &format!(
                "The import cannot go on: the client may not deliver any more, or what was sent is damaged. {} lines were done.",
                job.counts.lines
            ),
        ),
    })
}

fn manifest(visit: &Visit, job: &Import) -> String {
    let base = visit.server.fhir_base(&visit.place);
    let error: Vec<_> = match job.outcomes.1 {
        0 => Vec::new(),
        count => vec![json!({ "type": "OperationOutcome", "url": format!("{base}/$import/{}/outcomes", job.ticket.id), "count": count })],
    };
    json!({
        "transactionTime": format_instant(job.asked_ms),
        "request": job.request,
        "requiresAccessToken": true,
        "counts": job.counts,
        "output": [],
        "error": error
    })
    .to_string()
}

/// `GET [base]/$import/[job]/outcomes`
pub fn outcomes(visit: &Visit, id: &str) -> Left {
    about(visit, id, |job, _| match import::outcomes(&visit.place.jobs, &job) {
        Ok(lines) => Answer::json(StatusCode::OK, lines).header(header::CONTENT_TYPE, NDJSON),
        Err(cause) => Answer::fault(&cause),
    })
}

/// `DELETE [base]/$import/[job]`: what has been taken in stays.
pub fn cancel(visit: &Visit, id: &str) -> Left {
    about(visit, id, |_, _| match visit.place.jobs.remove::<Import>(id) {
        Ok(()) => empty(StatusCode::ACCEPTED),
        Err(cause) => Answer::fault(&cause),
    })
}
