//! Reading bodies within bounds.

use crate::answer::Answer;
use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// The whole body, if it is not longer than `limit`.
pub async fn read_body(body: Body, limit: usize) -> Result<Vec<u8>, Answer> {
    match Limited::new(body, limit).collect().await {
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
