//! Bulk export (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html>): kick-off, status, cancelling. The files are in
//! `export_file.rs`.

use super::operation::parameters;
use super::search::no_nin_in_url;
use super::{export_asked, named};
use crate::answer::Answer;
use crate::entrance::{Left, Permitted, Subject, Visit};
use crate::fhir::Asked;
use crate::jobs::export::{self, Export, Level, State};
use crate::jobs::{Jobs, Ticket};
use axum::http::{Method, StatusCode, header};
use kilde_access::Action;
use kilde_fhir::date::format_instant;
use kilde_fhir::finding::{Finding, Severity, operation_outcome};
use serde_json::{Value, json};
use std::time::Duration;

/// Exports of one client at most.
const MOST: usize = 20;
/// How long an export can be fetched.
const KEPT_MS: i64 = 24 * 3_600_000;
/// How much older than the request its `transactionTime` is, beside the time that a body may take: what was sent before then
/// has been taken in, or never will be.
const IN_FLIGHT: Duration = Duration::from_secs(5);

/// What an export is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// `[base]/$export`
    System,
    /// `[base]/Patient/$export`
    Patient,
    /// `[base]/Group/[id]/$export`
    Group(String),
}

impl Of {
    fn path(&self) -> String {
        match self {
            Of::System => "$export".to_owned(),
            Of::Patient => "Patient/$export".to_owned(),
            Of::Group(id) => format!("Group/{id}/$export"),
        }
    }
}

/// `GET` and `POST` of `$export`.
pub async fn start(visit: &Visit, asked: &Asked, of: Of) -> Left {
    let permitted = match permit(visit) {
        Ok(permitted) => permitted,
        Err(refused) => return refused,
    };
    let params = match parameters(asked) {
        _ if !proper(&of) => return Left::permitted(permitted, no_nin_in_url()),
        Ok(params) => params,
        Err(answer) => return Left::permitted(permitted, *answer),
    };
    let names: Vec<String> = params.iter().map(|(name, _)| name.clone()).collect();
    let answer = begin(visit, asked, &permitted, of, &params).await;
    Left::permitted(permitted, answer.unwrap_or_else(|answer| *answer)).parameters(&names)
}

/// The permit to export.
#[allow(clippy::result_large_err)]
pub(super) fn permit(visit: &Visit) -> Result<Permitted, Left> {
    visit.decide(Action::Export, &Subject::default(), None)
}

async fn begin(visit: &Visit, asked: &Asked, permitted: &Permitted, of: Of, params: &[(String, String)]) -> Result<Answer, Box<Answer>> {
    if !responds_async(asked) {
        return Err(Box::new(Answer::error(
            StatusCode::BAD_REQUEST,
            "required",
            "prefer-respond-async",
            "Et uttrekk svarer ikke med en gang. Send «Prefer: respond-async».",
            "An export does not answer at once. Send 'Prefer: respond-async'.",
        )));
    }
    let (scope, place) = (permitted.scope(), &visit.place);
    let (mut warnings, level) = match &of {
        Of::System => (Vec::new(), Level::System),
        Of::Patient => (Vec::new(), Level::Patient),
        Of::Group(id) => match export::members(place, scope, id, None) {
            Ok((version, _, others)) => (no_patients(others), Level::Group(id.clone(), version)),
            Err(export::ExportError::NoGroup) => return Err(Box::new(Answer::not_found())),
            Err(error) => return Err(failed(&error)),
        },
    };
    let path = of.path();
    let request = match (asked.method == Method::GET, asked.query.is_empty()) {
        (true, false) => format!("{}/{path}?{}", visit.server.fhir_base(place), asked.query),
        _ => format!("{}/{path}", visit.server.fhir_base(place)),
    };
    let before = visit.server.limits.body_time + IN_FLIGHT;
    let ticket = Ticket::new(scope, visit.now_ms.saturating_add(KEPT_MS));
    let export = Export {
        transaction_ms: visit.now_ms - i64::try_from(before.as_millis()).unwrap_or(0),
        until: place.index.applied().0,
        ..Export::new(ticket, request, level)
    };
    let lenient = crate::prefer::prefer(&asked.headers).lenient;
    let mut export =
        export_asked::read(export, params, lenient).map_err(|findings| Box::new(Answer::outcome(StatusCode::BAD_REQUEST, &findings)))?;
    export.warnings.append(&mut warnings);
    let (jobs, kept, scope) = (place.jobs.clone(), export.clone(), scope.clone());
    let now = visit.now_ms;
    let full = tokio::task::spawn_blocking(move || -> std::io::Result<bool> {
        let full = jobs.of::<Export>(&scope, now)?.len() >= MOST;
        if !full {
            jobs.keep(&kept)?;
        }
        Ok(full)
    });
    match full.await.map_err(std::io::Error::other).and_then(|done| done) {
        Err(cause) => return Err(Box::new(Answer::fault(&cause))),
        Ok(true) => return Err(Box::new(too_many())),
        Ok(false) => {}
    }
    let status = format!("{}/$export/{}", visit.server.fhir_base(place), export.ticket.id);
    go_on(visit, permitted, &export.ticket.id);
    let mut answer = Answer::fhir(StatusCode::ACCEPTED, "").header(header::CONTENT_LOCATION, status);
    answer.headers.remove(header::CONTENT_TYPE);
    Ok(answer)
}

fn responds_async(asked: &Asked) -> bool {
    let values = asked.headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|v| v.split([',', ';'])).any(|v| v.trim() == "respond-async")
}

/// Members of a group that are no patients are told of, once.
fn no_patients(others: usize) -> Vec<String> {
    if others == 0 {
        return Vec::new();
    }
    let finding = Finding::error(
        "not-supported",
        "export-member",
        "Group.member",
        format!("{others} medlemmer av gruppen er ikke Patient-ressurser her, og er ikke med."),
        format!("{others} members of the group are no Patient resources here, and are not in the export."),
    );
    vec![operation_outcome(&[finding.severity(Severity::Warning)])]
}

pub(super) fn failed(error: &export::ExportError) -> Box<Answer> {
    Box::new(match error.finding() {
        Some(finding) => Answer::outcome(StatusCode::BAD_REQUEST, &[finding]),
        None => Answer::fault(error),
    })
}

fn too_many() -> Answer {
    Answer::error(
        StatusCode::TOO_MANY_REQUESTS,
        "throttled",
        "export-too-many",
        "Klienten har 20 uttrekk allerede. Slett dem som er hentet (DELETE på statusadressen).",
        "The client has 20 exports already. Delete those that have been fetched (DELETE of the status address).",
    )
    .header(header::RETRY_AFTER, "60")
}

/// Begins the cutting, or goes on with it after an interruption: in the scope of whoever asks now.
fn go_on(visit: &Visit, permitted: &Permitted, id: &str) {
    let (place, scope) = (visit.place.clone(), permitted.scope().clone());
    visit.place.jobs.start(id, move |worker| export::cut(&place, &scope, worker));
}

/// The export of that id, if it is this asker's.
pub(super) fn mine(jobs: &Jobs, permitted: &Permitted, id: &str, now_ms: i64) -> Result<(Export, Option<String>), Box<Answer>> {
    match jobs.find::<Export>(id, permitted.scope(), now_ms) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(Box::new(Answer::not_found())),
        Err(cause) => Err(Box::new(Answer::fault(&cause))),
    }
}

/// `GET [base]/$export/[job]`
pub fn status(visit: &Visit, id: &str) -> Left {
    let permitted = match permit(visit) {
        Ok(permitted) => permitted,
        Err(refused) => return refused,
    };
    let answer = match mine(&visit.place.jobs, &permitted, id, visit.now_ms) {
        Err(answer) => *answer,
        Ok((export, progress)) => match &export.state {
            State::Cutting(_) => {
                if progress.is_none() {
                    go_on(visit, &permitted, id);
                }
                let progress = progress.filter(|p| !p.is_empty()).unwrap_or_else(|| "begins".to_owned());
                let mut answer = Answer::fhir(StatusCode::ACCEPTED, "")
                    .header(header::HeaderName::from_static("x-progress"), progress)
                    .header(header::RETRY_AFTER, "1");
                answer.headers.remove(header::CONTENT_TYPE);
                answer
            }
            State::Failed(outcome) => Answer::fhir(StatusCode::INTERNAL_SERVER_ERROR, outcome.clone()),
            State::Ready => Answer::json(StatusCode::OK, manifest(&export, &visit.server.fhir_base(&visit.place)).to_string())
                .header(header::EXPIRES, crate::answer::http_date(export.ticket.expires_ms)),
        },
    };
    Left::permitted(permitted, answer)
}

/// The manifest of a finished export (complete status).
fn manifest(export: &Export, base: &str) -> Value {
    let files = |deleted: bool| -> Vec<Value> {
        let all = export.parts.iter().enumerate().filter(|(_, part)| part.deleted == deleted);
        all.map(|(number, part)| {
            let rtype = if deleted { "Bundle" } else { part.rtype.as_str() };
            json!({ "type": rtype, "url": format!("{base}/$export/{}/{number}", export.ticket.id), "count": part.count })
        })
        .collect()
    };
    let errors: Vec<Value> = match export.warnings.len() {
        0 => Vec::new(),
        count => vec![json!({ "type": "OperationOutcome", "url": format!("{base}/$export/{}/errors", export.ticket.id), "count": count })],
    };
    json!({
        "transactionTime": format_instant(export.transaction_ms),
        "request": export.request,
        "requiresAccessToken": true,
        "output": files(false),
        "deleted": files(true),
        "error": errors
    })
}

/// `DELETE [base]/$export/[job]`
pub fn cancel(visit: &Visit, id: &str) -> Left {
    let permitted = match permit(visit) {
        Ok(permitted) => permitted,
        Err(refused) => return refused,
    };
    let answer = match mine(&visit.place.jobs, &permitted, id, visit.now_ms) {
        Err(answer) => *answer,
        Ok(_) => match visit.place.jobs.remove::<Export>(id) {
            Ok(()) => {
                let mut answer = Answer::fhir(StatusCode::ACCEPTED, "");
                answer.headers.remove(header::CONTENT_TYPE);
                answer
            }
            Err(cause) => Answer::fault(&cause),
        },
    };
    Left::permitted(permitted, answer)
}

/// Whether a path is that of a file or job, for which `Accept` says nothing about FHIR's formats.
pub fn is_job(rest: &str) -> bool {
    let rest = rest.trim_matches('/');
    rest.starts_with("$export/") || rest.starts_with("$import")
}

/// A national id must not be the id of a group either.
fn proper(of: &Of) -> bool {
    !matches!(of, Of::Group(id) if named::national_id_in(id))
}
