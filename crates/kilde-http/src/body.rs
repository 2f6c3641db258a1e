//! Reading bodies within bounds.

use crate::answer::Answer;
use crate::server::Limits;
use axum::body::{Body, HttpBody};
use axum::http::{StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// The whole body, if it is within the bounds of length and time.
pub async fn read_body(body: Body, limits: &Limits) -> Result<Vec<u8>, Answer> {
    let limit = limits.body;
    if body.is_end_stream() {
        return Ok(Vec::new());
    }
    let Ok(read) = tokio::time::timeout(limits.body_time, Limited::new(body, limit).collect()).await else {
        return Err(Answer::error(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "body-time",
            &format!("Meldingen var ikke mottatt innen {} s. Send den igjen.", limits.body_time.as_secs()),
            &format!(
                "The message had not arrived within {} s. Send it again.",
                limits.body_time.as_secs()
            ),
        )
        .header(header::CONNECTION, "close"));
    };
    match read {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(Answer::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-long",
            "limit-bytes",
            &format!("Meldingen er større enn {} MiB. Del den opp.", limit >> 20),
            &format!("The message is larger than {} MiB. Split it.", limit >> 20),
        )),
        Err(_) => Err(Answer::error(
            StatusCode::BAD_REQUEST,
            "incomplete",
            "body-incomplete",
            "Forbindelsen brøt før hele meldingen var mottatt. Send den igjen.",
            "The connection broke before the whole message was received. Send it again.",
        )),
    }
}
